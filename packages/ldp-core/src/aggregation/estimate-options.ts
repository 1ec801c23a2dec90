// How an attribute is estimated, and what each level contributes to the estimate.
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

/** The options with their defaults. */
export interface EstimateRule {
  readonly weights: Weighting;
  readonly cohort: number | undefined;
  readonly designEffect: number;
}
