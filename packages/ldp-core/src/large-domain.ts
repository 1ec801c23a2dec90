// Domains too large to count one category at a time: ranges and quantiles, and the most frequent of unlisted codes.

export type {
  HierarchicalAggregator,
  HierarchicalHistogram,
  HierarchicalOptions,
  HierarchicalReport,
} from "./large-domain/hierarchical.js";
export { hierarchicalHistogram } from "./large-domain/hierarchical.js";
export type { HierarchicalEstimate } from "./large-domain/hierarchical-estimate.js";
export type { PrefixExtension, PrefixExtensionOptions } from "./large-domain/prefix-extension.js";
export { prefixExtension } from "./large-domain/prefix-extension.js";
export type {
  FrequentCode,
  PrefixCollector,
  PrefixRound,
  PrefixSearch,
} from "./large-domain/prefix-search.js";
