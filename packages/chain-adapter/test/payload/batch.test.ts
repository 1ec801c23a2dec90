import { derivePseudonym } from "@emrx/chain-adapter/identity";
import { buildBatch, hashLeaf } from "@emrx/chain-adapter/payload";
import { fc, property } from "@emrx/testkit";
import { expect, test } from "vitest";
import { bytes, hex, root } from "../merkle/reference.js";
import { batchOf, expectedLeaf, inputOf, schemaHash } from "./sample.js";

property(
  "every leaf is the documented hash of its row, and the root is over the leaves in order",
  [fc.array(fc.nat({ max: 200 }), { minLength: 1, maxLength: 12 }), fc.boolean()],
  (lengths, ownConsent) => {
    const input = inputOf(lengths, ownConsent ? lengths.length : 1);
    const batch = buildBatch(input);
    const leaves: Uint8Array[] = [];
    for (let i = 0; i < lengths.length; i++) {
      const column = (of: Uint8Array): Uint8Array => of.subarray(i * 32, i * 32 + 32);
      const consent = ownConsent ? column(batch.consent) : batch.consent.subarray(0, 32);
      const { offsets } = input.reports;
      const report = input.reports.bytes.subarray(offsets[i], offsets[i + 1]);
      const [pseudonym, salt] = [column(batch.pseudonyms), column(batch.salts)];
      const leaf = expectedLeaf(5, pseudonym, consent, salt, report);
      expect(hex(column(batch.leaves))).toBe(leaf);
      const parts = { schemaHash, round: 5, pseudonym, consent, salt, report };
      expect(hex(hashLeaf(parts))).toBe(leaf);
      leaves.push(bytes(leaf));
      const patient = input.patients[i] as number;
      expect(pseudonym).toEqual(derivePseudonym(input.rootSecret, input.scope, patient).id);
    }
    expect(hex(batch.root)).toBe(hex(root(leaves)));
  },
);

test("patients may come in any order: each row is of the patient in its place, and the list given stays as it was", () => {
  const input = { ...inputOf([3, 1, 2]), patients: Uint32Array.of(90, 7, 40) };
  const batch = buildBatch(input);
  expect([...input.patients]).toEqual([90, 7, 40]);
  for (const [i, patient] of [90, 7, 40].entries()) {
    const { id } = derivePseudonym(input.rootSecret, input.scope, patient);
    expect(batch.pseudonyms.slice(i * 32, i * 32 + 32)).toEqual(id);
  }
});

test("leaves of long reports, short ones after long ones, and none at all are the documented hashes", () => {
  for (const length of [0, 64, 65, 255, 256, 65_536, 70_001]) {
    const report = Uint8Array.from({ length }, (_, i) => (i * 7) & 255);
    const [pseudonym, consent, salt] = [1, 2, 3].map((fill) => new Uint8Array(32).fill(fill));
    const parts = { pseudonym, consent, salt } as Record<
      "pseudonym" | "consent" | "salt",
      Uint8Array
    >;
    const leaf = expectedLeaf(5, parts.pseudonym, parts.consent, parts.salt, report);
    expect(hex(hashLeaf({ schemaHash, round: 5, ...parts, report }))).toBe(leaf);
  }
  const batch = buildBatch(inputOf([70_000, 3, 0, 300]));
  const { offsets, bytes: all } = batch.reports;
  for (let i = 0; i < 4; i++) {
    const row = (of: Uint8Array): Uint8Array => of.subarray(i * 32, i * 32 + 32);
    const report = all.subarray(offsets[i], offsets[i + 1]);
    const consent = batch.consent.subarray(0, 32);
    const leaf = expectedLeaf(5, row(batch.pseudonyms), consent, row(batch.salts), report);
    expect(hex(row(batch.leaves))).toBe(leaf);
  }
});

test("a leaf binds each of its parts: changing any one changes the hash", () => {
  const part = (fill: number, length = 32): Uint8Array => new Uint8Array(length).fill(fill);
  const leaf = {
    schemaHash: part(1),
    round: 1,
    pseudonym: part(2),
    consent: part(3),
    salt: part(4),
    report: part(5, 3),
  };
  const hashes = [
    leaf,
    { ...leaf, schemaHash: part(9) },
    { ...leaf, round: 2 },
    { ...leaf, round: 2 ** 32 + 1 },
    { ...leaf, pseudonym: part(9) },
    { ...leaf, consent: part(9) },
    { ...leaf, salt: part(9) },
    { ...leaf, pseudonym: leaf.salt, salt: leaf.pseudonym },
    { ...leaf, report: part(9, 3) },
    { ...leaf, report: part(5, 2) },
    { ...leaf, report: part(5, 0) },
  ].map((each) => hex(hashLeaf(each)));
  expect(new Set(hashes).size).toBe(hashes.length);
});

test("another round or domain has other pseudonyms, salts and leaves for the same reports", () => {
  const input = inputOf([3, 3]);
  const scopes = [
    input.scope,
    { ...input.scope, round: 6 },
    { ...input.scope, domain: "trial-ledger/st-john" },
    { ...input.scope, role: "donor" },
  ];
  const batches = scopes.map((scope) => buildBatch({ ...input, scope }));
  for (const column of ["pseudonyms", "salts", "leaves"] as const) {
    const values = batches.flatMap((batch) => [
      hex(batch[column].subarray(0, 32)),
      hex(batch[column].subarray(32)),
    ]);
    expect(new Set(values).size).toBe(8);
  }
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
    { ...input, consent: new Uint8Array(64) },
    { ...input, consent: new Uint8Array() },
    { ...input, consent: undefined as never },
    { ...input, schemaHash: new Uint8Array(31) },
    { ...input, reports: { ...reports, count: 2 } },
    { ...input, reports: { ...reports, count: 4 } },
    { ...input, reports: { ...reports, count: Number.NaN } },
    { ...input, reports: { ...reports, bytes: reports.bytes.subarray(1) } },
    { ...input, reports: { ...reports, offsets: Uint32Array.of(1, 2, 5, 9) } },
    { ...input, reports: { ...reports, offsets: Uint32Array.of(0, 6, 5, 9) } },
    { ...input, reports: { ...reports, offsets: [0, 2, 5, 9] as never } },
    { ...input, ...inputOf([]) },
  ]) {
    expect(() => buildBatch(wrong)).toThrow(bad("EMRX_INVALID_BATCH"));
  }
  expect(() => buildBatch({ ...input, rootSecret: new Uint8Array(31) })).toThrow(
    bad("EMRX_INVALID_KEY"),
  );
  expect(() => buildBatch({ ...input, scope: { ...input.scope, round: -1 } })).toThrow(
    bad("EMRX_INVALID_LABEL"),
  );
  const leaf = {
    schemaHash,
    round: 1,
    pseudonym: schemaHash,
    consent: schemaHash,
    salt: schemaHash,
  };
  for (const name of ["schemaHash", "pseudonym", "consent", "salt"]) {
    const wrong = { ...leaf, report: new Uint8Array(), [name]: new Uint8Array(33) };
    expect(() => hashLeaf(wrong)).toThrow(bad("EMRX_INVALID_BATCH"));
  }
  expect(() => hashLeaf({ ...leaf, report: "x" as never })).toThrow(bad("EMRX_INVALID_BATCH"));
});

test("building twice from the same secret gives the same batch", () => {
  expect(batchOf([1, 2, 3])).toEqual(batchOf([1, 2, 3]));
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
  expect(message({ schemaHash: new Uint8Array(31) })).toMatch(
    /^input\.schemaHash is .*31 entries; expected a Uint8Array of 32 bytes/,
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
    "patients holds 4 twice; a patient publishes at most one report a round.",
  );
});
