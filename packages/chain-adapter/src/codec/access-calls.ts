// The calls of the access contract.
import type { Purpose } from "../contracts/purposes.js";
import type { ClaimEvidence } from "../payload/claim-types.js";
import type { Hex32, LedgerTime, Round } from "./fields.js";

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
  /** What whoever reads under this rule takes upon itself, for example HL7's "DELAFTER" codes. */
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

/** What a site grants to one requester: its bundle for the whole pair. */
export interface GrantItem {
  readonly requester: Hex32;
  /** Root over the sealed chunks: the name of the content. */
  readonly root: Hex32;
  /** Commitment to the bundle's key. */
  readonly keyCommitment: Hex32;
  /** The site's policy that permits it, and its version now. */
  readonly policyId: string;
  readonly policyVersion: number;
}

/** access: a site grants bundles to requesters that the matching gave it. Each item is decided by itself, once a pair. */
export interface Grant {
  readonly type: "access.grant";
  readonly round: Round;
  readonly grants: readonly GrantItem[];
}

/** One bundle that a requester wants to read. */
export interface ReadItem {
  readonly site: Hex32;
  /** One-time X25519 public key: the bundle's key is wrapped to it. */
  readonly oneTimeKey: Hex32;
}

/** access: a requester, which has the contents and found their roots right, asks for keys. Permitted or denied, and logged. */
export interface Read {
  readonly type: "access.read";
  readonly round: Round;
  readonly reads: readonly ReadItem[];
}

/** access: a requester says, instead of reading, that contents are not there. Both sides of the pair lose the same bond. */
export interface ReportMissing {
  readonly type: "access.missing";
  readonly round: Round;
  readonly sites: readonly Hex32[];
}

/** The key of one bundle, wrapped to the one-time key of its requester. */
export interface ReleaseItem {
  readonly requester: Hex32;
  /** 80 bytes in hexadecimal. */
  readonly wrappedKey: string;
}

/** access: a site gives the keys to those whose read was permitted. */
export interface Release {
  readonly type: "access.release";
  readonly round: Round;
  readonly releases: readonly ReleaseItem[];
}

/** access: a requester proves what a site released to it wrong; decided at once. */
export interface ClaimWrong {
  readonly type: "access.claim";
  readonly round: Round;
  readonly site: Hex32;
  readonly evidence: ClaimEvidence;
}

/** access: a site ends grants. What was not released by then is not paid and never opens. */
export interface Revoke {
  readonly type: "access.revoke";
  readonly round: Round;
  readonly requesters: readonly Hex32[];
}
