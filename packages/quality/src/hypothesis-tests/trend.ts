// The test for a trend between two ordinal attributes, on their reports.
import { checkSameLength } from "../errors/check.js";
import { QualityError } from "../errors/quality-error.js";
import { chiSquaredSurvival } from "../special/chi-squared.js";
import { margins, type TestResult, type TwoWay } from "./contingency.js";

/**
 * The test for a trend: whether a higher category of one ordinal attribute goes with a higher one of another (linear-by-linear
 * association; with two rows it is the test of Cochran and Armitage). More powerful than the test of independence where there is a trend.
 *
 * Source: A. Agresti, Categorical Data Analysis (2013), section 3.4.
 *
 * @param table - counts of pairs of reported values, flat by rows, with `rowScores` and `columnScores`, 0, 1, 2, ... unless given
 * @returns (n - 1) r^2, one degree of freedom, and the p-value
 * @throws EMRX_MISMATCH, EMRX_OUT_OF_RANGE, EMRX_NOT_APPLICABLE if one attribute's reports do not vary
 * @example
 * ```ts
 * import { trendTest } from "@emrx/quality/hypothesis-tests";
 *
 * trendTest({ counts: [30, 20, 10, 10, 20, 30], rows: 2, columns: 3 }).statistic.toFixed(4); // => "19.8333"
 * ```
 */
export function trendTest(table: ScoredTable): TestResult {
  const statistic = (margins(table).total - 1) * squaredCorrelation(table);
  return { statistic, degrees: 1, pValue: chiSquaredSurvival(statistic, 1) };
}

/** A table with scores for its rows and columns. */
export type ScoredTable = TwoWay & {
  readonly rowScores?: ArrayLike<number>;
  readonly columnScores?: ArrayLike<number>;
};

/** r^2 of the scores over the table. */
export function squaredCorrelation(table: ScoredTable): number {
  const { counts, rows, columns } = table;
  const { byRow, byColumn, total } = margins(table);
  const centred = (sums: Float64Array, given: ArrayLike<number> | undefined, name: string) => {
    const scores = given ?? sums.map((_, i) => i);
    checkSameLength(name, scores, "the table's side", sums);
    const mean = sums.reduce((sum, count, i) => sum + count * (scores[i] as number), 0) / total;
    return Float64Array.from(scores, (score) => score - mean);
  };
  const u = centred(byRow, table.rowScores, "rowScores");
  const v = centred(byColumn, table.columnScores, "columnScores");
  let product = 0;
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      product += (counts[r * columns + c] as number) * (u[r] as number) * (v[c] as number);
    }
  }
  const square = (sums: Float64Array, w: Float64Array): number =>
    sums.reduce((sum, count, i) => sum + count * (w[i] as number) ** 2, 0);
  const scale = square(byRow, u) * square(byColumn, v);
  if (!(scale > 0)) {
    throw new QualityError(
      "EMRX_NOT_APPLICABLE",
      "the reports of one attribute do not vary; there is no trend to test",
    );
  }
  return product ** 2 / scale;
}
