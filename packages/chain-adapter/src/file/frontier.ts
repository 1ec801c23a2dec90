// The right edge of the log's Merkle tree, grown in place: the root of a log of any length in a few hundred bytes.
import { merkleRangeRoot } from "../merkle/range.js";
import { sha256Into } from "./native-hash.js";

const nodeInput = /* @__PURE__ */ Buffer.alloc(65, 1);

/** The roots of the complete subtrees of a growing tree: one per one bit of the size. */
export class Frontier {
  /** Roots of the complete subtrees, largest first, 32 bytes each: 53 levels are more than a size can have. */
  readonly #hashes = Buffer.alloc(53 * 32);
  #count = 0;
  #size = 0;

  /** Begins with the subtrees of a tree of `size` leaves, as `hashes` gave them. */
  constructor(size = 0, hashes: Uint8Array = new Uint8Array()) {
    this.#hashes.set(hashes);
    this.#count = hashes.length / 32;
    this.#size = size;
  }

  get size(): number {
    return this.#size;
  }

  /** Adds the leaf whose hash stands at an offset. */
  append(leafHashes: Buffer, offset = 0): void {
    leafHashes.copy(this.#hashes, this.#count * 32, offset, offset + 32);
    this.#count++;
    // Adding one carries through the trailing one bits of the size, and each carry joins two equal subtrees.
    for (let rest = this.#size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
      const at = (this.#count - 2) * 32;
      this.#hashes.copy(nodeInput, 1, at, at + 64);
      sha256Into(nodeInput, this.#hashes, at);
      this.#count--;
    }
    this.#size++;
  }

  /** The roots of the complete subtrees, laid end to end. */
  hashes(): Uint8Array {
    return Uint8Array.from(this.#hashes.subarray(0, this.#count * 32));
  }

  /** The root of the tree (RFC 6962). */
  root(): Uint8Array {
    const hashes = Array.from({ length: this.#count }, (_, i) =>
      Uint8Array.from(this.#hashes.subarray(i * 32, i * 32 + 32)),
    );
    return merkleRangeRoot({ size: this.#size, hashes });
  }
}
