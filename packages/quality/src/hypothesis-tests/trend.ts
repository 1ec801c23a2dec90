// The test for a trend between two ordinal attributes, on their reports.

import { QualityError } from "../errors/quality-error.js";
import * as shapes from "../errors/shapes.js";
import { check } from "../errors/shapes.js";
import {
  type Margins,
  margins,
  scoredTable,
  type TableTestResult,
  type TwoWay,
  tableTest,
} from "./contingency.js";

/**
 * The test for a trend: whether a higher category of one ordinal attribute goes with a higher one of another (linear-by-linear
 * association; with two rows it is the test of Cochran and Armitage). More powerful than the test of independence where there is a trend.
 *
 * Source: A. Agresti, Categorical Data Analysis (2013), section 3.4.
 *
 * @param table - counts of pairs of reported values, flat by rows, with `rowScores` and `columnScores`, 0, 1, 2, ... unless given
 * @returns (n - 1) r^2, one degree of freedom, and the p-value
 * @throws EMRX_QUALITY_MISMATCH, EMRX_QUALITY_ARGUMENT, EMRX_QUALITY_NOT_APPLICABLE if one attribute's reports do not vary
 * @example
 * ```ts
 * import { trendTest } from "@emrx/quality/hypothesis-tests";
 *
 * trendTest({ counts: [30, 20, 10, 10, 20, 30], rows: 2, columns: 3 }).statistic.toFixed(4); // => "19.8333"
 * ```
 */
export function trendTest(table: ScoredTable): TableTestResult {
  const { counts, ...scored } = check(scoredTable, table, "table");
  const sums = margins({ ...scored, counts });
  const { u, v, scale } = centredScores(sums, scored);
  return tableTest({
    counts,
    margins: sums,
    statistic: (cells) => (sums.total - 1) * (cross(cells, u, v) ** 2 / scale),
    degrees: 1,
    dense: nearlyNormal(sums, u, v),
  });
}

/** A table with scores for its rows and columns. */
export type ScoredTable = TwoWay & {
  readonly rowScores?: ArrayLike<number>;
  readonly columnScores?: ArrayLike<number>;
};

/** Scores with mean 0 over the reports, and the product of their sums of squares. @throws EMRX_QUALITY_NOT_APPLICABLE if it is 0 */
function centredScores(
  { byRow, byColumn, total }: Margins,
  given: Pick<ScoredTable, "rowScores" | "columnScores">,
): { readonly u: Float64Array; readonly v: Float64Array; readonly scale: number } {
  const centred = (name: "rowScores" | "columnScores", sums: Float64Array): Float64Array => {
    const scores = given[name] ?? sums.map((_, i) => i);
    shapes.checkSameLength(`table.${name}`, scores, "the table's side", sums);
    const mean = sums.reduce((sum, count, i) => sum + count * (scores[i] as number), 0) / total;
    return Float64Array.from(scores, (score) => score - mean);
  };
  const u = centred("rowScores", byRow);
  const v = centred("columnScores", byColumn);
  const scale = power(byRow, u, 2) * power(byColumn, v, 2);
  if (!(scale > 0)) {
    throw new QualityError(
      "EMRX_QUALITY_NOT_APPLICABLE",
      "the reports of one attribute do not vary; there is no trend to test",
    );
  }
  return { u, v, scale };
}

/** The sum of powers of scores over the reports. */
const power = (sums: Float64Array, scores: Float64Array, exponent: number): number =>
  sums.reduce((sum, count, i) => sum + count * (scores[i] as number) ** exponent, 0);

/** The sum of products of both scores over the reports. */
function cross(counts: ArrayLike<number>, u: Float64Array, v: Float64Array): number {
  let product = 0;
  for (let cell = 0; cell < counts.length; cell++)
    product +=
      (counts[cell] as number) *
      (u[Math.floor(cell / v.length)] as number) *
      (v[cell % v.length] as number);
  return product;
}

/**
 * Whether the sum of products is nearly normal: given the margins its excess kurtosis is about that of the two scores multiplied, over the
 * number of reports, and its skewness the same with theirs over the root.
 */
function nearlyNormal(
  { byRow, byColumn, total }: Margins,
  u: Float64Array,
  v: Float64Array,
): boolean {
  const standardized = (sums: Float64Array, scores: Float64Array, exponent: number): number =>
    power(sums, scores, exponent) / total / (power(sums, scores, 2) / total) ** (exponent / 2);
  const kurtosis = standardized(byRow, u, 4) * standardized(byColumn, v, 4);
  const skewness = standardized(byRow, u, 3) * standardized(byColumn, v, 3);
  return kurtosis / total <= 0.2 && Math.abs(skewness) / Math.sqrt(total) <= 0.5;
}
