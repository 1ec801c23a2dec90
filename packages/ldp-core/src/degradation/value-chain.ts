// Chains of unary encodings whose bits are not all alike: each class of categories is flipped, or cleared, in its own measure.
import { compareBudgets } from "../exact/decimal.js";
import { lnRoundedUp } from "../exact/logarithm.js";
import {
  ceilDivide,
  compare,
  divide,
  multiply,
  type Rational,
  rational,
  subtract,
} from "../exact/rational.js";
import { chooseBits, probabilityOf, type Threshold } from "../exact/thresholds.js";
import { coins, digitsOf } from "../mechanisms/common/bernoulli.js";
import { BLOCK } from "../mechanisms/common/two-part.js";
import { type MinIdUnary, minIdUnary } from "../mechanisms/per-value/min-id.js";
import {
  type ClassThresholds,
  type ValueUnary,
  valueUnary,
} from "../mechanisms/per-value/value-unary.js";
import type { UtilityRappor } from "../mechanisms/utility-optimized/utility-rappor.js";
import { WordStream } from "../random/stream.js";
import { chainOf, type Degradation, type DegradationChain } from "./chain.js";

/** What happens to a bit one level down: a 1 is cleared, a 0 is set, with these probabilities. */
interface BitChange {
  readonly clear: Threshold;
  readonly set: Threshold;
}

/** The chain of a uRAP: sensitive bits are flipped, so that a fair coin stays one; the others are only ever cleared. */
export function rapporChain(
  highest: UtilityRappor,
  epsilons: readonly string[],
  requested: number | undefined,
): DegradationChain<UtilityRappor, Uint8Array<ArrayBuffer>, Uint32Array> {
  const { categories: d, sensitive } = highest;
  const s = sensitive.length;
  const classOf = Array.from({ length: d }, (_, v) => (sensitive.includes(v) ? 0 : 1));
  return bitChain(highest, classOf, epsilons, (above, epsilon, index) => {
    const [own, rest] = above as [ClassThresholds, ClassThresholds];
    const changesFor = (expEpsilon: Rational, bits: number): readonly BitChange[] => {
      const { numerator: N, denominator: D } = expEpsilon;
      const flip = leastFlip(probabilityOf(own.q), rational(D, N + D), bits);
      const q = probabilityOf(changed(own, { clear: flip, set: flip }).q);
      // A non-sensitive value must leave its bit clear often enough: (1/2) / (q (1 - p)) is to be at most E.
      const most = subtract(rational(1), rational(D * q.denominator, 2n * N * q.numerator));
      const clear = subtract(rational(1), divide(most, probabilityOf(rest.p)));
      return [
        { clear: flip, set: flip },
        { clear: roundedUp(clear, bits), set: { T: 0n, bits } },
      ];
    };
    const ratioOf = (changes: readonly BitChange[]): Rational => {
      const [a, b] = [
        changed(own, changes[0] as BitChange),
        changed(rest, changes[1] as BitChange),
      ];
      const [q, hidden] = [probabilityOf(a.q), subtract(rational(1), probabilityOf(b.p))];
      const clear = subtract(rational(1), q);
      const candidates = [
        divide(rational(1, 2), multiply(q, hidden)), // sensitive against non-sensitive, its bit set
        multiply(rational(2), multiply(clear, hidden)), // the other way, its bit clear
        ...(s > 1 ? [divide(clear, q)] : []), // two sensitive values
      ];
      return candidates.reduce((x, y) => (compare(x, y) < 0 ? y : x));
    };
    const changes = chooseBits(epsilon, requested, changesFor, ratioOf);
    const ratio = ratioOf(changes);
    const { bits } = (changes[0] as BitChange).clear;
    return {
      changes,
      identity: `urap-chain epsilon=${epsilon} bits=${bits} level=${index} ratio=${ratio.numerator}/${ratio.denominator} from ${highest.identity}`,
      own: {
        name: highest.name,
        epsilon,
        sensitive,
        sensitiveRatio: ratio,
        exactEpsilon: () => Math.min(lnRoundedUp(ratio), Number(epsilon)),
      },
    };
  });
}

/**
 * The chain of a MinID encoding. A lower level caps every category's epsilon: two categories are told apart there by at most the
 * smallest of their epsilons and the level's. Bits are flipped, each class of categories by what it still needs.
 */
export function minIdChain(
  highest: MinIdUnary,
  epsilons: readonly string[],
  requested: number | undefined,
): DegradationChain<MinIdUnary, Uint8Array<ArrayBuffer>, Uint32Array> {
  const { variant } = highest;
  const bits = requested ?? 64;
  const classes = [...new Set(highest.epsilons)].sort(compareBudgets);
  const classOf = highest.epsilons.map((epsilon) => classes.indexOf(epsilon));
  return bitChain(highest, classOf, epsilons, (above, cap, index) => {
    const capped = highest.epsilons.map((own) => (compareBudgets(own, cap) < 0 ? own : cap));
    const wanted = minIdUnary({ epsilons: capped, variant, bits });
    const changes = above.map(({ q }, c) => {
      const { q: least } = wanted.supportOf(classOf.indexOf(c));
      const flip = leastFlip(probabilityOf(q), least, bits);
      return { clear: flip, set: flip };
    });
    return {
      changes,
      identity: `min-id-chain epsilon=${cap} bits=${bits} level=${index} from ${highest.identity}`,
      own: { name: highest.name, variant, epsilons: capped },
    };
  });
}

/** What one lower level needs beyond what every unary encoding has. */
interface LowerLevel<Mechanism extends ValueUnary> {
  readonly changes: readonly BitChange[];
  readonly identity: string;
  readonly own: Omit<Mechanism, keyof ValueUnary>;
}

function bitChain<Mechanism extends ValueUnary>(
  highest: Mechanism,
  classOf: readonly number[],
  epsilons: readonly string[],
  lower: (
    above: readonly ClassThresholds[],
    epsilon: string,
    index: number,
  ) => LowerLevel<Mechanism>,
): DegradationChain<Mechanism, Uint8Array<ArrayBuffer>, Uint32Array> {
  let classes: readonly ClassThresholds[] = [...new Set(classOf)]
    .sort((a, b) => a - b)
    .map((c) => {
      const { p, q } = highest.supportOf(classOf.indexOf(c));
      return { p: thresholdOf(p, highest.bits), q: thresholdOf(q, highest.bits) };
    });
  const levels = [highest];
  const steps: Degradation<Uint32Array>[] = [];
  for (const [i, epsilon] of epsilons.slice(1).entries()) {
    const { changes, identity, own } = lower(classes, epsilon, i + 1);
    classes = classes.map((above, c) => changed(above, changes[c] as BitChange));
    levels.push({ ...valueUnary(identity, classOf, classes), ...own } as Mechanism);
    steps.push(bitStep(classOf, changes));
  }
  return chainOf<Mechanism, Uint8Array<ArrayBuffer>, Uint32Array>(highest, epsilons, levels, steps);
}

const thresholdOf = ({ numerator, denominator }: Rational, bits: number): Threshold => ({
  T: (numerator << BigInt(bits)) / denominator,
  bits,
});

/** The least flip r, out of 2^bits, that raises q to at least `least`: q + (1 - 2 q) r. None where q is there already. */
function leastFlip(q: Rational, least: Rational, bits: number): Threshold {
  const room = subtract(rational(1), multiply(rational(2), q));
  return roundedUp(divide(subtract(least, q), room), bits);
}

function roundedUp({ numerator, denominator }: Rational, bits: number): Threshold {
  return { T: numerator <= 0n ? 0n : ceilDivide(numerator << BigInt(bits), denominator), bits };
}

/** Both probabilities of a bit after a change: still dyadic fractions. */
function changed({ p, q }: ClassThresholds, { clear, set }: BitChange): ClassThresholds {
  const bits = p.bits + clear.bits;
  const [before, step] = [1n << BigInt(p.bits), 1n << BigInt(clear.bits)];
  const after = ({ T }: Threshold): Threshold => ({
    T: T * (step - clear.T) + (before - T) * set.T,
    bits,
  });
  return { p: after(p), q: after(q) };
}

function bitStep(
  classOf: readonly number[],
  changes: readonly BitChange[],
): Degradation<Uint32Array> {
  const d = classOf.length;
  const width = Math.ceil(d / 32);
  const parts = changes.map(({ clear, set }, c) => {
    const lanes = new Int32Array(width);
    for (const [v, own] of classOf.entries())
      if (own === c) lanes[v >> 5] = (lanes[v >> 5] as number) | (1 << (v & 31));
    return { lanes, clear: digitsOf(clear), set: digitsOf(set) };
  });
  return {
    apply(column, random) {
      const words = new WordStream(random, column.length > width ? BLOCK : 1);
      return column.map((word, i) => {
        let [cleared, added] = [0, 0];
        for (const { lanes, clear, set } of parts) {
          const own = lanes[i % width] as number;
          cleared |= coins(clear, own, words);
          added |= coins(set, own, words);
        }
        return (word & ~cleared) | (~word & added);
      });
    },
    probability(lower, upper) {
      let probability = rational(1);
      for (let v = 0; v < d; v++) {
        const { clear, set } = changes[classOf[v] as number] as BitChange;
        const [was, is] = [upper, lower].map((bits) => Math.floor(bits / 2 ** v) % 2 === 1);
        const moved = probabilityOf(was === true ? clear : set);
        probability = multiply(probability, was === is ? subtract(rational(1), moved) : moved);
      }
      return probability;
    },
  };
}
