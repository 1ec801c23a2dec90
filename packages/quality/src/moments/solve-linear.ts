// Small systems of linear equations, by Gaussian elimination with partial pivoting.
import { QualityError } from "../errors/quality-error.js";

/** The x with A x = b; neither is changed. @throws EMRX_QUALITY_SINGULAR */
export function solve(matrix: readonly Float64Array[], right: Float64Array): Float64Array {
  const size = right.length;
  const rows: Float64Array[] = matrix.map((line, i) =>
    Float64Array.from([...line, right[i] as number]),
  );
  const scale = Math.max(...matrix.map((line) => Math.max(...line.map(Math.abs))));
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let i = column + 1; i < size; i++) {
      if (Math.abs(at(rows, i, column)) > Math.abs(at(rows, pivot, column))) pivot = i;
    }
    if (!(Math.abs(at(rows, pivot, column)) > 1e-13 * scale)) {
      throw new QualityError(
        "EMRX_QUALITY_SINGULAR",
        "the equations have no unique solution: a predictor is constant or a combination of others, or noise exceeds its variance",
      );
    }
    [rows[column], rows[pivot]] = [rows[pivot] as Float64Array, rows[column] as Float64Array];
    for (let i = column + 1; i < size; i++) {
      const factor = at(rows, i, column) / at(rows, column, column);
      const line = rows[i] as Float64Array;
      for (let k = column; k <= size; k++) line[k] = at(rows, i, k) - factor * at(rows, column, k);
    }
  }
  const solution = new Float64Array(size);
  for (let i = size - 1; i >= 0; i--) {
    let sum = at(rows, i, size);
    for (let k = i + 1; k < size; k++) sum -= at(rows, i, k) * (solution[k] as number);
    solution[i] = sum / at(rows, i, i);
  }
  return solution;
}

const at = (rows: readonly Float64Array[], i: number, j: number): number =>
  (rows[i] as Float64Array)[j] as number;
