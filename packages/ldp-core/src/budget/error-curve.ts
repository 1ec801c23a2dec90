// How fast the error of one attribute falls as its budget grows: what a budget split weighs against each other.

/**
 * The variance of one report's contribution as a function of epsilon: positive, decreasing and convex.
 */
export interface ErrorCurve {
  readonly name: string;
  /** n times the variance of the estimate. */
  variance(epsilon: number): number;
  /** Its derivative: negative, rising towards 0. */
  slope(epsilon: number): number;
}

/**
 * GRR over d categories, at frequency 0: $`V = (d - 2 + e^\varepsilon) / (e^\varepsilon - 1)^2`$.
 *
 * @param categories d, at least 2
 * @returns the curve
 * @example
 * ```ts
 * import { grrCurve } from "@emrx/ldp-core";
 *
 * Math.abs(grrCurve(2).variance(1) - 0.92067) < 1e-5; // => true
 * ```
 */
export function grrCurve(categories: number): ErrorCurve {
  return {
    name: `grr ${categories}`,
    variance: (epsilon) => {
      const gain = Math.expm1(epsilon);
      return (categories - 1 + gain) / gain ** 2;
    },
    slope: (epsilon) => {
      const gain = Math.expm1(epsilon);
      return (-(gain + 1) * (gain + 2 * categories - 2)) / gain ** 3;
    },
  };
}

/** OUE, at frequency 0 and for any number of categories: $`V = 1 / \sinh^2(\varepsilon / 2)`$. */
export const oueCurve: ErrorCurve = {
  name: "oue",
  variance: (epsilon) => 1 / Math.sinh(epsilon / 2) ** 2,
  slope: (epsilon) => -Math.cosh(epsilon / 2) / Math.sinh(epsilon / 2) ** 3,
};

/**
 * Duchi's mechanism for a number, in the worst case over the range and with the range mapped onto [-1, 1]:
 * $`V = 1 + 1 / \sinh^2(\varepsilon / 2)`$.
 */
export const duchiCurve: ErrorCurve = {
  name: "duchi",
  variance: (epsilon) => 1 + oueCurve.variance(epsilon),
  slope: oueCurve.slope,
};
