// From e^eps to integers: a probability is T out of 2^bits, rounded in the direction that costs utility, not privacy.
import { LdpError } from "../errors/ldp-error.js";
import { decimalToRational } from "./decimal.js";
import { expLowerBound } from "./exp.js";
import { lnRoundedUp } from "./logarithm.js";
import { ceilDivide, compare, multiply, type Rational, rational } from "./rational.js";

/** T / 2^bits: the exact probability with which a uniform `bits`-bit number falls below T. */
export interface Threshold {
  readonly T: bigint;
  readonly bits: number;
}

/** The probability of a threshold as a fraction. */
export const probabilityOf = ({ T, bits }: Threshold): Rational => rational(T, 1n << BigInt(bits));

/**
 * The largest probability, out of 2^bits, of answering from a set of `inside` cells when each of its cells may be at
 * most e^eps times likelier than each of the `outside` cells: T = floor(2^b i E / (i E + o)), E a lower bound of e^eps.
 *
 * @param inside - number of preferred cells, at least 1
 * @param outside - number of other cells, at least 1
 * @param expEpsilon - a lower bound of e^eps
 * @param bits - random bits behind the threshold
 */
export function preferredThreshold(
  inside: number | bigint,
  outside: number | bigint,
  expEpsilon: Rational,
  bits: number,
): Threshold {
  const weight = BigInt(inside) * expEpsilon.numerator;
  const total = weight + BigInt(outside) * expEpsilon.denominator;
  return nonDegenerate({ T: (weight << BigInt(bits)) / total, bits });
}

/** The least probability, out of 2^bits, that is at least 1 / (e^eps + 1): T = ceil(2^b / (E + 1)). */
export function flipThreshold(expEpsilon: Rational, bits: number): Threshold {
  const { numerator, denominator } = expEpsilon;
  return nonDegenerate({
    T: ceilDivide(denominator << BigInt(bits), numerator + denominator),
    bits,
  });
}

/** A threshold of 0 or 2^bits is an event that never or always happens: no privacy, or no report. */
export function nonDegenerate(threshold: Threshold): Threshold {
  if (threshold.T <= 0n || threshold.T >= 1n << BigInt(threshold.bits)) {
    throw tooFewBits(threshold.bits);
  }
  return threshold;
}

/** The error for probabilities that so few bits cannot express. */
export function tooFewBits(bits: number): LdpError {
  return new LdpError(
    "EMRX_DEGENERATE_MECHANISM",
    `${bits} random bits cannot express the probabilities; give more bits, more epsilon or a smaller domain`,
  );
}

/**
 * Builds a mechanism's thresholds with 32 random bits, or with 64 where 32 would waste more than a millionth of epsilon.
 *
 * @param epsilon - canonical decimal
 * @param requested - the caller's choice of bits, 1 to 64, or undefined for the automatic one
 * @param build - the thresholds for a lower bound of e^eps and a number of bits
 * @param ratioOf - the exact worst probability ratio of those thresholds
 * @returns what `build` returned
 * @throws EMRX_DEGENERATE_MECHANISM if the ratio is not above 1: the report would say nothing
 */
export function chooseBits<T>(
  epsilon: string,
  requested: number | undefined,
  build: (expEpsilon: Rational, bits: number) => T,
  ratioOf: (built: T) => Rational,
): T {
  const exponent = decimalToRational(epsilon);
  const expEpsilon = expLowerBound(exponent);
  if (requested !== undefined) {
    const built = build(expEpsilon, requested);
    if (compare(ratioOf(built), rational(1)) <= 0) throw tooFewBits(requested);
    return built;
  }
  const nearlyAll = expLowerBound(multiply(exponent, rational(999_999, 1_000_000)));
  try {
    const built = build(expEpsilon, 32);
    if (compare(ratioOf(built), nearlyAll) > 0) return built;
  } catch (error) {
    if (!(error instanceof LdpError) || error.code !== "EMRX_DEGENERATE_MECHANISM") throw error;
  }
  const built = build(expEpsilon, 64);
  if (compare(ratioOf(built), rational(1)) <= 0) throw tooFewBits(64);
  return built;
}

/** ln of an exact ratio rounded up, and never above the double of the epsilon that the ratio is known to respect. */
export function exactLoss(ratio: Rational, epsilon: string): number {
  return Math.min(lnRoundedUp(ratio), Number(epsilon));
}
