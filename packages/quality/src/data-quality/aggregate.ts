// One quality from several: over the attributes that a requester weighs.
import { type OptionalShape, object, oneOf, optional } from "@emrx/internal/shape";
import * as shapes from "../errors/shapes.js";
import { check } from "../errors/shapes.js";

/**
 * How qualities of several attributes become one. `"mean"`: what is gained on average; an attribute that fails costs its weight.
 * `"geometric"`: all are needed; one that fails takes the whole to 0. `"floor"`: the worst that has weight.
 */
export type Aggregation = "mean" | "geometric" | "floor";

export const aggregationRule: OptionalShape<Aggregation> = /* @__PURE__ */ optional(
  /* @__PURE__ */ oneOf<Aggregation>(["mean", "geometric", "floor"]),
);
const aggregateOptions = /* @__PURE__ */ object({
  qualities: /* @__PURE__ */ shapes.numbers(shapes.share),
  weights: /* @__PURE__ */ optional(shapes.weights),
  rule: aggregationRule,
});

/**
 * The quality of a record, or of any set of attributes, from the qualities of its parts.
 *
 * Each rule keeps the axioms: within [0, 1], between the least and the greatest part, increasing in every part that has weight
 * (the floor: not decreasing), and indifferent to the order of the parts.
 *
 * @param options - `qualities`, each in [0, 1]; `weights`, one each, >= 0 and not all 0, in any unit (equal unless given); `rule`, `"mean"` unless given
 * @returns a quality in [0, 1]
 * @throws EMRX_QUALITY_ARGUMENT, EMRX_QUALITY_WEIGHTS, EMRX_QUALITY_MISMATCH
 * @example
 * ```ts
 * import { aggregateQuality } from "@emrx/quality";
 *
 * const parts = { qualities: [1, 0.25], weights: [1, 2] };
 * aggregateQuality(parts); // => 0.5
 * aggregateQuality({ ...parts, rule: "geometric" }).toFixed(4); // => "0.3969"
 * aggregateQuality({ ...parts, rule: "floor" }); // => 0.25
 * ```
 */
export function aggregateQuality(options: {
  readonly qualities: ArrayLike<number>;
  readonly weights?: ArrayLike<number>;
  readonly rule?: Aggregation;
}): number {
  const { qualities, rule = "mean", weights: given } = check(aggregateOptions, options, "options");
  const weights = given ?? Array.from(qualities, () => 1);
  shapes.checkSameLength("options.qualities", qualities, "options.weights", weights);
  const total = shapes.sumOfWeights("options.weights", weights);
  let sum = 0;
  let logarithm = 0;
  let least = 1;
  for (let i = 0; i < qualities.length; i++) {
    const quality = qualities[i] as number;
    const share = (weights[i] as number) / total;
    if (share === 0) continue;
    sum += share * quality;
    logarithm += share * Math.log(quality);
    least = Math.min(least, quality);
  }
  if (rule === "mean") return Math.min(1, sum);
  return rule === "geometric" ? Math.min(1, Math.exp(logarithm)) : least;
}
