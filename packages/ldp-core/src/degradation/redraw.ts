// Degradations of two-valued channels: a report is kept with an exact probability, else redrawn uniformly from all reports.
import {
  add,
  divide,
  floorDivide,
  multiply,
  type Rational,
  rational,
  subtract,
} from "../exact/rational.js";
import { chooseBits, nonDegenerate, probabilityOf, type Threshold } from "../exact/thresholds.js";
import { coins, digitsOf } from "../mechanisms/common/bernoulli.js";
import { checkSymbol, type SymbolColumn } from "../mechanisms/common/symbol.js";
import { BLOCK, forEachBlock, twoPart } from "../mechanisms/common/two-part.js";
import { WordStream } from "../random/stream.js";
import { subsetSampler } from "../random/subset.js";
import type { Degradation } from "./chain.js";

/**
 * A two-valued channel in units of the uniform distribution: how many times likelier than under it a preferred report is
 * (`inside`), and any other (`outside`). It says everything about privacy that there is to say; inside / outside is the ratio.
 */
export interface TwoValues {
  readonly inside: Rational;
  readonly outside: Rational;
}

/** The two values of a channel from its ratio and the share of all reports that is preferred. */
export function twoValues(ratio: Rational, share: Rational): TwoValues {
  const total = add(multiply(share, ratio), subtract(rational(1), share));
  return { inside: divide(ratio, total), outside: divide(rational(1), total) };
}

/** One level down: x becomes k x + (1 - k) u, where u is what it would be under the uniform distribution. */
export const mixed = (x: Rational, kept: Rational, uniform: Rational): Rational =>
  add(multiply(kept, x), multiply(subtract(rational(1), kept), uniform));

/** The two values one level down. */
function degraded({ inside, outside }: TwoValues, keep: Threshold): TwoValues {
  const [kept, one] = [probabilityOf(keep), rational(1)];
  return { inside: mixed(inside, kept, one), outside: mixed(outside, kept, one) };
}

/**
 * The largest probability k = T / 2^b of keeping a report: k inside + (1 - k) <= E (k outside + (1 - k)) is
 * k (inside - 1 + E (1 - outside)) <= E - 1, rounded down.
 */
function keepThreshold(
  { inside, outside }: TwoValues,
  epsilon: string,
  requested: number | undefined,
): Threshold {
  const one = rational(1);
  return chooseBits(
    epsilon,
    requested,
    (expEpsilon, bits) => {
      const excess = add(subtract(inside, one), multiply(expEpsilon, subtract(one, outside)));
      const most = divide(subtract(expEpsilon, one), excess);
      return nonDegenerate({
        T: floorDivide(most.numerator << BigInt(bits), most.denominator),
        bits,
      });
    },
    (keep) => {
      const below = degraded({ inside, outside }, keep);
      return divide(below.inside, below.outside);
    },
  );
}

/** One lower level of a chain of redrawn reports. */
export interface KeptLevel {
  readonly epsilon: string;
  /** The level's number; 0 is the highest. */
  readonly index: number;
  /** With what probability a report of the level above is kept. */
  readonly keep: Threshold;
  /** The channel's two values at this level. */
  readonly values: TwoValues;
  /** With what probability the highest level's report is kept down to this level. */
  readonly kept: Rational;
}

/** All lower levels of a chain of redrawn reports, from its highest level's two values. */
export function keptLevels(
  highest: TwoValues,
  epsilons: readonly string[],
  requested: number | undefined,
): readonly KeptLevel[] {
  let values = highest;
  let kept = rational(1);
  return epsilons.slice(1).map((epsilon, i) => {
    const keep = keepThreshold(values, epsilon, requested);
    values = degraded(values, keep);
    kept = multiply(kept, probabilityOf(keep));
    return { epsilon, index: i + 1, keep, values, kept };
  });
}

/** P(lower | upper) where `reports` are possible. */
export function stepProbability(
  keep: Threshold,
  reports: number | bigint,
): Degradation<never>["probability"] {
  const kept = probabilityOf(keep);
  const redrawn = divide(subtract(rational(1), kept), rational(reports));
  const same = add(kept, redrawn);
  return (lower, upper) => (lower === upper ? same : redrawn);
}

/** Reports that are one symbol. */
export function redrawSymbols(keep: Threshold, symbols: number): Degradation<SymbolColumn> {
  const codes = twoPart(keep, 1, symbols); // code 0 keeps, code s + 1 puts s
  return {
    apply(column, random) {
      const reports = column.slice();
      forEachBlock(reports.length, (block, from) => {
        codes.fill(block, random);
        for (let i = 0; i < block.length; i++) {
          if (block[i] !== 0) reports[from + i] = checkSymbol((block[i] as number) - 1, symbols);
        }
      });
      return reports;
    },
    probability: stepProbability(keep, symbols),
  };
}

/** Reports of local hashing: the hash function stays, the bucket is redrawn. */
export function redrawBuckets(keep: Threshold, buckets: number): Degradation<Uint32Array> {
  const symbols = redrawSymbols(keep, buckets);
  return {
    apply(column, random) {
      const row = Uint32Array.from(
        { length: column.length / 3 },
        (_, i) => column[3 * i + 2] as number,
      );
      const drawn = symbols.apply(row, random);
      return column.map((word, i) => (i % 3 === 2 ? (drawn[(i - 2) / 3] as number) : word));
    },
    probability: (lower, upper) =>
      Math.floor(lower / buckets) === Math.floor(upper / buckets)
        ? symbols.probability(lower % buckets, upper % buckets)
        : rational(0),
  };
}

/** Reports that are a subset of w of d categories, as bitmaps; a new subset is drawn in any case. */
export function redrawSubsets(
  keep: Threshold,
  d: number,
  w: number,
  subsets: bigint,
): Degradation<Uint32Array> {
  const digits = digitsOf(keep);
  const width = Math.ceil(d / 32);
  return {
    apply(column, random) {
      const words = new WordStream(random, column.length > width ? BLOCK : 1);
      const sampler = subsetSampler(d);
      const reports = column.slice();
      for (let row = 0; row < column.length; row += width) {
        const isKept = coins(digits, 1, words) === 1;
        const drawn = sampler.draw(w, words);
        const subset = new Uint32Array(width);
        for (let i = 0; i < w; i++) {
          const category = drawn[i] as number;
          subset[category >> 5] = (subset[category >> 5] as number) | (1 << (category & 31));
        }
        if (!isKept) reports.set(subset, row);
      }
      return reports;
    },
    probability: stepProbability(keep, subsets),
  };
}
