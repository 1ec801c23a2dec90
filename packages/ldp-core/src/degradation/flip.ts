// Degradations of unary encodings: every bit is flipped again, ones and zeros alike.
import { compare, multiply, type Rational, rational, subtract } from "../exact/rational.js";
import { chooseBits, nonDegenerate, probabilityOf, type Threshold } from "../exact/thresholds.js";
import { coins, digitsOf } from "../mechanisms/common/bernoulli.js";
import { lastLanes } from "../mechanisms/common/bitmap.js";
import type { FrequencyOracle } from "../mechanisms/common/oracle.js";
import { BLOCK } from "../mechanisms/common/two-part.js";
import { type UnaryThresholds, unary, unaryRatio } from "../mechanisms/unary/unary.js";
import { WordStream } from "../random/stream.js";
import { chainOf, type Degradation, type DegradationChain } from "./chain.js";

type Unary = FrequencyOracle<Uint8Array<ArrayBuffer>, Uint32Array>;

/**
 * The chain of a unary encoding. One level down, each bit of the report above is flipped with probability R / 2^b:
 * p' = p + (1 - 2 p) R / 2^b, and q' likewise; R is the least integer whose ratio is within the bound.
 */
export function flipChain(
  highest: Unary,
  epsilons: readonly string[],
  requested: number | undefined,
): DegradationChain<Unary, Uint8Array<ArrayBuffer>, Uint32Array> {
  const d = highest.categories;
  const levels = [highest];
  const steps: Degradation<Uint32Array>[] = [];
  let above: UnaryThresholds = {
    p: thresholdOf(highest.support.p, highest.bits),
    q: thresholdOf(highest.support.q, highest.bits),
  };
  for (const epsilon of epsilons.slice(1)) {
    const from = above;
    const flip = chooseBits(
      epsilon,
      requested,
      (expEpsilon, bits) => leastFlip(from, expEpsilon, bits),
      (chosen) => unaryRatio(flipped(from, chosen)),
    );
    above = flipped(from, flip);
    const { numerator, denominator } = probabilityOf(above.q);
    const parameters = `q=${numerator}/${denominator} from ${highest.identity}`;
    levels.push(unary(`${highest.name}-chain`, d, epsilon, above, parameters));
    steps.push(flipStep(d, flip));
  }
  return chainOf(highest, epsilons, levels, steps);
}

const thresholdOf = ({ numerator, denominator }: Rational, bits: number): Threshold => ({
  T: (numerator << BigInt(bits)) / denominator,
  bits,
});

/** Both probabilities after flips: still dyadic fractions. */
function flipped({ p, q }: UnaryThresholds, flip: Threshold): UnaryThresholds {
  const bits = p.bits + flip.bits;
  const size = 1n << BigInt(p.bits);
  const of = ({ T }: Threshold): Threshold => ({
    T: (T << BigInt(flip.bits)) + (size - 2n * T) * flip.T,
    bits,
  });
  return { p: of(p), q: of(q) };
}

/** The least R; the ratio falls as R grows, to 1 at 2^(b-1). */
function leastFlip(above: UnaryThresholds, expEpsilon: Rational, bits: number): Threshold {
  let [low, high] = [1n, 1n << BigInt(bits - 1)];
  while (low < high) {
    const middle = (low + high) >> 1n;
    const ratio = unaryRatio(flipped(above, { T: middle, bits }));
    if (compare(ratio, expEpsilon) <= 0) high = middle;
    else low = middle + 1n;
  }
  return nonDegenerate({ T: low, bits });
}

function flipStep(d: number, flip: Threshold): Degradation<Uint32Array> {
  const digits = digitsOf(flip);
  const width = Math.ceil(d / 32);
  const lastWord = lastLanes(d);
  const [flips, stays] = [probabilityOf(flip), subtract(rational(1), probabilityOf(flip))];
  return {
    apply(column, random) {
      const words = new WordStream(random, column.length > width ? BLOCK : 1);
      return column.map(
        (word, i) => word ^ coins(digits, (i + 1) % width === 0 ? lastWord : -1, words),
      );
    },
    probability(lower, upper) {
      let probability = rational(1);
      for (let v = 0; v < d; v++) {
        const isSame = Math.floor(lower / 2 ** v) % 2 === Math.floor(upper / 2 ** v) % 2;
        probability = multiply(probability, isSame ? stays : flips);
      }
      return probability;
    },
  };
}
