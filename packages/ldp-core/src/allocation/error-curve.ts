// How fast the error of one attribute falls as its budget grows: what a budget split weighs against each other.
import { bestSize } from "../mechanisms/sets/privset.js";

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
 * import { grrCurve } from "@emrx/ldp-core/allocation";
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

/**
 * Subset selection over d categories, at frequency 0, with the subset size w that is best at one epsilon. With
 * $`p = w E / (w E + d - w)`$, the probability that the subset holds the value,
 * $`V = (w - p)(d - 1 - w + p) / (p d - w)^2`$. With w = 1 it is GRR.
 *
 * @param categories d, at least 2
 * @param near the epsilon that the size is best at
 * @returns the curve
 */
export function subsetCurve(categories: number, near: number): ErrorCurve {
  const d = categories;
  const inclusion = (w: number, epsilon: number): number => {
    const weight = w * Math.exp(epsilon);
    return weight / (weight + d - w);
  };
  const square = (w: number, p: number): number => (w - p) * (d - 1 - w + p);
  // The best real number lies beside the best whole one. Best is the least sum of variances, which is d V + (1 - p - q) / (p - q).
  const sum = (w: number): number => {
    const p = inclusion(w, near);
    const q = (w - p) / (d - 1);
    return (d * square(w, p)) / (p * d - w) ** 2 + (1 - p - q) / (p - q);
  };
  const lower = Math.max(1, Math.floor(d / (Math.exp(near) + 1)));
  const upper = Math.min(d - 1, lower + 1);
  const w = sum(upper) < sum(lower) ? upper : lower;
  return {
    name: `ss ${d} ${w}`,
    variance: (epsilon) => {
      const p = inclusion(w, epsilon);
      return square(w, p) / (p * d - w) ** 2;
    },
    slope: (epsilon) => {
      const p = inclusion(w, epsilon);
      const gap = p * d - w;
      return p * (1 - p) * ((2 * (w - p) - (d - 1)) / gap ** 2 - (2 * d * square(w, p)) / gap ** 3);
    },
  };
}

/** OUE, at frequency 0 and for any number of categories: $`V = 1 / \sinh^2(\varepsilon / 2)`$. */
export const oueCurve: ErrorCurve = {
  name: "oue",
  variance: (epsilon) => 1 / Math.sinh(epsilon / 2) ** 2,
  slope: (epsilon) => -Math.cosh(epsilon / 2) / Math.sinh(epsilon / 2) ** 3,
};

/** SUE, at frequency 0 and for any number of categories: $`V = 1 / (4 \sinh^2(\varepsilon / 4))`$. */
export const sueCurve: ErrorCurve = {
  name: "sue",
  variance: (epsilon) => 1 / (4 * Math.sinh(epsilon / 4) ** 2),
  slope: (epsilon) => -Math.cosh(epsilon / 4) / (8 * Math.sinh(epsilon / 4) ** 3),
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

/**
 * PrivSet for a set of at most L of d codes, at frequency 0, with the report size k that is best at one epsilon. With
 * $`c = P(\text{a uniform k-subset holds a given code and misses the set})`$ and $`M`$ the probability that it misses the set,
 * $`V = Q (S - Q) / (c (e^\varepsilon - 1))^2`$, $`Q = e^\varepsilon (k / D - c) + c`$, $`S = e^\varepsilon (1 - M) + M`$, $`D = d + L`$.
 */
export function privsetCurve(categories: number, atMost: number, near: number): ErrorCurve {
  const D = categories + atMost;
  const k = bestSize(D, atMost, Math.exp(near));
  let miss = 1;
  for (let i = 0; i < atMost; i++) miss *= (D - k - i) / (D - i);
  const c = (miss * k) / categories;
  const [a, b] = [k / D - c, 1 - miss]; // the slopes of Q and S in e^epsilon
  const parts = (epsilon: number): { Q: number; R: number; gain: number } => {
    const gain = Math.expm1(epsilon);
    const Q = (gain + 1) * a + c;
    return { Q, R: (gain + 1) * b + miss - Q, gain };
  };
  return {
    name: `privset ${categories} ${atMost} ${k}`,
    variance: (epsilon) => {
      const { Q, R, gain } = parts(epsilon);
      return (Q * R) / (c * gain) ** 2;
    },
    slope: (epsilon) => {
      const { Q, R, gain } = parts(epsilon);
      return ((gain + 1) / (c * gain) ** 2) * (a * R + Q * (b - a) - (2 * Q * R) / gain);
    },
  };
}
