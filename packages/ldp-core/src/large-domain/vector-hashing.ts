// Local hashing of rows of numbers: what `olh` is for one number, for domains far beyond 2^31.

import type { Channel } from "../audit/channel.js";
import { LdpError } from "../errors/ldp-error.js";
import { add, multiply, type Rational, rational, subtract } from "../exact/rational.js";
import { chooseBits, preferredThreshold } from "../exact/thresholds.js";
import type { SupportProbabilities } from "../mechanisms/common/oracle.js";
import { twoPart, twoPartRatio } from "../mechanisms/common/two-part.js";
import { type AffineHash, affineHash } from "../mechanisms/local-hashing/affine-hash.js";
import { bestBuckets } from "../mechanisms/local-hashing/local-hashing.js";
import type { RandomSource } from "../random/source.js";

/**
 * A report is `words` whole numbers: the hash function's multipliers a_1..a_m and its b, then the bucket.
 *
 * The family is h(x) = bucket of (a_1 x_1 + ... + a_m x_m + b mod P), all a and b uniform. For two different rows x and x' some
 * coordinate differs, so (h's residue of x, of x') is uniform over all P^2 pairs: the collision probability is the one of
 * the family with a single number, exactly.
 */
export interface VectorHashing {
  readonly buckets: number;
  readonly prime: number;
  readonly bits: number;
  readonly words: number;
  readonly support: SupportProbabilities;
  readonly worstRatio: Rational;
  /** Writes the report of the row that starts at `offset` of `rows`. */
  randomize(
    rows: Float64Array,
    offset: number,
    target: Uint32Array,
    at: number,
    random: RandomSource,
  ): void;
  /** Checks the report that starts at `at`. @throws EMRX_MALFORMED_REPORT */
  check(reports: Uint32Array, at: number): void;
  /** For every row of `rows`, how many of the reports, which start at the places `at`, support it. */
  count(rows: Float64Array, reports: Uint32Array, at: ArrayLike<number>): Float64Array;
  /** The channel from the given rows, outputs numbered with the bucket as the last digit. */
  channel(rows: Float64Array): Channel;
}

/** Local hashing of rows of `limbs` numbers, each below the prime. */
export function vectorHashing(
  limbs: number,
  epsilon: string,
  prime: number,
  options: { readonly buckets?: number; readonly bits?: number },
): VectorHashing {
  const g = options.buckets ?? Math.min(prime, bestBuckets(epsilon));
  const threshold = chooseBits(
    epsilon,
    options.bits,
    (expEpsilon, bits) => preferredThreshold(1, g - 1, expEpsilon, bits),
    (chosen) => twoPartRatio(chosen, 1, g - 1),
  );
  const family: AffineHash = affineHash(prime, g);
  const codes = twoPart(threshold, 1, g - 1);
  const { insideCell: p, outsideCell: lie } = codes;
  const q = add(
    multiply(family.collision, p),
    multiply(subtract(rational(1), family.collision), lie),
  );
  const words = limbs + 2;
  const inverse = 1 / prime;
  const starts = Float64Array.from({ length: g + 1 }, (_, bucket) => family.start(bucket));

  /** The residue of a row under the function at `at`. Sums stay below 2^53, and the floors are exact (see `affineHash`). */
  function residue(rows: Float64Array, offset: number, report: Uint32Array, at: number): number {
    let sum = report[at + limbs] as number;
    for (let i = 0; i < limbs; i++) {
      sum += (report[at + i] as number) * (rows[offset + i] as number);
      sum -= Math.floor(sum / prime) * prime;
    }
    return sum;
  }
  const bucketOf = (residue: number): number => Math.floor((residue * g) / prime);

  return {
    buckets: g,
    prime,
    bits: threshold.bits,
    words,
    support: { p, q },
    worstRatio: twoPartRatio(threshold, 1, g - 1),
    randomize(rows, offset, target, at, random) {
      family.fillField(target.subarray(at, at + limbs + 1), random);
      // As in GRR: code 0 is the truth, the others move round the circle of buckets.
      const truth = bucketOf(residue(rows, offset, target, at));
      target[at + limbs + 1] = (truth + codes.draw(random)) % g;
    },
    check(reports, at) {
      let isFine = (reports[at + limbs + 1] as number) < g;
      for (let i = 0; i <= limbs; i++) isFine &&= (reports[at + i] as number) < prime;
      if (isFine) return;
      throw new LdpError(
        "EMRX_MALFORMED_REPORT",
        `report is ${Array.from(reports.subarray(at, at + words)).join(" ")}; expected ${limbs + 1} numbers below ${prime} and a bucket below ${g}`,
      );
    },
    count(rows, reports, at) {
      const candidates = rows.length / limbs;
      const counts = new Float64Array(candidates);
      // Short prefixes leave the last numbers of every row 0.
      const used = rows.reduce(
        (most, x, i) => (x === 0 ? most : Math.max(most, (i % limbs) + 1)),
        1,
      );
      for (let i = 0; i < at.length; i++) {
        const report = at[i] as number;
        const bucket = reports[report + limbs + 1] as number;
        const [from, to] = [starts[bucket] as number, starts[bucket + 1] as number];
        const shift = reports[report + limbs] as number;
        for (let v = 0; v < candidates; v++) {
          // As in `residue`, with a multiplication for the division: a quotient that is one off leaves the sum one prime off,
          // which the next one sees, and at the end is put right.
          let place = shift;
          for (let limb = 0; limb < used; limb++) {
            place += (reports[report + limb] as number) * (rows[v * limbs + limb] as number);
            place -= Math.floor(place * inverse) * prime;
          }
          if (place < 0) place += prime;
          if (place >= prime) place -= prime;
          if (place >= from && place < to) counts[v] = (counts[v] as number) + 1;
        }
      }
      return counts;
    },
    channel(rows) {
      const field = rational(1, BigInt(prime) ** BigInt(limbs + 1));
      return {
        inputs: rows.length / limbs,
        outputs: prime ** (limbs + 1) * g,
        probability(output, input) {
          const report = new Uint32Array(words);
          let rest = output;
          for (let i = words - 1; i >= 0; i--) {
            const radix = i === words - 1 ? g : prime;
            report[i] = rest % radix;
            rest = Math.floor(rest / radix);
          }
          const isTrue = bucketOf(residue(rows, input * limbs, report, 0)) === report[words - 1];
          return multiply(field, isTrue ? p : lie);
        },
      };
    },
  };
}
