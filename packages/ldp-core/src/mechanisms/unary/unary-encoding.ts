// General unary encoding: the caller chooses how often the true category's bit is set.

import { object } from "@emrx/internal/shape";
import { check } from "../../errors/check.js";
import { decimalToRational } from "../../exact/decimal.js";
import { ceilDivide, floorDivide } from "../../exact/rational.js";
import { chooseBits, nonDegenerate } from "../../exact/thresholds.js";
import { oracleShapes, probabilityShape } from "../common/options.js";
import type { OueOptions } from "./oue.js";
import { type UnaryOracle, unary, unaryRatio } from "./unary.js";

/** Parameters of {@link unaryEncoding}. */
export interface UnaryEncodingOptions extends OueOptions {
  /** Probability that the true category's bit is set: a decimal string between 0 and 1, such as `"0.6"`. */
  readonly p: string;
}

/** General unary encoding; a report is a bitmap of the categories, least significant bit first. */
export type UnaryEncoding = UnaryOracle<"ue">;

/**
 * Unary encoding with any p (Wang, Blocki, Li and Jha, USENIX Security 2017, section 4): p = 1/2 gives `oue`, p = h / (h + 1)
 * with h = e^(epsilon / 2) gives `sue`, and what lies between trades noise on rare categories for noise on frequent ones.
 *
 * **Mechanism.** The true category's bit is set with probability p = floor(2^b p) / 2^b, every other bit with the least
 * q = T / 2^b that privacy allows: T = ceil(2^b p / (p + e^epsilon (1 - p))).
 *
 * **Proof of privacy.** As for `oue`: the worst ratio is p (1 - q) / ((1 - p) q), which is at most e^epsilon exactly when
 * q >= p / (p + e^epsilon (1 - p)).
 *
 * @param options - domain size, budget and p
 * @returns the mechanism
 * @throws EMRX_BAD_DOMAIN, EMRX_BAD_EPSILON, EMRX_BAD_PARAMETER, EMRX_DEGENERATE_MECHANISM
 * @example
 * ```ts
 * import { unaryEncoding } from "@emrx/ldp-core/mechanisms";
 *
 * unaryEncoding({ categories: 40, epsilon: "1", p: "0.6" }).exactEpsilon() <= 1; // => true
 * ```
 */
export function unaryEncoding(options: UnaryEncodingOptions): UnaryEncoding {
  const given = check(object({ ...oracleShapes(), p: probabilityShape() }), options, "options");
  const { categories: d, epsilon, bits } = given;
  const requested = decimalToRational(given.p);
  const thresholds = chooseBits(
    epsilon,
    bits,
    (expEpsilon, bits) => {
      const size = 1n << BigInt(bits);
      const p = floorDivide(requested.numerator * size, requested.denominator);
      const weight = p * expEpsilon.denominator;
      const q = ceilDivide(weight * size, weight + expEpsilon.numerator * (size - p));
      return { p: nonDegenerate({ T: p, bits }), q: nonDegenerate({ T: q, bits }) };
    },
    unaryRatio,
  );
  return unary("ue", d, epsilon, thresholds, `p=${given.p}`);
}
