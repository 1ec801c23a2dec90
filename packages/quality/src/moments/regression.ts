// Linear regression on noisy scores, corrected for the noise in the predictors.
import { arrayOf, object } from "@emrx/internal/shape";
import { QualityError } from "../errors/quality-error.js";
import * as shapes from "../errors/shapes.js";
import { check } from "../errors/shapes.js";
import { solve } from "./solve-linear.js";

/** A fitted regression. */
export interface Regression {
  /** Intercept first, then one coefficient a predictor. */
  readonly coefficients: Float64Array;
  /** Estimated variance of each, about the population. */
  readonly variances: Float64Array;
}

const scores = /* @__PURE__ */ shapes.numbers(shapes.score);
const regressionOptions = /* @__PURE__ */ object({
  // The equations are solved in time cubic in the number of predictors.
  predictors: /* @__PURE__ */ arrayOf(scores, { most: 200 }),
  response: scores,
  noise: /* @__PURE__ */ arrayOf(shapes.nonNegative),
});

/**
 * Least squares with errors in the predictors: $`\beta = (X^T X - n N)^{-1} X^T y`$ with N the noise variances on the diagonal. Without the
 * subtraction every slope is pulled toward 0. The noise of response and predictors is independent, so $`X^T y`$ needs no correction.
 *
 * Source: W. Fuller, Measurement Error Models (1987), section 2.2; variances by the sandwich formula.
 *
 * @param options - `predictors`, each an array of unbiased scores, one a record; the scores of the `response`; `noise`, for each predictor
 *   the noise variance of one score averaged over the records
 * @returns coefficients and their variances
 * @throws EMRX_QUALITY_SINGULAR if the corrected equations have no unique solution; EMRX_QUALITY_MISMATCH, EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { linearRegression } from "@emrx/quality/moments";
 *
 * const fit = linearRegression({ predictors: [[0, 1, 2, 3]], response: [1, 3, 5, 7], noise: [0] });
 * [...fit.coefficients].map((value) => value.toFixed(6)); // => ["1.000000", "2.000000"]
 * ```
 */
export function linearRegression(options: {
  readonly predictors: readonly ArrayLike<number>[];
  readonly response: ArrayLike<number>;
  readonly noise: readonly number[];
}): Regression {
  const { predictors, response, noise } = check(regressionOptions, options, "options");
  shapes.checkSameLength("options.predictors", predictors, "options.noise", noise);
  predictors.forEach((predictor, j) => {
    shapes.checkSameLength(`options.predictors[${j}]`, predictor, "options.response", response);
  });
  const n = response.length;
  const size = predictors.length + 1;
  if (n <= size) {
    throw new QualityError(
      "EMRX_QUALITY_MISMATCH",
      `response has ${n} entries; expected more than the ${size} coefficients`,
    );
  }
  const row = (i: number): Float64Array =>
    Float64Array.from({ length: size }, (_, j) =>
      j === 0 ? 1 : ((predictors[j - 1] as ArrayLike<number>)[i] as number),
    );
  const matrix = Array.from({ length: size }, () => new Float64Array(size));
  const right = new Float64Array(size);
  for (let i = 0; i < n; i++) {
    const x = row(i);
    const y = response[i] as number;
    x.forEach((a, j) => {
      right[j] = (right[j] as number) + (a * y) / n;
      const line = matrix[j] as Float64Array;
      x.forEach((b, k) => {
        line[k] = (line[k] as number) + (a * b) / n;
      });
    });
  }
  noise.forEach((variance, j) => {
    const line = matrix[j + 1] as Float64Array;
    line[j + 1] = (line[j + 1] as number) - variance;
  });
  const coefficients = solve(matrix, right);

  // Sandwich: each record's estimating equation x (y - x b) + N b, whose spread is carried through the inverse matrix.
  const meat = Array.from({ length: size }, () => new Float64Array(size));
  for (let i = 0; i < n; i++) {
    const x = row(i);
    const residual =
      (response[i] as number) - x.reduce((sum, a, j) => sum + a * (coefficients[j] as number), 0);
    const equation = x.map(
      (a, j) =>
        a * residual + (j === 0 ? 0 : (noise[j - 1] as number) * (coefficients[j] as number)),
    );
    equation.forEach((a, j) => {
      const line = meat[j] as Float64Array;
      equation.forEach((b, k) => {
        line[k] = (line[k] as number) + (a * b) / n;
      });
    });
  }
  const variances = coefficients.map((_, j) => {
    // The matrix is symmetric, so a row of its inverse solves one more system.
    const unit = new Float64Array(size);
    unit[j] = 1;
    const inverse = solve(matrix, unit);
    let variance = 0;
    inverse.forEach((a, k) => {
      inverse.forEach((b, l) => {
        variance += a * b * ((meat[k] as Float64Array)[l] as number);
      });
    });
    return variance / n;
  });
  return { coefficients, variances };
}
