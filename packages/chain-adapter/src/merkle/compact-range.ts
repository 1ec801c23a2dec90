// The compact range of a growing tree: all that is needed to go on appending and to state the root, in a few hundred bytes.
import {
  bytes,
  coded,
  deferred,
  fn,
  integer,
  object,
  optional,
  type Shape,
} from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { LedgerError } from "../errors.js";
import { HASH_LENGTH, type NodeHash, nodeHashInto, requireHash } from "./hash.js";
import { requireHashes } from "./root.js";
import { sha256 } from "./sha256.js";

/** A size is below 2^53, so that no more than 53 complete subtrees make up a tree. */
const MOST_HASHES = 53;

/** How many one bits a size has: as many complete subtrees make up its tree. */
function oneBits(size: number): number {
  let bits = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) bits += rest % 2;
  return bits;
}

/** What a compact range goes on from, and how it hashes. */
export interface CompactRangeOptions {
  /** Number of leaves. */
  readonly size?: number;
  /** Roots of the complete subtrees, 32 bytes each, laid end to end. */
  readonly hashes?: Uint8Array;
  readonly nodeHash?: NodeHash;
}

const optionsShape: Shape<CompactRangeOptions> = /* @__PURE__ */ deferred(() =>
  object({
    size: optional(integer(0, Number.MAX_SAFE_INTEGER - 1)),
    hashes: optional(coded("EMRX_MERKLE_HASH", bytes())),
    nodeHash: optional(fn<NodeHash>()),
  }),
);

/**
 * A tree that grows and keeps of itself only its compact range: the roots of the complete subtrees that make it up,
 * largest first, one per one bit of its size. It states the root of a log of any length without the log.
 *
 * @see RFC 6962 section 2.1
 * @example
 * ```ts
 * import { CompactRange, merkleLeafHash, merkleRoot } from "@emrx/chain-adapter/merkle";
 *
 * const [a, b] = [merkleLeafHash(Uint8Array.of(1)), merkleLeafHash(Uint8Array.of(2))];
 * const range = new CompactRange();
 * range.append(a);
 * const later = new CompactRange({ size: range.size, hashes: range.hashes() });
 * later.append(b);
 * later.root(); // => merkleRoot(Uint8Array.of(...a, ...b))
 * ```
 */
export class CompactRange {
  readonly #hashes = new Uint8Array(MOST_HASHES * HASH_LENGTH);
  readonly #nodeHash: NodeHash;
  #count: number;
  #size: number;

  /**
   * @param options `size` and `hashes`: the tree to go on from, as `size` and `hashes()` gave them, none by default;
   * `nodeHash`: the same hash by a quicker way, where the platform has one, the library's own by default
   * @throws LedgerError `EMRX_MERKLE_HASH` if the length of `hashes` is not a multiple of 32, `EMRX_MERKLE_RANGE` if
   * their number does not go with the size
   */
  constructor(options: CompactRangeOptions = {}) {
    const {
      size = 0,
      hashes = new Uint8Array(),
      nodeHash = nodeHashInto,
    } = check(optionsShape, options, "options", "EMRX_MERKLE_RANGE");
    this.#count = requireHashes("hashes", hashes);
    if (this.#count !== oneBits(size)) {
      throw new LedgerError(
        "EMRX_MERKLE_RANGE",
        `hashes must hold ${oneBits(size)} hashes for a size of ${size}; got ${this.#count}.`,
      );
    }
    this.#hashes.set(hashes);
    this.#size = size;
    this.#nodeHash = nodeHash;
  }

  /** The number of leaves. */
  get size(): number {
    return this.#size;
  }

  /**
   * Adds a leaf.
   *
   * @param leafHash 32 bytes, from `merkleLeafHash`
   * @throws LedgerError `EMRX_MERKLE_HASH` if it is not 32 bytes
   */
  append(leafHash: Uint8Array): void {
    requireHash("leafHash", leafHash);
    const hashes = this.#hashes;
    hashes.set(leafHash, this.#count * HASH_LENGTH);
    this.#count++;
    // Adding one carries through the trailing one bits of the size, and each carry joins two equal subtrees.
    for (let rest = this.#size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
      const at = (this.#count - 2) * HASH_LENGTH;
      this.#nodeHash(hashes, at, hashes, at + HASH_LENGTH, hashes, at);
      this.#count--;
    }
    this.#size++;
  }

  /** The roots of the complete subtrees, 32 bytes each, laid end to end, in new bytes. */
  hashes(): Uint8Array<ArrayBuffer> {
    return this.#hashes.slice(0, this.#count * HASH_LENGTH);
  }

  /** The root of the tree, 32 bytes. */
  root(): Uint8Array<ArrayBuffer> {
    if (this.#count === 0) return sha256(new Uint8Array());
    const last = (this.#count - 1) * HASH_LENGTH;
    const out = this.#hashes.slice(last, last + HASH_LENGTH);
    for (let at = last - HASH_LENGTH; at >= 0; at -= HASH_LENGTH) {
      this.#nodeHash(this.#hashes, at, out, 0, out, 0);
    }
    return out;
  }
}
