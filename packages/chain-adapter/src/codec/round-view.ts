// A round as the ledger has it: all that a party needs to know what is due.
import type { PlaceRange } from "../payload/claim-types.js";
import type { GrantItem } from "./access-calls.js";
import type { PairOutcome } from "./events.js";
import type { Amount, Hex32, LedgerTime, Round } from "./fields.js";
import type { RoundTerms } from "./round-calls.js";
import type { OfferedBatch, RequestTerms } from "./trade-calls.js";

/** The window that a moment is in; `settle` once all are over, `void` once nobody showed a share in the seed window. */
export type Phase = "offer" | "seed" | "grant" | "read" | "release" | "claim" | "settle" | "void";

/** A site's offer. */
export interface OfferState extends OfferedBatch {
  readonly site: Hex32;
  /** Lots x lot size x buyers. */
  readonly units: number;
  /** Bond: units x bond. */
  readonly held: Amount;
  /** How often it was made or replaced. */
  readonly version: number;
}

/** A requester's request. */
export interface RequestState extends RequestTerms {
  readonly requester: Hex32;
  /** quota x (price + bond). */
  readonly held: Amount;
  /** How often it was made or replaced. */
  readonly version: number;
}

/** What happened in a pair since it was matched. */
export interface PairState {
  readonly site: Hex32;
  readonly requester: Hex32;
  readonly grant?: Omit<GrantItem, "requester">;
  readonly read?: { readonly oneTimeKey: Hex32; readonly decision: "permit" | "deny" };
  readonly missing?: true;
  readonly wrappedKey?: string;
  readonly claimed?: "key" | "chunk";
  /** Whether the key had been released when the grant was revoked. */
  readonly revoked?: "before" | "after";
  /** Set when it is settled. */
  readonly outcome?: PairOutcome;
}

/** A pair with what the matching gave it. */
export interface PairView extends PairState {
  /** Records: the ranges' lengths together. */
  readonly units: number;
  /** Leaves of the site's batch, ascending; a range lies in one lot. */
  readonly ranges: readonly PlaceRange[];
}

/** A seeder of a round. */
export interface SeederState {
  readonly seeder: Hex32;
  readonly commitment: Hex32;
  /** Once shown. */
  readonly share?: Hex32;
}

/** A round as it stands. */
export interface RoundView extends RoundTerms {
  readonly round: Round;
  readonly opener: Hex32;
  readonly openedAt: LedgerTime;
  /** The opener's bond. */
  readonly held: Amount;
  readonly phase: Phase;
  /** In the opening's order. */
  readonly seeders: readonly SeederState[];
  /** By site. */
  readonly offers: readonly OfferState[];
  /** By requester. */
  readonly requests: readonly RequestState[];
  /** Parties that have spent a token in this round, by name. */
  readonly admitted: readonly Hex32[];
  /** Once the seed window is over, unless void. */
  readonly seed?: Hex32;
  /** The allocation with what happened since, by site, then requester; empty until the seed window is over. */
  readonly pairs: readonly PairView[];
  /** Steps of the settlement that are done, and all there are. */
  readonly settled: { readonly done: number; readonly of: number };
  /** How many calls changed it. */
  readonly version: number;
}
