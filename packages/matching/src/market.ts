export { type MarketArrays, marketFromArrays, marketFromArraysAsync } from "./market/arrays.js";
export { type MarketColumns, marketFromColumns, marketFromColumnsAsync } from "./market/columns.js";
export {
  type AgentInput,
  createMarket,
  createMarketAsync,
  type MarketOptions,
  type RankingInput,
  type SideInput,
} from "./market/create.js";
export { hashMarket, hashMatching } from "./market/hash.js";
export type { Market, RankedLists, Side, SideName } from "./market/market.js";
export { type MatchingColumns, matchingColumns, matchingCsv } from "./market/matching-columns.js";
export {
  type Matching,
  type MatchingLike,
  matchingFromPairs,
  matchingFromReviewers,
  type Partners,
} from "./matching.js";
export type { AsyncOptions } from "./steps.js";
