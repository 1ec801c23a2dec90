// EMSA-PSS (RFC 8017 section 9.1) with SHA-384 and MGF1: how a message becomes the number that RSA signs.
import { equalBytes } from "@emrx/internal/bytes";
import { sha384 } from "@noble/hashes/sha2.js";

const HASH = 48;

/** MGF1 (RFC 8017 appendix B.2.1). */
function mask(seed: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(Math.ceil(length / HASH) * HASH);
  const input = new Uint8Array(seed.length + 4);
  input.set(seed);
  for (let i = 0; i * HASH < length; i++) {
    new DataView(input.buffer).setUint32(seed.length, i);
    out.set(sha384(input), i * HASH);
  }
  return out.subarray(0, length);
}

function hashWithSalt(message: Uint8Array, salt: Uint8Array): Uint8Array<ArrayBuffer> {
  const input = new Uint8Array(8 + HASH + salt.length);
  input.set(sha384(message), 8);
  input.set(salt, 8 + HASH);
  return sha384(input);
}

/** EMSA-PSS-ENCODE: `bits` is one less than the bits of the modulus. */
export function pssEncode(
  message: Uint8Array,
  bits: number,
  salt: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const length = Math.ceil(bits / 8);
  const out = new Uint8Array(length);
  const bodyLength = length - HASH - 1;
  const hash = hashWithSalt(message, salt);
  out[bodyLength - salt.length - 1] = 1;
  out.set(salt, bodyLength - salt.length);
  const stream = mask(hash, bodyLength);
  for (const [i, byte] of stream.entries()) out[i] = (out[i] as number) ^ byte;
  out[0] = (out[0] as number) & (0xff >> (8 * length - bits));
  out.set(hash, bodyLength);
  out[length - 1] = 0xbc;
  return out;
}

/**
 * EMSA-PSS-VERIFY: finds the salt and encodes again, so that there is one definition of what is right.
 *
 * @param encoded as many bytes as `bits` take; keys are long enough for hash and salt
 */
export function pssVerify(
  message: Uint8Array,
  bits: number,
  saltLength: number,
  encoded: Uint8Array,
): boolean {
  const bodyLength = encoded.length - HASH - 1;
  const stream = mask(encoded.subarray(bodyLength, bodyLength + HASH), bodyLength);
  const body = stream.map((byte, i) => byte ^ (encoded[i] as number));
  const expected = pssEncode(message, bits, body.subarray(bodyLength - saltLength));
  return equalBytes(expected, encoded);
}
