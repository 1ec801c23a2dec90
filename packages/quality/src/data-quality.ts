// How good data is, in [0, 1], from public parameters alone.
export type { Aggregation } from "./data-quality/aggregate.js";
export { aggregateQuality } from "./data-quality/aggregate.js";
export { attainment, attainmentBound } from "./data-quality/attainment.js";
export type { EfficiencyOptions } from "./data-quality/efficiency.js";
export { efficiency, meanEfficiency } from "./data-quality/efficiency.js";
export type { GroupWeighting, PooledGroups, ReportGroup } from "./data-quality/groups.js";
export { poolGroups } from "./data-quality/groups.js";
export { information } from "./data-quality/information.js";
export type {
  AttributeQuality,
  OfferedReports,
  OfferQuality,
  QualityRequest,
  RequestedAttribute,
} from "./data-quality/offer.js";
export { offerQuality, studyQuality } from "./data-quality/offer.js";
export { toleranceRatio } from "./data-quality/tolerance-ratio.js";
