export {
  decodeMarketBook,
  decodeMatchingBook,
  encodeMarketBook,
  encodeMatchingBook,
  type MarketBook,
  type MarketSide,
  type MatchingBook,
  type PartnerSide,
} from "./book.js";
export { commitPartners, commitRound, offersRoot, type PublicOffers } from "./commit.js";
export { type RoundEvidence, roundEvidence, type Shown } from "./evidence.js";
export { findChallenge, type RevealedRound } from "./find.js";
