// Exactly uniform subsets, drawn by a partial shuffle.
import type { WordStream } from "./stream.js";

const SPAN = 2 ** 32;

/** Draws uniform subsets of 0..n-1. */
export interface SubsetSampler {
  /**
   * A uniform subset of the given size, in uniform order. Which words are drawn depends on nothing but earlier words.
   *
   * @returns a view that the next draw overwrites
   */
  draw(size: number, words: WordStream): Uint32Array;
}

/**
 * A sampler of subsets of 0..n-1 by the first steps of a Fisher-Yates shuffle: element i is exchanged with a uniform one from i
 * on. It continues from the order that the last draw left, which changes nothing: a shuffle of any order is uniform.
 *
 * @param n - 1..2^20
 */
export function subsetSampler(n: number): SubsetSampler {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  // Lemire's method (see `uniformBelow`), its remainders computed once for each bound.
  const rejected = Float64Array.from({ length: n + 1 }, (_, bound) => SPAN % bound);
  return {
    draw(size, words) {
      for (let i = 0; i < size; i++) {
        const bound = n - i;
        const limit = rejected[bound] as number;
        let product = words.next() * bound;
        let high = Math.floor(product / SPAN);
        while (product - high * SPAN < limit) {
          product = words.next() * bound;
          high = Math.floor(product / SPAN);
        }
        const other = i + high;
        const element = order[other] as number;
        order[other] = order[i] as number;
        order[i] = element;
      }
      return order.subarray(0, size);
    },
  };
}
