// Generalized randomized response twice: an answer for life, and a fresh report of the answer each time.
import { object } from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { lnRoundedUp } from "../exact/logarithm.js";
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
import { bitsShape, categoriesShape } from "../mechanisms/common/options.js";
import { pureOracle } from "../mechanisms/common/pure.js";
import {
  checkSymbol,
  type SymbolColumn,
  symbolColumn,
  symbolReports,
} from "../mechanisms/common/symbol.js";
import { forEachBlock, twoPart, twoPartRatio } from "../mechanisms/common/two-part.js";
import { grr } from "../mechanisms/grr/grr.js";
import { platformRandom } from "../random/platform.js";
import type { RandomSource } from "../random/source.js";
import {
  answersByValue,
  checkStages,
  type InstantaneousStage,
  type LongitudinalMechanism,
  repeatedChannel,
  stageShapes,
  type TwoStageEpsilons,
} from "./mechanism.js";

/** Parameters of {@link longitudinalGrr}. */
export interface LongitudinalGrrOptions extends TwoStageEpsilons {
  /** Number of categories g, 2..2^20. */
  readonly categories: number;
  /** Random bits behind each threshold, 1..64; chosen by itself unless given. */
  readonly bits?: number;
}

/** A chain of two randomized responses; answers and reports are category indices. */
export interface LongitudinalGrr extends LongitudinalMechanism<number, SymbolColumn> {
  readonly name: "longitudinal-grr";
  readonly instantaneous: InstantaneousStage;
}

/**
 * Randomized response for values that are reported again and again: the chain L-GRR (Arcolezi, Couchot, Al Bouna and Xiao,
 * "Improving the utility of locally differentially private protocols for longitudinal and multidimensional frequency
 * estimates", Digital Communications and Networks 2022), with the exact second stage.
 *
 * **Mechanism.** The answer is `grr` of the value at the permanent epsilon, drawn once and kept: with probabilities p1 and q1. Every
 * report is a fresh randomized response of the answer, with p2 and q2 = (1 - p2) / (g - 1). One report then names the
 * value with probability
 *
 * $`p = p_1 p_2 + (g - 1)\, q_1 q_2 = q_1 + (p_1 - q_1)\, p_2, \quad q = (1 - p) / (g - 1)`$,
 *
 * and p2 = T / 2^b is the largest for which p / q is at most e^epsilon of the first report, X:
 *
 * $`T = \left\lfloor 2^b \, \frac{X / (X + g - 1) - q_1}{p_1 - q_1} \right\rfloor`$.
 *
 * **Proof of privacy.** One report: p grows with p2, and p <= X / (X + g - 1) is p / q <= X; p1 and q1 are the actual
 * fractions of the first stage, T is rounded down, and X is a lower bound. All reports: given the answer they do not depend on
 * the value, so together they cost what the answer costs.
 *
 * **The irreversible epsilon.** In real numbers, with A = e^permanent, p2 / q2 = (X (A + g - 2) - (g - 1)) / (A - X). The formula
 * (A X - 1) / (A - X), which papers and their code use for every g, is the case g = 2: private for any g, but at g = 8, with 2 and 1,
 * one report keeps only 0.755 of its epsilon of 1.
 *
 * @param options - domain size, and the budgets of all reports together and of one report
 * @returns the mechanism; `single` is as accurate as `grr` at the first epsilon
 * @throws EMRX_BAD_DOMAIN, EMRX_BAD_EPSILON, EMRX_BAD_PARAMETER, EMRX_DEGENERATE_MECHANISM
 * @example
 * ```ts
 * import { seededRandom } from "@emrx/ldp-core";
 * import { longitudinalGrr } from "@emrx/ldp-core/longitudinal";
 *
 * const smoking = longitudinalGrr({ categories: 3, permanentEpsilon: "2", firstEpsilon: "1" });
 * const random = seededRandom("example"); // leave it out to publish
 * const profile = smoking.drawProfile(random); // empty: nothing but the answer is kept
 * const memo = smoking.memoize(smoking.answerOf(1, profile), profile, random); // once, costs 2
 * const january = smoking.report(memo, random); // costs nothing more
 * const february = smoking.report(memo, random);
 * january < 3 && february < 3; // => true
 * smoking.single.exactEpsilon() <= 1; // => true
 * ```
 */
export function longitudinalGrr(options: LongitudinalGrrOptions): LongitudinalGrr {
  const given = check(
    object({ categories: categoriesShape(), ...stageShapes(), bits: bitsShape() }),
    options,
    "options",
  );
  const { categories: g } = given;
  const epsilons = checkStages(given);
  const bits = given.bits === undefined ? {} : { bits: given.bits };
  const permanent = grr({ categories: g, epsilon: epsilons.permanent, ...bits });
  const threshold = chooseBits(
    epsilons.first,
    given.bits,
    (expEpsilon, count) => secondStage(permanent.support, g, expEpsilon, count),
    (chosen) => ratioOf(composed(permanent.support, g, chosen)),
  );
  const support = composed(permanent.support, g, threshold);
  const worstRatio = twoPartRatio(threshold, 1, g - 1);
  const codes = twoPart(threshold, 1, g - 1);
  const turn = (answer: number, code: number): number => (answer + code) % g;

  function reportBatch(memos: SymbolColumn, random: RandomSource = platformRandom()): SymbolColumn {
    for (let i = 0; i < memos.length; i++) checkSymbol(memos[i], g);
    const reports = symbolColumn(memos.length, g);
    forEachBlock(memos.length, (block, from) => {
      codes.fill(block, random);
      for (let i = 0; i < block.length; i++) {
        reports[from + i] = turn(memos[from + i] as number, block[i] as number);
      }
    });
    return reports;
  }
  const report = (memo: number, random: RandomSource = platformRandom()): number =>
    turn(checkSymbol(memo, g), codes.draw(random));

  return {
    name: "longitudinal-grr",
    categories: g,
    permanent,
    single: pureOracle("longitudinal-grr", {
      categories: g,
      epsilon: epsilons.first,
      bits: threshold.bits,
      parameters: `permanent=${epsilons.permanent} permanentBits=${permanent.bits}`,
      support,
      worstRatio: ratioOf(support),
      outputs: g,
      probability: (output, input) => (output === input ? support.p : support.q),
      randomize: (value, random = platformRandom()) =>
        report(permanent.randomize(value, random), random),
      randomizeBatch: (values, random = platformRandom()) =>
        reportBatch(permanent.randomizeBatch(values, random), random),
      ...symbolReports(g),
    }),
    instantaneous: {
      support: { p: codes.insideCell, q: codes.outsideCell },
      worstRatio,
      exactEpsilon: () => lnRoundedUp(worstRatio),
    },
    ...answersByValue(permanent),
    report,
    reportBatch,
    repeated: (times) =>
      repeatedChannel(
        permanent.channel(),
        (output, answer) => (output === answer ? codes.insideCell : codes.outsideCell),
        times,
      ),
  };
}

type Support = LongitudinalGrr["single"]["support"];

const ratioOf = ({ p, q }: Support): Rational => divide(p, q);

/** p and q of one report, from those of the answer and the second stage's p2. */
function composed({ p, q }: Support, g: number, second: Threshold): Support {
  const named = add(q, multiply(subtract(p, q), probabilityOf(second)));
  return { p: named, q: divide(subtract(rational(1), named), rational(g - 1)) };
}

/** The largest p2 with p <= X / (X + g - 1). */
function secondStage({ p, q }: Support, g: number, expEpsilon: Rational, bits: number): Threshold {
  const most = divide(expEpsilon, add(expEpsilon, rational(g - 1)));
  const share = divide(subtract(most, q), subtract(p, q));
  return nonDegenerate({
    T: floorDivide(share.numerator << BigInt(bits), share.denominator),
    bits,
  });
}
