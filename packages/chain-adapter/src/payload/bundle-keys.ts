// The keys of a bundle, what they are bound to, and what commits to them.
import { concatBytes } from "@emrx/internal/bytes";
import { fromHex } from "../codec/hex.js";
import { lengthPrefixed, uint64 } from "../identity/encoding.js";
import { hkdfExpand, hkdfExtract } from "../identity/hkdf.js";
import { merkleLeafHash } from "../merkle/hash.js";
import { sha256 } from "../merkle/sha256.js";
import type { ClaimFacts } from "./claim-types.js";

/** Whose bundle it is. */
export type Pair = Pick<ClaimFacts, "ledger" | "round" | "site" | "requester">;

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const CONTEXT: Uint8Array = /* @__PURE__ */ utf8("emrx/bundle/2");
const SALT: Uint8Array = /* @__PURE__ */ utf8("emrx/bundle-key/2");
const COMMITMENT: Uint8Array = /* @__PURE__ */ utf8("emrx/key-commitment/2");
const CHUNK_KEY: Uint8Array = /* @__PURE__ */ utf8("emrx/chunk-key/2");
const CHUNK: Uint8Array = /* @__PURE__ */ utf8("emrx/chunk/2");

const u32 = (value: number): Uint8Array =>
  Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);

/** 32 bytes that stand for the pair: additional data of every chunk. */
export const pairContext = ({ ledger, site, requester, round }: Pair): Uint8Array<ArrayBuffer> =>
  sha256(
    lengthPrefixed(CONTEXT, fromHex(ledger), fromHex(site), fromHex(requester), uint64(round)),
  );

/**
 * The key of a bundle. It depends on all that is encrypted: the same contents have the same key, so that a step that is
 * done twice makes the same bytes, and no nonce ever comes twice under one key.
 */
export const bundleKeyOf = (
  secret: Uint8Array,
  pair: Pair,
  contents: Uint8Array,
): Uint8Array<ArrayBuffer> =>
  hkdfExpand(hkdfExtract(SALT, secret), concatBytes(pairContext(pair), contents), 32);

/** What a grant says of the key. */
export const commitKey = (pair: Pair, key: Uint8Array): Uint8Array<ArrayBuffer> =>
  sha256(lengthPrefixed(COMMITMENT, pairContext(pair), key));

/** The key of chunk `index`. */
export const chunkKeyOf = (bundleKey: Uint8Array, index: number): Uint8Array<ArrayBuffer> =>
  hkdfExpand(bundleKey, concatBytes(CHUNK_KEY, u32(index)), 32);

/** The nonce of chunk `index`: its key is its own, so its number will do. */
export const chunkNonce = (index: number): Uint8Array<ArrayBuffer> =>
  concatBytes(new Uint8Array(8), u32(index));

/** The leaf of a chunk in the granted root; with the key in it, a ciphertext has one plaintext. */
export const chunkLeaf = (
  index: number,
  ciphertextHash: Uint8Array,
  keyHash: Uint8Array,
): Uint8Array<ArrayBuffer> =>
  merkleLeafHash(concatBytes(CHUNK, u32(index), ciphertextHash, keyHash));

/** What a wrapped key is bound to: the pair and the content. */
export const wrapInfo = (facts: Pair & Pick<ClaimFacts, "root">): Uint8Array<ArrayBuffer> =>
  concatBytes(pairContext(facts), fromHex(facts.root));
