import { expect, test } from "vitest";
import {
  createRandomizer,
  defineSchema,
  memoryStore,
  type RandomizerOptions,
  seededRandom,
} from "../../src/index.js";
import { parseReport } from "../../src/records.js";
import { expectError, expectRejection } from "../expect-error.js";
import { example, type exampleJson } from "../schema/example.js";

const record = { sex: "male", stage: "II", bmi: 24, stay: 5 } as const;

const randomizer = (options: Partial<RandomizerOptions<typeof exampleJson>> = {}) =>
  createRandomizer(example, {
    lifetimeBudget: "6",
    memory: memoryStore(),
    randomForTests: seededRandom("randomizer"),
    ...options,
  });

test("the same record again: the same bytes, no cost; another record: a new debit; then the budget ends", async () => {
  const one = randomizer();
  const bytes = await one.randomize(record);
  expect(await one.remaining()).toBe("3");
  expect(await one.randomize({ ...record })).toEqual(bytes);
  expect(await one.remaining()).toBe("3");
  await one.randomize({ ...record, stage: "III" });
  expect(await one.remaining()).toBe("0");
  await expectRejection(
    () => one.randomize({ ...record, stage: "IV" }),
    "EMRX_BUDGET_EXHAUSTED",
    "the person's budget",
    "3 asked, 0 left",
  );
  expect(await one.randomize(record)).toEqual(bytes);
});

test("what was given out can be changed by the receiver without changing what is remembered", async () => {
  const one = randomizer();
  const bytes = await one.randomize(record);
  const copy = bytes.slice();
  bytes.fill(0);
  expect(await one.randomize(record)).toEqual(copy);
  (await one.randomize(record)).fill(0);
  expect(await one.randomize(record)).toEqual(copy);
});

test("the memory outlives the randomizer; another policy or subject is another report", async () => {
  const memory = memoryStore();
  const bytes = await randomizer({ memory }).randomize(record);
  expect(
    await randomizer({ memory, randomForTests: seededRandom("other") }).randomize(record),
  ).toEqual(bytes);
  const strict = randomizer({ memory, preferences: { sex: "usual" } });
  await strict.randomize(record);
  expect(await strict.remaining()).toBe("1"); // 6 - 3 - 2
  expect(await randomizer({ memory, subject: "someone else" }).remaining()).toBe("6");
});

test("a withheld attribute is not read: it may be missing, wrong or different at no cost", async () => {
  const one = randomizer({ preferences: { stage: "withhold", stay: "withhold" } });
  const bytes = await one.randomize(record);
  expect(await one.randomize({ ...record, stage: "I" })).toEqual(bytes);
  const without = {
    sex: "male",
    bmi: 24,
    get stage(): never {
      throw new Error("read");
    },
  };
  expect(await one.randomize(without as never)).toEqual(bytes);
  expect(await one.remaining()).toBe("3");
  expect(parseReport(example, bytes).every(({ attribute }) => [0, 2].includes(attribute))).toBe(
    true,
  );
});

test("equal values are the same record: numbers beyond the range, minus zero, and any way to say missing", async () => {
  const one = randomizer();
  const bytes = await one.randomize({ ...record, bmi: 70, stay: null, stage: "?" });
  expect(await one.randomize({ ...record, bmi: 71, stay: "?", stage: null })).toEqual(bytes);
  const zero = createRandomizer(
    defineSchema({
      id: "zero",
      version: 1,
      levels: { a: "1" },
      attributes: { x: { type: "numeric", range: [-1, 1], level: "a" } },
      disclose: "all",
    }),
    { lifetimeBudget: "1", memory: memoryStore() },
  );
  expect(await zero.randomize({ x: -0 })).toEqual(await zero.randomize({ x: 0 }));
});

test("a wrong record names the attribute, spends nothing and draws nothing", async () => {
  let draws = 0;
  const random = {
    fill: () => {
      draws++;
    },
  };
  const one = randomizer({ randomForTests: random });
  const wrong: readonly [unknown, string][] = [
    [{ ...record, sex: "other" }, "sex"],
    [{ ...record, bmi: "24" }, "bmi"],
    [{ ...record, bmi: Number.NaN }, "bmi"],
    [{ ...record, stay: Number.POSITIVE_INFINITY }, "stay"],
    [{ ...record, bmi: null }, "bmi"],
    [{ sex: "male", stage: "I", bmi: 20 }, "stay"],
    [Object.create(record), "sex"],
    [null, "expected an object"],
    ["male", "expected an object"],
  ];
  for (const [given, says] of wrong)
    await expectRejection(() => one.randomize(given as never), "EMRX_VALUE_OUTSIDE_DOMAIN", says);
  expect([await one.remaining(), draws]).toEqual(["6", 0]);
});

test("a store that fails hands nothing out", async () => {
  const memory = {
    read: async (keys: readonly string[]) => keys.map(() => undefined),
    write: async () => {
      throw new Error("disk full");
    },
  };
  await expectRejection(() => randomizer({ memory }).randomize(record), "EMRX_STORE_FAILED");
});

test("wrong budgets and preferences are refused when the randomizer is built", async () => {
  for (const lifetimeBudget of ["-1", 0, "absurd", 1e6])
    expectError(() => randomizer({ lifetimeBudget }), "EMRX_BAD_EPSILON", "lifetimeBudget");
  expectError(() => randomizer({ preferences: { sex: "no" as never } }), "EMRX_UNKNOWN_LEVEL");
  expectError(() => randomizer({ subject: "" }), "EMRX_BAD_PARAMETER", "subject");
});
