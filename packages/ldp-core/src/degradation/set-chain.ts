// The chain of PrivSet: a two-valued channel over k-subsets of items, whose input is a set.
import { divide, rational } from "../exact/rational.js";
import type { Threshold } from "../exact/thresholds.js";
import { coins, digitsOf } from "../mechanisms/common/bernoulli.js";
import { combinations } from "../mechanisms/common/combinations.js";
import { pureOracle } from "../mechanisms/common/pure.js";
import { BLOCK } from "../mechanisms/common/two-part.js";
import type { PrivSet } from "../mechanisms/sets/privset.js";
import { listReports } from "../mechanisms/sets/subset-list.js";
import { platformRandom } from "../random/platform.js";
import { WordStream } from "../random/stream.js";
import { subsetSampler } from "../random/subset.js";
import { chainOf, type Degradation, type DegradationChain } from "./chain.js";
import { keptLevels, mixed, stepProbability, twoValues } from "./redraw.js";

/** The chain of a set mechanism; the number k of items in a report stays what it is at the highest level. */
export function setChain(
  highest: PrivSet,
  epsilons: readonly string[],
  requested: number | undefined,
): DegradationChain<PrivSet, Uint16Array, Uint16Array, ArrayLike<number>> {
  const { categories: d, atMost, size, support, worstRatio } = highest;
  const items = d + atMost;
  const outputs = combinations(items, size);
  const hits = outputs - combinations(items - atMost, size);
  let inputs = 0;
  for (let codes = 0; codes <= atMost; codes++) inputs += Number(combinations(d, codes));
  const reports = listReports(items, size);
  const levels = [highest];
  const steps: Degradation<Uint16Array>[] = [];
  const values = twoValues(worstRatio, rational(hits, outputs));
  const uniform = rational(size, items); // a uniform report holds a given code with this probability
  for (const level of keptLevels(values, epsilons, requested)) {
    const { epsilon, index, keep, kept } = level;
    const lower = { p: mixed(support.p, kept, uniform), q: mixed(support.q, kept, uniform) };
    const parts = pureOracle("privset-chain", {
      categories: d,
      epsilon,
      bits: keep.bits,
      parameters: `p=${lower.p.numerator}/${lower.p.denominator} from ${highest.identity}`,
      support: lower,
      worstRatio: divide(level.values.inside, level.values.outside),
      supportOf: (counts) => Array.from({ length: d }, (_, v) => counts[v] as number),
      inputs,
      outputs: Number(outputs),
      probability: (output, input) =>
        mixed(highest.channel().probability(output, input), kept, rational(1, outputs)),
      ...reports,
    });
    levels.push({
      ...parts,
      name: highest.name,
      atMost,
      size,
      randomize: (codes, random = platformRandom()) =>
        chain.degrade(highest.randomize(codes, random), 0, index, random),
      randomizeBatch: (sets, random = platformRandom()) =>
        chain.degradeBatch(highest.randomizeBatch(sets, random), 0, index, random),
    });
    steps.push(redrawLists(keep, items, size, outputs));
  }
  const chain = chainOf(highest, epsilons, levels, steps);
  return chain;
}

/** Reports that are lists of `size` of `items`; a new list is drawn in any case. */
function redrawLists(
  keep: Threshold,
  items: number,
  size: number,
  lists: bigint,
): Degradation<Uint16Array> {
  const digits = digitsOf(keep);
  return {
    apply(column, random) {
      const words = new WordStream(random, column.length > size ? BLOCK : 1);
      const sampler = subsetSampler(items);
      const reports = column.slice();
      for (let at = 0; at < column.length; at += size) {
        const isKept = coins(digits, 1, words) === 1;
        const drawn = Uint16Array.from(sampler.draw(size, words).subarray(0, size)).sort();
        if (!isKept) reports.set(drawn, at);
      }
      return reports;
    },
    probability: stepProbability(keep, lists),
  };
}
