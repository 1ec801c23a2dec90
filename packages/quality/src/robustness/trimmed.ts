// An estimate over sites in which no single site has much say, and what that costs.
import { number, object, optional } from "@emrx/internal/shape";
import * as shapes from "../errors/shapes.js";
import { check } from "../errors/shapes.js";
import { normalQuantile } from "../special/normal.js";

/** The trimmed mean of sites' estimates. */
export interface TrimmedMean {
  readonly estimate: number;
  /** The furthest that any one site could move the estimate by reporting whatever it likes; Infinity if trimming does not cover its weight. */
  readonly influence: number;
}

const trimShare = /* @__PURE__ */ number({ from: 0, below: 0.5 });
const trimmedOptions = /* @__PURE__ */ object({
  estimates: /* @__PURE__ */ shapes.numbers(shapes.finite),
  weights: /* @__PURE__ */ optional(shapes.weights),
  trim: trimShare,
});

/**
 * The weighted mean of the sites' estimates after a share `trim` of the total weight is cut from each end. A site with less weight than
 * that cannot move it beyond what the other sites report.
 *
 * Trimming is biased where honest sites differ skewly; its price in variance is `trimmingPrice`.
 *
 * @param options - `estimates`, one a site; `weights`, such as numbers of reports (equal unless given); `trim` in [0, 1/2)
 * @returns the estimate and the largest influence of one site
 * @throws EMRX_QUALITY_ARGUMENT, EMRX_QUALITY_WEIGHTS, EMRX_QUALITY_MISMATCH
 * @example
 * ```ts
 * import { trimmedMean } from "@emrx/quality/robustness";
 *
 * trimmedMean({ estimates: [0.1, 0.2, 0.3, 0.2, 9], trim: 0.2 }).estimate.toFixed(6); // => "0.233333"
 * ```
 */
export function trimmedMean(options: {
  readonly estimates: ArrayLike<number>;
  readonly weights?: ArrayLike<number>;
  readonly trim: number;
}): TrimmedMean {
  const { estimates, trim, weights: given } = check(trimmedOptions, options, "options");
  const weights = given ?? Array.from(estimates, () => 1);
  shapes.checkSameLength("options.estimates", estimates, "options.weights", weights);
  const total = shapes.sumOfWeights("options.weights", weights);
  const sites = Array.from(estimates, (estimate, i) => ({
    estimate,
    weight: (weights[i] as number) / total,
  }));
  const estimate = meanBetween(sites, trim);
  let influence = 0;
  sites.forEach((_, i) => {
    for (const extreme of [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]) {
      const moved = sites.map((other, j) => (i === j ? { ...other, estimate: extreme } : other));
      influence = Math.max(influence, Math.abs(meanBetween(moved, trim) - estimate));
    }
  });
  return { estimate, influence };
}

/** The mean of the middle 1 - 2 trim of the weight; the sites at its ends count in part. */
function meanBetween(
  sites: readonly { readonly estimate: number; readonly weight: number }[],
  trim: number,
): number {
  const sorted = [...sites].sort((a, b) => a.estimate - b.estimate);
  let below = 0;
  let sum = 0;
  for (const { estimate, weight } of sorted) {
    const kept = Math.min(below + weight, 1 - trim) - Math.max(below, trim);
    below += weight;
    // A sliver that rounding leaves does not count: it must not multiply an infinite estimate.
    if (kept > 1e-12) sum += kept * estimate;
  }
  return sum / (1 - 2 * trim);
}

/**
 * What trimming costs where sites differ only by normal noise: the variance of the trimmed mean over that of the mean, for many sites.
 *
 * @param trim - share cut from each end, in [0, 1/2)
 * @returns a factor >= 1, toward pi/2 (the median's) as trim goes to 1/2
 * @throws EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { trimmingPrice } from "@emrx/quality/robustness";
 *
 * trimmingPrice(0); // => 1
 * trimmingPrice(0.1).toFixed(4); // => "1.0604"
 * ```
 */
export function trimmingPrice(trim: number): number {
  const cut = check(trimShare, trim, "trim");
  if (cut === 0) return 1;
  const z = -normalQuantile(cut);
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  // Winsorized variance over the square of the share kept (P. Huber, Robust Statistics, section 3.3).
  const middle = 1 - 2 * cut - 2 * z * density;
  return (middle + 2 * cut * z * z) / (1 - 2 * cut) ** 2;
}
