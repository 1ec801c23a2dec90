// One record, released at several levels: one randomization, and the price of the highest level alone.
import { fc, property, rational as R } from "@emrx/testkit";
import { expect, test } from "vitest";
import { createAccountant } from "../../src/accounting.js";
import { degradationChain } from "../../src/degradation.js";
import {
  createAggregator,
  createRandomizer,
  defineSchema,
  encodeTable,
  exactAudit,
  type FrequencyOracle,
  grr,
  memoryStore,
  policyFor,
  randomizeBatch,
  type Schema,
  type Store,
  seededRandom,
} from "../../src/index.js";
import { parseReport, reportAt } from "../../src/records.js";
import { mechanismOf, policyAt } from "../../src/schema.js";
import { expectError, expectRejection } from "../expect-error.js";
import { exact } from "../mechanisms/laws.js";

/** Every kind of attribute. `same` has the epsilon of `usual` by another name, and stands before it. */
const json = {
  id: "ward",
  version: 1,
  levels: { loose: "4", usual: "2", same: "2", strict: "0.5" },
  lowerLevels: "derived",
  attributes: {
    sex: { type: "categorical", values: ["female", "male"], level: "loose" },
    stage: { type: "ordinal", values: ["I", "II", "III"], level: "usual", missing: ["?"] },
    ward: {
      type: "categorical",
      values: ["a", "b", "c", "d", "e", "f", "g"],
      level: "loose",
      mechanism: "oue",
    },
    bmi: { type: "numeric", range: [10, 70], level: "usual" },
    stay: { type: "numeric", range: [0, 10], level: "strict", missing: ["?"] },
    codes: { type: "set", values: ["x", "y", "z"], atMost: 2, level: "loose" },
    clinic: { type: "public", values: ["north"] },
  },
  disclose: "all",
} as const;
const schema = defineSchema(json);
const levels = ["loose", "usual", "same", "strict"] as const;
const records = [
  { sex: "male", stage: "II", ward: "c", bmi: 31, stay: 3, codes: ["x"] },
  { sex: "female", stage: null, ward: "a", bmi: 22.5, stay: null, codes: [] },
] as const;

// By hand: sex, ward and codes at the level; stage and bmi at most 2; stay always 0.5.
const costs = { loose: "16.5", usual: "10.5", same: "10.5", strict: "3" } as const;

test("a release costs the sum of its levels' epsilons, known before any record is read", () => {
  const policy = policyFor(schema);
  expect(policy.debit).toBe("16.5");
  for (const level of levels) {
    const at = policyAt(schema, policy, level);
    expect(at.debit).toBe(costs[level]);
    expect(at.pool).toEqual(policy.pool);
  }
  expect(policyAt(schema, policy, "usual").levels).toEqual([2, 2, 2, 2, 3, 2, -1]);
  expect(policyAt(schema, policyFor(schema, { sex: "withhold" }), "strict").debit).toBe("2.5");
  // @ts-expect-error no such level
  expectError(() => policyAt(schema, policy, "press"), "EMRX_UNKNOWN_LEVEL", '"press"', "strict");
  const other = defineSchema({ ...json, version: 2 });
  expectError(() => policyAt(other, policy, "usual"), "EMRX_MISMATCH");
});

/** What happens at a write. */
type Fault = "none" | "before" | "after";
const step = fc.record({
  record: fc.nat(records.length - 1),
  level: fc.option(fc.constantFrom(...levels)),
  batch: fc.boolean(),
  fault: fc.constantFrom<Fault>("none", "none", "none", "before", "after"),
});

const table = (record: number) => {
  const { sex, stage, ward, bmi, stay, codes } = records[record] as (typeof records)[number];
  return encodeTable(schema, {
    sex: [sex],
    stage: [stage ?? "?"],
    ward: [ward],
    bmi: [String(bmi)],
    stay: [String(stay ?? "?")],
    codes: [codes.join("|")],
  });
};

property(
  "whatever is released, in whatever order, by record or batch, with writes that fail: a record costs its highest level, and a level has one report",
  [fc.array(step, { maxLength: 14 })],
  async (steps) => {
    const disk = memoryStore();
    let fault: Fault = "none";
    const memory: Store = {
      read: (keys) => disk.read(keys),
      async write(writes) {
        if (fault === "before") throw new Error("the disk is full");
        const written = await disk.write(writes);
        if (fault === "after") throw new Error("the power went off");
        return written;
      },
    };
    const random = seededRandom("releases");
    const lifetimeBudget = "27"; // two records at loose are 33
    const paid = [R.q(0), R.q(0)];
    const given = new Map<string, Uint8Array>();
    for (const { record, level, batch, fault: wanted } of steps) {
      const cost = R.decimal(costs[level ?? "loose"]);
      const before = paid[record] as R.Q;
      const rises = R.less(before, cost);
      const after = R.sum(paid.map((amount, i) => (i === record && rises ? cost : amount)));
      const affordable = !R.less(R.decimal(lifetimeBudget), after);
      fault = wanted;
      let report: Uint8Array | undefined;
      let problem: unknown;
      try {
        if (batch)
          report = reportAt(
            await randomizeBatch(schema, table(record), {
              policies: [policyFor(schema)],
              subjects: ["ann"],
              lifetimeBudget,
              memory,
              randomForTests: random,
              ...(level === null ? {} : { level }),
            }),
            0,
          );
        else {
          const ann = createRandomizer(schema, {
            subject: "ann",
            lifetimeBudget,
            memory,
            randomForTests: random,
          });
          const own = records[record] as (typeof records)[0];
          report = level === null ? await ann.randomize(own) : await ann.release(own, level);
        }
      } catch (error) {
        problem = error;
      }
      fault = "none";
      if (rises && !affordable) {
        expect((problem as { code: string }).code).toBe("EMRX_BUDGET_EXHAUSTED");
      } else if (rises && wanted !== "none") {
        expect(problem).toBeInstanceOf(Error);
        if (wanted === "after") paid[record] = cost;
      } else {
        expect(problem).toBeUndefined();
        if (rises) paid[record] = cost;
        const name = `${record} ${level ?? "loose"}`;
        const known = given.get(name);
        if (known !== undefined) expect(report).toEqual(known);
        given.set(name, report as Uint8Array);
      }
      const spent = R.decimal(await createAccountant({ memory, lifetimeBudget }).spent("ann"));
      expect(R.equal(spent, R.sum(paid))).toBe(true);
    }
  },
  { numRuns: 60 },
);

test("each attribute is released at the level that was asked for, or at its own where that is stricter", async () => {
  const ann = createRandomizer(schema, {
    preferences: { ward: "usual", bmi: "withhold" },
    lifetimeBudget: "20",
    memory: memoryStore(),
  });
  const found = async (level: (typeof levels)[number]) =>
    parseReport(schema, await ann.release(records[0], level)).map((item) => [
      item.attribute,
      item.level,
    ]);
  expect(await found("strict")).toEqual([0, 1, 2, 4, 5].map((attribute) => [attribute, 3]));
  expect(await ann.remaining()).toBe("17.5");
  expect(await found("same")).toEqual([
    [0, 1],
    [1, 2],
    [2, 2],
    [4, 3],
    [5, 1],
  ]);
  expect(await ann.remaining()).toBe("11.5");
  expect((await found("loose")).map(([, level]) => level)).toEqual([0, 2, 2, 3, 0]);
  expect(parseReport(schema, await ann.randomize(records[0]))).toEqual(
    parseReport(schema, await ann.release(records[0], "loose")),
  );
  expect(await ann.remaining()).toBe("7.5"); // 4 + 2 + 2 + 0.5 + 4
});

test("the statement says what was released and what each release added", async () => {
  const memory = memoryStore();
  const ann = createRandomizer(schema, { memory, lifetimeBudget: "20" });
  for (const level of ["strict", "loose", "usual", "strict"] as const)
    await ann.release(records[0], level);
  expect(await createAccountant({ memory, lifetimeBudget: "20" }).statement("self")).toEqual([
    { amount: "3", note: "report ward 1 at strict" },
    { amount: "13.5", note: "report ward 1 at loose" },
  ]);
});

test("a higher release that cannot be paid spends nothing, and lower ones stay free", async () => {
  const ann = createRandomizer(schema, { memory: memoryStore(), lifetimeBudget: "11" });
  const middle = await ann.release(records[0], "usual");
  await expectRejection(
    () => ann.release(records[0], "loose"),
    "EMRX_BUDGET_EXHAUSTED",
    "6 asked, 0.5 left",
  );
  expect(await ann.release(records[0], "usual")).toEqual(middle);
  await ann.release(records[0], "strict");
  expect(await ann.remaining()).toBe("0.5");
});

test("where k attributes are sampled the subset is drawn once, and each level costs its k largest epsilons", async () => {
  const sampled = defineSchema({ ...json, disclose: { sample: 2 } });
  const ann = createRandomizer(sampled, { memory: memoryStore(), lifetimeBudget: "8" });
  const attributes = (report: Uint8Array) =>
    parseReport(sampled, report).map(({ attribute }) => attribute);
  const low = attributes(await ann.release(records[0], "strict"));
  expect(await ann.remaining()).toBe("7");
  expect(attributes(await ann.release(records[0], "usual"))).toEqual(low);
  expect(await ann.remaining()).toBe("4");
  expect(attributes(await ann.randomize(records[0]))).toEqual(low);
  expect(await ann.remaining()).toBe("0");
});

test("a budget split over the record caps the levels above an attribute's share", async () => {
  const split = defineSchema({ ...json, disclose: { budget: "4" } });
  const policy = policyFor(split);
  expect(Number(policy.debit)).toBeGreaterThan(3.99);
  expect(Number(policyAt(split, policy, "loose").debit)).toBe(Number(policy.debit));
  const ann = createRandomizer(split, { memory: memoryStore(), lifetimeBudget: "4" });
  const all = await Promise.all(levels.map((level) => ann.release(records[0], level)));
  expect(new Set(all.map(({ length }) => length)).size).toBe(1);
});

test("a schema whose levels are independent has one report a record", async () => {
  const { lowerLevels: _, ...rest } = json;
  const plain = defineSchema(rest);
  const ann = createRandomizer(plain, { memory: memoryStore(), lifetimeBudget: "40" });
  await expectRejection(
    () => ann.release(records[0], "usual"),
    "EMRX_BAD_PREFERENCE",
    "lowerLevels",
  );
  expect(await ann.remaining()).toBe("40");
  expectError(() => policyAt(plain, policyFor(plain), "usual"), "EMRX_BAD_PREFERENCE");
  expect(mechanismOf(plain, 0, 3).identity).toBe(grr({ categories: 2, epsilon: "0.5" }).identity);
});

test("derived levels are those of the attribute's chain, and their epsilons are kept exactly", () => {
  const chain = degradationChain({
    highest: grr({ categories: 2, epsilon: "4" }),
    lower: ["2", "0.5"],
  });
  const found = levels.map((_, level) => mechanismOf(schema, 0, level) as FrequencyOracle);
  expect(found.map(({ identity }) => identity)).toEqual(
    [0, 1, 1, 2].map((step) => chain.levels[step]?.identity),
  );
  for (const mechanism of found) expect(exactAudit(mechanism).withinBudget).toBe(true);
  expect(mechanismOf(schema, 1, 0).epsilon).toBe("4"); // looser than its own: in no chain, and no policy's
});

test("released at two levels, a value's pair of reports has the joint distribution of the chain", async () => {
  const tiny = defineSchema({
    id: "tiny",
    version: 1,
    levels: { high: "1.5", low: "0.7" },
    lowerLevels: "derived",
    attributes: { a: { type: "categorical", values: ["x", "y", "z"], level: "high" } },
    disclose: "all",
  });
  const n = 6000;
  const options = {
    policies: [policyFor(tiny)],
    subjects: Array.from({ length: n }, (_, i) => `${i}`),
    lifetimeBudget: "2",
    memory: memoryStore(),
    randomForTests: seededRandom("pairs"),
  };
  const column = encodeTable(tiny, { a: Array<string>(n).fill("y") });
  const low = await randomizeBatch(tiny, column, { ...options, level: "low" });
  const high = await randomizeBatch(tiny, column, { ...options, level: "high" });
  const counts = new Map<number, number>();
  for (let i = 0; i < n; i++) {
    const pair = (reportAt(high, i).at(-1) as number) + 3 * (reportAt(low, i).at(-1) as number);
    counts.set(pair, (counts.get(pair) ?? 0) + 1);
  }
  const joint = degradationChain({
    highest: grr({ categories: 3, epsilon: "1.5" }),
    lower: ["0.7"],
  }).channel();
  for (let pair = 0; pair < 9; pair++) {
    const truth = R.toNumber(exact(joint.probability(pair, 1)));
    const sigma = Math.sqrt((truth * (1 - truth)) / n);
    expect(Math.abs((counts.get(pair) ?? 0) / n - truth)).toBeLessThan(5 * sigma);
  }
});

test("a study at each level: unbiased estimates, less certain the lower the level, for the price of the highest", async () => {
  const n = 1500;
  const at = <T>(values: readonly T[], i: number) => values[i % values.length] as T;
  const wide: Schema = schema;
  const rows = encodeTable(wide, {
    sex: Array.from({ length: n }, (_, i) => at(["female", "female", "male"], i)),
    stage: Array.from({ length: n }, (_, i) => at(["I", "?"], i)),
    ward: Array.from({ length: n }, (_, i) => at(["a", "a", "g"], i)),
    bmi: Array.from({ length: n }, (_, i) => at(["20", "40"], i)),
    stay: Array.from({ length: n }, () => "4"),
    codes: Array.from({ length: n }, (_, i) => at(["x", "x|y"], i)),
  });
  const options = {
    policies: [policyFor(wide)],
    subjects: Array.from({ length: n }, (_, i) => `${i}`),
    lifetimeBudget: "16.5",
    memory: memoryStore(),
    randomForTests: seededRandom("study"),
  };
  const truths: Record<string, readonly number[] | number> = {
    sex: [2 / 3, 1 / 3],
    stage: [1 / 2, 0, 0, 1 / 2],
    ward: [2 / 3, 0, 0, 0, 0, 0, 1 / 3],
    bmi: 30,
    stay: 4,
    codes: [1, 1 / 2, 0],
  };
  const deviations: Record<string, number[]> = {};
  for (const level of ["strict", "loose", "usual"] as const) {
    const study = createAggregator(wide);
    study.addBatch(await randomizeBatch(wide, rows, { ...options, level }));
    for (const [name, truth] of Object.entries(truths)) {
      const found = study.estimate(name);
      const own = name === "stay" ? "strict" : name === "stage" || name === "bmi" ? "usual" : level;
      const lower = level === "strict" ? level : own;
      expect(found.groups.map((group) => group.level)).toEqual([lower]);
      const pairs =
        found.type === "mean"
          ? [[found.mean, truth as number, found.variance] as const]
          : (truth as readonly number[]).map(
              (f, v) => [found.frequencies[v], f, found.variances[v]] as const,
            );
      for (const [value, expected, variance] of pairs)
        expect(Math.abs((value as number) - expected)).toBeLessThan(
          5 * Math.sqrt(variance as number),
        );
      deviations[name] = [...(deviations[name] ?? []), Math.sqrt(pairs[0]?.[2] as number)];
    }
  }
  for (const name of ["sex", "ward", "codes"]) {
    const [strict, loose, usual] = deviations[name] as [number, number, number];
    expect(strict).toBeGreaterThan(usual);
    expect(usual).toBeGreaterThan(loose);
  }
  const { memory } = options;
  for (const subject of ["0", "1499"])
    expect(await createAccountant({ memory, lifetimeBudget: "16.5" }).remaining(subject)).toBe("0");
});
