// From report bytes to unbiased estimates with their variances.
export type { Aggregator } from "./aggregation/aggregator.js";
export { aggregatorFromBytes, createAggregator } from "./aggregation/aggregator.js";
export type { AttributeEstimate, EstimatesOf } from "./aggregation/estimate.js";
export type { EstimateGroup, EstimateOptions } from "./aggregation/estimate-options.js";
export type { FrequencyGroup, FrequencyResult } from "./aggregation/frequencies.js";
export type { MeanGroup, MeanResult, MissingShare } from "./aggregation/means.js";
export type { Weighting } from "./aggregation/weights.js";
