// Attainment: the probability that the error stays within what the requester tolerates. The headline figure.

import { object, type Shape } from "@emrx/internal/shape";
import * as shapes from "../errors/shapes.js";
import { channelMembers, check, joined } from "../errors/shapes.js";
import { checkChannel, type SupportProbabilities } from "../frequencies/support-probabilities.js";
import { erf } from "../special/erf.js";

export const toleranceOptions: Shape<{
  readonly variance: number;
  readonly tolerance: number;
}> = /* @__PURE__ */ object({
  variance: shapes.nonNegative,
  tolerance: shapes.positive,
});
const boundOptions = /* @__PURE__ */ joined(channelMembers, {
  n: shapes.reports,
  tolerance: shapes.positive,
});

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
 * @throws EMRX_QUALITY_ARGUMENT
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
  const { variance, tolerance } = check(toleranceOptions, options, "options");
  return erf(tolerance / Math.sqrt(2 * variance));
}

/**
 * A lower bound on attainment that needs no normal approximation and holds for every frequency (Hoeffding 1963):
 * $`\max(0, 1 - 2 e^{-2 n \tau^2 (p-q)^2})`$.
 *
 * @param options - `p`, `q`; `n` reports; `tolerance` > 0
 * @returns a probability in [0, 1]
 * @throws EMRX_QUALITY_CHANNEL, EMRX_QUALITY_ARGUMENT
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
  const { p, q, n, tolerance } = check(boundOptions, options, "options");
  checkChannel({ p, q });
  const reach = tolerance * (p - q);
  return Math.max(0, 1 - 2 * Math.exp(-2 * n * reach * reach));
}
