// Batches for tests, and an oracle for their leaves that shares nothing with the code under test.
import { createHash } from "node:crypto";
import { type Batch, type BatchInput, buildBatch } from "@emrx/chain-adapter/payload";

export const schemaHash = Uint8Array.from({ length: 32 }, (_, i) => 200 - i);
export const ids = { ledger: "11".repeat(32), site: "22".repeat(32), requester: "33".repeat(32) };

/** Reports of the lengths given, with bytes that differ everywhere. */
export function reportsOf(lengths: readonly number[]): BatchInput["reports"] {
  const offsets = new Uint32Array(lengths.length + 1);
  for (const [i, length] of lengths.entries()) offsets[i + 1] = (offsets[i] as number) + length;
  const total = offsets[lengths.length] as number;
  const bytes = Uint8Array.from({ length: total }, (_, i) => (i * 37 + 11) & 255);
  return { count: lengths.length, bytes, offsets };
}

export function inputOf(lengths: readonly number[], consents = 1): BatchInput {
  return {
    schemaHash,
    rootSecret: Uint8Array.from({ length: 32 }, (_, i) => i + 7),
    scope: { domain: "trial-ledger/st-mary", round: 5, role: "publisher" },
    patients: Uint32Array.from({ length: lengths.length }, (_, i) => i * 3 + 1),
    consent: Uint8Array.from({ length: 32 * consents }, (_, i) => (i >> 5) + 1),
    reports: reportsOf(lengths),
  };
}

export const batchOf = (lengths: readonly number[], consents = 1): Batch =>
  buildBatch(inputOf(lengths, consents));

/** The documented leaf, over Node's SHA-256. */
export function expectedLeaf(
  round: number,
  pseudonym: Uint8Array,
  consent: Uint8Array,
  salt: Uint8Array,
  report: Uint8Array,
): string {
  const hash = createHash("sha256").update(Uint8Array.of(0));
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(BigInt(round));
  const domain = Buffer.from("emrx/leaf/1");
  for (const part of [domain, schemaHash, number, pseudonym, consent, salt, report]) {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(part.length);
    hash.update(length).update(part);
  }
  return hash.digest("hex");
}
