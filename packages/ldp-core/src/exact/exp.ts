// A rational lower bound of e^x: what every privacy threshold is computed from, so that rounding never costs privacy.
import type { Rational } from "./rational.js";
import { rational } from "./rational.js";

/** Binary digits after the point. Fewer than 256 roundings, each grown by less than e^x, cost a 2^-184th part of e^x. */
const PRECISION = 192n;

/**
 * A strict lower bound of e^x.
 *
 * The Taylor series of e^x at a positive rational x has only positive terms, so every partial sum is a lower bound;
 * each term is computed in fixed point and rounded down, which keeps it one. e^x is irrational for rational x != 0
 * (Lindemann), so the bound is strict and no threshold can fall on a tie.
 *
 * @param x - a positive fraction, at most about 32
 * @returns a fraction below e^x by less than a 2^-180th part of it
 */
export function expLowerBound(x: Rational): Rational {
  const { numerator, denominator } = x;
  let term = 1n << PRECISION;
  let sum = 0n;
  for (let k = 1n; term > 0n; k++) {
    sum += term;
    term = (term * numerator) / (denominator * k); // rounded down
  }
  return rational(sum, 1n << PRECISION);
}
