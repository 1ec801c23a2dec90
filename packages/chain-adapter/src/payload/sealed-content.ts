// The bytes of a sealed bundle as a store keeps them, and their name: the root over the sealed chunks.
//
//   8  "EMRXSB2\n"      4  number of chunks      4  bytes of a ciphertext
//   then for each chunk its ciphertext, and 32 bytes, SHA-256 of its key
//
// Numbers are big endian.
import { concatBytes, matchesAt } from "@emrx/internal/bytes";
import { sha256 } from "../merkle/sha256.js";
import { MerkleTree } from "../merkle/tree.js";
import { chunkLeaf } from "./bundle-keys.js";

const MAGIC: Uint8Array = /* @__PURE__ */ new TextEncoder().encode("EMRXSB2\n");
const HEADER = 16;

/** One sealed chunk. */
export interface SealedChunk {
  readonly ciphertext: Uint8Array<ArrayBuffer>;
  /** SHA-256 of its key. */
  readonly keyHash: Uint8Array<ArrayBuffer>;
}

/** Puts sealed chunks of equal size together. */
export function joinSealed(chunks: readonly SealedChunk[]): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(HEADER);
  header.set(MAGIC);
  const view = new DataView(header.buffer);
  view.setUint32(8, chunks.length);
  view.setUint32(12, chunks[0]?.ciphertext.length ?? 0);
  return concatBytes(header, ...chunks.flatMap(({ ciphertext, keyHash }) => [ciphertext, keyHash]));
}

/** The sealed chunks of content; undefined for bytes that are no sealed bundle. */
export function splitSealed(content: Uint8Array): SealedChunk[] | undefined {
  if (!matchesAt(content, 0, MAGIC) || content.length < HEADER) return undefined;
  const view = new DataView(content.buffer, content.byteOffset);
  const [count, size] = [view.getUint32(8), view.getUint32(12)];
  if (count < 1 || content.length !== HEADER + count * (size + 32)) return undefined;
  return Array.from({ length: count }, (_, i) => {
    const at = HEADER + i * (size + 32);
    return {
      ciphertext: Uint8Array.from(content.subarray(at, at + size)),
      keyHash: Uint8Array.from(content.subarray(at + size, at + size + 32)),
    };
  });
}

/** The tree over sealed chunks. Its root is what a grant names. */
export function sealedTree(chunks: readonly SealedChunk[]): MerkleTree {
  const tree = new MerkleTree();
  for (const [i, { ciphertext, keyHash }] of chunks.entries())
    tree.append(chunkLeaf(i, sha256(ciphertext), keyHash));
  return tree;
}

/** What names content: the root over its chunks if it is a sealed bundle, SHA-256 of any other bytes. */
export function contentHash(content: Uint8Array): Uint8Array<ArrayBuffer> {
  const chunks = splitSealed(content);
  return chunks === undefined ? sha256(content) : sealedTree(chunks).root();
}
