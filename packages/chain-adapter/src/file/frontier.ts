// The right edge of the log's Merkle tree, grown in place: the root of a log of any length in a few hundred bytes.

import { nodeHashInto } from "../merkle/hash.js";
import { merkleRangeRoot } from "../merkle/index.js";

/** The roots of the complete subtrees of a growing tree: one per one bit of the size. */
export class Frontier {
  /** Roots of the complete subtrees, largest first, 32 bytes each: 53 levels are more than a size can have. */
  readonly #hashes = new Uint8Array(53 * 32);
  #count = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  append(leafHash: Uint8Array): void {
    this.#hashes.set(leafHash, this.#count * 32);
    this.#count++;
    // Adding one carries through the trailing one bits of the size, and each carry joins two equal subtrees.
    for (let rest = this.#size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
      const at = (this.#count - 2) * 32;
      nodeHashInto(this.#hashes, at, this.#hashes, at + 32, this.#hashes, at);
      this.#count--;
    }
    this.#size++;
  }

  /** The root of the tree (RFC 6962). */
  root(): Uint8Array {
    const hashes = Array.from({ length: this.#count }, (_, i) =>
      this.#hashes.slice(i * 32, i * 32 + 32),
    );
    return merkleRangeRoot({ size: this.#size, hashes });
  }
}
