// How far sums of support counts can stray from what they are expected to be: bounds that hold for every number of reports.

import type { SupportForm } from "../frequencies/report-form.js";
import type { SupportProbabilities } from "../frequencies/support-probabilities.js";

/**
 * The sub-Gaussian constant of a Bernoulli variable: the least s with E exp(t (B - x)) <= exp(s t^2 / 2) for all t.
 *
 * Source: M. Kearns and L. Saul, "Large deviation methods for approximate probabilistic inference", UAI 1998, lemma 1.
 */
export function bernoulliSpread(x: number): number {
  if (x <= 0 || x >= 1) return 0;
  const odds = Math.log((1 - x) / x);
  // Near x = 1/2 the quotient is 0/0; its series there is 1/4 - odds^2/48.
  return Math.abs(odds) < 1e-4 ? 0.25 - (odds * odds) / 48 : (1 - 2 * x) / (2 * odds);
}

/**
 * Half widths that the noise of cumulative estimates keeps to, all together with the stated probability, for a fixed cohort: entry v is for the
 * sum of the v + 1 lowest estimates where `fromBelow[v]`, and for that of the categories above v elsewhere.
 *
 * A person's supports of m categories have a sub-Gaussian sum with constant m - 1 times that of q plus the larger of p's and q's (the value
 * is at most one of the m). Bits are independent, so the sums over growing sets of categories are a martingale and Doob's maximal inequality bounds all
 * of them by the longest, from either end. A random subset's supports are negatively associated (conditioned on their number they are
 * independent; Joag-Dev and Proschan 1983), so each sum obeys the same bound, and Bonferroni's takes them together. Of others each category alone is bounded.
 */
export function cumulativeNoise(options: {
  readonly channel: SupportProbabilities;
  readonly form: SupportForm;
  readonly categories: number;
  readonly n: number;
  readonly failure: number;
}): { readonly half: Float64Array; readonly fromBelow: readonly boolean[] } {
  const { channel, form, categories, n, failure } = options;
  const { p, q } = channel;
  const thresholds = categories - 1;
  const below = Math.ceil(thresholds / 2); // thresholds that are reached from below; the others from above
  const spread = (bits: number): number =>
    Math.max(bernoulliSpread(p), bernoulliSpread(q)) + (bits - 1) * bernoulliSpread(q);
  const width = (constant: number, statements: number): number =>
    Math.sqrt((2 * constant * Math.log((2 * statements) / failure)) / n) / (p - q);
  const ends = thresholds > below ? 2 : 1;
  const half = new Float64Array(thresholds).map((_, v) => {
    const fromBelow = v < below;
    const bits = fromBelow ? v + 1 : thresholds - v;
    if (form === "bits") return width(spread(fromBelow ? below : thresholds - below), ends);
    if (form === "subset") return width(spread(bits), thresholds);
    return bits * width(spread(1), categories);
  });
  return { half, fromBelow: Array.from(half, (_, v) => v < below) };
}
