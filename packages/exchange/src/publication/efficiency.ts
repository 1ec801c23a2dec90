// What one attribute of one report tells, from public parameters alone.
import type { Schema } from "@emrx/ldp-core";
import { mechanismOf } from "@emrx/ldp-core/schema";
import { efficiency, supportProbabilities } from "@emrx/quality";
import { meanEfficiency } from "@emrx/quality/data-quality";

/**
 * The efficiency of one attribute at one level: for listed values at the frequency 1/d, for numbers against values spread
 * evenly over the range and the mechanism's largest variance.
 *
 * @param schema - the schema
 * @param attribute - index of a randomized attribute
 * @param level - index of a level
 * @returns a share in [0, 1]
 * @throws LdpError `EMRX_BAD_PARAMETER` for an index that the schema does not have
 * @example
 * ```ts
 * import { attributeEfficiency } from "@emrx/exchange/publication";
 * import { defineSchema } from "@emrx/ldp-core";
 *
 * const schema = defineSchema({
 *   id: "visit", version: 1, levels: { usual: "2", strict: "0.5" },
 *   attributes: { smoker: { type: "categorical", values: ["no", "yes"], level: "usual" } },
 *   disclose: "all",
 * });
 * attributeEfficiency(schema, 0, 0) > attributeEfficiency(schema, 0, 1); // => true
 * ```
 */
export function attributeEfficiency(schema: Schema, attribute: number, level: number): number {
  const mechanism = mechanismOf(schema, attribute, level);
  if ("support" in mechanism)
    return efficiency({ ...supportProbabilities(mechanism), categories: mechanism.categories });
  const [low, high] = mechanism.range;
  return meanEfficiency({ spread: (high - low) ** 2 / 12, noise: mechanism.worstVariance(1) });
}
