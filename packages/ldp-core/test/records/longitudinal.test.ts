import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { fc, property, sharedPath, testWithShared } from "@emrx/testkit";
import { expect, test, vi } from "vitest";
import { createAccountant } from "../../src/accounting.js";
import type { FrequencyResult } from "../../src/aggregation.js";
import {
  createAggregator,
  defineSchema,
  LdpError,
  memoryStore,
  type RandomizerOptions,
  seededRandom,
} from "../../src/index.js";
import { createLongitudinalRandomizer } from "../../src/records/longitudinal.js";
import { parseReport } from "../../src/records.js";
import { expectRejection } from "../expect-error.js";
import { example, exampleJson } from "../schema/example.js";

vi.setConfig({ testTimeout: 300_000 });

const all = defineSchema({ ...exampleJson, disclose: "all" });
const record = { sex: "male", stage: "II", bmi: 24, stay: 5 } as const;

const randomizer = (options: Partial<RandomizerOptions<typeof all.json>> = {}) =>
  createLongitudinalRandomizer(all, {
    lifetimeBudget: "20",
    memory: memoryStore(),
    randomForTests: seededRandom("longitudinal"),
    ...options,
  });

test("a changed attribute costs its own epsilon, an unchanged one nothing, a value that comes back gets its old answer", async () => {
  const one = randomizer();
  const first = await one.randomize(record);
  expect(await one.remaining()).toBe("15.5"); // 2 + 1 + 1 + 0.5
  const second = await one.randomize({ ...record, stage: "III" });
  expect(await one.remaining()).toBe("14.5");
  expect(await one.randomize(record)).toEqual(first);
  expect(await one.randomize({ ...record, stage: "III" })).toEqual(second);
  expect(await one.remaining()).toBe("14.5");
  // Only the payload of stage may differ.
  const stage = parseReport(all, first)[1]?.offset as number;
  for (const [i, byte] of first.entries()) if (i !== stage) expect(second[i]).toBe(byte);
});

test("an update holds what changed since the last report, and nothing where nothing did", async () => {
  const one = randomizer();
  const attributes = (bytes: Uint8Array | undefined) =>
    bytes && parseReport(all, bytes).map(({ attribute }) => attribute);
  expect(attributes(await one.update(record))).toEqual([0, 1, 2, 3]); // the first time everything is new
  expect(await one.update(record)).toBeUndefined();
  expect(attributes(await one.update({ ...record, sex: "female", stay: 6 }))).toEqual([0, 3]);
  expect(await one.update({ ...record, sex: "female", stay: 6 })).toBeUndefined();
  expect(attributes(await one.update(record))).toEqual([0, 3]); // back again: old answers, no cost
  expect(await one.remaining()).toBe("13");
});

test("which attributes are disclosed is drawn once for the person, and the others are not read", async () => {
  const memory = memoryStore();
  const sampled = () => createLongitudinalRandomizer(example, { lifetimeBudget: "50", memory });
  const chosen = parseReport(example, await sampled().randomize(record)).map(
    ({ attribute }) => attribute,
  );
  expect(chosen).toHaveLength(2);
  const names = chosen.map((index) => example.attributes[index]?.name as keyof typeof record);
  for (let visit = 0; visit < 20; visit++) {
    const partial = Object.fromEntries(names.map((name) => [name, record[name]]));
    const bytes = await sampled().randomize({
      ...partial,
      stay: partial["stay"] ?? visit,
    } as never);
    expect(parseReport(example, bytes).map(({ attribute }) => attribute)).toEqual(chosen);
  }
});

test("past the budget: an error that says what is left, nothing spent, and old values still answered", async () => {
  const one = randomizer({ lifetimeBudget: "5" });
  const first = await one.randomize(record);
  await expectRejection(
    () => one.randomize({ ...record, stage: "I" }),
    "EMRX_BUDGET_EXHAUSTED",
    "1 asked, 0.5 left",
  );
  await expectRejection(
    () => one.update({ ...record, stay: 1, stage: "I" }),
    "EMRX_BUDGET_EXHAUSTED",
  );
  expect(await one.remaining()).toBe("0.5");
  expect(await one.randomize(record)).toEqual(first);
  expect(await one.update(record)).toBeUndefined();
  expect(parseReport(all, await one.randomize({ ...record, stay: 1 }))).toHaveLength(4);
});

test("the statement names what each debit was for", async () => {
  const memory = memoryStore();
  await randomizer({ memory }).randomize(record);
  expect(await createAccountant({ memory, lifetimeBudget: "20" }).statement("self")).toEqual([
    { amount: "2", note: "answer example 1 #0" },
    { amount: "1", note: "answer example 1 #1" },
    { amount: "1", note: "answer example 1 #2" },
    { amount: "0.5", note: "answer example 1 #3" },
  ]);
});

test("a failing store hands nothing out; a damaged state is a typed error", async () => {
  const inner = memoryStore();
  let failing = true;
  const memory = {
    read: (keys: readonly string[]) => inner.read(keys),
    write: async (writes: Parameters<typeof inner.write>[0]) => {
      if (failing) throw new Error("disk full");
      return inner.write(writes);
    },
  };
  await expectRejection(() => randomizer({ memory }).randomize(record), "EMRX_STORE_FAILED");
  expect(await randomizer({ memory }).remaining()).toBe("20");
  failing = false;
  const keys: string[] = [];
  const watched = {
    ...memory,
    read: (wanted: readonly string[]) => {
      keys.push(...wanted);
      return inner.read(wanted);
    },
  };
  await randomizer({ memory: watched }).randomize(record);
  const state = keys.find((key) => key.startsWith("last/")) as string;
  for (const bytes of [new Uint8Array(3), new Uint8Array(72).fill(9)]) {
    const [expected] = await inner.read([state]);
    await inner.write([{ key: state, expected, bytes }]);
    await expectRejection(() => randomizer({ memory }).randomize(record), "EMRX_STORE_DAMAGED");
  }
});

const stages = fc.constantFrom("I", "II", "III", "IV", null);
property(
  "whatever the history: the cost is epsilon times the distinct values, and equal values have equal answers",
  [
    fc.array(fc.record({ stage: stages, stay: fc.integer({ min: 1, max: 6 }) }), { maxLength: 15 }),
    fc.array(fc.boolean(), { minLength: 15, maxLength: 15 }),
  ],
  async (visits, full) => {
    const one = randomizer({ lifetimeBudget: "100" });
    const answers = new Map<string, string>();
    for (const [i, visit] of visits.entries()) {
      const bytes = full[i]
        ? await one.randomize({ ...record, ...visit })
        : await one.update({ ...record, ...visit });
      for (const { attribute, offset } of bytes ? parseReport(all, bytes) : []) {
        if (attribute !== 1 && attribute !== 3) continue;
        const key = attribute === 1 ? `stage ${visit.stage}` : `stay ${visit.stay}`;
        const answer = String((bytes as Uint8Array)[offset]);
        expect(answers.get(key) ?? answer).toBe(answer);
        answers.set(key, answer);
      }
    }
    const distinct = (values: readonly unknown[]) => new Set(values).size;
    const cost =
      visits.length === 0
        ? 0
        : 3 +
          distinct(visits.map(({ stage }) => stage)) +
          0.5 * distinct(visits.map(({ stay }) => stay));
    expect(await one.remaining()).toBe(String(100 - cost));
  },
  { numRuns: 60 },
);

testWithShared(
  "data/diabetes130/diabetes130.csv.gz",
  "diabetes130, encounters of up to 40 a patient, all 101,766 with EMRX_SLOW=1: nobody passes the budget, repeats are free, estimates stay within five standard errors",
  async () => {
    const [head = "", ...texts] = gunzipSync(
      readFileSync(sharedPath("data/diabetes130/diabetes130.csv.gz") as string),
    )
      .toString("utf8")
      .trimEnd()
      .split("\n");
    const names = head.split(",");
    const column = (name: string) => names.indexOf(name);
    // All encounters of one patient in eight, unless the slow suite runs.
    const isSlow = process.env["EMRX_SLOW"] === "1";
    const patientOf = (text: string) =>
      Number(text.split(",", column("patient_nbr") + 1)[column("patient_nbr")]);
    const lines = texts
      .filter((text) => isSlow || patientOf(text) % 8 === 0)
      .map((text) => text.split(","));
    const values = (name: string) =>
      [...new Set(lines.map((cells) => cells[column(name)] as string))].sort();
    const schema = defineSchema({
      id: "encounters",
      version: 1,
      levels: { L2: "2", L3: "1" },
      attributes: {
        gender: { type: "categorical", values: values("gender"), level: "L2" },
        insulin: { type: "categorical", values: ["No", "Down", "Steady", "Up"], level: "L3" },
        readmitted: { type: "categorical", values: ["<30", ">30", "NO"], level: "L3" },
      },
      disclose: "all",
    });
    const random = seededRandom("encounters");
    const visitOf = (cells: readonly string[]) => ({
      gender: cells[column("gender")] as string,
      insulin: cells[column("insulin")] as "No",
      readmitted: cells[column("readmitted")] as "NO",
    });

    /** Publishes encounter by encounter; gives the study, what was answered, and how often a patient could not pay. */
    async function publish(encounters: readonly (readonly string[])[], lifetimeBudget: string) {
      const memory = memoryStore();
      const study = createAggregator(schema);
      const answered: { patient: string; visit: ReturnType<typeof visitOf> }[] = [];
      let refusals = 0;
      const randomizers = new Map<
        string,
        ReturnType<typeof createLongitudinalRandomizer<typeof schema.json>>
      >();
      for (const cells of encounters) {
        const patient = cells[column("patient_nbr")] as string;
        const visit = visitOf(cells);
        const options = { subject: patient, memory, randomForTests: random, lifetimeBudget };
        const one = randomizers.get(patient) ?? createLongitudinalRandomizer(schema, options);
        randomizers.set(patient, one);
        try {
          study.add(await one.randomize(visit));
          answered.push({ patient, visit });
        } catch (error) {
          if (!(error instanceof LdpError) || error.code !== "EMRX_BUDGET_EXHAUSTED") throw error;
          refusals++;
        }
      }
      // Each value that a patient had costs once, however often it came; and nobody passes the budget.
      const distinct = new Map<string, Set<string>>();
      for (const { patient, visit } of answered) {
        const seen = distinct.get(patient) ?? new Set();
        for (const [name, value] of Object.entries(visit)) seen.add(`${name} ${value}`);
        distinct.set(patient, seen);
      }
      const accountant = createAccountant({ memory, lifetimeBudget });
      for (const [patient, seen] of distinct) {
        const cost = [...seen].reduce(
          (total, value) => total + (value.startsWith("gender") ? 2 : 1),
          0,
        );
        expect(await accountant.spent(patient)).toBe(String(cost));
        expect(cost).toBeLessThanOrEqual(Number(lifetimeBudget));
      }
      expect(answered.length).toBe(study.reports);
      return { study, answered, refusals };
    }

    // Three genders (one is unknown), four answers on insulin, three on readmission: 13 pays for whatever happens.
    const { study, answered, refusals } = await publish(lines, "13");
    expect(refusals).toBe(0);
    expect(answered.length).toBe(lines.length);
    if (isSlow) expect(answered.length).toBe(101_766);
    // A budget of 5 ends for some, and is passed by none.
    expect((await publish(lines.slice(0, 4000), "5")).refusals).toBeGreaterThan(50);

    // Repeated answers are one draw: the noise of a patient's m equal values adds up m-fold, its variance m^2-fold.
    for (const name of ["gender", "insulin", "readmitted"] as const) {
      const repeats = new Map<string, number>();
      for (const { patient, visit } of answered)
        repeats.set(
          `${patient} ${visit[name]}`,
          (repeats.get(`${patient} ${visit[name]}`) ?? 0) + 1,
        );
      const effect = [...repeats.values()].reduce((total, m) => total + m * m, 0) / answered.length;
      expect(effect).toBeGreaterThan(1.2);
      const estimate = study.estimate(name) as FrequencyResult;
      const withRepeats = study.estimate(name, { designEffect: effect }) as FrequencyResult;
      for (const [v, label] of estimate.labels.entries()) {
        const truth =
          answered.filter(({ visit }) => visit[name] === label).length / answered.length;
        const variance = withRepeats.variances[v] as number;
        expect(variance).toBeCloseTo(effect * (estimate.variances[v] as number), 14);
        expect(Math.abs((withRepeats.frequencies[v] as number) - truth)).toBeLessThan(
          5 * Math.sqrt(variance),
        );
      }
    }
  },
);
