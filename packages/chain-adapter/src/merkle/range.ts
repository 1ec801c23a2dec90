// The right edge of a tree: all that is needed to go on appending and to state the root, in a few hundred bytes.
import { LedgerError } from "../errors.js";
import { HASH_LENGTH, merkleNodeHash, nodeHashInto, requireCount, requireHash } from "./hash.js";
import { sha256 } from "./sha256.js";

/** The roots of the complete subtrees that make up a tree of `size` leaves, largest first: one per bit of size. */
export interface MerkleRange {
  /** Number of leaves. */
  readonly size: number;
  /** As many hashes of 32 bytes as `size` has one bits. */
  readonly hashes: readonly Uint8Array[];
}

/**
 * The range of no leaves.
 *
 * @example
 * ```ts
 * import { emptyMerkleRange } from "@emrx/chain-adapter/merkle";
 *
 * emptyMerkleRange; // => { size: 0, hashes: [] }
 * ```
 */
export const emptyMerkleRange: MerkleRange = /* @__PURE__ */ Object.freeze({
  size: 0,
  hashes: /* @__PURE__ */ Object.freeze([]),
});

function requireRange({ size, hashes }: MerkleRange): void {
  requireCount("range.size", size, 0, Number.MAX_SAFE_INTEGER - 1);
  let bits = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) bits += rest % 2;
  if (!Array.isArray(hashes) || hashes.length !== bits) {
    throw new LedgerError(
      "EMRX_MERKLE_RANGE",
      `range.hashes must hold ${bits} hashes for a size of ${size}; got ${hashes?.length}.`,
    );
  }
  for (const hash of hashes) requireHash("range.hashes", hash);
}

/**
 * Adds a leaf to a range.
 *
 * @param range the range before; not modified
 * @param leafHash 32 bytes, from `merkleLeafHash`
 * @returns the range after
 * @throws LedgerError `EMRX_MERKLE_HASH` if a hash is not 32 bytes, `EMRX_MERKLE_RANGE` if the number of hashes does
 * not go with the size
 * @see RFC 6962 section 2.1
 * @example
 * ```ts
 * import { emptyMerkleRange, extendMerkleRange, merkleLeafHash } from "@emrx/chain-adapter/merkle";
 *
 * const leaf = merkleLeafHash(Uint8Array.of(1));
 * extendMerkleRange(emptyMerkleRange, leaf); // => { size: 1, hashes: [leaf] }
 * ```
 */
export function extendMerkleRange(range: MerkleRange, leafHash: Uint8Array): MerkleRange {
  requireRange(range);
  requireHash("leafHash", leafHash);
  const hashes = [...range.hashes];
  let hash: Uint8Array = leafHash.slice();
  // Adding one carries through the trailing one bits of the size, and each carry joins two equal subtrees.
  for (let rest = range.size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
    hash = merkleNodeHash(hashes.pop() as Uint8Array, hash);
  }
  return { size: range.size + 1, hashes: [...hashes, hash] };
}

/**
 * The root of the tree that a range stands for.
 *
 * @param range a range
 * @returns 32 bytes
 * @throws LedgerError `EMRX_MERKLE_HASH` or `EMRX_MERKLE_RANGE` if the range is malformed
 * @see RFC 6962 section 2.1
 * @example
 * ```ts
 * import { emptyMerkleRange, extendMerkleRange, merkleLeafHash, merkleRangeRoot } from "@emrx/chain-adapter/merkle";
 *
 * const leaf = merkleLeafHash(Uint8Array.of(1));
 * merkleRangeRoot(extendMerkleRange(emptyMerkleRange, leaf)); // => leaf
 * ```
 */
export function merkleRangeRoot(range: MerkleRange): Uint8Array<ArrayBuffer> {
  requireRange(range);
  if (range.size === 0) return sha256(new Uint8Array());
  const out = new Uint8Array(HASH_LENGTH);
  out.set(range.hashes.at(-1) as Uint8Array);
  for (let i = range.hashes.length - 2; i >= 0; i--) {
    nodeHashInto(range.hashes[i] as Uint8Array, 0, out, 0, out, 0);
  }
  return out;
}
