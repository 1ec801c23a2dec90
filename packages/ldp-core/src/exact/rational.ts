// Exact fractions over BigInt: every probability of this package is one of these.
import { described } from "@emrx/internal/shape";
import { LdpError } from "../errors/ldp-error.js";

/** An exact fraction in lowest terms; the denominator is positive. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

/**
 * The fraction numerator / denominator in lowest terms.
 *
 * @param numerator - an integer
 * @param denominator - a non-zero integer; 1 unless given
 * @returns the fraction, its sign carried by the numerator
 * @throws EMRX_BAD_NUMBER if the denominator is zero or a number is not an integer
 * @example
 * ```ts
 * import { rational } from "@emrx/ldp-core/exact";
 *
 * rational(6, -4); // => { numerator: -3n, denominator: 2n }
 * ```
 */
export function rational(numerator: bigint | number, denominator: bigint | number = 1n): Rational {
  for (const part of [numerator, denominator]) {
    if (typeof part !== "bigint" && !Number.isSafeInteger(part))
      throw new LdpError("EMRX_BAD_NUMBER", `${described(part)} is no integer that is exact`);
  }
  let [n, d] = [BigInt(numerator), BigInt(denominator)];
  if (d === 0n) throw new LdpError("EMRX_BAD_NUMBER", "a fraction's denominator is 0");
  if (d < 0n) [n, d] = [-n, -d];
  const common = greatestCommonDivisor(n, d) || 1n;
  return { numerator: n / common, denominator: d / common };
}

export const add = (a: Rational, b: Rational): Rational =>
  rational(
    a.numerator * b.denominator + b.numerator * a.denominator,
    a.denominator * b.denominator,
  );

export const subtract = (a: Rational, b: Rational): Rational =>
  rational(
    a.numerator * b.denominator - b.numerator * a.denominator,
    a.denominator * b.denominator,
  );

export const multiply = (a: Rational, b: Rational): Rational =>
  rational(a.numerator * b.numerator, a.denominator * b.denominator);

export const divide = (a: Rational, b: Rational): Rational =>
  rational(a.numerator * b.denominator, a.denominator * b.numerator);

/** Negative, zero or positive as a is less than, equal to or greater than b. */
export function compare(a: Rational, b: Rational): number {
  const [left, right] = [a.numerator * b.denominator, b.numerator * a.denominator];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Integer division rounded towards minus infinity; the divisor must be positive. */
export const floorDivide = (a: bigint, b: bigint): bigint =>
  a >= 0n ? a / b : -((-a + b - 1n) / b);

/** Integer division rounded towards plus infinity; the divisor must be positive. */
export const ceilDivide = (a: bigint, b: bigint): bigint => -floorDivide(-a, b);

/**
 * The double nearest to a fraction, within one unit in the last place.
 *
 * @param value - any fraction
 * @returns a double, whatever the sizes of numerator and denominator
 * @example
 * ```ts
 * import { rational, toNumber } from "@emrx/ldp-core/exact";
 *
 * toNumber(rational(1, 3)); // => 1 / 3
 * ```
 */
export function toNumber({ numerator, denominator }: Rational): number {
  if (numerator === 0n) return 0;
  const magnitude = numerator < 0n ? -numerator : numerator;
  // Scale the quotient to at least 64 significant bits, convert once, scale back by a power of two (exact).
  const shift = Math.max(0, 64 - (bitLength(magnitude) - bitLength(denominator)));
  const quotient = Number((magnitude << BigInt(shift)) / denominator);
  const half = Math.floor(shift / 2); // in two steps: 2^-shift itself may be too small for a double
  return (numerator < 0n ? -1 : 1) * quotient * 2 ** -half * 2 ** (half - shift);
}

/** The number of binary digits of a non-negative integer. */
export const bitLength = (value: bigint): number => value.toString(2).length;

/**
 * A finite double as the exact fraction that it is: its value is a whole number over a power of two.
 *
 * @param value - any finite double
 * @returns the fraction, with no rounding
 */
export function fromDouble(value: number): Rational {
  if (!Number.isFinite(value)) throw new LdpError("EMRX_BAD_NUMBER", `${value} is not finite`);
  let scaled = value;
  let power = 0n;
  while (!Number.isInteger(scaled)) {
    scaled *= 2; // exact: only the exponent changes
    power++;
  }
  return rational(BigInt(scaled), 1n << power);
}
