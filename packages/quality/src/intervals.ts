// Confidence intervals for frequencies, means, distributions and quantiles.
export { bernsteinHalfWidth } from "./intervals/bernstein.js";
export { binomialInterval, clopperPearsonInterval } from "./intervals/clopper-pearson.js";
export type { CumulativeBand, CumulativeReports } from "./intervals/cumulative.js";
export { cumulativeBand, quantileInterval } from "./intervals/cumulative.js";
export { frequencyInterval } from "./intervals/frequency-interval.js";
export { boundedMeanHalfWidth, hoeffdingHalfWidth } from "./intervals/hoeffding.js";
export type { Interval } from "./intervals/interval.js";
export { normalInterval } from "./intervals/normal.js";
export { bonferroniConfidence, sidakConfidence } from "./intervals/simultaneous.js";
export { wilsonInterval } from "./intervals/wilson.js";
