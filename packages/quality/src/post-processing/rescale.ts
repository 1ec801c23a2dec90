// Three simpler ways to a plausible distribution, each with its own bias.

import { QualityError } from "../errors/quality-error.js";
import * as shapes from "../errors/shapes.js";
import { check } from "../errors/shapes.js";
import { domainEstimates } from "./simplex.js";

/**
 * Cuts what is below 0 and divides by the rest's sum (Norm-Mul). Less error than raw estimates where most values are rare; frequent values come out too low.
 *
 * @param estimates - raw frequency estimates of a whole domain
 * @returns non-negative frequencies with sum 1
 * @throws EMRX_QUALITY_NOT_APPLICABLE if no estimate is above 0; EMRX_QUALITY_ARGUMENT, EMRX_QUALITY_MISMATCH
 * @example
 * ```ts
 * import { clipAndRescale } from "@emrx/quality/post-processing";
 *
 * clipAndRescale([0.75, 0.5, -0.25]); // => new Float64Array([0.6, 0.4, 0])
 * ```
 */
export function clipAndRescale(estimates: ArrayLike<number>): Float64Array {
  const given = check(domainEstimates, estimates, "estimates");
  const clipped = Float64Array.from(given, (value) => Math.max(0, value));
  const sum = clipped.reduce((total, value) => total + value, 0);
  if (!(sum > 0)) {
    throw new QualityError(
      "EMRX_QUALITY_NOT_APPLICABLE",
      "no estimate is above 0; use projectToSimplex",
    );
  }
  return clipped.map((value) => value / sum);
}

/**
 * Keeps the largest estimates as they are until they sum to 1 or more, and sets the rest to 0 (Norm-Cut). Nearly unbiased for the frequent
 * values and hard on the rare ones; the sum is near 1, not 1.
 *
 * @param estimates - raw frequency estimates of a whole domain
 * @returns non-negative frequencies
 * @throws EMRX_QUALITY_ARGUMENT, EMRX_QUALITY_MISMATCH
 * @example
 * ```ts
 * import { keepLargest } from "@emrx/quality/post-processing";
 *
 * keepLargest([0.75, 0.5, 0.125, -0.25]); // => new Float64Array([0.75, 0.5, 0, 0])
 * ```
 */
export function keepLargest(estimates: ArrayLike<number>): Float64Array {
  const given = check(domainEstimates, estimates, "estimates");
  const order = Array.from(given, (value, v) => ({ value, v })).sort((a, b) => b.value - a.value);
  const kept = new Float64Array(given.length);
  let sum = 0;
  for (const { value, v } of order) {
    if (sum >= 1 || value <= 0) break;
    kept[v] = value;
    sum += value;
  }
  return kept;
}

/**
 * Sets to 0 whatever is not above a threshold (Base-Cut), such as two standard errors at frequency 0: what remains is there with
 * some confidence, unbiased but for being selected.
 *
 * @param estimates - raw frequency estimates
 * @param threshold - in units of frequency
 * @returns the estimates above the threshold, 0 for the others
 * @throws EMRX_QUALITY_ARGUMENT, EMRX_QUALITY_MISMATCH
 * @example
 * ```ts
 * import { cutBelow } from "@emrx/quality/post-processing";
 *
 * cutBelow([0.75, 0.1, -0.25], 0.2); // => new Float64Array([0.75, 0, 0])
 * ```
 */
export function cutBelow(estimates: ArrayLike<number>, threshold: number): Float64Array {
  const given = check(domainEstimates, estimates, "estimates");
  const least = check(shapes.finite, threshold, "threshold");
  return Float64Array.from(given, (value) => (value < least ? 0 : value));
}
