// The books of a round that an operator publishes, and the search for what can be challenged in them.
export {
  decodeMarketBook,
  decodeMatchingBook,
  encodeMarketBook,
  encodeMatchingBook,
  type MarketBook,
  type MarketSide,
  type MatchingBook,
  type PartnerSide,
} from "./rounds/book.js";
export { commitPartners, commitRound, offersRoot, type PublicOffers } from "./rounds/commit.js";
export { type RoundEvidence, roundEvidence, type Shown } from "./rounds/evidence.js";
export { findChallenge } from "./rounds/find.js";
export type { RevealedRound } from "./rounds/revealed-round.js";
