import { readFileSync, writeFileSync } from "node:fs";
import { merkleLeafHash, verifyConsistency, verifyInclusion } from "@emrx/chain-adapter/merkle";
import { expect, test } from "vitest";
import { type OwnVector, ownVectors } from "./own-vectors.js";
import { bytes } from "./reference.js";

const file = new URL("rfc6962-vectors.jsonl", import.meta.url);
if (process.env["EMRX_WRITE_VECTORS"] === "1") {
  writeFileSync(
    file,
    ownVectors()
      .map((vector) => `${JSON.stringify(vector)}\n`)
      .join(""),
  );
}
const kept = readFileSync(file, "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as OwnVector);

test("the vectors kept are those that the recursive definitions give", () => {
  expect(kept).toEqual(ownVectors());
});

test("every kind of false proof is among them", () => {
  const names = new Set(kept.filter(({ accept }) => !accept).map(({ name }) => name));
  for (const name of [
    "wrong root",
    "swapped hashes",
    "swapped roots",
    "truncated at the top",
    "inner node as leaf",
    "duplicated last leaf",
  ])
    expect(names).toContain(name);
  expect(kept.filter(({ accept }) => accept).length).toBe(28);
});

test.each(kept.map((vector, i) => [i, vector.kind, vector.name, vector] as const))(
  "%i %s: %s",
  (_, __, ___, vector) => {
    const proof = vector.proof.map(bytes);
    const found =
      vector.kind === "inclusion"
        ? verifyInclusion({
            ...vector,
            leaf: merkleLeafHash(bytes(vector.data)),
            root: bytes(vector.root),
            proof,
          })
        : verifyConsistency({
            ...vector,
            firstRoot: bytes(vector.firstRoot),
            secondRoot: bytes(vector.secondRoot),
            proof,
          });
    expect(found).toBe(vector.accept);
  },
);
