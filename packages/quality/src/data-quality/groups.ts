// One statistic from groups of reports at different levels of privacy.

import {
  arrayOf,
  coded,
  type OptionalShape,
  object,
  oneOf,
  optional,
  type Shape,
} from "@emrx/internal/shape";
import * as shapes from "../errors/shapes.js";
import { channelMembers, check, joined } from "../errors/shapes.js";
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

const noisyGroup = /* @__PURE__ */ object({ n: shapes.reports, noise: shapes.nonNegative });
const channelGroup = /* @__PURE__ */ joined(channelMembers, { n: shapes.reports });

/** A group is known by whether it has a noise variance. */
const reportGroup: Shape<ReportGroup> = (value, visit) =>
  typeof value === "object" && value !== null && Object.hasOwn(value, "noise")
    ? noisyGroup(value, visit)
    : channelGroup(value, visit);
export const reportGroups: Shape<readonly ReportGroup[]> = /* @__PURE__ */ arrayOf(reportGroup);
export const groupWeighting: OptionalShape<GroupWeighting> = /* @__PURE__ */ optional(
  /* @__PURE__ */ oneOf<GroupWeighting>(["inverse-variance", "proportional"]),
);
const poolOptions = /* @__PURE__ */ object({
  groups: /* @__PURE__ */ coded(
    "EMRX_QUALITY_MISMATCH",
    /* @__PURE__ */ arrayOf(/* @__PURE__ */ coded("EMRX_QUALITY_ARGUMENT", reportGroup), {
      least: 1,
    }),
  ),
  frequency: /* @__PURE__ */ optional(shapes.share),
  spread: /* @__PURE__ */ optional(shapes.nonNegative),
  weighting: groupWeighting,
  target: shapes.target,
});

/**
 * The variance and efficiency of the weighted mean of the groups' unbiased estimates, weights fixed in advance at a public frequency.
 *
 * With inverse-variance weights, $`\operatorname{Var} = 1 / \sum_g n_g / V_g`$. For the population each $`V_g`$ includes the
 * spread S of the values, and the efficiency is the average of the groups' efficiencies by number of reports.
 *
 * @param options - the `groups`; the `frequency` f in (0, 1) at which noise is taken (for groups of `noise` irrelevant); `spread` of the
 *   values, f (1 - f) unless given; `weighting`, inverse-variance unless given; `target`
 * @returns n, weights, variance and efficiency
 * @throws EMRX_QUALITY_ARGUMENT, EMRX_QUALITY_CHANNEL, EMRX_QUALITY_MISMATCH without a group
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
  const checked = check(poolOptions, options, "options");
  const { groups, frequency = 0.5, weighting = "inverse-variance", target } = checked;
  const spread = check(
    shapes.positive,
    checked.spread ?? frequency * (1 - frequency),
    "options.spread",
  );
  const noises = groups.map((group) =>
    "noise" in group ? group.noise : noiseVariance({ p: group.p, q: group.q }, frequency),
  );
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
