// Estimates made into distributions, each way with its bias.
export type { IteratedDistribution } from "./post-processing/expectation-maximization.js";
export { expectationMaximization } from "./post-processing/expectation-maximization.js";
export { grrMaximumLikelihood } from "./post-processing/grr-likelihood.js";
export { clipAndRescale, cutBelow, keepLargest } from "./post-processing/rescale.js";
export { projectToSimplex } from "./post-processing/simplex.js";
