// Optimized unary encoding: the unary encoding with the least noise on rare categories.
import { object } from "@emrx/internal/shape";
import { check } from "../../errors/check.js";
import { chooseBits, flipThreshold } from "../../exact/thresholds.js";
import { oracleShapes } from "../common/options.js";
import { type UnaryOracle, unary, unaryRatio } from "./unary.js";

/** Parameters of {@link oue}. */
export interface OueOptions {
  /** Number of categories d, 2..2^20. */
  readonly categories: number;
  /** Privacy budget: decimal string or number in (0, 32]. */
  readonly epsilon: string | number;
  /** Random bits behind the threshold, 1..64; chosen by itself unless given. */
  readonly bits?: number;
}

/** Optimized unary encoding; a report is a bitmap of the categories, least significant bit first. */
export type Oue = UnaryOracle<"oue">;

/**
 * Optimized unary encoding (Wang, Blocki, Li and Jha, USENIX Security 2017, section 4.2).
 *
 * **Mechanism.** One bit for each category. The true category's bit is a fair coin; every other bit is 1 with probability
 *
 * $`q = T / 2^b, \quad T = \lceil 2^b / (e^\varepsilon + 1) \rceil`$.
 *
 * **Proof of privacy.** Two inputs x and x' differ in two bits. P(report | x) / P(report | x') is largest for a report with
 * the bit of x set and that of x' clear: (1/2)(1 - q) / ((1/2) q) = (2^b - T) / T. Since T is rounded up, from a lower bound
 * of e^epsilon, this is at most e^epsilon.
 *
 * **Use.** Its variance does not depend on the size of the domain, but at large epsilon it tends to f / n, not to 0:
 * for d < 3 e^epsilon + 2 use `grr`; see `mechanismFor`.
 *
 * @param options - domain size and budget
 * @returns the mechanism: randomizer, aggregator, estimator, variance and audit, all from the same integer T
 * @throws EMRX_BAD_DOMAIN, EMRX_BAD_EPSILON, EMRX_BAD_PARAMETER, EMRX_DEGENERATE_MECHANISM
 * @example
 * ```ts
 * import { seededRandom } from "@emrx/ldp-core";
 * import { oue } from "@emrx/ldp-core/mechanisms";
 *
 * const ward = oue({ categories: 40, epsilon: "1" });
 * const reports = ward.randomizeBatch([3, 39, 3], seededRandom("example"));
 * const tally = ward.aggregator();
 * tally.addBatch(reports);
 * tally.n; // => 3
 * ward.reportBytes; // => 5
 * ```
 */
export function oue(options: OueOptions): Oue {
  const { categories: d, epsilon, bits } = check(object(oracleShapes()), options, "options");
  const thresholds = chooseBits(
    epsilon,
    bits,
    (expEpsilon, bits) => ({
      p: { T: 1n << BigInt(bits - 1), bits },
      q: flipThreshold(expEpsilon, bits),
    }),
    unaryRatio,
  );
  return unary("oue", d, epsilon, thresholds);
}
