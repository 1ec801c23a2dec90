// The exact distribution of a statistic over all tables with the same margins: what a sparse table's p-value comes from.
import { logGamma } from "../special/stirling.js";

/** Tables looked at before it is too many. */
const mostTables = 200_000;

/**
 * The probability, under independence and given the margins, of a statistic at least as large as the table's. Under independence the margins
 * say all about the unknown frequencies, so what is left is known: $`P(table) = \prod r_i! \prod c_j! / (n! \prod n_{ij}!)`$.
 *
 * Source: G. Freeman and J. Halton, Biometrika 38 (1951).
 *
 * @returns undefined for counts that are not whole, or for more tables than can be looked at
 */
export function conditionalPValue(
  counts: ArrayLike<number>,
  margins: {
    readonly byRow: Float64Array;
    readonly byColumn: Float64Array;
    readonly total: number;
  },
  statistic: (counts: ArrayLike<number>) => number,
): number | undefined {
  const { byRow, byColumn, total } = margins;
  const [rows, columns] = [byRow.length, byColumn.length];
  if (!Array.from(counts).every(Number.isInteger) || total > 1e7) return undefined;
  const observed = statistic(counts);
  // Equal statistics computed in another order may differ by rounding.
  const threshold = observed - 1e-9 * Math.max(1, observed);
  const logFactorial = (k: number): number => (k < 2 ? 0 : logGamma(k + 1));
  const constant =
    byRow.reduce((sum, r) => sum + logFactorial(r), 0) +
    byColumn.reduce((sum, c) => sum + logFactorial(c), 0) -
    logFactorial(total);
  const table = new Float64Array(rows * columns);
  const left = Float64Array.from(byColumn);
  let tables = 0;
  let [at, above] = [0, 0];
  // The last row and the last column follow from the others; the largest margins are last, so that few branches end in nothing.
  const rowOrder = [...byRow.keys()].sort((a, b) => (byRow[a] as number) - (byRow[b] as number));
  const columnOrder = [...byColumn.keys()].sort(
    (a, b) => (byColumn[a] as number) - (byColumn[b] as number),
  );

  const fill = (i: number, j: number, rest: number, log: number): boolean => {
    const row = rowOrder[i] as number;
    if (i === rows - 1) {
      let last = log;
      for (let c = 0; c < columns; c++) {
        table[row * columns + c] = left[c] as number;
        last -= logFactorial(left[c] as number);
      }
      if (++tables > mostTables) return false;
      const probability = Math.exp(constant + last);
      at += probability;
      if (statistic(table) >= threshold) above += probability;
      return true;
    }
    const column = columnOrder[j] as number;
    const cell = row * columns + column;
    const room = left[column] as number;
    if (j === columns - 1) {
      if (rest > room) return true;
      table[cell] = rest;
      left[column] = room - rest;
      const going = fill(
        i + 1,
        0,
        byRow[rowOrder[i + 1] as number] as number,
        log - logFactorial(rest),
      );
      left[column] = room;
      return going;
    }
    for (let k = 0; k <= Math.min(rest, room); k++) {
      table[cell] = k;
      left[column] = room - k;
      if (!fill(i, j + 1, rest - k, log - logFactorial(k))) return false;
    }
    left[column] = room;
    return true;
  };
  if (!fill(0, 0, byRow[rowOrder[0] as number] as number, 0)) return undefined;
  return Math.min(1, above / at);
}
