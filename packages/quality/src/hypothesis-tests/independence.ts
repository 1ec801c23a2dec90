// Tests of independence and of equal distributions, on reports and never on debiased counts: their size is right as they stand.
import { checkSameLength } from "../errors/check.js";
import { chiSquaredSurvival } from "../special/chi-squared.js";
import { pearson, type TestResult, type TwoWay } from "./contingency.js";

/**
 * Pearson's chi-squared test of independence of two attributes, on the table of their reports (one value each: GRR).
 *
 * Two attributes are independent exactly when their separately randomized reports are: the channels multiply every residual
 * of the table by $`(p_1 - q_1)(p_2 - q_2)`$. So the ordinary test has its ordinary size; what privacy costs is power (`independencePower`).
 *
 * @param table - counts of pairs of reported values, flat by rows
 * @returns statistic, degrees of freedom and p-value
 * @throws EMRX_MISMATCH, EMRX_OUT_OF_RANGE, EMRX_NOT_APPLICABLE without two rows and columns in use
 * @example
 * ```ts
 * import { independenceTest } from "@emrx/quality";
 *
 * const test = independenceTest({ counts: [30, 10, 20, 40], rows: 2, columns: 2 });
 * test.statistic.toFixed(4); // => "16.6667"
 * test.degrees; // => 1
 * ```
 */
export function independenceTest(table: TwoWay): TestResult {
  const { statistic, degrees } = pearson(table);
  return { statistic, degrees, pValue: chiSquaredSurvival(statistic, degrees) };
}

/**
 * The test of whether two groups of people have the same distribution, on their reports through the same mechanism.
 *
 * @param options - counts of reported values in the `first` and in the `second` group, of the same length
 * @returns statistic, degrees of freedom and p-value
 * @throws EMRX_MISMATCH, EMRX_OUT_OF_RANGE, EMRX_NOT_APPLICABLE
 * @example
 * ```ts
 * import { twoSampleTest } from "@emrx/quality/hypothesis-tests";
 *
 * twoSampleTest({ first: [30, 10], second: [20, 40] }).statistic.toFixed(4); // => "16.6667"
 * ```
 */
export function twoSampleTest(options: {
  readonly first: ArrayLike<number>;
  readonly second: ArrayLike<number>;
}): TestResult {
  const { first, second } = options;
  checkSameLength("first", first, "second", second);
  return independenceTest({
    counts: [...Array.from(first), ...Array.from(second)],
    rows: 2,
    columns: first.length,
  });
}
