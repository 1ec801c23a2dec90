// The calls of the four contracts: a closed union, told apart by `type`.
import type { Purpose } from "../contracts/purposes.js";
import type { Amount, ContentId, Decimal, Hex32, LedgerTime, Round } from "./fields.js";

/** trade: a site offers one batch of published records; one call a site a round. Its signer is the site. */
export interface OfferBatch {
  readonly type: "trade.offerBatch";
  readonly round: Round;
  readonly schemaHash: Hex32;
  /** Hash of the levels and mechanism parameters that the records were randomized with. */
  readonly parametersHash: Hex32;
  /** Declared epsilon per subject in this publication. */
  readonly epsilon: Decimal;
  /** Merkle root over the report leaves. */
  readonly root: Hex32;
  /** Number of leaves. */
  readonly count: number;
  /** Hash of the public menus (levels, price floors, quotas) that the offers choose from. */
  readonly menusHash: Hex32;
  /** Where the public pseudonymous offers are kept. */
  readonly offers: ContentId;
}

/** trade: a requester asks for records and puts `pricePerRecord * quota` in escrow. Its signer is the requester. */
export interface RequestRecords {
  readonly type: "trade.request";
  readonly round: Round;
  /** HL7 v3 PurposeOfUse code, for example "HRESCH". */
  readonly purpose: Purpose;
  /** Weight of each attribute wanted: whole numbers from 1. */
  readonly weights: Readonly<Record<string, number>>;
  /** Error that the requester tolerates. */
  readonly tolerance: Decimal;
  /** Minor units of money. */
  readonly pricePerRecord: Amount;
  /** Most records wanted. */
  readonly quota: number;
  /** X25519 public key that bundle keys are wrapped to. */
  readonly hpkePublicKey: Hex32;
}

/** trade: a site states that a requester's bundle is in the store. */
export interface Deliver {
  readonly type: "trade.deliver";
  readonly round: Round;
  readonly requester: Hex32;
  readonly count: number;
  readonly bundle: ContentId;
}

/** trade: pays `count * price` for each delivery under a live grant and refunds the rest. */
export interface Settle {
  readonly type: "trade.settle";
  readonly round: Round;
  readonly requester: Hex32;
}

/** trade: the signer takes back its own offer or request, before anything was granted or delivered under it. */
export interface Withdraw {
  readonly type: "trade.withdraw";
  readonly round: Round;
  readonly what: "offer" | "request";
}

/** One rule of a policy. Each list names what it covers; the list `["*"]` covers everything. */
export interface Rule {
  readonly effect: "permit" | "deny";
  readonly attributes: readonly string[];
  readonly levels: readonly string[];
  /** HL7 v3 PurposeOfUse codes; a code covers the codes below it in the tree. */
  readonly purposes: readonly (Purpose | "*")[];
  /** Public keys of requesters. */
  readonly actors: readonly string[];
  /** First moment of validity. */
  readonly notBefore?: LedgerTime;
  /** First moment at which it is no longer valid. */
  readonly notAfter?: LedgerTime;
}

/** access: a site sets a policy, or a new version of it. A version without rules denies everything. */
export interface SetPolicy {
  readonly type: "access.setPolicy";
  readonly policyId: string;
  /** One more than the version that it replaces; 1 for a new policy. */
  readonly version: number;
  readonly schemaHash: Hex32;
  readonly rules: readonly Rule[];
}

/** What a site grants to one requester. */
export interface GrantTerms {
  readonly requester: Hex32;
  /** The site's policy that permits it. */
  readonly policyId: string;
  /** Attributes in the bundle. */
  readonly attributes: readonly string[];
  /** Levels that occur in the bundle. */
  readonly levels: readonly string[];
  readonly bundle: ContentId;
  /** Merkle root over the leaves in the bundle. */
  readonly root: Hex32;
  /** Records in the bundle. */
  readonly count: number;
  /** The bundle's key, wrapped to the requester, in hexadecimal. */
  readonly wrappedKey: string;
}

/** access: a site grants bundles to requesters matched with it. All or none. */
export interface GrantBatch {
  readonly type: "access.grantBatch";
  readonly round: Round;
  readonly grants: readonly GrantTerms[];
}

/** access: a site ends a grant. Future reads are refused; what was read stays read. */
export interface Revoke {
  readonly type: "access.revoke";
  readonly round: Round;
  readonly requester: Hex32;
}

/** access: a requester declares a read; the ledger decides and logs the decision, permit or deny. */
export interface LogAccess {
  readonly type: "access.logAccess";
  readonly round: Round;
  readonly site: Hex32;
  /** Version of the grant that the requester holds. */
  readonly grantVersion: number;
  readonly purpose: Purpose;
  readonly attributes: readonly string[];
}

/** matching: the operator closes a round and commits to its inputs and its seed. */
export interface CommitMatching {
  readonly type: "matching.commit";
  readonly round: Round;
  /** Merkle root over the canonical inputs. */
  readonly inputsRoot: Hex32;
  /** Number of inputs. */
  readonly inputsCount: number;
  /** From `seedCommitment`. */
  readonly seedCommitment: Hex32;
}

/** How many records of each site each requester gets: `counts[s][r]` for `sites[s]` and `requesters[r]`. */
export interface Allocation {
  readonly sites: readonly Hex32[];
  readonly requesters: readonly Hex32[];
  readonly counts: readonly (readonly number[])[];
}

/** matching: the operator publishes inputs, seed and result. */
export interface RevealMatching {
  readonly type: "matching.reveal";
  readonly round: Round;
  readonly inputs: ContentId;
  readonly inputsRoot: Hex32;
  readonly inputsCount: number;
  readonly seed: Hex32;
  /** 32 secret bytes that hid the seed in its commitment. */
  readonly nonce: Hex32;
  readonly matching: ContentId;
  /** Merkle root over the matched pairs. */
  readonly matchingRoot: Hex32;
  /** Number of matched pairs. */
  readonly pairs: number;
  readonly allocation: Allocation;
}

/** matching: closes the challenge window; anyone may call it. */
export interface FinalizeMatching {
  readonly type: "matching.finalize";
  readonly round: Round;
}

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

/** A call of one of the four contracts. */
export type Call =
  | OfferBatch
  | RequestRecords
  | Deliver
  | Settle
  | Withdraw
  | SetPolicy
  | GrantBatch
  | Revoke
  | LogAccess
  | CommitMatching
  | RevealMatching
  | FinalizeMatching
  | Rate;

/** Name of a call, for example "trade.request". */
export type CallType = Call["type"];

/** The call of a name. */
export type CallOf<T extends CallType> = Extract<Call, { readonly type: T }>;
