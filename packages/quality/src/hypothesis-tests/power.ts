// How often the tests on reports will find what is there: the price of privacy in power.

import { integer, object, optional, tuple } from "@emrx/internal/shape";
import * as shapes from "../errors/shapes.js";
import { channelMembers, check, joined } from "../errors/shapes.js";
import { type ReportForm, reportForm } from "../frequencies/report-form.js";
import { checkChannel, type SupportProbabilities } from "../frequencies/support-probabilities.js";
import { chiSquaredUpperQuantile, noncentralChiSquaredSurvival } from "../special/chi-squared.js";
import { checkTable, mapAxis } from "../tables/table.js";
import type { SupportChannel } from "./support-covariance.js";
import { dependence, type SupportTable, scoreCorrelation } from "./support-tests.js";

/** A channel, and how its reports support categories: one `"value"` (GRR) unless given. */
export type PlannedChannel = SupportProbabilities & { readonly form?: ReportForm };

/** What is assumed of a table, to predict a test's power. */
export interface PowerOptions {
  /** True joint frequencies, flat by rows. */
  readonly frequencies: ArrayLike<number>;
  readonly rows: number;
  readonly columns: number;
  /** Channels of the row and of the column attribute, whose reports name one value unless `form` says otherwise; p = 1, q = 0 where public. */
  readonly channels: readonly [PlannedChannel, PlannedChannel];
  /** Number of pairs of reports. */
  readonly n: number;
  /** Significance level; 0.05 unless given. */
  readonly level?: number;
}

/** How often a test will find what is there. */
export interface Power {
  /** Of the chi-squared statistic. */
  readonly noncentrality: number;
  /** Probability of a p-value below the level. */
  readonly power: number;
}

const plannedChannel = /* @__PURE__ */ joined(channelMembers, {
  form: /* @__PURE__ */ optional(reportForm),
});
const powerOptions = /* @__PURE__ */ object({
  frequencies: /* @__PURE__ */ shapes.numbers(shapes.share),
  rows: shapes.categories,
  columns: shapes.categories,
  channels: /* @__PURE__ */ tuple(plannedChannel, plannedChannel),
  n: /* @__PURE__ */ integer(1, 1e12),
  level: /* @__PURE__ */ optional(shapes.inside),
});

/**
 * The power of `independenceTest` (and, with the groups as a public row attribute, of `twoSampleTest`), and of both from supports.
 *
 * @param options - the table assumed, the channels, n and level
 * @returns noncentrality and power, accurate for large n
 * @throws EMRX_QUALITY_MISMATCH, EMRX_QUALITY_ARGUMENT, EMRX_QUALITY_CHANNEL, EMRX_QUALITY_NOT_APPLICABLE
 * @example
 * ```ts
 * import { independencePower } from "@emrx/quality/hypothesis-tests";
 *
 * const table = { frequencies: [0.3, 0.2, 0.2, 0.3], rows: 2, columns: 2, n: 1000 };
 * const exact = { p: 1, q: 0 };
 * independencePower({ ...table, channels: [exact, exact] }).noncentrality.toFixed(6); // => "40.000000"
 * const noisy = { p: 0.75, q: 0.25 };
 * independencePower({ ...table, channels: [noisy, noisy] }).power.toFixed(4); // => "0.3526"
 * ```
 */
export function independencePower(options: PowerOptions): Power {
  const planned = check(powerOptions, options, "options");
  const { statistic, degrees } = dependence(expectedSupports(planned));
  return power(planned, statistic, degrees);
}

/**
 * The power of `trendTest`, and of that from supports, scores 0, 1, 2, ...
 *
 * @param options - the table assumed, the channels, n and level
 * @returns noncentrality and power, accurate for large n
 * @throws EMRX_QUALITY_MISMATCH, EMRX_QUALITY_ARGUMENT, EMRX_QUALITY_CHANNEL, EMRX_QUALITY_NOT_APPLICABLE
 * @example
 * ```ts
 * import { trendPower } from "@emrx/quality/hypothesis-tests";
 *
 * const noisy = { p: 0.75, q: 0.25 };
 * const table = { frequencies: [0.3, 0.2, 0.2, 0.3], rows: 2, columns: 2, n: 1000 };
 * trendPower({ ...table, channels: [noisy, noisy] }).noncentrality.toFixed(6); // => "2.500000"
 * ```
 */
export function trendPower(options: PowerOptions): Power {
  const planned = check(powerOptions, options, "options");
  return power(planned, scoreCorrelation(expectedSupports(planned)).squared * planned.n, 1);
}

function power({ level = 0.05 }: PowerOptions, noncentrality: number, degrees: number): Power {
  const critical = chiSquaredUpperQuantile(level, degrees);
  return { noncentrality, power: noncentralChiSquaredSurvival(critical, degrees, noncentrality) };
}

/** The support counts to expect: the joint distribution, with its margins and total, pushed through both channels. */
function expectedSupports({ frequencies, rows, columns, channels, n }: PowerOptions): SupportTable {
  checkTable("frequencies", frequencies, [rows, columns]);
  let table: Float64Array = Float64Array.from(frequencies, (f) => f * n);
  const shape = [rows, columns] as const;
  const extended: number[] = [...shape];
  shape.forEach((size, axis) => {
    const { p, q } = channels[axis] as SupportProbabilities;
    checkChannel({ p, q });
    table = mapAxis(table, extended, axis, size + 1, (line, result) => {
      const all = line.reduce((sum, value) => sum + value, 0);
      for (let v = 0; v < size; v++) result[v] = q * all + (p - q) * (line[v] as number);
      result[size] = all;
    });
    extended[axis] = size + 1;
  });
  const [first, second] = channels.map(({ p, q, form = "value" }) => ({ p, q, form }));
  return {
    supports: table,
    shape,
    channels: [first as SupportChannel, second as SupportChannel],
  };
}
