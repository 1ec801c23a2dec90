// What can be asked of a ledger: a closed union of queries, and the answer that goes with each.
import type { Purpose } from "../contracts/purposes.js";
import type { Escrow, PolicyState, PublicationState, ScoreState } from "../contracts/state.js";
import type { KeyState } from "../identity/key-change.js";
import type { Amount, Hex32, LedgerTime, Round } from "./fields.js";
import type { RoundView } from "./round-view.js";

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

/** Each query's answer, by the query's `type`. Lists are sorted by name. */
export interface Answers {
  "publication.document": PublicationState | null;
  /** Hashes of all publications. */
  "publication.list": readonly Hex32[];
  "round.state": RoundView | null;
  /** Numbers of all rounds, ascending. */
  "round.list": readonly Round[];
  "trade.escrow": Escrow;
  "trade.credit": Amount;
  "access.policy": PolicyState | null;
  "access.policies": readonly PolicyState[];
  "access.decision": Decision;
  "evaluation.score": ScoreState | null;
  "evaluation.scores": readonly ScoreState[];
  "identity.keys": KeyState | null;
  "identity.party": Hex32 | null;
  "ledger.digest": Hex32;
}

/** A question to a ledger. */
export type Query =
  | { readonly type: "publication.document"; readonly publication: Hex32 }
  | { readonly type: "publication.list" }
  /** A round as it stands at a moment; the ledger's latest time by default. */
  | { readonly type: "round.state"; readonly round: Round; readonly time?: LedgerTime }
  | { readonly type: "round.list" }
  | { readonly type: "trade.escrow" }
  /** What a party was paid and got back, over all rounds. */
  | { readonly type: "trade.credit"; readonly party: Hex32 }
  | { readonly type: "access.policy"; readonly site: Hex32; readonly policyId: string }
  | { readonly type: "access.policies" }
  | AccessQuestion
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
  /** SHA-256 over the canonical state of all contracts. */
  | { readonly type: "ledger.digest" };

/** The answer to a query. */
export type Answer<Q extends Query> = Answers[Q["type"]];
