// The chain of Hadamard response with blocks: two-valued over columns, but not pure, so its estimator is its own.
import { divide, multiply, rational, toNumber } from "../exact/rational.js";
import { exactLoss } from "../exact/thresholds.js";
import type { FrequencyEstimate } from "../mechanisms/common/oracle.js";
import { enumerable } from "../mechanisms/common/pure.js";
import { type SymbolColumn, symbolReports } from "../mechanisms/common/symbol.js";
import { tallies } from "../mechanisms/common/tally.js";
import type { BlockHadamardResponse } from "../mechanisms/hadamard/block-hadamard.js";
import { platformRandom } from "../random/platform.js";
import { chainOf, type Degradation, type DegradationChain } from "./chain.js";
import { keptLevels, mixed, redrawSymbols, twoValues } from "./redraw.js";

/**
 * The chain of a Hadamard response with blocks. A uniform column scores +1 and -1 for a category equally often, so redrawing only
 * shrinks the mean score: estimates are those of the highest level, divided by the probability of having been kept.
 */
export function blockChain(
  highest: BlockHadamardResponse,
  epsilons: readonly string[],
  requested: number | undefined,
): DegradationChain<BlockHadamardResponse, number, SymbolColumn> {
  const { categories: d, blocks: B, blockSize: b, worstRatio } = highest;
  const columns = B * b;
  const uniform = rational(1, columns);
  const { addReport, addColumn, isPossible } = symbolReports(columns);
  const levels = [highest];
  const steps: Degradation<SymbolColumn>[] = [];
  const values = twoValues(worstRatio, rational(1, 2 * B)); // half of the columns of one block are preferred
  for (const level of keptLevels(values, epsilons, requested)) {
    const { epsilon, index, keep, kept } = level;
    const [P, c] = [level.values.inside, level.values.outside].map((value) =>
      toNumber(multiply(value, uniform)),
    ) as [number, number];
    const gain = ((P - c) * b) / 2;
    const ratio = divide(level.values.inside, level.values.outside);
    const identity = `hr-blocks-chain epsilon=${epsilon} bits=${keep.bits} ratio=${ratio.numerator}/${ratio.denominator} from ${highest.identity}`;

    function estimate(counts: ArrayLike<number>, n: number): FrequencyEstimate {
      const shrunk = highest.estimate(counts, n).frequencies;
      const frequencies = shrunk.map((f) => f / toNumber(kept));
      const inBlock = new Float64Array(B);
      for (let i = 0; i < columns; i++) {
        const block = Math.floor(i / b);
        inBlock[block] = (inBlock[block] as number) + (counts[i] as number) / n;
      }
      const variances = frequencies.map((f, v) => {
        const square = (inBlock[highest.blockOf(v)] as number) / gain ** 2;
        return Math.max(0, square - Math.min(1, Math.max(0, f))) / n;
      });
      return { n, frequencies, variances };
    }

    const rules = { identity, cells: columns, addReport, addColumn, isPossible, estimate };
    levels.push({
      ...highest,
      identity,
      epsilon,
      bits: keep.bits,
      worstRatio: ratio,
      variance(n, f, F) {
        const square = (F * (P + c) * b) / 2 + (1 - F) * c * b;
        return (square / gain ** 2 - f) / n;
      },
      estimate,
      ...tallies(rules),
      exactEpsilon: () => exactLoss(ratio, epsilon),
      channel: () =>
        enumerable(
          {
            inputs: d,
            outputs: columns,
            probability: (output, input) =>
              mixed(highest.channel().probability(output, input), kept, uniform),
          },
          identity,
        ),
      randomize: (value, random = platformRandom()) =>
        chain.degrade(highest.randomize(value, random), 0, index, random),
      randomizeBatch: (given, random = platformRandom()) =>
        chain.degradeBatch(highest.randomizeBatch(given, random), 0, index, random),
    });
    steps.push(redrawSymbols(keep, columns));
  }
  const chain = chainOf(highest, epsilons, levels, steps);
  return chain;
}
