// The truncated geometric mechanism: near neighbours on a scale are well hidden, distant values are not. Metric privacy.

import { object } from "@emrx/internal/shape";
import { check } from "../../errors/check.js";
import { epsilonShape } from "../../exact/decimal.js";
import { lnRoundedUp } from "../../exact/logarithm.js";
import {
  add,
  ceilDivide,
  divide,
  multiply,
  type Rational,
  rational,
  subtract,
} from "../../exact/rational.js";
import { chooseBits, nonDegenerate, probabilityOf } from "../../exact/thresholds.js";
import { type DiscreteSampler, discreteSampler } from "../../random/discrete.js";
import { platformRandom } from "../../random/platform.js";
import { WordStream } from "../../random/stream.js";
import { checkValue, checkValues } from "../common/domain.js";
import { type LinearOracle, linearParts } from "../common/linear.js";
import { bitsShape, categoriesShape } from "../common/options.js";
import { symbolColumn } from "../common/symbol.js";
import { BLOCK } from "../common/two-part.js";

/** Parameters of {@link truncatedGeometric}. */
export interface TruncatedGeometricOptions {
  /** Number of steps m of the scale, 2..64. */
  readonly categories: number;
  /** Loss **per step of distance**: decimal string or number in (0, 32]. */
  readonly epsilonPerStep: string | number;
  /** Random bits behind the ratio, 1..64; chosen by itself unless given. */
  readonly bits?: number;
}

/** The truncated geometric mechanism. It gives metric privacy: **not** local differential privacy at `epsilonPerStep`. */
export interface TruncatedGeometric extends LinearOracle {
  readonly name: "truncated-geometric";
  /** Requested loss between neighbouring values, canonical decimal. */
  readonly epsilonPerStep: string;
  /** Exact ratio of probabilities of one report under neighbouring values: at most e^epsilonPerStep. */
  readonly stepRatio: Rational;
  /** ln of the worst ratio over all pairs of values, m - 1 steps apart: the local differential privacy that this amounts to. */
  exactEpsilon(): number;
}

/**
 * The truncated geometric mechanism (Ghosh, Roughgarden and Sundararajan, STOC 2009) on an ordered scale 0..m-1.
 *
 * **A weaker promise than the other mechanisms make.** Values k steps apart can be told apart with a likelihood ratio of up to
 * e^(k epsilon): metric privacy (Chatzikokolakis et al., PETS 2013). As local differential privacy this is epsilon (m - 1),
 * which is what a budget must be charged.
 *
 * **Mechanism.** With a = A / 2^b, A = ceil(2^b e^-epsilon), the report is y with probability
 * a^|x - y| (1 - a) / (1 + a), or a^|x - y| / (1 + a) for y at an end of the scale.
 *
 * **Proof of privacy.** The ratio for neighbouring values is a^(|x - y| - |x + 1 - y|) <= 1 / a = 2^b / A <= e^epsilon, as A is
 * rounded up; k steps multiply k such ratios.
 *
 * **Estimator.** The matrix of the channel has a tridiagonal inverse, so the exact unbiased scores are: for a report y inside,
 * (1 + a^2) / (1 - a)^2 for y itself and -a / (1 - a)^2 for its neighbours; at an end, 1 / (1 - a) and -a / (1 - a).
 *
 * @param options - scale and loss per step
 * @returns the mechanism
 * @throws EMRX_BAD_DOMAIN, EMRX_BAD_EPSILON, EMRX_BAD_PARAMETER, EMRX_DEGENERATE_MECHANISM
 * @example
 * ```ts
 * import { truncatedGeometric } from "@emrx/ldp-core/mechanisms";
 *
 * const stage = truncatedGeometric({ categories: 5, epsilonPerStep: "0.5" });
 * stage.exactEpsilon() <= 4 * 0.5; // => true
 * stage.exactEpsilon() > 1.99; // => true
 * ```
 */
export function truncatedGeometric(options: TruncatedGeometricOptions): TruncatedGeometric {
  const {
    categories: m,
    epsilonPerStep,
    bits,
  } = check(
    object({ categories: categoriesShape(64), epsilonPerStep: epsilonShape, bits: bitsShape() }),
    options,
    "options",
  );
  const threshold = chooseBits(
    epsilonPerStep,
    bits,
    ({ numerator, denominator }, bits) =>
      nonDegenerate({ T: ceilDivide(denominator << BigInt(bits), numerator), bits }),
    (chosen) => divide(rational(1), probabilityOf(chosen)),
  );
  const a = probabilityOf(threshold);
  const one = rational(1);
  const stepRatio = divide(one, a);
  const power = Array.from({ length: m }, (_, k) =>
    rational(threshold.T ** BigInt(k), 1n << BigInt(threshold.bits * k)),
  );
  const end = divide(one, add(one, a));
  const inner = multiply(end, subtract(one, a));
  const isEnd = (y: number): boolean => y === 0 || y === m - 1;
  const probability = (y: number, x: number): Rational =>
    multiply(power[Math.abs(x - y)] as Rational, isEnd(y) ? end : inner);

  const gap = subtract(one, a);
  const side = divide(multiply(rational(-1), a), gap);
  const score = (y: number, v: number): Rational => {
    const distance = Math.abs(y - v);
    if (distance > 1) return rational(0);
    const edge = distance === 0 ? divide(one, gap) : side;
    if (isEnd(y)) return edge;
    return distance === 0
      ? divide(add(one, multiply(a, a)), multiply(gap, gap))
      : divide(side, gap);
  };

  // Whole-number weights of the reports of each value: probabilities over their common denominator.
  const samplers: DiscreteSampler[] = Array.from({ length: m }, (_, x) => {
    const row = Array.from({ length: m }, (_, y) => probability(y, x));
    const common = row.reduce((product, { denominator }) => {
      return product % denominator === 0n ? product : product * denominator;
    }, 1n);
    return discreteSampler(row.map((p) => (p.numerator * common) / p.denominator));
  });
  const draw = (value: number, words: WordStream): number =>
    (samplers[value] as DiscreteSampler).draw(words);

  return {
    ...linearParts({
      identity: `truncated-geometric categories=${m} epsilonPerStep=${epsilonPerStep} bits=${threshold.bits}`,
      categories: m,
      bits: threshold.bits,
      channel: { inputs: m, outputs: m, probability },
      score,
    }),
    name: "truncated-geometric",
    epsilonPerStep,
    stepRatio,
    exactEpsilon: () => lnRoundedUp(divide(one, power[m - 1] as Rational)),
    randomize(value, random = platformRandom()) {
      checkValue(value, m);
      return draw(value, new WordStream(random, 1));
    },
    randomizeBatch(values, random = platformRandom()) {
      checkValues(values, m);
      const words = new WordStream(random, BLOCK);
      const reports = symbolColumn(values.length, m);
      for (let i = 0; i < values.length; i++) reports[i] = draw(values[i] as number, words);
      return reports;
    },
  };
}
