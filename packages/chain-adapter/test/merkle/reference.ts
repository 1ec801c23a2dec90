// An oracle that shares nothing with the code under test: the recursive definitions of RFC 6962 section 2.1 word for
// word, over Node's own SHA-256.
import { createHash } from "node:crypto";

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
export const bytes = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(Buffer.from(text, "hex"));

const sha256 = (...parts: readonly Uint8Array[]): Uint8Array => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return Uint8Array.from(hash.digest());
};

export const leafHash = (data: Uint8Array): Uint8Array => sha256(Uint8Array.of(0), data);

const largestPowerBelow = (n: number): number => 2 ** Math.ceil(Math.log2(n) - 1);

/** MTH(D[n]) over leaf hashes. */
export function root(d: readonly Uint8Array[]): Uint8Array {
  if (d.length === 0) return sha256();
  if (d.length === 1) return d[0] as Uint8Array;
  const k = largestPowerBelow(d.length);
  return sha256(Uint8Array.of(1), root(d.slice(0, k)), root(d.slice(k)));
}

/** PATH(m, D[n]). */
export function path(m: number, d: readonly Uint8Array[]): Uint8Array[] {
  if (d.length === 1) return [];
  const k = largestPowerBelow(d.length);
  return m < k
    ? [...path(m, d.slice(0, k)), root(d.slice(k))]
    : [...path(m - k, d.slice(k)), root(d.slice(0, k))];
}

/** SUBPROOF(m, D[n], b). */
export function subproof(m: number, d: readonly Uint8Array[], b: boolean): Uint8Array[] {
  if (m === d.length) return b ? [] : [root(d)];
  const k = largestPowerBelow(d.length);
  return m <= k
    ? [...subproof(m, d.slice(0, k), b), root(d.slice(k))]
    : [...subproof(m - k, d.slice(k), false), root(d.slice(0, k))];
}

/** `n` distinct leaf hashes. */
export const leaves = (n: number): Uint8Array[] =>
  Array.from({ length: n }, (_, i) => leafHash(Uint8Array.of(i, i >> 8)));

export const concatenate = (parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));

/** Numbers as 32 bits each, most significant byte first. */
export const u32 = (...numbers: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(4 * numbers.length);
  for (const [i, number] of numbers.entries()) bytes.writeUInt32BE(number, 4 * i);
  return bytes;
};
