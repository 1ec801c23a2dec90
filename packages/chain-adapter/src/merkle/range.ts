// Consecutive leaves of a tree, proved at once: what stands beside them on the way to the root.
import { isBytes } from "@emrx/internal/bytes";
import { HASH_LENGTH, nodeHashInto, splitPoint } from "./hash.js";
import { merkleRoot } from "./root.js";
import { holds } from "./verify.js";

/** What is needed to check that consecutive leaves are in a tree. */
export interface RangeClaim {
  /** Hashes of the leaves, 32 bytes each, laid end to end; at least one. */
  readonly leaves: Uint8Array;
  /** Position of the first of them, from 0. */
  readonly from: number;
  /** Number of leaves of the tree. */
  readonly size: number;
  /** Roots of the subtrees that hold none of the leaves, from left to right: `MerkleTree.rangeProof`. */
  readonly proof: readonly Uint8Array[];
  /** Root of the tree, 32 bytes. */
  readonly root: Uint8Array;
}

/**
 * Checks that consecutive leaves stand where they are said to stand in the tree with this root. Strict: another
 * position or size, a missing or extra hash, or a hash that is not 32 bytes makes it false.
 *
 * @param claim leaves, position, size, proof and root
 * @returns whether the proof holds
 * @example
 * ```ts
 * import { MerkleTree, merkleLeafHash, verifyRange } from "@emrx/chain-adapter/merkle";
 *
 * const tree = new MerkleTree();
 * for (const value of [1, 2, 3]) tree.append(merkleLeafHash(Uint8Array.of(value)));
 * const leaves = Uint8Array.of(...tree.leaf(1), ...tree.leaf(2));
 * verifyRange({ leaves, from: 1, size: 3, proof: tree.rangeProof(1, 3), root: tree.root() }); // => true
 * verifyRange({ leaves, from: 0, size: 3, proof: tree.rangeProof(1, 3), root: tree.root() }); // => false
 * ```
 */
export function verifyRange(claim: RangeClaim): boolean {
  return holds(() => rangeIsIn(claim));
}

function rangeIsIn({ leaves, from, size, proof, root }: RangeClaim): boolean {
  const isHash = (value: unknown): boolean => isBytes(value) && value.length === HASH_LENGTH;
  if (!isBytes(leaves) || leaves.length === 0 || leaves.length % HASH_LENGTH !== 0) return false;
  if (!isHash(root) || !Array.isArray(proof) || !proof.every(isHash)) return false;
  const to = from + leaves.length / HASH_LENGTH;
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(size)) return false;
  if (from < 0 || to > size) return false;
  let used = 0;
  /** The root over the leaves start..end, a range that the recursive definition meets. */
  const over = (start: number, end: number): Uint8Array | undefined => {
    if (end <= from || start >= to) return proof[used++];
    if (start >= from && end <= to)
      return merkleRoot(leaves.subarray((start - from) * HASH_LENGTH, (end - from) * HASH_LENGTH));
    const middle = start + splitPoint(end - start);
    const [left, right] = [over(start, middle), over(middle, end)];
    if (left === undefined || right === undefined) return undefined;
    const out = new Uint8Array(HASH_LENGTH);
    nodeHashInto(left, 0, right, 0, out, 0);
    return out;
  };
  const found = over(0, size);
  return found !== undefined && used === proof.length && found.every((byte, i) => byte === root[i]);
}
