// Distances between estimates and truth, entry by entry, for evaluation studies.
import * as shapes from "../errors/shapes.js";
import { check } from "../errors/shapes.js";

/**
 * The mean squared error of estimates against the truth.
 *
 * @param estimates - one number a cell
 * @param truth - as many
 * @returns the mean of the squared differences
 * @throws EMRX_QUALITY_MISMATCH, EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { meanSquaredError } from "@emrx/quality/distances";
 *
 * meanSquaredError([0, 1], [0, 3]); // => 2
 * ```
 */
export const meanSquaredError = (estimates: ArrayLike<number>, truth: ArrayLike<number>): number =>
  average(estimates, truth, (difference) => difference * difference);

/**
 * The mean absolute error of estimates against the truth.
 *
 * @param estimates - one number a cell
 * @param truth - as many
 * @returns the mean of the absolute differences
 * @throws EMRX_QUALITY_MISMATCH, EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { meanAbsoluteError } from "@emrx/quality/distances";
 *
 * meanAbsoluteError([0, 1], [0, 3]); // => 1
 * ```
 */
export const meanAbsoluteError = (estimates: ArrayLike<number>, truth: ArrayLike<number>): number =>
  average(estimates, truth, Math.abs);

/**
 * The largest absolute error of any estimate. Its expectation grows with the number of cells even where each is unbiased.
 *
 * @param estimates - one number a cell
 * @param truth - as many
 * @returns the largest absolute difference
 * @throws EMRX_QUALITY_MISMATCH, EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { maximumError } from "@emrx/quality/distances";
 *
 * maximumError([0, 1], [0, 3]); // => 2
 * ```
 */
export function maximumError(estimates: ArrayLike<number>, truth: ArrayLike<number>): number {
  let largest = 0;
  average(estimates, truth, (difference) => {
    largest = Math.max(largest, Math.abs(difference));
    return 0;
  });
  return largest;
}

const cells = /* @__PURE__ */ shapes.numbers(shapes.finite, { least: 1 });

function average(
  estimates: ArrayLike<number>,
  truth: ArrayLike<number>,
  term: (difference: number) => number,
): number {
  const given = check(cells, estimates, "estimates");
  const actual = check(cells, truth, "truth");
  shapes.checkSameLength("estimates", given, "truth", actual);
  let total = 0;
  for (let i = 0; i < actual.length; i++)
    total += term((given[i] as number) - (actual[i] as number));
  return total / actual.length;
}
