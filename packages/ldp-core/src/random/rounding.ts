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

const SPAN = 2 ** 32;
/** Bound of the error of `scaled` below, in units of 2^-32: 4 roundings of relative size 2^-53 at most, steps <= 2^15. */
const MARGIN = 1;

/**
 * Rounds a value to one of the grid points 0..steps, at random and without bias.
 *
 * The value's exact place on the grid is u = steps (value - low) / (high - low), a fraction since every double is one. The
 * result is floor(u) + 1 if a uniform number in [0, 1) lies below the fractional part of u, else floor(u). Double arithmetic
 * decides when the first 32 random bits are further from the fractional part than its error; whole-number arithmetic on
 * the exact fractions decides otherwise, by the same comparison: the result is exact either way.
 *
 * @param value - low..high
 * @param low - lower end, a finite double
 * @param high - upper end, above low
 * @param steps - 1..2^15
 * @param word - the first 32 random bits
 * @param random - for further bits
 */
export function roundToGrid(
  value: number,
  low: number,
  high: number,
  steps: number,
  word: number,
  random: RandomSource,
): number {
  if (value <= low) return 0;
  if (value >= high) return steps;
  const scaled = ((value - low) / (high - low)) * steps;
  const below = Math.floor(scaled);
  const fraction = (scaled - below) * SPAN;
  const isClear =
    fraction > MARGIN &&
    fraction < SPAN - MARGIN &&
    (word + 1 < fraction - MARGIN || word > fraction + MARGIN);
  if (isClear) return word < fraction ? below + 1 : below;
  return roundExactly(value, low, high, steps, word, random);
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
