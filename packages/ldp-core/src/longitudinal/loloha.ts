// LOLOHA: a person hashes their values into few buckets, once for life, and reports the bucket in two stages.
import { integer, object, optional } from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { add, multiply, type Rational, rational, subtract } from "../exact/rational.js";
import { checkValue } from "../mechanisms/common/domain.js";
import { bitsShape, categoriesShape } from "../mechanisms/common/options.js";
import { pureOracle } from "../mechanisms/common/pure.js";
import { affineHash, MERSENNE_31 } from "../mechanisms/local-hashing/affine-hash.js";
import { hashReports, type LocalHashReport } from "../mechanisms/local-hashing/hash-report.js";
import { bestBuckets, localHashing } from "../mechanisms/local-hashing/local-hashing.js";
import { platformRandom } from "../random/platform.js";
import type { RandomSource } from "../random/source.js";
import { longitudinalGrr } from "./grr.js";
import {
  type InstantaneousStage,
  type LongitudinalMechanism,
  profileWriter,
  readProfile,
  stageShapes,
  type TwoStageEpsilons,
} from "./mechanism.js";

/** Parameters of {@link loloha}. */
export interface LolohaOptions extends TwoStageEpsilons {
  /** Number of categories d, 2..2^20. */
  readonly categories: number;
  /** Number of buckets g, 2..2^16; the one with the least variance unless given. With 2 a person's whole life costs least. */
  readonly buckets?: number;
  /** Random bits behind each threshold, 1..64; chosen by itself unless given. */
  readonly bits?: number;
}

/** Longitudinal local hashing; the reports of `olh`. A person's profile is the hash function, a and b in 4 bytes each. */
export interface Loloha extends LongitudinalMechanism<LocalHashReport, Uint32Array> {
  readonly name: "loloha";
  readonly instantaneous: InstantaneousStage;
  /** Number of buckets g. */
  readonly buckets: number;
}

/**
 * Longitudinal local hashing (LOLOHA: Arcolezi, Pinzón, Palamidessi and Gambs, "Frequency estimation of evolving data under local
 * differential privacy", EDBT 2023), with the exact second stage and the number of buckets that goes with it.
 *
 * **Mechanism.** A person draws a hash function into g buckets once for life. Values that share a bucket share an answer; answers
 * and reports are those of `longitudinalGrr` over the g buckets.
 *
 * **Proof of privacy.** The hash function does not look at any value. Given it, everything is a function of the bucket, and
 * the proof is that of `longitudinalGrr`. There are g answers at most, so a whole life of changing values costs at most g times the
 * permanent epsilon, however large the domain.
 *
 * **Estimator.** As for `olh`: with c the exact collision probability, a report supports the value with probability p and any other
 * one with c p + (1 - c)(1 - p) / (g - 1).
 *
 * **Number of buckets.** With the exact second stage one report has p / q = e^firstEpsilon for every g, so its variance is that of
 * `olh` and least for the smallest g with g (g - 1) >= e^(2 firstEpsilon). The authors' closed form takes the second stage of g = 2 for every g, and gives
 * fewer buckets and 5 to 14 % more variance from 0.5 to 3 (firstEpsilon 1, permanentEpsilon 2: 3 buckets instead of 4, 4.20 instead of 3.69).
 *
 * @param options - domain size, and the budgets of all reports of one answer together and of one report
 * @returns the mechanism
 * @throws EMRX_BAD_DOMAIN, EMRX_BAD_EPSILON, EMRX_BAD_PARAMETER, EMRX_DEGENERATE_MECHANISM
 * @example
 * ```ts
 * import { seededRandom } from "@emrx/ldp-core";
 * import { loloha } from "@emrx/ldp-core/longitudinal";
 *
 * const code = loloha({ categories: 70_000, permanentEpsilon: "2", firstEpsilon: "1" });
 * code.buckets; // => 4
 * const random = seededRandom("example"); // leave it out to publish
 * const profile = code.drawProfile(random); // the hash function: once in a life
 * const memo = code.memoize(code.answerOf(69_999, profile), profile, random); // once for each bucket
 * code.report(memo, random).bucket < 4; // => true
 * ```
 */
export function loloha(options: LolohaOptions): Loloha {
  return lolohaOver(MERSENNE_31, options);
}

/** LOLOHA over any prime field that holds the domain; the tests enumerate small ones. */
export function lolohaOver(prime: number, options: LolohaOptions): Loloha {
  const given = check(
    object({
      categories: categoriesShape(),
      ...stageShapes(),
      buckets: optional(integer(2, 1 << 16)),
      bits: bitsShape(),
    }),
    options,
    "options",
  );
  const { categories: d, permanentEpsilon, firstEpsilon } = given;
  const g = given.buckets ?? bestBuckets(firstEpsilon);
  const bits = given.bits === undefined ? {} : { bits: given.bits };
  const inner = longitudinalGrr({ categories: g, permanentEpsilon, firstEpsilon, ...bits });
  const permanent = localHashing(
    "olh",
    { categories: d, epsilon: permanentEpsilon, buckets: g, ...bits },
    prime,
  );
  const family = affineHash(prime, g);
  const { p, q: lie } = inner.single.support;
  const apart = subtract(rational(1), family.collision);
  const field = rational(1, BigInt(prime) ** 2n);

  const reports = hashReports(d, family);

  function checked(memo: LocalHashReport): LocalHashReport {
    reports.encode(memo, new Uint8Array(reports.reportBytes), 0);
    return memo;
  }

  function reportBatch(memos: Uint32Array, random: RandomSource = platformRandom()): Uint32Array {
    const offsets = Array.from({ length: memos.length / 3 }, (_, i) => i * reports.reportBytes);
    reports.encodeBatch(memos, new Uint8Array(offsets.length * reports.reportBytes), offsets);
    const buckets = new Uint32Array(offsets.length);
    for (let i = 0; i < buckets.length; i++) buckets[i] = memos[3 * i + 2] as number;
    const fresh = inner.reportBatch(buckets, random);
    const column = memos.slice();
    for (let i = 0; i < buckets.length; i++) column[3 * i + 2] = fresh[i] as number;
    return column;
  }
  const report = (memo: LocalHashReport, random: RandomSource = platformRandom()) => ({
    ...checked(memo),
    bucket: inner.report(memo.bucket, random),
  });

  const single = pureOracle("loloha", {
    categories: d,
    epsilon: inner.single.epsilon,
    bits: inner.single.bits,
    parameters: `buckets=${g} permanent=${permanent.epsilon} permanentBits=${permanent.bits}`,
    support: { p, q: add(multiply(family.collision, p), multiply(apart, lie)) },
    worstRatio: inner.single.worstRatio,
    outputs: prime ** 2 * g,
    probability(output, input): Rational {
      const bucket = output % g;
      const b = Math.floor(output / g) % prime;
      const a = Math.floor(output / g / prime);
      return multiply(field, family.hash(a, b, input) === bucket ? p : lie);
    },
    randomize: (value, random = platformRandom()) =>
      report(permanent.randomize(value, random), random),
    randomizeBatch: (values, random = platformRandom()) =>
      reportBatch(permanent.randomizeBatch(values, random), random),
    ...reports,
  });

  /** The hash function of a profile. */
  function functionOf(profile: Uint8Array): { readonly a: number; readonly b: number } {
    const [a, b] = readProfile(profile, (reader) => [reader.u32("a"), reader.u32("b")] as const);
    return checked({ a, b, bucket: 0 });
  }

  return {
    name: "loloha",
    categories: d,
    permanent,
    single,
    instantaneous: inner.instantaneous,
    mostAnswers: g,
    buckets: g,
    drawProfile(random = platformRandom()) {
      const drawn = new Uint32Array(2);
      family.fillField(drawn, random);
      return profileWriter().u32s(drawn).finish();
    },
    answerOf(value, profile) {
      checkValue(value, d);
      const { a, b } = functionOf(profile);
      return family.hash(a, b, value);
    },
    memoize(answer, profile, random = platformRandom()) {
      const { a, b } = functionOf(profile);
      return { a, b, bucket: inner.memoize(answer, new Uint8Array(0), random) };
    },
    report,
    reportBatch,
    repeated: inner.repeated,
  };
}
