// The chain of a window mixture: the public coin stays what it is, and each of the two windows is redrawn in itself.
import { compare, divide, multiply, type Rational, rational, toNumber } from "../exact/rational.js";
import { exactLoss } from "../exact/thresholds.js";
import type { NumericEstimate } from "../mechanisms/common/numeric.js";
import { checkCounts } from "../mechanisms/common/pure.js";
import { type SymbolColumn, symbolReports } from "../mechanisms/common/symbol.js";
import { tallies } from "../mechanisms/common/tally.js";
import type { WindowMixture } from "../mechanisms/window/mixture.js";
import { worstOf } from "../mechanisms/window/window-estimator.js";
import { platformRandom } from "../random/platform.js";
import { chainOf, type Degradation, type DegradationChain } from "./chain.js";
import { type KeptLevel, keptLevels, mixed, redrawSymbols, twoValues } from "./redraw.js";

/** Symbols below this are Duchi's two ends, the others cells of the window. */
const ends = 2;

/** The chain of a mixture of Duchi's mechanism and a window mechanism. */
export function mixtureChain(
  highest: WindowMixture,
  epsilons: readonly string[],
  requested: number | undefined,
): DegradationChain<WindowMixture, number, SymbolColumn> {
  const { cells, window, range } = highest;
  const symbols = ends + cells;
  const positions = cells - window;
  const top = highest.channel();
  // At the lowest position the first symbol of each part is inside its window, and the last is not.
  const ratio = (first: number, last: number): Rational =>
    divide(top.probability(first, 0), top.probability(last, 0));
  const parts = [
    keptLevels(twoValues(ratio(0, 1), rational(1, 2)), epsilons, requested),
    keptLevels(twoValues(ratio(ends, symbols - 1), rational(window, cells)), epsilons, requested),
  ] as const;
  const { addReport, addColumn, isPossible } = symbolReports(symbols);
  // What one report contributes to the estimates of the highest level.
  const alone = Array.from({ length: symbols }, (_, y) =>
    highest.estimate(
      Float64Array.from({ length: symbols }, (_, i) => Number(i === y)),
      1,
    ),
  );
  const levels = [highest];
  const steps: Degradation<SymbolColumn>[] = [];
  for (const [i, ownEnds] of parts[0].entries()) {
    const ownWindow = parts[1][i] as KeptLevel;
    const { epsilon, index } = ownEnds;
    const worstRatio = [ownEnds, ownWindow]
      .map(({ values }) => divide(values.inside, values.outside))
      .reduce((a, b) => (compare(a, b) < 0 ? b : a));
    const identity = `window-mixture-chain epsilon=${epsilon} bits=${ownEnds.keep.bits},${ownWindow.keep.bits} ends=${nameOf(ownEnds)} window=${nameOf(ownWindow)} from ${highest.identity}`;
    const scores = unmixed(
      alone.map(({ total }) => total),
      ownEnds,
      ownWindow,
    );
    const squares = unmixed(
      alone.map(({ secondMoment }) => secondMoment ?? 0),
      ownEnds,
      ownWindow,
    );
    const hasSquares = positions > 1;
    const probability = (output: number, input: number): Rational => {
      const { kept } = output < ends ? ownEnds : ownWindow;
      return mixed(top.probability(output, input), kept, uniformOf(highest, output));
    };
    const moments = Array.from({ length: positions + 1 }, (_, position) =>
      scores.reduce((sum, score, y) => sum + score ** 2 * toNumber(probability(y, position)), 0),
    );

    function estimate(counts: ArrayLike<number>, n: number): NumericEstimate {
      checkCounts(counts, n, symbols);
      const all = Array.from(counts);
      const sum = (term: (count: number, y: number) => number): number =>
        all.reduce((total, count, y) => total + term(count, y), 0);
      const total = sum((count, y) => count * (scores[y] as number));
      const mean = total / n;
      const variance = sum((count, y) => count * ((scores[y] as number) - mean) ** 2) / n ** 2;
      const inWindow = sum((count, y) => (y < ends ? 0 : count));
      const secondMoment =
        sum((count, y) => (y < ends ? 0 : count * (squares[y] as number))) / inWindow;
      return {
        n,
        mean,
        variance,
        total,
        ...(hasSquares && inWindow > 0 ? { secondMoment } : {}),
      };
    }

    function variance(n: number, value: number): number {
      const [low, high] = range;
      const clamped = Math.min(high, Math.max(low, value));
      const place = ((clamped - low) / (high - low)) * positions;
      const below = Math.min(positions - 1, Math.floor(place));
      const [a, b] = [moments[below] as number, moments[below + 1] as number];
      return (a + (place - below) * (b - a) - clamped ** 2) / n;
    }

    const rules = { identity, cells: symbols, addReport, addColumn, isPossible, estimate };
    const [low, high] = range;
    levels.push({
      ...highest,
      identity,
      epsilon,
      bits: ownWindow.keep.bits,
      worstRatio,
      estimate,
      variance,
      worstVariance: (n) =>
        worstOf(positions, (x) => variance(n, low + ((high - low) * x) / positions)),
      ...tallies(rules),
      exactEpsilon: () => exactLoss(worstRatio, epsilon),
      channel: () => ({ ...top, probability }),
      randomize: (value, random = platformRandom()) =>
        chain.degrade(highest.randomize(value, random), 0, index, random),
      randomizeBatch: (given, random = platformRandom()) =>
        chain.degradeBatch(highest.randomizeBatch(given, random), 0, index, random),
    });
    steps.push(redrawParts(ownEnds, ownWindow, cells));
  }
  const chain = chainOf(highest, epsilons, levels, steps);
  return chain;
}

const nameOf = ({ kept }: KeptLevel): string => `${kept.numerator}/${kept.denominator}`;

/** What the probability of a symbol would be if its part were uniform: the coin's share over the part's symbols. */
function uniformOf({ cells, windowPercent }: WindowMixture, output: number): Rational {
  const inWindow = rational(Math.floor((windowPercent * 2 ** 32) / 100), 2n ** 32n);
  return output < ends
    ? multiply(
        rational(inWindow.denominator - inWindow.numerator, inWindow.denominator),
        rational(1, 2),
      )
    : multiply(inWindow, rational(1, cells));
}

/** Scores whose expectation is what it was before the redrawing: with k kept, (score - (1 - k) mean of the part) / k. */
function unmixed(scores: readonly number[], ownEnds: KeptLevel, ownWindow: KeptLevel): number[] {
  const solve = (part: readonly number[], { kept }: KeptLevel): number[] => {
    const mean = part.reduce((a, b) => a + b, 0) / part.length;
    const k = toNumber(kept);
    return part.map((score) => mean + (score - mean) / k);
  };
  return [...solve(scores.slice(0, ends), ownEnds), ...solve(scores.slice(ends), ownWindow)];
}

/** Both draws are made whichever part a report belongs to. */
function redrawParts(
  ownEnds: KeptLevel,
  ownWindow: KeptLevel,
  cells: number,
): Degradation<SymbolColumn> {
  const first = redrawSymbols(ownEnds.keep, ends);
  const second = redrawSymbols(ownWindow.keep, cells);
  return {
    apply(column, random) {
      const low = first.apply(
        column.map((y) => Math.min(y, ends - 1)),
        random,
      );
      const high = second.apply(
        column.map((y) => Math.max(0, y - ends)),
        random,
      );
      return column.map((y, i) => (y < ends ? (low[i] as number) : ends + (high[i] as number)));
    },
    probability(lower, upper) {
      if (lower < ends !== upper < ends) return rational(0);
      return upper < ends
        ? first.probability(lower, upper)
        : second.probability(lower - ends, upper - ends);
    },
  };
}
