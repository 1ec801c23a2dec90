// The normal interval: estimate plus or minus z standard errors.
import { object } from "@emrx/internal/shape";
import * as shapes from "../errors/shapes.js";
import { check } from "../errors/shapes.js";
import { twoSidedNormalQuantile } from "../special/normal.js";
import type { Interval } from "./interval.js";

const normalOptions = /* @__PURE__ */ object({
  estimate: shapes.finite,
  variance: shapes.nonNegative,
  confidence: shapes.confidence,
});

/**
 * The central interval of a normal distribution around an unbiased estimate; not clipped, so its middle is the estimate.
 *
 * Whether it is about the cohort or the population is decided by the variance handed in: `frequencyVariance` takes the target.
 * For sums, differences and pooled groups. For one frequency `frequencyInterval` always covers as it says. With the estimate plugged in for the unknown
 * frequency this one covers at least 94.5 % of the time, instead of 95, where the supporting count's own variance, n l (1 - l) with
 * l = q + f (p - q) for the population and n (f p (1 - p) + (1 - f) q (1 - q)) for the cohort, is at least 700; at least 94 % from 250 on, and 93 % from
 * 35 on. Below, it may cover much less, down to never.
 *
 * @param options - `estimate`; its `variance` >= 0; `confidence` in (0, 1), 0.95 unless given
 * @returns lower and upper end
 * @throws EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { normalInterval } from "@emrx/quality";
 *
 * normalInterval({ estimate: 0.5, variance: 0, confidence: 0.95 }); // => { lower: 0.5, upper: 0.5 }
 * normalInterval({ estimate: 0, variance: 1 }).upper.toFixed(6); // => "1.959964"
 * ```
 */
export function normalInterval(options: {
  readonly estimate: number;
  readonly variance: number;
  readonly confidence?: number;
}): Interval {
  const { estimate, variance, confidence = 0.95 } = check(normalOptions, options, "options");
  const half = twoSidedNormalQuantile(confidence) * Math.sqrt(variance);
  return { lower: estimate - half, upper: estimate + half };
}
