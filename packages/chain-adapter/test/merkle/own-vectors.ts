// RFC 6962 vectors of our own making, accepting and rejecting, from the recursive definitions alone. They are kept as
// JSON lines for other implementations to try: EMRX_WRITE_VECTORS=1 npx vitest run --project chain-adapter own-vectors
import { hex, leafHash, path, root, subproof } from "./reference.js";

/** One claim, and whether a verifier must accept it. Everything but numbers is hexadecimal. */
export type OwnVector = {
  readonly name: string;
  readonly accept: boolean;
} & (
  | {
      readonly kind: "inclusion";
      /** Bytes of the leaf; its hash is SHA-256(0x00 || data). */
      readonly data: string;
      readonly index: number;
      readonly size: number;
      readonly proof: readonly string[];
      readonly root: string;
    }
  | {
      readonly kind: "consistency";
      readonly first: number;
      readonly second: number;
      readonly firstRoot: string;
      readonly secondRoot: string;
      readonly proof: readonly string[];
    }
);

type Inclusion = Extract<OwnVector, { kind: "inclusion" }>;
type Consistency = Extract<OwnVector, { kind: "consistency" }>;

/** The leaf of number i: as many bytes as its number says, so that lengths differ too. */
const data = (i: number): Uint8Array => Uint8Array.from({ length: i }, (_, at) => i ^ at);
const hashes = (size: number): Uint8Array[] =>
  Array.from({ length: size }, (_, i) => leafHash(data(i)));
const rootAt = (size: number): string => hex(root(hashes(size)));
const other = "5a".repeat(32);

function inclusion(index: number, size: number): Inclusion[] {
  const good: Inclusion = {
    name: "right",
    accept: true,
    kind: "inclusion",
    data: hex(data(index)),
    index,
    size,
    proof: path(index, hashes(size)).map(hex),
    root: rootAt(size),
  };
  const { proof } = good;
  const bad = (name: string, changes: Partial<Inclusion>): Inclusion => ({
    ...good,
    name,
    accept: false,
    ...changes,
  });
  const vectors = [
    good,
    bad("wrong root", { root: other }),
    bad("the root of one leaf more", { root: rootAt(size + 1) }),
    bad("wrong leaf", { data: hex(data(index + 1)) }),
    bad("index out of the tree", { index: size }),
    bad("size of no tree", { size: 0 }),
    bad("extra hash at the top", { proof: [...proof, other] }),
    bad("extra hash at the bottom", { proof: [other, ...proof] }),
  ];
  if (proof.length === 0) return vectors;
  vectors.push(
    bad("truncated at the top", { proof: proof.slice(0, -1) }),
    bad("truncated at the bottom", { proof: proof.slice(1) }),
    bad("no proof", { proof: [] }),
    bad("the neighbour's index", { index: index === 0 ? 1 : index - 1 }),
    bad("a hash cut short", { proof: [(proof[0] as string).slice(2), ...proof.slice(1)] }),
    bad("a hash replaced", { proof: [...proof.slice(0, -1), other] }),
  );
  if (proof.length > 1) vectors.push(bad("swapped hashes", { proof: [...proof].reverse() }));
  return vectors;
}

/** An inner node that is passed off as the data of a leaf, its two children as the leaf's bytes. */
function innerAsLeaf(): Inclusion {
  const [a, b, c, d] = hashes(4) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  return {
    name: "inner node as leaf",
    accept: false,
    kind: "inclusion",
    data: hex(a) + hex(b),
    index: 0,
    size: 2,
    proof: [hex(root([c, d]))],
    root: rootAt(4),
  };
}

/** The last of three leaves put twice, which some trees cannot tell from three (CVE-2012-2459). */
function duplicatedLastLeaf(): Inclusion[] {
  const three = hashes(3);
  const twice = [...three, three[2] as Uint8Array];
  const claim = {
    kind: "inclusion",
    data: hex(data(2)),
    index: 3,
    size: 4,
    proof: path(3, twice).map(hex),
  } as const;
  return [
    { ...claim, name: "last leaf twice, in its own tree", accept: true, root: hex(root(twice)) },
    { ...claim, name: "duplicated last leaf", accept: false, root: rootAt(3) },
    { ...claim, name: "duplicated last leaf", accept: false, size: 3, root: rootAt(3) },
  ];
}

function consistency(first: number, second: number): Consistency[] {
  const good: Consistency = {
    name: "right",
    accept: true,
    kind: "consistency",
    first,
    second,
    firstRoot: rootAt(first),
    secondRoot: rootAt(second),
    proof: first === 0 ? [] : subproof(first, hashes(second), true).map(hex),
  };
  const { proof, firstRoot, secondRoot } = good;
  const bad = (name: string, changes: Partial<Consistency>): Consistency => ({
    ...good,
    name,
    accept: false,
    ...changes,
  });
  const vectors = [
    good,
    bad("wrong first root", { firstRoot: other }),
    bad("extra hash at the top", { proof: [...proof, other] }),
    bad("extra hash at the bottom", { proof: [other, ...proof] }),
    bad("a root cut short", { secondRoot: secondRoot.slice(2) }),
  ];
  if (first === 0) return vectors; // nothing is a prefix of everything: the second root is not looked at
  vectors.push(bad("wrong second root", { secondRoot: other }));
  if (first === second) return vectors;
  vectors.push(
    bad("swapped roots", { firstRoot: secondRoot, secondRoot: firstRoot }),
    bad("swapped sizes", { first: second, second: first }),
    bad("equal sizes, other roots", { first: second, proof: [] }),
    bad("one leaf fewer", { first: first - 1 }),
    bad("truncated at the top", { proof: proof.slice(0, -1) }),
    bad("truncated at the bottom", { proof: proof.slice(1) }),
    bad("a hash replaced", { proof: [...proof.slice(0, -1), other] }),
  );
  if (proof.length > 1) vectors.push(bad("swapped hashes", { proof: [...proof].reverse() }));
  return vectors;
}

/** All vectors. */
export function ownVectors(): OwnVector[] {
  const places: readonly (readonly [number, number])[] = [
    [0, 1],
    [0, 2],
    [1, 2],
    [2, 3],
    [0, 3],
    [3, 5],
    [4, 5],
    [5, 7],
    [6, 7],
    [0, 8],
    [7, 8],
    [8, 9],
    [9, 11],
  ];
  const sizes: readonly (readonly [number, number])[] = [
    [0, 0],
    [0, 5],
    [1, 1],
    [1, 2],
    [1, 8],
    [2, 3],
    [3, 4],
    [3, 7],
    [4, 8],
    [5, 7],
    [6, 8],
    [7, 7],
    [7, 11],
    [8, 11],
  ];
  return [
    ...places.flatMap(([index, size]) => inclusion(index, size)),
    innerAsLeaf(),
    ...duplicatedLastLeaf(),
    ...sizes.flatMap(([first, second]) => consistency(first, second)),
  ];
}
