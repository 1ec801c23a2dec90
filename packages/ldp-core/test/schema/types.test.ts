// What the compiler knows of a schema: names of attributes, levels and values. These tests fail where `tsc` does.
import {
  createAggregator,
  createRandomizer,
  defineSchema,
  memoryStore,
  policyFor,
  type Schema,
  seededRandom,
} from "@emrx/ldp-core";
import {
  type Aggregator,
  aggregatorFromBytes,
  type FrequencyResult,
  type MeanResult,
} from "@emrx/ldp-core/aggregation";
import { type Preferences, parseSchema, policyAt, type RecordOf } from "@emrx/ldp-core/schema";
import { describe, expect, expectTypeOf, test } from "vitest";
import { example, exampleJson } from "./example.js";
import visit from "./visit.json" with { type: "json" };

const options = () => ({
  lifetimeBudget: "9",
  memory: memoryStore(),
  randomForTests: seededRandom("types"),
});

describe("a schema defined as a literal", () => {
  const study = createAggregator(example);

  test("estimates are asked for by the names of its randomized attributes, and have their labels", () => {
    expectTypeOf(study.estimate<"sex">).returns.toEqualTypeOf<FrequencyResult<"female" | "male">>();
    expectTypeOf(study.estimate<"bmi">).returns.toEqualTypeOf<MeanResult>();
    expectTypeOf(study.estimate).parameter(0).toEqualTypeOf<"sex" | "stage" | "bmi" | "stay">();
    expectTypeOf(study.disclosed).parameter(0).toEqualTypeOf<"sex" | "stage" | "bmi" | "stay">();
    const { estimate } = aggregatorFromBytes(example, study.toBytes());
    expectTypeOf(estimate<"stage">).returns.toEqualTypeOf<
      FrequencyResult<(typeof exampleJson.attributes.stage.values)[number] | null>
    >();
    // @ts-expect-error no such attribute
    expect(() => study.estimate("nope")).toThrow("nope");
    // @ts-expect-error a public attribute
    expect(() => study.disclosed("clinic")).toThrow("clinic");
  });

  test("its aggregator is one of a schema that is not known, and merges with one", () => {
    const any: Aggregator = study;
    expectTypeOf(any.estimate<string>).returns.toEqualTypeOf<FrequencyResult | MeanResult>();
    const same: Schema = defineSchema(exampleJson);
    study.merge(createAggregator(same));
    expect(study.reports).toBe(0);
  });

  test("levels and attributes of choices are its own", () => {
    policyFor(example, { sex: "strict", bmi: "withhold" });
    // @ts-expect-error no such attribute
    expect(() => policyFor(example, { nope: "strict" })).toThrow("nope");
    // @ts-expect-error no such level
    expect(() => policyFor(example, { sex: "nope" })).toThrow("nope");
    // @ts-expect-error no such level
    expect(() => policyAt(example, policyFor(example), "nope")).toThrow();
    // @ts-expect-error no such attribute
    const preferences: Preferences<typeof example.json> = { nope: "strict" };
    expect(() => createRandomizer(example, { ...options(), preferences })).toThrow("nope");
  });

  test("a record with an attribute or a value that is not its own does not compile", async () => {
    const randomizer = createRandomizer(example, options());
    const record: RecordOf<typeof example.json> = { sex: "male", stage: null, bmi: 20, stay: 3 };
    await randomizer.randomize(record);
    // @ts-expect-error no such attribute
    const more: RecordOf<typeof example.json> = { ...record, nope: 1 };
    expect(more).toHaveProperty("nope");
    // @ts-expect-error no such value
    await expect(randomizer.randomize({ ...record, sex: "nope" })).rejects.toThrow("sex");
  });
});

describe("an imported JSON file", () => {
  const schema = parseSchema(visit);
  type Visit = RecordOf<typeof schema.json>;

  test("names and kinds are known, texts are wide", async () => {
    expect(schema.hash).toBe(parseSchema(JSON.stringify(visit)).hash);
    expectTypeOf<Visit["smoker"]>().toEqualTypeOf<string | null>();
    expectTypeOf<Visit["stage"]>().toEqualTypeOf<string>();
    expectTypeOf<Visit["bmi"]>().toEqualTypeOf<number>();
    expectTypeOf<Visit["codes"]>().toEqualTypeOf<readonly string[]>();
    expectTypeOf<Visit["clinic"]>().toEqualTypeOf<string | undefined>();
    const record: Visit = { smoker: null, stage: "I", bmi: 20, codes: ["E11"] };
    await createRandomizer(schema, { ...options(), preferences: { stage: "strict" } }).randomize(
      record,
    );
    // @ts-expect-error an attribute is not there
    const incomplete: Visit = { smoker: "no", stage: "I", bmi: 20 };
    expect(incomplete).not.toHaveProperty("codes");
  });

  test("estimates and choices have its names", () => {
    const study = createAggregator(schema);
    expectTypeOf(study.estimate).parameter(0).toEqualTypeOf<"smoker" | "stage" | "bmi" | "codes">();
    expectTypeOf(study.estimate<"smoker">).returns.toEqualTypeOf<FrequencyResult>();
    expectTypeOf(study.estimate<"stage">).returns.toEqualTypeOf<FrequencyResult<string>>();
    expectTypeOf(study.estimate<"bmi">).returns.toEqualTypeOf<MeanResult>();
    // @ts-expect-error no such attribute
    expect(() => study.estimate("nope")).toThrow("nope");
    // @ts-expect-error no such level
    expect(() => policyFor(schema, { stage: "nope" })).toThrow("nope");
  });

  test("of what has no type, nothing is known, and everything is checked when it runs", () => {
    const unknown: unknown = visit;
    expectTypeOf(parseSchema(unknown)).toEqualTypeOf<Schema>();
    expectTypeOf(parseSchema(visit as object)).toEqualTypeOf<Schema>();
    expect(parseSchema(unknown).hash).toBe(schema.hash);
    expect(() => policyFor(parseSchema(unknown), { nope: "strict" })).toThrow("nope");
  });
});
