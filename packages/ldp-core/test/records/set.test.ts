// Sets of codes, from the schema to the estimate.
import { fc, property } from "@emrx/testkit";
import { expect, test } from "vitest";
import { createAccountant } from "../../src/accounting.js";
import { aggregatorFromBytes } from "../../src/aggregation.js";
import { privsetCurve } from "../../src/allocation/error-curve.js";
import {
  createAggregator,
  createRandomizer,
  defineSchema,
  encodeTable,
  exactAudit,
  memoryStore,
  policyFor,
  randomizeBatch,
  type SchemaJson,
  seededRandom,
} from "../../src/index.js";
import { type PrivSet, privset } from "../../src/mechanisms.js";
import {
  createLongitudinalRandomizer,
  createStatelessRandomizer,
  parseReport,
  reportAt,
} from "../../src/records.js";
import { compareSchemas, mechanismOf, schemaJsonSchema } from "../../src/schema.js";
import { expectError, expectRejection } from "../expect-error.js";

const json = {
  id: "visits",
  version: 1,
  levels: { usual: "2", strict: "1" },
  attributes: {
    sex: { type: "categorical", values: ["female", "male"], level: "usual" },
    diagnoses: {
      type: "set",
      values: ["428", "250.8", "401", "414", "V57", "786"],
      atMost: 3,
      level: "usual",
      missing: ["?"],
      column: "codes",
    },
  },
  disclose: "all",
} as const;
const schema = defineSchema(json);
const sets = schema.attributes[1] as (typeof schema.attributes)[1] & {};

test("a set attribute is PrivSet over its codes and missing, and costs its level once for the whole set", () => {
  const mechanism = mechanismOf(schema, 1, 0) as PrivSet;
  expect([mechanism.name, mechanism.categories, mechanism.atMost]).toEqual(["privset", 7, 3]);
  expect(mechanism.identity).toBe(privset({ categories: 7, atMost: 3, epsilon: "2" }).identity);
  expect(exactAudit(mechanism).withinBudget).toBe(true);
  expect(policyFor(schema).debit).toBe("4");
  expect(policyFor(schema, { diagnoses: "strict" }).debit).toBe("3");
  expect(sets).toMatchObject({ type: "set", categories: 7, atMost: 3, missing: ["?"] });
});

test("a table takes sets as texts with bars or as lists; order and repetition make no difference", () => {
  const texts = ["428|401", "401|428|401", "", "?", "250.8"];
  const sex = texts.map(() => "male");
  const table = encodeTable(schema, { sex, codes: texts });
  expect(table.columns[1]).toEqual({
    codes: Uint16Array.of(0, 2, 0, 2, 6, 1),
    offsets: Uint32Array.of(0, 2, 4, 4, 5, 6),
  });
  const lists = [["401", "428"], ["428", "401"], [], ["250.8"]];
  expect(encodeTable(schema, { sex: sex.slice(1), codes: lists }).columns[1]).toEqual({
    codes: Uint16Array.of(0, 2, 0, 2, 1),
    offsets: Uint32Array.of(0, 2, 4, 4, 5),
  });
});

test("records are typed: a set is a list of its codes, a missing token or null", async () => {
  const make = () =>
    createRandomizer(schema, {
      lifetimeBudget: "8",
      memory: memoryStore(),
      randomForTests: seededRandom("typed"),
    });
  const randomizer = make();
  const bytes = await randomizer.randomize({ sex: "male", diagnoses: ["428", "V57"] });
  expect(await randomizer.randomize({ sex: "male", diagnoses: ["V57", "428", "V57"] })).toEqual(
    bytes,
  );
  expect(await randomizer.remaining()).toBe("4");
  const missing = await make().randomize({ sex: "male", diagnoses: null });
  expect(await make().randomize({ sex: "male", diagnoses: "?" })).toEqual(missing);
  await expectRejection(
    // @ts-expect-error a code that the schema does not have
    () => randomizer.randomize({ sex: "male", diagnoses: ["999"] }),
    "EMRX_VALUE_OUTSIDE_DOMAIN",
    "diagnoses",
  );
  await expectRejection(
    // @ts-expect-error a text is no list
    () => randomizer.randomize({ sex: "male", diagnoses: "428|401" }),
    "EMRX_VALUE_OUTSIDE_DOMAIN",
  );
  expect(await randomizer.remaining()).toBe("4");
});

test("report bytes have one length whatever the set, and parse back", async () => {
  const k = (mechanismOf(schema, 1, 0) as PrivSet).size;
  const lengths: number[] = [];
  for (const diagnoses of [[], ["428"], ["428", "401", "414", "V57", "786"], null]) {
    const bytes = await createRandomizer(schema, {
      lifetimeBudget: "4",
      memory: memoryStore(),
    }).randomize({ sex: "female", diagnoses } as never);
    expect(parseReport(schema, bytes).map(({ attribute }) => attribute)).toEqual([0, 1]);
    lengths.push(bytes.length);
  }
  expect(new Set(lengths)).toEqual(new Set([35 + 3 + 1 + 3 + 2 * k]));
});

/** A population with known shares; nobody has more than three codes. */
const people = Array.from({ length: 6000 }, (_, i) => ({
  sex: i % 2 === 0 ? "female" : "male",
  codes:
    i % 10 === 0
      ? "?"
      : i % 10 < 4
        ? "428|401"
        : i % 10 < 6
          ? "414|V57|786"
          : i % 10 < 9
            ? "428"
            : "",
}));
const shares = new Map<string | null, number>([
  ["428", 0.6],
  ["250.8", 0],
  ["401", 0.3],
  ["414", 0.2],
  ["V57", 0.2],
  ["786", 0.2],
  [null, 0.1],
]);

test("a study of sets: batch, aggregator and state bytes, and each code's share within five standard errors", async () => {
  const table = encodeTable(schema, {
    sex: people.map(({ sex }) => sex),
    codes: people.map(({ codes }) => codes),
  });
  const memory = memoryStore();
  const options = {
    policies: [policyFor(schema), policyFor(schema, { diagnoses: "strict" })],
    policyOf: people.map((_, i) => (i % 3 === 0 ? 1 : 0)),
    subjects: people.map((_, i) => `patient ${i}`),
    lifetimeBudget: "4",
    memory,
    randomForTests: seededRandom("sets"),
  };
  const batch = await randomizeBatch(schema, table, options);
  const accountant = createAccountant({ memory, lifetimeBudget: "4" });
  expect(await accountant.spent("patient 1")).toBe("4");
  expect(await accountant.spent("patient 0")).toBe("3");
  const again = (await randomizeBatch(schema, table, options)).bytes; // memoized: nothing is spent
  expect(Buffer.compare(again, batch.bytes)).toBe(0);

  const study = createAggregator(schema);
  study.addBatch(batch);
  const single = createAggregator(schema);
  for (let i = 0; i < batch.count; i++) single.add(reportAt(batch, i));
  expect(single.toBytes()).toEqual(study.toBytes());
  const restored = aggregatorFromBytes(schema, study.toBytes());
  for (const weights of ["inverse-variance", "proportional"] as const) {
    const estimate = restored.estimate("diagnoses", { weights });
    if (estimate.type !== "frequencies") return expect.fail("a set has frequencies");
    expect(estimate.labels).toEqual([...shares.keys()]);
    expect(estimate.groups.map(({ level, mechanism, n }) => [level, mechanism, n])).toEqual([
      ["usual", "privset", 4000],
      ["strict", "privset", 2000],
    ]);
    // The combined variance is that of fixed weights over the groups, by the mechanism's closed form at the estimate.
    for (const [v, label] of estimate.labels.entries()) {
      const error = (estimate.frequencies[v] as number) - (shares.get(label) as number);
      expect(Math.abs(error)).toBeLessThan(5 * Math.sqrt(estimate.variances[v] as number));
    }
  }
});

test("of a set larger than atMost a random part counts: a code of s codes for atMost / s", async () => {
  const small = defineSchema({
    ...json,
    attributes: { diagnoses: { ...json.attributes.diagnoses, atMost: 1 } },
  });
  const n = 20_000;
  const table = encodeTable(small, { codes: Array.from({ length: n }, () => "428|401|414|V57") });
  const study = createAggregator(small);
  study.addBatch(
    await randomizeBatch(small, table, {
      policies: [policyFor(small)],
      subjects: Array.from({ length: n }, (_, i) => `${i}`),
      lifetimeBudget: "2",
      memory: memoryStore(),
      randomForTests: seededRandom("larger"),
    }),
  );
  const estimate = study.estimate("diagnoses", { cohort: 10 * n }); // the draw of a code adds to the noise
  if (estimate.type !== "frequencies") return expect.fail("a set has frequencies");
  for (const [v, f] of estimate.frequencies.entries()) {
    const expected = [0, 2, 3, 4].includes(v) ? 1 / 4 : 0;
    expect(Math.abs(f - expected)).toBeLessThan(5 * Math.sqrt(estimate.variances[v] as number));
  }
});

test("repeated publishing knows a set by its codes; the secret's owner pays for every set stated", async () => {
  const memory = memoryStore();
  const first = createLongitudinalRandomizer(schema, { lifetimeBudget: "8", memory });
  const before = await first.randomize({ sex: "male", diagnoses: ["428", "V57"] });
  expect(await first.update({ sex: "male", diagnoses: ["V57", "428"] })).toBeUndefined();
  expect(await first.remaining()).toBe("4");
  await first.randomize({ sex: "male", diagnoses: ["428"] });
  expect(await first.remaining()).toBe("2");
  expect(await first.randomize({ sex: "male", diagnoses: ["428", "V57"] })).toEqual(before);

  // 100 values of sex would be 2, but 100 sets are 100.
  const account = { lifetimeBudget: "204", memory: memoryStore() };
  const secret = new Uint8Array(32).fill(7);
  const stateless = await createStatelessRandomizer(schema, {
    ...account,
    secret,
    mostValues: 100,
  });
  expect(await createAccountant(account).spent("self")).toBe("204");
  const record = { sex: "male", diagnoses: ["401", "428"] } as const;
  expect(stateless.randomize({ ...record, diagnoses: ["428", "401"] })).toEqual(
    stateless.randomize(record),
  );
});

test("a set that changes its codes, its limit or its missing values is another domain; a set is no category", () => {
  const change = (diagnoses: object) =>
    compareSchemas(
      schema,
      defineSchema({ ...json, attributes: { ...json.attributes, diagnoses } } as SchemaJson),
    ).attributes.get("diagnoses");
  const was = json.attributes.diagnoses;
  const { missing: _, ...never } = was;
  expect(change({ ...was, column: "other" })).toBe("column");
  expect(change({ ...was, level: "strict" })).toBe("epsilon");
  expect(change({ ...was, atMost: 4 })).toBe("domain");
  expect(change({ ...was, values: was.values.slice(1) })).toBe("domain");
  expect(change(never)).toBe("domain");
  const { atMost: __, ...listed } = was;
  expect(change({ ...listed, type: "categorical" })).toBe("type");
  expect(change({ type: "public", values: was.values })).toBe("type");
});

test("wrong set attributes are refused with their JSON path", () => {
  const define = (change: object) => () =>
    defineSchema({
      ...json,
      attributes: { diagnoses: { ...json.attributes.diagnoses, ...change } },
    } as SchemaJson);
  for (const atMost of [0, 65, 1.5, "3", undefined])
    expectError(define({ atMost }), "EMRX_BAD_SCHEMA", "attributes.diagnoses.atMost");
  expectError(define({ atMost: 20 }), "EMRX_BAD_SCHEMA", "attributes.diagnoses", "atMost is 20");
  expectError(define({ values: ["a", ""] }), "EMRX_BAD_SCHEMA", "attributes.diagnoses.values[1]");
  expectError(
    define({ values: ["a", "b|c"] }),
    "EMRX_BAD_SCHEMA",
    "attributes.diagnoses.values[1]",
  );
  expectError(define({ values: ["a", "a"] }), "EMRX_BAD_SCHEMA", "attributes.diagnoses.values[1]");
  expectError(define({ missing: ["428"] }), "EMRX_BAD_SCHEMA", "attributes.diagnoses.missing[0]");
  expectError(define({ range: [0, 1] }), "EMRX_BAD_SCHEMA", "attributes.diagnoses.range");
  expectError(define({ type: "sets" }), "EMRX_BAD_SCHEMA", "attributes.diagnoses.type");
  expectError(define({ type: "toString" }), "EMRX_BAD_SCHEMA", "attributes.diagnoses.type");
  expect(JSON.stringify(schemaJsonSchema())).toContain('"const":"set"');
});

property(
  "a table with a wrong set names the column and the row, whatever is in it",
  [
    fc.oneof(
      fc.jsonValue(),
      fc.constantFrom("428|", "|", "428||401", "428 |401", ["428", ""], ["?"]),
    ),
  ],
  (value) => {
    const codes = new Set<unknown>(json.attributes.diagnoses.values);
    const isSet =
      value === null ||
      value === "" ||
      value === "?" ||
      (typeof value === "string" && value.split("|").every((code) => codes.has(code))) ||
      (Array.isArray(value) && value.every((code) => codes.has(code)));
    const encode = () =>
      encodeTable(schema, { sex: ["male", "male"], codes: ["428", value] as never });
    if (isSet) expect(encode().rows).toBe(2);
    else expectError(encode, "EMRX_VALUE_OUTSIDE_DOMAIN", "columns.codes[1]", "a list of codes");
  },
);

property(
  "the error curve of a budget split is PrivSet's variance at the best report size, with its slope",
  [
    fc.integer({ min: 2, max: 60 }),
    fc.integer({ min: 1, max: 6 }),
    fc.integer({ min: 2, max: 50 }).map((tenths) => tenths / 10),
  ],
  (d, most, epsilon) => {
    const atMost = Math.min(d, most);
    const curve = privsetCurve(d, atMost, epsilon);
    const mechanism = privset({ categories: d, atMost, epsilon });
    const { variance, slope } = curve;
    expect(Math.abs(variance(epsilon) / mechanism.variance(1, 0) - 1)).toBeLessThan(1e-5);
    const h = 1e-5 * epsilon;
    const difference = (variance(epsilon + h) - variance(epsilon - h)) / (2 * h);
    expect(Math.abs(slope(epsilon) / difference - 1)).toBeLessThan(1e-5);
    expect(slope(epsilon)).toBeLessThan(slope(1.1 * epsilon)); // convex
  },
  { numRuns: 40 },
);

test("one budget for a record is split between a set and a category, and both together keep to it", () => {
  const split = defineSchema({ ...json, disclose: { budget: "2" } });
  if (split.disclose.rule !== "budget") return expect.fail("a budget is split");
  const [sex, diagnoses] = split.disclose.shares.map(Number) as [number, number];
  expect(sex + diagnoses).toBeLessThanOrEqual(2);
  expect(sex + diagnoses).toBeGreaterThan(1.99999);
  expect(diagnoses).toBeGreaterThan(sex); // a set's codes are harder to estimate
  expect(mechanismOf(split, 1, 0).epsilon).toBe(split.disclose.shares[1]);
});
