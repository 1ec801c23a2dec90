// dBitFlipPM: a person reports the same few bits of their value's histogram for life, flipped once.
import { integer, object } from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { LdpError } from "../errors/ldp-error.js";
import { decimalToRational } from "../exact/decimal.js";
import { expLowerBound } from "../exact/exp.js";
import { multiply, type Rational, rational, subtract, toNumber } from "../exact/rational.js";
import {
  chooseBits,
  exactLoss,
  preferredThreshold,
  probabilityOf,
  type Threshold,
} from "../exact/thresholds.js";
import { coins, digitsOf } from "../mechanisms/common/bernoulli.js";
import { combinationAt, combinations } from "../mechanisms/common/combinations.js";
import { checkValue, checkValues } from "../mechanisms/common/domain.js";
import { oracleShapes } from "../mechanisms/common/options.js";
import type { FrequencyEstimate, FrequencyOracle } from "../mechanisms/common/oracle.js";
import { checkCounts, enumerable } from "../mechanisms/common/pure.js";
import { tallies } from "../mechanisms/common/tally.js";
import { BLOCK } from "../mechanisms/common/two-part.js";
import { platformRandom } from "../random/platform.js";
import { WordStream } from "../random/stream.js";
import { subsetSampler } from "../random/subset.js";
import { bitAnswers } from "./bit-answers.js";
import { type LongitudinalMechanism, profileWriter, readProfile } from "./mechanism.js";

/** Parameters of {@link dBitFlip}. */
export interface DBitFlipOptions {
  /** Number of categories (the authors' buckets) b, 2..65536. */
  readonly categories: number;
  /** How many bits d each person answers, 1..min(b, 1024). More of them: less variance, more answers over a life. */
  readonly bitsPerPerson: number;
  /** Privacy budget of one answer: decimal string or number in (0, 32]. */
  readonly epsilon: string | number;
  /** Random bits behind the threshold, 1..64; chosen by itself unless given. */
  readonly bits?: number;
}

/**
 * dBitFlipPM. A report is a row of d numbers, ascending: 2 v + 1 where the person's answer for category v is 1, and 2 v where it is 0.
 * A profile is the d categories, 2 bytes each.
 */
export interface DBitFlip extends LongitudinalMechanism<Uint32Array, Uint32Array> {
  readonly name: "d-bit-flip";
  readonly bitsPerPerson: number;
}

/**
 * dBitFlipPM (Ding, Kulkarni and Yekhanin, "Collecting telemetry data privately", NeurIPS 2017, section 4), which with one
 * bit a person spends its whole budget.
 *
 * **Mechanism.** A person draws d of the b categories once for life. Of a value they report for each of these whether it is the one, every
 * such bit flipped with probability q = 1 - p, p = T / 2^bits; the flipped bits are kept and reported again whenever
 * the value is the same category, or any category that they do not answer for. There is no second stage.
 *
 * $`T = \lfloor 2^{bits}\, h / (h + 1) \rfloor, \quad h = e^{\varepsilon / 2}`$ for d >= 2, and $`h = e^{\varepsilon}`$ for d = 1.
 *
 * **Proof of privacy.** The choice of categories does not look at the value. Given it, two values differ in at most two of the d bits,
 * hence the ratio is at most (p / q)^2; with d = 1 in one bit, and p / q. (The authors use e^(epsilon / 2) for d = 1 as well, which
 * spends half the budget.) A person needs at most min(d + 1, b) answers.
 *
 * **Estimator.** Each bit, as (bit - q) / (p - q), is unbiased for "the value is v", and a person answers for v with probability
 * d / b; the authors' estimator is the mean over all n people of these times b / d:
 *
 * $`n \operatorname{Var}(\hat f) = \frac{b}{d} \frac{p q}{(p - q)^2} + f \left(\frac{b}{d} - 1\right)`$,
 *
 * in which the random choice of who answers is included. `support` holds d p / b and d q / b; `counts` the number of each
 * of the 2 b entries.
 *
 * **What it does not hide.** With no second stage, a change of the answer is seen when it happens; use another mechanism of two stages where that matters.
 *
 * @param options - domain size, bits a person and budget
 * @returns the mechanism; `single` and `permanent` are the same channel
 * @throws EMRX_BAD_DOMAIN, EMRX_BAD_EPSILON, EMRX_BAD_PARAMETER, EMRX_DEGENERATE_MECHANISM
 * @example
 * ```ts
 * import { seededRandom } from "@emrx/ldp-core";
 * import { dBitFlip } from "@emrx/ldp-core/longitudinal";
 *
 * const minutes = dBitFlip({ categories: 32, bitsPerPerson: 1, epsilon: "1" });
 * minutes.mostAnswers; // => 2
 * minutes.single.exactEpsilon() > 0.999; // => true
 * minutes.single.randomize(7, seededRandom("example")).length; // => 1
 * ```
 */
export function dBitFlip(options: DBitFlipOptions): DBitFlip {
  const given = check(
    object({ ...oracleShapes(1 << 16), bitsPerPerson: integer(1, 1024) }),
    options,
    "options",
  );
  const { categories: b, epsilon } = given;
  const d = check(integer(1, Math.min(b, 1024)), given.bitsPerPerson, "options.bitsPerPerson");
  const exponent = multiply(decimalToRational(epsilon), rational(1, d === 1 ? 1 : 2));
  const threshold = chooseBits(
    epsilon,
    given.bits,
    (_, bits) => preferredThreshold(1, 1, expLowerBound(exponent), bits),
    (chosen) => ratioOf(chosen, d),
  );
  const worstRatio = ratioOf(threshold, d);
  const p = probabilityOf(threshold);
  const q = subtract(rational(1), p);
  const digits = digitsOf(threshold);
  const identity = `d-bit-flip categories=${b} epsilon=${epsilon} bits=${threshold.bits} bitsPerPerson=${d}`;
  const { addReport, addColumn, isPossible, checkReport, checkColumn, ...codec } = bitAnswers(b, d);
  const estimator = estimatorOf(b, d, toNumber(q), toNumber(multiply(p, q)));
  const rules = {
    identity,
    cells: 2 * b,
    addReport,
    addColumn,
    isPossible,
    estimate: estimator.estimate,
  };

  /** Writes the entries of d categories: a coin each, turned where the category is not the value. */
  function write(
    value: number,
    sample: ArrayLike<number>,
    target: Uint32Array,
    at: number,
    words: WordStream,
  ): void {
    for (let i = 0; i < d; i++) {
      const category = sample[i] as number;
      const truth = coins(digits, 1, words);
      target[at + i] = 2 * category + (category === value ? truth : 1 - truth);
    }
  }
  const drawSample = (words: WordStream, sampler: ReturnType<typeof subsetSampler>): Uint32Array =>
    sampler.draw(d, words).slice(0, d).sort();

  const share = rational(d, b);
  const single: FrequencyOracle<Uint32Array, Uint32Array> = {
    name: "d-bit-flip",
    identity,
    categories: b,
    epsilon,
    bits: threshold.bits,
    support: { p: multiply(share, p), q: multiply(share, q) },
    worstRatio,
    randomize(value, random = platformRandom()) {
      checkValue(value, b);
      const words = new WordStream(random, 1);
      const report = new Uint32Array(d);
      write(value, drawSample(words, subsetSampler(b)), report, 0, words);
      return report;
    },
    randomizeBatch(values, random = platformRandom()) {
      checkValues(values, b);
      const words = new WordStream(random, BLOCK);
      const sampler = subsetSampler(b);
      const column = new Uint32Array(values.length * d);
      for (let i = 0; i < values.length; i++) {
        write(values[i] as number, drawSample(words, sampler), column, i * d, words);
      }
      return column;
    },
    ...tallies(rules),
    ...estimator,
    exactEpsilon: () => exactLoss(worstRatio, epsilon),
    channel: () =>
      enumerable(
        {
          inputs: b,
          outputs: Number(combinations(b, d)) * 2 ** d,
          probability: (output, input) =>
            multiply(
              rational(1, combinations(b, d)),
              answerProbability(combinationAt(b, d, Math.floor(output / 2 ** d)), output, input),
            ),
        },
        "d-bit-flip",
      ),
    ...codec,
  };

  /** P(the lowest bits of a number | value) for the categories of one person. */
  function answerProbability(sample: readonly number[], answers: number, value: number): Rational {
    return sample.reduce((product, category, i) => {
      const isSet = Math.floor(answers / 2 ** i) % 2 === 1;
      return multiply(product, isSet === (category === value) ? p : q);
    }, rational(1));
  }

  /** The categories of a profile: ascending, below b. */
  function sampleOf(profile: Uint8Array): Uint32Array {
    const sample = readProfile(profile, (reader) =>
      Uint32Array.from({ length: d }, () => reader.u16("a category")),
    );
    checkReport(sample.map((category) => 2 * category));
    return sample;
  }

  const mostAnswers = Math.min(d + 1, b);
  return {
    name: "d-bit-flip",
    categories: b,
    bitsPerPerson: d,
    permanent: single,
    single,
    mostAnswers,
    drawProfile(random = platformRandom()) {
      const sample = drawSample(new WordStream(random, 1), subsetSampler(b));
      const writer = profileWriter();
      for (let i = 0; i < d; i++) writer.u16(sample[i] as number, "a category");
      return writer.finish();
    },
    answerOf(value, profile) {
      checkValue(value, b);
      const place = sampleOf(profile).indexOf(value);
      return place >= 0 ? place : d; // all categories that are not answered for share one answer
    },
    memoize(answer, profile, random = platformRandom()) {
      checkValue(answer, mostAnswers, "answer");
      const sample = sampleOf(profile);
      const report = new Uint32Array(d);
      write(sample[answer] ?? b, sample, report, 0, new WordStream(random, 1));
      return report;
    },
    report: (memo) => checkReport(memo).slice(),
    reportBatch: (memos) => checkColumn(memos).slice(),
    // Every report repeats the first: the joint channel is that of one, whose outputs stand for rows of equal reports.
    repeated(times) {
      if (!Number.isInteger(times) || times < 1 || times > 64) {
        throw new LdpError("EMRX_BAD_PARAMETER", `times is ${times}; expected an integer in 1..64`);
      }
      return enumerable(
        {
          inputs: mostAnswers,
          outputs: 2 ** d,
          probability: (output, answer) =>
            answerProbability(
              Array.from({ length: d }, (_, i) => i),
              output,
              answer,
            ),
        },
        "d-bit-flip",
      );
    },
  };
}

/** (p / q) for one bit a person, (p / q)^2 for more. */
function ratioOf({ T, bits }: Threshold, d: number): Rational {
  const once = rational(T, (1n << BigInt(bits)) - T);
  return d === 1 ? once : multiply(once, once);
}

/** The authors' estimator from the counts of the entries. */
function estimatorOf(
  b: number,
  d: number,
  q: number,
  spread: number,
): Pick<FrequencyOracle, "estimate" | "variance"> {
  const gap = 1 - 2 * q;
  const scale = b / d;
  const variance = (n: number, f: number): number =>
    ((scale * spread) / (gap * gap) + f * (scale - 1)) / n;
  return {
    variance,
    estimate(counts, n): FrequencyEstimate {
      checkCounts(counts, n, 2 * b);
      const frequencies = new Float64Array(b);
      const variances = new Float64Array(b);
      for (let v = 0; v < b; v++) {
        const [zeros, ones] = [counts[2 * v] as number, counts[2 * v + 1] as number];
        const f = (scale * (ones * (1 - q) - zeros * q)) / (n * gap);
        frequencies[v] = f;
        variances[v] = variance(n, Math.min(1, Math.max(0, f)));
      }
      return { n, frequencies, variances };
    },
  };
}
