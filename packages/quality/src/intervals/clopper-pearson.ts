// The exact binomial interval, and what it says about a frequency behind a channel.

import * as shapes from "../errors/shapes.js";
import { channelMembers, check, joined } from "../errors/shapes.js";
import {
  checkChannel,
  checkCount,
  countMembers,
  type SupportProbabilities,
} from "../frequencies/support-probabilities.js";
import { betaQuantile, betaUpperQuantile } from "../special/beta.js";
import type { Interval } from "./interval.js";
import { throughChannel } from "./through-channel.js";

const confidenceMember = { confidence: shapes.confidence } as const;
const binomialOptions = /* @__PURE__ */ joined(countMembers, confidenceMember);
const countedOptions = /* @__PURE__ */ joined(channelMembers, countMembers, confidenceMember);

/**
 * Clopper and Pearson's exact interval for the success probability behind `count` successes in `n` trials.
 *
 * Source: C. Clopper and E. Pearson, Biometrika 26 (1934).
 *
 * @param options - `count` from 0 to `n`; `confidence` in (0, 1), 0.95 unless given
 * @returns an interval within [0, 1] that covers with at least the confidence
 * @throws EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { binomialInterval } from "@emrx/quality/intervals";
 *
 * binomialInterval({ count: 0, n: 10 }).lower; // => 0
 * binomialInterval({ count: 0, n: 10 }).upper.toFixed(6); // => "0.308497"
 * ```
 */
export function binomialInterval(options: {
  readonly count: number;
  readonly n: number;
  readonly confidence?: number;
}): Interval {
  const checked = check(binomialOptions, options, "options");
  checkCount(checked);
  return exactInterval(checked);
}

/** The interval of a count that was checked. */
export function exactInterval({
  count,
  n,
  confidence = 0.95,
}: {
  readonly count: number;
  readonly n: number;
  readonly confidence?: number;
}): Interval {
  const tail = (1 - confidence) / 2;
  return {
    lower: count === 0 ? 0 : betaQuantile(count, n - count + 1, tail),
    upper: count === n ? 1 : betaUpperQuantile(count + 1, n - count, tail),
  };
}

/**
 * The exact interval for a frequency: Clopper and Pearson's for the share of supporting reports, mapped through the channel
 * and clipped to [0, 1].
 *
 * It covers with at least the confidence for the population, where the count is binomial, and for the cohort, whose
 * count varies less (Hoeffding 1956: a sum of unequal indicators is less spread than the binomial of the same mean), sampled from a
 * larger one or not. So it needs no target.
 *
 * @param options - `count` of the `n` reports that support the value; `p`, `q`; `confidence` in (0, 1), 0.95 unless given
 * @returns an interval within [0, 1]
 * @throws EMRX_QUALITY_CHANNEL, EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { clopperPearsonInterval } from "@emrx/quality";
 *
 * const interval = clopperPearsonInterval({ count: 400, n: 1000, p: 0.75, q: 0.25 });
 * interval.lower.toFixed(4); // => "0.2389"
 * interval.upper.toFixed(4); // => "0.3622"
 * ```
 */
export function clopperPearsonInterval(
  options: SupportProbabilities & {
    readonly count: number;
    readonly n: number;
    readonly confidence?: number;
  },
): Interval {
  const checked = check(countedOptions, options, "options");
  checkChannel(checked);
  checkCount(checked);
  return throughChannel(exactInterval(checked), checked);
}
