// Tolerance ratio: how the mean squared error compares with the one that the requester tolerates.
import { check } from "../errors/shapes.js";
import { toleranceOptions } from "./attainment.js";

/**
 * $`\min(1, \tau^2 / \operatorname{MSE})`$: 1 as soon as the root mean squared error is within the tolerance, and
 * proportional to the number of reports before. Unlike attainment it says how far there is to go: 0.1 needs ten times the reports.
 *
 * @param options - `variance` >= 0 (mean squared error) of the estimate; `tolerance` > 0 in the unit of the estimate
 * @returns a ratio in (0, 1]
 * @throws EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { toleranceRatio } from "@emrx/quality/data-quality";
 *
 * toleranceRatio({ variance: 4, tolerance: 1 }); // => 0.25
 * toleranceRatio({ variance: 0.5, tolerance: 1 }); // => 1
 * ```
 */
export function toleranceRatio(options: {
  readonly variance: number;
  readonly tolerance: number;
}): number {
  const { variance, tolerance } = check(toleranceOptions, options, "options");
  return Math.min(1, (tolerance * tolerance) / variance);
}
