export type { EmpiricalAudit, View } from "./audit/empirical.js";
export { auditRandomizer } from "./audit/empirical.js";
export { epsilonLowerBound } from "./audit/epsilon-bound.js";
export type { PureChannel, Target } from "./channel.js";
export { channelOf, frequencyEstimate, frequencyVariance, noiseVariance } from "./channel.js";
export {
  hellinger,
  jensenShannon,
  kullbackLeibler,
  totalVariation,
  wasserstein,
} from "./distances/divergences.js";
export { maximumError, meanAbsoluteError, meanSquaredError } from "./distances/errors.js";
export type { QualityErrorCode } from "./errors.js";
export { QualityError } from "./errors.js";
export { bernsteinHalfWidth } from "./intervals/bernstein.js";
export { binomialInterval, clopperPearsonInterval } from "./intervals/clopper-pearson.js";
export type { CumulativeBand, CumulativeReports } from "./intervals/cumulative.js";
export { cumulativeBand, quantileInterval } from "./intervals/cumulative.js";
export { boundedMeanHalfWidth, hoeffdingHalfWidth } from "./intervals/hoeffding.js";
export type { Interval } from "./intervals/interval.js";
export { normalInterval } from "./intervals/normal.js";
export { bonferroniConfidence, sidakConfidence } from "./intervals/simultaneous.js";
export type { SupportForm } from "./intervals/support-noise.js";
export { wilsonInterval } from "./intervals/wilson.js";
export type { Marginal } from "./joint/consistency.js";
export { consistentMarginals } from "./joint/consistency.js";
export type { TestResult, TwoWay } from "./joint/contingency.js";
export type { Moment } from "./joint/covariance.js";
export { correlation, covariance } from "./joint/covariance.js";
export { coveringSets } from "./joint/covering.js";
export { independenceTest, twoSampleTest } from "./joint/independence.js";
export type { JointTable } from "./joint/joint-table.js";
export { jointTable, jointTableFromSupports, jointVariances } from "./joint/joint-table.js";
export { maximumEntropyTable } from "./joint/maximum-entropy.js";
export type { PlannedChannel, Power, PowerOptions } from "./joint/power.js";
export { independencePower, trendPower } from "./joint/power.js";
export type { Regression } from "./joint/regression.js";
export { linearRegression } from "./joint/regression.js";
export type { Estimate, RiskComparison } from "./joint/risk.js";
export { riskComparison } from "./joint/risk.js";
export type { SupportChannel } from "./joint/support-covariance.js";
export type { GroupSupports, SupportTable } from "./joint/support-tests.js";
export {
  independenceTestFromSupports,
  trendTestFromSupports,
  twoSampleTestFromSupports,
} from "./joint/support-tests.js";
export type { Shape } from "./joint/table.js";
export { cellIndex, cellValues, marginal } from "./joint/table.js";
export type { ScoredTable } from "./joint/trend.js";
export { trendTest } from "./joint/trend.js";
export { meanVariance } from "./means/mean-variance.js";
export type { MomentEstimate, WindowMoments } from "./means/window-moments.js";
export { windowMoments } from "./means/window-moments.js";
export type { Aggregation } from "./measures/aggregate.js";
export { aggregateQuality } from "./measures/aggregate.js";
export { attainment, attainmentBound } from "./measures/attainment.js";
export { contraction } from "./measures/contraction.js";
export type { EfficiencyOptions } from "./measures/efficiency.js";
export { efficiency, meanEfficiency } from "./measures/efficiency.js";
export type { GroupWeighting, PooledGroups, ReportGroup } from "./measures/groups.js";
export { poolGroups } from "./measures/groups.js";
export type { ReportForm } from "./measures/information.js";
export { information } from "./measures/information.js";
export type {
  AttributeQuality,
  Offer,
  OfferQuality,
  QualityRequest,
  RequestedAttribute,
} from "./measures/offer.js";
export { offerQuality, studyQuality } from "./measures/offer.js";
export { toleranceRatio } from "./measures/tolerance-ratio.js";
export type { SplitPart } from "./planning/best-split.js";
export { bestSplit } from "./planning/best-split.js";
export type { NoiseCurve } from "./planning/curve.js";
export { duchiNoise, grrNoise, oueNoise, sueNoise } from "./planning/curve.js";
export { leastEpsilon } from "./planning/least-epsilon.js";
export { recordsNeeded, recordsNeededForCertain } from "./planning/records-needed.js";
export type { AttributeTarget } from "./planning/several-targets.js";
export { leastBudget, recordsNeededForAll } from "./planning/several-targets.js";
export type { IteratedDistribution } from "./post/expectation-maximization.js";
export { expectationMaximization } from "./post/expectation-maximization.js";
export { grrMaximumLikelihood } from "./post/grr-likelihood.js";
export { homogeneityTest } from "./post/homogeneity.js";
export { clipAndRescale, cutBelow, keepLargest } from "./post/rescale.js";
export { projectToSimplex } from "./post/simplex.js";
export { bitProfileTest, impossibleEstimateTest, plausibleBits } from "./robustness/profile.js";
export type { LargestShift } from "./robustness/shift.js";
export { largestMeanShift, largestShift } from "./robustness/shift.js";
export type { TrimmedMean } from "./robustness/trimmed.js";
export { trimmedMean, trimmingPrice } from "./robustness/trimmed.js";
