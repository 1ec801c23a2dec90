// A public coin decides between Duchi's mechanism and a window: less noise at the worst value than either alone.

import { integer, object, optional } from "@emrx/internal/shape";
import { check } from "../../errors/check.js";
import { LdpError } from "../../errors/ldp-error.js";
import { epsilonShape } from "../../exact/decimal.js";
import { add, multiply, rational, subtract } from "../../exact/rational.js";
import { exactLoss } from "../../exact/thresholds.js";
import { platformRandom } from "../../random/platform.js";
import { drawWords } from "../../random/source.js";
import { nextWord } from "../../random/uniform.js";
import { checkNumber } from "../common/domain.js";
import type { NumericEstimate, NumericMechanism } from "../common/numeric.js";
import { bitsShape, rangeShape } from "../common/options.js";
import { checkCounts } from "../common/pure.js";
import { symbolColumn, symbolReports } from "../common/symbol.js";
import { tallies } from "../common/tally.js";
import { forEachBlock } from "../common/two-part.js";
import { duchi } from "./duchi.js";
import { bestMixture, type MixtureShape } from "./mixture-choice.js";
import { type WindowOptions, windowMechanism } from "./window.js";
import { worstOf } from "./window-estimator.js";

/** Parameters of {@link windowMixture}. */
export interface WindowMixtureOptions extends Omit<WindowOptions, "missing"> {
  /** How often the window mechanism is used, in percent, 1..99; given together with `cells` and `window`, or not at all. */
  readonly windowPercent?: number;
}

/** A mixture of Duchi's mechanism and a window mechanism. Report 0 and 1 are Duchi's ends, report 2 + y is cell y of the window. */
export interface WindowMixture
  extends Omit<NumericMechanism, "name" | "missing" | "cells" | "window" | "cellProbability">,
    MixtureShape {
  readonly name: "window-mixture";
}

/** Words below this, out of 2^32, choose the window. */
const coinThreshold = (percent: number): number => Math.floor((percent * 2 ** 32) / 100);

/**
 * The mixture of Duchi's mechanism and a window mechanism by a public coin: what the hybrid mechanism (N. Wang et al., ICDE 2019)
 * is for real numbers, on whole numbers. Its worst variance is at most the hybrid mechanism's wherever they were compared.
 *
 * **Mechanism.** A coin that does not look at the value chooses the window mechanism with probability T / 2^32, otherwise Duchi's; the
 * report says which it was.
 *
 * **Proof of privacy.** P(coin, y | x) = P(coin) P(y | coin, x): the coin cancels in every ratio, and each of the two mechanisms keeps
 * the ratio within e^epsilon.
 *
 * **Estimator.** Each report contributes the unbiased score of the mechanism that made it, so the mean of all is unbiased, with variance
 * $`\alpha V_{\text{window}}(x) + (1 - \alpha) V_{\text{Duchi}}(x)`$ at value x, where $`\alpha = T / 2^{32}`$.
 *
 * **Use.** Where the mean is wanted and epsilon is between 0.6 and 5. For missing values, or epsilon outside, `windowMechanism`.
 *
 * @param options - range and budget; the best mixture is chosen unless `cells`, `window` and `windowPercent` are given
 * @returns the mechanism
 * @throws EMRX_BAD_RANGE, EMRX_BAD_EPSILON, EMRX_DEGENERATE_MECHANISM
 * @throws EMRX_BAD_PARAMETER for impossible parameters, and where none are given and no mixture is better than a single mechanism
 * @example
 * ```ts
 * import { windowMechanism, windowMixture } from "@emrx/ldp-core/mechanisms";
 *
 * const mixed = windowMixture({ range: [-1, 1], epsilon: "1" });
 * const single = windowMechanism({ range: [-1, 1], epsilon: "1" });
 * mixed.worstVariance(1) < 0.92 * single.worstVariance(1); // => true
 * ```
 */
export function windowMixture(options: WindowMixtureOptions): WindowMixture {
  const given = check(
    object({
      range: rangeShape(),
      epsilon: epsilonShape,
      cells: optional(integer(2, 4096)),
      window: optional(integer(1, 4095)),
      windowPercent: optional(integer(1, 99)),
      bits: bitsShape(),
    }),
    options,
    "options",
  );
  const { cells, window, windowPercent } = shapeOf(given);
  const { range, epsilon: budget, bits } = given;
  const common = { range, epsilon: budget, ...(bits === undefined ? {} : { bits }) };
  const ends = duchi(common);
  const inner = windowMechanism({ ...common, cells, window });
  const { epsilon } = inner;
  const symbols = 2 + cells;
  const T = coinThreshold(windowPercent);
  const share = rational(T, 2n ** 32n);
  const alpha = T / 2 ** 32;
  const isInnerWorse =
    inner.worstRatio.numerator * ends.worstRatio.denominator >
    ends.worstRatio.numerator * inner.worstRatio.denominator;
  const worstRatio = (isInnerWorse ? inner : ends).worstRatio;
  const [low, high] = inner.range;

  function estimate(counts: ArrayLike<number>, n: number): NumericEstimate {
    checkCounts(counts, n, symbols);
    const all = Float64Array.from(counts);
    const parts = [
      { mechanism: ends, own: all.subarray(0, 2) },
      { mechanism: inner, own: all.subarray(2) },
    ].flatMap(({ mechanism, own }) => {
      const size = own.reduce((sum, count) => sum + count, 0);
      return size > 0 ? [mechanism.estimate(own, size)] : [];
    });
    const total = parts.reduce((sum, part) => sum + part.total, 0);
    const mean = total / n;
    // The squared deviations of all scores: within each part, and of its mean from the common one.
    const squared = parts.reduce(
      (sum, part) => sum + part.n * (part.n * part.variance + (part.mean - mean) ** 2),
      0,
    );
    const secondMoment = parts.find((part) => part.secondMoment !== undefined)?.secondMoment;
    const estimated = { n, mean, variance: squared / n ** 2, total };
    return secondMoment === undefined ? estimated : { ...estimated, secondMoment };
  }

  const variance = (n: number, value: number): number =>
    alpha * inner.variance(n, value) + (1 - alpha) * ends.variance(n, value);
  const steps = cells - window;
  const { addReport, addColumn, isPossible, ...codec } = symbolReports(symbols);
  const identity = `window-mixture cells=${cells} window=${window} windowPercent=${windowPercent} range=${low},${high} epsilon=${epsilon} bits=${ends.bits},${inner.bits}`;
  const rules = { identity, cells: symbols, addReport, addColumn, isPossible, estimate };
  return {
    name: "window-mixture",
    identity,
    range: inner.range,
    cells,
    window,
    windowPercent,
    epsilon,
    bits: inner.bits,
    worstRatio,
    randomize(value, random = platformRandom()) {
      checkNumber(value, "value");
      return nextWord(random) < T
        ? 2 + inner.randomize(value, random)
        : ends.randomize(value, random);
    },
    randomizeBatch(values, random = platformRandom()) {
      const n = values.length;
      for (let i = 0; i < n; i++) checkNumber(values[i] as number, `values[${i}]`);
      // Who answers by which mechanism; then the two columns; then each answer back at its place.
      const sides = new Uint8Array(n);
      const sizes: [number, number] = [0, 0];
      forEachBlock(n, (block, from) => {
        drawWords(random, block);
        for (let i = 0; i < block.length; i++) {
          const side = (block[i] as number) < T ? 1 : 0;
          sides[from + i] = side;
          sizes[side]++;
        }
      });
      const parts = [new Float64Array(sizes[0]), new Float64Array(sizes[1])] as const;
      const next: [number, number] = [0, 0];
      for (let i = 0; i < n; i++) {
        const side = sides[i] as 0 | 1;
        parts[side][next[side]++] = values[i] as number;
      }
      const columns = [
        ends.randomizeBatch(parts[0], random),
        inner.randomizeBatch(parts[1], random),
      ] as const;
      const reports = symbolColumn(n, symbols);
      for (let i = n - 1; i >= 0; i--) {
        const side = sides[i] as 0 | 1;
        reports[i] = 2 * side + (columns[side][--next[side]] as number);
      }
      return reports;
    },
    ...tallies(rules),
    estimate,
    variance,
    worstVariance: (n) => worstOf(steps, (x) => variance(n, low + ((high - low) * x) / steps)),
    exactEpsilon: () => exactLoss(worstRatio, epsilon),
    channel: () => {
      const [window0, ends0] = [inner.channel(), ends.channel()];
      return {
        // The two ends of the range: Duchi's rows mix linearly between them, so between two positions rows mix as well.
        inputs: steps + 1,
        outputs: symbols,
        probability(output, input) {
          if (output >= 2) return multiply(share, window0.probability(output - 2, input));
          const up = rational(input, steps);
          const row = multiply(up, ends0.probability(output, 1));
          const rest = multiply(subtract(rational(1), up), ends0.probability(output, 0));
          return multiply(subtract(rational(1), share), add(row, rest));
        },
      };
    },
    ...codec,
  };
}

function shapeOf({ cells, window, windowPercent, epsilon }: WindowMixtureOptions): MixtureShape {
  if (cells === undefined && window === undefined && windowPercent === undefined) {
    const best = bestMixture(epsilon);
    if (best !== undefined) return best;
    throw new LdpError(
      "EMRX_BAD_PARAMETER",
      `epsilon is ${epsilon}: no mixture is better than a single mechanism; use windowMechanism`,
    );
  }
  const whole = check(
    object({ cells: integer(2, 4096), window: integer(1, 4095), windowPercent: integer(1, 99) }),
    { cells, window, windowPercent },
    "options",
  );
  return whole;
}
