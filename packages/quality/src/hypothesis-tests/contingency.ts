// Two-way tables of reports: their margins and Pearson's statistic.
import { checkNonNegative, checkPositive } from "../errors/check.js";
import { QualityError } from "../errors/quality-error.js";
import { checkTable } from "../tables/table.js";

/** The outcome of a chi-squared test. */
export interface TestResult {
  readonly statistic: number;
  readonly degrees: number;
  /** Probability of a statistic at least this large if there is nothing to find. */
  readonly pValue: number;
}

/** A two-way table of counts or frequencies, flat by rows. */
export interface TwoWay {
  readonly counts: ArrayLike<number>;
  readonly rows: number;
  readonly columns: number;
}

/** Row sums, column sums and total. @throws EMRX_MISMATCH, EMRX_OUT_OF_RANGE */
export function margins({ counts, rows, columns }: TwoWay): {
  readonly byRow: Float64Array;
  readonly byColumn: Float64Array;
  readonly total: number;
} {
  checkTable("counts", counts, [rows, columns]);
  const byRow = new Float64Array(rows);
  const byColumn = new Float64Array(columns);
  let total = 0;
  for (let cell = 0; cell < counts.length; cell++) {
    const count = counts[cell] as number;
    checkNonNegative(`counts[${cell}]`, count);
    const row = Math.floor(cell / columns);
    byRow[row] = (byRow[row] as number) + count;
    byColumn[cell % columns] = (byColumn[cell % columns] as number) + count;
    total += count;
  }
  checkPositive("sum of counts", total);
  return { byRow, byColumn, total };
}

/** Pearson's statistic and its degrees of freedom; empty rows and columns do not count. */
export function pearson(table: TwoWay): { statistic: number; degrees: number } {
  const { byRow, byColumn, total } = margins(table);
  let statistic = 0;
  for (let cell = 0; cell < table.counts.length; cell++) {
    const row = byRow[Math.floor(cell / table.columns)] as number;
    const column = byColumn[cell % table.columns] as number;
    const expected = (row * column) / total;
    if (expected > 0) statistic += ((table.counts[cell] as number) - expected) ** 2 / expected;
  }
  const used = (sums: Float64Array): number => sums.filter((sum) => sum > 0).length;
  const degrees = (used(byRow) - 1) * (used(byColumn) - 1);
  if (degrees < 1) {
    throw new QualityError(
      "EMRX_NOT_APPLICABLE",
      "fewer than two rows or columns have any reports; there is nothing to compare",
    );
  }
  return { statistic, degrees };
}
