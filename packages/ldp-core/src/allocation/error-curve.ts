// How fast the error of one attribute falls as its budget grows: what a budget split weighs against each other.
import { number, type OptionalShape, object, optional } from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { categoriesShape, rangeShape } from "../mechanisms/common/options.js";
import { bestSize } from "../mechanisms/sets/privset.js";

/** The variance of one report's contribution as a function of epsilon (positive): positive, decreasing and convex. */
export interface ErrorCurve {
  readonly name: string;
  /** n times the variance of the estimate. */
  variance(epsilon: number): number;
  /** Its derivative: negative, rising towards 0. */
  slope(epsilon: number): number;
}

/**
 * GRR over d categories, at frequency f: $`V = (d - 2 + E) / (E - 1)^2 + f (d - 2) / (E - 1)`$, $`E = e^\varepsilon`$.
 *
 * @param options - `categories` d, at least 2; `frequency` f in [0, 1], 0 unless given
 * @returns the curve
 * @throws `EMRX_BAD_DOMAIN`, `EMRX_BAD_PARAMETER`
 * @example
 * ```ts
 * import { grrCurve } from "@emrx/ldp-core/allocation";
 *
 * grrCurve({ categories: 2 }).variance(1).toFixed(5); // => "0.92067"
 * grrCurve({ categories: 4 }).variance(Math.log(3)).toFixed(6); // => "1.250000"
 * ```
 */
export function grrCurve(options: {
  readonly categories: number;
  readonly frequency?: number;
}): ErrorCurve {
  const given = check(
    object({ categories: categoriesShape(), frequency: frequencyShape() }),
    options,
    "options",
  );
  const { categories: d, frequency: f = 0 } = given;
  return {
    name: `grr ${d}${at(f)}`,
    variance: (epsilon) => {
      const gain = Math.expm1(epsilon);
      return (d - 1 + gain) / gain ** 2 + (f * (d - 2)) / gain;
    },
    slope: (epsilon) => {
      const gain = Math.expm1(epsilon);
      return (
        (-(gain + 1) * (gain + 2 * d - 2)) / gain ** 3 - (f * (d - 2) * (gain + 1)) / gain ** 2
      );
    },
  };
}

/**
 * Subset selection over d categories, at frequency 0, with subsets of w categories. With
 * $`p = w E / (w E + d - w)`$, the probability that the subset holds the value,
 * $`V = (w - p)(d - 1 - w + p) / (p d - w)^2`$. With w = 1 it is GRR.
 */
export function subsetCurve(d: number, w: number): ErrorCurve {
  const inclusion = (epsilon: number): number => {
    const weight = w * Math.exp(epsilon);
    return weight / (weight + d - w);
  };
  const square = (p: number): number => (w - p) * (d - 1 - w + p);
  return {
    name: `ss ${d} ${w}`,
    variance: (epsilon) => {
      const p = inclusion(epsilon);
      return square(p) / (p * d - w) ** 2;
    },
    slope: (epsilon) => {
      const p = inclusion(epsilon);
      const gap = p * d - w;
      return p * (1 - p) * ((2 * (w - p) - (d - 1)) / gap ** 2 - (2 * d * square(p)) / gap ** 3);
    },
  };
}

/**
 * OUE, at frequency f and for any number of categories: $`V = 1 / \sinh^2(\varepsilon / 2) + f`$.
 *
 * @param options - `frequency` f in [0, 1], 0 unless given
 * @returns the curve
 * @throws `EMRX_BAD_PARAMETER`
 * @example
 * ```ts
 * import { oueCurve } from "@emrx/ldp-core/allocation";
 *
 * oueCurve().variance(Math.log(3)).toFixed(6); // => "3.000000"
 * ```
 */
export function oueCurve(options: { readonly frequency?: number } = {}): ErrorCurve {
  const { frequency: f = 0 } = check(object({ frequency: frequencyShape() }), options, "options");
  return {
    name: `oue${at(f)}`,
    variance: (epsilon) => 1 / Math.sinh(epsilon / 2) ** 2 + f,
    slope: (epsilon) => -Math.cosh(epsilon / 2) / Math.sinh(epsilon / 2) ** 3,
  };
}

/**
 * SUE, at any frequency and for any number of categories: $`V = 1 / (4 \sinh^2(\varepsilon / 4))`$.
 *
 * @returns the curve
 * @example
 * ```ts
 * import { sueCurve } from "@emrx/ldp-core/allocation";
 *
 * sueCurve().variance(1).toFixed(4); // => "3.9177"
 * ```
 */
export function sueCurve(): ErrorCurve {
  return {
    name: "sue",
    variance: (epsilon) => 1 / (4 * Math.sinh(epsilon / 4) ** 2),
    slope: (epsilon) => -Math.cosh(epsilon / 4) / (8 * Math.sinh(epsilon / 4) ** 3),
  };
}

/**
 * Duchi's mechanism for a number in [low, high], at the value in the middle, the worst one: $`V = (r \coth(\varepsilon / 2))^2`$, r half
 * the width of the range.
 *
 * @param options - `range`, [-1, 1] unless given
 * @returns the curve
 * @throws `EMRX_BAD_RANGE`
 * @example
 * ```ts
 * import { duchiCurve } from "@emrx/ldp-core/allocation";
 *
 * duchiCurve().variance(Math.log(3)).toFixed(6); // => "4.000000"
 * ```
 */
export function duchiCurve(
  options: { readonly range?: readonly [low: number, high: number] } = {},
): ErrorCurve {
  const given = check(object({ range: optional(rangeShape()) }), options, "options");
  const [low, high] = given.range ?? [-1, 1];
  const scale = (high - low) ** 2 / 4;
  return {
    name: `duchi ${low} ${high}`,
    variance: (epsilon) => scale / Math.tanh(epsilon / 2) ** 2,
    slope: (epsilon) => (-scale * Math.cosh(epsilon / 2)) / Math.sinh(epsilon / 2) ** 3,
  };
}

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

const frequencyShape = (): OptionalShape<number> => optional(number({ from: 0, to: 1 }));

const at = (frequency: number): string => (frequency === 0 ? "" : ` at ${frequency}`);
