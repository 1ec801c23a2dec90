// The integer window mechanism for numbers: report a cell near the value a little more often than any other cell.

import { boolean, integer, object, optional } from "@emrx/internal/shape";
import { check } from "../../errors/check.js";
import { epsilonShape } from "../../exact/decimal.js";
import { chooseBits, exactLoss, preferredThreshold } from "../../exact/thresholds.js";
import { platformRandom } from "../../random/platform.js";
import { gridRounding } from "../../random/rounding.js";
import { drawWords } from "../../random/source.js";
import { nextWord } from "../../random/uniform.js";
import { checkNumber } from "../common/domain.js";
import type { NumericMechanism } from "../common/numeric.js";
import { bitsShape, rangeShape } from "../common/options.js";
import { symbolColumn, symbolReports } from "../common/symbol.js";
import { tallies } from "../common/tally.js";
import { BLOCK, forEachBlock, twoPart, twoPartRatio } from "../common/two-part.js";
import { bestShape } from "./window-choice.js";
import { windowEstimator } from "./window-estimator.js";

/** Parameters of {@link windowMechanism}. */
export interface WindowOptions {
  /** The public range [low, high], fixed before any value is seen; values outside are clamped to its ends. */
  readonly range: readonly [low: number, high: number];
  /** Privacy budget: decimal string or number in (0, 32]. */
  readonly epsilon: string | number;
  /** Number of cells N, 2..4096; given together with `window`, or the best pair with N <= 32 is taken. */
  readonly cells?: number;
  /** Number of cells w in a window, 1..N-1. */
  readonly window?: number;
  /** Whether NaN, a missing value, is allowed; it is then one more input of the same channel. */
  readonly missing?: boolean;
  /** Random bits behind the threshold, 1..64; chosen by itself unless given. */
  readonly bits?: number;
}

/** The integer window mechanism. */
export type WindowMechanism = NumericMechanism;

/**
 * The integer window mechanism: the piecewise mechanism (N. Wang et al., ICDE 2019) and square wave (Li et al., SIGMOD 2020) on
 * whole numbers, so that it can be sampled exactly. With N = 2, w = 1 it is the mechanism of Duchi, Jordan and Wainwright
 * (JASA 2018).
 *
 * **Mechanism.** The value is moved, linearly, from its range to [0, N - w], and rounded at random to a whole position s
 * with the right mean. With probability T / 2^b a uniform cell of the window s..s+w-1 is reported, otherwise a uniform cell
 * outside it. A missing value has a window of its own, w further cells, in the same channel.
 *
 * **Proof of privacy.** Every input has a window of w cells among M in all; a cell has probability a = T / (2^b w) inside the
 * window and c = (2^b - T) / (2^b (M - w)) outside, so the largest ratio is a / c = T (M - w) / ((2^b - T) w) <= e^epsilon,
 * as T is rounded down. Rounding the value mixes rows of this channel, which cannot raise the ratio: privacy does not
 * depend on how the value was rounded.
 *
 * @param options - range, budget and window
 * @returns the mechanism
 * @throws EMRX_BAD_RANGE, EMRX_BAD_EPSILON, EMRX_BAD_PARAMETER, EMRX_DEGENERATE_MECHANISM
 * @example
 * ```ts
 * import { seededRandom } from "@emrx/ldp-core";
 * import { windowMechanism } from "@emrx/ldp-core/mechanisms";
 *
 * const bmi = windowMechanism({ range: [10, 70], epsilon: "4", cells: 12, window: 3 });
 * const tally = bmi.aggregator();
 * tally.addBatch(bmi.randomizeBatch(new Float64Array(20_000).fill(25), seededRandom("example")));
 * Math.abs(tally.estimate().mean - 25) < 0.5; // => true
 * ```
 */
export function windowMechanism(options: WindowOptions): WindowMechanism {
  const given = check(
    object({
      range: rangeShape(),
      epsilon: epsilonShape,
      missing: optional(boolean()),
      cells: optional(integer(2, 4096)),
      window: optional(integer(1, 4095)),
      bits: bitsShape(),
    }),
    options,
    "options",
  );
  const { epsilon, missing = false, bits } = given;
  const [low, high] = given.range;
  const { cells: N, window: w } = cellsOf(given.cells, given.window, epsilon, missing);
  const symbols = missing ? N + w : N;
  const steps = N - w;
  const threshold = chooseBits(
    epsilon,
    bits,
    (expEpsilon, bits) => preferredThreshold(w, symbols - w, expEpsilon, bits),
    (chosen) => twoPartRatio(chosen, w, symbols - w),
  );
  const worstRatio = twoPartRatio(threshold, w, symbols - w);

  // Codes 0..w-1 have probability a each, the others c. The report is the position moved `code` places round the circle of
  // cells: codes below w stay inside the window, the others reach every cell outside it once.
  const codes = twoPart(threshold, w, symbols - w);
  const turn = (position: number, code: number): number =>
    position + code < symbols ? position + code : position + code - symbols;
  const { insideCell: inside, outsideCell: outside } = codes;

  const { estimate, variance, worstVariance } = windowEstimator({
    range: [low, high],
    cells: N,
    window: w,
    missing,
    inside,
    outside,
  });

  function checkPresent(value: number, place: string): void {
    if (!(missing && Number.isNaN(value))) checkNumber(value, place);
  }

  // A missing value's window starts behind all others.
  const grid = gridRounding(low, high, steps, N);
  const { addReport, addColumn, isPossible, ...codec } = symbolReports(symbols);
  const identity = `window cells=${N} window=${w} missing=${missing} range=${low},${high} epsilon=${epsilon} bits=${threshold.bits}`;
  const rules = { identity, cells: symbols, addReport, addColumn, isPossible, estimate };

  return {
    name: "window",
    identity,
    range: [low, high],
    missing,
    cells: N,
    window: w,
    epsilon,
    bits: threshold.bits,
    cellProbability: { inside, outside },
    worstRatio,
    randomize(value, random = platformRandom()) {
      checkPresent(value, "value");
      const at = grid.round(value, nextWord(random), random);
      return turn(at, codes.draw(random));
    },
    randomizeBatch(values, random = platformRandom()) {
      for (let i = 0; i < values.length; i++) {
        if (!Number.isFinite(values[i])) checkPresent(values[i] as number, `values[${i}]`);
      }
      const reports = symbolColumn(values.length, symbols);
      const positions = new Uint32Array(Math.min(BLOCK, values.length));
      forEachBlock(values.length, (block, from) => {
        const starts = positions.subarray(0, block.length);
        drawWords(random, starts);
        grid.roundBlock(values, from, starts, random);
        codes.fill(block, random);
        for (let i = 0; i < block.length; i++) {
          reports[from + i] = turn(starts[i] as number, block[i] as number);
        }
      });
      return reports;
    },
    ...tallies(rules),
    estimate,
    variance,
    worstVariance,
    exactEpsilon: () => exactLoss(worstRatio, epsilon),
    channel: () => ({
      inputs: steps + 1 + (missing ? 1 : 0),
      outputs: symbols,
      probability(output, input) {
        const start = input <= steps ? input : N;
        return output >= start && output < start + w ? inside : outside;
      },
    }),
    ...codec,
  };
}

/** Cells and window as they are given, or the best ones. */
function cellsOf(
  cells: number | undefined,
  window: number | undefined,
  epsilon: string,
  missing: boolean,
): { readonly cells: number; readonly window: number } {
  if (cells === undefined && window === undefined) return bestShape(epsilon, missing);
  const N = check(integer(2, 4096), cells, "options.cells");
  return { cells: N, window: check(integer(1, N - 1), window, "options.window") };
}
