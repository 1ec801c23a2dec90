// X25519 (RFC 7748) in plain JavaScript, for platforms without it. It is made on first use.
import { pow } from "@noble/curves/abstract/modular.js";
import { type MontgomeryECDH, montgomery } from "@noble/curves/abstract/montgomery.js";

const P = 0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffedn;

/** Section 5: clears the cofactor and fixes the highest bit of a secret scalar. */
function clamp(bytes: Uint8Array): Uint8Array {
  bytes[0] = (bytes[0] as number) & 0xf8;
  bytes[31] = ((bytes[31] as number) & 0x7f) | 0x40;
  return bytes;
}

let made: MontgomeryECDH | undefined;

function curve(): MontgomeryECDH {
  made ??= montgomery({
    P,
    type: "x25519",
    adjustScalarBytes: clamp,
    powPminus2: (x) => pow(x, P - 2n, P),
  });
  return made;
}

/** The public key, 32 bytes, of a secret key of 32 bytes. */
export function publicKeyPortably(secretKey: Uint8Array): Uint8Array<ArrayBuffer> {
  return curve().getPublicKey(secretKey);
}

/** The shared secret; throws for a public key of small order. */
export function agreePortably(
  secretKey: Uint8Array,
  publicKey: Uint8Array,
): Uint8Array<ArrayBuffer> {
  return curve().getSharedSecret(secretKey, publicKey);
}
