// Several numbers of one person under one budget: a few of them, drawn without looking, are answered well.

import { arrayOf, integer, object, optional } from "@emrx/internal/shape";
import { check } from "../../errors/check.js";
import { LdpError } from "../../errors/ldp-error.js";
import { decimalToRational, epsilonShape, parseEpsilon } from "../../exact/decimal.js";
import { multiply, rational } from "../../exact/rational.js";
import { exactLoss } from "../../exact/thresholds.js";
import { platformRandom } from "../../random/platform.js";
import { WordStream } from "../../random/stream.js";
import { type SubsetSampler, subsetSampler } from "../../random/subset.js";
import { combinationAt, combinations } from "../common/combinations.js";
import { checkNumber } from "../common/domain.js";
import type { NumericMechanism } from "../common/numeric.js";
import { bitsShape, rangeShape } from "../common/options.js";
import { checkCounts, enumerable } from "../common/pure.js";
import { tallies } from "../common/tally.js";
import { BLOCK } from "../common/two-part.js";
import { windowMechanism } from "../window/window.js";
import { worstOf } from "../window/window-estimator.js";
import { coordinateReports } from "./coordinate-reports.js";
import type { SampledNumerics, SampledNumericsEstimate } from "./numeric-record.js";

/** Parameters of {@link sampledNumerics}. */
export interface SampledNumericsOptions {
  /** The public range of each number, 1..1024 of them; values outside are clamped to its ends. */
  readonly ranges: readonly (readonly [low: number, high: number])[];
  /** Privacy budget of the whole record: decimal string or number in (0, 32]. */
  readonly epsilon: string | number;
  /** How many numbers a report answers, k; max(1, min(D, floor(epsilon / 2.5))) unless given. */
  readonly answered?: number;
  /** Random bits behind the threshold, 1..64; chosen by itself unless given. */
  readonly bits?: number;
}

/**
 * D numbers of one person under one budget (N. Wang et al., ICDE 2019, section 4, with the window mechanism for each number).
 *
 * **Mechanism.** A uniform k-subset of the D numbers is drawn without looking at them; each of the k goes through the window mechanism
 * at epsilon / k. The others are not read.
 *
 * **Proof of privacy.** The subset has the same probability whatever the record; given it, the report is k independent answers, each
 * within e^(epsilon / k), so their product is within e^epsilon.
 *
 * **Estimator.** With x in [-1, 1] the score of a number is D / k times its answer's score z if it was drawn, else 0. Since it is
 * drawn with probability k / D the mean of the scores is unbiased, and with E[z] = x, Var(z) = V(x)
 *
 * $`\operatorname{Var} = \frac{k}{D} \frac{D^2}{k^2} (V(x) + x^2) - x^2 = \frac{D}{k} V_{\varepsilon/k}(x) + \left(\frac{D}{k} - 1\right) x^2`$.
 *
 * **Use.** Where all numbers of a record share one budget. k = 1 is best below epsilon 5, since V falls faster than 1 / epsilon there.
 *
 * @param options - ranges and budget
 * @returns the mechanism
 * @throws EMRX_BAD_RANGE, EMRX_BAD_EPSILON, EMRX_BAD_PARAMETER, EMRX_DEGENERATE_MECHANISM
 * @example
 * ```ts
 * import { sampledNumerics } from "@emrx/ldp-core/mechanisms";
 *
 * const vitals = sampledNumerics({ ranges: [[60, 220], [40, 130], [10, 70]], epsilon: "5" });
 * vitals.answered; // => 2
 * vitals.mechanisms[0]?.epsilon; // => "2.5"
 * const tally = vitals.aggregator();
 * tally.add(vitals.randomize([120, 80, 24.5]));
 * tally.estimate().means.length; // => 3
 * ```
 */
export function sampledNumerics(options: SampledNumericsOptions): SampledNumerics {
  const given = check(
    object({
      ranges: arrayOf(rangeShape(), { least: 1, most: 1024 }),
      epsilon: epsilonShape,
      answered: optional(integer(1, 1024)),
      bits: bitsShape(),
    }),
    options,
    "options",
  );
  const { ranges, epsilon, bits } = given;
  const D = ranges.length;
  const k = check(integer(1, D), given.answered ?? bestAnswered(epsilon, D), "options.answered");
  const each = dividedDown(epsilon, k);
  const mechanisms = ranges.map((range) =>
    windowMechanism({ range, epsilon: each, ...(bits === undefined ? {} : { bits }) }),
  );
  // They differ in their ranges only.
  const { cells, window, worstRatio: ratio, bits: usedBits } = mechanisms[0] as NumericMechanism;
  const worstRatio = rational(ratio.numerator ** BigInt(k), ratio.denominator ** BigInt(k));
  const steps = cells - window;
  const scale = D / k;

  function checkRecord(values: ArrayLike<unknown>, place: string): void {
    if (values.length !== D) {
      throw new LdpError("EMRX_MISMATCH", `${place} has ${values.length} numbers; expected ${D}`);
    }
  }

  /** A uniform choice of k numbers, ascending, into `target`. */
  function choose(target: Uint16Array, subsets: SubsetSampler, words: WordStream): void {
    target.set(subsets.draw(k, words).subarray(0, k));
    target.sort();
  }

  function variance(n: number, index: number, value: number): number {
    const mechanism = mechanisms[index];
    if (mechanism === undefined) {
      throw new LdpError("EMRX_BAD_PARAMETER", `index is ${index}; expected 0..${D - 1}`);
    }
    const [low, high] = mechanism.range;
    const fromMiddle = Math.min(high, Math.max(low, value)) - (low + high) / 2;
    return (scale * mechanism.variance(1, value) + (scale - 1) * fromMiddle ** 2) / n;
  }

  function estimate(counts: ArrayLike<number>, n: number): SampledNumericsEstimate {
    checkCounts(counts, n, D * cells);
    const all = Float64Array.from(counts);
    const means = new Float64Array(D);
    const variances = new Float64Array(D);
    mechanisms.forEach((mechanism, index) => {
      const [low, high] = mechanism.range;
      const middle = (low + high) / 2;
      const own = all.subarray(index * cells, (index + 1) * cells);
      const size = own.reduce((sum, count) => sum + count, 0);
      if (size === 0) {
        means[index] = middle;
        variances[index] = worstOf(steps, (x) =>
          variance(n, index, low + ((high - low) * x) / steps),
        );
        return;
      }
      const answers = mechanism.estimate(own, size);
      const deviation = answers.mean - middle;
      const sum = scale * size * deviation;
      const squares = scale ** 2 * size * (size * answers.variance + deviation ** 2);
      means[index] = middle + sum / n;
      variances[index] = Math.max(0, squares / n - (sum / n) ** 2) / n;
    });
    return { n, means, variances };
  }

  const identity = `sampled-numerics ranges=${mechanisms.map(({ range }) => range.join(",")).join(";")} answered=${k} epsilon=${epsilon} cells=${cells} window=${window} bits=${usedBits}`;
  const { addReport, addColumn, isPossible, ...codec } = coordinateReports(D, k, cells);
  const rules = { identity, cells: D * cells, addReport, addColumn, isPossible, estimate };
  return {
    name: "sampled-numerics",
    identity,
    epsilon,
    answered: k,
    mechanisms,
    worstRatio,
    randomize(values, random = platformRandom()) {
      checkRecord(values, "values");
      for (let i = 0; i < D; i++) checkNumber(values[i], `values[${i}]`);
      const chosen = new Uint16Array(k);
      choose(chosen, subsetSampler(D), new WordStream(random, 1));
      const report = new Uint16Array(2 * k);
      chosen.forEach((index, i) => {
        const mechanism = mechanisms[index] as NumericMechanism;
        report[2 * i] = index;
        report[2 * i + 1] = mechanism.randomize(values[index] as number, random);
      });
      return report;
    },
    randomizeBatch(columns, random = platformRandom()) {
      checkRecord(columns, "columns");
      const n = (columns[0] as ArrayLike<number>).length;
      columns.forEach((column, index) => {
        if (column.length !== n) {
          throw new LdpError(
            "EMRX_MISMATCH",
            `columns[${index}] has ${column.length} rows; expected ${n}`,
          );
        }
        for (let row = 0; row < n; row++) {
          if (!Number.isFinite(column[row])) checkNumber(column[row], `columns[${index}][${row}]`);
        }
      });
      // First who answers what, then one number at a time over all its rows.
      const reports = new Uint16Array(2 * k * n);
      const places: number[][] = mechanisms.map(() => []);
      const [subsets, words] = [subsetSampler(D), new WordStream(random, BLOCK)];
      const chosen = new Uint16Array(k);
      for (let row = 0; row < n; row++) {
        choose(chosen, subsets, words);
        for (let i = 0; i < k; i++) (places[chosen[i] as number] as number[]).push(row * k + i);
      }
      mechanisms.forEach((mechanism, index) => {
        const own = places[index] as number[];
        const column = columns[index] as ArrayLike<number>;
        const values = Float64Array.from(own, (place) => column[Math.floor(place / k)] as number);
        const cellsOf = mechanism.randomizeBatch(values, random);
        own.forEach((place, i) => {
          reports[2 * place] = index;
          reports[2 * place + 1] = cellsOf[i] as number;
        });
      });
      return reports;
    },
    ...tallies(rules),
    estimate,
    variance,
    exactEpsilon: () => exactLoss(worstRatio, epsilon),
    channel: () => {
      const one = (mechanisms[0] as NumericMechanism).channel();
      const choices = combinations(D, k);
      const digit = (number: number, base: number, place: number): number =>
        Math.floor(number / base ** place) % base;
      return enumerable(
        {
          inputs: (steps + 1) ** D,
          outputs: Number(choices) * cells ** k,
          probability(output, input) {
            let probability = rational(1n, choices);
            combinationAt(D, k, Math.floor(output / cells ** k)).forEach((index, i) => {
              const cell = digit(output, cells, i);
              const position = digit(input, steps + 1, index);
              probability = multiply(probability, one.probability(cell, position));
            });
            return probability;
          },
        },
        identity,
      );
    },
    ...codec,
  };
}

/** max(1, min(D, floor(epsilon / 2.5))), N. Wang et al.'s rule, on the exact decimal. */
function bestAnswered(epsilon: string, D: number): number {
  const { numerator, denominator } = decimalToRational(epsilon);
  return Math.max(1, Math.min(D, Number((2n * numerator) / (5n * denominator))));
}

/** epsilon / k, rounded down to 12 digits after the point. */
function dividedDown(epsilon: string, k: number): string {
  const { numerator, denominator } = decimalToRational(epsilon);
  const scaled = (numerator * 10n ** 12n) / (denominator * BigInt(k));
  const digits = scaled.toString().padStart(13, "0");
  return parseEpsilon(`${digits.slice(0, -12)}.${digits.slice(-12)}`);
}
