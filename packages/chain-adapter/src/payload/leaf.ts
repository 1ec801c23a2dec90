// What a leaf of a batch commits to, byte by byte.

import { bytes, deferred, integer, object, type Shape } from "@emrx/internal/shape";
import { type Hex32, hex32, round } from "../codec/fields.js";
import { fromHex } from "../codec/hex.js";
import { check } from "../errors/check.js";
import { lengthPrefixed, uint64 } from "../identity/encoding.js";
import { finishInto, type Midstate, midstate, sha256 } from "../merkle/sha256.js";

/** What all leaves of a batch are bound to: a root that was copied to another ledger, site or round proves nothing there. */
export interface LeafScope {
  /** Id of the ledger. */
  readonly ledger: Hex32;
  /** Name of the site. */
  readonly site: Hex32;
  /** Number of the round. */
  readonly round: number;
  /** Hash of the schema. */
  readonly schemaHash: Hex32;
}

/** Everything that one leaf commits to beside its scope. */
export interface Leaf {
  /** One-time pseudonym of the patient, 32 bytes. */
  readonly pseudonym: Uint8Array;
  /** What the patient chose: index into the publication's profiles, below 2^32. */
  readonly profile: number;
  /** 32 secret bytes. A randomized report has few possible values: without a salt its hash could be guessed. */
  readonly salt: Uint8Array;
  /** The randomized report. */
  readonly report: Uint8Array;
}

/** A scope. */
export const leafScope: Shape<LeafScope> = /* @__PURE__ */ deferred(() =>
  object({ ledger: hex32, site: hex32, round, schemaHash: hex32 }),
);

const leafShape: Shape<Leaf> = /* @__PURE__ */ deferred(() =>
  object({
    pseudonym: bytes(32),
    profile: integer(0, 0xffff_ffff),
    salt: bytes(32),
    report: bytes(),
  }),
);

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const SCOPE: Uint8Array = /* @__PURE__ */ utf8("emrx/leaf-scope/2");
const DOMAIN: Uint8Array = /* @__PURE__ */ utf8("emrx/leaf/2");
/** Bytes before the report: pseudonym, profile and salt with their lengths, then the length of the report. */
const PROFILE = 36;
const SALT = PROFILE + 8;
const FIXED = SALT + 36 + 4;

/**
 * Hashes leaves of one scope. What they share (0x00, domain, hash of the scope and round, each with its length) is
 * exactly 64 bytes, one block of SHA-256, and is hashed once.
 */
export interface LeafHasher {
  readonly shared: Midstate;
  /** Room for the rest of a leaf, with the lengths in place; grows with the longest report. */
  rest: Uint8Array;
}

/** Makes ready to hash leaves of one scope. */
export function leafHasher({ ledger, site, round: number, schemaHash }: LeafScope): LeafHasher {
  const shared = new Uint8Array(64);
  const scope = sha256(lengthPrefixed(SCOPE, fromHex(ledger), fromHex(site), fromHex(schemaHash)));
  shared.set(lengthPrefixed(DOMAIN, scope, uint64(number)), 1);
  const rest = new Uint8Array(FIXED + 64);
  rest[3] = 32;
  rest[PROFILE + 3] = 4;
  rest[SALT + 3] = 32;
  return { shared: midstate(shared), rest };
}

/** Where the parts of one leaf stand: 32 bytes of `pseudonyms` and `salts` at `at`, `reports` from `start` to `end`. */
export interface LeafParts {
  pseudonyms: Uint8Array;
  salts: Uint8Array;
  reports: Uint8Array;
}

/** Writes the hash of one leaf, its parts given as columns and positions, to out[outOffset..+32). */
export function leafHashInto(
  hasher: LeafHasher,
  { pseudonyms, salts, reports }: LeafParts,
  at: number,
  profile: number,
  start: number,
  end: number,
  out: Uint8Array,
  outOffset: number,
): void {
  const length = end - start;
  if (hasher.rest.length < FIXED + length) {
    const grown = new Uint8Array(FIXED + length * 2);
    grown.set(hasher.rest.subarray(0, FIXED));
    hasher.rest = grown;
  }
  const { rest, shared } = hasher;
  for (let i = 0; i < 32; i++) {
    rest[4 + i] = pseudonyms[at + i] as number;
    rest[SALT + 4 + i] = salts[at + i] as number;
  }
  for (let i = 0; i < 4; i++) {
    rest[PROFILE + 4 + i] = profile >>> (24 - 8 * i);
    rest[FIXED - 4 + i] = length >>> (24 - 8 * i);
  }
  for (let i = 0; i < length; i++) rest[FIXED + i] = reports[start + i] as number;
  finishInto(shared, 64, rest, 0, FIXED + length, out, outOffset);
}

/**
 * The hash of one leaf: SHA-256 of 0x00 and then, each preceded by its length in 4 bytes, the domain `emrx/leaf/2`, the
 * hash of the scope, the round (8 bytes), pseudonym, profile (4 bytes), salt and report. The hash of the scope is SHA-256
 * of `emrx/leaf-scope/2`, ledger, site and schema hash, each preceded by its length. It is an RFC 6962 leaf hash.
 *
 * @param scope ledger, site, round and schema
 * @param leaf all parts
 * @returns 32 bytes
 * @throws LedgerError `EMRX_INVALID_BATCH` if a part is not as said
 * @see RFC 6962 section 2.1
 * @example
 * ```ts
 * import { hashLeaf } from "@emrx/chain-adapter/payload";
 *
 * const scope = { ledger: "11".repeat(32), site: "22".repeat(32), round: 1, schemaHash: "33".repeat(32) };
 * const bytes = new Uint8Array(32);
 * hashLeaf(scope, { pseudonym: bytes, profile: 0, salt: bytes, report: Uint8Array.of(1) }).length; // => 32
 * ```
 */
export function hashLeaf(scope: LeafScope, leaf: Leaf): Uint8Array<ArrayBuffer> {
  const hasher = leafHasher(check(leafScope, scope, "scope", "EMRX_INVALID_BATCH"));
  const { pseudonym, profile, salt, report } = check(leafShape, leaf, "leaf", "EMRX_INVALID_BATCH");
  const out = new Uint8Array(32);
  const parts = { pseudonyms: pseudonym, salts: salt, reports: report };
  leafHashInto(hasher, parts, 0, profile, 0, report.length, out, 0);
  return out;
}
