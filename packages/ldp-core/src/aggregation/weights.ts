// How groups of reports with different privacy levels are put together: by weights that are fixed in advance.

/** What is known in advance about one group of reports. */
export interface GroupSize {
  /** Number of reports. */
  readonly n: number;
  /** Variance of the estimate from one report, at a frequency fixed in advance. */
  readonly variance: number;
}

/**
 * The rule for the weights of groups.
 *
 * - `"inverse-variance"`: least variance. Unbiased where the choice of a level has nothing to do with the value; if
 *   sicker people choose stricter levels, it is not.
 * - `"proportional"`: every report counts the same, `n_g / n`. Unbiased whatever the choice depends on, with a larger
 *   variance.
 */
export type Weighting = "inverse-variance" | "proportional";

/**
 * The weights of groups, summing to 1.
 *
 * An unbiased estimate in each group, with variance V_g / n_g, makes `sum w_g f_g` unbiased with variance
 * `sum w_g^2 V_g / n_g`, least for `w_g` proportional to `n_g / V_g` (Lagrange). The weights must not look at the reports:
 * V_g is taken at a public frequency, since weights that depend on the data bias the result.
 *
 * @param groups size and variance of each group; n >= 1, variance > 0
 * @param weighting the rule
 * @returns one weight a group
 */
export function groupWeights(
  groups: readonly GroupSize[],
  weighting: Weighting,
): readonly number[] {
  const raw = groups.map(({ n, variance }) => (weighting === "proportional" ? n : n / variance));
  const total = raw.reduce((sum, weight) => sum + weight, 0);
  return raw.map((weight) => weight / total);
}

/**
 * The variance that sampling adds when the groups are a random sample, without replacement, of a cohort of `cohort`
 * people and the estimate is meant for the cohort: $`S^2 (\sum_g w_g^2 / n_g - 1 / N)`$. For one group that is the
 * textbook $`(1 - n/N) S^2 / n`$ (Cochran, Sampling Techniques, 3rd ed., section 2.5); for several, the group means have
 * covariance -S^2 / N and the weights sum to 1.
 */
export function samplingVariance(
  populationVariance: number,
  groups: readonly { readonly n: number; readonly weight: number }[],
  cohort: number,
): number {
  const spread = groups.reduce((sum, { n, weight }) => sum + weight ** 2 / n, 0);
  // Equal to 0 where everybody reports; rounding may leave a trace below it.
  return populationVariance * Math.max(0, spread - 1 / cohort);
}
