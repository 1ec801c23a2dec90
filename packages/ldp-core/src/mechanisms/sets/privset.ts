// The PrivSet mechanism for sets of codes: report k items that meet the person's set a little more often than not.

import { integer, object, optional } from "@emrx/internal/shape";
import { check } from "../../errors/check.js";
import { LdpError } from "../../errors/ldp-error.js";
import { decimalToRational } from "../../exact/decimal.js";
import { expLowerBound } from "../../exact/exp.js";
import {
  add,
  multiply,
  type Rational,
  rational,
  subtract,
  toNumber,
} from "../../exact/rational.js";
import { chooseBits, preferredThreshold, probabilityOf } from "../../exact/thresholds.js";
import { discreteSampler } from "../../random/discrete.js";
import { platformRandom } from "../../random/platform.js";
import type { RandomSource } from "../../random/source.js";
import { WordStream } from "../../random/stream.js";
import { type SubsetSampler, subsetSampler } from "../../random/subset.js";
import { combinationAt, combinations } from "../common/combinations.js";
import { oracleShapes } from "../common/options.js";
import { type PureParts, pureOracle } from "../common/pure.js";
import { BLOCK, twoPartRatio } from "../common/two-part.js";
import { listReports } from "./subset-list.js";

/** Parameters of {@link privset}. */
export interface PrivSetOptions {
  /** Number of codes d, 2..60000. */
  readonly categories: number;
  /** The most codes L that a person's set counts with, 1..64; public and fixed beforehand. */
  readonly atMost: number;
  /** Privacy budget of the whole set: decimal string or number in (0, 32]. */
  readonly epsilon: string | number;
  /** Number of items k in a report; the best one unless given. */
  readonly size?: number;
  /** Random bits behind the threshold, 1..64; chosen by itself unless given. */
  readonly bits?: number;
}

/** Sets of codes, one a record: the codes of set i are `codes[offsets[i]]` to before `codes[offsets[i + 1]]`. */
export interface SetColumn {
  readonly codes: ArrayLike<number>;
  readonly offsets: ArrayLike<number>;
}

/**
 * PrivSet. A report is k items in ascending order; items from d on are dummies. `support` and `variance` are those of one
 * code; `aggregator` counts all d + L items, `estimate` returns the d codes.
 */
export interface PrivSet extends PureParts<Uint16Array, Uint16Array> {
  readonly name: "privset";
  /** The most codes L that a set counts with. */
  readonly atMost: number;
  /** Number of items k in a report. */
  readonly size: number;
  /** One report for a set of different codes. @throws EMRX_VALUE_OUTSIDE_DOMAIN */
  randomize(codes: ArrayLike<number>, random?: RandomSource): Uint16Array;
  /** k items a report; nothing is drawn unless all sets are valid. @throws EMRX_VALUE_OUTSIDE_DOMAIN */
  randomizeBatch(sets: SetColumn, random?: RandomSource): Uint16Array;
}

/**
 * The PrivSet mechanism (S. Wang et al., INFOCOM 2018) for a set of at most L codes out of d, such as diagnoses.
 *
 * **Mechanism.** The set is padded to exactly L different items by dummies from L extra items, D = d + L in all; of a larger
 * set a uniform subset of L codes is taken. A k-subset of the D items is reported: with probability T / 2^b a uniform one
 * among those that meet the set, otherwise a uniform one among those that do not,
 *
 * $`T = \lfloor 2^b e^\varepsilon H / (e^\varepsilon H + M) \rfloor, \quad M = \binom{D - L}{k}, \quad H = \binom{D}{k} - M`$.
 *
 * **Proof of privacy.** Every input has L items, so H and M are the same for all. A report has probability T / (2^b H) if it
 * meets the set and (2^b - T) / (2^b M) if not; the ratio T M / ((2^b - T) H) is at most e^epsilon, as T is rounded down.
 * The budget pays for the whole set, its size included. Reports are sorted: an order could tell the true codes.
 *
 * **Side channel.** A set of more than L codes draws ceil(L / 2) random words more than any other, to choose L of its codes: whoever can watch the
 * generator or measure the time of one randomization can tell that the set was larger. Choose L so that hardly any set is.
 *
 * **Estimator.** A code of the set is reported with probability p, another with q (both exact fractions), whatever the rest of
 * the set is: `estimate` gives the share of people who have each code. If sets larger than L occur, a code of a set of s > L
 * codes counts only L / s.
 *
 * @param options - domain, size limit and budget
 * @returns the mechanism
 * @throws EMRX_BAD_DOMAIN, EMRX_BAD_EPSILON, EMRX_BAD_PARAMETER, EMRX_DEGENERATE_MECHANISM
 * @example
 * ```ts
 * import { seededRandom } from "@emrx/ldp-core";
 * import { privset } from "@emrx/ldp-core/mechanisms";
 *
 * const diagnoses = privset({ categories: 1024, atMost: 5, epsilon: "1" });
 * diagnoses.size; // => 53
 * diagnoses.randomize([17, 900], seededRandom("example")).length; // => 53
 * ```
 */
export function privset(options: PrivSetOptions): PrivSet {
  const given = check(
    object({ ...oracleShapes(60_000), atMost: integer(1, 64), size: optional(integer(1)) }),
    options,
    "options",
  );
  const { categories: d, epsilon, bits: requestedBits } = given;
  const L = check(integer(1, Math.min(64, d)), given.atMost, "options.atMost");
  const D = d + L;
  const best = (): number => bestSize(D, L, toNumber(expLowerBound(decimalToRational(epsilon))));
  const k = check(integer(1, d), given.size ?? best(), "options.size");
  const miss = combinations(D - L, k);
  const hit = combinations(D, k) - miss;
  const threshold = chooseBits(
    epsilon,
    requestedBits,
    (expEpsilon, bits) => preferredThreshold(hit, miss, expEpsilon, bits),
    (chosen) => twoPartRatio(chosen, hit, miss),
  );
  const isHit = probabilityOf(threshold);
  const isMiss = subtract(rational(1), isHit);

  // How many items of the set a report contains: none with probability 1 - T / 2^b, else j in proportion to the number of
  // k-subsets that contain exactly j of them.
  const { T, bits } = threshold;
  const overlaps = discreteSampler([
    ((1n << BigInt(bits)) - T) * hit,
    ...Array.from(
      { length: Math.min(L, k) },
      (_, i) => T * combinations(L, i + 1) * combinations(D - L, k - i - 1),
    ),
  ]);

  const withCode = combinations(D - 1, k - 1);
  const withCodeButNotSet = combinations(D - L - 1, k - 1);
  const support = {
    p: multiply(isHit, rational(withCode, hit)),
    q: add(
      multiply(isHit, rational(withCode - withCodeButNotSet, hit)),
      multiply(isMiss, rational(withCodeButNotSet, miss)),
    ),
  };

  /** The person's L items, ascending: codes (a uniform subset of L if there are more), then dummies. */
  function itemsOf(codes: ArrayLike<number>, words: WordStream): Uint32Array {
    const items = new Uint32Array(L);
    const kept = Math.min(L, codes.length);
    const places = codes.length > L ? subsetSampler(codes.length).draw(L, words) : undefined;
    for (let i = 0; i < kept; i++) items[i] = codes[places ? (places[i] as number) : i] as number;
    for (let i = kept; i < L; i++) items[i] = d + i;
    return items.sort();
  }

  function write(
    codes: ArrayLike<number>,
    report: Uint16Array,
    words: WordStream,
    fromSet: SubsetSampler,
    fromRest: SubsetSampler,
  ): void {
    const items = itemsOf(codes, words);
    const overlap = overlaps.draw(words);
    const mine = fromSet.draw(overlap, words);
    for (let i = 0; i < overlap; i++) report[i] = items[mine[i] as number] as number;
    const others = fromRest.draw(k - overlap, words);
    for (let i = 0; i < k - overlap; i++) {
      let item = others[i] as number; // the rank among the items outside the set
      for (let s = 0; s < L && (items[s] as number) <= item; s++) item++;
      report[overlap + i] = item;
    }
    report.sort(); // numerically, as typed arrays do
  }

  function checkSet(codes: ArrayLike<number>, place: string): void {
    const seen = new Set<number>();
    for (let i = 0; i < codes.length; i++) {
      const code = codes[i] as number;
      if (!Number.isInteger(code) || code < 0 || code >= d || seen.has(code)) {
        throw new LdpError(
          "EMRX_VALUE_OUTSIDE_DOMAIN",
          `${place}[${i}] is no code index or comes twice; expected different code indices in 0..${d - 1}`,
        );
      }
      seen.add(code);
    }
  }

  const sets = inputSets(d, L);
  const probabilities: readonly [Rational, Rational] = [
    multiply(isMiss, rational(1, miss)),
    multiply(isHit, rational(1, hit)),
  ];
  const parts = pureOracle("privset", {
    categories: d,
    epsilon,
    bits,
    parameters: `atMost=${L} size=${k}`,
    support,
    worstRatio: twoPartRatio(threshold, hit, miss),
    supportOf: (counts) => Array.from({ length: d }, (_, v) => counts[v] as number),
    inputs: sets.count,
    outputs: Number(combinations(D, k)),
    probability(output, input) {
      const items = new Set(sets.at(input));
      for (let dummy = d + items.size; items.size < L; dummy++) items.add(dummy);
      const meets = combinationAt(D, k, output).some((item) => items.has(item));
      return probabilities[meets ? 1 : 0];
    },
    ...listReports(D, k),
  });

  return {
    ...parts,
    atMost: L,
    size: k,
    randomize(codes, random = platformRandom()) {
      checkSet(codes, "codes");
      const report = new Uint16Array(k);
      write(codes, report, new WordStream(random, 1), subsetSampler(L), subsetSampler(d));
      return report;
    },
    randomizeBatch({ codes, offsets }, random = platformRandom()) {
      const setAt = (i: number): ArrayLike<number> =>
        Array.prototype.slice.call(codes, offsets[i] as number, offsets[i + 1] as number);
      const n = offsets.length - 1;
      for (let i = 0; i < n; i++) checkSet(setAt(i), `sets[${i}]`);
      const column = new Uint16Array(n * k);
      const words = new WordStream(random, BLOCK);
      const [fromSet, fromRest] = [subsetSampler(L), subsetSampler(d)];
      for (let i = 0; i < n; i++) {
        write(setAt(i), column.subarray(i * k, (i + 1) * k), words, fromSet, fromRest);
      }
      return column;
    },
  };
}

/** All sets of at most L of d codes, numbered by size. */
function inputSets(d: number, L: number): { count: number; at(index: number): number[] } {
  const sizes = Array.from({ length: L + 1 }, (_, size) => Number(combinations(d, size)));
  return {
    count: sizes.reduce((a, b) => a + b, 0),
    at(index) {
      let rest = index;
      let size = 0;
      while (rest >= (sizes[size] as number)) rest -= sizes[size++] as number;
      return combinationAt(d, size, rest);
    },
  };
}

/** The size k with the least variance at f = 0, from the ideal probabilities in doubles: it decides utility only. */
export function bestSize(D: number, L: number, expEpsilon: number): number {
  let [best, least] = [1, Number.POSITIVE_INFINITY];
  for (let k = 1; k <= D - L; k++) {
    let miss = 1; // C(D - L, k) / C(D, k)
    for (let i = 0; i < L; i++) miss *= (D - k - i) / (D - i);
    const total = expEpsilon * (1 - miss) + miss;
    const missWithCode = (miss * k) / (D - L);
    const p = (expEpsilon * k) / D / total;
    const q = (expEpsilon * (k / D - missWithCode) + missWithCode) / total;
    const variance = (q * (1 - q)) / (p - q) ** 2;
    if (variance < least) [best, least] = [k, variance];
  }
  return best;
}
