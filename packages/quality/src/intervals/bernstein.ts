// Bernstein's bound: like Hoeffding's valid for every n, but narrow where the variance is small.

import { optional } from "@emrx/internal/shape";
import * as shapes from "../errors/shapes.js";
import { channelMembers, check, joined } from "../errors/shapes.js";
import {
  checkChannel,
  noiseVariance,
  type SupportProbabilities,
  type Target,
} from "../frequencies/support-probabilities.js";

const bernsteinOptions = /* @__PURE__ */ joined(channelMembers, {
  n: shapes.reports,
  target: shapes.target,
  frequency: /* @__PURE__ */ optional(shapes.share),
  confidence: shapes.confidence,
});

/**
 * The half width that an unbiased frequency estimate keeps with at least the confidence:
 *
 * ```math
 * t = \frac{ML/3 + \sqrt{(ML/3)^2 + 2 n V L}}{n}, \qquad M = \frac{1}{p - q}, \quad L = \ln(2/\beta)
 * ```
 *
 * V is the variance of one report's contribution. It is rigorous for a V that is an upper bound: by default the largest over all
 * frequencies; a `frequency` known in advance makes it narrower.
 *
 * Source: S. Boucheron, G. Lugosi, P. Massart, Concentration Inequalities (2013), section 2.8.
 *
 * @param options - `p`, `q`; `n` reports; `target`; `frequency` in [0, 1] if known; `confidence` 1 - beta, 0.95 unless given
 * @returns the half width, in units of frequency
 * @throws EMRX_QUALITY_CHANNEL, EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { bernsteinHalfWidth } from "@emrx/quality/intervals";
 *
 * const reports = { p: 0.5, q: 0.01, n: 10_000, target: "cohort" } as const;
 * bernsteinHalfWidth({ ...reports, frequency: 0 }).toFixed(4); // => "0.0058"
 * ```
 */
export function bernsteinHalfWidth(
  options: SupportProbabilities & {
    readonly n: number;
    readonly target: Target;
    readonly frequency?: number;
    readonly confidence?: number;
  },
): number {
  const {
    n,
    target,
    frequency,
    confidence = 0.95,
    ...channel
  } = check(bernsteinOptions, options, "options");
  const { p, q } = channel;
  checkChannel(channel);
  const variance =
    frequency === undefined ? worstVariance(channel, target) : at(channel, target, frequency);
  const log = Math.log(2 / (1 - confidence));
  const range = log / (3 * (p - q));
  return (range + Math.sqrt(range * range + 2 * n * variance * log)) / n;
}

function at(channel: SupportProbabilities, target: Target, frequency: number): number {
  const spread = target === "population" ? frequency * (1 - frequency) : 0;
  return noiseVariance(channel, frequency) + spread;
}

/** Largest variance over f in [0, 1]: linear for the cohort; for the population lam (1 - lam) / (p - q)^2, largest nearest lam = 1/2. */
function worstVariance(channel: SupportProbabilities, target: Target): number {
  if (target === "cohort") return Math.max(at(channel, target, 0), at(channel, target, 1));
  const { p, q } = channel;
  const frequency = Math.min(1, Math.max(0, (0.5 - q) / (p - q)));
  return at(channel, target, frequency);
}
