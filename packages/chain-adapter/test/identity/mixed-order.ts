// Keys and commitments with a part of order 8, on which implementations of Ed25519 disagree.
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";

const { Point } = ed25519;
const order = Point.Fn.ORDER;

/** A point of order 8: what is left of a point of full order when the prime order is multiplied away. */
export const torsion: InstanceType<typeof Point> = (() => {
  for (let y = 2n; ; y++) {
    try {
      const encoded = Point.Fp.toBytes(y);
      const point = Point.fromBytes(encoded)
        .multiplyUnsafe(order - 1n)
        .add(Point.fromBytes(encoded));
      if (!point.multiplyUnsafe(4n).is0()) return point;
    } catch {}
  }
})();

/** Signatures by the owner of a secret scalar who adds a point of order 8 to the key or to the commitment. With the cofactor they
 * are all right; without it only where the parts happen to cancel. */
export function mixedOrderCases(): {
  key: Uint8Array;
  message: Uint8Array;
  signature: Uint8Array;
}[] {
  const message = Uint8Array.of(1, 2, 3);
  const secret = 123456789n;
  return Array.from({ length: 24 }, (_, n) => {
    const [base, r] = [Point.BASE, BigInt(n + 1) * 7919n];
    const mixed = n % 2 === 0;
    const key = (mixed ? base.multiply(secret).add(torsion) : base.multiply(secret)).toBytes();
    const commitment = (mixed ? base.multiply(r) : base.multiply(r).add(torsion)).toBytes();
    const digest = sha512.create().update(commitment).update(key).update(message).digest();
    let k = 0n;
    for (let i = 63; i >= 0; i--) k = (k << 8n) | BigInt(digest[i] as number);
    let s = (r + (k % order) * secret) % order;
    const signature = new Uint8Array(64);
    signature.set(commitment);
    for (let i = 32; i < 64; i++, s >>= 8n) signature[i] = Number(s & 255n);
    return { key, message, signature };
  });
}
