// From the groups of one attribute to one unbiased estimate with its variance.
import { LdpError } from "../errors.js";
import type { AttributeSpec, PublicAttribute, Schema } from "../schema/schema.js";
import { estimateFrequencies, type FrequencyResult } from "./frequencies.js";
import { estimateMean, type MeanResult } from "./means.js";
import type { FrequencyGroupState, NumericGroupState, ReportGroup } from "./state.js";
import type { Weighting } from "./weights.js";

/** How an attribute is estimated. */
export interface EstimateOptions {
  /**
   * The number N of people whom the estimate is for, where the reports are a random sample of them: adds the sampling
   * variance. Without it the estimate, and its variance, are for the people who disclosed the attribute.
   */
  readonly cohort?: number;
  /** How groups with different levels are put together; `"inverse-variance"` unless given, see {@link Weighting}. */
  readonly weights?: Weighting;
  /**
   * By how much repeated answers of the same people raise the variance: sum m^2 / sum m over people who gave the same
   * answer m times (Kish's design effect for fully dependent answers). 1, nobody repeats, unless given. An aggregator
   * cannot know it, since reports do not say whose they are; the site can, and an upper bound such as the largest m will do.
   */
  readonly designEffect?: number;
}

/** What one level contributed. */
export interface EstimateGroup {
  /** The level's name. */
  readonly level: string;
  /** The epsilon spent on the attribute at this level. */
  readonly epsilon: string;
  /** The mechanism's name. */
  readonly mechanism: string;
  /** Number of reports. */
  readonly n: number;
  /** The group's weight in the combined estimate. */
  readonly weight: number;
}

/** The estimate of one attribute: {@link FrequencyResult} for listed values, {@link MeanResult} for numbers. */
export type Estimate = FrequencyResult | MeanResult;

/** The options with their defaults. */
export interface EstimateRule {
  readonly weights: Weighting;
  readonly cohort: number | undefined;
  readonly designEffect: number;
}

/** Any attribute but a public one. */
export type RandomizedAttribute = Exclude<AttributeSpec, PublicAttribute>;

/** Estimates one attribute from its groups, which are ordered by level. */
export function estimateAttribute(
  schema: Schema,
  spec: RandomizedAttribute,
  groups: readonly ReportGroup[],
  options: EstimateOptions,
): Estimate {
  const n = groups.reduce((sum, { tally }) => sum + tally.n, 0);
  if (n === 0)
    throw new LdpError("EMRX_NO_REPORTS", `no report discloses ${spec.name}; add reports first`);
  const { cohort, weights = "inverse-variance", designEffect = 1 } = options;
  if (cohort !== undefined && (!Number.isSafeInteger(cohort) || cohort < n))
    throw new LdpError(
      "EMRX_BAD_PARAMETER",
      `cohort is ${cohort}; expected a whole number of at least ${n}, the reports that disclose ${spec.name}`,
    );
  if (weights !== "inverse-variance" && weights !== "proportional")
    throw new LdpError(
      "EMRX_BAD_PARAMETER",
      `weights is ${String(weights)}; expected "inverse-variance" or "proportional"`,
    );
  if (!(designEffect >= 1) || !Number.isFinite(designEffect))
    throw new LdpError(
      "EMRX_BAD_PARAMETER",
      `designEffect is ${designEffect}; expected a number of at least 1`,
    );
  const rule = { weights, cohort, designEffect };
  // The schema's types decide which mechanisms an attribute has, so each list holds groups of one kind.
  return spec.type === "numeric"
    ? estimateMean(schema, spec, groups as unknown as readonly NumericGroupState[], rule)
    : estimateFrequencies(schema, spec, groups as unknown as readonly FrequencyGroupState[], rule);
}
