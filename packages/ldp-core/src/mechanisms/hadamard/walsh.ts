// Sylvester's Hadamard matrix: its signs, how to draw a column of a given sign, and its fast transform.

/** Entry (row, column): +1 if row AND column has an even number of ones, else -1. */
export const signAt = (row: number, column: number): 1 | -1 =>
  parity(row & column) === 0 ? 1 : -1;

/**
 * The column that a code stands for in a row other than row 0: codes below order/2 number the columns where the row is +1, the
 * others those where it is -1. All bits of the column but one are free; the lowest bit of the row number sets the parity.
 *
 * @param row - 1..order-1
 * @param code - 0..order-1
 * @param order - a power of two, at least 2
 */
export function signedColumn(row: number, code: number, order: number): number {
  const half = order >>> 1;
  const pivot = row & -row;
  const free = code & (half - 1);
  const column = (free & (pivot - 1)) | ((free & -pivot) << 1);
  const wanted = code < half ? 0 : 1;
  return parity(row & column) === wanted ? column : column | pivot;
}

/** 1 if a word has an odd number of ones, else 0. */
function parity(word: number): number {
  let x = word ^ (word >>> 16);
  x ^= x >>> 8;
  x ^= x >>> 4;
  return (0x6996 >>> (x & 15)) & 1; // the parities of 0..15
}

/** The Walsh-Hadamard transform of values[from .. from + order) in place: sums and differences at distances 1, 2, 4, ... */
export function walshHadamard(values: Float64Array, from: number, order: number): void {
  for (let distance = 1; distance < order; distance *= 2) {
    for (let start = from; start < from + order; start += 2 * distance) {
      for (let i = start; i < start + distance; i++) {
        const [a, b] = [values[i] as number, values[i + distance] as number];
        values[i] = a + b;
        values[i + distance] = a - b;
      }
    }
  }
}
