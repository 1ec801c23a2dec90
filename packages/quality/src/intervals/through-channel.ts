// From the share of supporting reports to the frequency behind it.
import type { SupportProbabilities } from "../frequencies/support-probabilities.js";
import type { Interval } from "./interval.js";

const clip = (value: number): number => Math.min(1, Math.max(0, value));

/** Maps an interval for q + f (p - q) to one for f, clipped to [0, 1]: no true frequency is lost by clipping. */
export function throughChannel(
  { lower, upper }: Interval,
  { p, q }: SupportProbabilities,
): Interval {
  return { lower: clip((lower - q) / (p - q)), upper: clip((upper - q) / (p - q)) };
}
