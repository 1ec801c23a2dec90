// MinID-LDP: every category has its own epsilon, and two categories are told apart by at most the smaller of theirs.

import { LdpError } from "../errors.js";
import { compareBudgets, decimalToRational, parseEpsilon } from "../exact/decimal.js";
import { expLowerBound } from "../exact/exp.js";
import { ceilDivide, type Rational } from "../exact/rational.js";
import { nonDegenerate } from "../exact/thresholds.js";
import { checkCategories } from "./domain.js";
import { leastFlips } from "./min-id-optimum.js";
import { type ValueUnary, valueUnary } from "./value-unary.js";

/** Parameters of {@link minIdUnary}. */
export interface MinIdOptions {
  /** The epsilon of each category: 2..4096 decimals in (0, 32], of at most 8 different values. */
  readonly epsilons: readonly (string | number)[];
  /** Random bits behind the thresholds, 1..64; 64 unless given. */
  readonly bits?: number;
}

/** A MinID-LDP unary encoding. */
export interface MinIdUnary extends ValueUnary {
  readonly name: "min-id";
  /** The epsilon of each category, canonical decimals. */
  readonly epsilons: readonly string[];
}

/**
 * Input-discriminative LDP with the minimum rule (Gu, Li, Xiong and Cao, ICDE 2020) by a unary encoding whose true bit is a
 * fair coin.
 *
 * **Guarantee.** For any two categories i and j and any report, P(y | i) <= e^min(eps_i, eps_j) P(y | j). It implies plain LDP at
 * min(max eps, 2 min eps).
 *
 * **Mechanism.** The true bit is 1 with probability 1/2, the bit of another category i with probability b_i = T_i / 2^b, where all
 * categories of one epsilon share one T.
 *
 * **Proof.** The worst report for i against j has bit i set and bit j clear: (1/2)(1 - b_j) / ((1/2) b_i). So the guarantee
 * is b_i >= e^-min(eps_i, eps_j) (1 - b_j) for all pairs. An optimizer in doubles proposes the b_i with the least sum of
 * variances; each T_i is then raised, in whole numbers, until all its inequalities hold. Raising one never breaks another,
 * since the others only get easier: what the optimizer says cannot cost privacy.
 *
 * **Use.** The less sensitive categories gain accuracy, the most sensitive pay for it with more noise than a plain `oue` at
 * their epsilon would have.
 *
 * @param options - the epsilon of each category
 * @returns the mechanism
 * @throws EMRX_BAD_DOMAIN, EMRX_BAD_EPSILON, EMRX_BAD_PARAMETER, EMRX_DEGENERATE_MECHANISM
 * @example
 * ```ts
 * import { minIdUnary, oue } from "@emrx/ldp-core";
 *
 * const code = minIdUnary({ epsilons: ["0.5", "2", "2", "2"] });
 * const plain = oue({ categories: 4, epsilon: "0.5" });
 * code.variance(1, 0, 3) < plain.variance(1, 0); // => true
 * ```
 */
export function minIdUnary(options: MinIdOptions): MinIdUnary {
  checkCategories(options.epsilons?.length ?? 0, 4096);
  const epsilons = options.epsilons.map((e, i) => parseEpsilon(e, `epsilons[${i}]`));
  const levels = [...new Set(epsilons)].sort(compareBudgets);
  if (levels.length > 8) {
    throw new LdpError("EMRX_BAD_PARAMETER", `${levels.length} different epsilons; at most 8`);
  }
  const bits = options.bits ?? 64;
  if (!Number.isInteger(bits) || bits < 1 || bits > 64) {
    throw new LdpError("EMRX_BAD_PARAMETER", `bits is ${bits}; expected an integer in 1..64`);
  }
  const classOf = epsilons.map((epsilon) => levels.indexOf(epsilon));
  const sizes = levels.map((_, level) => classOf.filter((own) => own === level).length);
  const bounds = levels.map((epsilon) => expLowerBound(decimalToRational(epsilon)));
  const flips = safeThresholds(leastFlips(levels.map(Number), sizes), sizes, bounds, bits);
  const classes = flips.map((T) => ({
    p: { T: 1n << BigInt(bits - 1), bits },
    q: nonDegenerate({ T, bits }),
  }));
  return {
    ...valueUnary(`min-id epsilons=${epsilons.join(",")} bits=${bits}`, classOf, classes),
    name: "min-id",
    epsilons,
  };
}

/** Raises proposed flip probabilities, level by level, to the least whole numbers that satisfy every inequality. */
function safeThresholds(
  proposed: readonly number[],
  sizes: readonly number[],
  bounds: readonly Rational[],
  bits: number,
): bigint[] {
  const size = 1n << BigInt(bits);
  // 2^-53 of resolution is enough for a proposal.
  const T = proposed.map((b) => (BigInt(Math.round(b * 2 ** 53)) * size) >> 53n);
  for (let i = 0; i < T.length; i++) {
    for (let j = 0; j < T.length; j++) {
      if (i === j) continue;
      const least = needed(bounds[Math.min(i, j)] as Rational, size - (T[j] as bigint));
      if ((T[i] as bigint) < least) T[i] = least;
    }
    // Two categories of one level: b >= (1 - b) / E.
    if ((sizes[i] as number) > 1) {
      const { numerator, denominator } = bounds[i] as Rational;
      const least = ceilDivide(size * denominator, numerator + denominator);
      if ((T[i] as bigint) < least) T[i] = least;
    }
  }
  return T;
}

/** ceil(rest / E). */
const needed = ({ numerator, denominator }: Rational, rest: bigint): bigint =>
  ceilDivide(rest * denominator, numerator);
