// Exact uniform integers and single words from a random source.
import { drawWords, type RandomSource } from "./source.js";

const one = /* @__PURE__ */ new Uint32Array(1);

/** One fresh word whose `bits` (1..32) top bits are returned as a number below 2^bits. */
export function nextWord(random: RandomSource, bits = 32): number {
  drawWords(random, one);
  return (one[0] as number) >>> (32 - bits);
}

/**
 * An exactly uniform integer in 0..bound-1 by Lemire's multiplication with rejection ("Fast random integer generation in
 * an interval", ACM TOMACS 29(1), 2019): of the 2^w words, exactly floor(2^w / bound) lead to each result and the rest
 * are drawn again.
 *
 * @param bound - 1..2^21, so that a word times the bound is an exact double
 * @param random - the source
 * @param bits - bits w per draw, 2^w >= bound; fewer than 32 only so that tests can enumerate every word
 */
export function uniformBelow(bound: number, random: RandomSource, bits = 32): number {
  const span = 2 ** bits;
  const rejected = span % bound;
  for (;;) {
    const product = nextWord(random, bits) * bound;
    const high = Math.floor(product / span);
    if (product - high * span >= rejected) return high;
  }
}
