// What a leaf of a batch commits to, byte by byte.

import { bytes, deferred, object, type Shape } from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { lengthPrefixed, uint64 } from "../identity/encoding.js";
import { finishInto, type Midstate, midstate } from "../merkle/sha256.js";
import { roundNumber } from "./reports.js";

/** Everything that one leaf commits to. */
export interface Leaf {
  /** Hash of the schema, 32 bytes. */
  readonly schemaHash: Uint8Array;
  /** Number of the round. */
  readonly round: number;
  /** One-time pseudonym of the patient, 32 bytes. */
  readonly pseudonym: Uint8Array;
  /** Hash of the consent under which the report is published, 32 bytes. */
  readonly consent: Uint8Array;
  /** 32 secret bytes. A randomized report has few possible values: without a salt its hash could be guessed. */
  readonly salt: Uint8Array;
  /** The randomized report. */
  readonly report: Uint8Array;
}

const leafShape: Shape<Leaf> = /* @__PURE__ */ deferred(() =>
  object({
    schemaHash: bytes(32),
    round: roundNumber,
    pseudonym: bytes(32),
    consent: bytes(32),
    salt: bytes(32),
    report: bytes(),
  }),
);

const DOMAIN: Uint8Array = /* @__PURE__ */ new TextEncoder().encode("emrx/leaf/1");
const FIELD = 4 + 32;
/** Bytes before the report: pseudonym, consent and salt with their lengths, then the length of the report. */
const FIXED = 3 * FIELD + 4;

/**
 * Hashes leaves of one schema and round. What they share (0x00, domain, schema hash and round, each with its length)
 * is exactly 64 bytes, one block of SHA-256, and is hashed once.
 */
export interface LeafHasher {
  readonly shared: Midstate;
  /** Room for the rest of a leaf, with the lengths in place; grows with the longest report. */
  rest: Uint8Array;
}

/** Makes ready to hash leaves of one schema and round. */
export function leafHasher(schemaHash: Uint8Array, round: number): LeafHasher {
  const shared = new Uint8Array(64);
  shared.set(lengthPrefixed(DOMAIN, schemaHash, uint64(round)), 1);
  const rest = new Uint8Array(FIXED + 64);
  for (const at of [0, FIELD, 2 * FIELD]) rest[at + 3] = 32;
  return { shared: midstate(shared), rest };
}

/** Writes the hash of one leaf, its parts given as columns and positions, to out[outOffset..+32). */
export function leafHashInto(
  hasher: LeafHasher,
  pseudonyms: Uint8Array,
  pseudonymAt: number,
  consents: Uint8Array,
  consentAt: number,
  salts: Uint8Array,
  saltAt: number,
  reports: Uint8Array,
  reportStart: number,
  reportEnd: number,
  out: Uint8Array,
  outOffset: number,
): void {
  const length = reportEnd - reportStart;
  if (hasher.rest.length < FIXED + length) {
    const grown = new Uint8Array(FIXED + length * 2);
    grown.set(hasher.rest.subarray(0, FIXED));
    hasher.rest = grown;
  }
  const { rest, shared } = hasher;
  for (let i = 0; i < 32; i++) {
    rest[4 + i] = pseudonyms[pseudonymAt + i] as number;
    rest[4 + FIELD + i] = consents[consentAt + i] as number;
    rest[4 + 2 * FIELD + i] = salts[saltAt + i] as number;
  }
  rest[FIXED - 4] = length >>> 24;
  rest[FIXED - 3] = length >>> 16;
  rest[FIXED - 2] = length >>> 8;
  rest[FIXED - 1] = length;
  for (let i = 0; i < length; i++) rest[FIXED + i] = reports[reportStart + i] as number;
  finishInto(shared, 64, rest, 0, FIXED + length, out, outOffset);
}

/**
 * The hash of one leaf: SHA-256 of 0x00 and then, each preceded by its length in 4 bytes, the domain `emrx/leaf/1`, the
 * schema hash, the round (8 bytes), pseudonym, consent, salt and report. It is an RFC 6962 leaf hash.
 *
 * @param leaf all parts
 * @returns 32 bytes
 * @throws LedgerError `EMRX_INVALID_BATCH` if a part has another length than said, `EMRX_INVALID_LABEL` for a wrong round
 * @see RFC 6962 section 2.1
 * @example
 * ```ts
 * import { hashLeaf } from "@emrx/chain-adapter/payload";
 *
 * const bytes = new Uint8Array(32);
 * const leaf = { schemaHash: bytes, round: 1, pseudonym: bytes, consent: bytes, salt: bytes };
 * hashLeaf({ ...leaf, report: Uint8Array.of(1) }).length; // => 32
 * ```
 */
export function hashLeaf(leaf: Leaf): Uint8Array<ArrayBuffer> {
  const { schemaHash, round, pseudonym, consent, salt, report } = check(
    leafShape,
    leaf,
    "leaf",
    "EMRX_INVALID_BATCH",
  );
  const out = new Uint8Array(32);
  const hasher = leafHasher(schemaHash, round);
  leafHashInto(hasher, pseudonym, 0, consent, 0, salt, 0, report, 0, report.length, out, 0);
  return out;
}
