import { MerkleTree, merkleLeafHash, merkleNodeHash, merkleRoot } from "@emrx/chain-adapter/merkle";
import { fc, property } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import { bytes, concatenate, hex, leafHash, leaves, path, root, subproof } from "./reference.js";
import { consistencyVectors, inclusionVectors, vectorLeaves, vectorRoots } from "./vectors.js";

const proofHex = (proof: readonly Uint8Array[]): string[] => proof.map(hex);

describe("the published vectors of the Certificate Transparency sources", () => {
  const tree = new MerkleTree();
  for (const leaf of vectorLeaves) tree.append(merkleLeafHash(bytes(leaf)));

  test("roots of 0 to 8 leaves", () => {
    for (let size = 0; size <= 8; size++) {
      expect(hex(tree.root(size))).toBe(vectorRoots[size]);
      const hashes = vectorLeaves.slice(0, size).map((leaf) => merkleLeafHash(bytes(leaf)));
      expect(hex(merkleRoot(concatenate(hashes)))).toBe(vectorRoots[size]);
    }
  });

  test.each(inclusionVectors)(
    "inclusion proof of leaf $index of $size",
    ({ index, size, proof }) => {
      expect(proofHex(tree.inclusionProof(index, size))).toEqual(proof);
    },
  );

  test.each(consistencyVectors)(
    "consistency proof $first to $second",
    ({ first, second, proof }) => {
      expect(proofHex(tree.consistencyProof(first, second))).toEqual(proof);
    },
  );
});

test("roots and proofs equal the recursive definitions for every size up to 40", () => {
  const all = leaves(40);
  const tree = new MerkleTree(concatenate(all));
  for (let n = 1; n <= 40; n++) {
    const d = all.slice(0, n);
    expect(hex(tree.root(n))).toBe(hex(root(d)));
    expect(hex(merkleRoot(concatenate(d)))).toBe(hex(root(d)));
    for (let m = 0; m < n; m++) expect(tree.inclusionProof(m, n)).toEqual(path(m, d));
    expect(tree.consistencyProof(0, n)).toEqual([]); // every tree begins with the empty one
    for (let m = 1; m <= n; m++) expect(tree.consistencyProof(m, n)).toEqual(subproof(m, d, true));
  }
});

property(
  "however the leaves arrive, one by one or in pieces, the tree is the same",
  [fc.array(fc.nat({ max: 9 }), { maxLength: 12 })],
  (pieces) => {
    const all = leaves(pieces.reduce((sum, piece) => sum + piece, 0));
    const tree = new MerkleTree();
    let at = 0;
    for (const piece of pieces) {
      if (piece === 1) tree.append(all[at] as Uint8Array);
      else tree.appendAll(concatenate(all.slice(at, at + piece)));
      at += piece;
      expect(tree.size).toBe(at);
      expect(hex(tree.root())).toBe(hex(root(all.slice(0, at))));
    }
    for (const [i, leaf] of all.entries()) expect(tree.leaf(i)).toEqual(leaf);
  },
);

test("what a tree returns is a copy: changing it changes nothing", () => {
  const tree = new MerkleTree(concatenate(leaves(3)));
  const before = hex(tree.root());
  tree.root().fill(0);
  tree.leaf(0).fill(0);
  for (const hash of tree.inclusionProof(0)) hash.fill(0);
  for (const hash of tree.consistencyProof(1)) hash.fill(0);
  expect(hex(tree.root())).toBe(before);
  expect(hex(root(leaves(3)))).toBe(before);
});

test("leaf and node hashes carry their domain byte", () => {
  const data = Uint8Array.of(1, 2, 3);
  expect(merkleLeafHash(data)).toEqual(leafHash(data));
  const [a, b] = leaves(2) as [Uint8Array, Uint8Array];
  expect(merkleNodeHash(a, b)).toEqual(root([a, b]));
});

test("wrong sizes, indices and hashes are refused and change nothing", () => {
  const tree = new MerkleTree(concatenate(leaves(5)));
  const before = hex(tree.root());
  for (const bad of [-1, 6, 1.5, Number.NaN, 2 ** 53]) {
    expect(() => tree.root(bad)).toThrow(expect.objectContaining({ code: "EMRX_MERKLE_RANGE" }));
    expect(() => tree.consistencyProof(bad)).toThrow(
      expect.objectContaining({ code: "EMRX_MERKLE_RANGE" }),
    );
    expect(() => tree.inclusionProof(bad)).toThrow(
      expect.objectContaining({ code: "EMRX_MERKLE_RANGE" }),
    );
    expect(() => tree.leaf(bad)).toThrow(expect.objectContaining({ code: "EMRX_MERKLE_RANGE" }));
  }
  expect(() => tree.inclusionProof(5)).toThrow(
    expect.objectContaining({ code: "EMRX_MERKLE_RANGE" }),
  );
  expect(() => tree.consistencyProof(4, 3)).toThrow(
    expect.objectContaining({ code: "EMRX_MERKLE_RANGE" }),
  );
  for (const length of [0, 31, 33, 64]) {
    expect(() => tree.append(new Uint8Array(length))).toThrow(
      expect.objectContaining({ code: "EMRX_MERKLE_HASH" }),
    );
  }
  expect(() => tree.appendAll(new Uint8Array(33))).toThrow(
    expect.objectContaining({ code: "EMRX_MERKLE_HASH" }),
  );
  expect(() => merkleRoot(new Uint8Array(33))).toThrow(
    expect.objectContaining({ code: "EMRX_MERKLE_HASH" }),
  );
  expect(() => merkleNodeHash(new Uint8Array(32), new Uint8Array(31))).toThrow(
    expect.objectContaining({ code: "EMRX_MERKLE_HASH" }),
  );
  expect(tree.size).toBe(5);
  expect(hex(tree.root())).toBe(before);
});
