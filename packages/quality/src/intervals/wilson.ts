// Wilson's score interval, mapped through the channel.

import * as shapes from "../errors/shapes.js";
import { channelMembers, check, joined } from "../errors/shapes.js";
import {
  checkChannel,
  checkCount,
  countMembers,
  type SupportProbabilities,
} from "../frequencies/support-probabilities.js";
import { twoSidedNormalQuantile } from "../special/normal.js";
import type { Interval } from "./interval.js";
import { throughChannel } from "./through-channel.js";

const countedOptions = /* @__PURE__ */ joined(channelMembers, countMembers, {
  confidence: shapes.confidence,
});

/**
 * Wilson's interval: all frequencies that a normal test, with the variance that the frequency itself implies, does not reject. Close to
 * the nominal confidence from few reports on, but unlike Clopper and Pearson's not always above it; about the population, and somewhat
 * wide for the cohort.
 *
 * Source: E. Wilson, JASA 22 (1927).
 *
 * @param options - `count` of the `n` reports that support the value; `p`, `q`; `confidence` in (0, 1), 0.95 unless given
 * @returns an interval within [0, 1]
 * @throws EMRX_QUALITY_CHANNEL, EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { wilsonInterval } from "@emrx/quality/intervals";
 *
 * wilsonInterval({ count: 5, n: 10, p: 1, q: 0 }).lower.toFixed(4); // => "0.2366"
 * ```
 */
export function wilsonInterval(
  options: SupportProbabilities & {
    readonly count: number;
    readonly n: number;
    readonly confidence?: number;
  },
): Interval {
  const checked = check(countedOptions, options, "options");
  const { count, n, confidence = 0.95 } = checked;
  checkChannel(checked);
  checkCount(checked);
  const z = twoSidedNormalQuantile(confidence);
  const share = count / n;
  const middle = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = ((z / n) * Math.sqrt(n * share * (1 - share) + (z * z) / 4)) / (1 + (z * z) / n);
  return throughChannel({ lower: middle - half, upper: middle + half }, checked);
}
