// Which Ed25519 signatures count, decided here and not by the platform. Implementations disagree on odd keys and
// signatures that nobody makes by accident (Chalkias, Garillot & Nikolaenko, "Taming the many EdDSAs", 2020), and
// two replicas of one ledger must never disagree. Refused before any arithmetic: encodings that are not canonical and
// points of small order. What remains is checked without the cofactor, as RFC 8032 section 5.1.7 allows and as the
// platforms do.
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";

const Point = ed25519.Point;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const PRIME = 2n ** 255n - 19n;
const ORDER_EIGHT_Y = 2707385501144840649318225287225658788936804267575313519463743609750303402022n;

// The y coordinates of the eight points whose order divides 8: 1, -1, 0 and the two of order 8.
const smallOrderY: readonly bigint[] = [1n, PRIME - 1n, 0n, ORDER_EIGHT_Y, PRIME - ORDER_EIGHT_Y];

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number);
  return value;
}

/** Whether 32 bytes could be a point that counts: y below the prime and not of small order. */
function plausiblePoint(bytes: Uint8Array): boolean {
  const y = littleEndian(bytes) & ((1n << 255n) - 1n);
  return y < PRIME && !smallOrderY.includes(y);
}

/** The part of the decision that is made before any curve arithmetic. */
export function plausibleSignature(publicKey: Uint8Array, signature: Uint8Array): boolean {
  return (
    publicKey instanceof Uint8Array &&
    publicKey.length === 32 &&
    signature instanceof Uint8Array &&
    signature.length === 64 &&
    plausiblePoint(publicKey) &&
    plausiblePoint(signature.subarray(0, 32)) &&
    littleEndian(signature.subarray(32)) < ORDER
  );
}

/** The whole decision in plain JavaScript, for a platform without Ed25519. */
export function verifyPortably(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (!plausibleSignature(publicKey, signature)) return false;
  const hash = sha512.create().update(signature.subarray(0, 32)).update(publicKey).update(message);
  const k = littleEndian(hash.digest()) % ORDER;
  const s = littleEndian(signature.subarray(32));
  try {
    const key = Point.fromBytes(publicKey);
    const expected = Point.BASE.multiplyUnsafe(s).subtract(key.multiplyUnsafe(k)).toBytes();
    return expected.every((byte, i) => byte === signature[i]);
  } catch {
    return false; // not a point of the curve
  }
}
