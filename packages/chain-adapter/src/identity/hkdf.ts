// HMAC-SHA-256 (RFC 2104) and HKDF (RFC 5869), with the two padded keys hashed once per key: deriving 250,000 keys
// from one secret then costs two compressions a key.

import { isBytes } from "@emrx/internal/bytes";
import { described } from "@emrx/internal/shape";
import { LedgerError } from "../errors.js";
import { finishInto, type Midstate, midstate, sha256 } from "../merkle/sha256.js";

/** A key of HMAC-SHA-256, made ready. */
export interface HmacKey {
  readonly inner: Midstate;
  readonly outer: Midstate;
}

const innerDigest: Uint8Array = /* @__PURE__ */ new Uint8Array(32);

/** Makes a key of any length ready. */
export function hmacKey(key: Uint8Array): HmacKey {
  const block = new Uint8Array(64);
  block.set(key.length > 64 ? sha256(key) : key);
  const inner = midstate(block.map((byte) => byte ^ 0x36));
  const outer = midstate(block.map((byte) => byte ^ 0x5c));
  return { inner, outer };
}

/** Writes HMAC(key, data[start..end)) to out[outOffset..+32). */
export function hmacInto(
  key: HmacKey,
  data: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  outOffset: number,
): void {
  finishInto(key.inner, 64, data, start, end, innerDigest, 0);
  finishInto(key.outer, 64, innerDigest, 0, 32, out, outOffset);
}

/** HKDF-Extract: concentrates a secret into 32 uniform bytes (RFC 5869 section 2.2). */
export function hkdfExtract(salt: Uint8Array, secret: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(32);
  hmacInto(hmacKey(salt), secret, 0, secret.length, out, 0);
  return out;
}

/**
 * HKDF-Expand: as many bytes as asked for, bound to `info` (RFC 5869 section 2.3).
 *
 * @param key 32 uniform bytes, or the key made ready
 * @param info what the bytes are for
 * @param length 1 to 8,160
 */
export function hkdfExpand(
  key: Uint8Array | HmacKey,
  info: Uint8Array,
  length: number,
): Uint8Array<ArrayBuffer> {
  if (!Number.isSafeInteger(length) || length < 1 || length > 255 * 32) {
    throw new LedgerError(
      "EMRX_INVALID_LABEL",
      `length must be a whole number from 1 to 8160; got ${described(length)}.`,
    );
  }
  const ready = isBytes(key) ? hmacKey(key) : key;
  const blocks = Math.ceil(length / 32);
  const out = new Uint8Array(blocks * 32);
  const input = new Uint8Array(32 + info.length + 1);
  input.set(info, 32);
  for (let i = 0; i < blocks; i++) {
    input[input.length - 1] = i + 1;
    hmacInto(ready, input, i === 0 ? 32 : 0, input.length, out, i * 32);
    input.set(out.subarray(i * 32, i * 32 + 32));
  }
  return out.slice(0, length);
}
