import { fc, property, rational } from "@emrx/testkit";
import { expect, test } from "vitest";
import { parseBudget } from "../../src/accounting.js";
import { defineSchema, policyFor, type SchemaJson } from "../../src/index.js";
import { expectError } from "../expect-error.js";
import { example, exampleJson } from "./example.js";

test("nothing chosen: the default levels, everything but public attributes in the pool", () => {
  expect(policyFor(example)).toEqual({
    schemaHash: example.hash,
    levels: [0, 1, 1, 2, -1],
    pool: [0, 1, 2, 3],
    disclosed: 2,
    debit: "3", // the two largest of 2, 1, 1, 0.5
  });
});

test("withheld attributes leave the pool; a sample is never larger than the pool", () => {
  const policy = policyFor(example, { sex: "withhold", stage: "withhold", bmi: "withhold" });
  expect(policy).toMatchObject({
    pool: [3],
    disclosed: 1,
    debit: "0.5",
    levels: [-1, -1, -1, 2, -1],
  });
});

test("a stricter level can be chosen, a looser one, an unknown one or an unknown attribute cannot", () => {
  expect(policyFor(example, { sex: "strict", stage: "strict" }).debit).toBe("1.5");
  expect(policyFor(example, { sex: "loose", stage: "usual" })).toEqual(policyFor(example));
  expectError(() => policyFor(example, { bmi: "loose" }), "EMRX_BAD_PREFERENCE", "bmi", "looser");
  // @ts-expect-error no such level
  expectError(() => policyFor(example, { bmi: "L7" }), "EMRX_UNKNOWN_LEVEL", "bmi", '"L7"');
  // @ts-expect-error no such attribute
  expectError(() => policyFor(example, { weight: "strict" }), "EMRX_BAD_PREFERENCE", "weight");
  // @ts-expect-error a public attribute
  expectError(() => policyFor(example, { clinic: "withhold" }), "EMRX_BAD_PREFERENCE", "clinic");
  const all = { sex: "withhold", stage: "withhold", bmi: "withhold", stay: "withhold" } as const;
  expectError(() => policyFor(example, all), "EMRX_BAD_PREFERENCE", "every attribute");
});

const decimals = fc
  .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 999 }))
  .map(([whole, thousandths]) => parseBudget(`${whole}.${String(thousandths).padStart(3, "0")}`));

property(
  "the debit is exactly the sum of the k largest epsilons that the policy leaves in the pool",
  [
    fc.array(decimals, { minLength: 1, maxLength: 6 }),
    fc.nat(5),
    fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
  ],
  (epsilons, sampleIndex, withheld) => {
    const sample = (sampleIndex % epsilons.length) + 1;
    const name = (i: number) => `a${i}`;
    const schema = defineSchema({
      id: "sums",
      version: 1,
      levels: Object.fromEntries(epsilons.map((epsilon, i) => [`l${i}`, epsilon])),
      attributes: Object.fromEntries(
        epsilons.map((_, i) => [
          name(i),
          { type: "categorical", values: ["0", "1"], level: `l${i}` },
        ]),
      ),
      disclose: { sample },
    } as SchemaJson);
    const kept = epsilons.filter((_, i) => !withheld[i]);
    fc.pre(kept.length > 0);
    const preferences = Object.fromEntries(
      epsilons.flatMap((_, i) => (withheld[i] ? [[name(i), "withhold"]] : [])),
    );
    const policy = policyFor(schema, preferences);
    const exact = kept
      .map((epsilon) => rational.decimal(epsilon))
      .sort((a, b) => (rational.less(a, b) ? 1 : -1))
      .slice(0, sample);
    expect(rational.equal(rational.decimal(policy.debit), rational.sum(exact))).toBe(true);
    expect(policy.disclosed).toBe(Math.min(sample, kept.length));
  },
);

test("all attributes: the debit is the sum of all, added as decimals", () => {
  const tenths = defineSchema({
    ...exampleJson,
    levels: { loose: "0.2", usual: "0.1", strict: "0.05" },
    disclose: "all",
  });
  expect(policyFor(tenths).debit).toBe("0.45"); // 0.2 + 0.1 + 0.1 + 0.05
});

test("a policy is frozen, and only a person's own choices count, not what they inherit", () => {
  const policy = policyFor(example);
  for (const part of [policy, policy.levels, policy.pool]) expect(Object.isFrozen(part)).toBe(true);
  expect(policyFor(example, Object.create({ sex: "withhold" }))).toEqual(policy);
  expect(policyFor(example, { sex: undefined } as never)).toEqual(policy);
});

test("errors name the attribute as the schema does, the levels there are, and both epsilons", () => {
  const says = (
    preferences: object,
    code: "EMRX_BAD_PREFERENCE" | "EMRX_UNKNOWN_LEVEL",
    text: string,
  ) => expectError(() => policyFor(example, preferences as never), code, text);
  says(
    { "no such": "strict" },
    "EMRX_BAD_PREFERENCE",
    'preferences: ["no such"] is not a randomized attribute of schema example',
  );
  says(
    { bmi: 3 },
    "EMRX_UNKNOWN_LEVEL",
    'preferences.bmi is 3 (a number); expected "withhold" or the name of a level',
  );
  says(
    { bmi: "lose" },
    "EMRX_UNKNOWN_LEVEL",
    'preferences: bmi: unknown level "lose"; expected "withhold" or one of loose, usual, strict',
  );
  says(
    { bmi: "loose" },
    "EMRX_BAD_PREFERENCE",
    "level loose (epsilon 2) is looser than the schema's usual (epsilon 1)",
  );
});

test("a level of the same epsilon by another name may be chosen", () => {
  const twin = defineSchema({ ...exampleJson, levels: { ...exampleJson.levels, also: "1" } });
  expect(twin.levels.map(({ name }) => name)).toEqual(["loose", "also", "usual", "strict"]);
  expect(policyFor(twin, { stage: "also" }).levels[1]).toBe(1);
  expect(policyFor(twin, { stage: "also" }).debit).toBe(policyFor(twin).debit);
});
