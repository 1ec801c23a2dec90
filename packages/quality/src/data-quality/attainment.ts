// Attainment: the probability that the error stays within what the requester tolerates. The headline figure.

import { checkNonNegative, checkPositive } from "../errors/check.js";
import { checkChannel, type SupportProbabilities } from "../frequencies/support-probabilities.js";
import { erf } from "../special/erf.js";

/**
 * The probability that an unbiased, approximately normal estimate misses by at most the tolerance.
 *
 * ```math
 * Q = P(|\hat\theta - \theta| \le \tau) = \operatorname{erf}\!\left(\frac{\tau}{\sqrt{2 \operatorname{Var}}}\right)
 * ```
 *
 * @param options - `variance` >= 0 of the estimate (it says whether cohort or population is meant: see `frequencyVariance`);
 *   `tolerance` > 0 in the unit of the estimate
 * @returns a probability in (0, 1]
 * @throws EMRX_OUT_OF_RANGE
 * @example
 * ```ts
 * import { attainment } from "@emrx/quality";
 *
 * attainment({ variance: 0, tolerance: 0.02 }); // => 1
 * attainment({ variance: 0.0004, tolerance: 0.02 }).toFixed(6); // => "0.682689"
 * ```
 */
export function attainment(options: {
  readonly variance: number;
  readonly tolerance: number;
}): number {
  const { variance, tolerance } = options;
  checkNonNegative("variance", variance);
  checkPositive("tolerance", tolerance);
  return erf(tolerance / Math.sqrt(2 * variance));
}

/**
 * A lower bound on attainment that needs no normal approximation and holds for every frequency (Hoeffding 1963):
 * $`\max(0, 1 - 2 e^{-2 n \tau^2 (p-q)^2})`$.
 *
 * @param options - `p`, `q`; `n` reports; `tolerance` > 0
 * @returns a probability in [0, 1]
 * @throws EMRX_BAD_CHANNEL, EMRX_OUT_OF_RANGE
 * @example
 * ```ts
 * import { attainmentBound } from "@emrx/quality/data-quality";
 *
 * attainmentBound({ p: 1, q: 0, n: 1000, tolerance: 0.05 }).toFixed(4); // => "0.9865"
 * ```
 */
export function attainmentBound(
  options: SupportProbabilities & { readonly n: number; readonly tolerance: number },
): number {
  checkChannel(options);
  checkPositive("n", options.n);
  checkPositive("tolerance", options.tolerance);
  const reach = options.tolerance * (options.p - options.q);
  return Math.max(0, 1 - 2 * Math.exp(-2 * options.n * reach * reach));
}
