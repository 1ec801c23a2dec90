// Hoeffding's bound: half widths that hold for every frequency and every n.

import * as shapes from "../errors/shapes.js";
import { channelMembers, check, joined } from "../errors/shapes.js";
import { checkChannel, type SupportProbabilities } from "../frequencies/support-probabilities.js";

const sampleMembers = { n: shapes.reports, confidence: shapes.confidence } as const;
const hoeffdingOptions = /* @__PURE__ */ joined(channelMembers, sampleMembers);
const meanOptions = /* @__PURE__ */ joined(sampleMembers, {
  low: shapes.finite,
  high: shapes.finite,
});

/**
 * The half width that an unbiased frequency estimate keeps with at least the confidence, whatever the frequency, for cohort and
 * population alike: $`\sqrt{\ln(2/\beta) / (2n)} \, / \, (p - q)`$.
 *
 * Source: W. Hoeffding, JASA 58 (1963).
 *
 * @param options - `p`, `q`; `n` reports; `confidence` 1 - beta in (0, 1), 0.95 unless given
 * @returns the half width, in units of frequency
 * @throws EMRX_QUALITY_CHANNEL, EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { hoeffdingHalfWidth } from "@emrx/quality/intervals";
 *
 * hoeffdingHalfWidth({ p: 0.75, q: 0.25, n: 10_000 }).toFixed(5); // => "0.02716"
 * ```
 */
export function hoeffdingHalfWidth(
  options: SupportProbabilities & { readonly n: number; readonly confidence?: number },
): number {
  const { p, q, n, confidence = 0.95 } = check(hoeffdingOptions, options, "options");
  checkChannel({ p, q });
  return boundedMeanHalfWidth({ low: 0, high: 1 / (p - q), n, confidence });
}

/**
 * The same for a mean of n independent scores that each lie in [low, high], such as the unbiased scores of numeric reports.
 *
 * @param options - `low` < `high`, the range of one score; `n`; `confidence` in (0, 1), 0.95 unless given
 * @returns the half width, in the unit of the scores
 * @throws EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { boundedMeanHalfWidth } from "@emrx/quality/intervals";
 *
 * boundedMeanHalfWidth({ low: -2, high: 2, n: 10_000 }).toFixed(5); // => "0.05432"
 * ```
 */
export function boundedMeanHalfWidth(options: {
  readonly low: number;
  readonly high: number;
  readonly n: number;
  readonly confidence?: number;
}): number {
  const { low, high, n, confidence = 0.95 } = check(meanOptions, options, "options");
  check(shapes.positive, high - low, "options.high - options.low");
  return (high - low) * Math.sqrt(Math.log(2 / (1 - confidence)) / (2 * n));
}
