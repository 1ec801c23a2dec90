// The calls of the trade contract.
import type { Purpose } from "../contracts/purposes.js";
import type { Hex32, Round } from "./fields.js";

/** Patients of one site who chose alike. Choices are indices into the publication's menus. */
export interface OfferedClass {
  readonly profile: number;
  readonly floor: number;
  readonly buyers: number;
  /** Whole lots. */
  readonly lots: number;
}

/** What a site offers: its leaves are those of the first class, then those of the second, and so on. */
export interface OfferedBatch {
  /** Merkle root over the report leaves, each of which is bound to ledger, site and round. */
  readonly root: Hex32;
  /** Each choice at most once. */
  readonly classes: readonly OfferedClass[];
}

/** trade: a site offers lots, with a bond a unit. A later offer replaces an earlier one; without `batch` it withdraws it. */
export interface Offer {
  readonly type: "trade.offer";
  readonly round: Round;
  readonly batch?: OfferedBatch;
  /** Admission token in hexadecimal; needed with a party's first offer or request of a round that has an issuer key. */
  readonly token?: string;
}

/** What a requester asks for. */
export interface RequestTerms {
  /** HL7 v3 PurposeOfUse code, for example "HRESCH". */
  readonly purpose: Purpose;
  /** Weight of each attribute wanted: whole numbers from 1. */
  readonly weights: Readonly<Record<string, number>>;
  /** The least weighted mean of `worth` that a profile must have, parts per million. */
  readonly minimumWorth: number;
  /** Minor units a record. */
  readonly price: number;
  /** Most records wanted. */
  readonly quota: number;
}

/** trade: a requester asks for records; `quota * (price + bond)` goes into escrow. Replaces and withdraws as offers do. */
export interface RequestRecords {
  readonly type: "trade.request";
  readonly round: Round;
  readonly terms?: RequestTerms;
  /** Admission token in hexadecimal, as with an offer. */
  readonly token?: string;
}

/**
 * trade: after the claim window anyone settles a round, some steps at a time. Before, a requester with `sites` pays in
 * full for what these have released to it, and gives up claims on it.
 */
export interface Settle {
  readonly type: "trade.settle";
  readonly round: Round;
  readonly sites?: readonly Hex32[];
  /** Steps at most; 1,000 where absent. */
  readonly most?: number;
}
