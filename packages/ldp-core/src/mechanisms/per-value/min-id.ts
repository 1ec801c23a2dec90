// MinID-LDP: every category has its own epsilon, and two categories are told apart by at most the smaller of theirs.

import { arrayOf, coded, object, oneOf, optional } from "@emrx/internal/shape";
import { check } from "../../errors/check.js";
import { LdpError } from "../../errors/ldp-error.js";
import { compareBudgets, decimalToRational, epsilonShape } from "../../exact/decimal.js";
import { expLowerBound } from "../../exact/exp.js";
import { ceilDivide, compare, type Rational } from "../../exact/rational.js";
import { nonDegenerate, tooFewBits } from "../../exact/thresholds.js";
import { bitsShape } from "../common/options.js";
import { leastFlips, leastSymmetricFlips } from "./min-id-optimum.js";
import { type ValueUnary, valueUnary } from "./value-unary.js";

/** Parameters of {@link minIdUnary}. */
export interface MinIdOptions {
  /** The epsilon of each category: 2..4096 decimals in (0, 32], of at most 8 different values. */
  readonly epsilons: readonly (string | number)[];
  /**
   * `"fair coin"` (default): the true bit is 1 with probability 1/2. `"symmetric"`: a bit is flipped with the same probability
   * whether it is 0 or 1, as in `sue`.
   */
  readonly variant?: "fair coin" | "symmetric";
  /** Random bits behind the thresholds, 1..64; 64 unless given. */
  readonly bits?: number;
}

/** A MinID-LDP unary encoding. */
export interface MinIdUnary extends ValueUnary {
  readonly name: "min-id";
  /** How the true bit is drawn. */
  readonly variant: "fair coin" | "symmetric";
  /** The epsilon of each category, canonical decimals. */
  readonly epsilons: readonly string[];
}

/**
 * Input-discriminative LDP with the minimum rule (Gu, Li, Xiong and Cao, ICDE 2020) by a unary encoding with its own
 * probabilities for each level of epsilon.
 *
 * **Guarantee.** For any two categories i and j and any report, P(y | i) <= e^min(eps_i, eps_j) P(y | j). It implies plain LDP at
 * min(max eps, 2 min eps).
 *
 * **Mechanism.** The bit of a category i that is not the value is 1 with probability b_i = T_i / 2^b, where all categories of one
 * epsilon share one T. The true bit is 1 with probability a_i: 1/2, or 1 - b_i in the symmetric variant.
 *
 * **Proof.** The worst report for i against j has bit i set and bit j clear: its ratio is a_i (1 - b_j) / (b_i (1 - a_j)). So the
 * guarantee is b_i >= e^-min(eps_i, eps_j) (1 - b_j) for all pairs, or in the symmetric variant
 * (1 - b_i) / b_i <= e^min(eps_i, eps_j) b_j / (1 - b_j). An optimizer in doubles proposes the b_i with the least sum of
 * variances; the T_i are then set, in whole numbers and one after the other, to the least that satisfies all inequalities: what the
 * optimizer says cannot cost privacy.
 *
 * **Use.** The less sensitive categories gain accuracy, the most sensitive pay for it with more noise than a plain `oue` at
 * their epsilon would have. The symmetric variant is the better one where values are frequent (its variance does not grow with f),
 * and gives the less sensitive categories more, at the most sensitive ones' expense.
 *
 * @param options - the epsilon of each category
 * @returns the mechanism
 * @throws EMRX_BAD_DOMAIN, EMRX_BAD_EPSILON, EMRX_BAD_PARAMETER, EMRX_DEGENERATE_MECHANISM
 * @example
 * ```ts
 * import { minIdUnary, oue } from "@emrx/ldp-core/mechanisms";
 *
 * const code = minIdUnary({ epsilons: ["0.5", "2", "2", "2"] });
 * const plain = oue({ categories: 4, epsilon: "0.5" });
 * code.variance(1, 0, 3) < plain.variance(1, 0); // => true
 * ```
 */
export function minIdUnary(options: MinIdOptions): MinIdUnary {
  const given = check(
    object({
      epsilons: coded("EMRX_BAD_DOMAIN", arrayOf(epsilonShape, { least: 2, most: 4096 })),
      variant: optional(oneOf(["fair coin", "symmetric"])),
      bits: bitsShape(),
    }),
    options,
    "options",
  );
  const { epsilons, bits = 64, variant = "fair coin" } = given;
  const levels = [...new Set(epsilons)].sort(compareBudgets);
  if (levels.length > 8) {
    throw new LdpError("EMRX_BAD_PARAMETER", `${levels.length} different epsilons; at most 8`);
  }
  const classOf = epsilons.map((epsilon) => levels.indexOf(epsilon));
  const sizes = levels.map((_, level) => classOf.filter((own) => own === level).length);
  const bounds = levels.map((epsilon) => expLowerBound(decimalToRational(epsilon)));
  const isSymmetric = variant === "symmetric";
  const optimum = isSymmetric ? leastSymmetricFlips : leastFlips;
  const least = isSymmetric ? leastSymmetricThreshold : leastThreshold;
  const flips = safeThresholds(optimum(levels.map(Number), sizes), sizes, bounds, bits, least);
  const classes = flips.map((T) => ({
    p: nonDegenerate({ T: isSymmetric ? (1n << BigInt(bits)) - T : 1n << BigInt(bits - 1), bits }),
    q: nonDegenerate({ T, bits }),
  }));
  const oracle = valueUnary(
    `min-id epsilons=${epsilons.join(",")} bits=${bits}${isSymmetric ? " symmetric" : ""}`,
    classOf,
    classes,
  );
  requireGuarantee(oracle, classOf, bounds);
  return {
    ...oracle,
    name: "min-id",
    variant,
    epsilons,
  };
}

/** Throws unless every pair of categories keeps its bound exactly. */
function requireGuarantee(
  { bits, pairRatio }: ValueUnary,
  classOf: readonly number[],
  bounds: readonly Rational[],
): void {
  // Two categories of each level stand for all of them.
  const some = bounds.flatMap((_, level) => {
    const first = classOf.indexOf(level);
    const second = classOf.indexOf(level, first + 1);
    return second < 0 ? [first] : [first, second];
  });
  for (const a of some) {
    for (const b of some) {
      const bound = bounds[Math.min(classOf[a] as number, classOf[b] as number)] as Rational;
      if (a !== b && compare(pairRatio(a, b), bound) > 0) throw tooFewBits(bits);
    }
  }
}

/** The least T, out of `size`, that a level may have beside one whose threshold is `other`, or (undefined) beside itself. */
type LeastThreshold = (bound: Rational, other: bigint | undefined, size: bigint) => bigint;

/**
 * Whole numbers that satisfy every inequality, from proposed flip probabilities. Level by level T becomes the least that satisfies, in
 * both orders, all inequalities with what the other levels have by then; every pair is so settled by the later of the two.
 */
function safeThresholds(
  proposed: readonly number[],
  sizes: readonly number[],
  bounds: readonly Rational[],
  bits: number,
  leastOf: LeastThreshold,
): bigint[] {
  const size = 1n << BigInt(bits);
  // 2^-53 of resolution is enough for a proposal, and no bit can have a threshold of 0.
  const T = proposed.map((b) => largest(1n, (BigInt(Math.round(b * 2 ** 53)) * size) >> 53n));
  for (let i = 0; i < T.length; i++) {
    const all = T.map((other, j) => {
      if (i === j && (sizes[i] as number) < 2) return 0n;
      return leastOf(bounds[Math.min(i, j)] as Rational, i === j ? undefined : other, size);
    });
    T[i] = largest(...all);
  }
  return T;
}

/** The largest, or 0 if none is above it. */
function largest(...numbers: readonly bigint[]): bigint {
  let most = 0n;
  for (const number of numbers) if (number > most) most = number;
  return most;
}

/** b >= (1 - b') / E and b' >= (1 - b) / E; for two categories of one level b >= 1 / (E + 1). */
const leastThreshold: LeastThreshold = ({ numerator, denominator }, other, size) => {
  if (other === undefined) return ceilDivide(size * denominator, numerator + denominator);
  return largest(
    ceilDivide((size - other) * denominator, numerator),
    size - (other * numerator) / denominator,
  );
};

/** (1 - b) / b <= E b' / (1 - b'); for two categories of one level ((1 - b) / b)^2 <= E. */
const leastSymmetricThreshold: LeastThreshold = ({ numerator, denominator }, other, size) => {
  if (other !== undefined) {
    const rest = (size - other) * denominator;
    return ceilDivide(size * rest, numerator * other + rest);
  }
  // By bisection: the inequality is false at 0 and true at size.
  let [low, high] = [0n, size];
  while (high - low > 1n) {
    const T = (low + high) / 2n;
    if ((size - T) ** 2n * denominator <= numerator * T ** 2n) high = T;
    else low = T;
  }
  return high;
};
