// Columns to randomize, the same on every machine: spread evenly over the domain, or skewed as diagnoses and incomes are.

/** "uniform": every value equally often. "skewed": a few values have nearly everybody. */
export type Shape = "uniform" | "skewed";

/** A fraction in [0, 1) for each index, spread evenly, without any order (multiples of the golden section). */
const fraction = (index: number): number => (index * 0.6180339887498949) % 1;

/** Category indices below d; skewed: half of all people have the first, a quarter the second, and so on. */
export function categories(count: number, d: number, shape: Shape): Uint16Array {
  return Uint16Array.from({ length: count }, (_, index) => {
    const u = fraction(index);
    return shape === "uniform" ? Math.floor(u * d) : Math.min(d - 1, Math.floor(-Math.log2(1 - u)));
  });
}

/** Numbers in [0, 100); skewed: half of all people are below 6.25. Another `place` gives another column. */
export function numbers(count: number, shape: Shape, place = 0): Float64Array {
  return Float64Array.from({ length: count }, (_, index) => {
    const u = fraction(index + 7 * place);
    return 100 * (shape === "uniform" ? u : u ** 4);
  });
}

/** Sets of three codes below d; skewed: two are the same for nearly everybody. */
export function sets(
  count: number,
  d: number,
  shape: Shape,
): { readonly codes: Uint32Array; readonly offsets: Uint32Array } {
  const codes = new Uint32Array(3 * count);
  for (let person = 0; person < count; person++) {
    const first = Math.floor(fraction(person) * (d - 2));
    const rare = person % 16 === 0;
    codes.set(
      shape === "uniform" || rare ? [first, first + 1, first + 2] : [0, 1, Math.max(2, first)],
      3 * person,
    );
  }
  return { codes, offsets: Uint32Array.from({ length: count + 1 }, (_, person) => 3 * person) };
}
