// The chain of utility-optimized randomized response: what is not kept becomes a uniform sensitive category.
import { lnRoundedUp } from "../exact/logarithm.js";
import {
  add,
  compare,
  divide,
  multiply,
  type Rational,
  rational,
  subtract,
} from "../exact/rational.js";
import { probabilityOf, type Threshold } from "../exact/thresholds.js";
import type { SymbolColumn } from "../mechanisms/common/symbol.js";
import { forEachBlock, twoPart } from "../mechanisms/common/two-part.js";
import { type UtilityRR, utilityParts } from "../mechanisms/utility-optimized/utility-rr.js";
import { platformRandom } from "../random/platform.js";
import { chainOf, type Degradation, type DegradationChain } from "./chain.js";
import { keptLevels, mixed } from "./redraw.js";

/**
 * The chain of a uRR. A sensitive report of a lower level has one of three probabilities, as at the highest level, each moved towards
 * 1 / s; a non-sensitive report is as revealing as ever, and rarer.
 */
export function utilityChain(
  highest: UtilityRR,
  epsilons: readonly string[],
  requested: number | undefined,
): DegradationChain<UtilityRR, number, SymbolColumn> {
  const { categories: d, sensitive } = highest;
  const s = sensitive.length;
  const isSensitive = new Set(sensitive);
  const open = Array.from({ length: d }, (_, v) => v).find((v) => !isSensitive.has(v)) as number;
  const [first, second] = [sensitive[0] as number, sensitive[1]];
  const top = highest.channel().probability;
  const known = {
    truth: top(first, first),
    lie: second === undefined ? undefined : top(first, second),
    cover: top(first, open),
    itself: top(open, open),
  };
  const present = [known.truth, known.cover, ...(known.lie === undefined ? [] : [known.lie])];
  const times = (p: Rational): Rational => multiply(p, rational(s)); // in units of the uniform distribution
  const values = {
    inside: times(present.reduce((a, b) => (compare(a, b) < 0 ? b : a))),
    outside: times(present.reduce((a, b) => (compare(a, b) < 0 ? a : b))),
  };
  const uniform = rational(1, s);
  const levels = [highest];
  const steps: Degradation<SymbolColumn>[] = [];
  for (const level of keptLevels(values, epsilons, requested)) {
    const { epsilon, index, keep, kept } = level;
    const ratio = divide(level.values.inside, level.values.outside);
    levels.push({
      ...utilityParts({
        identity: `urr-chain epsilon=${epsilon} bits=${keep.bits} ratio=${ratio.numerator}/${ratio.denominator} from ${highest.identity}`,
        categories: d,
        sensitive,
        bits: keep.bits,
        cells: {
          truth: mixed(known.truth, kept, uniform),
          lie: known.lie === undefined ? rational(0) : mixed(known.lie, kept, uniform),
          cover: mixed(known.cover, kept, uniform),
          itself: multiply(kept, known.itself),
        },
      }),
      name: highest.name,
      epsilon,
      sensitive,
      sensitiveRatio: ratio,
      exactEpsilon: () => Math.min(lnRoundedUp(ratio), Number(epsilon)),
      randomize: (value, random = platformRandom()) =>
        chain.degrade(highest.randomize(value, random), 0, index, random),
      randomizeBatch: (given, random = platformRandom()) =>
        chain.degradeBatch(highest.randomizeBatch(given, random), 0, index, random),
    });
    steps.push(coverStep(keep, sensitive));
  }
  const chain = chainOf(highest, epsilons, levels, steps);
  return chain;
}

/** Keeps a report, or puts a uniform sensitive category in its place. */
function coverStep(keep: Threshold, sensitive: readonly number[]): Degradation<SymbolColumn> {
  const s = sensitive.length;
  const codes = twoPart(keep, 1, s); // code 0 keeps, code i + 1 puts sensitive category i
  const kept = probabilityOf(keep);
  const redrawn = divide(subtract(rational(1), kept), rational(s));
  return {
    apply(column, random) {
      const reports = column.slice();
      forEachBlock(reports.length, (block, from) => {
        codes.fill(block, random);
        for (let i = 0; i < block.length; i++) {
          if (block[i] !== 0) reports[from + i] = sensitive[(block[i] as number) - 1] as number;
        }
      });
      return reports;
    },
    probability(lower, upper) {
      const drawn = sensitive.includes(lower) ? redrawn : rational(0);
      return lower === upper ? add(kept, drawn) : drawn;
    },
  };
}
