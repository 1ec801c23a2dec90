// What can be asked of a ledger: a closed union of queries, and the answer that goes with each.
import type { Purpose } from "../contracts/purposes.js";
import type {
  AdmissionState,
  DelegationState,
  DeliveryState,
  Escrow,
  GrantState,
  MatchingRound,
  OfferState,
  PolicyState,
  RequestState,
  ScoreState,
} from "../contracts/state.js";
import type { KeyState } from "../identity/key-change.js";
import type { Amount, Hex32, LedgerTime, Round } from "./fields.js";

/** What a policy says about one access. */
export interface Decision {
  readonly decision: "permit" | "deny";
  /** Why denied; absent for a permit. */
  readonly reason?: "EMRX_NO_POLICY" | "EMRX_POLICY_DENIES";
  /** 0 where there is no policy. */
  readonly policyVersion: number;
  /** What goes with a permit; absent if nothing. */
  readonly obligations?: readonly string[];
}

/** A question about an access, without making or logging it. */
export interface AccessQuestion {
  readonly type: "access.decision";
  readonly site: Hex32;
  readonly policyId: string;
  readonly requester: Hex32;
  readonly purpose: Purpose;
  readonly attributes: readonly string[];
  readonly levels: readonly string[];
  /** The moment asked about; the ledger's latest time by default. */
  readonly time?: LedgerTime;
}

/** Each query's answer, by the query's `type`. Lists are sorted by public key. */
export interface Answers {
  "trade.admission": AdmissionState | null;
  "trade.offer": OfferState | null;
  "trade.offers": readonly OfferState[];
  "trade.request": RequestState | null;
  "trade.requests": readonly RequestState[];
  "trade.deliveries": readonly DeliveryState[];
  "trade.escrow": Escrow;
  "trade.credit": Amount;
  "access.policy": PolicyState | null;
  "access.policies": readonly PolicyState[];
  "access.grant": GrantState | null;
  "access.grants": readonly GrantState[];
  "access.delegation": DelegationState | null;
  "access.delegations": readonly DelegationState[];
  "access.decision": Decision;
  "matching.round": MatchingRound | null;
  "matching.rounds": readonly MatchingRound[];
  "evaluation.score": ScoreState | null;
  "evaluation.scores": readonly ScoreState[];
  "identity.keys": KeyState | null;
  "identity.party": Hex32 | null;
  "ledger.rules": number;
  "ledger.digest": Hex32;
}

/** A question to a ledger. */
export type Query =
  /** The issuer key of a round that needs admission tokens. */
  | { readonly type: "trade.admission"; readonly round: Round }
  | { readonly type: "trade.offer"; readonly round: Round; readonly site: Hex32 }
  | { readonly type: "trade.offers"; readonly round: Round }
  | { readonly type: "trade.request"; readonly round: Round; readonly requester: Hex32 }
  | { readonly type: "trade.requests"; readonly round: Round }
  | { readonly type: "trade.deliveries"; readonly round: Round }
  | { readonly type: "trade.escrow" }
  /** What a site was paid or a requester was refunded. */
  | { readonly type: "trade.credit"; readonly party: Hex32 }
  | { readonly type: "access.policy"; readonly site: Hex32; readonly policyId: string }
  | { readonly type: "access.policies" }
  | {
      readonly type: "access.grant";
      readonly round: Round;
      readonly site: Hex32;
      readonly requester: Hex32;
    }
  /** Grants of a round, optionally of one site or to one requester. */
  | {
      readonly type: "access.grants";
      readonly round: Round;
      readonly site?: Hex32;
      readonly requester?: Hex32;
    }
  | {
      readonly type: "access.delegation";
      readonly round: Round;
      readonly site: Hex32;
      readonly grantee: Hex32;
      readonly to: Hex32;
    }
  | { readonly type: "access.delegations"; readonly round: Round }
  | AccessQuestion
  | { readonly type: "matching.round"; readonly round: Round }
  | { readonly type: "matching.rounds" }
  | {
      readonly type: "evaluation.score";
      readonly role: "site" | "requester";
      readonly subject: Hex32;
    }
  | { readonly type: "evaluation.scores" }
  /** The keys of a party that announced a recovery key. */
  | { readonly type: "identity.keys"; readonly name: Hex32 }
  /** The party that a key acts for; null for a key that another has followed. */
  | { readonly type: "identity.party"; readonly key: Hex32 }
  /** Version of the contracts' rules in force. */
  | { readonly type: "ledger.rules" }
  /** SHA-256 over the canonical state of all contracts. */
  | { readonly type: "ledger.digest" };

/** The answer to a query. */
export type Answer<Q extends Query> = Answers[Q["type"]];
