// One statistic from groups of reports at different levels of privacy.

import { checkNonNegative, checkPositive } from "../errors/check.js";
import { QualityError } from "../errors/quality-error.js";
import {
  noiseVariance,
  type SupportProbabilities,
  type Target,
} from "../frequencies/support-probabilities.js";

/** n reports of one attribute at one level: their channel, or for a numeric attribute the noise variance of one report. */
export type ReportGroup = { readonly n: number } & (
  | SupportProbabilities
  | { readonly noise: number }
);

/**
 * How groups are weighed. `"inverse-variance"`: least variance, unbiased if the choice of level does not depend on the value.
 * `"proportional"`: by number of reports, unbiased for everybody who reported whatever made them choose their level.
 */
export type GroupWeighting = "inverse-variance" | "proportional";

/** What pooling groups gives. */
export interface PooledGroups {
  /** Number of reports in all groups. */
  readonly n: number;
  /** Weight of each group, summing to 1. */
  readonly weights: readonly number[];
  /** Variance of the pooled estimate, about the target. */
  readonly variance: number;
  /** Effective sample share: the pooled reports tell as much about the population as this share of n exact values. */
  readonly efficiency: number;
}

/**
 * The variance and efficiency of the weighted mean of the groups' unbiased estimates, weights fixed in advance at a public frequency.
 *
 * With inverse-variance weights, $`\operatorname{Var} = 1 / \sum_g n_g / V_g`$. For the population each $`V_g`$ includes the
 * spread S of the values, and the efficiency is the average of the groups' efficiencies by number of reports.
 *
 * @param options - the `groups`; the `frequency` f in (0, 1) at which noise is taken (for groups of `noise` irrelevant); `spread` of the
 *   values, f (1 - f) unless given; `weighting`, inverse-variance unless given; `target`
 * @returns n, weights, variance and efficiency
 * @throws EMRX_OUT_OF_RANGE, EMRX_BAD_CHANNEL, EMRX_MISMATCH without a group
 * @example
 * ```ts
 * import { poolGroups } from "@emrx/quality/data-quality";
 *
 * const groups = [
 *   { n: 300, noise: 3 },
 *   { n: 100, noise: 1 },
 * ];
 * poolGroups({ groups, spread: 1, target: "cohort" }).weights; // => [0.5, 0.5]
 * poolGroups({ groups, spread: 1, target: "cohort" }).variance; // => 0.005
 * ```
 */
export function poolGroups(options: {
  readonly groups: readonly ReportGroup[];
  readonly frequency?: number;
  readonly spread?: number;
  readonly weighting?: GroupWeighting;
  readonly target: Target;
}): PooledGroups {
  const { groups, frequency = 0.5, weighting = "inverse-variance", target } = options;
  const spread = options.spread ?? frequency * (1 - frequency);
  checkPositive("spread", spread);
  if (groups.length === 0)
    throw new QualityError("EMRX_MISMATCH", "groups is empty; give at least one");
  const noises = groups.map((group) => {
    checkPositive("groups[].n", group.n);
    const noise = "noise" in group ? group.noise : noiseVariance(group, frequency);
    checkNonNegative("groups[].noise", noise);
    return noise;
  });
  const n = groups.reduce((sum, group) => sum + group.n, 0);
  const sampling = target === "population" ? spread : 0;
  const raw = groups.map((group, g) =>
    weighting === "proportional" ? group.n : group.n / ((noises[g] as number) + sampling),
  );
  const exact = raw.filter((weight) => weight === Number.POSITIVE_INFINITY).length;
  // Groups without any noise take all the weight there is, by their size.
  const usable = exact === 0 ? raw : groups.map((group, g) => (noises[g] === 0 ? group.n : 0));
  const total = usable.reduce((sum, weight) => sum + weight, 0);
  const weights = usable.map((weight) => weight / total);
  const varianceWith = (extra: number): number =>
    weights.reduce(
      (sum, weight, g) =>
        sum + (weight ** 2 * ((noises[g] as number) + extra)) / (groups[g] as ReportGroup).n,
      0,
    );
  return {
    n,
    weights,
    variance: varianceWith(sampling),
    efficiency: spread / n / varianceWith(spread),
  };
}
