// How far dishonest publishers can move an estimate: the price of reports that nobody can check.

import { integer, object, optional } from "@emrx/internal/shape";
import { QualityError } from "../errors/quality-error.js";
import * as shapes from "../errors/shapes.js";
import { channelMembers, check, joined } from "../errors/shapes.js";
import { anyForm, type ReportForm } from "../frequencies/report-form.js";
import { checkChannel, type SupportProbabilities } from "../frequencies/support-probabilities.js";

/** The largest shifts of a frequency, or of a sum of frequencies, by reports replaced. All in units of frequency, all positive. */
export interface LargestShift {
  /** Between any two outcomes: whatever was reported, against whatever is sent instead. */
  readonly realized: number;
  /** Upward, against the expectation of honest reports of people who hold none of the targets. */
  readonly upward: number;
  /** Downward, against the expectation of honest reports of people who all hold a target. */
  readonly downward: number;
  /** By lying about the value and then randomizing honestly: all that is possible where the randomizer itself is attested. */
  readonly byLying: number;
}

const shiftOptions = /* @__PURE__ */ joined(channelMembers, {
  share: shapes.share,
  targets: /* @__PURE__ */ optional(/* @__PURE__ */ integer(1)),
  form: /* @__PURE__ */ optional(anyForm),
  categories: /* @__PURE__ */ optional(shapes.categories),
});
const meanShiftOptions = /* @__PURE__ */ object({
  low: shapes.finite,
  high: shapes.finite,
  share: shapes.share,
});

/**
 * The largest shift that a dishonest share of all reports can cause: m malicious publishers of n, or one site with that share.
 *
 * Each report weighs 1/(p - q) in the estimate, so the more private the mechanism, the more a false report moves. A report of one `"value"` supports one
 * target; one of `"bits"` can support all of them at once (see `bitProfileTest` for how it gives itself away), a `"subset"` as many as it has room for,
 * and must spend the rest elsewhere. `"any"` bounds what reports of other mechanisms can do (local hashing: a liar may choose the hash function).
 *
 * Source: A. Cheu, A. Smith and J. Ullman, S&P 2021; X. Cao, J. Jia and N. Gong, USENIX Security 2021.
 *
 * @param options - `p`, `q`; the dishonest `share` m/n in [0, 1]; number of `targets` whose frequencies are summed, 1 unless given; the
 *   `form` of reports, needed for more than one target; for "subset" the number of `categories`
 * @returns the largest shifts
 * @throws EMRX_QUALITY_CHANNEL, EMRX_QUALITY_ARGUMENT, EMRX_QUALITY_NOT_APPLICABLE
 * @example
 * ```ts
 * import { largestShift } from "@emrx/quality/robustness";
 *
 * largestShift({ p: 0.75, q: 0.25, share: 0.01 }); // => { realized: 0.02, upward: 0.015, downward: 0.015, byLying: 0.01 }
 * ```
 */
export function largestShift(
  options: SupportProbabilities & {
    readonly share: number;
    readonly targets?: number;
    readonly form?: ReportForm | "any";
    readonly categories?: number;
  },
): LargestShift {
  const checked = check(shiftOptions, options, "options");
  const { p, q, share, targets = 1, form } = checked;
  checkChannel(checked);
  if (targets > 1 && form === undefined) {
    throw new QualityError(
      "EMRX_QUALITY_NOT_APPLICABLE",
      `targets is ${targets}; say whether a report names one "value", holds "bits", is a "subset", or "any"`,
    );
  }
  const { least, most } = reach(checked, targets);
  // The expected number of targets that honest reports support.
  const absent = targets * q;
  const present = p + (targets - 1) * q;
  const weight = share / (p - q);
  return {
    realized: weight * (most - least),
    upward: weight * (most - absent),
    downward: weight * (present - least),
    byLying: share,
  };
}

/** The fewest and the most targets that one report can support. */
function reach(
  {
    p,
    q,
    form = "value",
    categories,
  }: SupportProbabilities & {
    readonly form?: ReportForm | "any";
    readonly categories?: number;
  },
  targets: number,
): { least: number; most: number } {
  if (form === "value") return { least: 0, most: 1 };
  if (form !== "subset") return { least: 0, most: targets };
  const all = check(integer(Math.max(2, targets)), categories, "options.categories");
  const others = all - targets;
  const size = Math.round(p + (all - 1) * q);
  return { least: Math.max(0, size - others), most: Math.min(size, targets) };
}

/**
 * The same for a mean of scores: a report can be replaced by the one that scores furthest from it.
 *
 * @param options - `low` and `high`, the range of one report's score (for a window mechanism `windowMoments` gives it); the dishonest `share`
 * @returns the largest shift, in the unit of the scores
 * @throws EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { largestMeanShift } from "@emrx/quality/robustness";
 *
 * largestMeanShift({ low: -2, high: 2, share: 0.25 }); // => 1
 * ```
 */
export function largestMeanShift(options: {
  readonly low: number;
  readonly high: number;
  readonly share: number;
}): number {
  const { low, high, share } = check(meanShiftOptions, options, "options");
  check(shapes.positive, high - low, "options.high - options.low");
  return share * (high - low);
}
