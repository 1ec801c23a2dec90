// Utility-optimized RAPPOR: a unary encoding in which only the sensitive categories hide.

import { object } from "@emrx/internal/shape";
import { check } from "../../errors/check.js";
import { lnRoundedUp } from "../../exact/logarithm.js";
import { divide, multiply, type Rational, rational, subtract } from "../../exact/rational.js";
import { chooseBits, flipThreshold, nonDegenerate, probabilityOf } from "../../exact/thresholds.js";
import { oracleShapes } from "../common/options.js";
import { type ClassThresholds, type ValueUnary, valueUnary } from "../per-value/value-unary.js";
import { checkSensitive, sensitiveShape, type UtilityRROptions } from "./utility-rr.js";

/** Parameters of {@link utilityRappor}. */
export type UtilityRapporOptions = UtilityRROptions;

/** Utility-optimized RAPPOR. **A report with the bit of a non-sensitive category set reveals that category with certainty.** */
export interface UtilityRappor extends ValueUnary {
  readonly name: "urap";
  /** The requested epsilon of the sensitive categories, canonical decimal. */
  readonly epsilon: string;
  /** The protected categories, ascending. */
  readonly sensitive: readonly number[];
  /** Exact worst ratio over all reports in which no non-sensitive bit is set: at most e^epsilon. */
  readonly sensitiveRatio: Rational;
  /** ln of `sensitiveRatio`, rounded up. */
  exactEpsilon(): number;
}

/**
 * Utility-optimized RAPPOR, uRAP (Murakami and Kawamoto, USENIX Security 2019), with the probabilities of `oue`.
 *
 * **What it discloses.** As `utilityRandomizedResponse`: a non-sensitive bit is only ever set by its own value.
 *
 * **Mechanism.** A sensitive category's bit is a fair coin if it is the true one, else 1 with probability q = T / 2^b,
 * T = ceil(2^b / (e^epsilon + 1)). A non-sensitive bit is 1 with probability p' = floor(2^b (e^epsilon - 1) / (2 e^epsilon)) / 2^b
 * if it is the true one, else never.
 *
 * **Proof.** Take reports without a non-sensitive bit. Between two sensitive values the ratio is (1 - q) / q, as for `oue`. Between a
 * sensitive and a non-sensitive one it is at most (1/2) / (q (1 - p')), and q >= 1 / (e^epsilon + 1), 1 - p' >=
 * (e^epsilon + 1) / (2 e^epsilon); the other way it is at most 2 (1 - q)(1 - p'). Both are checked exactly.
 *
 * @param options - domain, sensitive part and budget
 * @returns the mechanism
 * @throws EMRX_BAD_DOMAIN, EMRX_BAD_EPSILON, EMRX_BAD_PARAMETER, EMRX_DEGENERATE_MECHANISM
 * @example
 * ```ts
 * import { utilityRappor } from "@emrx/ldp-core/mechanisms";
 *
 * const code = utilityRappor({ categories: 200, sensitive: [17, 18], epsilon: "1" });
 * code.variance(1, 0, 100); // => 0
 * code.exactEpsilon() <= 1; // => true
 * ```
 */
export function utilityRappor(options: UtilityRapporOptions): UtilityRappor {
  const given = check(
    object({ ...oracleShapes(), sensitive: sensitiveShape() }),
    options,
    "options",
  );
  const { categories: d, epsilon, bits } = given;
  const sensitive = checkSensitive(given.sensitive, d);
  const classes = chooseBits(
    epsilon,
    bits,
    (expEpsilon, bits) => {
      const { numerator, denominator } = expEpsilon;
      const size = 1n << BigInt(bits);
      const own = ((numerator - denominator) * size) / (2n * numerator); // rounded down
      return [
        { p: { T: size / 2n, bits }, q: flipThreshold(expEpsilon, bits) },
        { p: nonDegenerate({ T: own, bits }), q: { T: 0n, bits } },
      ] as const;
    },
    (built) => worstOf(built, sensitive.length),
  );
  const ratio = worstOf(classes, sensitive.length);
  const isSensitive = new Set(sensitive);
  const classOf = Array.from({ length: d }, (_, v) => (isSensitive.has(v) ? 0 : 1));
  const usedBits = classes[0].p.bits;
  return {
    ...valueUnary(
      `urap categories=${d} sensitive=${sensitive.join(",")} epsilon=${epsilon} bits=${usedBits}`,
      classOf,
      classes,
    ),
    name: "urap",
    epsilon,
    sensitive,
    sensitiveRatio: ratio,
    exactEpsilon: () => Math.min(lnRoundedUp(ratio), Number(epsilon)),
  };
}

/** The largest ratio over reports without a non-sensitive bit. */
function worstOf([own, rest]: readonly [ClassThresholds, ClassThresholds], s: number): Rational {
  const one = rational(1);
  const q = probabilityOf(own.q);
  const hidden = subtract(one, probabilityOf(rest.p));
  const candidates = [
    divide(rational(1, 2), multiply(q, hidden)), // sensitive against non-sensitive, its bit set
    multiply(rational(2), multiply(subtract(one, q), hidden)), // the other way, its bit clear
    ...(s > 1 ? [divide(subtract(one, q), q)] : []), // two sensitive values
  ];
  return candidates.reduce((a, b) =>
    a.numerator * b.denominator < b.numerator * a.denominator ? b : a,
  );
}
