export { type Explanation, explain, type PairEnd } from "./explain/explain.js";
export {
  compareMatchings,
  type MatchingComparison,
  type RankDistribution,
  rankDistribution,
} from "./explain/ranks.js";
export { oneSeatMore, type SeatMore } from "./explain/seat.js";
