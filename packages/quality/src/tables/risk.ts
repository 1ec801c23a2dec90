// Odds ratio, risk ratio and risk difference of a two-by-two table: what epidemiologists ask first.

import { object } from "@emrx/internal/shape";
import * as shapes from "../errors/shapes.js";
import { check } from "../errors/shapes.js";
import {
  channelShape,
  checkChannel,
  type SupportProbabilities,
  type Target,
} from "../frequencies/support-probabilities.js";
import { exactInterval } from "../intervals/clopper-pearson.js";
import type { Interval } from "../intervals/interval.js";
import { twoSidedNormalQuantile } from "../special/normal.js";
import { type JointTable, jointTable, jointVariances } from "./joint-table.js";

/** An estimate with its interval. */
export interface IntervalEstimate extends Interval {
  readonly estimate: number;
}

/** Comparison of two risks. */
export interface RiskComparison {
  /** The estimated joint distribution: exposed and ill, exposed and well, not exposed and ill, not exposed and well. */
  readonly table: JointTable;
  /** Odds of illness if exposed over those if not. Where a needed cell is estimated at 0 or less: NaN. */
  readonly oddsRatio: IntervalEstimate;
  /** Risk of illness if exposed over that if not; likewise. */
  readonly riskRatio: IntervalEstimate;
  /** Risk if exposed minus risk if not; where a row is estimated at 0 or less: NaN. */
  readonly riskDifference: IntervalEstimate;
  /**
   * Where the intervals come from: the `"delta-method"`, or, where some cell is not four standard errors above 0, `"simultaneous"` exact
   * intervals of the four counts, which are wide and hold for every table.
   */
  readonly method: "delta-method" | "simultaneous";
}

const riskOptions = /* @__PURE__ */ object({
  counts: /* @__PURE__ */ shapes.numbers(shapes.count, { length: 4 }),
  exposure: channelShape,
  outcome: channelShape,
  target: shapes.target,
  confidence: shapes.confidence,
});

/**
 * Odds ratio, risk ratio and risk difference from the reports of two binary attributes (GRR over two categories each, or public:
 * p = 1, q = 0).
 *
 * The four debiased frequencies have the covariance of multinomial reports carried through the inverse channel; the delta method does
 * the rest, on the logarithm for the two ratios. It needs every cell well away from 0 compared with its standard error. Where one is not, the
 * intervals are made of Clopper and Pearson's for the four counts together (Bonferroni): every table that they allow is inside.
 *
 * @param options - `counts` of pairs of reports: (exposed, ill), (exposed, well), (not exposed, ill), (not exposed, well); channels of
 *   `exposure` and `outcome`; `target`; `confidence`, 0.95 unless given
 * @returns the three measures with intervals
 * @throws EMRX_QUALITY_MISMATCH, EMRX_QUALITY_ARGUMENT, EMRX_QUALITY_CHANNEL, EMRX_QUALITY_NOT_APPLICABLE
 * @example
 * ```ts
 * import { riskComparison } from "@emrx/quality/tables";
 *
 * const exact = { p: 1, q: 0 };
 * const { oddsRatio, riskDifference } = riskComparison({
 *   counts: [60, 40, 30, 70],
 *   exposure: exact,
 *   outcome: exact,
 *   target: "population",
 * });
 * oddsRatio.estimate.toFixed(4); // => "3.5000"
 * oddsRatio.lower.toFixed(4); // => "1.9486"
 * riskDifference.estimate.toFixed(4); // => "0.3000"
 * ```
 */
export function riskComparison(options: {
  readonly counts: ArrayLike<number>;
  readonly exposure: SupportProbabilities;
  readonly outcome: SupportProbabilities;
  readonly target: Target;
  readonly confidence?: number;
}): RiskComparison {
  const {
    counts,
    exposure,
    outcome,
    target,
    confidence = 0.95,
  } = check(riskOptions, options, "options");
  checkChannel(exposure);
  checkChannel(outcome);
  const table = jointTable({ counts, shape: [2, 2], channels: [exposure, outcome], target });
  const [a, b, c, d] = table.frequencies as unknown as readonly [number, number, number, number];
  const z = twoSidedNormalQuantile(confidence);
  const variance = (gradient: readonly number[]): number =>
    quadraticForm(gradient, counts, table, exposure, outcome, target);

  const ratio = (valid: boolean, log: number, gradient: readonly number[]): IntervalEstimate => {
    if (!valid) return { estimate: Number.NaN, lower: 0, upper: Number.POSITIVE_INFINITY };
    const half = z * Math.sqrt(variance(gradient));
    return { estimate: Math.exp(log), lower: Math.exp(log - half), upper: Math.exp(log + half) };
  };
  const odds = ratio(Math.min(a, b, c, d) > 0, Math.log((a * d) / (b * c)), [
    1 / a,
    -1 / b,
    -1 / c,
    1 / d,
  ]);
  const [row1, row2] = [a + b, c + d];
  const risks = ratio(Math.min(a, c, row1, row2) > 0, Math.log((a * row2) / (c * row1)), [
    b / (a * row1),
    -1 / row1,
    -d / (c * row2),
    1 / row2,
  ]);
  let difference: IntervalEstimate = { estimate: Number.NaN, lower: -1, upper: 1 };
  if (row1 > 0 && row2 > 0) {
    const estimate = a / row1 - c / row2;
    const half =
      z * Math.sqrt(variance([b / row1 ** 2, -a / row1 ** 2, -d / row2 ** 2, c / row2 ** 2]));
    difference = { estimate, lower: estimate - half, upper: estimate + half };
  }
  if (farFromZero(table, exposure, outcome))
    return {
      table,
      oddsRatio: odds,
      riskRatio: risks,
      riskDifference: difference,
      method: "delta-method",
    };
  const [A, B, C, D] = cellBounds(counts, table.n, exposure, outcome, confidence);
  const first = riskWithin(A, B);
  const second = riskWithin(C, D);
  return {
    table,
    oddsRatio: {
      estimate: odds.estimate,
      lower: quotient(A.lower * D.lower, B.upper * C.upper, 0),
      upper: quotient(A.upper * D.upper, B.lower * C.lower, Number.POSITIVE_INFINITY),
    },
    riskRatio: {
      estimate: risks.estimate,
      lower: quotient(first.lower, second.upper, 0),
      upper: quotient(first.upper, second.lower, Number.POSITIVE_INFINITY),
    },
    riskDifference: {
      estimate: difference.estimate,
      lower: first.lower - second.upper,
      upper: first.upper - second.lower,
    },
    method: "simultaneous",
  };
}

/** Whether every cell is four standard errors above 0, about the population, so that logarithms of cells are nearly normal. */
function farFromZero(
  { frequencies, n }: JointTable,
  exposure: SupportProbabilities,
  outcome: SupportProbabilities,
): boolean {
  const variances = jointVariances({
    frequencies,
    shape: [2, 2],
    channels: [exposure, outcome],
    n,
    target: "population",
  });
  return frequencies.every((f, cell) => f > 4 * Math.sqrt(variances[cell] as number));
}

/** Bounds of the four frequencies that hold together: the counts' exact intervals, carried through the inverse channel. */
function cellBounds(
  counts: ArrayLike<number>,
  n: number,
  exposure: SupportProbabilities,
  outcome: SupportProbabilities,
  confidence: number,
): readonly [Interval, Interval, Interval, Interval] {
  const shares = Array.from(counts, (count) =>
    exactInterval({ count, n, confidence: 1 - (1 - confidence) / 4 }),
  );
  const bounds = [0, 1, 2, 3].map((cell) => {
    let [lower, upper] = [0, 0];
    shares.forEach((share, report) => {
      const weight =
        inverse(exposure, report >> 1, cell >> 1) * inverse(outcome, report & 1, cell & 1);
      lower += weight * (weight > 0 ? share.lower : share.upper);
      upper += weight * (weight > 0 ? share.upper : share.lower);
    });
    return { lower: Math.max(0, lower), upper: Math.min(1, Math.max(0, upper)) };
  });
  return bounds as unknown as readonly [Interval, Interval, Interval, Interval];
}

/** The share of the first of two cells in both, over all that their bounds allow. */
const riskWithin = (ill: Interval, well: Interval): Interval => ({
  lower: quotient(ill.lower, ill.lower + well.upper, 0),
  upper: quotient(ill.upper, ill.upper + well.lower, 1),
});

const quotient = (above: number, below: number, otherwise: number): number =>
  below > 0 ? above / below : otherwise;

/** The inverse channel of two categories. */
const inverse = ({ p, q }: SupportProbabilities, report: number, value: number): number =>
  ((report === value ? 1 : 0) - q) / (p - q);

/**
 * The variance of sum_v g_v f_v. Report (i, j) adds to it the score sum_v g_v psi_v(i, j) with psi the inverse channel's rows; the
 * scores' variance over reports is that about the population, and the values' own part is taken off for the cohort.
 */
function quadraticForm(
  gradient: readonly number[],
  counts: ArrayLike<number>,
  { frequencies, n }: JointTable,
  exposure: SupportProbabilities,
  outcome: SupportProbabilities,
  target: Target,
): number {
  let square = 0;
  let spread = 0;
  for (let report = 0; report < 4; report++) {
    let score = 0;
    for (let cell = 0; cell < 4; cell++) {
      score +=
        (gradient[cell] as number) *
        inverse(exposure, report >> 1, cell >> 1) *
        inverse(outcome, report & 1, cell & 1);
    }
    const share = (counts[report] as number) / n;
    square += share * score * score;
    spread += (frequencies[report] as number) * (gradient[report] as number) ** 2;
  }
  // Scores are 0 on average, since no measure changes when all frequencies are scaled alike. The expectation of
  // a score given a record's own cell is the gradient there.
  return Math.max(0, target === "population" ? square : square - spread) / n;
}
