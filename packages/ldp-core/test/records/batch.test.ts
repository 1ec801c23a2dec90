import { fc, property } from "@emrx/testkit";
import { expect, test } from "vitest";
import { createAccountant } from "../../src/accounting.js";
import {
  type BatchOptions,
  createRandomizer,
  defineSchema,
  encodeTable,
  memoryStore,
  policyFor,
  randomizeBatch,
  seededRandom,
  type Table,
} from "../../src/index.js";
import type { NumericMechanism } from "../../src/mechanisms.js";
import { parseReport, reportAt } from "../../src/records.js";
import { mechanismOf } from "../../src/schema.js";
import { example, exampleJson, expectError } from "../schema/example.js";

const policies = [
  policyFor(example),
  policyFor(example, { sex: "strict", stay: "withhold" }),
  policyFor(example, { sex: "withhold", stage: "withhold", bmi: "withhold" }),
];

function tableOf(rows: number): Table {
  const pick = (values: readonly string[]) =>
    Array.from({ length: rows }, (_, i) => values[i % values.length] as string);
  return encodeTable(example, {
    sex: pick(["male", "female"]),
    stage: pick(["I", "II", "?", "IV", ""]),
    BMI: pick(["20", "31.5", "44"]),
    stay: pick(["1", "?", "9"]),
  });
}

const optionsFor = (rows: number, change: Partial<BatchOptions> = {}): BatchOptions => ({
  policies,
  policyOf: Uint8Array.from({ length: rows }, (_, i) => i % policies.length),
  subjects: Array.from({ length: rows }, (_, i) => `patient ${i}`),
  lifetimeBudget: "3",
  memory: memoryStore(),
  random: seededRandom("batch"),
  ...change,
});

property(
  "every report of a batch is a report of its row's policy, at its place",
  [fc.nat(40)],
  (rows) => {
    const batch = randomizeBatch(example, tableOf(rows), optionsFor(rows));
    expect([batch.count, batch.offsets.length, batch.offsets[0], batch.offsets[rows]]).toEqual([
      rows,
      rows + 1,
      0,
      batch.bytes.length,
    ]);
    for (let row = 0; row < rows; row++) {
      const { pool, levels, disclosed } = policies[row % policies.length] as (typeof policies)[0];
      const items = parseReport(example, reportAt(batch, row));
      expect(items).toHaveLength(disclosed);
      for (const { attribute, level } of items) {
        expect(pool).toContain(attribute);
        expect(level).toBe(levels[attribute]);
      }
    }
  },
);

test("with a budget so large that nothing is randomized, a batch reports the true values of the right rows", () => {
  // At epsilon 32 a lie has probability below 1e-12: the bytes show which row each value came from.
  const schema = defineSchema({
    ...exampleJson,
    levels: { loose: "32", usual: "31", strict: "30" },
    disclose: { sample: 3 },
  });
  const rows = 30;
  const values = ["I", "II", "III", "IV", "?"];
  const stage = Array.from({ length: rows }, (_, i) => values[(i * 7) % 5] as string);
  const sex = Array.from({ length: rows }, (_, i) => (i % 3 === 0 ? "male" : "female"));
  const table = encodeTable(schema, {
    sex,
    stage,
    BMI: sex.map((s) => (s === "male" ? "70" : "10")),
    stay: stage.map((s) => (s === "?" ? "?" : "14")),
  });
  const batch = randomizeBatch(schema, table, {
    policies: [policyFor(schema)],
    subjects: sex.map((_, i) => `${i}`),
    lifetimeBudget: 100,
    memory: memoryStore(),
  });
  // The upper end of a range is a window mechanism's last cell, the first cell behind them is "missing".
  const cells = (attribute: number, level: number) =>
    (mechanismOf(schema, attribute, level) as NumericMechanism).cells;
  const truth = [
    (i: number) => (sex[i] === "male" ? 1 : 0),
    (i: number) => values.indexOf(stage[i] as string),
    (i: number) => (sex[i] === "male" ? cells(2, 1) - 1 : 0),
    (i: number) => (stage[i] === "?" ? cells(3, 2) : cells(3, 2) - 1),
  ];
  for (let row = 0; row < rows; row++)
    for (const { attribute, level, offset } of parseReport(schema, reportAt(batch, row)))
      expect(mechanismOf(schema, attribute, level).decode(reportAt(batch, row), offset)).toBe(
        truth[attribute]?.(row),
      );
});

test("a batch and the one-record randomizer share memory: either gives what the other gave, at no cost", () => {
  const memory = memoryStore();
  const table = tableOf(1);
  const options = optionsFor(1, { memory, subjects: ["ann"], policyOf: [0] });
  const bytes = reportAt(randomizeBatch(example, table, options), 0);
  const one = createRandomizer(example, { subject: "ann", memory, lifetimeBudget: "3" });
  expect(one.randomize({ sex: "male", stage: "I", bmi: 20, stay: 1 })).toEqual(bytes);
  expect(one.remaining()).toBe("0");
  const later = createRandomizer(example, { subject: "bob", memory, lifetimeBudget: "3" });
  const given = later.randomize({ sex: "male", stage: "I", bmi: 20, stay: 1 });
  expect(reportAt(randomizeBatch(example, table, { ...options, subjects: ["bob"] }), 0)).toEqual(
    given,
  );
});

test("rows of one subject: equal records share one report and one debit, different ones are paid each", () => {
  const memory = memoryStore();
  const table = tableOf(61); // rows 0, 30 and 60 are equal records
  const subjects = Array.from({ length: 61 }, (_, i) =>
    i % 30 === 0 || i === 1 ? "ann" : `patient ${i}`,
  );
  const options = optionsFor(61, {
    memory,
    subjects,
    policyOf: new Uint8Array(61),
    lifetimeBudget: "6",
  });
  const batch = randomizeBatch(example, table, options);
  expect(reportAt(batch, 30)).toEqual(reportAt(batch, 0));
  expect(reportAt(batch, 60)).toEqual(reportAt(batch, 0));
  expect(createAccountant(options).statement("ann")).toEqual([
    { amount: "3", note: "report example 1" },
    { amount: "3", note: "report example 1" },
  ]);
  expect(
    randomizeBatch(example, table, { ...options, random: seededRandom("again") }).bytes,
  ).toEqual(batch.bytes);
});

/** Everything a store was ever asked to keep. */
function watchedStore() {
  const inner = memoryStore();
  const writes: number[] = [];
  return {
    writes,
    store: {
      get: (key: string) => inner.get(key),
      set: (given: Iterable<readonly [string, Uint8Array]>) => {
        const entries = [...given];
        writes.push(entries.length);
        inner.set(entries);
      },
    },
  };
}

test("one write for a whole batch, none for a batch that was answered before", () => {
  const { store, writes } = watchedStore();
  const options = optionsFor(50, { memory: store });
  randomizeBatch(example, tableOf(50), options);
  randomizeBatch(example, tableOf(50), options);
  expect(writes).toEqual([50]);
});

test("a subject who cannot pay stops the whole batch: nothing is spent, the subject and what is left are named", () => {
  const { store, writes } = watchedStore();
  const options = optionsFor(50, { memory: store });
  createAccountant({ memory: store, lifetimeBudget: "3" }).spend("patient 42", "2.9", "before");
  expectError(
    () => randomizeBatch(example, tableOf(50), options),
    "EMRX_BUDGET_EXHAUSTED",
    '"patient 42"',
    "0.1 left",
  );
  expect(writes).toEqual([1]);
});

test("stopped by the signal or by an error at any look, nothing is spent and nothing is handed out", () => {
  const rows = 20_000; // several looks at the signal in each pass
  const table = tableOf(rows);
  const looks: [number, number][] = [];
  randomizeBatch(
    example,
    table,
    optionsFor(rows, { onProgress: (done, total) => looks.push([done, total]) }),
  );
  expect(looks.length).toBeGreaterThan(6);
  expect(looks.map(([done]) => done)).toEqual(looks.map(([done]) => done).sort((a, b) => a - b));
  expect(looks[0]).toEqual([0, 3 * rows]);
  expect(looks.at(-1)).toEqual([3 * rows, 3 * rows]);
  for (let stop = 0; stop < looks.length - 1; stop++) {
    const { store, writes } = watchedStore();
    const controller = new AbortController();
    let look = 0;
    const onProgress = () => {
      if (look++ === stop) controller.abort(new Error("enough"));
    };
    const options = optionsFor(rows, { memory: store, onProgress, signal: controller.signal });
    expectError(() => randomizeBatch(example, table, options), "EMRX_ABORTED", "nothing was spent");
    expect(writes).toEqual([]);
  }
  const failing = optionsFor(rows, {
    onProgress: () => {
      throw new Error("bar broke");
    },
  });
  expect(() => randomizeBatch(example, table, failing)).toThrow("bar broke");
});

test("a random source that breaks in the middle spends nothing", () => {
  const { store, writes } = watchedStore();
  const inner = seededRandom("x");
  let left = 30;
  const random = {
    fill(words: Uint32Array) {
      if (left-- === 0) throw new Error("no more randomness");
      inner.fill(words);
    },
  };
  expect(() =>
    randomizeBatch(example, tableOf(50), optionsFor(50, { memory: store, random })),
  ).toThrow("randomness");
  expect(writes).toEqual([]);
});

test("tables, policies and subjects that do not fit are refused", () => {
  const table = tableOf(3);
  const other = defineSchema({ ...exampleJson, version: 2 });
  const batch = (change: Partial<BatchOptions>) => () =>
    randomizeBatch(example, table, optionsFor(3, change));
  expectError(() => randomizeBatch(other, table, optionsFor(3)), "EMRX_MISMATCH", "table");
  expectError(
    batch({ policies: [policyFor(other)], policyOf: [0, 0, 0] }),
    "EMRX_MISMATCH",
    "policies[0]",
  );
  expectError(batch({ subjects: ["a", "b"] }), "EMRX_BAD_PARAMETER", "subjects has 2");
  expectError(batch({ subjects: ["a", "", "b"] }), "EMRX_BAD_PARAMETER", "subjects[1]");
  expectError(batch({ policyOf: [0, 0] }), "EMRX_BAD_PARAMETER", "policyOf has 2");
  expectError(batch({ policyOf: [0, 3, 0] }), "EMRX_BAD_PARAMETER", "policyOf[1] is 3");
  expectError(batch({ lifetimeBudget: 0 }), "EMRX_BAD_EPSILON", "lifetimeBudget");
  expect(randomizeBatch(example, tableOf(0), optionsFor(0)).count).toBe(0);
});
