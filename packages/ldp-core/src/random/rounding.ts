// Exact stochastic rounding of a double onto a grid: up with exactly the probability that keeps the mean.
import {
  divide,
  floorDivide,
  fromDouble,
  multiply,
  rational,
  subtract,
} from "../exact/rational.js";
import type { RandomSource } from "./source.js";
import { nextWord } from "./uniform.js";

/** Doubles decide only when they stay this far from a border: far more than the word's last digit and their own errors. */
const MARGIN = 2 ** -29;

/** Rounds values of one range to one grid. */
export interface GridRounding {
  /**
   * @param value - clamped to the range
   * @param word - the first 32 random bits
   * @param random - for further bits
   * @returns a grid point, 0..steps
   */
  round(value: number, word: number, random: RandomSource): number;
  /** Rounds as many values as there are words, from an index on, and puts the results in the place of the words. */
  roundBlock(
    values: ArrayLike<number>,
    from: number,
    words: Uint32Array,
    random: RandomSource,
  ): void;
}

/**
 * Rounds values to one of the grid points 0..steps, at random and without bias.
 *
 * The value's exact place on the grid is u = steps (value - low) / (high - low), a fraction since every double is one. With V
 * uniform in [0, 1) the result is floor(u) + 1 if V lies below the fractional part of u, else floor(u); that is, but for ties,
 * ceil(u - V). Doubles compute u - V with an error below 2^-36 and V's first 32 digits are within 2^-32 of it; so unless the
 * result is within 2^-29 of a whole number, its ceiling is right. Otherwise whole-number arithmetic on the exact
 * fractions makes the same decision. The result is exact either way.
 *
 * @param low - lower end, a finite double
 * @param high - upper end, above low
 * @param steps - 1..4096
 * @param missing - what NaN becomes
 */
export function gridRounding(
  low: number,
  high: number,
  steps: number,
  missing: number = Number.NaN,
): GridRounding {
  const scale = steps / (high - low);

  function round(value: number, word: number, random: RandomSource): number {
    const clamped = Math.min(high, Math.max(low, value));
    const place = (clamped - low) * scale - word * 2 ** -32;
    const point = Math.ceil(place);
    const gap = point - place;
    if (gap > MARGIN && gap < 1 - MARGIN) return point | 0; // a small integer, not -0
    return Number.isNaN(value) ? missing : roundExactly(clamped, low, high, steps, word, random);
  }

  return {
    round,
    roundBlock(values, from, words, random) {
      for (let i = 0; i < words.length; i++) {
        words[i] = round(values[from + i] as number, words[i] as number, random);
      }
    },
  };
}

/** The same decision, wholly in fractions. */
export function roundExactly(
  value: number,
  low: number,
  high: number,
  steps: number,
  word: number,
  random: RandomSource,
): number {
  const [v, a, b] = [fromDouble(value), fromDouble(low), fromDouble(high)];
  const u = multiply(rational(steps), divide(subtract(v, a), subtract(b, a)));
  const below = floorDivide(u.numerator, u.denominator);
  // Compare binary digits, 32 at a time, with those of the fractional part.
  let rest = u.numerator - below * u.denominator;
  let drawn = BigInt(word);
  for (;;) {
    rest <<= 32n;
    const digit = rest / u.denominator;
    if (drawn !== digit) return Number(below) + (drawn < digit ? 1 : 0);
    rest -= digit * u.denominator;
    if (rest === 0n) return Number(below); // every digit equal: not below
    drawn = BigInt(nextWord(random));
  }
}
