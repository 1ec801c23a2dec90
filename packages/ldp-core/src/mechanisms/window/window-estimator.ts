// The estimator and the variance of the window mechanism, from the scores of its cells.
import {
  divide,
  fromDouble,
  multiply,
  type Rational,
  rational,
  subtract,
  toNumber,
} from "../../exact/rational.js";
import type { NumericEstimate } from "../common/numeric.js";
import { checkCounts, pureEstimator } from "../common/pure.js";
import { cellScores, squareScore, valueScore } from "./window-scores.js";

/** What the estimator needs to know of the mechanism. */
export interface WindowShape {
  readonly range: readonly [low: number, high: number];
  readonly cells: number;
  readonly window: number;
  readonly missing: boolean;
  readonly inside: Rational;
  readonly outside: Rational;
}

/** Estimator and variances of a window mechanism. */
export interface WindowEstimator {
  estimate(counts: ArrayLike<number>, n: number): NumericEstimate;
  variance(n: number, value: number): number;
  worstVariance(n: number): number;
}

/** Builds the estimator; all constants are exact fractions, converted to doubles once. */
export function windowEstimator(shape: WindowShape): WindowEstimator {
  const { cells: N, window: w, missing, inside, outside } = shape;
  const [low, high] = shape.range;
  const steps = N - w;
  const symbols = missing ? N + w : N;
  const exact = cellScores(N, w, missing, inside, outside);
  const exactLow = fromDouble(low);
  const step = divide(subtract(fromDouble(high), exactLow), rational(steps));
  const present = Float64Array.from(exact.present, toNumber);
  const values = Float64Array.from(exact.present, (_, cell) =>
    toNumber(valueScore(exact, cell, exactLow, step)),
  );
  // Two positions are their own squares: with them a report says nothing more about the square.
  const squares = Float64Array.from(steps < 2 ? [] : exact.present, (_, cell) =>
    toNumber(squareScore(exact, cell, exactLow, step)),
  );
  const missingShare = pureEstimator(2, {
    p: multiply(inside, rational(w)),
    q: multiply(outside, rational(w)),
  });
  const [insideNumber, outsideNumber] = [toNumber(inside), toNumber(outside)];

  /** Second moment of value score - mean * present score for an input whose window starts at a position. */
  function spread(position: number, mean: number): number {
    let moment = 0;
    for (let y = 0; y < symbols; y++) {
      const isInside = y >= position && y < position + w;
      const deviation = (values[y] as number) - mean * (present[y] as number);
      moment += deviation * deviation * (isInside ? insideNumber : outsideNumber);
    }
    return moment;
  }

  function variance(n: number, value: number): number {
    const clamped = Math.min(high, Math.max(low, value));
    const place = ((clamped - low) / (high - low)) * steps;
    const below = Math.min(steps - 1, Math.floor(place));
    const up = place - below;
    return ((1 - up) * spread(below, clamped) + up * spread(below + 1, clamped)) / n;
  }

  function estimate(counts: ArrayLike<number>, n: number): NumericEstimate {
    checkCounts(counts, n, symbols);
    const sum = (score: (cell: number) => number): number => {
      let total = 0;
      for (let y = 0; y < symbols; y++) total += (counts[y] as number) * score(y);
      return total;
    };
    const total = sum((y) => values[y] as number);
    const people = sum((y) => present[y] as number);
    const mean = people > 0 ? total / people : Number.NaN;
    const squared = sum((y) => ((values[y] as number) - mean * (present[y] as number)) ** 2);
    const reported = sum((y) => (y < N ? 0 : 1));
    const share = missing ? missingShare.estimate([n - reported, reported], n) : undefined;
    return {
      n,
      mean,
      variance: squared / people ** 2,
      total,
      ...(steps < 2
        ? {}
        : { secondMoment: people > 0 ? sum((y) => squares[y] as number) / people : Number.NaN }),
      ...(share === undefined
        ? {}
        : {
            missing: {
              frequency: share.frequencies[1] as number,
              variance: share.variances[1] as number,
            },
          }),
    };
  }

  return {
    estimate,
    variance,
    worstVariance: (n) => worstOf(steps, (x) => variance(n, low + ((high - low) * x) / steps)),
  };
}

/** The largest value on [0, steps] of a function that is a parabola between whole numbers. */
export function worstOf(steps: number, variance: (x: number) => number): number {
  let worst = 0;
  for (let left = 0; left < steps; left++) {
    const [a, m, b] = [variance(left), variance(left + 0.5), variance(left + 1)];
    const bend = 2 * a - 4 * m + 2 * b; // of the parabola through the three points
    const slope = b - a - bend;
    const top = bend < 0 ? Math.min(1, Math.max(0, -slope / (2 * bend))) : 0;
    worst = Math.max(worst, a, b, a + slope * top + bend * top * top);
  }
  return worst;
}
