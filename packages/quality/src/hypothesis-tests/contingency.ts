// Two-way tables of reports: their margins, Pearson's statistic, and whether they hold enough for the chi-squared distribution.
import { integer, object, optional, type Shape } from "@emrx/internal/shape";
import { QualityError } from "../errors/quality-error.js";
import * as shapes from "../errors/shapes.js";
import { joined } from "../errors/shapes.js";
import { chiSquaredSurvival } from "../special/chi-squared.js";
import { checkTable } from "../tables/table.js";
import { conditionalPValue } from "./conditional.js";

/** The outcome of a chi-squared test. */
export interface TestResult {
  readonly statistic: number;
  readonly degrees: number;
  /** Probability of a statistic at least this large if there is nothing to find. */
  readonly pValue: number;
}

/** The outcome of a test on a table, which may hold too few reports for the chi-squared distribution. */
export interface TableTestResult extends TestResult {
  /**
   * Where the p-value comes from: the `"chi-squared"` distribution, or for sparse tables the `"exact"` distribution of the statistic given
   * the table's margins, under which the test is never wrong more often than its level says.
   */
  readonly method: "chi-squared" | "exact";
  /** Whether the p-value holds. If not, the table is sparse, and has too many reports or fractions for the exact distribution. */
  readonly reliable: boolean;
  /** Why not, where it does not. */
  readonly reason?: string;
}

/** A two-way table of counts or frequencies, flat by rows. */
export interface TwoWay {
  readonly counts: ArrayLike<number>;
  readonly rows: number;
  readonly columns: number;
}

const scores = /* @__PURE__ */ optional(/* @__PURE__ */ shapes.numbers(shapes.ordinalScore));
const twoWayMembers = {
  counts: /* @__PURE__ */ shapes.numbers(shapes.count),
  rows: /* @__PURE__ */ integer(1, 0x1000_0000),
  columns: /* @__PURE__ */ integer(1, 0x1000_0000),
} as const;
export const twoWayTable: Shape<TwoWay> = /* @__PURE__ */ object(twoWayMembers);
export const scoredTable: Shape<
  TwoWay & {
    readonly rowScores?: ArrayLike<number>;
    readonly columnScores?: ArrayLike<number>;
  }
> = /* @__PURE__ */ joined(twoWayMembers, {
  rowScores: scores,
  columnScores: scores,
});

/** Row sums, column sums and total. */
export interface Margins {
  readonly byRow: Float64Array;
  readonly byColumn: Float64Array;
  readonly total: number;
}

/** @throws EMRX_QUALITY_MISMATCH, EMRX_QUALITY_ARGUMENT for a table of nobody */
export function margins({ counts, rows, columns }: TwoWay): Margins {
  checkTable("table.counts", counts, [rows, columns]);
  const total = shapes.sumOfCounts("table.counts", counts);
  const byRow = new Float64Array(rows);
  const byColumn = new Float64Array(columns);
  for (let cell = 0; cell < counts.length; cell++) {
    const count = counts[cell] as number;
    const row = Math.floor(cell / columns);
    byRow[row] = (byRow[row] as number) + count;
    byColumn[cell % columns] = (byColumn[cell % columns] as number) + count;
  }
  return { byRow, byColumn, total };
}

/** Pearson's statistic of a table with these margins. */
export function pearson(counts: ArrayLike<number>, { byRow, byColumn, total }: Margins): number {
  let statistic = 0;
  const columns = byColumn.length;
  for (let cell = 0; cell < counts.length; cell++) {
    const row = byRow[Math.floor(cell / columns)] as number;
    const expected = row * ((byColumn[cell % columns] as number) / total);
    if (expected > 0) statistic += ((counts[cell] as number) - expected) ** 2 / expected;
  }
  return statistic;
}

/** Degrees of freedom; empty rows and columns do not count. @throws EMRX_QUALITY_NOT_APPLICABLE for fewer than two of either */
export function degreesOf({ byRow, byColumn }: Margins): number {
  const used = (sums: Float64Array): number => sums.filter((sum) => sum > 0).length;
  const degrees = (used(byRow) - 1) * (used(byColumn) - 1);
  if (degrees < 1) {
    throw new QualityError(
      "EMRX_QUALITY_NOT_APPLICABLE",
      "fewer than two rows or columns have any reports; there is nothing to compare",
    );
  }
  return degrees;
}

/**
 * The p-value of a statistic of a table: from the chi-squared distribution where it is near enough (`dense`), else from the exact
 * distribution given the margins, where that can be counted out.
 */
export function tableTest(options: {
  readonly counts: ArrayLike<number>;
  readonly margins: Margins;
  readonly statistic: (counts: ArrayLike<number>) => number;
  readonly degrees: number;
  readonly dense: boolean;
}): TableTestResult {
  const { counts, margins: sums, degrees, dense } = options;
  const statistic = options.statistic(counts);
  const approximate = chiSquaredSurvival(statistic, degrees);
  if (dense)
    return { statistic, degrees, pValue: approximate, method: "chi-squared", reliable: true };
  const exact = conditionalPValue(counts, sums, options.statistic);
  if (exact !== undefined)
    return { statistic, degrees, pValue: exact, method: "exact", reliable: true };
  return {
    statistic,
    degrees,
    pValue: approximate,
    method: "chi-squared",
    reliable: false,
    reason:
      "some cells expect too few reports for the chi-squared distribution, and there are too many tables with these margins to count; merge rare categories",
  };
}

/** Whether every cell in use expects at least 5 reports. */
export function expectsFive({ byRow, byColumn, total }: Margins): boolean {
  const least = (sums: Float64Array): number =>
    sums.reduce((most, sum) => (sum > 0 ? Math.min(most, sum) : most), Number.POSITIVE_INFINITY);
  return least(byRow) * (least(byColumn) / total) >= 5;
}
