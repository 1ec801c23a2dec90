// Covariance and correlation of two numeric attributes from unbiased scores of the same records.
import { object } from "@emrx/internal/shape";
import { QualityError } from "../errors/quality-error.js";
import * as shapes from "../errors/shapes.js";
import { check } from "../errors/shapes.js";

/** An estimate with its estimated variance. */
export interface EstimateWithVariance {
  readonly estimate: number;
  readonly variance: number;
}

const scores = /* @__PURE__ */ shapes.numbers(shapes.score, { least: 2 });
const scoresOptions = /* @__PURE__ */ object({ x: scores, y: scores });
const correlationOptions = /* @__PURE__ */ object({
  x: scores,
  y: scores,
  noiseX: shapes.nonNegative,
  noiseY: shapes.nonNegative,
});

/**
 * The covariance of two attributes. Their noise is independent, so the covariance of the scores is unbiased as it stands.
 *
 * @param options - unbiased scores `x` and `y` of the same records, in the same order, at least two
 * @returns the estimate and its variance (from the spread of the products), about the population
 * @throws EMRX_QUALITY_MISMATCH, EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { covariance } from "@emrx/quality/moments";
 *
 * covariance({ x: [1, 2, 3, 4], y: [2, 4, 6, 8] }).estimate.toFixed(6); // => "3.333333"
 * ```
 */
export function covariance(options: {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}): EstimateWithVariance {
  const { n, u, v } = centred(check(scoresOptions, options, "options"));
  const products = u.map((value, i) => value * (v[i] as number));
  const mean = products.reduce((sum, value) => sum + value, 0) / n;
  return { estimate: (mean * n) / (n - 1), variance: spreadOver(products, mean) };
}

/**
 * The correlation, with the mechanisms' noise taken off both variances. Without that it would be too small (attenuation).
 *
 * @param options - unbiased scores `x` and `y`; `noiseX` and `noiseY`, the noise variance of one score, averaged over the records
 * @returns the estimate, not clipped to [-1, 1], and its variance by the delta method, about the population
 * @throws EMRX_QUALITY_SINGULAR if noise exceeds a score's whole variance; EMRX_QUALITY_MISMATCH, EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { correlation } from "@emrx/quality/moments";
 *
 * const x = [1, 2, 3, 4];
 * correlation({ x, y: x, noiseX: 0, noiseY: 0 }).estimate.toFixed(6); // => "1.000000"
 * ```
 */
export function correlation(options: {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  readonly noiseX: number;
  readonly noiseY: number;
}): EstimateWithVariance {
  const { noiseX, noiseY, ...scores } = check(correlationOptions, options, "options");
  const { n, u, v } = centred(scores);
  const moment = (a: Float64Array, b: Float64Array): number =>
    a.reduce((sum, value, i) => sum + value * (b[i] as number), 0) / (n - 1);
  const between = moment(u, v);
  const varianceX = moment(u, u) - noiseX;
  const varianceY = moment(v, v) - noiseY;
  if (!(varianceX > 0 && varianceY > 0)) {
    throw new QualityError(
      "EMRX_QUALITY_SINGULAR",
      `after the noise is taken off the variances are ${varianceX} and ${varianceY}; expected positive: more records are needed`,
    );
  }
  const scale = Math.sqrt(varianceX * varianceY);
  const estimate = between / scale;
  // How much each record moves the estimate (its influence).
  const influence = u.map((a, i) => {
    const b = v[i] as number;
    const ofX = (a * a - noiseX - varianceX) / varianceX;
    const ofY = (b * b - noiseY - varianceY) / varianceY;
    return (a * b - between) / scale - (estimate / 2) * (ofX + ofY);
  });
  return { estimate, variance: spreadOver(influence, 0) };
}

function centred({ x, y }: { readonly x: ArrayLike<number>; readonly y: ArrayLike<number> }): {
  readonly n: number;
  readonly u: Float64Array;
  readonly v: Float64Array;
} {
  shapes.checkSameLength("options.x", x, "options.y", y);
  const n = x.length;
  const centre = (given: ArrayLike<number>): Float64Array => {
    const copy = Float64Array.from(given);
    const mean = copy.reduce((sum, score) => sum + score, 0) / n;
    return copy.map((score) => score - mean);
  };
  return { n, u: centre(x), v: centre(y) };
}

/** Variance of a mean of these. */
function spreadOver(values: Float64Array, mean: number): number {
  const n = values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1) / n;
}
