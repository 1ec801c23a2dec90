import { readFileSync } from "node:fs";
import { fc, property } from "@emrx/testkit";
import Ajv2020 from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { defineSchema, LdpError, type SchemaJson } from "../../src/index.js";
import { schemaJsonSchema } from "../../src/schema.js";
import { exampleJson } from "./example.js";

const validate = new Ajv2020.Ajv2020({
  strict: true,
  strictRequired: false,
  strictTypes: false,
  strictTuples: false,
}).compile(schemaJsonSchema());

test("the example and all composition rules are valid against the JSON Schema", () => {
  for (const disclose of [
    "all",
    { sample: 2 },
    { budget: "2" },
    { budget: 2, weights: { sex: 3 } },
  ])
    expect(validate({ ...exampleJson, disclose }), JSON.stringify(validate.errors)).toBe(true);
  expect(validate({ ...exampleJson, subject: { column: "id", keep: { lowest: "visit" } } })).toBe(
    true,
  );
});

test("the package's schema.json is this JSON Schema, and a schema file may point to it", () => {
  const file = new URL("../../schema.json", import.meta.url);
  // After a change: write JSON.stringify(schemaJsonSchema()) to the file and format it.
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(schemaJsonSchema());
  const pointing = { $schema: "./node_modules/@emrx/ldp-core/schema.json", ...exampleJson };
  expect(validate(pointing), JSON.stringify(validate.errors)).toBe(true);
  expect(defineSchema(pointing).hash).toBe(defineSchema(exampleJson).hash);
  for (const wrong of ["", 7]) {
    expect(validate({ ...pointing, $schema: wrong })).toBe(false);
    expect(() => defineSchema({ ...pointing, $schema: wrong as string })).toThrow("$schema");
  }
});

test("named mechanisms and derived levels are valid, other words are not", () => {
  const named = (attribute: string, mechanism: unknown) => ({
    ...exampleJson,
    attributes: {
      ...exampleJson.attributes,
      [attribute]: {
        ...exampleJson.attributes[attribute as keyof typeof exampleJson.attributes],
        mechanism,
      },
    },
  });
  for (const mechanism of ["grr", "oue", "sue", "olh", "blh", "ss", "hr", "pgr"])
    expect(validate(named("stage", mechanism)), mechanism).toBe(true);
  for (const mechanism of ["window", "duchi", "window-mixture"])
    expect(validate(named("bmi", mechanism)), mechanism).toBe(true);
  for (const mechanism of ["duchi", "", null, "GRR"])
    expect(validate(named("stage", mechanism))).toBe(false);
  for (const mechanism of ["grr", 1]) expect(validate(named("bmi", mechanism))).toBe(false);
  expect(validate(named("clinic", "grr"))).toBe(false);
  for (const lowerLevels of ["derived", "independent"])
    expect(validate({ ...exampleJson, lowerLevels })).toBe(true);
  expect(validate({ ...exampleJson, lowerLevels: true })).toBe(false);
});

/** Every place of a JSON value, as a list of keys. */
function places(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, part]) => places(part, [...path, key]))];
}

const junk = fc.oneof(
  fc.jsonValue({ maxDepth: 1 }),
  fc.constantFrom(
    "1",
    "-1",
    "5e-1",
    "02.50",
    "0.5",
    0,
    1,
    33,
    [],
    {},
    ["a"],
    ["a", "a"],
    ["a", "b"],
    [1, 2],
    [2, 1],
    "all",
    { sample: 1 },
    { budget: 1 },
    "categorical",
    "numeric",
    "public",
    "usual",
  ),
);

property(
  "what the JSON Schema refuses, defineSchema refuses too: an editor never marks a schema that works",
  [
    fc.constantFrom(...places(exampleJson).filter((path) => path.length > 0)),
    junk,
    fc.constantFrom("replace", "remove", "add"),
  ],
  (path, value, what) => {
    const json = structuredClone(exampleJson) as unknown;
    // biome-ignore lint/suspicious/noExplicitAny: a walk into JSON
    let at = json as any;
    for (const key of path.slice(0, -1)) at = at[key];
    const key = path.at(-1) as string;
    if (what === "remove" && !Array.isArray(at)) delete at[key];
    else if (what === "add" && typeof at[key] === "object") at[key].extra = value;
    else at[key] = value;
    let works = true;
    try {
      defineSchema(json as SchemaJson);
    } catch (error) {
      expect(error).toBeInstanceOf(LdpError);
      works = false;
    }
    if (works)
      expect(
        validate(JSON.parse(JSON.stringify(json))),
        JSON.stringify([json, validate.errors]),
      ).toBe(true);
  },
  { numRuns: 200 },
);

test("the JSON Schema refuses what an editor can see: wrong types, unknown settings, missing ones", () => {
  // biome-ignore lint/suspicious/noExplicitAny: wrong JSON has no type
  const wrong: readonly ((json: any) => void)[] = [
    (json) => {
      json.levels.usual = -1;
    },
    (json) => {
      json.levels.usual = 33;
    },
    (json) => {
      json.levels.usual = "one";
    },
    (json) => {
      json.attributes.sex.type = "set";
    },
    (json) => {
      json.attributes.sex.valeus = [];
    },
    (json) => {
      json.attributes.sex.values = ["a", "a"];
    },
    (json) => {
      json.attributes.bmi.range = [1];
    },
    (json) => {
      json.attributes.clinic.level = "usual";
    },
    (json) => {
      json.attributes[7] = json.attributes.sex;
    },
    (json) => {
      json.disclose = { sample: 0 };
    },
    (json) => {
      json.disclose = "some";
    },
    (json) => {
      delete json.version;
    },
  ];
  for (const change of wrong) {
    const json = structuredClone(exampleJson);
    change(json);
    expect(validate(json), change.toString()).toBe(false);
  }
});

test("the example schemas of the demo, where they are there, are valid", () => {
  for (const name of ["brfss2015", "diabetes130"]) {
    let text: string;
    try {
      text = readFileSync(
        new URL(`../../../../examples/emr-exchange/src/schemas/${name}.json`, import.meta.url),
        "utf8",
      );
    } catch {
      continue;
    }
    expect(validate(JSON.parse(text)), JSON.stringify(validate.errors)).toBe(true);
  }
});
