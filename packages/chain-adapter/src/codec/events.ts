// What the contracts report: a closed union, told apart by `type`.
import type { Purpose } from "../contracts/purposes.js";
import type { ClaimKind } from "./challenge-claims.js";
import type { Amount, ContentId, Hex32, Round } from "./fields.js";

/** An event of one of the contracts. */
export type LedgerEvent =
  | { readonly type: "trade.roundOpened"; readonly round: Round; readonly issuerKey: string }
  | {
      readonly type: "trade.offered";
      readonly round: Round;
      readonly site: Hex32;
      readonly root: Hex32;
      readonly count: number;
    }
  | {
      readonly type: "trade.requested";
      readonly round: Round;
      readonly requester: Hex32;
      readonly quota: number;
      readonly held: Amount;
    }
  | {
      readonly type: "trade.delivered";
      readonly round: Round;
      readonly site: Hex32;
      readonly requester: Hex32;
      readonly count: number;
      readonly bundle: ContentId;
    }
  | {
      readonly type: "trade.paid";
      readonly round: Round;
      readonly site: Hex32;
      readonly requester: Hex32;
      readonly amount: Amount;
    }
  | {
      readonly type: "trade.settled";
      readonly round: Round;
      readonly requester: Hex32;
      readonly paid: Amount;
      readonly refunded: Amount;
    }
  | {
      readonly type: "trade.withdrawn";
      readonly round: Round;
      readonly party: Hex32;
      readonly what: "offer" | "request";
      readonly refunded: Amount;
    }
  | {
      /** The round's matching was refuted. */
      readonly type: "trade.refunded";
      readonly round: Round;
      readonly requester: Hex32;
      readonly refunded: Amount;
    }
  | {
      readonly type: "access.policySet";
      readonly site: Hex32;
      readonly policyId: string;
      readonly version: number;
    }
  | {
      readonly type: "access.granted";
      readonly round: Round;
      readonly site: Hex32;
      readonly requester: Hex32;
      readonly version: number;
      readonly policyVersion: number;
      readonly bundle: ContentId;
    }
  | {
      readonly type: "access.revoked";
      readonly round: Round;
      readonly site: Hex32;
      readonly requester: Hex32;
      readonly version: number;
    }
  | {
      readonly type: "access.delegated";
      readonly round: Round;
      readonly site: Hex32;
      readonly grantee: Hex32;
      readonly from: Hex32;
      readonly to: Hex32;
      readonly version: number;
    }
  | {
      readonly type: "access.delegationRevoked";
      readonly round: Round;
      readonly site: Hex32;
      readonly grantee: Hex32;
      readonly to: Hex32;
      readonly version: number;
    }
  | {
      /** Who read whose records, for what, when (the entry's time), under which versions: ISO 27789. */
      readonly type: "access.decided";
      readonly round: Round;
      readonly site: Hex32;
      readonly requester: Hex32;
      readonly purpose: Purpose;
      readonly attributes: readonly string[];
      readonly decision: "permit" | "deny";
      /** Why denied: the code that a refused call would carry; absent for a permit. */
      readonly reason?: string;
      /** What the reader took upon itself, from the rules that permitted; absent if nothing. */
      readonly obligations?: readonly string[];
      /** Whose grant was passed on to the reader; absent when the grant is its own. */
      readonly grantee?: Hex32;
      /** 0 where there is no such grant or policy. */
      readonly grantVersion: number;
      readonly policyVersion: number;
    }
  | {
      readonly type: "matching.committed";
      readonly round: Round;
      readonly operator: Hex32;
      readonly inputsRoot: Hex32;
    }
  | {
      readonly type: "matching.revealed";
      readonly round: Round;
      readonly inputs: ContentId;
      readonly matching: ContentId;
      readonly pairs: number;
    }
  | {
      readonly type: "matching.refuted";
      readonly round: Round;
      readonly claim: ClaimKind;
      readonly challenger: Hex32;
    }
  | { readonly type: "matching.finalized"; readonly round: Round }
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
    }
  | { readonly type: "ledger.adopted"; readonly rules: number };

/** Name of an event, for example "trade.offered". */
export type LedgerEventType = LedgerEvent["type"];
