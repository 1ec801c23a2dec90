// Which mixture of Duchi's mechanism and a window is best for an epsilon. The choice decides utility only, so doubles will do.
import { check } from "../../errors/check.js";
import { epsilonShape } from "../../exact/decimal.js";
import { bestShape, idealVariance, MOST_CELLS } from "./window-choice.js";
import { worstOf } from "./window-estimator.js";

/** The parameters of a mixture. */
export interface MixtureShape {
  /** Number of cells N of the window mechanism. */
  readonly cells: number;
  /** Number of cells w in a window. */
  readonly window: number;
  /** How often the window mechanism is used, in percent, 1..99; otherwise Duchi's. */
  readonly windowPercent: number;
}

/**
 * The mixture, N <= 32 and a whole number of percent, whose variance at the worst value of the range is least.
 *
 * Duchi's variance is largest in the middle of the range and a window's at its ends, so a mixture can be better than both:
 * by 9 % at epsilon 1 and 1.5 % at epsilon 2. For epsilon up to 0.5 nothing beats Duchi's mechanism alone.
 *
 * @param epsilon - decimal string or number in (0, 32]
 * @returns the parameters, or undefined where no mixture is better than the best window mechanism, Duchi's included
 * @throws EMRX_BAD_EPSILON
 * @example
 * ```ts
 * import { bestMixture } from "@emrx/ldp-core/mechanisms";
 *
 * bestMixture("0.5"); // => undefined
 * bestMixture("1")?.windowPercent; // => 42
 * ```
 */
export function bestMixture(epsilon: string | number): MixtureShape | undefined {
  const budget = check(epsilonShape, epsilon, "epsilon");
  const E = Math.exp(Number(budget));
  const single = bestShape(budget, false);
  const { cells: N, window: w } = single;
  // Ties go to the single mechanism, whatever the last digits say.
  let least = worstOf(N - w, idealVariance(E, N, w, false)) * (1 - 1e-9);
  let best: MixtureShape | undefined;
  for (let cells = 3; cells <= MOST_CELLS; cells++) {
    for (let window = 1; window < cells; window++) {
      const { windowPercent, worst } = bestPercent(E, cells, window);
      if (worst < least) {
        best = { cells, window, windowPercent };
        least = worst;
      }
    }
  }
  return best;
}

/** The best share of one window: the worst variance is a maximum of lines in the share, so it is convex in it. */
function bestPercent(
  E: number,
  cells: number,
  window: number,
): { readonly windowPercent: number; readonly worst: number } {
  const steps = cells - window;
  const ofWindow = idealVariance(E, cells, window, false);
  const duchi = ((E + 1) / (E - 1)) ** 2;
  // `worstOf` asks at halves only.
  const table = Float64Array.from({ length: 2 * steps + 1 }, (_, half) => ofWindow(half / 2));
  const worst = (percent: number): number =>
    worstOf(steps, (place) => {
      const share = percent / 100;
      const ofDuchi = duchi - ((2 * place) / steps - 1) ** 2;
      return share * (table[2 * place] as number) + (1 - share) * ofDuchi;
    });
  let [low, high] = [1, 99];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (worst(middle) <= worst(middle + 1)) high = middle;
    else low = middle + 1;
  }
  return { windowPercent: low, worst: worst(low) };
}
