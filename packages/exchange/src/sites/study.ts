// What a requester has in hand after a round: verified reports, added up, and what they can say.

import type { RequestTerms } from "@emrx/chain-adapter/calls";
import {
  type Aggregator,
  type AttributeEstimate,
  createAggregator,
  LdpError,
  type ReportBatch,
  type Schema,
} from "@emrx/ldp-core";
import { reportAt } from "@emrx/ldp-core/records";
import { aggregateQuality, attainment, normalInterval } from "@emrx/quality";
import { attributeEfficiency } from "../publication/efficiency.js";

/** One number with what is known about its error. */
export interface StudyFigure {
  /** The domain value, null for "missing", or `"mean"`. */
  readonly label: string | null;
  /** Unbiased; a rare value's share can come out below 0. NaN for a mean of which the reports say nothing. */
  readonly value: number;
  /** Mechanism noise and the sampling of who disclosed the attribute. */
  readonly standardError: number;
  /** Normal 95 % interval. */
  readonly interval: readonly [number, number];
}

/** An estimated attribute. */
export interface StudyEstimate {
  readonly attribute: string;
  readonly kind: "frequencies" | "mean";
  /** Reports that disclose the attribute. */
  readonly n: number;
  readonly figures: readonly StudyFigure[];
  /** Attainment: the probability, averaged over the figures, that an error stays within the request's tolerance. */
  readonly quality: number;
}

/** What one site delivered, as its requester rates it. */
export interface SiteDelivery {
  readonly site: string;
  readonly count: number;
  /** Rows of the bundle that their patients withdrew. */
  readonly withdrawn: number;
  /** Reports that no randomizer of the schema can have produced; they are left out. */
  readonly malformed: number;
  /** Weighted worth a record, from the profiles matched: parts per million. */
  readonly predictedQuality: number;
  /** Weighted efficiency a record of what the reports really hold: parts per million. */
  readonly measuredQuality: number;
  /** Root of the bundle: the evidence. */
  readonly root: string;
}

/** What was asked for, with what only the requester knows. */
export interface StudyTerms extends RequestTerms {
  readonly requester: string;
  /** The error that is accepted, a decimal. */
  readonly tolerance: string;
}

/** Verified reports of one request. */
export interface Study<Attribute extends string = string> {
  readonly round: number;
  readonly terms: StudyTerms;
  /** How many patients offered in the round: the cohort that the estimates are for. */
  readonly cohort: number;
  readonly deliveries: readonly SiteDelivery[];
  readonly aggregator: Aggregator;
  /** Unbiased estimate of an attribute with its errors and quality. @throws LdpError `EMRX_NO_REPORTS` */
  estimate(attribute: Attribute): StudyEstimate;
  /** Attainment over the request's attributes by their weights; 0 for one that no report discloses. */
  quality(): number;
}

/** Makes a study of what was collected. */
export function makeStudy(
  schema: Schema,
  options: Pick<Study, "round" | "terms" | "cohort" | "deliveries" | "aggregator">,
): Study {
  const { aggregator, terms, cohort } = options;
  const estimate = (attribute: string): StudyEstimate => {
    const result = aggregator.estimate(attribute, { cohort });
    const tolerance = Number(terms.tolerance) * rangeOf(schema, result);
    const figures = figuresOf(result);
    const qualities = figures
      .filter(({ label }) => result.type === "frequencies" || label === "mean")
      .map(({ standardError }) =>
        standardError === Infinity ? 0 : attainment({ variance: standardError ** 2, tolerance }),
      );
    return {
      attribute,
      kind: result.type,
      n: result.n,
      figures,
      quality: aggregateQuality({ qualities }),
    };
  };
  return {
    ...options,
    estimate,
    quality() {
      const names = Object.keys(terms.weights);
      return aggregateQuality({
        qualities: names.map((name) =>
          aggregator.disclosed(name).size === 0 ? 0 : estimate(name).quality,
        ),
        weights: names.map((name) => terms.weights[name] ?? 0),
      });
    },
  };
}

/** A tolerance is a share of the range; frequencies have the range 1. */
function rangeOf(schema: Schema, result: AttributeEstimate): number {
  const spec = schema.attributes.find(({ name }) => name === result.attribute);
  return spec?.type === "numeric" ? spec.range[1] - spec.range[0] : 1;
}

function figuresOf(result: AttributeEstimate): StudyFigure[] {
  const figure = (label: string | null, value: number, variance: number): StudyFigure => {
    // So few reports that nobody seems to have the value: nothing can be said of its mean.
    if (!Number.isFinite(value + variance))
      return { label, value: Number.NaN, standardError: Infinity, interval: [-Infinity, Infinity] };
    const { lower, upper } = normalInterval({ estimate: value, variance });
    return { label, value, standardError: Math.sqrt(variance), interval: [lower, upper] };
  };
  if (result.type === "frequencies")
    return result.labels.map((label, cell) =>
      figure(label, result.frequencies[cell] ?? 0, result.variances[cell] ?? 0),
    );
  const mean = figure("mean", result.mean, result.variance);
  return result.missing === undefined
    ? [mean]
    : [mean, figure(null, result.missing.frequency, result.missing.variance)];
}

/** What the reports of a bundle add up to. */
export interface AddedUp {
  readonly aggregator: Aggregator;
  /** Reports that no randomizer of the schema can have produced. A contract cannot tell; they count for nothing. */
  readonly malformed: number;
}

/** Adds up the reports of one bundle; what one site invented spoils nothing of the others. */
export function addUp(schema: Schema, reports: ReportBatch): AddedUp {
  const whole = createAggregator(schema);
  try {
    whole.addBatch(reports);
    return { aggregator: whole, malformed: 0 };
  } catch (error) {
    if (!(error instanceof LdpError)) throw error;
  }
  const aggregator = createAggregator(schema);
  let malformed = 0;
  for (let i = 0; i < reports.count; i++)
    try {
      aggregator.add(reportAt(reports, i));
    } catch (error) {
      if (!(error instanceof LdpError)) throw error;
      malformed++;
    }
  return { aggregator, malformed };
}

/** The weighted efficiency a record of reports that are in hand, from what they disclose, in parts per million. */
export function measuredEfficiency(
  schema: Schema,
  wanted: Readonly<Record<string, number>>,
  aggregator: Aggregator,
  count: number,
): number {
  let [worth, weights] = [0, 0];
  for (const [name, weight] of Object.entries(wanted)) {
    weights += weight;
    const index = schema.attributes.find((attribute) => attribute.name === name)?.index;
    if (index === undefined) continue;
    for (const [level, n] of aggregator.disclosed(name))
      worth += weight * n * attributeEfficiency(schema, index, level);
  }
  return Math.min(1e6, Math.round((worth / weights / count) * 1e6));
}
