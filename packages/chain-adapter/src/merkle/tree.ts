// A growing RFC 6962 tree that answers roots and proofs for every earlier size.
import { fn } from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import {
  HASH_LENGTH,
  type NodeHash,
  nodeHashInto,
  requireCount,
  requireHash,
  splitPoint,
} from "./hash.js";
import { requireHashes } from "./root.js";
import { sha256 } from "./sha256.js";

/**
 * An append-only Merkle tree (RFC 6962). It keeps the hash of every complete subtree, 64 bytes a leaf in all, so
 * that appending costs two hashes on average and a proof costs at most one hash a level.
 *
 * @example
 * ```ts
 * import { MerkleTree, merkleLeafHash, verifyInclusion } from "@emrx/chain-adapter/merkle";
 *
 * const tree = new MerkleTree();
 * for (const value of [1, 2, 3]) tree.append(merkleLeafHash(Uint8Array.of(value)));
 * const proof = tree.inclusionProof(2);
 * const leaf = merkleLeafHash(Uint8Array.of(3));
 * verifyInclusion({ leaf, index: 2, size: 3, proof, root: tree.root() }); // => true
 * ```
 */
export class MerkleTree {
  // levels[k] holds, end to end, the roots of the complete subtrees of 2^k leaves; its tail is spare room.
  readonly #levels: Uint8Array<ArrayBuffer>[] = [];
  #size = 0;
  readonly #nodeHash: NodeHash;

  /**
   * @param leafHashes hashes to start with, 32 bytes each, laid end to end
   * @param nodeHash the same hash by a quicker way, where the platform has one; the library's own by default
   * @throws LedgerError `EMRX_MERKLE_HASH` if the length is not a multiple of 32
   */
  constructor(leafHashes: Uint8Array = new Uint8Array(), nodeHash: NodeHash = nodeHashInto) {
    this.#nodeHash = check(fn<NodeHash>(), nodeHash, "nodeHash");
    this.appendAll(leafHashes);
  }

  /** The number of leaves. */
  get size(): number {
    return this.#size;
  }

  /**
   * Adds one leaf.
   *
   * @param leafHash 32 bytes, from `merkleLeafHash`
   * @throws LedgerError `EMRX_MERKLE_HASH` if it is not 32 bytes
   */
  append(leafHash: Uint8Array): void {
    requireHash("leafHash", leafHash);
    this.appendAll(leafHash);
  }

  /**
   * Adds many leaves.
   *
   * @param leafHashes hashes of 32 bytes, laid end to end
   * @throws LedgerError `EMRX_MERKLE_HASH` if the length is not a multiple of 32
   */
  appendAll(leafHashes: Uint8Array): void {
    const added = requireHashes("leafHashes", leafHashes);
    if (added === 0) return;
    const before = this.#size;
    this.#size += added;
    this.#level(0, this.#size).set(leafHashes, before * HASH_LENGTH);
    // Every subtree that became complete, level by level.
    let [from, to] = [Math.floor(before / 2), Math.floor(this.#size / 2)];
    for (let k = 1; to > 0; k++) {
      const below = this.#levels[k - 1] as Uint8Array;
      const level = this.#level(k, to);
      for (let i = from; i < to; i++) {
        this.#nodeHash(below, i * 64, below, i * 64 + 32, level, i * HASH_LENGTH);
      }
      [from, to] = [Math.floor(from / 2), Math.floor(to / 2)];
    }
  }

  /**
   * The hash of a leaf.
   *
   * @param index position of the leaf, from 0
   * @returns 32 bytes
   * @throws LedgerError `EMRX_MERKLE_RANGE` if there is no such leaf
   */
  leaf(index: number): Uint8Array<ArrayBuffer> {
    requireCount("index", index, 0, this.#size - 1);
    return this.#root(index, index + 1);
  }

  /**
   * The root over the first `size` leaves.
   *
   * @param size leaves to count; all by default
   * @returns 32 bytes
   * @throws LedgerError `EMRX_MERKLE_RANGE` if the tree has fewer leaves
   * @see RFC 6962 section 2.1
   */
  root(size: number = this.#size): Uint8Array<ArrayBuffer> {
    requireCount("size", size, 0, this.#size);
    return size === 0 ? sha256(new Uint8Array()) : this.#root(0, size);
  }

  /**
   * The hashes that lead from a leaf to the root over the first `size` leaves, from the bottom up.
   *
   * @param index position of the leaf, from 0
   * @param size leaves of the tree that the proof is for; all by default
   * @returns at most one hash of 32 bytes a level
   * @throws LedgerError `EMRX_MERKLE_RANGE` if there is no such leaf or size
   * @see RFC 6962 section 2.1.1
   */
  inclusionProof(index: number, size: number = this.#size): Uint8Array<ArrayBuffer>[] {
    requireCount("size", size, 0, this.#size);
    requireCount("index", index, 0, size - 1);
    const proof: Uint8Array<ArrayBuffer>[] = [];
    let [start, end] = [0, size];
    while (end - start > 1) {
      const middle = start + splitPoint(end - start);
      if (index < middle) {
        proof.push(this.#root(middle, end));
        end = middle;
      } else {
        proof.push(this.#root(start, middle));
        start = middle;
      }
    }
    return proof.reverse();
  }

  /**
   * The hashes that, with the leaves `from` up to and not including `to`, lead to the root: the roots of the subtrees
   * that hold none of these leaves, from left to right.
   *
   * @param from position of the first leaf, from 0
   * @param to position after the last leaf, above `from`
   * @returns at most two hashes of 32 bytes a level
   * @throws LedgerError `EMRX_MERKLE_RANGE` if there are no such leaves
   */
  rangeProof(from: number, to: number): Uint8Array<ArrayBuffer>[] {
    requireCount("to", to, 1, this.#size);
    requireCount("from", from, 0, to - 1);
    const proof: Uint8Array<ArrayBuffer>[] = [];
    const walk = (start: number, end: number): void => {
      if (end <= from || start >= to) proof.push(this.#root(start, end));
      else if (start < from || end > to) {
        const middle = start + splitPoint(end - start);
        walk(start, middle);
        walk(middle, end);
      }
    };
    walk(0, this.#size);
    return proof;
  }

  /**
   * The hashes that show that the tree of `first` leaves is a prefix of the tree of `second` leaves.
   *
   * @param first the earlier size; 0 and `second` itself have an empty proof
   * @param second the later size; all leaves by default
   * @returns hashes of 32 bytes, from the bottom up
   * @throws LedgerError `EMRX_MERKLE_RANGE` if `first` is above `second` or `second` above the size
   * @see RFC 6962 section 2.1.2
   */
  consistencyProof(first: number, second: number = this.#size): Uint8Array<ArrayBuffer>[] {
    requireCount("second", second, 0, this.#size);
    requireCount("first", first, 0, second);
    if (first === 0 || first === second) return [];
    const proof: Uint8Array<ArrayBuffer>[] = [];
    let [start, end] = [0, second];
    // Walk down to the subtree that ends where the earlier tree ended, noting the siblings on the way.
    while (end !== first) {
      const middle = start + splitPoint(end - start);
      if (first <= middle) {
        proof.push(this.#root(middle, end));
        end = middle;
      } else {
        proof.push(this.#root(start, middle));
        start = middle;
      }
    }
    // A verifier knows that subtree already when it is the whole earlier tree.
    if (start > 0) proof.push(this.#root(start, end));
    return proof.reverse();
  }

  /** The root over leaves start..end, a range that the recursive definition meets. */
  #root(start: number, end: number): Uint8Array<ArrayBuffer> {
    const parts: Uint8Array[] = [];
    for (let at = start; at < end; ) {
      // The largest complete subtree that fits: aligned, because the splits are at powers of two.
      let [width, k] = [1, 0];
      while (width * 2 <= end - at) [width, k] = [width * 2, k + 1];
      const offset = (at / width) * HASH_LENGTH;
      parts.push((this.#levels[k] as Uint8Array).subarray(offset, offset + HASH_LENGTH));
      at += width;
    }
    const out = new Uint8Array(HASH_LENGTH);
    out.set(parts.pop() as Uint8Array);
    for (const part of parts.reverse()) nodeHashInto(part, 0, out, 0, out, 0);
    return out;
  }

  /** Level k with room for `count` hashes. */
  #level(k: number, count: number): Uint8Array<ArrayBuffer> {
    const level = this.#levels[k] ?? new Uint8Array();
    const needed = count * HASH_LENGTH;
    if (this.#levels[k] !== undefined && level.length >= needed) return level;
    const grown = new Uint8Array(Math.max(needed, level.length * 2));
    grown.set(level);
    this.#levels[k] = grown;
    return grown;
  }
}
