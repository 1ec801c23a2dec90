// Projection to the simplex: the nearest distribution to an estimate.
import type { Shape } from "@emrx/internal/shape";
import * as shapes from "../errors/shapes.js";
import { check } from "../errors/shapes.js";

/** Raw estimates of a whole domain, of one category at least. */
export const domainEstimates: Shape<ArrayLike<number>> = /* @__PURE__ */ shapes.numbers(
  shapes.finite,
  { least: 1 },
);

/**
 * The distribution nearest to the estimates in Euclidean distance: a constant is subtracted and what falls below 0 is cut (also known as Norm-Sub).
 *
 * It never raises the squared error of the whole, but it is biased: rare values come out too high on average, frequent ones too
 * low. For sums, intervals and further linear queries keep the raw estimates.
 *
 * Source: J. Duchi et al., "Efficient projections onto the l1-ball", ICML 2008; T. Wang et al., NDSS 2020, for frequency oracles.
 *
 * @param estimates - raw frequency estimates of a whole domain
 * @returns non-negative frequencies with sum 1
 * @throws EMRX_QUALITY_ARGUMENT, EMRX_QUALITY_MISMATCH for no estimates
 * @example
 * ```ts
 * import { projectToSimplex } from "@emrx/quality";
 *
 * projectToSimplex([0.75, 0.5, -0.25]); // => new Float64Array([0.625, 0.375, 0])
 * ```
 */
export function projectToSimplex(estimates: ArrayLike<number>): Float64Array {
  return nearestDistribution(check(domainEstimates, estimates, "estimates"));
}

/** The projection of estimates that were checked. */
export function nearestDistribution(estimates: ArrayLike<number>): Float64Array {
  const sorted = Float64Array.from(estimates).sort().reverse();
  let sum = 0;
  let shift = 0;
  sorted.forEach((value, i) => {
    sum += value;
    const candidate = (sum - 1) / (i + 1);
    if (value > candidate) shift = candidate;
  });
  return Float64Array.from(estimates, (value) => Math.max(0, value - shift));
}
