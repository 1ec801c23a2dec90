export type { PureChannel, Target } from "./channel.js";
export { channelOf, frequencyEstimate, frequencyVariance, noiseVariance } from "./channel.js";
export type { QualityErrorCode } from "./errors.js";
export { QualityError } from "./errors.js";
export { bernsteinHalfWidth } from "./intervals/bernstein.js";
export { binomialInterval, clopperPearsonInterval } from "./intervals/clopper-pearson.js";
export type { CumulativeBand } from "./intervals/cumulative.js";
export { cumulativeBand, quantileInterval } from "./intervals/cumulative.js";
export { boundedMeanHalfWidth, hoeffdingHalfWidth } from "./intervals/hoeffding.js";
export type { Interval } from "./intervals/interval.js";
export { normalInterval } from "./intervals/normal.js";
export { bonferroniConfidence, sidakConfidence } from "./intervals/simultaneous.js";
export { wilsonInterval } from "./intervals/wilson.js";
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
