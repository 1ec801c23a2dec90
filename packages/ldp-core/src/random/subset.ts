// Exactly uniform subsets, drawn by a partial shuffle.
import type { WordStream } from "./stream.js";

const SPAN = 2 ** 32;
const INVERSE = 2 ** -32;

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
 * on, by Lemire's method (see `uniformBelow`; its remainder is needed only when the low part is below the bound). It continues from the order that the last draw left, which changes nothing: a shuffle of any order is uniform.
 *
 * @param n - 1..2^20
 */
export function subsetSampler(n: number): SubsetSampler {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  return {
    draw(size, words) {
      for (let i = 0; i < size; i++) {
        const bound = n - i;
        let product = words.next() * bound;
        let high = (product * INVERSE) | 0; // floor: the product is exact, and 2^-32 only moves its point
        while (product - high * SPAN < bound && product - high * SPAN < SPAN % bound) {
          product = words.next() * bound;
          high = (product * INVERSE) | 0;
        }
        const other = i + high;
        const element = order[other] as number;
        order[other] = order[i] as number;
        order[i] = element;
      }
      return order;
    },
  };
}
