// Exact coins with probability T / 2^b: one at a time, and 32 side by side in the bits of a word.
import type { Threshold } from "../../exact/thresholds.js";
import type { WordStream } from "../../random/stream.js";

/**
 * The first binary digits of T / 2^b as masks (all ones or all zeros), most significant first, without trailing zeros.
 *
 * A coin compares uniform binary digits with these from the first on: the first place where they differ decides. Where no
 * digit is left, the uniform number is not below the threshold.
 */
export function digitsOf({ T, bits }: Threshold): Int32Array {
  const text = T.toString(2).padStart(bits, "0").replace(/0+$/, "");
  return Int32Array.from(text, (digit) => (digit === "1" ? -1 : 0));
}

/**
 * Thirty-two independent coins at once, each 1 with exactly the probability whose digits are given. The digits are compared
 * lane by lane and drawing stops when every lane is decided: about 6.4 words for 32 coins, at any precision.
 *
 * @param digits - from {@link digitsOf}
 * @param lanes - the bits that are wanted; the others stay 0
 * @param words - random words
 */
export function coins(digits: Int32Array, lanes: number, words: WordStream): number {
  let undecided = lanes;
  let ones = 0;
  for (let i = 0; undecided !== 0 && i < digits.length; i++) {
    const digit = digits[i] as number;
    const word = words.next();
    ones |= undecided & digit & ~word; // digit 1, drawn 0: below the threshold
    undecided &= ~(word ^ digit); // equal so far
  }
  return ones;
}
