// Content ids: a name that is the hash of what it names, so that a store cannot hand out anything else.
import { bytes as bytesShape, described } from "@emrx/internal/shape";
import { base32 } from "multiformats/bases/base32";
import { CID } from "multiformats/cid";
import { create as createDigest } from "multiformats/hashes/digest";
import type { ContentId } from "../codec/fields.js";
import { check } from "../errors/check.js";
import { LedgerError } from "../errors.js";
import { contentHash } from "./sealed-content.js";

const RAW = 0x55;
const SHA2_256 = 0x12;

/**
 * The content id of bytes: CIDv1, raw codec, SHA-256, in base32. The hash of a sealed bundle is the root over its chunks,
 * which a grant names; that of any other bytes is their own.
 *
 * @param bytes any bytes
 * @returns text that begins with `bafkrei`
 * @see https://github.com/multiformats/cid
 * @example
 * ```ts
 * import { contentIdOf } from "@emrx/chain-adapter/payload";
 *
 * contentIdOf(new Uint8Array()); // => "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
 * ```
 */
export function contentIdOf(bytes: Uint8Array): ContentId {
  requireContentBytes(bytes);
  return contentIdOfHash(contentHash(bytes));
}

/**
 * The content id of the bytes with this hash, such as the root of a grant.
 *
 * @param hash 32 bytes
 * @returns text that begins with `bafkrei`
 * @example
 * ```ts
 * import { contentIdOfHash, parseContentId } from "@emrx/chain-adapter/payload";
 *
 * parseContentId(contentIdOfHash(new Uint8Array(32))); // => new Uint8Array(32)
 * ```
 */
export function contentIdOfHash(hash: Uint8Array): ContentId {
  check(bytesShape(32), hash, "hash");
  return CID.createV1(RAW, createDigest(SHA2_256, hash)).toString(base32);
}

/** Throws `EMRX_INVALID_OPTION` unless the value is bytes. */
function requireContentBytes(value: Uint8Array): void {
  check(bytesShape(), value, "bytes");
}

/**
 * Reads a content id. Only the one form that `contentIdOf` writes is accepted, so equal contents have equal ids.
 *
 * @param id a content id
 * @returns the hash that it names, 32 bytes
 * @throws LedgerError `EMRX_CONTENT_ID` for anything else: another version, codec, hash or base, or other letters
 * @example
 * ```ts
 * import { contentIdOf, parseContentId } from "@emrx/chain-adapter/payload";
 *
 * parseContentId(contentIdOf(new Uint8Array())).length; // => 32
 * parseContentId("../secrets"); // throws EMRX_CONTENT_ID
 * ```
 */
export function parseContentId(id: ContentId): Uint8Array<ArrayBuffer> {
  try {
    const { digest } = CID.parse(id, base32).multihash;
    const hash = Uint8Array.from(digest);
    if (hash.length === 32 && contentIdOfHash(hash) === id) return hash;
  } catch {
    // reported below, with every other form
  }
  throw new LedgerError(
    "EMRX_CONTENT_ID",
    `a content id is CIDv1, raw, SHA-256, in base32 (bafkrei...); got ${described(id)}.`,
  );
}
