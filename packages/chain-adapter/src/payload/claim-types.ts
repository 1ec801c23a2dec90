// What a claim is decided by: what the contract knows of the pair, and what the claimant shows.
import type { Hex32 } from "../codec/fields.js";

/** Consecutive leaves of a batch, `from` up to, not including, `to`; all of them are of one profile. */
export interface PlaceRange {
  readonly from: number;
  readonly to: number;
  /** Index into the publication's profiles. */
  readonly profile: number;
}

/** What a report of a profile may hold. */
export interface ReportPool {
  /** Index of the level of each attribute of the publication; -1 where the attribute is withheld. */
  readonly levels: readonly number[];
  /** Bytes of the mechanism's report of each attribute at this level; 0 where the attribute is withheld. */
  readonly bytes: readonly number[];
  /** Attributes in one report. */
  readonly disclosed: number;
}

/** What the contract knows of a released pair: all of it stands on the ledger. */
export interface ClaimFacts {
  readonly ledger: Hex32;
  readonly round: number;
  readonly site: Hex32;
  readonly requester: Hex32;
  readonly schemaHash: Hex32;
  /** Of the publication: how chunks are sealed, reports in a full one, bytes of its ciphertext, rows that may be withdrawn. */
  readonly suite: number;
  readonly chunk: { readonly length: number; readonly bytes: number; readonly withdrawn: number };
  /** Root and number of leaves of the site's batch. */
  readonly batchRoot: Hex32;
  readonly batchCount: number;
  /** The pair's places, ascending; chunks follow one another in this order, and none spans two ranges. */
  readonly ranges: readonly PlaceRange[];
  /** The publication's profiles. */
  readonly profiles: readonly ReportPool[];
  /** Of the grant: root over the sealed chunks, commitment to the bundle's key. */
  readonly root: Hex32;
  readonly keyCommitment: Hex32;
  /** Of the read: one-time X25519 public key. */
  readonly oneTimeKey: Hex32;
  /** Of the release: the bundle's key, wrapped to it, in hexadecimal. */
  readonly wrappedKey: string;
}

/** What decides what a bundle must hold: publication, offer and allocation. */
export type BundleFacts = Pick<
  ClaimFacts,
  | "ledger"
  | "round"
  | "site"
  | "requester"
  | "schemaHash"
  | "suite"
  | "chunk"
  | "batchRoot"
  | "batchCount"
  | "ranges"
  | "profiles"
>;

/** A sealed chunk as a claim shows it. */
export interface ShownChunk {
  /** Its number in the bundle, from 0. */
  readonly index: number;
  /** The ciphertext in hexadecimal. */
  readonly ciphertext: string;
  /** The chunk's key. */
  readonly key: Hex32;
  /** RFC 6962 inclusion proof of its leaf to the granted root. */
  readonly path: readonly Hex32[];
}

/** A leaf of the granted root as a claim shows it: what it commits to and where it stands. */
export interface ShownLeaf {
  readonly index: number;
  /** SHA-256 of the ciphertext. */
  readonly ciphertextHash: Hex32;
  /** Hash of the chunk's key, as the leaf has it. */
  readonly keyHash: Hex32;
  readonly path: readonly Hex32[];
}

/** What a claimant shows: that the released key is wrong, or that what it decrypts is. */
export type ClaimEvidence =
  | {
      readonly kind: "key";
      /** The 32 bytes that the one-time key pair was derived from. */
      readonly secret: Hex32;
      /** Needed where the key fits its commitment: a leaf whose key is not the one derived for it. */
      readonly leaf?: ShownLeaf;
    }
  | {
      readonly kind: "chunk";
      /** One or two chunks: two show a pseudonym that stands in both. */
      readonly chunks: readonly ShownChunk[];
    };

/**
 * What a claim shows: `wrong` proves the site wrong, `right` shows nothing wrong, `unproven` is evidence that does not
 * belong to the pair (a path that does not lead to the root, a secret that is not of the one-time key).
 */
export type ClaimVerdict = "wrong" | "right" | "unproven";

/** Decides a claim, without waiting and alike everywhere. */
export type DecideClaim = (facts: ClaimFacts, evidence: ClaimEvidence) => ClaimVerdict;
