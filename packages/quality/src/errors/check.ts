// Checks of arguments, shared by all public functions; each throws a QualityError that names the argument.
import { QualityError } from "./quality-error.js";

/** A number of a closed or open range, described for the message. */
function require(valid: boolean, argument: string, given: unknown, expected: string): void {
  if (!valid) {
    throw new QualityError(
      "EMRX_OUT_OF_RANGE",
      `${argument} is ${String(given)}; expected ${expected}`,
    );
  }
}

export const checkFinite = (argument: string, value: number): void =>
  require(Number.isFinite(value), argument, value, "a finite number");

export const checkPositive = (argument: string, value: number): void =>
  require(value > 0 && value < Number.POSITIVE_INFINITY, argument, value, "a positive number");

export const checkNonNegative = (argument: string, value: number): void =>
  require(value >= 0 && value < Number.POSITIVE_INFINITY, argument, value, "a number >= 0");

export const checkWhole = (argument: string, value: number, least = 0): void =>
  require(Number.isSafeInteger(value) && value >= least, argument, value, `an integer >= ${least}`);

/** A probability or relative frequency, ends included. */
export const checkShare = (argument: string, value: number): void =>
  require(value >= 0 && value <= 1, argument, value, "a number from 0 to 1");

/** A confidence or another probability that may be neither 0 nor 1. */
export const checkInside = (argument: string, value: number): void =>
  require(value > 0 && value < 1, argument, value, "a number between 0 and 1, both excluded");

export function checkSameLength(
  first: string,
  a: ArrayLike<unknown>,
  second: string,
  b: ArrayLike<unknown>,
): void {
  if (a.length !== b.length) {
    throw new QualityError(
      "EMRX_MISMATCH",
      `${first} has ${a.length} entries and ${second} ${b.length}; expected the same number`,
    );
  }
}

/** Weights: non-negative, not all zero. Returns their sum. */
export function checkWeights(argument: string, weights: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] as number;
    if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY)) {
      throw new QualityError(
        "EMRX_BAD_WEIGHTS",
        `${argument}[${i}] is ${weight}; expected a number >= 0`,
      );
    }
    sum += weight;
  }
  if (!(sum > 0 && sum < Number.POSITIVE_INFINITY)) {
    throw new QualityError(
      "EMRX_BAD_WEIGHTS",
      `${argument} sum to ${sum}; expected a positive sum`,
    );
  }
  return sum;
}
