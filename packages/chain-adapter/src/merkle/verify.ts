// What a stranger needs to check a tree: inclusion and consistency proofs. Both answer false for anything that is
// not exactly a right proof, and never throw: what they are given comes from others.
import { equalBytes, isBytes } from "@emrx/internal/bytes";
import { HASH_LENGTH, nodeHashInto } from "./hash.js";
import { sha256 } from "./sha256.js";

/** What is needed to check that a leaf is in a tree. */
export interface InclusionClaim {
  /** Hash of the leaf, 32 bytes, from `merkleLeafHash`. */
  readonly leaf: Uint8Array;
  /** Position of the leaf, from 0. */
  readonly index: number;
  /** Number of leaves of the tree. */
  readonly size: number;
  /** Hashes from the bottom up. */
  readonly proof: readonly Uint8Array[];
  /** Root of the tree, 32 bytes. */
  readonly root: Uint8Array;
}

/** What is needed to check that a tree only grew. */
export interface ConsistencyClaim {
  /** Earlier number of leaves. */
  readonly first: number;
  /** Later number of leaves. */
  readonly second: number;
  /** Root of the earlier tree, 32 bytes. */
  readonly firstRoot: Uint8Array;
  /** Root of the later tree, 32 bytes. */
  readonly secondRoot: Uint8Array;
  /** Hashes from the bottom up. */
  readonly proof: readonly Uint8Array[];
}

const isHash = (value: unknown): value is Uint8Array =>
  isBytes(value) && value.length === HASH_LENGTH;

const isSize = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;

function isProof(value: unknown): value is readonly Uint8Array[] {
  return Array.isArray(value) && value.length <= 2 * 53 && value.every(isHash);
}

/** What the check says; false for a claim that cannot even be read, such as null. */
export function holds(check: () => boolean): boolean {
  try {
    return check();
  } catch {
    return false;
  }
}

/**
 * Checks that a leaf is at a position of the tree with this root. Strict: another index or size, a missing or extra
 * hash, or a hash that is not 32 bytes makes it false.
 *
 * @param claim leaf, index, size, proof and root
 * @returns whether the proof holds
 * @see RFC 9162 section 2.1.3.2
 * @example
 * ```ts
 * import { MerkleTree, merkleLeafHash, verifyInclusion } from "@emrx/chain-adapter/merkle";
 *
 * const leaf = merkleLeafHash(Uint8Array.of(1));
 * const tree = new MerkleTree(leaf);
 * verifyInclusion({ leaf, index: 0, size: 1, proof: [], root: tree.root() }); // => true
 * verifyInclusion({ leaf, index: 1, size: 2, proof: [leaf], root: tree.root() }); // => false
 * ```
 */
export function verifyInclusion(claim: InclusionClaim): boolean {
  return holds(() => leafIsIn(claim));
}

function leafIsIn({ leaf, index, size, proof, root }: InclusionClaim): boolean {
  if (!isHash(leaf) || !isHash(root) || !isProof(proof)) return false;
  if (!isSize(index) || !isSize(size) || index >= size) return false;
  // `node` is the position of the current hash in its level, `last` the last position of that level.
  let [node, last] = [index, size - 1];
  const hash = Uint8Array.from(leaf);
  for (const sibling of proof) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      nodeHashInto(sibling, 0, hash, 0, hash, 0);
      // A last node without a sibling moves up unchanged until it is a right child.
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else {
      nodeHashInto(hash, 0, sibling, 0, hash, 0);
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  return last === 0 && equalBytes(hash, root);
}

/**
 * Checks that the tree with the second root extends the tree with the first: that nothing was removed or changed.
 * Strict in the same way. Size 0 goes with the root of no leaves and an empty proof, equal sizes with equal roots
 * and an empty proof.
 *
 * @param claim the two sizes, the two roots and the proof
 * @returns whether the proof holds
 * @see RFC 9162 section 2.1.4.2
 * @example
 * ```ts
 * import { MerkleTree, merkleLeafHash, verifyConsistency } from "@emrx/chain-adapter/merkle";
 *
 * const tree = new MerkleTree();
 * for (const value of [1, 2, 3]) tree.append(merkleLeafHash(Uint8Array.of(value)));
 * const [firstRoot, secondRoot] = [tree.root(2), tree.root(3)];
 * const proof = tree.consistencyProof(2, 3);
 * verifyConsistency({ first: 2, second: 3, firstRoot, secondRoot, proof }); // => true
 * ```
 */
export function verifyConsistency(claim: ConsistencyClaim): boolean {
  return holds(() => onlyGrew(claim));
}

function onlyGrew(claim: ConsistencyClaim): boolean {
  const { first, second, firstRoot, secondRoot, proof } = claim;
  if (!isHash(firstRoot) || !isHash(secondRoot) || !isProof(proof)) return false;
  if (!isSize(first) || !isSize(second) || first > second) return false;
  if (first === 0 && !equalBytes(firstRoot, sha256(new Uint8Array()))) return false;
  if (first === second) return proof.length === 0 && equalBytes(firstRoot, secondRoot);
  if (first === 0) return proof.length === 0;
  // The walk starts at the last complete subtree of the earlier tree.
  let [node, last] = [first - 1, second - 1];
  while (node % 2 === 1) [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  // When that subtree is the whole earlier tree, its root is known and not part of the proof.
  const hashes = node === 0 ? [firstRoot, ...proof] : proof;
  const [start, ...rest] = hashes;
  if (start === undefined) return false;
  const [earlier, later] = [Uint8Array.from(start), Uint8Array.from(start)];
  for (const sibling of rest) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      nodeHashInto(sibling, 0, earlier, 0, earlier, 0);
      nodeHashInto(sibling, 0, later, 0, later, 0);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else {
      nodeHashInto(later, 0, sibling, 0, later, 0);
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  return last === 0 && equalBytes(earlier, firstRoot) && equalBytes(later, secondRoot);
}
