import { derivePseudonym } from "@emrx/chain-adapter/identity";
import { buildBatch, hashLeaf, patientScope } from "@emrx/chain-adapter/payload";
import { fc, property } from "@emrx/testkit";
import { expect, test } from "vitest";
import { bytes, hex, root } from "../merkle/reference.js";
import { expectedLeaf, inputOf, scope } from "./sample.js";

property(
  "every leaf is the documented hash of its row, and the root is over the leaves in order",
  [fc.array(fc.nat({ max: 200 }), { minLength: 1, maxLength: 12 })],
  (lengths) => {
    const input = inputOf(lengths);
    const batch = buildBatch(input);
    const leaves: Uint8Array[] = [];
    for (let i = 0; i < lengths.length; i++) {
      const column = (of: Uint8Array): Uint8Array => of.subarray(i * 32, i * 32 + 32);
      const { offsets } = input.reports;
      const report = input.reports.bytes.subarray(offsets[i], offsets[i + 1]);
      const [pseudonym, salt] = [column(batch.pseudonyms), column(batch.salts)];
      const leaf = expectedLeaf(scope, pseudonym, i % 3, salt, report);
      expect(hex(batch.tree.leaf(i))).toBe(leaf);
      expect(hex(hashLeaf(scope, { pseudonym, profile: i % 3, salt, report }))).toBe(leaf);
      leaves.push(bytes(leaf));
      const patient = input.patients[i] as number;
      expect(pseudonym).toEqual(derivePseudonym(input.rootSecret, patientScope(scope), patient).id);
    }
    expect(hex(batch.root)).toBe(hex(root(leaves)));
  },
);

test("patients may come in any order: each row is of the patient in its place, and the list given stays as it was", () => {
  const input = { ...inputOf([3, 1, 2]), patients: Uint32Array.of(90, 7, 40) };
  const batch = buildBatch(input);
  expect([...input.patients]).toEqual([90, 7, 40]);
  for (const [i, patient] of [90, 7, 40].entries()) {
    const { id } = derivePseudonym(input.rootSecret, patientScope(scope), patient);
    expect(batch.pseudonyms.slice(i * 32, i * 32 + 32)).toEqual(id);
  }
});

test("leaves of long reports, short ones after long ones, and none at all are the documented hashes", () => {
  const [pseudonym, salt] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(3)];
  for (const length of [0, 64, 65, 255, 256, 65_536, 70_001]) {
    const report = Uint8Array.from({ length }, (_, i) => (i * 7) & 255);
    const leaf = expectedLeaf(scope, pseudonym, 70_000, salt, report);
    expect(hex(hashLeaf(scope, { pseudonym, profile: 70_000, salt, report }))).toBe(leaf);
  }
  const batch = buildBatch(inputOf([70_000, 3, 0, 300]));
  const { offsets, bytes: all } = batch.reports;
  for (let i = 0; i < 4; i++) {
    const row = (of: Uint8Array): Uint8Array => of.subarray(i * 32, i * 32 + 32);
    const report = all.subarray(offsets[i], offsets[i + 1]);
    const leaf = expectedLeaf(scope, row(batch.pseudonyms), i % 3, row(batch.salts), report);
    expect(hex(batch.tree.leaf(i))).toBe(leaf);
  }
});

test("a leaf binds each of its parts and its scope: changing any one changes the hash", () => {
  const part = (fill: number, length = 32): Uint8Array => new Uint8Array(length).fill(fill);
  const leaf = { pseudonym: part(2), profile: 3, salt: part(4), report: part(5, 3) };
  const other = "99".repeat(32);
  const hashes = [
    hashLeaf(scope, leaf),
    ...[{ ledger: other }, { site: other }, { schemaHash: other }, { round: 6 }].map((change) =>
      hashLeaf({ ...scope, ...change }, leaf),
    ),
    ...[
      { pseudonym: part(9) },
      { profile: 4 },
      { profile: 3 + 2 ** 31 },
      { salt: part(9) },
      { pseudonym: leaf.salt, salt: leaf.pseudonym },
      { report: part(9, 3) },
      { report: part(5, 2) },
      { report: part(5, 0) },
    ].map((change) => hashLeaf(scope, { ...leaf, ...change })),
  ].map(hex);
  expect(new Set(hashes).size).toBe(hashes.length);
});

test("another ledger, site or round has other pseudonyms, salts and leaves for the same reports", () => {
  const input = inputOf([3, 3]);
  const other = "99".repeat(32);
  const scopes = [
    scope,
    { ...scope, round: 6 },
    { ...scope, ledger: other },
    { ...scope, site: other },
  ];
  const batches = scopes.map((of) => buildBatch({ ...input, scope: of }));
  for (const column of ["pseudonyms", "salts"] as const) {
    const values = batches.flatMap((batch) =>
      [0, 32].map((at) => hex(batch[column].slice(at, at + 32))),
    );
    expect(new Set(values).size).toBe(8);
  }
  const leaves = batches.flatMap(({ tree }) => [hex(tree.leaf(0)), hex(tree.leaf(1))]);
  expect(new Set(leaves).size).toBe(8);
});

test("a batch whose columns disagree is refused", () => {
  const input = inputOf([2, 3, 4]);
  const { reports } = input;
  const bad = (code: string) => expect.objectContaining({ name: "LedgerError", code });
  for (const wrong of [
    { ...input, patients: Uint32Array.of(1, 2) },
    { ...input, patients: Uint32Array.of(5, 2, 5) },
    { ...input, patients: [1, 2, 3] as never },
    { ...input, patients: undefined as never },
    { ...input, profiles: Uint32Array.of(1, 2) },
    { ...input, profiles: undefined as never },
    { ...input, scope: { ...scope, round: -1 } },
    { ...input, scope: { ...scope, site: "22" } },
    { ...input, reports: { ...reports, count: 2 } },
    { ...input, reports: { ...reports, count: 4 } },
    { ...input, reports: { ...reports, count: Number.NaN } },
    { ...input, reports: { ...reports, bytes: reports.bytes.subarray(1) } },
    { ...input, reports: { ...reports, offsets: Uint32Array.of(1, 2, 5, 9) } },
    { ...input, reports: { ...reports, offsets: Uint32Array.of(0, 6, 5, 9) } },
    { ...input, reports: { ...reports, offsets: [0, 2, 5, 9] as never } },
    { ...input, ...inputOf([]) },
  ])
    expect(() => buildBatch(wrong)).toThrow(bad("EMRX_INVALID_BATCH"));
  expect(() => buildBatch({ ...input, rootSecret: new Uint8Array(31) })).toThrow(
    bad("EMRX_INVALID_KEY"),
  );
  const hash = new Uint8Array(32);
  const leaf = { pseudonym: hash, profile: 0, salt: hash, report: hash };
  for (const name of ["pseudonym", "profile", "salt"])
    expect(() => hashLeaf(scope, { ...leaf, [name]: new Uint8Array(33) })).toThrow(
      bad("EMRX_INVALID_BATCH"),
    );
  expect(() => hashLeaf(scope, { ...leaf, report: "x" as never })).toThrow(
    bad("EMRX_INVALID_BATCH"),
  );
});

test("building twice from the same secret gives the same batch", () => {
  expect(buildBatch(inputOf([1, 2, 3]))).toEqual(buildBatch(inputOf([1, 2, 3])));
});

test("messages say which column is wrong, and how", () => {
  const input = inputOf([2, 3]);
  const message = (change: object): string => {
    try {
      buildBatch({ ...input, ...change });
    } catch (error) {
      return (error as Error).message;
    }
    return "nothing was thrown";
  };
  expect(message({ scope: { ...scope, site: "22" } })).toMatch(
    /^input\.scope\.site is "22".*; expected 64 lowercase hexadecimal digits/,
  );
  expect(message({ reports: { ...input.reports, bytes: [1] } })).toMatch(
    /^input\.reports\.bytes is an array of 1 items; expected a Uint8Array/,
  );
  for (const wrong of [{ count: 3 }, { offsets: Uint32Array.of(0, 9, 5) }]) {
    expect(message({ reports: { ...input.reports, ...wrong } })).toMatch(
      /^input\.reports is .* whose offsets are count \+ 1 positions that never fall/,
    );
  }
  expect(message({ patients: Uint32Array.of(4, 4) })).toBe(
    "patients holds a patient twice; a patient publishes at most one report a round.",
  );
});
