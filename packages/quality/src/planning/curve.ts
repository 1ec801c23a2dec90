// How noise falls as epsilon grows: what planning needs of a mechanism.
import {
  methods,
  number,
  object,
  optional,
  type Shape,
  satisfying,
  tuple,
} from "@emrx/internal/shape";
import * as shapes from "../errors/shapes.js";
import { check } from "../errors/shapes.js";

/** The noise variance of one report as a decreasing function of epsilon. */
export interface NoiseCurve {
  /** Noise variance of one report at this epsilon. */
  at(epsilon: number): number;
  /** Its derivative, negative. Without it, differences are used. */
  slope?(epsilon: number): number;
}

/** A curve, returned as it is: how noise falls is the caller's to say. */
export const noiseCurve: Shape<NoiseCurve> = /* @__PURE__ */ satisfying(
  /* @__PURE__ */ methods<NoiseCurve>("a noise curve", "at"),
  ({ slope }) => slope === undefined || typeof slope === "function",
  "a noise curve whose `slope` is a function, if it has one",
);
const frequency = /* @__PURE__ */ optional(shapes.share);
const grrOptions = /* @__PURE__ */ object({ categories: shapes.categories, frequency });
const oueOptions = /* @__PURE__ */ object({ frequency });
const duchiOptions = /* @__PURE__ */ object({
  range: /* @__PURE__ */ optional(/* @__PURE__ */ tuple(shapes.finite, shapes.finite)),
});

/**
 * The curve of generalized randomized response over d categories at frequency f:
 * $`\frac{d - 2 + E}{(E - 1)^2} + f \frac{d - 2}{E - 1}`$, $`E = e^\varepsilon`$.
 *
 * @param options - `categories` d >= 2; `frequency` f in [0, 1], 0 unless given
 * @returns the curve
 * @throws EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { grrNoise } from "@emrx/quality/planning";
 *
 * grrNoise({ categories: 4 }).at(Math.log(3)).toFixed(6); // => "1.250000"
 * ```
 */
export function grrNoise(options: {
  readonly categories: number;
  readonly frequency?: number;
}): NoiseCurve {
  const { categories: d, frequency: f = 0 } = check(grrOptions, options, "options");
  return {
    at: (epsilon) => {
      const gain = growth(epsilon);
      return (d - 1 + gain) / (gain * gain) + (f * (d - 2)) / gain;
    },
    slope: (epsilon) => {
      const gain = growth(epsilon);
      const ratio = gain + 1;
      return (-ratio * (ratio + 2 * d - 3)) / gain ** 3 - (f * (d - 2) * ratio) / gain ** 2;
    },
  };
}

/**
 * The curve of optimized unary encoding at frequency f, whatever the domain: $`1/\sinh^2(\varepsilon/2) + f`$.
 *
 * @param options - `frequency` f in [0, 1], 0 unless given
 * @returns the curve
 * @throws EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { oueNoise } from "@emrx/quality/planning";
 *
 * oueNoise().at(Math.log(3)).toFixed(6); // => "3.000000"
 * ```
 */
export function oueNoise(options: { readonly frequency?: number } = {}): NoiseCurve {
  const { frequency = 0 } = check(oueOptions, options, "options");
  return {
    at: (epsilon) => 1 / Math.sinh(positive(epsilon) / 2) ** 2 + frequency,
    slope: (epsilon) => -Math.cosh(positive(epsilon) / 2) / Math.sinh(epsilon / 2) ** 3,
  };
}

/**
 * The curve of symmetric unary encoding (basic RAPPOR), whatever domain and frequency: $`1/(4\sinh^2(\varepsilon/4))`$.
 *
 * @returns the curve
 * @example
 * ```ts
 * import { sueNoise } from "@emrx/quality/planning";
 *
 * sueNoise().at(1).toFixed(4); // => "3.9177"
 * ```
 */
export const sueNoise = (): NoiseCurve => ({
  at: (epsilon) => 1 / (4 * Math.sinh(positive(epsilon) / 4) ** 2),
  slope: (epsilon) => -Math.cosh(positive(epsilon) / 4) / (8 * Math.sinh(epsilon / 4) ** 3),
});

/**
 * The curve of Duchi's mechanism for values in [low, high], at the value in the middle, the worst: $`(r \coth(\varepsilon/2))^2`$ with
 * r half the range. It never falls below r^2.
 *
 * @param options - `range`, [-1, 1] unless given
 * @returns the curve
 * @throws EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { duchiNoise } from "@emrx/quality/planning";
 *
 * duchiNoise().at(Math.log(3)).toFixed(6); // => "4.000000"
 * ```
 */
export function duchiNoise(
  options: { readonly range?: readonly [low: number, high: number] } = {},
): NoiseCurve {
  const [low, high] = check(duchiOptions, options, "options").range ?? [-1, 1];
  check(shapes.positive, high - low, "options.range[1] - options.range[0]");
  const scale = (high - low) ** 2 / 4;
  return {
    at: (epsilon) => scale / Math.tanh(positive(epsilon) / 2) ** 2,
    slope: (epsilon) => (-scale * Math.cosh(positive(epsilon) / 2)) / Math.sinh(epsilon / 2) ** 3,
  };
}

/** The derivative of a curve: its own, or a fourth-order central difference. */
export function slopeOf(curve: NoiseCurve, epsilon: number): number {
  if (curve.slope) return curve.slope(epsilon);
  const h = epsilon * 1e-3;
  const difference = (k: number): number => curve.at(epsilon + k * h) - curve.at(epsilon - k * h);
  return (8 * difference(1) - difference(2)) / (12 * h);
}

/** The hyperbolic functions overflow beyond. */
const epsilonShape = /* @__PURE__ */ number({ above: 0, to: 700 });
const positive = (epsilon: number): number => check(epsilonShape, epsilon, "epsilon");

/** e^epsilon - 1 without cancellation. */
const growth = (epsilon: number): number => Math.expm1(positive(epsilon));
