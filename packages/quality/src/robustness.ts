// How far false reports can move estimates, and what finds them.
export { bitProfileTest, impossibleEstimateTest, plausibleBits } from "./robustness/profile.js";
export type { LargestShift } from "./robustness/shift.js";
export { largestMeanShift, largestShift } from "./robustness/shift.js";
export type { TrimmedMean } from "./robustness/trimmed.js";
export { trimmedMean, trimmingPrice } from "./robustness/trimmed.js";
