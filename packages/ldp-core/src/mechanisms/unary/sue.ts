// Symmetric unary encoding, basic RAPPOR: every bit is flipped with the same probability.
import { object } from "@emrx/internal/shape";
import { check } from "../../errors/check.js";
import { decimalToRational } from "../../exact/decimal.js";
import { expLowerBound } from "../../exact/exp.js";
import { multiply, rational } from "../../exact/rational.js";
import { chooseBits, preferredThreshold } from "../../exact/thresholds.js";
import { oracleShapes } from "../common/options.js";
import type { OueOptions } from "./oue.js";
import { type UnaryOracle, unary, unaryRatio } from "./unary.js";

/** Parameters of {@link sue}. */
export type SueOptions = OueOptions;

/** Symmetric unary encoding; a report is a bitmap of the categories, least significant bit first. */
export type Sue = UnaryOracle<"sue">;

/**
 * Symmetric unary encoding: basic RAPPOR (Erlingsson, Pihur and Korolova, CCS 2014).
 *
 * **Mechanism.** One bit for each category, 1 for the true one; each bit is kept with probability p and flipped with
 * q = 1 - p:
 *
 * $`p = T / 2^b, \quad T = \lfloor 2^b h / (h + 1) \rfloor, \quad h = e^{\varepsilon / 2}`$.
 *
 * **Proof of privacy.** Two inputs differ in two bits, and each of them contributes a ratio of at most p / q to the likelihood of a
 * report: (p / q)^2 <= h^2 = e^epsilon, since T is rounded down from a lower bound of h.
 *
 * **Use.** Its variance is the same for every frequency, and tends to 0 at large epsilon; `oue` has less on rare categories.
 *
 * @param options - domain size and budget
 * @returns the mechanism
 * @throws EMRX_BAD_DOMAIN, EMRX_BAD_EPSILON, EMRX_BAD_PARAMETER, EMRX_DEGENERATE_MECHANISM
 * @example
 * ```ts
 * import { sue } from "@emrx/ldp-core/mechanisms";
 *
 * const ward = sue({ categories: 40, epsilon: "2" });
 * ward.variance(100, 0) === ward.variance(100, 1); // => true
 * ```
 */
export function sue(options: SueOptions): Sue {
  const { categories: d, epsilon, bits } = check(object(oracleShapes()), options, "options");
  const half = expLowerBound(multiply(decimalToRational(epsilon), rational(1, 2)));
  const thresholds = chooseBits(
    epsilon,
    bits,
    (_, bits) => {
      const p = preferredThreshold(1, 1, half, bits);
      return { p, q: { T: (1n << BigInt(bits)) - p.T, bits } };
    },
    unaryRatio,
  );
  return unary("sue", d, epsilon, thresholds);
}
