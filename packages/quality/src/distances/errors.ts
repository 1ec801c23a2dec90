// Distances between estimates and truth, entry by entry, for evaluation studies.
import { checkFinite, checkSameLength } from "../errors/check.js";
import { QualityError } from "../errors/quality-error.js";

/**
 * The mean squared error of estimates against the truth.
 *
 * @param estimates - one number a cell
 * @param truth - as many
 * @returns the mean of the squared differences
 * @throws EMRX_MISMATCH, EMRX_OUT_OF_RANGE
 * @example
 * ```ts
 * import { meanSquaredError } from "@emrx/quality/distances";
 *
 * meanSquaredError([0, 1], [0, 3]); // => 2
 * ```
 */
export const meanSquaredError = (estimates: ArrayLike<number>, truth: ArrayLike<number>): number =>
  sum(estimates, truth, (difference) => difference * difference) / truth.length;

/**
 * The mean absolute error of estimates against the truth.
 *
 * @param estimates - one number a cell
 * @param truth - as many
 * @returns the mean of the absolute differences
 * @throws EMRX_MISMATCH, EMRX_OUT_OF_RANGE
 * @example
 * ```ts
 * import { meanAbsoluteError } from "@emrx/quality/distances";
 *
 * meanAbsoluteError([0, 1], [0, 3]); // => 1
 * ```
 */
export const meanAbsoluteError = (estimates: ArrayLike<number>, truth: ArrayLike<number>): number =>
  sum(estimates, truth, Math.abs) / truth.length;

/**
 * The largest absolute error of any estimate. Its expectation grows with the number of cells even where each is unbiased.
 *
 * @param estimates - one number a cell
 * @param truth - as many
 * @returns the largest absolute difference
 * @throws EMRX_MISMATCH, EMRX_OUT_OF_RANGE
 * @example
 * ```ts
 * import { maximumError } from "@emrx/quality/distances";
 *
 * maximumError([0, 1], [0, 3]); // => 2
 * ```
 */
export function maximumError(estimates: ArrayLike<number>, truth: ArrayLike<number>): number {
  let largest = 0;
  sum(estimates, truth, (difference) => {
    largest = Math.max(largest, Math.abs(difference));
    return 0;
  });
  return largest;
}

function sum(
  estimates: ArrayLike<number>,
  truth: ArrayLike<number>,
  term: (difference: number) => number,
): number {
  checkSameLength("estimates", estimates, "truth", truth);
  if (truth.length === 0)
    throw new QualityError("EMRX_MISMATCH", "truth is empty; give at least one cell");
  let total = 0;
  for (let i = 0; i < truth.length; i++) {
    checkFinite(`estimates[${i}]`, estimates[i] as number);
    checkFinite(`truth[${i}]`, truth[i] as number);
    total += term((estimates[i] as number) - (truth[i] as number));
  }
  return total;
}
