// Unary encodings in two stages, as in RAPPOR: a bitmap for life, and its bits flipped anew in every report.
import { object, oneOf, optional } from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { LdpError } from "../errors/ldp-error.js";
import { decimalToRational } from "../exact/decimal.js";
import { expLowerBound } from "../exact/exp.js";
import { lnRoundedUp } from "../exact/logarithm.js";
import { add, compare, multiply, type Rational, rational, subtract } from "../exact/rational.js";
import { chooseBits, probabilityOf } from "../exact/thresholds.js";
import { coins, digitsOf } from "../mechanisms/common/bernoulli.js";
import { bitmapReports, lastLanes } from "../mechanisms/common/bitmap.js";
import { bitsShape, categoriesShape } from "../mechanisms/common/options.js";
import { BLOCK } from "../mechanisms/common/two-part.js";
import { oue } from "../mechanisms/unary/oue.js";
import { sue } from "../mechanisms/unary/sue.js";
import {
  type UnaryOracle,
  type UnaryThresholds,
  unary,
  unaryRatio,
} from "../mechanisms/unary/unary.js";
import { platformRandom } from "../random/platform.js";
import type { RandomSource } from "../random/source.js";
import { WordStream } from "../random/stream.js";
import {
  answersByValue,
  checkStages,
  type InstantaneousStage,
  type LongitudinalMechanism,
  repeatedChannel,
  stageShapes,
  type TwoStageEpsilons,
} from "./mechanism.js";

/** How a stage treats bits: `"sue"` flips ones and zeros alike, `"oue"` keeps ones by a fair coin. */
export type UnaryStage = "sue" | "oue";

/** Parameters of {@link longitudinalUnary}. */
export interface LongitudinalUnaryOptions extends TwoStageEpsilons {
  /** Number of categories d, 2..2^20. */
  readonly categories: number;
  /** How the answer is drawn; `"oue"` unless given. */
  readonly permanent?: UnaryStage;
  /** How reports are drawn from it; `"sue"` unless given. */
  readonly instantaneous?: UnaryStage;
  /** Random bits behind each threshold, 1..64; chosen by itself unless given. */
  readonly bits?: number;
}

/** A chain of two unary encodings; answers and reports are bitmaps of the categories, least significant bit first. */
export interface LongitudinalUnary
  extends LongitudinalMechanism<Uint8Array<ArrayBuffer>, Uint32Array> {
  readonly name: "longitudinal-unary";
  readonly instantaneous: InstantaneousStage;
}

/**
 * Unary encodings for values that are reported again and again: all four chains of symmetric and optimized encodings, L-SUE
 * (which is basic RAPPOR: Erlingsson, Pihur and Korolova, CCS 2014), L-OUE, L-OSUE and L-SOUE (Arcolezi, Couchot, Al
 * Bouna and Xiao 2022; see `longitudinalGrr`).
 *
 * **Mechanism.** The answer is `sue` or `oue` of the value at the permanent epsilon, with bit probabilities p1 and q1, drawn once and kept. In
 * every report each bit of the answer is drawn anew: 1 with probability p2 where the answer has a 1, q2 where it has a 0. So
 * one report is a unary encoding with
 *
 * $`p = p_1 p_2 + (1 - p_1)\, q_2, \quad q = q_1 p_2 + (1 - q_1)\, q_2`$.
 *
 * q2 = T / 2^b, with p2 = 1 - q2 for `"sue"` and 1/2 for `"oue"`, and T is the least integer for which
 * p (1 - q) / ((1 - p) q) is at most e^epsilon of the first report: found by bisection, each try decided in fractions.
 *
 * **Proof of privacy.** One report: as for `unaryEncoding`, from the exact p and q. A larger q2 is a smaller one followed by more flips of
 * bits, so the ratio falls as T grows and bisection is right. All reports: given the answer they do not depend on the value, so
 * together they cost what the answer costs.
 *
 * **Use.** The default, L-OSUE, has the variance of `oue` at the first epsilon, the least of the four: the fair coin of its first stage
 * stays one, since flips that treat 0 and 1 alike leave p = 1/2. The second stage `"oue"` cannot reach every first epsilon.
 *
 * @param options - domain size, the budgets of all reports together and of one report, and the stages
 * @returns the mechanism
 * @throws EMRX_BAD_DOMAIN, EMRX_BAD_EPSILON, EMRX_BAD_PARAMETER, EMRX_DEGENERATE_MECHANISM
 * @example
 * ```ts
 * import { longitudinalUnary } from "@emrx/ldp-core/longitudinal";
 *
 * const ward = longitudinalUnary({ categories: 40, permanentEpsilon: "4", firstEpsilon: "1" });
 * ward.permanent.exactEpsilon() <= 4 && ward.single.exactEpsilon() <= 1; // => true
 * longitudinalUnary({ categories: 40, permanentEpsilon: "1", firstEpsilon: "1" }); // throws EMRX_BAD_EPSILON
 * ```
 */
export function longitudinalUnary(options: LongitudinalUnaryOptions): LongitudinalUnary {
  const given = check(
    object({
      categories: categoriesShape(),
      ...stageShapes(),
      permanent: optional(oneOf(["sue", "oue"])),
      instantaneous: optional(oneOf(["sue", "oue"])),
      bits: bitsShape(),
    }),
    options,
    "options",
  );
  const { categories, permanent: first = "oue", instantaneous: second = "sue", bits } = given;
  const epsilons = checkStages(given);
  const answer = {
    categories,
    epsilon: epsilons.permanent,
    ...(bits === undefined ? {} : { bits }),
  };
  const permanent = first === "sue" ? sue(answer) : oue(answer);
  checkReach(permanent.support, second, epsilons.first);
  const stage = chooseBits(
    epsilons.first,
    bits,
    (expEpsilon, count) => secondStage(permanent.support, second, expEpsilon, count),
    (chosen) => unaryRatio(composed(permanent, chosen)),
  );
  return unaryStages("longitudinal-unary", permanent, stage, {
    epsilon: epsilons.first,
    parameters: `stages=${first},${second} permanent=${epsilons.permanent} secondBits=${stage.q.bits}`,
  });
}

/** A longitudinal mechanism from the channel of the answer and the thresholds of the second stage. */
export function unaryStages<Name extends string>(
  name: Name,
  permanent: UnaryOracle<string>,
  second: UnaryThresholds,
  { epsilon, parameters }: { readonly epsilon: string; readonly parameters: string },
): LongitudinalMechanism<Uint8Array<ArrayBuffer>, Uint32Array> & {
  readonly name: Name;
  readonly instantaneous: InstantaneousStage;
} {
  const d = permanent.categories;
  const [p, q] = [probabilityOf(second.p), probabilityOf(second.q)];
  const [onesDigits, zerosDigits] = [digitsOf(second.p), digitsOf(second.q)];
  const worstRatio = unaryRatio(second);
  const reports = bitmapReports(d);
  const width = Math.ceil(d / 32);
  const lastWord = lastLanes(d);

  /** Redraws the bits of rows of words in place; the same words are drawn whatever the bits are. */
  function redraw(rows: Uint32Array, words: WordStream): Uint32Array {
    for (let i = 0; i < rows.length; i++) {
      const lanes = i % width === width - 1 ? lastWord : -1;
      const [ones, zeros] = [coins(onesDigits, lanes, words), coins(zerosDigits, lanes, words)];
      const word = rows[i] as number;
      rows[i] = (word & ones) | (~word & zeros);
    }
    return rows;
  }

  return {
    name,
    categories: d,
    permanent,
    // Two stages are one unary encoding with the composed probabilities: what is not memoized needs only that one.
    single: unary(name, d, epsilon, composed(permanent, second), parameters),
    instantaneous: { support: { p, q }, worstRatio, exactEpsilon: () => lnRoundedUp(worstRatio) },
    ...answersByValue(permanent),
    report(memo, random = platformRandom()) {
      const bytes = new Uint8Array(reports.reportBytes);
      reports.encode(memo, bytes, 0); // checks it
      return reports.toBitmap(
        redraw(reports.decodeBatch(bytes, [0]), new WordStream(random, 1)),
        0,
      );
    },
    reportBatch(memos, random: RandomSource = platformRandom()) {
      reports.addColumn(new Float64Array(d), memos); // checks it
      return redraw(memos.slice(), new WordStream(random, BLOCK));
    },
    repeated: (times) =>
      repeatedChannel(
        permanent.channel(),
        (output, answer) => {
          let probability = rational(1);
          for (let v = 0; v < d; v++) {
            const set = Math.floor(answer / 2 ** v) % 2 === 1 ? p : q;
            const isSet = Math.floor(output / 2 ** v) % 2 === 1;
            probability = multiply(probability, isSet ? set : subtract(rational(1), set));
          }
          return probability;
        },
        times,
      ),
  };
}

type Support = UnaryOracle<string>["support"];

/** The bit probabilities of one report: dyadic fractions, as both stages have dyadic ones. */
function composed(
  { support, bits }: UnaryOracle<string>,
  second: UnaryThresholds,
): UnaryThresholds {
  const total = bits + second.q.bits;
  const [p, q] = [probabilityOf(second.p), probabilityOf(second.q)];
  const of = (set: Rational) => {
    const both = add(multiply(set, p), multiply(subtract(rational(1), set), q));
    return { T: (both.numerator << BigInt(total)) / both.denominator, bits: total };
  };
  return { p: of(support.p), q: of(support.q) };
}

/** The thresholds of a second stage with q2 = T / 2^bits. */
function stageOf(stage: UnaryStage, T: bigint, bits: number): UnaryThresholds {
  const size = 1n << BigInt(bits);
  return { p: { T: stage === "sue" ? size - T : size >> 1n, bits }, q: { T, bits } };
}

/** The least T in 1..2^(bits-1) that keeps the ratio of one report within the bound; at 2^(bits-1) a report says nothing. */
function secondStage(
  support: Support,
  stage: UnaryStage,
  expEpsilon: Rational,
  bits: number,
): UnaryThresholds {
  let [low, high] = [1n, 1n << BigInt(bits - 1)];
  while (low < high) {
    const middle = (low + high) >> 1n;
    if (compare(chainRatio(support, stageOf(stage, middle, bits)), expEpsilon) <= 0) high = middle;
    else low = middle + 1n;
  }
  return stageOf(stage, low, bits);
}

/** p (1 - q) / ((1 - p) q) of one report. */
function chainRatio(support: Support, second: UnaryThresholds): Rational {
  const [p2, q2] = [probabilityOf(second.p), probabilityOf(second.q)];
  const of = (set: Rational): Rational => add(q2, multiply(set, subtract(p2, q2)));
  const [p, q] = [of(support.p), of(support.q)];
  const one = rational(1);
  return rational(
    p.numerator * subtract(one, q).numerator * subtract(one, p).denominator * q.denominator,
    p.denominator * subtract(one, q).denominator * subtract(one, p).numerator * q.numerator,
  );
}

/** Refuses a first epsilon that a fair coin for ones cannot reach even if zeros stay zeros. */
function checkReach(support: Support, stage: UnaryStage, first: string): void {
  if (stage === "sue") return;
  const limit = chainRatio(support, stageOf(stage, 0n, 1));
  if (compare(limit, expLowerBound(decimalToRational(first))) > 0) return;
  throw new LdpError(
    "EMRX_BAD_EPSILON",
    `firstEpsilon is ${first}; with the second stage "oue" one report reaches less than ${lnRoundedUp(limit)}: ask for less, raise permanentEpsilon or use "sue"`,
  );
}
