import {
  chunkBytes,
  chunkPlaces,
  contentFits,
  contentIdOf,
  contentIdOfHash,
  openBundle,
  sealBundle,
} from "@emrx/chain-adapter/payload";
import { fc, property } from "@emrx/testkit";
import { expect, test } from "vitest";
import { bytes, hex } from "../merkle/reference.js";
import { expectedBundle } from "./oracle.js";
import { batchOf, factsOf, labSecret, released, reportOf, sale, siteSecret } from "./sample.js";

test("a bundle is the documented bytes, root, key and commitment", async () => {
  const { batch, facts, sealed } = await sale();
  const expected = expectedBundle(batch, facts, siteSecret);
  expect(hex(sealed.content)).toBe(hex(expected.content));
  expect(hex(sealed.key)).toBe(hex(expected.key));
  expect(sealed.root).toBe(expected.root);
  expect(sealed.keyCommitment).toBe(expected.keyCommitment);
  // Golden: what the oracle gave when the format was fixed. Another value is another format.
  expect(expected.root).toBe("15d6d0b4c0c4b4b0525514ae62880c4c13d684c6114bd1221a5f535b3726f148");
});

const ranges = fc
  .array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 })
  .map((lengths) => {
    let at = 0;
    return lengths.map((length, i) => {
      const from = at + (i % 2);
      at = from + length;
      return { from, to: at, profile: 0 };
    });
  });

property(
  "what is sealed opens to exactly the reports of its places, whatever the ranges and the length of a chunk",
  [ranges, fc.integer({ min: 1, max: 6 })],
  async (places, length) => {
    const batch = batchOf(45);
    const facts = factsOf(batch, places, { length });
    const sealed = await sealBundle(batch, facts, { secret: siteSecret });
    const claim = await released(facts, sealed);
    expect(contentFits(claim, sealed.content)).toBe(true);
    const opened = await openBundle(claim, sealed.content, labSecret);
    if (!("reports" in opened)) throw new Error("evidence against an honest site");
    const leaves = places.flatMap(({ from, to }) =>
      Array.from({ length: to - from }, (_, i) => from + i),
    );
    expect(opened.leaves).toEqual(leaves);
    expect(hex(opened.reports.bytes)).toBe(
      leaves.map((leaf) => hex(reportOf(0, leaf * 37))).join(""),
    );
  },
  { numRuns: 25 },
);

test("chunks follow the ranges in order, none spans two, and none but the last of a range is short", () => {
  const places = chunkPlaces(
    factsOf(
      batchOf(20),
      [
        { from: 2, to: 9, profile: 0 },
        { from: 9, to: 12, profile: 1 },
      ],
      { length: 3 },
    ),
  );
  expect(places).toEqual([
    { index: 0, from: 2, to: 5, profile: 0 },
    { index: 1, from: 5, to: 8, profile: 0 },
    { index: 2, from: 8, to: 9, profile: 0 },
    { index: 3, from: 9, to: 12, profile: 1 },
  ]);
});

test("any chunk fits into the size that chunkBytes gives, at every place of every batch", async () => {
  for (const count of [1, 2, 3, 8, 31, 33]) {
    const batch = batchOf(count);
    for (let from = 0; from < count; from++) {
      const facts = factsOf(batch, [{ from, to: from + 1, profile: 0 }], { length: 1 });
      const tight = { ...facts, chunk: { ...facts.chunk, bytes: chunkBytes(1, 44, count) } };
      await sealBundle(batch, tight, { secret: siteSecret });
    }
  }
});

test("sealing again gives the same bytes; other contents, pairs and secrets give another key", async () => {
  const { batch, facts, sealed } = await sale();
  const again = await sealBundle(batch, facts, { secret: siteSecret });
  expect(hex(again.content)).toBe(hex(sealed.content));
  const others = await Promise.all([
    sealBundle(batch, { ...facts, requester: "34".repeat(32) }, { secret: siteSecret }),
    sealBundle(batch, facts, { secret: new Uint8Array(32).fill(9) }),
    sealBundle(batch, facts, { secret: siteSecret, withdrawn: new Set([2]) }),
    sealBundle(batch, { ...facts, ranges: facts.ranges.slice(1) }, { secret: siteSecret }),
  ]);
  expect(new Set([sealed, ...others].map(({ key }) => hex(key))).size).toBe(5);
});

test("withdrawn rows are kept back, up to so many a chunk as the publication allows", async () => {
  const { batch, facts } = await sale();
  const withdrawn = new Set([1, 4, 11]);
  const sealed = await sealBundle(batch, facts, { secret: siteSecret, withdrawn });
  const opened = await openBundle(await released(facts, sealed), sealed.content, labSecret);
  expect("leaves" in opened && opened.leaves).toEqual([2, 3, 5, 6, 7, 10]);
  expect("reports" in opened && opened.reports.count).toBe(6);
  for (const leaf of withdrawn)
    expect(hex(sealed.content)).not.toContain(hex(batch.salts.slice(32 * leaf, 32 * leaf + 32)));
  await expect(
    sealBundle(batch, facts, { secret: siteSecret, withdrawn: new Set([1, 2]) }),
  ).rejects.toThrow(expect.objectContaining({ code: "EMRX_INVALID_BUNDLE" }));
});

test("content is named by its root, and nothing that differs from what is granted fits", async () => {
  const { facts, sealed } = await sale();
  expect(contentIdOf(sealed.content)).toBe(contentIdOfHash(bytes(sealed.root)));
  const { content } = sealed;
  for (let at = 0; at < content.length; at += 97) {
    const altered = Uint8Array.from(content);
    altered[at] = (altered[at] as number) ^ 1;
    expect(contentFits(facts, altered)).toBe(false);
  }
  for (const other of [
    content.subarray(1),
    content.subarray(0, -1),
    Uint8Array.of(...content, 0),
    new Uint8Array(),
  ])
    expect(contentFits(facts, other)).toBe(false);
  const size = { ...facts.chunk, bytes: facts.chunk.bytes + 1 };
  expect(contentFits({ ...facts, chunk: size }, content)).toBe(false);
  expect(contentFits({ ...facts, ranges: facts.ranges.slice(1) }, content)).toBe(false);
});

test("what would be a wrong bundle is not sealed, and another secret opens nothing", async () => {
  const { batch, facts, sealed } = await sale();
  const invalid = expect.objectContaining({ code: "EMRX_INVALID_BUNDLE" });
  for (const change of [
    { suite: 2 },
    { ranges: [] },
    { ranges: [{ from: 8, to: 10, profile: 0 }] }, // leaf 9 is of the other profile
    { batchRoot: "00".repeat(32) },
    { schemaHash: "00".repeat(32) },
    { chunk: { ...facts.chunk, bytes: 200 } },
  ])
    await expect(
      sealBundle(batch, { ...facts, ...change }, { secret: siteSecret }),
    ).rejects.toThrow(invalid);
  await expect(openBundle(facts, sealed.content, siteSecret)).rejects.toThrow(
    expect.objectContaining({ code: "EMRX_BUNDLE_MISMATCH" }),
  );
  await expect(openBundle(facts, sealed.content.subarray(1), labSecret)).rejects.toThrow(
    expect.objectContaining({ code: "EMRX_BUNDLE_MISMATCH" }),
  );
});
