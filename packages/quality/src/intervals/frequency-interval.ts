// The default interval of a frequency: it covers at least as often as it says, for every mechanism, every n and every frequency.
import { integer } from "@emrx/internal/shape";
import { QualityError } from "../errors/quality-error.js";
import * as shapes from "../errors/shapes.js";
import { channelMembers, check, joined } from "../errors/shapes.js";
import {
  checkChannel,
  checkCount,
  type SupportProbabilities,
  type Target,
} from "../frequencies/support-probabilities.js";
import { exactInterval } from "./clopper-pearson.js";
import type { Interval } from "./interval.js";
import { throughChannel } from "./through-channel.js";
import { cohortTails } from "./two-binomials.js";

const whole = /* @__PURE__ */ integer(0, 1e12);
const intervalOptions = /* @__PURE__ */ joined(channelMembers, {
  count: whole,
  n: /* @__PURE__ */ integer(1, 1e12),
  target: shapes.target,
  confidence: shapes.confidence,
});

/** A cohort's tails are sums of about 20 sqrt(n) terms. */
const largestCohort = 1e8;

/**
 * The interval of a frequency that covers at least as often as its confidence says: for every frequency oracle, number of reports and
 * frequency, with no approximation.
 *
 * For the population the supporting count is binomial, and Clopper and Pearson's interval is mapped through the channel. For a cohort of n people of whom m
 * hold the value the count is the sum of Bin(m, p) and Bin(n - m, q): the interval holds all m / n whose two tails at the count both exceed half of what the
 * confidence leaves. Knowing p and q, it is much narrower than the population's where the mechanism adds little noise.
 *
 * @param options - `count` of the `n` reports that support the value, whole numbers; `p`, `q`; the `target`; `confidence` in (0, 1), 0.95 unless given
 * @returns an interval within [0, 1]
 * @throws EMRX_QUALITY_CHANNEL, EMRX_QUALITY_ARGUMENT; EMRX_QUALITY_TOO_LARGE for a cohort of more than 10^8
 * @example
 * ```ts
 * import { frequencyInterval } from "@emrx/quality";
 *
 * const reports = { p: 0.75, q: 0.25, count: 400, n: 1000 };
 * const population = frequencyInterval({ ...reports, target: "population" });
 * population.lower.toFixed(3); // => "0.239"
 * population.upper.toFixed(3); // => "0.362"
 * frequencyInterval({ ...reports, target: "cohort" }); // => { lower: 0.246, upper: 0.354 }
 * // Nothing was added to what people said: the cohort is known, the population is not.
 * frequencyInterval({ p: 1, q: 0, count: 3, n: 10, target: "cohort" }); // => { lower: 0.3, upper: 0.3 }
 * ```
 */
export function frequencyInterval(
  options: SupportProbabilities & {
    readonly count: number;
    readonly n: number;
    readonly target: Target;
    readonly confidence?: number;
  },
): Interval {
  const { target, ...counted } = check(intervalOptions, options, "options");
  checkChannel(counted);
  checkCount(counted);
  if (target === "population") return throughChannel(exactInterval(counted), counted);
  if (counted.n > largestCohort)
    throw new QualityError(
      "EMRX_QUALITY_TOO_LARGE",
      `options.n is ${counted.n}; expected at most ${largestCohort} for a cohort: take normalInterval, which is as good for so many`,
    );
  return cohortInterval(counted);
}

function cohortInterval({
  confidence = 0.95,
  ...counted
}: SupportProbabilities & {
  readonly count: number;
  readonly n: number;
  readonly confidence?: number;
}): Interval {
  const { n } = counted;
  const tail = (1 - confidence) / 2;
  // More holders make larger counts likelier: the upper tail rises with them, the lower one falls.
  const lower = firstWhere(n, (holders) => cohortTails({ ...counted, holders }).above > tail);
  const beyond = firstWhere(n, (holders) => cohortTails({ ...counted, holders }).below <= tail);
  // An impossible count, such as a support without noise that nobody can have given, leaves nothing: the nearest holders then.
  const [low, high] = [Math.min(lower, n), Math.max(0, beyond - 1)];
  return { lower: Math.min(low, high) / n, upper: Math.max(low, high) / n };
}

/** The least number from 0 to n where a condition holds that once true stays true; n + 1 if it never is. */
function firstWhere(n: number, holds: (holders: number) => boolean): number {
  let [low, high] = [0, n + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
