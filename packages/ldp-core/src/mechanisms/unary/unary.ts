// Unary encoding: one bit a category, each flipped on its own. The sampler that SUE, OUE and general UE share.
import { divide, multiply, type Rational, rational, subtract } from "../../exact/rational.js";
import { probabilityOf, type Threshold } from "../../exact/thresholds.js";
import { platformRandom } from "../../random/platform.js";
import { WordStream } from "../../random/stream.js";
import { coins, digitsOf } from "../common/bernoulli.js";
import { bitmapReports, lastLanes } from "../common/bitmap.js";
import { checkValue, checkValues } from "../common/domain.js";
import type { FrequencyOracle } from "../common/oracle.js";
import { pureOracle } from "../common/pure.js";
import { BLOCK } from "../common/two-part.js";

/** A unary encoding; a report is a bitmap, a column holds ceil(d / 32) words a report. */
export type UnaryOracle<Name extends string> = FrequencyOracle<
  Uint8Array<ArrayBuffer>,
  Uint32Array
> & {
  readonly name: Name;
};

/** Thresholds of the true category's bit and of every other bit. */
export interface UnaryThresholds {
  readonly p: Threshold;
  readonly q: Threshold;
}

/**
 * p (1 - q) / ((1 - p) q): two inputs differ in the bits of two categories, and the worst report has the first set and the
 * second clear.
 */
export function unaryRatio(thresholds: UnaryThresholds): Rational {
  const [p, q] = [probabilityOf(thresholds.p), probabilityOf(thresholds.q)];
  const one = rational(1);
  return divide(multiply(p, subtract(one, q)), multiply(subtract(one, p), q));
}

/** A unary encoding from its two thresholds; both have the same number of bits. */
export function unary<Name extends string>(
  name: Name,
  d: number,
  epsilon: string,
  thresholds: UnaryThresholds,
  parameters?: string,
): UnaryOracle<Name> {
  const support = { p: probabilityOf(thresholds.p), q: probabilityOf(thresholds.q) };
  const trueDigits = digitsOf(thresholds.p);
  const otherDigits = digitsOf(thresholds.q);
  const width = Math.ceil(d / 32);
  const lastWord = lastLanes(d);
  const { toBitmap, ...reports } = bitmapReports(d);

  /** Writes the words of one report. The bits of all categories are drawn as if false, then the true one is replaced. */
  function write(value: number, target: Uint32Array, at: number, words: WordStream): void {
    for (let i = 0; i < width; i++) {
      target[at + i] = coins(otherDigits, i === width - 1 ? lastWord : -1, words);
    }
    const lane = 1 << (value & 31);
    const index = at + (value >> 5);
    const answer = -coins(trueDigits, 1, words) & lane;
    target[index] = ((target[index] as number) & ~lane) | answer;
  }

  return pureOracle(name, {
    categories: d,
    epsilon,
    bits: thresholds.p.bits,
    ...(parameters === undefined ? {} : { parameters }),
    support,
    worstRatio: unaryRatio(thresholds),
    outputs: 2 ** d,
    probability(output, input) {
      let probability = rational(1);
      for (let v = 0; v < d; v++) {
        const set = v === input ? support.p : support.q;
        const isSet = Math.floor(output / 2 ** v) % 2 === 1;
        probability = multiply(probability, isSet ? set : subtract(rational(1), set));
      }
      return probability;
    },

    randomize(value, random = platformRandom()) {
      checkValue(value, d);
      const words = new Uint32Array(width);
      write(value, words, 0, new WordStream(random, 1));
      return toBitmap(words, 0);
    },
    randomizeBatch(values, random = platformRandom()) {
      checkValues(values, d);
      const column = new Uint32Array(values.length * width);
      const words = new WordStream(random, BLOCK);
      for (let i = 0; i < values.length; i++) write(values[i] as number, column, i * width, words);
      return column;
    },
    ...reports,
  });
}
