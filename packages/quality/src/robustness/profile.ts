// Signs that reports were not made by the mechanism: impossible estimates, improbable numbers of set bits.

import { integer } from "@emrx/internal/shape";
import { QualityError } from "../errors/quality-error.js";
import * as shapes from "../errors/shapes.js";
import { channelMembers, check, joined } from "../errors/shapes.js";
import { checkChannel, type SupportProbabilities } from "../frequencies/support-probabilities.js";
import type { TestResult } from "../hypothesis-tests/contingency.js";
import { betaLower, betaUpper } from "../special/beta.js";
import { binomialProbability } from "../special/binomial.js";
import { chiSquaredSurvival } from "../special/chi-squared.js";

/** P[k bits are set] for k = 0..d in an honest report of bits: the value's own with p, each other with q, whatever the value is. */
function honestBits({ p, q }: SupportProbabilities, categories: number): Float64Array {
  return Float64Array.from({ length: categories + 1 }, (_, k) => {
    const own = k > 0 ? p * binomialProbability(k - 1, categories - 1, q) : 0;
    const other = k < categories ? (1 - p) * binomialProbability(k, categories - 1, q) : 0;
    return own + other;
  });
}

const profileOptions = /* @__PURE__ */ joined(channelMembers, {
  histogram: /* @__PURE__ */ shapes.numbers(shapes.count, { least: 3 }),
});
const plausibleOptions = /* @__PURE__ */ joined(channelMembers, {
  categories: /* @__PURE__ */ integer(2, 10_000_000),
  level: shapes.inside,
});
const wholeCount = /* @__PURE__ */ integer(0, 1e12);
const impossibleOptions = /* @__PURE__ */ joined(channelMembers, {
  counts: /* @__PURE__ */ shapes.numbers(wholeCount, { least: 1 }),
  n: /* @__PURE__ */ integer(1, 1e12),
});

/**
 * Tests whether the numbers of set bits in reports of bits are those of honest reports. Their distribution does not depend on the
 * values, so nothing about the people enters. Reports that support many targets at once have too many bits, and are found.
 *
 * @param options - `p`, `q`; `histogram`: how many reports have 0, 1, ..., d bits set
 * @returns Pearson's statistic over numbers of bits, rare ones taken together so that each class expects at least 5 reports
 * @throws EMRX_QUALITY_CHANNEL, EMRX_QUALITY_ARGUMENT, EMRX_QUALITY_NOT_APPLICABLE for too few reports
 * @example
 * ```ts
 * import { bitProfileTest } from "@emrx/quality/robustness";
 *
 * // 100 honest reports of two bits with p = 1/2, q = 1/4 are expected to have 0, 1 or 2 set in these proportions.
 * bitProfileTest({ p: 0.5, q: 0.25, histogram: [375, 500, 125] }).pValue; // => 1
 * bitProfileTest({ p: 0.5, q: 0.25, histogram: [300, 400, 300] }).pValue < 1e-9; // => true
 * ```
 */
export function bitProfileTest(
  options: SupportProbabilities & { readonly histogram: ArrayLike<number> },
): TestResult {
  const { histogram, ...channel } = check(profileOptions, options, "options");
  checkChannel(channel);
  const n = shapes.sumOfCounts("options.histogram", histogram);
  const classes: { expected: number; observed: number }[] = [{ expected: 0, observed: 0 }];
  honestBits(channel, histogram.length - 1).forEach((probability, k) => {
    const last = classes[classes.length - 1] as { expected: number; observed: number };
    if (last.expected >= 5)
      classes.push({ expected: n * probability, observed: histogram[k] as number });
    else {
      last.expected += n * probability;
      last.observed += histogram[k] as number;
    }
  });
  const tail = classes[classes.length - 1] as { expected: number; observed: number };
  if (classes.length > 1 && tail.expected < 5) {
    classes.pop();
    const before = classes[classes.length - 1] as { expected: number; observed: number };
    before.expected += tail.expected;
    before.observed += tail.observed;
  }
  const degrees = classes.length - 1;
  if (degrees < 1) {
    throw new QualityError(
      "EMRX_QUALITY_NOT_APPLICABLE",
      `${n} reports are too few for two classes of 5 expected each`,
    );
  }
  const statistic = classes.reduce(
    (sum, { expected, observed }) => sum + (observed - expected) ** 2 / expected,
    0,
  );
  return { statistic, degrees, pValue: chiSquaredSurvival(statistic, degrees) };
}

/**
 * The numbers of set bits that an honest report has, but for a small probability on each side: others can be set aside, at the price
 * of that small share of honest reports (which biases estimates by no more than it).
 *
 * @param options - `p`, `q`; `categories` d >= 2; `level`, the probability to be outside, in (0, 1)
 * @returns the least and the greatest number of set bits
 * @throws EMRX_QUALITY_CHANNEL, EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { plausibleBits } from "@emrx/quality/robustness";
 *
 * plausibleBits({ p: 0.5, q: 0.01, categories: 100, level: 1e-6 }); // => { least: 0, greatest: 9 }
 * ```
 */
export function plausibleBits(
  options: SupportProbabilities & { readonly categories: number; readonly level: number },
): { readonly least: number; readonly greatest: number } {
  const { categories, level, ...channel } = check(plausibleOptions, options, "options");
  checkChannel(channel);
  const law = honestBits(channel, categories);
  let [least, greatest] = [0, categories];
  for (let tail = law[least] as number; tail <= level / 2; tail += law[least] as number) least++;
  for (let tail = law[greatest] as number; tail <= level / 2; tail += law[greatest] as number)
    greatest--;
  return { least, greatest };
}

/**
 * Tests whether any estimate is further below 0 or above 1 than honest reports allow. The supporting count of a value is at least as large as if nobody
 * held it and at most as if all did; the tails are exact binomial ones, and Bonferroni covers the domain.
 *
 * @param options - `p`, `q`; `counts` of supporting reports for each category; `n` reports
 * @returns the smallest tail probability times twice the number of categories, at most 1, and the category it belongs to
 * @throws EMRX_QUALITY_CHANNEL, EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { impossibleEstimateTest } from "@emrx/quality/robustness";
 *
 * impossibleEstimateTest({ p: 0.75, q: 0.25, counts: [260, 740], n: 1000 }).pValue; // => 1
 * impossibleEstimateTest({ p: 0.75, q: 0.25, counts: [150, 850], n: 1000 }).pValue < 1e-9; // => true
 * ```
 */
export function impossibleEstimateTest(
  options: SupportProbabilities & { readonly counts: ArrayLike<number>; readonly n: number },
): { readonly pValue: number; readonly category: number } {
  const { p, q, counts, n } = check(impossibleOptions, options, "options");
  checkChannel({ p, q });
  let [least, category] = [1, 0];
  for (let v = 0; v < counts.length; v++) {
    const count = counts[v] as number;
    if (count > n)
      throw new QualityError(
        "EMRX_QUALITY_ARGUMENT",
        `counts[${v}] is ${count}; expected at most n = ${n}`,
      );
    const tooFew = count === n ? 1 : betaUpper(count + 1, n - count, q);
    const tooMany = count === 0 ? 1 : betaLower(count, n - count + 1, p);
    const tail = Math.min(tooFew, tooMany);
    if (tail < least) [least, category] = [tail, v];
  }
  return { pValue: Math.min(1, 2 * counts.length * least), category };
}
