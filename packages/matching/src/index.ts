export { MatchingError, type MatchingErrorCode } from "./errors.js";
export {
  type AgentInput,
  createMarket,
  type MarketOptions,
  type SideInput,
} from "./market/create.js";
export type { Market, Side, SideName } from "./market/market.js";
export { type Matching, type MatchingLike, matchingFromPairs, type Partners } from "./matching.js";
export { solve } from "./solve/solve.js";
export { blockingPairs, type Stability } from "./verify/blocking-pairs.js";
export { isStable, type Verification, type Violation, verify } from "./verify/verify.js";
