// The first page: what most users start with. Everything else is in the subpaths.

export { aggregateQuality } from "./data-quality/aggregate.js";
export { attainment } from "./data-quality/attainment.js";
export { efficiency } from "./data-quality/efficiency.js";
export type { QualityErrorCode } from "./errors/quality-error.js";
export { QualityError } from "./errors/quality-error.js";
export type { SupportProbabilities, Target } from "./frequencies/support-probabilities.js";
export {
  frequencyEstimate,
  frequencyVariance,
  supportProbabilities,
} from "./frequencies/support-probabilities.js";
export type { TableTestResult } from "./hypothesis-tests/contingency.js";
export { independenceTest } from "./hypothesis-tests/independence.js";
export { clopperPearsonInterval } from "./intervals/clopper-pearson.js";
export { frequencyInterval } from "./intervals/frequency-interval.js";
export type { Interval } from "./intervals/interval.js";
export { normalInterval } from "./intervals/normal.js";
export { meanVariance } from "./moments/mean-variance.js";
export { leastEpsilon } from "./planning/least-epsilon.js";
export { recordsNeeded } from "./planning/records-needed.js";
export { projectToSimplex } from "./post-processing/simplex.js";
export type { JointTable } from "./tables/joint-table.js";
export { jointTable } from "./tables/joint-table.js";
