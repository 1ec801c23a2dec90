// Checking an Ed25519 signature in plain JavaScript: the same decision as the platform's (see ed25519-strict.ts).
import { equalBytes } from "@emrx/internal/bytes";
import { sha512 } from "@noble/hashes/sha2.js";
import { curve } from "./ed25519-portable.js";
import { littleEndian, ORDER, plausibleSignature } from "./ed25519-strict.js";

/** The whole decision about a signature. */
export function verifyPortably(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (!plausibleSignature(publicKey, signature)) return false;
  const { Point } = curve();
  const hash = sha512.create().update(signature.subarray(0, 32)).update(publicKey).update(message);
  const k = littleEndian(hash.digest()) % ORDER;
  const s = littleEndian(signature.subarray(32));
  try {
    const key = Point.fromBytes(publicKey);
    const expected = Point.BASE.multiplyUnsafe(s).subtract(key.multiplyUnsafe(k)).toBytes();
    return equalBytes(expected, signature.subarray(0, 32));
  } catch {
    return false; // not a point of the curve
  }
}
