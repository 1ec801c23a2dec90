// What a search for mistakes looks through.
import type { MatchingRound, OfferState, RequestState } from "../contracts/state.js";
import type { MarketBook, MatchingBook } from "./book.js";
import type { PublicOffers } from "./commit.js";

/** A revealed round: what the ledger says of it and what was published. */
export interface RevealedRound {
  /** From the query `matching.round`. */
  readonly matching: MatchingRound;
  /** From the query `trade.requests`. */
  readonly requests: readonly RequestState[];
  /** From the query `trade.offers`. */
  readonly batches: readonly OfferState[];
  /** The public offers of each site, by public key; entries of a site that is missing here are not looked at. */
  readonly offers: ReadonlyMap<string, PublicOffers>;
  /** What the reveal's `inputs` names. */
  readonly book: MarketBook;
  /** What the reveal's `matching` names. */
  readonly partners: MatchingBook;
}
