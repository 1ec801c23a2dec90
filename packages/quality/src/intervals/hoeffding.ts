// Hoeffding's bound: half widths that hold for every frequency and every n.

import { checkInside, checkPositive } from "../errors/check.js";
import { checkChannel, type SupportProbabilities } from "../frequencies/support-probabilities.js";

/**
 * The half width that an unbiased frequency estimate keeps with at least the confidence, whatever the frequency, for cohort and
 * population alike: $`\sqrt{\ln(2/\beta) / (2n)} \, / \, (p - q)`$.
 *
 * Source: W. Hoeffding, JASA 58 (1963).
 *
 * @param options - `p`, `q`; `n` reports; `confidence` 1 - beta in (0, 1), 0.95 unless given
 * @returns the half width, in units of frequency
 * @throws EMRX_BAD_CHANNEL, EMRX_OUT_OF_RANGE
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
  checkChannel(options);
  const { p, q, n, confidence = 0.95 } = options;
  return boundedMeanHalfWidth({ low: 0, high: 1 / (p - q), n, confidence });
}

/**
 * The same for a mean of n independent scores that each lie in [low, high], such as the unbiased scores of numeric reports.
 *
 * @param options - `low` < `high`, the range of one score; `n`; `confidence` in (0, 1), 0.95 unless given
 * @returns the half width, in the unit of the scores
 * @throws EMRX_OUT_OF_RANGE
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
  const { low, high, n, confidence = 0.95 } = options;
  checkPositive("high - low", high - low);
  checkPositive("n", n);
  checkInside("confidence", confidence);
  return (high - low) * Math.sqrt(Math.log(2 / (1 - confidence)) / (2 * n));
}
