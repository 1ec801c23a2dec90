// What every longitudinal mechanism is: one answer for life, and fresh reports of it at every collection.

import { ByteReader, ByteWriter } from "@emrx/internal/cursor";
import type { Shape } from "@emrx/internal/shape";
import type { Channel } from "../audit/channel.js";
import { LdpError } from "../errors/ldp-error.js";
import { compareBudgets, epsilonShape } from "../exact/decimal.js";
import { add, multiply, type Rational, rational } from "../exact/rational.js";
import { checkValue } from "../mechanisms/common/domain.js";
import type { FrequencyOracle, SupportProbabilities } from "../mechanisms/common/oracle.js";
import { enumerable } from "../mechanisms/common/pure.js";
import type { RandomSource } from "../random/source.js";

/** The second of two stages: what is drawn anew, from the memoized answer, for every report. */
export interface InstantaneousStage {
  /** Exact probability that a bit or category of the answer is reported when the answer has it (p), and when it has not (q). */
  readonly support: SupportProbabilities;
  /** The largest ratio of the probabilities of a report under two answers. */
  readonly worstRatio: Rational;
  /** ln of `worstRatio`, rounded up: the irreversible epsilon. It is no promise by itself; nobody sees the answer. */
  exactEpsilon(): number;
}

/**
 * A mechanism for a value that is reported again and again.
 *
 * **What it promises.** One report about a person is within `single.epsilon`. All reports ever made of one value are
 * together within `permanent.epsilon`, however many there are: they are drawn from one memoized answer. A person whose value changes
 * needs an answer for each, at most `mostAnswers` of them, and every answer costs `permanent.epsilon`.
 *
 * Use {@link createLongitudinalReporter} unless you keep answers and budgets yourself.
 */
export interface LongitudinalMechanism<Report = unknown, Column = unknown> {
  /** Short name of the mechanism. */
  readonly name: string;
  /** Size of the domain. */
  readonly categories: number;
  /** The channel from a value to its memoized answer. Its epsilon is charged for every answer. */
  readonly permanent: FrequencyOracle<Report, Column>;
  /** The channel from a value to one report: what aggregators and estimators of reports use. Nothing is memoized by it. */
  readonly single: FrequencyOracle<Report, Column>;
  /** The stage between the two; absent where the answer itself is reported. */
  readonly instantaneous?: InstantaneousStage;
  /** The most answers that one person can come to need. */
  readonly mostAnswers: number;

  /**
   * What a person draws once for life, before any value is read: a hash function, the bits that they report; empty where there is
   * nothing of the kind. It is part of every report and tells nothing about the values.
   */
  drawProfile(random?: RandomSource): Uint8Array<ArrayBuffer>;
  /** Which of a person's answers belongs to a value, 0..mostAnswers-1. @throws EMRX_VALUE_OUTSIDE_DOMAIN */
  answerOf(value: number, profile: Uint8Array): number;
  /** Draws an answer. Once in a life for each: keep it, and charge `permanent.epsilon`. @throws EMRX_VALUE_OUTSIDE_DOMAIN */
  memoize(answer: number, profile: Uint8Array, random?: RandomSource): Report;
  /** A fresh report of a memoized answer; costs nothing more. @throws EMRX_MALFORMED_REPORT */
  report(memo: Report, random?: RandomSource): Report;
  /** {@link LongitudinalMechanism.report} for a column of the answers of many people. @throws EMRX_MALFORMED_REPORT */
  reportBatch(memos: Column, random?: RandomSource): Column;
  /**
   * The joint channel of several reports of one answer, given the profile; the first report is the least significant
   * digit of an output's number. Its exact loss grows with `times`, from `single`'s to at most `permanent`'s.
   *
   * @throws EMRX_TOO_LARGE, EMRX_BAD_PARAMETER
   */
  repeated(times: number): Channel;
}

/** Budgets of a mechanism of two stages. */
export interface TwoStageEpsilons {
  /** Promised for all reports of one value together: decimal string or number in (0, 32]. */
  readonly permanentEpsilon: string | number;
  /** Promised for one report: less than `permanentEpsilon`. */
  readonly firstEpsilon: string | number;
}

/** The shapes of {@link TwoStageEpsilons}; the results are canonical. */
export const stageShapes = (): {
  readonly permanentEpsilon: Shape<string>;
  readonly firstEpsilon: Shape<string>;
} => ({ permanentEpsilon: epsilonShape, firstEpsilon: epsilonShape });

/** The budgets of two stages, canonical decimals: the first report costs less than all together. */
export function checkStages(options: {
  readonly permanentEpsilon: string;
  readonly firstEpsilon: string;
}): { permanent: string; first: string } {
  const { permanentEpsilon: permanent, firstEpsilon: first } = options;
  if (compareBudgets(first, permanent) >= 0) {
    throw new LdpError(
      "EMRX_BAD_EPSILON",
      `firstEpsilon is ${first}; expected less than permanentEpsilon, ${permanent}`,
    );
  }
  return { permanent, first };
}

/** Checks that a profile has the length that the mechanism drew. */
export function checkProfile(profile: Uint8Array, length: number): void {
  readProfile(profile, (reader) => reader.bytes(length));
}

/** Reads the whole of a profile. @throws EMRX_BAD_PARAMETER for bytes too few or too many */
export function readProfile<T>(profile: Uint8Array, read: (reader: ByteReader) => T): T {
  const reader = new ByteReader(profile, "little", badProfile);
  const result = read(reader);
  reader.end();
  return result;
}

/** Writes a profile, least significant byte of each number first. */
export const profileWriter = (): ByteWriter => new ByteWriter("little", badProfile);

const badProfile = (problem: string): LdpError =>
  new LdpError("EMRX_BAD_PARAMETER", `profile: ${problem}`);

/** The answers of a mechanism that draws no profile and has one answer for each value. */
export function answersByValue<Report, Column>(
  permanent: FrequencyOracle<Report, Column>,
): Pick<
  LongitudinalMechanism<Report, Column>,
  "mostAnswers" | "drawProfile" | "answerOf" | "memoize"
> {
  return {
    mostAnswers: permanent.categories,
    drawProfile: () => new Uint8Array(0),
    answerOf(value, profile) {
      checkProfile(profile, 0);
      checkValue(value, permanent.categories);
      return value;
    },
    memoize(answer, profile, random) {
      checkProfile(profile, 0);
      return permanent.randomize(answer, random);
    },
  };
}

/**
 * Several reports of one answer: P(r1, r2, ... | x) is the sum over the answers m of P(m | x) P(r1 | m) P(r2 | m) ...
 *
 * @param answers - the channel from x to m
 * @param step - P(report | m) for one report; reports and answers are numbered alike
 * @param times - number of reports
 */
export function repeatedChannel(
  answers: Channel,
  step: (report: number, answer: number) => Rational,
  times: number,
): Channel {
  if (!Number.isInteger(times) || times < 1 || times > 64) {
    throw new LdpError("EMRX_BAD_PARAMETER", `times is ${times}; expected an integer in 1..64`);
  }
  const { outputs } = answers;
  return enumerable(
    {
      inputs: answers.inputs,
      outputs: outputs ** times,
      probability(output, input) {
        let total = rational(0);
        for (let answer = 0; answer < outputs; answer++) {
          let probability = answers.probability(answer, input);
          for (let i = 0, rest = output; i < times; i++, rest = Math.floor(rest / outputs)) {
            probability = multiply(probability, step(rest % outputs, answer));
          }
          total = add(total, probability);
        }
        return total;
      },
    },
    `the joint channel of ${times} reports`,
  );
}
