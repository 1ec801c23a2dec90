// Mean and second moment of a numeric attribute from the reports of a window mechanism, with what intervals need.
import { guard } from "@emrx/internal/shape";
import { toNumber } from "@emrx/ldp-core/exact";
import type { NumericMechanism } from "@emrx/ldp-core/mechanisms";
import { QualityError } from "../errors/quality-error.js";
import * as shapes from "../errors/shapes.js";
import { check } from "../errors/shapes.js";
import { isRational } from "../frequencies/support-probabilities.js";

/** Unbiased estimate of an average of scores, one a report. */
export interface MomentEstimate {
  readonly estimate: number;
  /** Variance of the estimate for the population: the observed spread of the scores over n. For the cohort it errs on the safe side. */
  readonly variance: number;
  /** Range of one score, for `boundedMeanHalfWidth`. */
  readonly low: number;
  readonly high: number;
}

/** First two moments; both are averages over all reports, a missing value counting as 0. */
export interface WindowMoments {
  readonly n: number;
  /** Of the values, in the unit of the range. */
  readonly first: MomentEstimate;
  /** Of the squared values. */
  readonly second: MomentEstimate;
  /**
   * The values are first rounded at random to a grid, which keeps their mean but adds to their square: the second moment is high
   * by between 0 and this much (a quarter of a squared grid step).
   */
  readonly largestExcess: number;
}

type WindowMechanism = Pick<
  NumericMechanism,
  "cells" | "window" | "missing" | "range" | "cellProbability"
>;
const windowMechanism = /* @__PURE__ */ guard((value): value is WindowMechanism => {
  const { cells, window, missing, range, cellProbability } = (value ??
    {}) as Partial<WindowMechanism>;
  return (
    Number.isSafeInteger(cells) &&
    Number.isSafeInteger(window) &&
    (window as number) >= 1 &&
    (cells as number) > (window as number) &&
    (cells as number) <= 2 ** 24 &&
    typeof missing === "boolean" &&
    Array.isArray(range) &&
    range.length === 2 &&
    range.every(Number.isFinite) &&
    isRational(cellProbability?.inside) &&
    isRational(cellProbability?.outside)
  );
}, "a numeric mechanism of `@emrx/ldp-core`, such as `windowMechanism` makes");

/**
 * Unbiased first and second moments from the counts of a window mechanism's cells.
 *
 * With a and c the probabilities of a cell inside and outside the window, N cells and window w, a report y of grid position s has
 * $`E[y^k] = c \sum_{y<N} y^k + (a - c) \sum_{i<w} (s + i)^k`$; solving for s and s^2 gives the two scores. With two grid positions
 * (Duchi's mechanism) s^2 = s: its reports hold nothing about the second moment, and this is refused.
 *
 * @param mechanism - a numeric mechanism of `@emrx/ldp-core`
 * @param counts - how often each cell was reported, as its aggregator counts
 * @returns both moments with variances and score ranges
 * @throws EMRX_QUALITY_NOT_APPLICABLE for a mechanism of two grid positions; EMRX_QUALITY_MISMATCH, EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { windowMechanism } from "@emrx/ldp-core/mechanisms";
 * import { windowMoments } from "@emrx/quality/moments";
 *
 * const mechanism = windowMechanism({ range: [0, 2], epsilon: "32", cells: 3, window: 1 });
 * const { first, second } = windowMoments(mechanism, [25, 50, 25]);
 * first.estimate.toFixed(6); // => "1.000000"
 * second.estimate.toFixed(6); // => "1.500000"
 * ```
 */
export function windowMoments(
  mechanism: Pick<NumericMechanism, "cells" | "window" | "missing" | "range" | "cellProbability">,
  counts: ArrayLike<number>,
): WindowMoments {
  const { cells, window, missing, range } = check(windowMechanism, mechanism, "mechanism");
  const outputs = cells + (missing ? window : 0);
  const counted = check(shapes.numbers(shapes.count, { length: outputs }), counts, "counts");
  const steps = cells - window;
  if (steps < 2) {
    throw new QualityError(
      "EMRX_QUALITY_NOT_APPLICABLE",
      "the mechanism has two grid positions, whose reports hold nothing about squares; use one of three cells or more",
    );
  }
  const scores = positionScores(mechanism, outputs);
  const [low, high] = range;
  const step = (high - low) / steps;
  const first = scores.map(({ present, s }) => low * present + step * s);
  const second = scores.map(
    ({ present, s, square }) => low * low * present + 2 * low * step * s + step * step * square,
  );
  const n = shapes.sumOfCounts("counts", counted);
  return {
    n,
    first: average(first, counted, n),
    second: average(second, counted, n),
    largestExcess: (step * step) / 4,
  };
}

/** For each cell the scores whose expectations are 1, s and s^2 for a value at position s, and 0 for a missing one. */
function positionScores(
  mechanism: Pick<NumericMechanism, "cells" | "window" | "missing" | "cellProbability">,
  outputs: number,
): readonly { present: number; s: number; square: number }[] {
  const { cells: N, window: w, missing } = mechanism;
  const outside = toNumber(mechanism.cellProbability.outside);
  const gain = (toNumber(mechanism.cellProbability.inside) - outside) * w;
  const sums = [(N * (N - 1)) / 2, (N * (N - 1) * (2 * N - 1)) / 6] as const;
  return Array.from({ length: outputs }, (_, y) => {
    const real = y < N;
    const present = missing ? 1 - ((real ? 0 : 1) - outside * w) / gain : 1;
    const linear = ((real ? y : 0) - outside * sums[0]) / gain;
    const quadratic = ((real ? y * y : 0) - outside * sums[1]) / gain;
    const s = linear - ((w - 1) / 2) * present;
    const square = quadratic - (w - 1) * s - (((w - 1) * (2 * w - 1)) / 6) * present;
    return { present, s, square };
  });
}

function average(scores: readonly number[], counts: ArrayLike<number>, n: number): MomentEstimate {
  const estimate = scores.reduce((sum, score, y) => sum + score * (counts[y] as number), 0) / n;
  const spread =
    scores.reduce((sum, score, y) => sum + (score - estimate) ** 2 * (counts[y] as number), 0) / n;
  return {
    estimate,
    variance: spread / Math.max(1, n - 1),
    low: Math.min(...scores),
    high: Math.max(...scores),
  };
}
