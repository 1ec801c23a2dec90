// Unary encodings whose bits are not all alike: categories fall into classes, and each class has its own two probabilities.
import type { Channel } from "../../audit/channel.js";
import {
  compare,
  divide,
  multiply,
  type Rational,
  rational,
  subtract,
} from "../../exact/rational.js";
import { probabilityOf, type Threshold, tooFewBits } from "../../exact/thresholds.js";
import { platformRandom } from "../../random/platform.js";
import { WordStream } from "../../random/stream.js";
import { coins, digitsOf } from "../common/bernoulli.js";
import { bitmapReports } from "../common/bitmap.js";
import { checkValue, checkValues } from "../common/domain.js";
import type { FrequencyEstimate, FrequencyOracle, SupportProbabilities } from "../common/oracle.js";
import { checkCounts, enumerable, pureEstimator } from "../common/pure.js";
import { tallies } from "../common/tally.js";
import { BLOCK } from "../common/two-part.js";

/**
 * A unary encoding with classes of categories. Members are as in `FrequencyOracle`; the probabilities, and so the variance, are
 * those of a category.
 */
export interface ValueUnary
  extends Pick<
    FrequencyOracle<Uint8Array<ArrayBuffer>, Uint32Array>,
    | "identity"
    | "categories"
    | "bits"
    | "reportBytes"
    | "randomize"
    | "randomizeBatch"
    | "aggregator"
    | "aggregatorFromBytes"
    | "estimate"
    | "channel"
    | "encode"
    | "decode"
    | "encodeBatch"
    | "decodeBatch"
  > {
  /** Exact probabilities of a category's bit when it is the true one (p), and when it is not (q). */
  supportOf(category: number): SupportProbabilities;
  /** Variance of the estimate of a category from n reports when its true frequency is f. */
  variance(n: number, f: number, category: number): number;
  /** The exact largest ratio P(report | a) / P(report | b) over all reports, for two different categories. */
  pairRatio(a: number, b: number): Rational;
}

/** Thresholds of one class: its bit when true, and when false; q may be 0. */
export interface ClassThresholds {
  readonly p: Threshold;
  readonly q: Threshold;
}

/** A unary encoding from the class of each category and the thresholds of each class. */
export function valueUnary(
  identity: string,
  classOf: readonly number[],
  classes: readonly ClassThresholds[],
): ValueUnary {
  const d = classOf.length;
  const width = Math.ceil(d / 32);
  const supports = classes.map(({ p, q }) => ({ p: probabilityOf(p), q: probabilityOf(q) }));
  // A bit that is not likelier where it is true has no estimator, and its worst report would be another one.
  if (supports.some(({ p, q }) => compare(p, q) <= 0))
    throw tooFewBits((classes[0] as ClassThresholds).p.bits);
  const trueDigits = classes.map(({ p }) => digitsOf(p));
  const otherDigits = classes.map(({ q }) => digitsOf(q));
  const bits = (classes[0] as ClassThresholds).p.bits;
  // The bits of each word that belong to a class.
  const lanes = classes.map((_, c) => {
    const words = new Int32Array(width);
    classOf.forEach((own, v) => {
      if (own === c) words[v >> 5] = (words[v >> 5] as number) | (1 << (v & 31));
    });
    return words;
  });
  const supportOf = (category: number): SupportProbabilities =>
    supports[classOf[category] as number] as (typeof supports)[number];

  function write(value: number, target: Uint32Array, at: number, words: WordStream): void {
    let answer = 0;
    for (let c = 0; c < classes.length; c++) {
      for (let i = 0; i < width; i++) {
        const wanted = (lanes[c] as Int32Array)[i] as number;
        target[at + i] =
          (target[at + i] as number) | coins(otherDigits[c] as Int32Array, wanted, words);
      }
      // The true bit is drawn for every class, so that what is drawn does not depend on the value.
      const own = coins(trueDigits[c] as Int32Array, 1, words);
      if (classOf[value] === c) answer = own;
    }
    const lane = 1 << (value & 31);
    const index = at + (value >> 5);
    target[index] = ((target[index] as number) & ~lane) | (-answer & lane);
  }

  const estimators = supports.map((support) => pureEstimator(1, support));
  const estimatorOf = (category: number) =>
    estimators[classOf[category] as number] as (typeof estimators)[number];
  function estimate(counts: ArrayLike<number>, n: number): FrequencyEstimate {
    checkCounts(counts, n, d);
    const frequencies = new Float64Array(d);
    const variances = new Float64Array(d);
    for (let v = 0; v < d; v++) {
      const one = estimatorOf(v).estimate([counts[v] as number], n);
      frequencies[v] = one.frequencies[0] as number;
      variances[v] = one.variances[0] as number;
    }
    return { n, frequencies, variances };
  }

  const one = rational(1);
  /** How much likelier a bit's answer, be it 1 or 0, can be with probability p of a 1 than with q. */
  const likelier = (p: Rational, q: Rational): Rational => {
    const [set, clear] = [divide(p, q), divide(subtract(one, p), subtract(one, q))];
    return compare(set, clear) > 0 ? set : clear;
  };
  const { addReport, addColumn, isPossible, toBitmap, ...codec } = bitmapReports(d);
  const rules = { identity, cells: d, addReport, addColumn, isPossible, estimate };
  return {
    identity,
    categories: d,
    bits,
    supportOf,
    variance: (n, f, category) => estimatorOf(category).variance(n, f),
    pairRatio(a, b) {
      const [x, y] = [supportOf(a), supportOf(b)];
      return multiply(likelier(x.p, x.q), likelier(y.q, y.p));
    },
    randomize(value, random = platformRandom()) {
      checkValue(value, d);
      const report = new Uint32Array(width);
      write(value, report, 0, new WordStream(random, 1));
      return toBitmap(report, 0);
    },
    randomizeBatch(values, random = platformRandom()) {
      checkValues(values, d);
      const column = new Uint32Array(values.length * width);
      const words = new WordStream(random, BLOCK);
      for (let i = 0; i < values.length; i++) write(values[i] as number, column, i * width, words);
      return column;
    },
    ...tallies(rules),
    estimate,
    channel: (): Channel =>
      enumerable(
        {
          inputs: d,
          outputs: 2 ** d,
          probability(output, input) {
            let probability = one;
            for (let v = 0; v < d; v++) {
              const { p, q } = supportOf(v);
              const set = v === input ? p : q;
              const isSet = Math.floor(output / 2 ** v) % 2 === 1;
              probability = multiply(probability, isSet ? set : subtract(one, set));
            }
            return probability;
          },
        },
        identity,
      ),
    ...codec,
  };
}
