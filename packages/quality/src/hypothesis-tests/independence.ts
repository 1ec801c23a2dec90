// Tests of independence and of equal distributions, on reports and never on debiased counts: their size is right as they stand.
import { object } from "@emrx/internal/shape";
import * as shapes from "../errors/shapes.js";
import { check } from "../errors/shapes.js";
import {
  degreesOf,
  expectsFive,
  margins,
  pearson,
  type TableTestResult,
  type TwoWay,
  tableTest,
  twoWayTable,
} from "./contingency.js";

/**
 * Pearson's chi-squared test of independence of two attributes, on the table of their reports (one value each: GRR).
 *
 * Two attributes are independent exactly when their separately randomized reports are: the channels multiply every residual
 * of the table by $`(p_1 - q_1)(p_2 - q_2)`$. So the ordinary test has its ordinary size; what privacy costs is power (`independencePower`).
 * Where a cell expects fewer than 5 reports the chi-squared distribution is no longer near, and the p-value is that of the exact
 * distribution given the margins (Freeman and Halton 1951), or is marked as unreliable.
 *
 * @param table - counts of pairs of reported values, flat by rows
 * @returns statistic, degrees of freedom and p-value, by which method, and whether it is reliable
 * @throws EMRX_QUALITY_MISMATCH, EMRX_QUALITY_ARGUMENT, EMRX_QUALITY_NOT_APPLICABLE without two rows and columns in use
 * @example
 * ```ts
 * import { independenceTest } from "@emrx/quality";
 *
 * const test = independenceTest({ counts: [30, 10, 20, 40], rows: 2, columns: 2 });
 * test.statistic.toFixed(4); // => "16.6667"
 * test.degrees; // => 1
 * ```
 */
export function independenceTest(table: TwoWay): TableTestResult {
  return ofTable(check(twoWayTable, table, "table"));
}

function ofTable(table: TwoWay): TableTestResult {
  const sums = margins(table);
  return tableTest({
    counts: table.counts,
    margins: sums,
    statistic: (counts) => pearson(counts, sums),
    degrees: degreesOf(sums),
    dense: expectsFive(sums),
  });
}

const counts = /* @__PURE__ */ shapes.numbers(shapes.count, { least: 1 });
const samplesOptions = /* @__PURE__ */ object({ first: counts, second: counts });

/**
 * The test of whether two groups of people have the same distribution, on their reports through the same mechanism.
 *
 * @param options - counts of reported values in the `first` and in the `second` group, of the same length
 * @returns statistic, degrees of freedom and p-value
 * @throws EMRX_QUALITY_MISMATCH, EMRX_QUALITY_ARGUMENT, EMRX_QUALITY_NOT_APPLICABLE
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
}): TableTestResult {
  const { first, second } = check(samplesOptions, options, "options");
  shapes.checkSameLength("options.first", first, "options.second", second);
  return ofTable({
    counts: [...Array.from(first), ...Array.from(second)],
    rows: 2,
    columns: first.length,
  });
}
