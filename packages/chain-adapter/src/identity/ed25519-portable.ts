// Signing by Ed25519 (RFC 8032) in plain JavaScript, for code that cannot wait and for platforms without it. The curve is made on
// first use: loading this module computes no point.

import { type EdDSA, eddsa, edwards } from "@noble/curves/abstract/edwards.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { ORDER, PRIME } from "./ed25519-strict.js";

// RFC 8032 section 5.1: d of the curve -x^2 + y^2 = 1 + d x^2 y^2, and its base point.
const D = 0x52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3n;
const BASE_X = 0x216936d3cd6e53fec0a4e231fdd6dc5c692cc7609525a7b2c9562d608f25d51an;
const BASE_Y = 0x6666666666666666666666666666666666666666666666666666666666666658n;

/** Section 5.1.5: clears the cofactor and fixes the highest bit of a secret scalar. */
function clamp(bytes: Uint8Array): Uint8Array {
  bytes[0] = (bytes[0] as number) & 0xf8;
  bytes[31] = ((bytes[31] as number) & 0x7f) | 0x40;
  return bytes;
}

let made: EdDSA | undefined;

/** The curve with its signatures. */
export function curve(): EdDSA {
  made ??= eddsa(
    edwards({ p: PRIME, n: ORDER, h: 8n, a: PRIME - 1n, d: D, Gx: BASE_X, Gy: BASE_Y }),
    sha512,
    { adjustScalarBytes: clamp },
  );
  return made;
}

/** The public key, 32 bytes, of a secret key of 32 bytes. */
export function publicKeyPortably(secretKey: Uint8Array): Uint8Array<ArrayBuffer> {
  return curve().getPublicKey(secretKey) as Uint8Array<ArrayBuffer>;
}

/** The signature, 64 bytes. */
export function signPortably(secretKey: Uint8Array, message: Uint8Array): Uint8Array<ArrayBuffer> {
  return curve().sign(message, secretKey) as Uint8Array<ArrayBuffer>;
}
