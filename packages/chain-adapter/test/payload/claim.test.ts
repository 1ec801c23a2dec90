// The party's path, by the platform's cryptography, and the contract's, in plain JavaScript, find the same things wrong.
import {
  type ClaimEvidence,
  chunkPlaces,
  decideClaim,
  oneTimePublicKey,
  openBundle,
  wrapKey,
} from "@emrx/chain-adapter/payload";
import { fc, property } from "@emrx/testkit";
import { expect, test } from "vitest";
import { chunkKeyOf } from "../../src/payload/bundle-keys.js";
import { joinSealed, sealedTree, splitSealed } from "../../src/payload/sealed-content.js";
import { bytes, hex } from "../merkle/reference.js";
import { expectedBundle } from "./oracle.js";
import { batchOf, factsOf, labSecret, released, sale, siteSecret } from "./sample.js";

/** What anybody with the bundle's key could show of its chunks. */
function everyChunk(content: Uint8Array, key: Uint8Array): ClaimEvidence[] {
  const chunks = splitSealed(content) ?? [];
  const tree = sealedTree(chunks);
  return chunks.map(({ ciphertext }, index) => ({
    kind: "chunk",
    chunks: [
      {
        index,
        ciphertext: hex(ciphertext),
        key: hex(chunkKeyOf(key, index)),
        path: tree.inclusionProof(index).map(hex),
      },
    ],
  }));
}

const ranges = [
  { from: 1, to: 8, profile: 0 },
  { from: 10, to: 12, profile: 1 },
];

type Damage = (plaintexts: Buffer[]) => Buffer[];

/** A bundle that a dishonest site sealed over other plaintexts, granted and released. */
async function damaged(damage: Damage, batch = batchOf(9, 5)) {
  const facts = factsOf(batch, ranges);
  const sealed = expectedBundle(batch, facts, siteSecret, damage);
  return { facts: await released(facts, sealed as never), sealed };
}

/** Both paths: the requester's evidence, and what the contract says of everything that could be shown. */
async function bothPaths({ facts, sealed }: Awaited<ReturnType<typeof damaged>>) {
  const opened = await openBundle(facts, sealed.content, labSecret);
  const verdicts = everyChunk(sealed.content, sealed.key).map((evidence) =>
    decideClaim(facts, evidence),
  );
  return { opened, verdicts };
}

test("an honest bundle: nothing that can be shown of it is wrong", async () => {
  const { facts, sealed } = await sale();
  const evidence = everyChunk(sealed.content, sealed.key);
  expect(evidence.length).toBe(4);
  for (const one of evidence) expect(decideClaim(facts, one)).toBe("right");
  const [first, second] = evidence as unknown as { chunks: never[] }[];
  const two = {
    kind: "chunk",
    chunks: [...(first?.chunks ?? []), ...(second?.chunks ?? [])],
  } as const;
  expect(decideClaim(facts, two)).toBe("right");
  // One chunk shown twice is no pseudonym in two chunks.
  const same = {
    kind: "chunk",
    chunks: [...(first?.chunks ?? []), ...(first?.chunks ?? [])],
  } as const;
  expect(decideClaim(facts, same)).toBe("right");
  expect(decideClaim(facts, { kind: "key", secret: hex(labSecret) })).toBe("right");
});

property(
  "any changed bit of a chunk's plaintext is evidence, and both paths agree on which chunk it is",
  [fc.nat(3), fc.nat()],
  async (chunk, at) => {
    const given = await damaged((plaintexts) => {
      const text = plaintexts[chunk] as Buffer;
      text[at % text.length] = (text[at % text.length] as number) ^ (1 << (at % 8));
      return plaintexts;
    });
    const { opened, verdicts } = await bothPaths(given);
    expect(verdicts).toEqual([0, 1, 2, 3].map((i) => (i === chunk ? "wrong" : "right")));
    expect("evidence" in opened && decideClaim(given.facts, opened.evidence)).toBe("wrong");
    expect("evidence" in opened && opened.evidence).toMatchObject({ chunks: [{ index: chunk }] });
  },
  { numRuns: 60 },
);

const length = (row: number): number => row * (2 + 64 + 44);

test.each<[string, Damage]>([
  ["a chunk of other places", ([, b, ...rest]) => [b, b, ...rest] as Buffer[]],
  ["chunks in another order", ([a, b, ...rest]) => [b, a, ...rest] as Buffer[]],
  [
    "more rows withdrawn than allowed",
    ([a, ...rest]) => {
      const source = a as Buffer;
      const batch = batchOf(9, 5);
      const rows = [1, 2].map((leaf) => Buffer.concat([bytes("ffff"), batch.tree.leaf(leaf)]));
      const short = Buffer.concat([...rows, source.subarray(length(2))]);
      return [Buffer.concat([short, Buffer.alloc(source.length - short.length)]), ...rest];
    },
  ],
  [
    "something after the proof",
    ([a, ...rest]) => {
      const text = a as Buffer;
      text[text.length - 1] = 1;
      return [text, ...rest];
    },
  ],
  [
    "an empty plaintext of the right size",
    ([a, ...rest]) => [Buffer.alloc((a as Buffer).length), ...rest],
  ],
  ["a plaintext of another size", ([a, ...rest]) => [(a as Buffer).subarray(1), ...rest]],
])("%s: the contract finds it wrong", async (_, damage) => {
  const { facts, sealed } = await damaged(damage);
  const verdicts = everyChunk(sealed.content, sealed.key).map((evidence) =>
    decideClaim(facts, evidence),
  );
  // Content of another size is reported missing before it is opened; all else the requester's own path finds.
  if (sealed.content.length === 16 + 4 * (facts.chunk.bytes + 32)) {
    expect(verdicts).toContain("wrong");
    expect(await openBundle(facts, sealed.content, labSecret)).toHaveProperty("evidence");
  }
});

test("a report of another profile, and one patient sold twice, in one chunk or in two, are wrong", async () => {
  const honest = batchOf(9, 5);
  const { buildBatch } = await import("@emrx/chain-adapter/payload");
  const input = (change: (reports: Uint8Array[]) => void) => {
    const { bytes: all, offsets, count } = honest.reports;
    const reports = Array.from({ length: count }, (_, i) => all.slice(offsets[i], offsets[i + 1]));
    change(reports);
    return {
      scope: honest.scope,
      rootSecret: new Uint8Array(32).fill(7),
      patients: Uint32Array.from({ length: count }, (_, i) => i),
      profiles: honest.profiles,
      reports: {
        count,
        offsets,
        bytes: Uint8Array.from(reports.flatMap((report) => [...report])),
      },
    };
  };
  // Levels, attributes and their number are those of the profile; byte 37 is the level of the first attribute.
  for (const [at, value] of [
    [37, 1],
    [35, 5],
    [33, 1],
    [0, 2],
    [5, 0],
  ] as const) {
    const batch = buildBatch(input((reports) => ((reports[2] as Uint8Array)[at] = value)));
    const { opened, verdicts } = await bothPaths(await damaged((same) => same, batch));
    expect(verdicts).toEqual(["wrong", "right", "right", "right"]);
    expect(opened).toHaveProperty("evidence");
  }
  for (const [first, second, shown] of [
    [1, 2, 1],
    [1, 6, 2],
  ] as const) {
    const batch = buildBatch(input(() => undefined));
    const pseudonyms = batch.pseudonyms as Uint8Array;
    pseudonyms.copyWithin(32 * second, 32 * first, 32 * first + 32);
    // The site commits to the doubled pseudonym: its leaf and root are those of the doubled row.
    const { hashLeaf } = await import("@emrx/chain-adapter/payload");
    const { MerkleTree } = await import("@emrx/chain-adapter/merkle");
    const leaves = Array.from({ length: batch.count }, (_, i) =>
      hashLeaf(batch.scope, {
        pseudonym: pseudonyms.slice(32 * i, 32 * i + 32),
        profile: batch.profiles[i] as number,
        salt: batch.salts.slice(32 * i, 32 * i + 32),
        report: batch.reports.bytes.slice(batch.reports.offsets[i], batch.reports.offsets[i + 1]),
      }),
    );
    const tree = new MerkleTree(Uint8Array.from(leaves.flatMap((leaf) => [...leaf])));
    const { opened } = await bothPaths(
      await damaged((same) => same, { ...batch, tree, root: tree.root() }),
    );
    if (!("evidence" in opened) || opened.evidence.kind !== "chunk") throw new Error("no evidence");
    expect(opened.evidence.chunks.length).toBe(shown);
  }
});

test("a key that does not unwrap, fits no commitment, or is not the chunks' key, is wrong on both paths", async () => {
  const { facts, sealed } = await sale();
  const key = { kind: "key", secret: hex(labSecret) } as const;
  const other = await wrapKey(
    { ...facts, oneTimeKey: await oneTimePublicKey(siteSecret) },
    sealed.key,
  );
  const wrongKey = await wrapKey(facts, new Uint8Array(32).fill(3));
  const short = `${facts.wrappedKey.slice(0, 158)}`;
  for (const wrappedKey of [other, wrongKey, short, "00".repeat(80)]) {
    const released = { ...facts, wrappedKey };
    expect(decideClaim(released, key)).toBe("wrong");
    expect(await openBundle(released, sealed.content, labSecret)).toEqual({ evidence: key });
  }
  const fits = { ...facts, keyCommitment: "00".repeat(32) };
  expect(decideClaim(fits, key)).toBe("wrong");
  expect(await openBundle(fits, sealed.content, labSecret)).toEqual({ evidence: key });
  // The leaf of chunk 2 names another key than the one derived for it.
  const chunks = splitSealed(sealed.content) ?? [];
  const swapped = chunks.map((chunk, i) =>
    i === 2 ? { ...chunk, keyHash: new Uint8Array(32) } : chunk,
  );
  const root = hex(sealedTree(swapped).root());
  const granted = { ...facts, root };
  const all = { ...granted, wrappedKey: await wrapKey(granted, sealed.key) };
  expect(decideClaim(all, key)).toBe("right");
  const opened = await openBundle(all, joinSealed(swapped), labSecret);
  if (!("evidence" in opened)) throw new Error("no evidence");
  expect(opened.evidence).toMatchObject({
    kind: "key",
    leaf: { index: 2, keyHash: "00".repeat(32) },
  });
  expect(decideClaim(all, opened.evidence)).toBe("wrong");
});

test("evidence that is not of the pair proves nothing", async () => {
  const { facts, sealed } = await sale();
  const evidence = everyChunk(sealed.content, sealed.key)[1];
  if (evidence?.kind !== "chunk") throw new Error("no chunk");
  const [chunk] = evidence.chunks;
  if (chunk === undefined) throw new Error("no chunk");
  for (const change of [
    { index: 0 },
    { index: 4 },
    { key: "00".repeat(32) },
    { ciphertext: "00".repeat(facts.chunk.bytes) },
    { path: [] },
    { path: [...chunk.path, "00".repeat(32)] },
  ])
    expect(decideClaim(facts, { kind: "chunk", chunks: [{ ...chunk, ...change }] })).toBe(
      "unproven",
    );
  for (const change of ["site", "requester", "ledger", "root"]) {
    const pair = { ...facts, [change]: "99".repeat(32) };
    // The root decides what is of the pair; the same root granted to another pair does not decrypt, and is its site's lie.
    expect(decideClaim(pair, evidence)).toBe(change === "root" ? "unproven" : "wrong");
  }
  expect(decideClaim(facts, { kind: "key", secret: hex(siteSecret) })).toBe("unproven");
  const leaf = { index: 0, ciphertextHash: "00".repeat(32), keyHash: "00".repeat(32), path: [] };
  expect(decideClaim(facts, { kind: "key", secret: hex(labSecret), leaf })).toBe("unproven");
  expect(chunkPlaces(facts).length).toBe(4);
});
