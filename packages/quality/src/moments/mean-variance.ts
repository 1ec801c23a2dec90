// The variance of an estimated mean, about the target that the caller names.

import * as shapes from "../errors/shapes.js";
import { check, joined } from "../errors/shapes.js";
import {
  sampledMembers,
  samplingVariance,
  type Target,
} from "../frequencies/support-probabilities.js";

const meanOptions = /* @__PURE__ */ joined(sampledMembers, {
  noise: shapes.nonNegative,
  spread: shapes.nonNegative,
});

/**
 * The variance of a mean estimated from n noisy reports, the analogue of `frequencyVariance` for numeric attributes.
 *
 * @param options - `noise` variance of one report and `spread`, the variance of the values, both >= 0 in squared units; `n` reports;
 *   the `target`; `cohortSize` N >= n if the reporters are a simple random sample of a cohort
 * @returns the variance
 * @throws EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { meanVariance } from "@emrx/quality";
 *
 * meanVariance({ noise: 3, spread: 1, n: 100, target: "cohort" }); // => 0.03
 * meanVariance({ noise: 3, spread: 1, n: 100, target: "population" }); // => 0.04
 * ```
 */
export function meanVariance(options: {
  readonly noise: number;
  readonly spread: number;
  readonly n: number;
  readonly target: Target;
  readonly cohortSize?: number;
}): number {
  const { noise, ...sampled } = check(meanOptions, options, "options");
  return (noise + samplingVariance(sampled)) / sampled.n;
}
