// Efficiency: which share of its sample size a statistic keeps under the mechanism's noise.

import { object, optional } from "@emrx/internal/shape";
import * as shapes from "../errors/shapes.js";
import { channelMembers, check, joined } from "../errors/shapes.js";
import { noiseVariance, type SupportProbabilities } from "../frequencies/support-probabilities.js";

/** The frequency at which efficiency is taken: 1 / categories, the public default, or one that is given. */
export type EfficiencyOptions = SupportProbabilities &
  (
    | { readonly categories: number; readonly frequency?: never }
    | { readonly frequency: number; readonly categories?: never }
  );

const efficiencyOptions = /* @__PURE__ */ joined(channelMembers, {
  categories: /* @__PURE__ */ optional(shapes.categories),
  frequency: /* @__PURE__ */ optional(shapes.share),
});
const meanOptions = /* @__PURE__ */ object({
  spread: shapes.positive,
  noise: shapes.nonNegative,
});

/**
 * The effective sample share of a categorical attribute, in [0, 1]:
 *
 * ```math
 * Q = \frac{S}{S + V}, \qquad S = f(1-f), \quad V = \frac{q(1-q)}{(p-q)^2} + f\,\frac{1-p-q}{p-q}
 * ```
 *
 * n noisy reports say as much about the population as Q n exact values. It does not depend on n, so it is what mechanisms and
 * levels are chosen by. At f = 1/d it also is the share for all d categories together. For two categories under randomized response it
 * equals the ratio of Fisher informations.
 *
 * @param options - `p`, `q`; `categories` d >= 2 for f = 1/d, or the `frequency` f in (0, 1)
 * @returns the efficiency; 0 where f is 0 or 1
 * @throws EMRX_QUALITY_CHANNEL, EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { efficiency } from "@emrx/quality";
 *
 * efficiency({ p: 0.75, q: 0.25, categories: 2 }); // => 0.25
 * efficiency({ p: 1, q: 0, frequency: 0.1 }); // => 1
 * ```
 */
export function efficiency(options: EfficiencyOptions): number {
  const { p, q, categories, frequency } = check(efficiencyOptions, options, "options");
  const f = frequency ?? 1 / check(shapes.categories, categories, "options.categories");
  const noise = noiseVariance({ p, q }, f);
  return effectiveShare(f * (1 - f), noise);
}

/**
 * The same share for any mean: of the variance of one report's contribution, how much is the values' own.
 *
 * @param options - `spread`, the variance of the values themselves (for a numeric attribute of range [lo, hi] and no better public
 *   knowledge (hi - lo)^2/12, the uniform distribution's); `noise`, the variance that the mechanism adds to one report
 * @returns spread / (spread + noise), in [0, 1]
 * @throws EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { meanEfficiency } from "@emrx/quality/data-quality";
 *
 * meanEfficiency({ spread: 1, noise: 3 }); // => 0.25
 * ```
 */
export function meanEfficiency(options: {
  readonly spread: number;
  readonly noise: number;
}): number {
  const { spread, noise } = check(meanOptions, options, "options");
  return effectiveShare(spread, noise);
}

const effectiveShare = (spread: number, noise: number): number =>
  spread === 0 ? 0 : spread / (spread + noise);
