// The calls of the access contract.
import type { Purpose } from "../contracts/purposes.js";
import type { ContentId, Hex32, LedgerTime, Round } from "./fields.js";

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
  /** What whoever reads under this rule takes upon itself, for example HL7's "DELAFTER" codes. Rules 2. */
  readonly obligations?: readonly string[];
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
  /** How many times the grant may be passed on in a row, 1 to 8; not at all if absent. Rules 2. */
  readonly delegation?: number;
}

/** access: a site grants bundles to requesters matched with it. All or none. */
export interface GrantBatch {
  readonly type: "access.grantBatch";
  readonly round: Round;
  readonly grants: readonly GrantTerms[];
}

/** access: a site ends a grant, and with it whatever was passed on from it. What was read stays read. */
export interface Revoke {
  readonly type: "access.revoke";
  readonly round: Round;
  readonly requester: Hex32;
}

/** access: who holds a grant, or was passed one on, passes a part of it on. Its signer is the giver. Rules 2. */
export interface Delegate {
  readonly type: "access.delegate";
  readonly round: Round;
  readonly site: Hex32;
  /** The requester that the site granted to. */
  readonly grantee: Hex32;
  readonly to: Hex32;
  /** Some of the giver's attributes. */
  readonly attributes: readonly string[];
  /** Purposes, each at or below one of the giver's. */
  readonly purposes: readonly Purpose[];
  /** How many times it may be passed on from there, fewer than the giver's. */
  readonly depth: number;
  /** First moment at which it is no longer valid, not after the giver's. */
  readonly notAfter?: LedgerTime;
}

/** access: the giver or the site ends what was passed on, and with it whatever came of it. Rules 2. */
export interface RevokeDelegation {
  readonly type: "access.revokeDelegation";
  readonly round: Round;
  readonly site: Hex32;
  readonly grantee: Hex32;
  readonly to: Hex32;
}

/** access: a requester declares a read; the ledger decides and logs the decision, permit or deny. */
export interface LogAccess {
  readonly type: "access.logAccess";
  readonly round: Round;
  readonly site: Hex32;
  /** Version of the grant, or of what was passed on, that the reader holds. */
  readonly grantVersion: number;
  readonly purpose: Purpose;
  readonly attributes: readonly string[];
  /** Whose grant was passed on to the signer; absent when the grant is its own. Rules 2. */
  readonly grantee?: Hex32;
}
