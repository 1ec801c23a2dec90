// The two hashes of an RFC 6962 tree. Their first byte keeps leaves and inner nodes apart, so that no inner node
// can be passed off as a leaf (RFC 6962 section 2.1).
import { bytes, integer } from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { sha256, sha256Into } from "./sha256.js";

/** Bytes of a hash. */
export const HASH_LENGTH = 32;

const nodeInput: Uint8Array = /* @__PURE__ */ new Uint8Array(65);

/** Throws `EMRX_MERKLE_HASH` unless the value is a hash of 32 bytes. */
export function requireHash(name: string, value: Uint8Array): void {
  check(bytes(HASH_LENGTH), value, name, "EMRX_MERKLE_HASH");
}

/** Throws `EMRX_MERKLE_RANGE` unless the value is a whole number from `least` to `most`. */
export function requireCount(name: string, value: number, least: number, most: number): void {
  check(integer(least, most), value, name, "EMRX_MERKLE_RANGE");
}

/** Writes the hash of the node over two 32-byte hashes, SHA-256(0x01 || left || right), to `out`, which may be either source. */
export type NodeHash = (
  left: Uint8Array,
  leftOffset: number,
  right: Uint8Array,
  rightOffset: number,
  out: Uint8Array,
  outOffset: number,
) => void;

/** The node hash in plain JavaScript. */
export function nodeHashInto(
  left: Uint8Array,
  leftOffset: number,
  right: Uint8Array,
  rightOffset: number,
  out: Uint8Array,
  outOffset: number,
): void {
  nodeInput[0] = 1;
  for (let i = 0; i < 32; i++) {
    nodeInput[i + 1] = left[leftOffset + i] as number;
    nodeInput[i + 33] = right[rightOffset + i] as number;
  }
  sha256Into(nodeInput, 0, 65, out, outOffset);
}

/**
 * The hash of a leaf: SHA-256(0x00 || data).
 *
 * @param data the bytes of the leaf, any length
 * @returns 32 bytes
 * @throws LedgerError `EMRX_MERKLE_HASH` if the data are no bytes
 * @see RFC 6962 section 2.1
 * @example
 * ```ts
 * import { merkleLeafHash } from "@emrx/chain-adapter/merkle";
 *
 * merkleLeafHash(new Uint8Array()).length; // => 32
 * ```
 */
export function merkleLeafHash(data: Uint8Array): Uint8Array<ArrayBuffer> {
  check(bytes(), data, "data", "EMRX_MERKLE_HASH");
  const input = new Uint8Array(data.length + 1);
  input.set(data, 1);
  return sha256(input);
}

/**
 * The hash of an inner node: SHA-256(0x01 || left || right).
 *
 * @param left hash of the left subtree, 32 bytes
 * @param right hash of the right subtree, 32 bytes
 * @returns 32 bytes
 * @throws LedgerError `EMRX_MERKLE_HASH` if either is not 32 bytes
 * @see RFC 6962 section 2.1
 * @example
 * ```ts
 * import { merkleLeafHash, merkleNodeHash, merkleRoot } from "@emrx/chain-adapter/merkle";
 *
 * const [a, b] = [merkleLeafHash(Uint8Array.of(1)), merkleLeafHash(Uint8Array.of(2))];
 * merkleNodeHash(a, b); // => merkleRoot(Uint8Array.from([...a, ...b]))
 * ```
 */
export function merkleNodeHash(left: Uint8Array, right: Uint8Array): Uint8Array<ArrayBuffer> {
  requireHash("left", left);
  requireHash("right", right);
  const out = new Uint8Array(HASH_LENGTH);
  nodeHashInto(left, 0, right, 0, out, 0);
  return out;
}

/** Largest power of two below n, for n of two or more: where RFC 6962 splits a tree of n leaves. */
export function splitPoint(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}
