// What one attribute of one report tells, from public parameters alone.

import type { Schema } from "@emrx/ldp-core";
import { mechanismOf } from "@emrx/ldp-core/schema";
import { efficiency, supportProbabilities } from "@emrx/quality";
import { meanEfficiency } from "@emrx/quality/data-quality";

/**
 * The efficiency of one attribute at one level, a share in [0, 1]: for listed values at the frequency 1/d, for numbers
 * against values spread evenly over the range and the mechanism's largest variance.
 */
export function attributeEfficiency(schema: Schema, attribute: number, level: number): number {
  const mechanism = mechanismOf(schema, attribute, level);
  if ("support" in mechanism)
    return efficiency({ ...supportProbabilities(mechanism), categories: mechanism.categories });
  const [low, high] = mechanism.range;
  return meanEfficiency({ spread: (high - low) ** 2 / 12, noise: mechanism.worstVariance(1) });
}
