// Chains of window mechanisms: a two-valued channel whose estimator is that of numbers.
import { compare, divide, multiply, rational } from "../exact/rational.js";
import { exactLoss } from "../exact/thresholds.js";
import { type SymbolColumn, symbolReports } from "../mechanisms/common/symbol.js";
import { tallies } from "../mechanisms/common/tally.js";
import type { WindowMechanism } from "../mechanisms/window/window.js";
import { windowEstimator } from "../mechanisms/window/window-estimator.js";
import { platformRandom } from "../random/platform.js";
import { chainOf, type Degradation, type DegradationChain } from "./chain.js";
import { keptLevels, redrawSymbols, twoValues } from "./redraw.js";

/** The chain of a window mechanism: the window stays what it is at the highest level, and loses weight. */
export function windowChain(
  highest: WindowMechanism,
  epsilons: readonly string[],
  requested: number | undefined,
): DegradationChain<WindowMechanism, number, SymbolColumn> {
  const { cells, window, missing, range, worstRatio } = highest;
  const symbols = missing ? cells + window : cells;
  const { addReport, addColumn, isPossible } = symbolReports(symbols);
  const uniform = rational(1, symbols);
  const levels = [highest];
  const steps: Degradation<SymbolColumn>[] = [];
  const values = twoValues(worstRatio, rational(window, symbols));
  for (const { epsilon, index, keep, values: lower } of keptLevels(values, epsilons, requested)) {
    const inside = multiply(lower.inside, uniform);
    const outside = multiply(lower.outside, uniform);
    const ratio = divide(inside, outside);
    const estimator = windowEstimator({ range, cells, window, missing, inside, outside });
    const identity = `window-chain epsilon=${epsilon} bits=${keep.bits} inside=${inside.numerator}/${inside.denominator} from ${highest.identity}`;
    const rules = {
      identity,
      cells: symbols,
      addReport,
      addColumn,
      isPossible,
      estimate: estimator.estimate,
    };
    levels.push({
      ...highest,
      ...estimator,
      identity,
      epsilon,
      bits: keep.bits,
      cellProbability: { inside, outside },
      worstRatio: ratio,
      ...tallies(rules),
      exactEpsilon: () => exactLoss(ratio, epsilon),
      channel() {
        const top = highest.channel();
        const isInside = (output: number, input: number): boolean =>
          compare(top.probability(output, input), highest.cellProbability.inside) === 0;
        return {
          ...top,
          probability: (output, input) => (isInside(output, input) ? inside : outside),
        };
      },
      randomize: (value, random = platformRandom()) =>
        chain.degrade(highest.randomize(value, random), 0, index, random),
      randomizeBatch: (given, random = platformRandom()) =>
        chain.degradeBatch(highest.randomizeBatch(given, random), 0, index, random),
    });
    steps.push(redrawSymbols(keep, symbols));
  }
  const chain = chainOf(highest, epsilons, levels, steps);
  return chain;
}
