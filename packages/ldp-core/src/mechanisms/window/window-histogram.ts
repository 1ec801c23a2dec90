// The distribution of a numeric attribute from the same reports as its mean: over the positions of the window mechanism.

import { number } from "@emrx/internal/shape";
import { check } from "../../errors/check.js";
import { LdpError } from "../../errors/ldp-error.js";
import { toNumber } from "../../exact/rational.js";
import type { NumericMechanism } from "../common/numeric.js";

/** Shares of the values present, by position; each position stands for the values that round to it. */
export interface WindowHistogram {
  /** The values of the positions, from the lower to the upper end of the range. */
  readonly positions: Float64Array;
  /** Estimated share of each position. */
  readonly shares: Float64Array;
  /** Where missing is allowed: its estimated share of all reports; the other shares are of all reports, too. */
  readonly missing?: number;
}

/**
 * Estimates how the values are distributed over the positions of a window mechanism.
 *
 * - `"inverse"` is unbiased, hence may be negative, and noisy. The share of reports in cell y is
 *   c + (a - c) W_y, where W_y is the share of positions whose window contains y; so the cumulative shares are
 *   F(s) = W_s + F(s - w), and the shares their differences.
 * - `"likelihood"` (default) is the maximum-likelihood estimate by expectation maximization (Agrawal and Aggarwal, PODS 2001):
 *   never negative, sums to 1, and slightly biased.
 *
 * Values between two positions count for both in proportion, as they are rounded.
 *
 * @param mechanism - the mechanism that made the reports
 * @param counts - how often each cell was reported, as an aggregator's `counts`
 * @param method - the estimator
 * @returns the histogram
 * @throws EMRX_MISMATCH unless there is a count for each cell
 * @throws EMRX_NO_REPORTS if all counts are 0
 * @example
 * ```ts
 * import { seededRandom } from "@emrx/ldp-core";
 * import { windowHistogram, windowMechanism, windowQuantile } from "@emrx/ldp-core/mechanisms";
 *
 * const bmi = windowMechanism({ range: [10, 70], epsilon: "4" });
 * const tally = bmi.aggregator();
 * tally.addBatch(bmi.randomizeBatch(new Float64Array(5000).fill(30), seededRandom("example")));
 * const histogram = windowHistogram(bmi, tally.counts);
 * Math.abs(windowQuantile(histogram, 0.5) - 30) < 5; // => true
 * ```
 */
export function windowHistogram(
  mechanism: NumericMechanism,
  counts: ArrayLike<number>,
  method: "inverse" | "likelihood" = "likelihood",
): WindowHistogram {
  const { cells, window, missing } = mechanism;
  const symbols = missing ? cells + window : cells;
  if (counts.length !== symbols) {
    throw new LdpError("EMRX_MISMATCH", `${counts.length} counts; expected ${symbols}, one a cell`);
  }
  const n = Array.prototype.reduce.call(
    counts,
    (sum, c) => (sum as number) + (c as number),
    0,
  ) as number;
  if (!(n > 0)) throw new LdpError("EMRX_NO_REPORTS", "all counts are 0; add reports first");
  const observed = Float64Array.from(counts, (count) => count / n);
  const inside = toNumber(mechanism.cellProbability.inside);
  const outside = toNumber(mechanism.cellProbability.outside);
  // Where the window of each input starts: the positions, then missing.
  const starts = Array.from({ length: cells - window + 1 }, (_, position) => position);
  if (missing) starts.push(cells);
  const shares =
    method === "inverse"
      ? invert(observed, cells, window, missing, inside, outside)
      : maximize(observed, starts, window, inside, outside);
  const [low, high] = mechanism.range;
  const steps = cells - window;
  const positions = Float64Array.from(
    { length: steps + 1 },
    (_, s) => low + ((high - low) * s) / steps,
  );
  return {
    positions,
    shares: shares.slice(0, steps + 1),
    ...(missing ? { missing: shares[steps + 1] as number } : {}),
  };
}

/** The unbiased estimate, by cumulative shares. */
function invert(
  observed: Float64Array,
  cells: number,
  window: number,
  missing: boolean,
  inside: number,
  outside: number,
): Float64Array {
  const covered = observed.map((share) => (share - outside) / (inside - outside));
  const cumulative = covered.slice(0, cells - window + 1);
  for (let s = window; s < cumulative.length; s++) {
    cumulative[s] = (cumulative[s] as number) + (cumulative[s - window] as number);
  }
  const shares = cumulative.map((sum, s) => sum - (s > 0 ? (cumulative[s - 1] as number) : 0));
  if (!missing) return shares;
  const missingCells = covered.slice(cells);
  return Float64Array.of(...shares, missingCells.reduce((sum, share) => sum + share, 0) / window);
}

/** The maximum-likelihood estimate: each step shares every report out among the inputs that may have caused it. */
function maximize(
  observed: Float64Array,
  starts: readonly number[],
  window: number,
  inside: number,
  outside: number,
): Float64Array {
  let shares = new Float64Array(starts.length).fill(1 / starts.length);
  for (let iteration = 0; iteration < 10_000; iteration++) {
    const next = new Float64Array(starts.length);
    for (let y = 0; y < observed.length; y++) {
      const isIn = (start: number): boolean => y >= start && y < start + window;
      let total = outside;
      starts.forEach((start, s) => {
        if (isIn(start)) total += (inside - outside) * (shares[s] as number);
      });
      starts.forEach((start, s) => {
        const cause = (shares[s] as number) * (isIn(start) ? inside : outside);
        next[s] = (next[s] as number) + ((observed[y] as number) * cause) / total;
      });
    }
    const change = next.reduce((sum, share, s) => sum + Math.abs(share - (shares[s] as number)), 0);
    shares = next;
    if (change < 1e-10) break;
  }
  return shares;
}

/**
 * A quantile of a histogram, with values spread evenly between neighbouring positions. Cumulative shares that fall (as unbiased
 * ones may) are first raised to their running maximum.
 *
 * @param histogram - from {@link windowHistogram}
 * @param level - 0..1; 0.5 is the median
 * @returns a value of the range
 * @throws EMRX_BAD_PARAMETER if the level is not in 0..1
 */
export function windowQuantile(histogram: WindowHistogram, level: number): number {
  check(number({ from: 0, to: 1 }), level, "level");
  const { positions, shares } = histogram;
  const all = shares.reduce((sum, share) => sum + share, 0);
  // Each position's share lies evenly between the middles to its neighbours.
  const step = ((positions[1] as number) - (positions[0] as number)) / 2;
  let below = 0;
  let highest = 0;
  for (let s = 0; s < shares.length; s++) {
    const reached = Math.max(highest, below + (shares[s] as number) / all);
    if (reached >= level && reached > highest) {
      const position = positions[s] as number;
      const from = s === 0 ? position : position - step;
      const to = s === shares.length - 1 ? position : position + step;
      return from + ((to - from) * (level - highest)) / (reached - highest);
    }
    below += (shares[s] as number) / all;
    highest = reached;
  }
  return positions[positions.length - 1] as number;
}
