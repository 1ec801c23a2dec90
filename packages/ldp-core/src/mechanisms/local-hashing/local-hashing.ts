// Local hashing: randomized response on a hash of the value, with a fresh hash function in every report.

import { integer, object, optional } from "@emrx/internal/shape";
import { check } from "../../errors/check.js";
import { decimalToRational } from "../../exact/decimal.js";
import { expLowerBound } from "../../exact/exp.js";
import { add, compare, multiply, rational, subtract } from "../../exact/rational.js";
import { chooseBits, preferredThreshold } from "../../exact/thresholds.js";
import { platformRandom } from "../../random/platform.js";
import { checkValue, checkValues } from "../common/domain.js";
import { oracleShapes } from "../common/options.js";
import type { FrequencyOracle } from "../common/oracle.js";
import { pureOracle } from "../common/pure.js";
import { forEachBlock, twoPart, twoPartRatio } from "../common/two-part.js";
import { affineHash, MERSENNE_31 } from "./affine-hash.js";
import { hashReports, type LocalHashReport } from "./hash-report.js";

/** Parameters of {@link olh} and {@link blh}. */
export interface LocalHashingOptions {
  /** Number of categories d, 2..2^20. */
  readonly categories: number;
  /** Privacy budget: decimal string or number in (0, 32]. */
  readonly epsilon: string | number;
  /** Number of buckets g, 2..2^16; the best one unless given. */
  readonly buckets?: number;
  /** Random bits behind the threshold, 1..64; chosen by itself unless given. */
  readonly bits?: number;
}

/** Local hashing; a column holds three words a report: the hash function's a and b, and the bucket. */
export type LocalHashing<Name extends string> = FrequencyOracle<LocalHashReport, Uint32Array> & {
  readonly name: Name;
  /** Number of buckets g. */
  readonly buckets: number;
};

const MOST_BUCKETS = 1 << 16;

/**
 * Optimized local hashing (Wang, Blocki, Li and Jha, USENIX Security 2017, section 4.3), with the exactly best number of
 * buckets.
 *
 * **Mechanism.** Draw a hash function h from a family (`affineHash`), independently of the value; send h and the bucket h(x)
 * randomized by GRR over the g buckets: the true bucket with probability
 * p = T / 2^b, T = floor(2^b e^epsilon / (e^epsilon + g - 1)).
 *
 * **Proof of privacy.** The hash function is independent of the value. Given it, the bucket is a GRR report over g values,
 * whose ratio is T (g - 1) / (2^b - T) <= e^epsilon. Nothing depends on how good the hash is.
 *
 * **Estimator.** A report supports every value that its function maps to its bucket. With c the exact collision probability
 * of the family, q = c p + (1 - c)(1 - p) / (g - 1) is exact (*not* 1 / (e^epsilon + g - 1), a known mistake), so
 * the estimate is exactly unbiased.
 *
 * **Number of buckets.** The variance at f = 0 is least for the smallest g with g (g - 1) >= e^(2 epsilon).
 *
 * **Use.** Small reports (9 to 10 bytes) for large domains; the aggregator does d steps a report.
 *
 * @param options - domain size and budget
 * @returns the mechanism
 * @throws EMRX_BAD_DOMAIN, EMRX_BAD_EPSILON, EMRX_BAD_PARAMETER, EMRX_DEGENERATE_MECHANISM
 * @example
 * ```ts
 * import { seededRandom } from "@emrx/ldp-core";
 * import { olh } from "@emrx/ldp-core/mechanisms";
 *
 * const code = olh({ categories: 70_000, epsilon: "1" });
 * code.buckets; // => 4
 * code.randomize(69_999, seededRandom("example")).bucket < 4; // => true
 * ```
 */
export function olh(options: LocalHashingOptions): LocalHashing<"olh"> {
  const given = check(
    object({ ...oracleShapes(), buckets: optional(integer(2, MOST_BUCKETS)) }),
    options,
    "options",
  );
  return localHashing("olh", { ...given, buckets: given.buckets ?? bestBuckets(given.epsilon) });
}

/**
 * Binary local hashing (Bassily and Smith, STOC 2015, as simplified by Wang et al. 2017): {@link olh} with two buckets, one
 * payload bit a report. Never better than `olh`; kept for comparison.
 *
 * @param options - domain size and budget
 * @returns the mechanism
 * @throws EMRX_BAD_DOMAIN, EMRX_BAD_EPSILON, EMRX_BAD_PARAMETER, EMRX_DEGENERATE_MECHANISM
 * @example
 * ```ts
 * import { blh } from "@emrx/ldp-core/mechanisms";
 *
 * blh({ categories: 100, epsilon: "1" }).buckets; // => 2
 * ```
 */
export function blh(options: Omit<LocalHashingOptions, "buckets">): LocalHashing<"blh"> {
  const given = check(object(oracleShapes()), options, "options");
  return localHashing("blh", { ...given, buckets: 2 });
}

/** The smallest g with g (g - 1) >= e^(2 epsilon), at most 2^16; an error of the bound can only matter at a tie. */
export function bestBuckets(epsilon: string): number {
  const square = expLowerBound(multiply(decimalToRational(epsilon), rational(2)));
  const isEnough = (g: number): boolean => compare(rational(g * (g - 1)), square) >= 0;
  let [low, high] = [2, MOST_BUCKETS];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isEnough(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Options that were checked: epsilon is a canonical decimal, there are no more buckets than elements of the field. */
interface CheckedOptions {
  readonly categories: number;
  readonly epsilon: string;
  readonly buckets: number;
  readonly bits?: number;
}

/** Local hashing over any prime field that holds the domain; the tests enumerate small ones. */
export function localHashing<Name extends string>(
  name: Name,
  options: CheckedOptions,
  prime: number = MERSENNE_31,
): LocalHashing<Name> {
  const { categories: d, epsilon, bits, buckets: g } = options;
  const threshold = chooseBits(
    epsilon,
    bits,
    (expEpsilon, bits) => preferredThreshold(1, g - 1, expEpsilon, bits),
    (chosen) => twoPartRatio(chosen, 1, g - 1),
  );
  const family = affineHash(prime, g);
  const codes = twoPart(threshold, 1, g - 1);
  const { insideCell: p, outsideCell: lie } = codes;
  const q = add(
    multiply(family.collision, p),
    multiply(subtract(rational(1), family.collision), lie),
  );
  // As in GRR: code 0 is the truth, the others move round the circle of buckets.
  const turn = (bucket: number, code: number): number => (bucket + code) % g;
  const field = rational(1, BigInt(prime) ** 2n);

  const oracle = pureOracle(name, {
    categories: d,
    epsilon,
    bits: threshold.bits,
    parameters: `buckets=${g}`,
    support: { p, q },
    worstRatio: twoPartRatio(threshold, 1, g - 1),
    outputs: prime ** 2 * g,
    probability(output, input) {
      const bucket = output % g;
      const b = Math.floor(output / g) % prime;
      const a = Math.floor(output / g / prime);
      return multiply(field, family.hash(a, b, input) === bucket ? p : lie);
    },
    randomize(value, random = platformRandom()) {
      checkValue(value, d);
      const seed = new Uint32Array(2);
      family.fillField(seed, random);
      const [a, b] = [seed[0] as number, seed[1] as number];
      return { a, b, bucket: turn(family.hash(a, b, value), codes.draw(random)) };
    },
    randomizeBatch(values, random = platformRandom()) {
      checkValues(values, d);
      const reports = new Uint32Array(3 * values.length);
      const seeds = new Uint32Array(2 * 16384);
      forEachBlock(values.length, (block, from) => {
        const drawn = seeds.subarray(0, 2 * block.length);
        family.fillField(drawn.subarray(0, block.length), random);
        family.fillField(drawn.subarray(block.length), random);
        codes.fill(block, random);
        for (let i = 0; i < block.length; i++) {
          const [a, b] = [drawn[i] as number, drawn[block.length + i] as number];
          const at = 3 * (from + i);
          reports[at] = a;
          reports[at + 1] = b;
          reports[at + 2] = turn(family.hash(a, b, values[from + i] as number), block[i] as number);
        }
      });
      return reports;
    },
    ...hashReports(d, family),
  });
  return { ...oracle, buckets: g };
}
