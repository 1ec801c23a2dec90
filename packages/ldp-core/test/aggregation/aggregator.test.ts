import { fc, property } from "@emrx/testkit";
import { expect, test } from "vitest";
import { aggregatorFromBytes } from "../../src/aggregation.js";
import {
  type Aggregator,
  createAggregator,
  defineSchema,
  encodeTable,
  LdpError,
  memoryStore,
  policyFor,
  randomizeBatch,
  seededRandom,
} from "../../src/index.js";
import { reportAt } from "../../src/records.js";
import { expectError } from "../expect-error.js";
import { example, exampleJson } from "../schema/example.js";

const rows = 60;
const pick = (values: readonly string[]) =>
  Array.from({ length: rows }, (_, i) => values[i % values.length] as string);
const batch = await randomizeBatch(
  example,
  encodeTable(example, {
    sex: pick(["male", "female"]),
    stage: pick(["I", "?", "IV"]),
    BMI: pick(["20", "30"]),
    stay: pick(["1", "?", "9"]),
  }),
  {
    policies: [
      policyFor(example),
      policyFor(example, { sex: "strict" }),
      policyFor(example, { stage: "strict", bmi: "withhold" }),
    ],
    policyOf: Uint8Array.from({ length: rows }, (_, i) => i % 3),
    subjects: pick(["a"]).map((a, i) => `${a}${i}`),
    lifetimeBudget: "9",
    memory: memoryStore(),
    randomForTests: seededRandom("aggregate"),
  },
);
const reports = Array.from({ length: rows }, (_, i) => reportAt(batch, i));
const whole = createAggregator(example);
whole.addBatch(batch);

property(
  "law 5: any split, any order, added singly or merged, through bytes or not: the state is the same, bit for bit",
  [
    fc.shuffledSubarray([...reports.keys()], { minLength: rows }),
    fc.array(fc.nat(4), { minLength: rows, maxLength: rows }),
    fc.boolean(),
  ],
  (order, partOf, throughBytes) => {
    const parts: Aggregator[] = Array.from({ length: 5 }, () => createAggregator(example));
    for (const [i, index] of order.entries())
      parts[partOf[i] as number]?.add(reports[index] as Uint8Array);
    const total = createAggregator(example);
    for (const part of parts)
      total.merge(throughBytes ? aggregatorFromBytes(example, part.toBytes()) : part);
    expect(total.toBytes()).toEqual(whole.toBytes());
    expect(total.reports).toBe(rows);
    expect(total.estimate("stage")).toEqual(whole.estimate("stage"));
    expect(total.estimate("stay")).toEqual(whole.estimate("stay"));
  },
  { numRuns: 30 },
);

test("an empty aggregator is the neutral element; merging with itself doubles", () => {
  const total = aggregatorFromBytes(example, whole.toBytes());
  total.merge(createAggregator(example));
  expect(total.toBytes()).toEqual(whole.toBytes());
  total.merge(total);
  expect(total.reports).toBe(2 * rows);
  expect(total.estimate("sex").n).toBe(2 * whole.estimate("sex").n);
});

property(
  "law 7: state bytes that were altered, cut or lengthened are an error, or the canonical bytes of another state",
  [fc.nat(), fc.integer({ min: 1, max: 255 }), fc.constantFrom("alter", "alter", "cut", "extend")],
  (place, flip, what) => {
    let bytes = whole.toBytes();
    const at = place % bytes.length;
    if (what === "alter") bytes[at] = (bytes[at] as number) ^ flip;
    else if (what === "cut") bytes = bytes.slice(0, at);
    else bytes = Uint8Array.from([...bytes, flip]);
    try {
      expect(aggregatorFromBytes(example, bytes).toBytes()).toEqual(bytes);
      expect(what).toBe("alter");
    } catch (error) {
      expect(error).toBeInstanceOf(LdpError);
      expect(["EMRX_MALFORMED_STATE", "EMRX_MISMATCH"]).toContain((error as LdpError).code);
    }
  },
  { numRuns: 500 },
);

test("a wrong report adds nothing, alone or in a batch, and is named", () => {
  const study = createAggregator(example);
  const wrong = reports[7]?.slice() as Uint8Array;
  wrong[wrong.length - 1] = 250;
  expectError(() => study.add(wrong), "EMRX_MALFORMED_REPORT");
  const bytes = batch.bytes.slice();
  bytes[(batch.offsets[8] as number) - 1] = 250;
  expectError(
    () => study.addBatch({ ...batch, bytes }),
    "EMRX_MALFORMED_REPORT",
    "report 7 of the batch",
  );
  const header = batch.bytes.slice();
  header[batch.offsets[9] as number] = 2;
  expectError(
    () => study.addBatch({ ...batch, bytes: header }),
    "EMRX_MALFORMED_REPORT",
    "report 9 of the batch",
  );
  const offsets = batch.offsets.slice();
  offsets[3] = 0;
  expectError(() => study.addBatch({ ...batch, offsets }), "EMRX_MALFORMED_REPORT", "offsets");
  expect(study.toBytes()).toEqual(createAggregator(example).toBytes());
});

test("reports, states and aggregators of another schema are refused", () => {
  const other = createAggregator(defineSchema({ ...exampleJson, version: 2 }));
  expectError(() => other.add(reports[0] as Uint8Array), "EMRX_MISMATCH");
  expectError(() => other.addBatch(batch), "EMRX_MISMATCH", "report 0");
  expectError(() => other.merge(whole), "EMRX_MISMATCH");
  expectError(
    () => aggregatorFromBytes(defineSchema({ ...exampleJson, version: 2 }), whole.toBytes()),
    "EMRX_MISMATCH",
  );
  expect(other.reports).toBe(0);
});

test("how many disclosed an attribute, by level", () => {
  const sex = whole.disclosed("sex");
  expect([...sex.keys()]).toEqual([0, 2]);
  expect([...sex.values()].reduce((a, b) => a + b, 0)).toBe(whole.estimate("sex").n);
  expect(createAggregator(example).disclosed("bmi").size).toBe(0);
});

test("estimates of what is not there are typed errors", () => {
  // @ts-expect-error no such attribute
  expectError(() => whole.estimate("weight"), "EMRX_BAD_PARAMETER", '"weight"');
  // @ts-expect-error a public attribute
  expectError(() => whole.estimate("clinic"), "EMRX_BAD_PARAMETER", '"clinic"');
  expectError(() => createAggregator(example).estimate("sex"), "EMRX_NO_REPORTS", "sex");
  expectError(() => whole.estimate("sex", { cohort: 1 }), "EMRX_BAD_PARAMETER", "cohort is 1");
  expectError(() => whole.estimate("sex", { cohort: 60.5 }), "EMRX_BAD_PARAMETER", "cohort");
  expectError(() => whole.estimate("sex", { designEffect: 0.9 }), "EMRX_BAD_PARAMETER", "design");
  expectError(
    () => whole.estimate("sex", { weights: "equal" as never }),
    "EMRX_BAD_PARAMETER",
    "weights",
  );
});
