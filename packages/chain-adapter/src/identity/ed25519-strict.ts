// Which Ed25519 signatures count, decided here and not by the platform. Implementations disagree on odd keys and
// signatures that nobody makes by accident (Chalkias, Garillot & Nikolaenko, "Taming the many EdDSAs", 2020), and
// two replicas of one ledger must never disagree. Refused before any arithmetic: encodings that are not canonical and
// points of small order. What remains is checked without the cofactor, as RFC 8032 section 5.1.7 allows and as the
// platforms do.

import { isBytes } from "@emrx/internal/bytes";
/** Order of the base point. */
export const ORDER: bigint = 0x1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3edn;
/** Prime of the field. */
export const PRIME: bigint = 0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffedn;
const ORDER_EIGHT_Y = 2707385501144840649318225287225658788936804267575313519463743609750303402022n;

/** Whether y is that of one of the eight points whose order divides 8: 1, -1, 0 and the two of order 8. */
const hasSmallOrder = (y: bigint): boolean =>
  y <= 1n || y === PRIME - 1n || y === ORDER_EIGHT_Y || y === PRIME - ORDER_EIGHT_Y;

/** Bytes as a whole number, little endian. */
export function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number);
  return value;
}

/** Whether 32 bytes could be a point that counts: y below the prime and not of small order. */
function plausiblePoint(bytes: Uint8Array): boolean {
  const y = littleEndian(bytes) & ((1n << 255n) - 1n);
  return y < PRIME && !hasSmallOrder(y);
}

/** The part of the decision that is made before any curve arithmetic. */
export function plausibleSignature(publicKey: Uint8Array, signature: Uint8Array): boolean {
  return (
    isBytes(publicKey) &&
    publicKey.length === 32 &&
    isBytes(signature) &&
    signature.length === 64 &&
    plausiblePoint(publicKey) &&
    plausiblePoint(signature.subarray(0, 32)) &&
    littleEndian(signature.subarray(32)) < ORDER
  );
}
