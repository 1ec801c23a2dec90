// Basic RAPPOR by its own three parameters f, p and q, for studies that were designed with them.
import { object } from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { LdpError } from "../errors/ldp-error.js";
import { decimalToRational, LARGEST_EPSILON } from "../exact/decimal.js";
import { expLowerBound } from "../exact/exp.js";
import { lnRoundedUp } from "../exact/logarithm.js";
import {
  ceilDivide,
  compare,
  floorDivide,
  multiply,
  type Rational,
  rational,
} from "../exact/rational.js";
import { nonDegenerate, type Threshold } from "../exact/thresholds.js";
import { categoriesShape, probabilityShape } from "../mechanisms/common/options.js";
import { unary, unaryRatio } from "../mechanisms/unary/unary.js";
import type { InstantaneousStage, LongitudinalMechanism } from "./mechanism.js";
import { unaryStages } from "./unary.js";

/** Parameters of {@link rappor}; f, p and q are decimal strings between 0 and 1. */
export interface RapporOptions {
  /** Number of categories d, 2..2^20. */
  readonly categories: number;
  /** Share of a permanent answer's bits that are replaced by a fair coin. */
  readonly f: string;
  /** Probability of reporting 1 for a bit that is 0 in the answer. */
  readonly p: string;
  /** Probability of reporting 1 for a bit that is 1 in the answer: more than p. */
  readonly q: string;
}

/** Basic RAPPOR; answers and reports are bitmaps of the categories, least significant bit first. */
export interface Rappor extends LongitudinalMechanism<Uint8Array<ArrayBuffer>, Uint32Array> {
  readonly name: "rappor";
  readonly instantaneous: InstantaneousStage;
}

/** Random bits behind each threshold. */
const BITS = 64;

/**
 * Basic RAPPOR, one bit a category and no Bloom filter (Erlingsson, Pihur and Korolova, CCS 2014, sections 3 and 4), by its
 * parameters f, p and q; `longitudinalUnary` takes epsilons instead.
 *
 * **Mechanism.** The answer keeps each bit of the value with probability 1 - f and else takes a fair coin; a report has a 1
 * with probability q where the answer has a 1, and p where it has a 0. In 64 binary digits f is rounded up, q down and p up.
 *
 * **Proof of privacy.** As for `longitudinalUnary`, with p1 = 1 - f/2 and q1 = f/2. All reports together: ((1 - f/2) / (f/2))^2.
 * One report: q* (1 - p*) / (p* (1 - q*)), with q* = f (p + q) / 2 + (1 - f) q and p* = f (p + q) / 2 + (1 - f) p.
 * `permanent.epsilon` and `single.epsilon` are these losses, rounded up at the twelfth digit.
 *
 * With a Bloom filter of h hash functions two values differ in up to 2 h bits, and both losses are h times these (the
 * factor of one report is h, not 2 h).
 *
 * @param options - domain size and the three parameters
 * @returns the mechanism
 * @throws EMRX_BAD_DOMAIN; EMRX_BAD_PARAMETER for f, p or q out of range or p >= q; EMRX_BAD_EPSILON if a loss would exceed 32
 * @example
 * ```ts
 * import { rappor } from "@emrx/ldp-core/longitudinal";
 *
 * const browser = rappor({ categories: 8, f: "0.5", p: "0.5", q: "0.75" });
 * browser.permanent.epsilon; // => "2.197224577337"
 * browser.single.epsilon; // => "0.537142932084"
 * ```
 */
export function rappor(options: RapporOptions): Rappor {
  const given = check(
    object({
      categories: categoriesShape(),
      f: probabilityShape(),
      p: probabilityShape(),
      q: probabilityShape(),
    }),
    options,
    "options",
  );
  const d = given.categories;
  const [f, p, q] = [given.f, given.p, given.q].map(decimalToRational) as [
    Rational,
    Rational,
    Rational,
  ];
  if (compare(p, q) >= 0) {
    throw new LdpError(
      "EMRX_BAD_PARAMETER",
      `p is ${given.p} and q is ${given.q}; expected p below q, or reports would say nothing or the contrary`,
    );
  }
  const flipped = roundUp(multiply(f, rational(1, 2)));
  const first = { p: { T: (1n << BigInt(BITS)) - flipped.T, bits: BITS }, q: flipped };
  const second = { p: roundDown(q), q: roundUp(p) };
  const parameters = `f=${given.f} p=${given.p} q=${given.q}`;
  const permanent = unary("rappor-answer", d, epsilonAbove(unaryRatio(first)), first, parameters);
  // The ratio of one report is known once the stages are composed; it does not depend on the budget that names it.
  const { single } = unaryStages("rappor", permanent, second, { epsilon: "1", parameters });
  return unaryStages("rappor", permanent, second, {
    epsilon: epsilonAbove(single.worstRatio),
    parameters,
  });
}

const roundDown = ({ numerator, denominator }: Rational): Threshold =>
  nonDegenerate({ T: floorDivide(numerator << BigInt(BITS), denominator), bits: BITS });
const roundUp = ({ numerator, denominator }: Rational): Threshold =>
  nonDegenerate({ T: ceilDivide(numerator << BigInt(BITS), denominator), bits: BITS });

/** The least decimal of twelve places whose exponential is certainly not below a ratio. */
function epsilonAbove(ratio: Rational): string {
  const scale = 10n ** 12n;
  const covers = (units: bigint): boolean =>
    compare(ratio, expLowerBound(rational(units, scale))) <= 0;
  let [low, high] = [1n, BigInt(LARGEST_EPSILON) * scale];
  if (!covers(high)) {
    throw new LdpError(
      "EMRX_BAD_EPSILON",
      `the loss is ${lnRoundedUp(ratio)}; expected at most ${LARGEST_EPSILON}: raise f, or bring p and q together`,
    );
  }
  while (low < high) {
    const middle = (low + high) >> 1n;
    if (covers(middle)) high = middle;
    else low = middle + 1n;
  }
  const digits = String(low % scale)
    .padStart(12, "0")
    .replace(/0+$/, "");
  return digits === "" ? String(low / scale) : `${low / scale}.${digits}`;
}
