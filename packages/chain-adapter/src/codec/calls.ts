// The calls of the contracts: a closed union, told apart by `type`.
import type {
  Delegate,
  GrantBatch,
  LogAccess,
  Revoke,
  RevokeDelegation,
  SetPolicy,
} from "./access-calls.js";
import type { Hex32, Round } from "./fields.js";
import type { AdoptRules, ChangeKey, RegisterKeys } from "./ledger-calls.js";
import type {
  ChallengeMatching,
  CommitMatching,
  FinalizeMatching,
  RevealMatching,
} from "./matching-calls.js";
import type {
  Deliver,
  OfferBatch,
  OpenRound,
  RequestRecords,
  Settle,
  Withdraw,
} from "./trade-calls.js";

export type * from "./access-calls.js";
export type * from "./challenge-claims.js";
export type * from "./ledger-calls.js";
export type * from "./matching-calls.js";
export type * from "./trade-calls.js";

/** evaluation: after settlement, a requester rates a site or a site rates a requester, once a round. */
export interface Rate {
  readonly type: "evaluation.rate";
  readonly round: Round;
  /** Who is rated. */
  readonly subject: Hex32;
  /** What the rated one is in this round. */
  readonly role: "site" | "requester";
  /** Quality promised, parts per million. */
  readonly predictedQuality: number;
  /** Quality found, parts per million. */
  readonly measuredQuality: number;
  /** Hash of the evidence that the rater keeps. */
  readonly evidenceHash: Hex32;
}

/** ledger: several calls of one signer, all or none. */
export interface CallBatch {
  readonly type: "ledger.batch";
  /** 1 to 1,000 calls, no batches among them. */
  readonly calls: readonly Exclude<Call, CallBatch>[];
}

/** A call of one of the contracts. */
export type Call =
  | OpenRound
  | OfferBatch
  | RequestRecords
  | Deliver
  | Settle
  | Withdraw
  | SetPolicy
  | GrantBatch
  | Revoke
  | Delegate
  | RevokeDelegation
  | LogAccess
  | CommitMatching
  | RevealMatching
  | ChallengeMatching
  | FinalizeMatching
  | Rate
  | RegisterKeys
  | ChangeKey
  | AdoptRules
  | CallBatch;

/** Name of a call, for example "trade.request". */
export type CallType = Call["type"];

/** The call of a name. */
export type CallOf<T extends CallType> = Extract<Call, { readonly type: T }>;
