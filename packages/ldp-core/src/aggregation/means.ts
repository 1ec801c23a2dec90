// The mean of a numeric attribute from groups with different levels.
import type { NumericMechanism } from "../mechanisms/common/numeric.js";
import type { NumericAttribute, Schema } from "../schema/schema.js";
import type { EstimateGroup, EstimateRule } from "./estimate-options.js";
import type { NumericGroupState } from "./state.js";
import { groupWeights, samplingVariance } from "./weights.js";

/** The share of missing values. */
export interface MissingShare {
  readonly frequency: number;
  readonly variance: number;
}

/** What one level contributed to a mean. */
export interface MeanGroup extends EstimateGroup {
  readonly mean: number;
  readonly variance: number;
  readonly missing?: MissingShare;
}

/** An estimated mean: unbiased (with missing values a ratio of unbiased estimates), never clipped to the range. */
export interface MeanResult {
  readonly type: "mean";
  /** The attribute's name. */
  readonly attribute: string;
  /** Number of reports that disclose the attribute. */
  readonly n: number;
  /** The mean over those whose value is not missing, in the units of the range. */
  readonly mean: number;
  /**
   * An upper estimate of the variance of `mean`. With few cells a report does not tell the spread of the values from the
   * mechanism's noise, so their sum is taken, from the reports: it covers sampling from any cohort as well.
   */
  readonly variance: number;
  /** Where missing is allowed: its frequency, and that estimate's variance (with sampling where a cohort was named). */
  readonly missing?: MissingShare;
  /** By level, in the order of the schema's levels. */
  readonly groups: readonly MeanGroup[];
}

/**
 * Puts the groups together by weights that are fixed in advance, from the worst variance over the range. Where values
 * may be missing, the weighted mean of the sums is divided by the weighted share of those present, and the variance
 * is that of the linearised ratio (delta method).
 */
export function estimateMean(
  schema: Schema,
  attribute: NumericAttribute,
  groups: readonly NumericGroupState[],
  { weights: weighting, cohort, designEffect }: EstimateRule,
): MeanResult {
  const weights = groupWeights(
    groups.map(({ tally, mechanism }) => ({ n: tally.n, variance: mechanism.worstVariance(1) })),
    weighting,
  );
  let sum = 0;
  let present = 0;
  let noise = 0;
  let missingVariance = 0;
  const parts = groups.map(({ level, mechanism, tally }, g): MeanGroup => {
    const { n, mean, variance, total, missing } = tally.estimate();
    const weight = weights[g] as number;
    const here = 1 - (missing?.frequency ?? 0);
    sum += (weight * total) / n;
    present += weight * here;
    noise += weight ** 2 * ratioNoise(mechanism, n, variance, here);
    missingVariance += weight ** 2 * (missing?.variance ?? 0);
    return {
      level: schema.levels[level]?.name as string,
      epsilon: mechanism.epsilon,
      mechanism: mechanism.name,
      n,
      weight,
      mean,
      variance,
      ...(missing === undefined ? {} : { missing }),
    };
  });
  const frequency = 1 - present;
  if (cohort !== undefined && cohort > 1) {
    const clamped = Math.min(1, Math.max(0, frequency));
    const spread = (clamped * (1 - clamped) * cohort) / (cohort - 1);
    missingVariance += samplingVariance(spread, parts, cohort);
  }
  return {
    type: "mean",
    attribute: attribute.name,
    n: parts.reduce((count, { n }) => count + n, 0),
    mean: present > 0 ? sum / present : Number.NaN,
    variance: (noise / present ** 2) * designEffect,
    ...(attribute.missing === undefined
      ? {}
      : { missing: { frequency, variance: missingVariance * designEffect } }),
    groups: parts,
  };
}

/**
 * The variance of a group's `sum - mean * present`, from the spread around the group's own mean with Bessel's correction
 * n / (n - 1); the worst case where the group alone is too small to tell.
 */
function ratioNoise(
  mechanism: NumericMechanism,
  n: number,
  variance: number,
  present: number,
): number {
  return n > 1 && Number.isFinite(variance)
    ? (variance * present ** 2 * n) / (n - 1)
    : mechanism.worstVariance(n);
}
