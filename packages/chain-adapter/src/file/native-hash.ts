// SHA-256 by the platform, for the many short hashes of a log. Asking for a string and writing it into place is twice
// as fast as asking for a buffer, which would be allocated (Node 20: 0.5 against 1 microsecond for 65 bytes).
import { hash } from "node:crypto";

/** SHA-256 of the bytes, a character a byte. */
export function sha256Binary(bytes: Uint8Array): string {
  return hash("sha256", bytes, "binary");
}

/** Writes SHA-256 of the bytes to out[outOffset..+32). */
export function sha256Into(bytes: Uint8Array, out: Buffer, outOffset: number): void {
  out.write(sha256Binary(bytes), outOffset, 32, "binary");
}

const nodeInput = /* @__PURE__ */ Buffer.alloc(65, 1);

/** The hash of an inner node of the tree, for `MerkleTree`. */
export function nativeNodeHash(
  left: Uint8Array,
  leftOffset: number,
  right: Uint8Array,
  rightOffset: number,
  out: Uint8Array,
  outOffset: number,
): void {
  for (let i = 0; i < 32; i++) {
    nodeInput[i + 1] = left[leftOffset + i] as number;
    nodeInput[i + 33] = right[rightOffset + i] as number;
  }
  const hashed = sha256Binary(nodeInput);
  for (let i = 0; i < 32; i++) out[outOffset + i] = hashed.charCodeAt(i);
}
