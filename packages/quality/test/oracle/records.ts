// A seeded generator and textbook randomizers, written for the tests alone.
import type { SupportProbabilities } from "../../src/frequencies.js";

/** Uniform doubles in [0, 1), reproducible (mulberry32). */
export function uniforms(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One category by its probabilities. */
export function draw(probabilities: ArrayLike<number>, next: () => number): number {
  let u = next();
  for (let v = 0; v < probabilities.length - 1; v++) {
    u -= probabilities[v] as number;
    if (u < 0) return v;
  }
  return probabilities.length - 1;
}

/** A report that names one value (GRR). */
export function report(
  value: number,
  categories: number,
  { p }: SupportProbabilities,
  next: () => number,
): number {
  if (next() < p) return value;
  const other = Math.floor(next() * (categories - 1));
  return other < value ? other : other + 1;
}

/** A standard normal number (Box and Muller). */
export const gaussian = (next: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
