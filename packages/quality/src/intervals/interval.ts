// What every interval of this package is.

/** A two-sided interval, in the unit of the estimate. */
export interface Interval {
  readonly lower: number;
  readonly upper: number;
}
