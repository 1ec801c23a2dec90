// The Merkle tree of a log in memory: appending to it, proving with it, and checking what it proves.
import { type BenchEntry, benchEntry } from "../../../bench/entry.js";
import { MerkleTree, merkleLeafHash, verifyConsistency, verifyInclusion } from "../src/merkle.js";

const million = 1_000_000;
const perRun = 2_000;

/** Places all over the log, by the golden section. */
const places = Array.from({ length: perRun }, (_, i) => ((i + 1) * 618_033) % million);

function leafHashes(count: number): Uint8Array[] {
  const bytes = new Uint8Array(4);
  return Array.from({ length: count }, (_, i) => {
    new DataView(bytes.buffer).setUint32(0, i);
    return merkleLeafHash(bytes);
  });
}

function fullTree() {
  const leaves = leafHashes(million);
  const tree = new MerkleTree();
  for (const leaf of leaves) tree.append(leaf);
  return { leaves, tree, root: tree.root() };
}

function proven() {
  const { leaves, tree, root } = fullTree();
  return {
    inclusions: places.map((index) => ({
      leaf: leaves[index] as Uint8Array,
      index,
      size: million,
      proof: tree.inclusionProof(index),
      root,
    })),
    consistencies: places.map((first) => ({
      first,
      second: million,
      firstRoot: tree.root(first),
      secondRoot: root,
      proof: tree.consistencyProof(first, million),
    })),
  };
}

function entry<State>(
  operation: string,
  setup: () => State,
  run: (state: State) => unknown,
): BenchEntry {
  return benchEntry({
    name: `chain-adapter/merkle/${operation}/n=1M`,
    unit: "proofs",
    work: perRun,
    baseline: "limit/mix32",
    setup,
    run,
  });
}

function all<Claim>(claims: readonly Claim[], verify: (claim: Claim) => boolean): void {
  for (const claim of claims) if (!verify(claim)) throw new Error("a right proof was refused");
}

const proofs: readonly BenchEntry[] = [
  benchEntry({
    name: "chain-adapter/merkle/append/n=100k",
    unit: "leaves",
    work: 100_000,
    baseline: "limit/mix32",
    setup: () => leafHashes(100_000),
    run(leaves) {
      const tree = new MerkleTree();
      for (const leaf of leaves) tree.append(leaf);
      return tree.root();
    },
  }),
  entry("prove-inclusion", fullTree, ({ tree }) => {
    for (const place of places) tree.inclusionProof(place);
  }),
  entry("prove-consistency", fullTree, ({ tree }) => {
    for (const place of places) tree.consistencyProof(place, million);
  }),
  entry("verify-inclusion", proven, ({ inclusions }) => all(inclusions, verifyInclusion)),
  entry("verify-consistency", proven, ({ consistencies }) => all(consistencies, verifyConsistency)),
];
export default proofs;
