import { emptyMerkleRange, extendMerkleRange, merkleRangeRoot } from "@emrx/chain-adapter/merkle";
import { expect, test } from "vitest";
import { leaves, root } from "./reference.js";

test("a range has the root of the whole tree at every size, and as many hashes as the size has one bits", () => {
  const all = leaves(70);
  let range = emptyMerkleRange;
  expect(merkleRangeRoot(range)).toEqual(root([]));
  for (const [i, leaf] of all.entries()) {
    range = extendMerkleRange(range, leaf);
    expect(range.size).toBe(i + 1);
    expect(range.hashes.length).toBe((i + 1).toString(2).replaceAll("0", "").length);
    expect(merkleRangeRoot(range)).toEqual(root(all.slice(0, i + 1)));
  }
});

test("extending does not touch the range before", () => {
  const [a, b] = leaves(2) as [Uint8Array, Uint8Array];
  const one = extendMerkleRange(emptyMerkleRange, a);
  extendMerkleRange(one, b);
  expect(one).toEqual({ size: 1, hashes: [a] });
  expect(emptyMerkleRange).toEqual({ size: 0, hashes: [] });
});

test("a range keeps nothing of what it was given: the leaf may be written over", () => {
  const [a] = leaves(1) as [Uint8Array];
  const leaf = Uint8Array.from(a);
  const one = extendMerkleRange(emptyMerkleRange, leaf);
  leaf.fill(0);
  expect(one.hashes).toEqual([a]);
});

test("a malformed range is refused", () => {
  const [a] = leaves(1) as [Uint8Array];
  for (const range of [
    { size: 1, hashes: [] },
    { size: 3, hashes: [a] },
    { size: 0, hashes: [a] },
    { size: -1, hashes: [] },
    { size: 0.5, hashes: [] },
    { size: 1, hashes: null as never },
  ]) {
    expect(() => merkleRangeRoot(range)).toThrow(
      expect.objectContaining({ code: "EMRX_MERKLE_RANGE" }),
    );
    expect(() => extendMerkleRange(range, a)).toThrow(
      expect.objectContaining({ code: "EMRX_MERKLE_RANGE" }),
    );
  }
  expect(() => merkleRangeRoot({ size: 1, hashes: [a.subarray(1)] })).toThrow(
    expect.objectContaining({ code: "EMRX_MERKLE_HASH" }),
  );
  expect(() => extendMerkleRange(emptyMerkleRange, a.subarray(1))).toThrow(
    expect.objectContaining({ code: "EMRX_MERKLE_HASH" }),
  );
});
