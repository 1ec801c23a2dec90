// Exactly uniform subsets, drawn by a partial shuffle.
import type { WordStream } from "./stream.js";

/** Draws uniform subsets of 0..n-1. */
export interface SubsetSampler {
  /**
   * A uniform subset of the given size, in uniform order. Which words are drawn depends on nothing but earlier words.
   *
   * @returns an array whose first `size` elements are the subset; the next draw overwrites it
   */
  draw(size: number, words: WordStream): Uint32Array;
}

/**
 * A sampler of subsets of 0..n-1 by the first steps of a Fisher-Yates shuffle: element i is exchanged with a uniform one from i
 * on. It continues from the order that the last draw left, which changes nothing: a shuffle of any order is uniform.
 *
 * The uniform numbers are Lemire's (see `uniformBelow`) with 16 bits, so that a word serves two steps. The remainder
 * 2^16 mod bound is needed only when the low part is below the bound.
 *
 * @param n - 1..2^16
 */
export function subsetSampler(n: number): SubsetSampler {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  const drawn = new Uint32Array((n + 1) >> 1);
  return {
    draw(size, words) {
      words.take(drawn, (size + 1) >> 1);
      for (let i = 0; i < size; i++) {
        const bound = n - i;
        const word = drawn[i >> 1] as number;
        let product = Math.imul((i & 1) === 0 ? word >>> 16 : word & 0xffff, bound);
        while ((product & 0xffff) < bound && (product & 0xffff) < 0x10000 % bound) {
          product = Math.imul(words.next() >>> 16, bound);
        }
        const other = i + (product >>> 16);
        const element = order[other] as number;
        order[other] = order[i] as number;
        order[i] = element;
      }
      return order;
    },
  };
}
