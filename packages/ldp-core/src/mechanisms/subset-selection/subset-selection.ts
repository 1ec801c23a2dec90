// Subset selection: report a set of w categories that contains the true one a little more often than any other.

import { integer, object, optional } from "@emrx/internal/shape";
import { check } from "../../errors/check.js";
import { decimalToRational } from "../../exact/decimal.js";
import { expLowerBound } from "../../exact/exp.js";
import {
  add,
  compare,
  divide,
  floorDivide,
  multiply,
  type Rational,
  rational,
  subtract,
} from "../../exact/rational.js";
import { chooseBits, preferredThreshold, probabilityOf } from "../../exact/thresholds.js";
import { platformRandom } from "../../random/platform.js";
import { WordStream } from "../../random/stream.js";
import { subsetSampler } from "../../random/subset.js";
import { coins, digitsOf } from "../common/bernoulli.js";
import { bitmapReports } from "../common/bitmap.js";
import { combinationAt, combinations } from "../common/combinations.js";
import { checkValue, checkValues } from "../common/domain.js";
import { oracleShapes } from "../common/options.js";
import type { FrequencyOracle } from "../common/oracle.js";
import { pureOracle } from "../common/pure.js";
import { BLOCK, twoPartRatio } from "../common/two-part.js";

/** Parameters of {@link subsetSelection}. */
export interface SubsetSelectionOptions {
  /** Number of categories d, 2..4096. */
  readonly categories: number;
  /** Privacy budget: decimal string or number in (0, 32]. */
  readonly epsilon: string | number;
  /** Size w of the reported subset, 1..d-1; the best one unless given. */
  readonly size?: number;
  /** Random bits behind the threshold, 1..64; chosen by itself unless given. */
  readonly bits?: number;
}

/** Subset selection; a report is a bitmap of the categories, in which order says nothing. */
export type SubsetSelection = FrequencyOracle<Uint8Array<ArrayBuffer>, Uint32Array> & {
  readonly name: "ss";
  /** Size w of the reported subset. */
  readonly size: number;
};

/** The largest domain of subset selection: a report has a bit for each category. */
const LARGEST = 4096;

/**
 * Subset selection (S. Wang et al., arXiv 1607.08025; Ye and Barg, IEEE Transactions on Information Theory 2018).
 *
 * **Mechanism.** With probability p = T / 2^b report the true category together with a uniform set of w - 1 others, otherwise
 * a uniform set of w others: T = floor(2^b w e^epsilon / (w e^epsilon + d - w)).
 *
 * **Proof of privacy.** A set that contains the input has probability p / C(d-1, w-1), any other (1 - p) / C(d-1, w). Their
 * ratio is T (d - w) / ((2^b - T) w) <= e^epsilon, as T is rounded down. The report is a bitmap: in a list, the place of
 * the true category would tell it.
 *
 * **Size.** floor or ceil of d / (e^epsilon + 1), whichever has the smaller sum of variances d V0 + K, where
 * V0 = q (1 - q) / (p - q)^2 is n times the variance at frequency 0 and V0 + K = V0 + (1 - p - q) / (p - q) that at frequency 1.
 *
 * **Use.** The least summed variance of all pure mechanisms; a report costs d bits.
 *
 * @param options - domain size and budget
 * @returns the mechanism
 * @throws EMRX_BAD_DOMAIN, EMRX_BAD_EPSILON, EMRX_BAD_PARAMETER, EMRX_DEGENERATE_MECHANISM
 * @example
 * ```ts
 * import { seededRandom } from "@emrx/ldp-core";
 * import { subsetSelection } from "@emrx/ldp-core/mechanisms";
 *
 * const ward = subsetSelection({ categories: 16, epsilon: "1" });
 * ward.size; // => 4
 * ward.randomize(3, seededRandom("example")).length; // => 2
 * ```
 */
export function subsetSelection(options: SubsetSelectionOptions): SubsetSelection {
  const {
    categories: d,
    epsilon,
    bits,
    size,
  } = check(
    object({ ...oracleShapes(LARGEST), size: optional(integer(1, LARGEST - 1)) }),
    options,
    "options",
  );
  const w = check(
    integer(1, d - 1),
    size ?? bestSubsetSize(d, decimalToRational(epsilon)),
    "options.size",
  );
  const threshold = chooseBits(
    epsilon,
    bits,
    (expEpsilon, bits) => preferredThreshold(w, d - w, expEpsilon, bits),
    (chosen) => twoPartRatio(chosen, w, d - w),
  );
  const p = probabilityOf(threshold);
  const support = { p, q: othersShare(d, w, p) };
  const digits = digitsOf(threshold);
  const words = Math.ceil(d / 32);
  const withInput = divide(p, rational(combinations(d - 1, w - 1)));
  const without = divide(subtract(rational(1), p), rational(combinations(d - 1, w)));
  const { toBitmap, ...reports } = bitmapReports(d, w);

  /** Writes one report: w others, drawn in any case; then the true category takes the place of the last, or not. */
  function write(
    value: number,
    target: Uint32Array,
    at: number,
    stream: WordStream,
    others: ReturnType<typeof subsetSampler>,
  ): void {
    const isIncluded = coins(digits, 1, stream);
    const drawn = others.draw(w, stream); // among 0..d-2, to be moved past the value
    for (let i = 0; i < w; i++) {
      const other = drawn[i] as number;
      const moved = other + (other >= value ? 1 : 0);
      const category = i === w - 1 && isIncluded === 1 ? value : moved;
      const word = at + (category >> 5);
      target[word] = (target[word] as number) | (1 << (category & 31));
    }
  }

  const oracle = pureOracle("ss", {
    categories: d,
    epsilon,
    bits: threshold.bits,
    parameters: `size=${w}`,
    support,
    worstRatio: twoPartRatio(threshold, w, d - w),
    outputs: Number(combinations(d, w)),
    probability: (output, input) =>
      combinationAt(d, w, output).includes(input) ? withInput : without,
    randomize(value, random = platformRandom()) {
      checkValue(value, d);
      const report = new Uint32Array(words);
      write(value, report, 0, new WordStream(random, 1), subsetSampler(d - 1));
      return toBitmap(report, 0);
    },
    randomizeBatch(values, random = platformRandom()) {
      checkValues(values, d);
      const column = new Uint32Array(values.length * words);
      const stream = new WordStream(random, BLOCK);
      const others = subsetSampler(d - 1);
      for (let i = 0; i < values.length; i++) {
        write(values[i] as number, column, i * words, stream, others);
      }
      return column;
    },
    ...reports,
  });
  return { ...oracle, size: w };
}

/** q: a given other category is among the w - 1 or w drawn from d - 1. */
function othersShare(d: number, w: number, p: Rational): Rational {
  return divide(subtract(rational(w), p), rational(d - 1));
}

/** The neighbour of d / (e^epsilon + 1) with the smaller sum of variances, decided in fractions. */
export function bestSubsetSize(d: number, epsilon: Rational): number {
  const expEpsilon = expLowerBound(epsilon);
  const ideal = divide(rational(d), add(expEpsilon, rational(1)));
  const lower = Math.max(1, Number(floorDivide(ideal.numerator, ideal.denominator)));
  const cost = (w: number): Rational => {
    const weight = multiply(rational(w), expEpsilon);
    const p = divide(weight, add(weight, rational(d - w)));
    const q = othersShare(d, w, p);
    const gap = subtract(p, q);
    const base = divide(multiply(q, subtract(rational(1), q)), multiply(gap, gap));
    const slope = divide(subtract(subtract(rational(1), p), q), gap);
    return add(multiply(rational(d), base), slope);
  };
  const upper = Math.min(d - 1, lower + 1);
  return compare(cost(upper), cost(lower)) < 0 ? upper : lower;
}
