// The documented bundle over Node's own cryptography; it shares nothing with the code under test but the batch's columns.
import { createCipheriv, createHash, createHmac } from "node:crypto";
import type { Batch, BundleFacts } from "@emrx/chain-adapter/payload";
import { root as merkleRoot } from "../merkle/reference.js";

const id = (text: string): Buffer => Buffer.from(text, "hex");
const sha256 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const number = (bytes: number, value: number): Buffer => {
  const out = Buffer.alloc(bytes);
  out.writeUIntBE(value, Math.max(0, bytes - 6), Math.min(6, bytes));
  return out;
};
const sized = (...parts: readonly Uint8Array[]): Buffer =>
  Buffer.concat(parts.flatMap((part) => [number(4, part.length), part]));

/** Roots of the largest subtrees beside the leaves from..to, from left to right. */
function beside(d: readonly Uint8Array[], from: number, to: number): Uint8Array[] {
  if (to <= 0 || from >= d.length) return [merkleRoot(d)];
  if (from <= 0 && to >= d.length) return [];
  let k = 1;
  while (2 * k < d.length) k *= 2;
  return [...beside(d.slice(0, k), from, to), ...beside(d.slice(k), from - k, to - k)];
}

export const context = ({ ledger, site, requester, round }: BundleFacts): Buffer =>
  sha256(
    sized(Buffer.from("emrx/bundle/2"), id(ledger), id(site), id(requester), number(8, round)),
  );

/** Content, root, key and commitment as they are documented. */
export function expectedBundle(
  batch: Batch,
  facts: BundleFacts,
  secret: Uint8Array,
  change: (plaintexts: Buffer[]) => Buffer[] = (plaintexts) => plaintexts,
): { content: Buffer; root: string; key: Buffer; keyCommitment: string } {
  const leaves = Array.from({ length: batch.count }, (_, i) => batch.tree.leaf(i));
  const plaintexts: Buffer[] = [];
  for (const range of facts.ranges)
    for (let from = range.from; from < range.to; from += facts.chunk.length) {
      const to = Math.min(range.to, from + facts.chunk.length);
      const parts: Uint8Array[] = [];
      for (let i = from; i < to; i++) {
        const { bytes, offsets } = batch.reports;
        const report = bytes.slice(offsets[i], offsets[i + 1]);
        const [pseudonym, salt] = [batch.pseudonyms, batch.salts].map((column) =>
          column.slice(32 * i, 32 * i + 32),
        ) as [Uint8Array, Uint8Array];
        parts.push(number(2, report.length), pseudonym, salt, report);
      }
      const proof = beside(leaves, from, to);
      const opened = Buffer.concat([...parts, Uint8Array.of(proof.length), ...proof]);
      plaintexts.push(
        Buffer.concat([opened, Buffer.alloc(facts.chunk.bytes - 16 - opened.length)]),
      );
    }
  const shown = change(plaintexts);
  const bound = context(facts);
  const digest = sha256(...shown.map((plaintext) => sha256(plaintext)));
  const extracted = createHmac("sha256", "emrx/bundle-key/2").update(secret).digest();
  const key = createHmac("sha256", extracted)
    .update(Buffer.concat([bound, digest, Uint8Array.of(1)]))
    .digest();
  const pieces = shown.map((plaintext, index) => {
    // RFC 5869 with the bundle's key as it is: expanding alone.
    const own = createHmac("sha256", key)
      .update(Buffer.concat([Buffer.from("emrx/chunk-key/2"), number(4, index), Uint8Array.of(1)]))
      .digest();
    const cipher = createCipheriv("aes-256-gcm", own, number(12, index)).setAAD(bound);
    const ciphertext = Buffer.concat([
      cipher.update(plaintext),
      cipher.final(),
      cipher.getAuthTag(),
    ]);
    return { ciphertext, keyHash: sha256(own) };
  });
  const sealed = pieces.map(({ ciphertext, keyHash }, index) =>
    sha256(
      Uint8Array.of(0),
      Buffer.from("emrx/chunk/2"),
      number(4, index),
      sha256(ciphertext),
      keyHash,
    ),
  );
  return {
    content: Buffer.concat([
      Buffer.from("EMRXSB2\n"),
      number(4, pieces.length),
      number(4, facts.chunk.bytes),
      ...pieces.flatMap(({ ciphertext, keyHash }) => [ciphertext, keyHash]),
    ]),
    root: Buffer.from(merkleRoot(sealed)).toString("hex"),
    key,
    keyCommitment: sha256(sized(Buffer.from("emrx/key-commitment/2"), bound, key)).toString("hex"),
  };
}
