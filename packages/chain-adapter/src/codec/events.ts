// What the contracts report: a closed union, told apart by `type`.
import type { Purpose } from "../contracts/purposes.js";
import type { ClaimEvidence } from "../payload/claim-types.js";
import type { Amount, Hex32, Round } from "./fields.js";

/** What an item of a call was for. */
export type ItemOf = "grant" | "read" | "missing" | "release" | "claim" | "revoke" | "settle";

/** How a pair ended. A pair is paid unless it is one of the others. */
export type PairOutcome =
  | "paid"
  | "ungranted"
  | "missing"
  | "denied"
  | "unreleased"
  | "revoked"
  | "wrong";

/** Site and requester of a round. */
export interface OfPair {
  readonly round: Round;
  readonly site: Hex32;
  readonly requester: Hex32;
}

/** An event of one of the contracts. */
export type LedgerEvent =
  | { readonly type: "publication.registered"; readonly publication: Hex32; readonly by: Hex32 }
  | {
      readonly type: "round.opened";
      readonly round: Round;
      readonly opener: Hex32;
      readonly publication: Hex32;
      /** Bonds of the opener and of all seeders. */
      readonly held: Amount;
    }
  | {
      readonly type: "trade.offered";
      readonly round: Round;
      readonly site: Hex32;
      readonly root: Hex32;
      readonly units: number;
      readonly held: Amount;
    }
  | {
      readonly type: "trade.requested";
      readonly round: Round;
      readonly requester: Hex32;
      readonly quota: number;
      readonly held: Amount;
    }
  | {
      /** An offer or request ended, withdrawn or replaced. */
      readonly type: "trade.withdrawn";
      readonly round: Round;
      readonly party: Hex32;
      readonly what: "offer" | "request";
      readonly returned: Amount;
    }
  | { readonly type: "matching.seeded"; readonly round: Round; readonly seeder: Hex32 }
  | {
      readonly type: "access.policySet";
      readonly site: Hex32;
      readonly policyId: string;
      readonly version: number;
    }
  | (OfPair & {
      readonly type: "access.granted";
      readonly root: Hex32;
      readonly policyId: string;
      readonly policyVersion: number;
    })
  | (OfPair & {
      /** Who may read whose records, for what, when (the entry's time), under which policy: ISO 27789. */
      readonly type: "access.decided";
      readonly purpose: Purpose;
      readonly decision: "permit" | "deny";
      /** Why denied: the code that a refused call would carry; absent for a permit. */
      readonly reason?: string;
      /** What the reader took upon itself, from the rules that permitted; absent if nothing. */
      readonly obligations?: readonly string[];
      readonly policyId: string;
      /** Version of the policy that decided. */
      readonly policyVersion: number;
    })
  | (OfPair & { readonly type: "access.missed" })
  | (OfPair & { readonly type: "access.released" })
  | (OfPair & { readonly type: "access.claimed"; readonly kind: ClaimEvidence["kind"] })
  | (OfPair & {
      readonly type: "access.revoked";
      /** Whether the key had been released. */
      readonly released: boolean;
    })
  | (OfPair & {
      /** An item of a call that was refused; the others of the call stand. */
      readonly type: "item.refused";
      readonly item: ItemOf;
      readonly reason: string;
    })
  | (OfPair & {
      readonly type: "trade.settled";
      readonly outcome: PairOutcome;
      readonly units: number;
      /** To the site: the price and its bond, or nothing. */
      readonly toSite: Amount;
      readonly toRequester: Amount;
      /** Bonds that nobody gets. */
      readonly forfeited: Amount;
    })
  | {
      /** What was left of a deposit went back, or was lost. */
      readonly type: "trade.returned";
      readonly round: Round;
      readonly party: Hex32;
      readonly what: "request" | "offer" | "seeder" | "opener";
      readonly returned: Amount;
      readonly forfeited: Amount;
    }
  | { readonly type: "round.settled"; readonly round: Round }
  | {
      readonly type: "evaluation.rated";
      readonly round: Round;
      readonly rater: Hex32;
      readonly subject: Hex32;
      readonly role: "site" | "requester";
      readonly predictedQuality: number;
      readonly measuredQuality: number;
    }
  | { readonly type: "identity.registered"; readonly name: Hex32 }
  | {
      readonly type: "identity.keyChanged";
      readonly name: Hex32;
      readonly kind: "rotation" | "recovery";
      readonly key: Hex32;
    };

/** Name of an event, for example "trade.offered". */
export type LedgerEventType = LedgerEvent["type"];
