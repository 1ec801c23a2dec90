// The calls of the contracts: a closed union, told apart by `type`.
import type {
  ClaimWrong,
  Grant,
  Read,
  Release,
  ReportMissing,
  Revoke,
  SetPolicy,
} from "./access-calls.js";
import type { Hex32, Round } from "./fields.js";
import type { ChangeKey, RegisterKeys } from "./identity-calls.js";
import type { OpenRound, RegisterPublication, ShowSeed } from "./round-calls.js";
import type { Offer, RequestRecords, Settle } from "./trade-calls.js";

export type * from "./access-calls.js";
export type * from "./identity-calls.js";
export type * from "./round-calls.js";
export type * from "./trade-calls.js";

/** evaluation: once a pair is paid, each side rates the other once. The contract itself computes the value predicted. */
export interface Rate {
  readonly type: "evaluation.rate";
  readonly round: Round;
  /** Who is rated. */
  readonly subject: Hex32;
  /** What the rated one is in this round. */
  readonly role: "site" | "requester";
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
  | RegisterPublication
  | OpenRound
  | Offer
  | RequestRecords
  | ShowSeed
  | SetPolicy
  | Grant
  | Read
  | ReportMissing
  | Release
  | ClaimWrong
  | Revoke
  | Settle
  | Rate
  | RegisterKeys
  | ChangeKey
  | CallBatch;

/** Name of a call, for example "trade.request". */
export type CallType = Call["type"];

/** The call of a name. */
export type CallOf<T extends CallType> = Extract<Call, { readonly type: T }>;
