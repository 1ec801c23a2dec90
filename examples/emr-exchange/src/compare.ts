// Estimates beside the truth, attribute by attribute.
import type { Aggregator, Schema } from "@emrx/ldp-core";
import { normalInterval } from "@emrx/quality";
import type { AttributeEstimates, EstimateReport } from "./report.js";
import type { Truth } from "./truth.js";

/**
 * Estimates every attribute that some report discloses, for the whole cohort, with normal 95 % intervals.
 *
 * @param schema the schema of the reports
 * @param truths from `truthOf`
 * @param aggregator all reports
 * @param cohort how many people the reports are a random sample of
 */
export function compare(
  schema: Schema,
  truths: readonly Truth[],
  aggregator: Aggregator,
  cohort: number,
): AttributeEstimates[] {
  return truths.flatMap((truth): AttributeEstimates[] => {
    if (aggregator.disclosed(truth.attribute).size === 0) return [];
    const result = aggregator.estimate(truth.attribute, { cohort });
    const type = schema.attributes.find(({ name }) => name === truth.attribute)?.type;
    if (type === undefined || type === "public") return [];
    const estimates: EstimateReport[] = [];
    const note = (
      kind: "frequency" | "mean",
      value: string | null,
      right: number,
      estimate: number,
      variance: number,
    ): void => {
      // A mean over so few reports that nobody seems to have the value: there is no estimate to compare.
      if (!Number.isFinite(estimate + variance)) return;
      const { lower, upper } = normalInterval({ estimate, variance, confidence: 0.95 });
      const standardError = Math.sqrt(variance);
      estimates.push({
        kind,
        value,
        truth: right,
        estimate,
        standardError,
        interval: [lower, upper],
      });
    };
    if (result.type === "mean") {
      note("mean", "mean", truth.mean ?? Number.NaN, result.mean, result.variance);
      if (result.missing !== undefined)
        note(
          "frequency",
          null,
          truth.missing ?? 0,
          result.missing.frequency,
          result.missing.variance,
        );
    } else {
      for (const [cell, label] of result.labels.entries())
        note(
          "frequency",
          label,
          truth.frequencies[cell] ?? 0,
          result.frequencies[cell] ?? 0,
          result.variances[cell] ?? 0,
        );
    }
    return [
      {
        name: truth.attribute,
        type,
        mechanisms: result.groups.map(({ mechanism }) => mechanism),
        epsilons: result.groups.map(({ epsilon }) => Number(epsilon)),
        n: result.n,
        estimates,
      },
    ];
  });
}
