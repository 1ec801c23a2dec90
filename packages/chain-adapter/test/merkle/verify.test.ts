import {
  type ConsistencyClaim,
  MerkleTree,
  verifyConsistency,
  verifyInclusion,
  verifyRange,
} from "@emrx/chain-adapter/merkle";
import { fc, property } from "@emrx/testkit";
import { expect, test } from "vitest";
import { bytes, leafHash, leaves, path, root, subproof } from "./reference.js";
import { consistencyVectors, inclusionVectors, vectorLeaves, vectorRoots } from "./vectors.js";

const flip = (hash: Uint8Array, bit: number): Uint8Array => {
  const copy = Uint8Array.from(hash);
  copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
  return copy;
};
const without = <T>(list: readonly T[], at: number): T[] => list.filter((_, i) => i !== at);
const replaced = <T>(list: readonly T[], at: number, value: T): T[] =>
  list.map((old, i) => (i === at ? value : old));
const some = Uint8Array.from({ length: 32 }, (_, i) => i);

test("the published proofs are accepted", () => {
  for (const { index, size, proof } of inclusionVectors) {
    const leaf = leafHash(bytes(vectorLeaves[index] as string));
    const claim = { leaf, index, size, proof: proof.map(bytes) };
    expect(verifyInclusion({ ...claim, root: bytes(vectorRoots[size] as string) })).toBe(true);
  }
  for (const { first, second, proof } of consistencyVectors) {
    const [firstRoot, secondRoot] = [vectorRoots[first], vectorRoots[second]];
    const claim = { first, second, proof: proof.map(bytes) };
    expect(
      verifyConsistency({
        ...claim,
        firstRoot: bytes(firstRoot as string),
        secondRoot: bytes(secondRoot as string),
      }),
    ).toBe(true);
  }
});

test("every inclusion proof is accepted, and no other index, size, leaf, root or list of hashes", () => {
  for (let size = 1; size <= 24; size++) {
    const d = leaves(size);
    const top = root(d);
    for (let index = 0; index < size; index++) {
      const leaf = d[index] as Uint8Array;
      const claim = { leaf, index, size, proof: path(index, d), root: top };
      expect(verifyInclusion(claim)).toBe(true);
      for (let other = -1; other <= size + 1; other++) {
        if (other !== index) expect(verifyInclusion({ ...claim, index: other })).toBe(false);
      }
      const wrong = [
        { ...claim, leaf: some },
        { ...claim, leaf: top.subarray(1) },
        { ...claim, root: some },
        { ...claim, root: flip(top, 255) },
        { ...claim, proof: [...claim.proof, some] },
        { ...claim, proof: [some, ...claim.proof] },
        { ...claim, size: size * 2 + 1 },
        { ...claim, size: 0 },
        ...claim.proof.flatMap((hash, i) => [
          { ...claim, proof: without(claim.proof, i) },
          { ...claim, proof: replaced(claim.proof, i, flip(hash, i * 8)) },
          { ...claim, proof: replaced(claim.proof, i, hash.subarray(1)) },
        ]),
      ];
      for (const other of wrong) expect(verifyInclusion(other)).toBe(false);
    }
  }
});

test("an inner node is not a leaf: a shortened tree is refused at its true size", () => {
  const d = leaves(4);
  const inner = root(d.slice(0, 2));
  const claim = { leaf: inner, index: 0, proof: [root(d.slice(2))], root: root(d) };
  expect(verifyInclusion({ ...claim, size: 4 })).toBe(false);
  expect(verifyInclusion({ ...claim, size: 3 })).toBe(false);
  // At size 2 the arithmetic holds: that is why a leaf must be hashed from its data by merkleLeafHash, whose 0x00 no
  // inner node has.
  expect(verifyInclusion({ ...claim, size: 2 })).toBe(true);
});

test("a duplicated last leaf has another root", () => {
  const [a, b, c] = leaves(3) as [Uint8Array, Uint8Array, Uint8Array];
  const claim = { leaf: c, index: 3, size: 4, proof: path(3, [a, b, c, c]) };
  expect(verifyInclusion({ ...claim, root: root([a, b, c, c]) })).toBe(true);
  expect(verifyInclusion({ ...claim, root: root([a, b, c]) })).toBe(false);
});

test("every consistency proof is accepted, and no altered one", () => {
  const all = leaves(20);
  const roots = Array.from({ length: 21 }, (_, n) => root(all.slice(0, n)));
  for (let second = 0; second <= 20; second++) {
    for (let first = 0; first <= second; first++) {
      const claim: ConsistencyClaim = {
        first,
        second,
        firstRoot: roots[first] as Uint8Array,
        secondRoot: roots[second] as Uint8Array,
        proof: first === 0 ? [] : subproof(first, all.slice(0, second), true),
      };
      const { proof } = claim;
      expect(verifyConsistency(claim)).toBe(true);
      expect(verifyConsistency({ ...claim, proof: [...proof, some] })).toBe(false);
      expect(verifyConsistency({ ...claim, proof: [some, ...proof] })).toBe(false);
      expect(verifyConsistency({ ...claim, firstRoot: some })).toBe(false);
      expect(verifyConsistency({ ...claim, secondRoot: some.subarray(1) })).toBe(false);
      for (const [i, hash] of proof.entries()) {
        expect(verifyConsistency({ ...claim, proof: without(proof, i) })).toBe(false);
        expect(verifyConsistency({ ...claim, proof: replaced(proof, i, flip(hash, 77)) })).toBe(
          false,
        );
      }
      if (first === 0 && second > 0) continue; // an empty tree is a prefix of every tree
      expect(verifyConsistency({ ...claim, secondRoot: some })).toBe(false);
      if (first === second) continue;
      const swapped = { firstRoot: claim.secondRoot, secondRoot: claim.firstRoot };
      expect(verifyConsistency({ ...claim, ...swapped })).toBe(false);
      expect(verifyConsistency({ ...claim, first: second, second: first })).toBe(false);
      for (const other of [first - 1, first + 1]) {
        expect(verifyConsistency({ ...claim, first: other })).toBe(false);
      }
    }
  }
});

test("any one part of a right claim that is no hash, no size or no list makes it false, and nothing is thrown", () => {
  const d = leaves(5);
  const inclusion = {
    leaf: d[2] as Uint8Array,
    index: 2,
    size: 5,
    proof: path(2, d),
    root: root(d),
  };
  const consistency = {
    first: 3,
    second: 5,
    firstRoot: root(d.slice(0, 3)),
    secondRoot: root(d),
    proof: subproof(3, d, true),
  };
  expect(verifyInclusion(inclusion)).toBe(true);
  expect(verifyConsistency(consistency)).toBe(true);
  /** The same bytes and one more: what looks only at the first 32 would take it. */
  const longer = (hash: Uint8Array): Uint8Array => Uint8Array.from([...hash, 0]);
  for (const no of [undefined, null, 9, "5", {}, [], -1, 2.5]) {
    for (const name of Object.keys(inclusion)) {
      expect(verifyInclusion({ ...inclusion, [name]: no })).toBe(false);
    }
    for (const name of Object.keys(consistency)) {
      expect(verifyConsistency({ ...consistency, [name]: no })).toBe(false);
    }
  }
  for (const name of ["leaf", "root"] as const) {
    expect(verifyInclusion({ ...inclusion, [name]: longer(inclusion[name]) })).toBe(false);
    expect(verifyInclusion({ ...inclusion, [name]: [...inclusion[name]] as never })).toBe(false);
  }
  for (const name of ["firstRoot", "secondRoot"] as const) {
    expect(verifyConsistency({ ...consistency, [name]: longer(consistency[name]) })).toBe(false);
    expect(verifyConsistency({ ...consistency, [name]: [...consistency[name]] as never })).toBe(
      false,
    );
  }
  for (const [verify, claim] of [
    [verifyInclusion, inclusion],
    [verifyConsistency, consistency],
  ] as const) {
    const { proof } = claim;
    const wrong = [new Set(proof), [], proof.map(longer), proof.map((hash) => [...hash])];
    for (const other of wrong) expect(verify({ ...claim, proof: other } as never)).toBe(false);
  }
});

property(
  "a verifier answers false, and never throws, whatever it is given",
  [fc.anything(), fc.anything(), fc.anything(), fc.anything(), fc.anything()],
  (a, b, c, d, e) => {
    const anything = (claim: object): never => claim as never;
    expect(verifyInclusion(anything({ leaf: a, index: b, size: c, proof: d, root: e }))).toBe(
      false,
    );
    expect(
      verifyConsistency(anything({ first: a, second: b, firstRoot: c, secondRoot: d, proof: e })),
    ).toBe(false);
  },
);

test("positions beyond 2^32 are walked exactly", () => {
  // A path of 40 levels, built bottom up by the definition from its hashes alone.
  const index = 2 ** 40 - 3;
  const size = 2 ** 40;
  const proof = leaves(40);
  const leaf = leafHash(Uint8Array.of(9));
  let hash = leaf;
  for (const [level, sibling] of proof.entries()) {
    const right = Math.floor(index / 2 ** level) % 2 === 1;
    hash = root(right ? [sibling, hash] : [hash, sibling]);
  }
  expect(verifyInclusion({ leaf, index, size, proof, root: hash })).toBe(true);
  expect(verifyInclusion({ leaf, index: index - 1, size, proof, root: hash })).toBe(false);
});

test("every range proof is accepted, and no other place, size, leaf, root or list of hashes", () => {
  for (let size = 1; size <= 17; size++) {
    const d = leaves(size);
    const all = Uint8Array.from(d.flatMap((leaf) => [...leaf]));
    const tree = new MerkleTree(all);
    for (let from = 0; from < size; from++)
      for (let to = from + 1; to <= size; to++) {
        const proof = tree.rangeProof(from, to);
        const claim = { leaves: all.slice(32 * from, 32 * to), from, size, proof, root: root(d) };
        expect(verifyRange(claim)).toBe(true);
        expect(proof.length).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(Math.max(2, size))));
        const wrong = [
          ...(proof.length > 0 ? [{ proof: without(proof, 0) }] : []),
          { proof: [...proof, some] },
          ...proof.map((hash, i) => ({ proof: replaced(proof, i, flip(hash, i)) })),
          { leaves: flip(claim.leaves, 8 * 31) },
          { leaves: claim.leaves.slice(1) },
          { leaves: new Uint8Array() },
          { root: some },
          { from: from + 1 },
          { from: from - 1 },
          { from: 0.5 },
          { size: to - 1 },
        ];
        for (const change of wrong) expect(verifyRange({ ...claim, ...change })).toBe(false);
      }
  }
  expect(verifyRange(null as never)).toBe(false);
});
