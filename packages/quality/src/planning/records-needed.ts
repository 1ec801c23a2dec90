// How many records a target needs.

import * as shapes from "../errors/shapes.js";
import { channelMembers, check, joined } from "../errors/shapes.js";
import { checkChannel, type SupportProbabilities } from "../frequencies/support-probabilities.js";
import { twoSidedNormalQuantile } from "../special/normal.js";

const precisionMembers = { halfWidth: shapes.positive, confidence: shapes.confidence } as const;
const neededOptions = /* @__PURE__ */ joined(precisionMembers, { variance: shapes.nonNegative });
const certainOptions = /* @__PURE__ */ joined(channelMembers, precisionMembers);

/**
 * The least number of reports for which a normal interval has at most this half width.
 *
 * Attainment is the same question: n reports attain `tolerance` with probability at least `confidence` exactly when the
 * interval of that confidence has a half width of at most the tolerance. For several estimates together hand in `bonferroniConfidence`.
 *
 * @param options - `variance` > 0 of one report's contribution (noise for the cohort, noise plus spread for the population); `halfWidth` > 0;
 *   `confidence` in (0, 1), 0.95 unless given
 * @returns a whole number of reports
 * @throws EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { recordsNeeded } from "@emrx/quality";
 * import { grrCurve } from "@emrx/ldp-core/allocation";
 *
 * recordsNeeded({ variance: grrCurve({ categories: 4 }).variance(1), halfWidth: 0.01 }); // => 61390
 * ```
 */
export function recordsNeeded(options: {
  readonly variance: number;
  readonly halfWidth: number;
  readonly confidence?: number;
}): number {
  const { variance, halfWidth, confidence = 0.95 } = check(neededOptions, options, "options");
  const z = twoSidedNormalQuantile(confidence) / halfWidth;
  return Math.max(1, Math.ceil(z * z * variance));
}

/**
 * The least number of reports for which Hoeffding's bound, valid for every frequency, has at most this half width.
 *
 * @param options - `p`, `q`; `halfWidth` > 0; `confidence` in (0, 1), 0.95 unless given
 * @returns a whole number of reports
 * @throws EMRX_QUALITY_CHANNEL, EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { recordsNeededForCertain } from "@emrx/quality/planning";
 *
 * recordsNeededForCertain({ p: 0.75, q: 0.25, halfWidth: 0.05 }); // => 2952
 * ```
 */
export function recordsNeededForCertain(
  options: SupportProbabilities & { readonly halfWidth: number; readonly confidence?: number },
): number {
  const { p, q, halfWidth, confidence = 0.95 } = check(certainOptions, options, "options");
  checkChannel({ p, q });
  const reach = halfWidth * (p - q);
  return Math.ceil(Math.log(2 / (1 - confidence)) / (2 * reach * reach));
}
