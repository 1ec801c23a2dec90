// Frequencies of a listed attribute, or of the codes of a set, from groups with different levels.
import type { ListedAttribute, Schema, SetAttribute } from "../schema/schema.js";
import type { EstimateGroup, EstimateRule } from "./estimate-options.js";
import type { FrequencyGroupState } from "./state.js";
import { groupWeights, samplingVariance } from "./weights.js";

/** What one level contributed to frequencies. */
export interface FrequencyGroup extends EstimateGroup {
  readonly frequencies: Float64Array;
  /** Mechanism noise alone, for the group's own people. */
  readonly variances: Float64Array;
}

/** Estimated frequencies (of a set: the share of people who have each code, so they need not sum to 1): unbiased, so below 0 or above 1 at times; never clipped behind the caller's back. */
export interface FrequencyResult<Label extends string | null = string | null> {
  readonly type: "frequencies";
  /** The attribute's name. */
  readonly attribute: string;
  /** The values in the order of the schema; null stands last for "missing", where it is allowed. */
  readonly labels: readonly Label[];
  /** Number of reports that disclose the attribute. */
  readonly n: number;
  readonly frequencies: Float64Array;
  /** Estimated variances of `frequencies`: mechanism noise, and sampling where a cohort was named. */
  readonly variances: Float64Array;
  /** By level, in the order of the schema's levels. */
  readonly groups: readonly FrequencyGroup[];
}

/**
 * Puts the groups together: `f = sum w_g f_g`, variance `sum w_g^2 V_g(f) / n_g`, where the unknown f in V_g is replaced
 * by the estimate, clamped into [0, 1] there and nowhere else. The weights are taken at the public frequency 1/d.
 *
 * Under inverse-variance weights all groups are assumed to have the same frequencies, so the combined estimate, the most
 * exact one, stands in for f in every group; under proportional weights each group's own does.
 */
export function estimateFrequencies(
  schema: Schema,
  attribute: ListedAttribute | SetAttribute,
  groups: readonly FrequencyGroupState[],
  { weights: weighting, cohort, designEffect }: EstimateRule,
): FrequencyResult {
  const d = attribute.categories;
  const weights = groupWeights(
    groups.map(({ tally, mechanism }) => ({ n: tally.n, variance: mechanism.variance(1, 1 / d) })),
    weighting,
  );
  const parts = groups.map(({ level, mechanism, tally }, g): FrequencyGroup => {
    const { frequencies, variances } = tally.estimate();
    return {
      level: schema.levels[level]?.name as string,
      epsilon: mechanism.epsilon,
      mechanism: mechanism.name,
      n: tally.n,
      weight: weights[g] as number,
      frequencies,
      variances,
    };
  });
  const frequencies = new Float64Array(d);
  const variances = new Float64Array(d);
  for (let v = 0; v < d; v++) {
    for (const part of parts)
      frequencies[v] = (frequencies[v] as number) + part.weight * (part.frequencies[v] as number);
    const combined = clamp(frequencies[v] as number);
    let variance = 0;
    for (const [g, { n, weight, frequencies: own }] of parts.entries()) {
      const f = weighting === "proportional" ? clamp(own[v] as number) : combined;
      variance += weight ** 2 * (groups[g]?.mechanism.variance(n, f) as number);
    }
    // S^2 of a cohort of N zeros and ones, N f of them ones, with the divisor N - 1.
    if (cohort !== undefined && cohort > 1) {
      const spread = (combined * (1 - combined) * cohort) / (cohort - 1);
      variance += samplingVariance(spread, parts, cohort);
    }
    variances[v] = variance * designEffect;
  }
  return {
    type: "frequencies",
    attribute: attribute.name,
    labels: attribute.missing === undefined ? attribute.values : [...attribute.values, null],
    n: parts.reduce((sum, { n }) => sum + n, 0),
    frequencies,
    variances,
    groups: parts,
  };
}

const clamp = (f: number): number => Math.min(1, Math.max(0, f));
