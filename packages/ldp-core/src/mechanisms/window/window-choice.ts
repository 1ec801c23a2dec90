// Which window mechanism is best for an epsilon. The choice decides utility only, so doubles will do.
import { boolean } from "@emrx/internal/shape";
import { check } from "../../errors/check.js";
import { epsilonShape } from "../../exact/decimal.js";
import { worstOf } from "./window-estimator.js";

/** The largest number of cells that is tried. */
export const MOST_CELLS = 32;

/**
 * The pair (N, w) with N <= 32 whose variance at the worst value of the range is least.
 *
 * @param epsilon - canonical decimal
 * @param missing - whether missing values have a window of their own
 * @returns the number of cells N and the window w
 * @example
 * ```ts
 * import { bestWindow } from "@emrx/ldp-core/mechanisms";
 *
 * bestWindow("1"); // => { cells: 2, window: 1 }
 * bestWindow("4"); // => { cells: 12, window: 3 }
 * ```
 */
export function bestWindow(
  epsilon: string | number,
  missing = false,
): { readonly cells: number; readonly window: number } {
  return bestShape(check(epsilonShape, epsilon, "epsilon"), check(boolean(), missing, "missing"));
}

/** {@link bestWindow} for a canonical decimal. */
export function bestShape(
  epsilon: string,
  missing: boolean,
): { readonly cells: number; readonly window: number } {
  const E = Math.exp(Number(epsilon));
  let best = { cells: 2, window: 1 };
  let least = idealWorstVariance(E, 2, 1, missing);
  for (let cells = 3; cells <= MOST_CELLS; cells++) {
    for (let window = 1; window < cells; window++) {
      const variance = idealWorstVariance(E, cells, window, missing);
      // Ties go to the smaller mechanism, whatever the last digits say.
      if (variance < least * (1 - 1e-9)) {
        best = { cells, window };
        least = variance;
      }
    }
  }
  return best;
}

/** The worst variance over the range [-1, 1] for the ideal probabilities. */
const idealWorstVariance = (E: number, N: number, w: number, missing: boolean): number =>
  worstOf(N - w, idealVariance(E, N, w, missing));

/** The variance at a place 0..N-w of the range [-1, 1] for the ideal probabilities; formulas as in `cellScores`. */
export function idealVariance(
  E: number,
  N: number,
  w: number,
  missing: boolean,
): (place: number) => number {
  const symbols = missing ? N + w : N;
  const c = 1 / (w * E + symbols - w);
  const a = E * c;
  const gain = (a - c) * w;
  const steps = N - w;
  const present = (y: number): number => (missing ? 1 - ((y >= N ? 1 : 0) - c * w) / gain : 1);
  const value = (y: number): number => {
    const moment = ((y < N ? y : 0) - (c * N * (N - 1)) / 2) / gain;
    return (2 * (moment - ((w - 1) / 2) * present(y))) / steps - present(y);
  };
  // E[(value - x present)^2] = V - 2 x B + x^2 P, each moment a sum over all cells and one over the window.
  const moments = (position: number): readonly [number, number, number] => {
    let [V, B, P] = [0, 0, 0];
    for (let y = 0; y < symbols; y++) {
      const rate = y >= position && y < position + w ? a : c;
      V += rate * value(y) ** 2;
      B += rate * value(y) * present(y);
      P += rate * present(y) ** 2;
    }
    return [V, B, P];
  };
  const table = Array.from({ length: steps + 1 }, (_, position) => moments(position));
  return (place) => {
    const below = Math.min(steps - 1, Math.floor(place));
    const up = place - below;
    const x = -1 + (2 * place) / steps;
    const at = (position: number): number => {
      const [V, B, P] = table[position] as readonly [number, number, number];
      return V - 2 * x * B + x * x * P;
    };
    return (1 - up) * at(below) + up * at(below + 1);
  };
}
