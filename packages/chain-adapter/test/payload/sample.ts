// Batches and pairs for tests, and an oracle for their leaves that shares nothing with the code under test.
import { createHash } from "node:crypto";
import {
  type Batch,
  type BatchInput,
  type BundleFacts,
  buildBatch,
  type ClaimFacts,
  chunkBytes,
  oneTimePublicKey,
  type PlaceRange,
  type ReportPool,
  type SealedBundle,
  sealBundle,
  wrapKey,
} from "@emrx/chain-adapter/payload";
import { hex } from "../merkle/reference.js";

export const schemaHash = hex(Uint8Array.from({ length: 32 }, (_, i) => 200 - i));
export const scope = { ledger: "11".repeat(32), site: "22".repeat(32), round: 5, schemaHash };
export const rootSecret = Uint8Array.from({ length: 32 }, (_, i) => i + 7);

/** Two of three attributes, whose reports take 1, 2 and 3 bytes; the second profile withholds the last one. */
export const profiles: readonly ReportPool[] = [
  { levels: [0, 1, 2], bytes: [1, 2, 3], disclosed: 2 },
  { levels: [2, 2, -1], bytes: [1, 2, 0], disclosed: 2 },
];

/** A report as ldp-core lays it out: the first two attributes of a pool. */
export function reportOf(profile: number, value: number): Uint8Array {
  const { levels } = profiles[profile] as ReportPool;
  const header = Buffer.from(`01${schemaHash}0200`, "hex");
  const items = [0, 0, levels[0] as number, value & 255, 1, 0, levels[1] as number, value >> 8, 9];
  return Uint8Array.from([...header, ...items]);
}

export function joined(reports: readonly Uint8Array[]): BatchInput["reports"] {
  const offsets = new Uint32Array(reports.length + 1);
  for (const [i, { length }] of reports.entries()) offsets[i + 1] = (offsets[i] as number) + length;
  return {
    count: reports.length,
    bytes: Uint8Array.from(reports.flatMap((report) => [...report])),
    offsets,
  };
}

/** Reports of the lengths given, with bytes that differ everywhere. */
export const reportsOf = (lengths: readonly number[]): BatchInput["reports"] =>
  joined(
    lengths.map((length, n) => Uint8Array.from({ length }, (_, i) => (n * 41 + i * 37) & 255)),
  );

export function inputOf(lengths: readonly number[]): BatchInput {
  return {
    scope,
    rootSecret,
    patients: Uint32Array.from({ length: lengths.length }, (_, i) => i * 3 + 1),
    profiles: Uint32Array.from({ length: lengths.length }, (_, i) => i % 3),
    reports: reportsOf(lengths),
  };
}

/** So many patients of the first profile, then so many of the second, with reports of the schema. */
export function batchOf(first: number, second = 0): Batch {
  const profile = Uint32Array.from({ length: first + second }, (_, i) => (i < first ? 0 : 1));
  return buildBatch({
    scope,
    rootSecret,
    patients: profile.map((_, i) => i * 3 + 1),
    profiles: profile,
    reports: joined([...profile].map((of, i) => reportOf(of, i * 37))),
  });
}

/** What the ledger says before anything is granted. */
export function factsOf(
  batch: Batch,
  ranges: readonly PlaceRange[],
  chunk: { readonly length?: number; readonly withdrawn?: number } = {},
): BundleFacts {
  const { length = 3, withdrawn = 1 } = chunk;
  return {
    ...scope,
    requester: "33".repeat(32),
    suite: 1,
    chunk: { length, bytes: chunkBytes(length, 50, 4096), withdrawn },
    batchRoot: hex(batch.root),
    batchCount: batch.count,
    ranges,
    profiles,
  };
}

export const siteSecret = new Uint8Array(32).fill(81);
export const labSecret = new Uint8Array(32).fill(82);

/** The pair after its release. */
export async function released(
  facts: BundleFacts,
  { root, key, keyCommitment }: Pick<SealedBundle, "root" | "key" | "keyCommitment">,
): Promise<ClaimFacts> {
  const granted = { ...facts, root, keyCommitment, oneTimeKey: await oneTimePublicKey(labSecret) };
  return { ...granted, wrappedKey: await wrapKey(granted, key) };
}

/** A batch of which the places 1 to 8 and 10 to 12 were sold, sealed and released. */
export async function sale(): Promise<{ batch: Batch; facts: ClaimFacts; sealed: SealedBundle }> {
  const batch = batchOf(9, 5);
  const facts = factsOf(batch, [
    { from: 1, to: 8, profile: 0 },
    { from: 10, to: 12, profile: 1 },
  ]);
  const sealed = await sealBundle(batch, facts, { secret: siteSecret });
  return { batch, facts: await released(facts, sealed), sealed };
}

const sized = (...parts: readonly Uint8Array[]): Buffer =>
  Buffer.concat(
    parts.map((part) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(part.length);
      return Buffer.concat([length, part]);
    }),
  );
const sha256 = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();
const id = (text: string): Buffer => Buffer.from(text, "hex");

/** The documented leaf, over Node's SHA-256. */
export function expectedLeaf(
  of: typeof scope,
  pseudonym: Uint8Array,
  profile: number,
  salt: Uint8Array,
  report: Uint8Array,
): string {
  const [round, choice] = [Buffer.alloc(8), Buffer.alloc(4)];
  round.writeBigUInt64BE(BigInt(of.round));
  choice.writeUInt32BE(profile);
  const bound = sha256(
    sized(Buffer.from("emrx/leaf-scope/2"), id(of.ledger), id(of.site), id(of.schemaHash)),
  );
  const parts = sized(Buffer.from("emrx/leaf/2"), bound, round, pseudonym, choice, salt, report);
  return sha256(Buffer.concat([Uint8Array.of(0), parts])).toString("hex");
}
