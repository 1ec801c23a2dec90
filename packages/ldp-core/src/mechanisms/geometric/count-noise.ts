// Noise for a count: two-sided geometric, shifted so that it is hardly ever below 0, and exact.
import { methods, object } from "@emrx/internal/shape";
import { check } from "../../errors/check.js";
import { LdpError } from "../../errors/ldp-error.js";
import { budgetShape, decimalToRational, epsilonShape } from "../../exact/decimal.js";
import { expLowerBound } from "../../exact/exp.js";
import { ceilDivide } from "../../exact/rational.js";
import { discreteSampler } from "../../random/discrete.js";
import { platformRandom } from "../../random/platform.js";
import type { RandomSource } from "../../random/source.js";
import { WordStream } from "../../random/stream.js";

/** Parameters of {@link countNoise}. */
export interface CountNoiseOptions {
  /** Loss by which two counts that differ by 1 can be told apart: decimal string or number, 0.01 to 32. */
  readonly epsilon: string | number;
  /** Probability with which the noise would be below 0, or above twice the shift, at most: decimal, above 0, below 1. */
  readonly delta: string | number;
}

/** Noise to take off a count. */
export interface CountNoise {
  /** The mean: the least shift that keeps to delta. Draws lie in 0..2 x shift. */
  readonly shift: number;
  /** Exact probability of each draw: whole weights, to be divided by their sum. */
  readonly weights: readonly bigint[];
  /** One draw. */
  draw(random?: RandomSource): number;
}

const BITS = 32n;

/**
 * Noise for a count of people, to be taken off so that nothing is promised that is not there: shift + G, clipped to
 * 0..2 x shift, where G is two-sided geometric, P(G = k) = a^|k| (1 - a) / (1 + a), with a = A / 2^32 and
 * A = ceil(2^32 e^-epsilon).
 *
 * **Proof of privacy.** Inside, neighbouring counts give one result with probabilities whose ratio is at most 1 / a <=
 * e^epsilon, as A is rounded up. At either end lies what was clipped: P(|G| >= shift) on one side is a^shift / (1 + a),
 * at most delta. So the noisy count is (epsilon, delta)-differentially private.
 *
 * @param options - epsilon and delta
 * @returns shift, weights and sampler
 * @throws EMRX_BAD_EPSILON, EMRX_BAD_PARAMETER
 * @see Ghosh, Roughgarden and Sundararajan, "Universally utility-maximizing privacy mechanisms", STOC 2009
 * @example
 * ```ts
 * import { countNoise } from "@emrx/ldp-core/mechanisms";
 *
 * const noise = countNoise({ epsilon: "1", delta: "0.000001" });
 * noise.shift; // => 14
 * noise.draw() <= 28; // => true
 * ```
 */
export function countNoise(options: CountNoiseOptions): CountNoise {
  const { epsilon, delta } = check(
    object({ epsilon: epsilonShape, delta: budgetShape }),
    options,
    "options",
  );
  const { numerator, denominator } = expLowerBound(decimalToRational(epsilon));
  const one = 1n << BITS;
  const a = ceilDivide(denominator << BITS, numerator);
  const least = decimalToRational(delta);
  if (Number(epsilon) < 0.01 || least.numerator <= 0n || least.numerator >= least.denominator)
    throw new LdpError(
      "EMRX_BAD_PARAMETER",
      `options is { epsilon: ${epsilon}, delta: ${delta} }; expected an epsilon of at least 0.01 and a delta above 0, below 1`,
    );
  // The least s with a^s / (1 + a) <= delta, in whole numbers: A^s 2^32 <= delta (2^32 + A) 2^(32 s).
  let shift = 0;
  let power = 1n;
  while (
    power * one * least.denominator >
    (least.numerator * (one + a)) << (BITS * BigInt(shift))
  ) {
    power *= a;
    shift++;
  }
  const weights = Array.from({ length: 2 * shift + 1 }, (_, x) => {
    const distance = BigInt(Math.abs(x - shift));
    const at = (a ** distance) << (BITS * (BigInt(shift) - distance));
    return x === 0 || x === 2 * shift ? at * one : at * (one - a);
  });
  const sampler = discreteSampler(weights);
  return {
    shift,
    weights,
    draw(random = platformRandom()) {
      check(methods<RandomSource>("a random source", "fill"), random, "random");
      return sampler.draw(new WordStream(random, 1));
    },
  };
}
