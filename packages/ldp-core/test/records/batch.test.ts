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
  type ReportBatch,
  randomizeBatch,
  type Store,
  seededRandom,
  type Table,
} from "../../src/index.js";
import type { NumericMechanism } from "../../src/mechanisms.js";
import { parseReport, reportAt } from "../../src/records.js";
import { mechanismOf } from "../../src/schema.js";
import { expectRejection } from "../expect-error.js";
import { example, exampleJson } from "../schema/example.js";

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
  randomForTests: seededRandom("batch"),
  ...change,
});

property(
  "every report of a batch is a report of its row's policy, at its place",
  [fc.nat(40)],
  async (rows) => {
    const batch = await randomizeBatch(example, tableOf(rows), optionsFor(rows));
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

test("with a budget so large that nothing is randomized, a batch reports the true values of the right rows", async () => {
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
  const batch = await randomizeBatch(schema, table, {
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

test("a batch and the one-record randomizer share memory: either gives what the other gave, at no cost", async () => {
  const memory = memoryStore();
  const table = tableOf(1);
  const options = optionsFor(1, { memory, subjects: ["ann"], policyOf: [0] });
  const bytes = reportAt(await randomizeBatch(example, table, options), 0);
  const one = createRandomizer(example, { subject: "ann", memory, lifetimeBudget: "3" });
  expect(await one.randomize({ sex: "male", stage: "I", bmi: 20, stay: 1 })).toEqual(bytes);
  expect(await one.remaining()).toBe("0");
  const later = createRandomizer(example, { subject: "bob", memory, lifetimeBudget: "3" });
  const given = await later.randomize({ sex: "male", stage: "I", bmi: 20, stay: 1 });
  expect(
    reportAt(await randomizeBatch(example, table, { ...options, subjects: ["bob"] }), 0),
  ).toEqual(given);
});

test("rows of one subject: equal records share one report and one debit, different ones are paid each", async () => {
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
    repeatedSubjects: "charge",
  });
  const batch = await randomizeBatch(example, table, options);
  expect(reportAt(batch, 30)).toEqual(reportAt(batch, 0));
  expect(reportAt(batch, 60)).toEqual(reportAt(batch, 0));
  expect(await createAccountant({ memory, lifetimeBudget: "6" }).statement("ann")).toEqual([
    { amount: "3", note: "report example 1" },
    { amount: "3", note: "report example 1" },
  ]);
  expect(
    (await randomizeBatch(example, table, { ...options, randomForTests: seededRandom("again") }))
      .bytes,
  ).toEqual(batch.bytes);
});

/** Everything a store was ever asked to keep. */
function watchedStore() {
  const inner = memoryStore();
  const writes: number[] = [];
  const store: Store = {
    read: (keys) => inner.read(keys),
    write: (entries) => {
      writes.push(entries.length);
      return inner.write(entries);
    },
  };
  return { writes, store };
}

test("one write for a chunk, none for a batch that was answered before", async () => {
  const { store, writes } = watchedStore();
  const options = optionsFor(50, { memory: store });
  await randomizeBatch(example, tableOf(50), options);
  await randomizeBatch(example, tableOf(50), options);
  expect(writes).toEqual([50]);
});

test("a subject who cannot pay stops the whole batch: nothing is spent, the row and what is left are named, the subject is not", async () => {
  const { store, writes } = watchedStore();
  const options = optionsFor(50, { memory: store });
  const accountant = createAccountant({ memory: store, lifetimeBudget: "3" });
  await accountant.spend("patient 42", "2.9", "before");
  const error = await randomizeBatch(example, tableOf(50), options).catch((caught) => caught);
  expect(error.code).toBe("EMRX_BUDGET_EXHAUSTED");
  expect(error.message).toMatch(/row 42\b.*0\.1 left/);
  expect(error.message).not.toContain("patient");
  expect(writes).toEqual([1]);

  // Or their rows alone are left out, and named.
  await accountant.spend("patient 7", "3", "before");
  const batch = await randomizeBatch(example, tableOf(50), { ...options, onExhausted: "skip" });
  expect([...batch.skipped]).toEqual([7, 42]);
  expect(batch.count).toBe(48);
  expect(writes).toEqual([1, 1, 48]);
  const whole = await randomizeBatch(example, tableOf(50), optionsFor(50));
  const lengths = (of: ReportBatch) =>
    Array.from({ length: of.count }, (_, i) => reportAt(of, i).length);
  const expected = lengths(whole).filter((_, row) => row !== 7 && row !== 42);
  expect(lengths(batch)).toEqual(expected); // the others' reports, in the order of their rows
  expect(await accountant.spent("patient 42")).toBe("2.9");
});

test("a subject in two rows is refused with both rows, unless each record is to be charged", async () => {
  const { store, writes } = watchedStore();
  const subjects = ["ann", "bob", "cat", "bob"];
  const options = optionsFor(4, { memory: store, subjects, lifetimeBudget: "9" });
  await expectRejection(
    () => randomizeBatch(example, tableOf(4), options),
    "EMRX_REPEATED_SUBJECT",
    "rows 1 and 3",
  );
  expect(writes).toEqual([]);
  const charged = { ...options, repeatedSubjects: "charge" } as const;
  expect((await randomizeBatch(example, tableOf(4), charged)).count).toBe(4);
});

const large = 40_000; // three chunks

test("stopped by the signal or by an error at any look: what was paid comes again without a debit, and nothing is handed out", async () => {
  const table = tableOf(large);
  const looks: [number, number][] = [];
  const whole = optionsFor(large, { onProgress: (done, total) => looks.push([done, total]) });
  await randomizeBatch(example, table, whole);
  expect(looks.length).toBeGreaterThan(5);
  expect(looks.map(([done]) => done)).toEqual(looks.map(([done]) => done).sort((a, b) => a - b));
  expect(looks[0]).toEqual([0, 2 * large]);
  expect(looks.at(-1)).toEqual([2 * large, 2 * large]);
  for (let stop = 0; stop < looks.length; stop++) {
    const { store, writes } = watchedStore();
    const controller = new AbortController();
    const bar = new Error("bar broke");
    let look = 0;
    const onProgress = () => {
      if (look++ !== stop) return;
      if (stop % 2 === 0) throw bar;
      controller.abort(new Error("enough"));
    };
    const options = optionsFor(large, { memory: store, onProgress, signal: controller.signal });
    const error = await randomizeBatch(example, table, options).catch((caught) => caught);
    if (stop % 2 === 0) expect(error).toBe(bar);
    else expect(error.code).toBe("EMRX_ABORTED");
    const paid = writes.reduce((sum, size) => sum + size, 0);
    expect(paid).toBeLessThan(large);
    const { onProgress: _, signal: __, ...again } = options;
    const batch = await randomizeBatch(example, table, again);
    expect(batch.count).toBe(large);
    expect(writes.reduce((sum, size) => sum + size, 0)).toBe(large);
  }
});

test("chunks of a batch: a repeated record has one report and one debit, wherever its rows stand", async () => {
  const memory = memoryStore();
  const subjects = Array.from({ length: large }, (_, i) => `patient ${i % (large - 60)}`);
  const policyOf = new Uint8Array(large);
  const options = optionsFor(large, {
    ...{ memory, subjects, policyOf, lifetimeBudget: "6" },
    repeatedSubjects: "charge",
  });
  const batch = await randomizeBatch(example, tableOf(large), options); // rows 30 apart are equal records
  for (let i = 0; i < 60; i++)
    if ((large - 60) % 30 === 0)
      expect(reportAt(batch, large - 60 + i)).toEqual(reportAt(batch, i));
    else expect(reportAt(batch, large - 60 + i).length).toBeGreaterThan(0);
  const accountant = createAccountant({ memory, lifetimeBudget: "6" });
  const same = (large - 60) % 30 === 0;
  for (const patient of [0, 20, 59])
    expect(await accountant.spent(`patient ${patient}`)).toBe(same ? "3" : "6");
  expect(await accountant.spent("patient 61")).toBe("3");
});

test("two workers over one store: a person is paid once, and both get the same report", async () => {
  const memory = memoryStore();
  const table = tableOf(large);
  const [first, second] = await Promise.all([
    await randomizeBatch(example, table, optionsFor(large, { memory })),
    await randomizeBatch(
      example,
      table,
      optionsFor(large, { memory, randomForTests: seededRandom("b") }),
    ),
  ]);
  expect(first.bytes).toEqual(second.bytes);
  const accountant = createAccountant({ memory, lifetimeBudget: "3" });
  for (const patient of [0, 20_000, 39_999])
    expect((await accountant.statement(`patient ${patient}`)).length).toBe(1);
});

test("a random source that breaks in the middle spends nothing", async () => {
  const { store, writes } = watchedStore();
  const inner = seededRandom("x");
  let left = 30;
  const randomForTests = {
    fill(words: Uint32Array) {
      if (left-- === 0) throw new Error("no more randomness");
      inner.fill(words);
    },
  };
  await expect(
    randomizeBatch(example, tableOf(50), optionsFor(50, { memory: store, randomForTests })),
  ).rejects.toThrow("randomness");
  expect(writes).toEqual([]);
});

test("tables, policies, subjects and options that do not fit are refused, and nothing is asked of the store", async () => {
  const { store, writes } = watchedStore();
  const table = tableOf(3);
  const other = defineSchema({ ...exampleJson, version: 2 });
  const batch = (change: object) => () =>
    randomizeBatch(example, table, { ...optionsFor(3, { memory: store }), ...change });
  await expectRejection(
    () => randomizeBatch(other, table, optionsFor(3)),
    "EMRX_MISMATCH",
    "table was encoded by",
  );
  const elsewhere = { policies: [policyFor(other)], policyOf: [0, 0, 0] };
  await expectRejection(batch(elsewhere), "EMRX_MISMATCH", "policies[0]");
  const cheap = { ...policyFor(example), debit: "0.001", disclosed: 1 };
  const reports = await randomizeBatch(
    example,
    table,
    optionsFor(3, { policies: [cheap], policyOf: [0, 0, 0], lifetimeBudget: "3" }),
  );
  expect(parseReport(example, reportAt(reports, 0))).toHaveLength(2); // what a policy says of itself is not believed
  const looser = { ...policyFor(example), levels: [0, 0, 0, 0] };
  await expectRejection(batch({ policies: [looser], policyOf: [0, 0, 0] }), "EMRX_BAD_PREFERENCE");
  for (const [change, says] of [
    [{ subjects: ["a", "b"] }, "subjects has 2"],
    [{ subjects: ["a", "", "b"] }, "subjects[1]"],
    [{ subjects: ["a", "e\u0301", "b"] }, "normal form C"],
    [{ subjects: new Set(["a", "b", "c"]) }, "options.subjects"],
    [{ policyOf: [0, 0] }, "policyOf has 2"],
    [{ policyOf: [0, 3, 0] }, "policyOf[1] is 3"],
    [{ policyOf: [0, "1", 0] }, 'policyOf[1] is "1" (a string)'],
    [{ policyOf: undefined, policyof: [0, 1, 0] }, "unknown member"],
    [{ policies: [] }, "options.policies"],
    [{ memory: new Map() }, "a store with the methods read, write"],
    [{ onExhausted: "ignore" }, "options.onExhausted"],
    [{ random: seededRandom("x") }, "unknown member"],
  ] as const)
    await expectRejection(batch(change), "EMRX_BAD_PARAMETER", says);
  await expectRejection(batch({ lifetimeBudget: 0 }), "EMRX_BAD_EPSILON", "lifetimeBudget");
  expect(writes).toEqual([]);
  expect((await randomizeBatch(example, tableOf(0), optionsFor(0))).count).toBe(0);
});

test("stores that do not store, or answer nonsense, let no report out", async () => {
  const answers: { [fault: string]: Partial<Store> } = {
    "writes and says nothing": { write: (async () => undefined) as never },
    "writes synchronously": { write: (() => {}) as never },
    "says yes in words": { write: (async () => "ok") as never },
    "fails to write": { write: () => Promise.reject(new Error("the database is down")) },
    "reads nothing": { read: (async () => undefined) as never },
    "reads too little": { read: async () => [] },
    "reads text": { read: (async (keys: string[]) => keys.map(() => "x")) as never },
    "fails to read": { read: () => Promise.reject(new Error("the database is down")) },
  };
  for (const fault of Object.values(answers)) {
    let draws = 0;
    const inner = seededRandom("x");
    const randomForTests = {
      fill(words: Uint32Array) {
        draws++;
        inner.fill(words);
      },
    };
    const memory = { ...memoryStore(), ...fault };
    await expectRejection(
      () => randomizeBatch(example, tableOf(3), optionsFor(3, { memory, randomForTests })),
      "EMRX_STORE_FAILED",
    );
    if (fault.read !== undefined) expect(draws).toBe(0);
  }
});
