import { CompactRange } from "@emrx/chain-adapter/merkle";
import { expect, test } from "vitest";
import { nativeNodeHash } from "../../src/file/native-hash.js";
import { leaves, root } from "./reference.js";

test.each([
  ["the library's hash", undefined],
  ["the platform's hash", nativeNodeHash],
])(
  "by %s, a compact range has the root of the whole tree at every size, and as many hashes as the size has one bits",
  (_, nodeHash) => {
    const all = leaves(70);
    const range = new CompactRange(nodeHash === undefined ? {} : { nodeHash });
    expect(range.root()).toEqual(root([]));
    for (const [i, leaf] of all.entries()) {
      range.append(leaf);
      expect(range.size).toBe(i + 1);
      expect(range.hashes().length / 32).toBe((i + 1).toString(2).replaceAll("0", "").length);
      expect(range.root()).toEqual(root(all.slice(0, i + 1)));
    }
  },
);

test("whoever goes on from size and hashes comes to the same roots", () => {
  const all = leaves(40);
  for (let size = 0; size < all.length; size++) {
    const before = new CompactRange();
    for (const leaf of all.slice(0, size)) before.append(leaf);
    const after = new CompactRange({ size: before.size, hashes: before.hashes() });
    for (const leaf of all.slice(size)) after.append(leaf);
    expect(after.root()).toEqual(root(all));
    expect(before.root()).toEqual(root(all.slice(0, size)));
  }
});

test("a compact range keeps nothing of what it was given, and gives away nothing of its own", () => {
  const [a, b] = leaves(2) as [Uint8Array, Uint8Array];
  const leaf = Uint8Array.from(a);
  const range = new CompactRange();
  range.append(leaf);
  leaf.fill(0);
  range.hashes().fill(0);
  range.root().fill(0);
  expect(range.hashes()).toEqual(Uint8Array.from(a));
  range.append(b);
  expect(range.root()).toEqual(root([a, b]));
});

test("a malformed range is refused", () => {
  const [a] = leaves(1) as [Uint8Array];
  const none = new Uint8Array();
  for (const [size, hashes] of [
    [1, none],
    [3, a],
    [0, a],
    [-1, none],
    [0.5, none],
    [Number.MAX_SAFE_INTEGER, new Uint8Array(53 * 32)],
  ] as const) {
    expect(() => new CompactRange({ size, hashes })).toThrow(
      expect.objectContaining({ code: "EMRX_MERKLE_RANGE" }),
    );
  }
  for (const broken of [
    () => new CompactRange({ size: 1, hashes: a.subarray(1) }),
    () => new CompactRange().append(a.subarray(1)),
  ]) {
    expect(broken).toThrow(expect.objectContaining({ code: "EMRX_MERKLE_HASH" }));
  }
});
