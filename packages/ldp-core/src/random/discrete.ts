// An exact sampler for any finite distribution with rational probabilities.
import type { WordStream } from "./stream.js";

/** Draws 0..weights.length-1 with probability exactly weight / sum of weights. */
export interface DiscreteSampler {
  draw(words: WordStream): number;
}

/**
 * Inversion without rounding. A uniform real number is drawn 32 binary digits at a time until it is certain between which two
 * cumulative weights it lies: nearly always the first word tells, and a table answers; else whole-number arithmetic goes on.
 *
 * @param weights - whole numbers, none negative, not all 0
 */
export function discreteSampler(weights: readonly bigint[]): DiscreteSampler {
  const ends: bigint[] = [];
  let total = 0n;
  for (const weight of weights) {
    total += weight;
    ends.push(total);
  }
  // The first 32 digits of each cumulative probability; the last is 1.
  const firstDigits = Float64Array.from(ends, (end) => Number((end << 32n) / total));

  /** Goes on where the first word equals the first digits of a boundary. */
  function resolve(word: number, words: WordStream): number {
    let value = BigInt(word);
    for (let digits = 32n; ; digits += 32n) {
      // The number lies in [value, value + 1) / 2^digits.
      const cell = ends.findIndex((end) => value * total < end << digits);
      if ((value + 1n) * total <= (ends[cell] as bigint) << digits) return cell;
      value = (value << 32n) | BigInt(words.next());
    }
  }

  return {
    draw(words) {
      const word = words.next();
      let cell = 0;
      while (word > (firstDigits[cell] as number)) cell++;
      return word < (firstDigits[cell] as number) ? cell : resolve(word, words);
    },
  };
}
