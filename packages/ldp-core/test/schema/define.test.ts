// biome-ignore-all lint/suspicious/noExplicitAny: wrong JSON has no type
import { createHash } from "node:crypto";
import { fc, property } from "@emrx/testkit";
import { expect, test } from "vitest";
import { defineSchema, LdpError, type RecordOf, type SchemaJson } from "../../src/index.js";
import { duchi, type NumericMechanism } from "../../src/mechanisms.js";
import { mechanismOf, parseSchema } from "../../src/schema.js";
import { expectError } from "../expect-error.js";
import { example, exampleJson } from "./example.js";

/** The example with one change; written as unknown JSON, as it comes from a file. */
function changed(change: (json: any) => void): SchemaJson {
  const json = structuredClone(exampleJson) as unknown;
  change(json);
  return json as SchemaJson;
}

test("a schema's hash is SHA-256 of a tag and the canonical text, written out here by hand", () => {
  const schema = defineSchema({
    id: "tiny",
    version: 3,
    levels: { b: 1, a: "2.50" },
    attributes: {
      y: { type: "numeric", range: [-0, 1e21], level: "a", missing: ["NA"] },
      x: { type: "ordinal", values: ["1", "2"], level: "b", column: "X" },
    },
    disclose: { sample: 1 },
  });
  const text =
    '{"attributes":[' +
    '{"column":"y","index":0,"level":0,"missing":["NA"],"name":"y","range":[0,1e+21],"type":"numeric"},' +
    '{"categories":2,"column":"X","index":1,"level":1,"name":"x","type":"ordinal","values":["1","2"]}' +
    '],"disclose":{"rule":"sample","sample":1},"id":"tiny",' +
    '"levels":[{"epsilon":"2.5","name":"a"},{"epsilon":"1","name":"b"}],"version":3}';
  expect(schema.hash).toBe(createHash("sha256").update(`emrx/schema/1\n${text}`).digest("hex"));
});

test("equal meaning, equal hash: spelling of decimals, order of levels and of settings, defaults written out", () => {
  const same = changed((json) => {
    json.levels = { strict: 0.5, loose: "2.0", usual: "01" };
    json.attributes.sex = {
      level: "loose",
      column: "sex",
      values: ["female", "male"],
      type: "categorical",
    };
    json.lowerLevels = "independent";
  });
  expect(defineSchema(same).hash).toBe(example.hash);
});

const meanings: readonly [string, (json: any) => void][] = [
  ["id", (json) => (json.id = "other")],
  ["version", (json) => (json.version = 2)],
  ["epsilon", (json) => (json.levels.strict = "0.51")],
  [
    "level name",
    (json) => {
      json.levels = { loose: "2", usual: "1", tight: "0.5" };
      json.attributes.stay.level = "tight";
    },
  ],
  ["level of an attribute", (json) => (json.attributes.sex.level = "usual")],
  ["order of values", (json) => json.attributes.sex.values.reverse()],
  [
    "order of attributes",
    (json) => {
      const { sex, ...rest } = json.attributes;
      json.attributes = { ...rest, sex };
    },
  ],
  ["type", (json) => (json.attributes.sex.type = "ordinal")],
  ["range", (json) => (json.attributes.bmi.range = [10, 71])],
  ["missing", (json) => delete json.attributes.stage.missing],
  ["column", (json) => delete json.attributes.bmi.column],
  ["composition rule", (json) => (json.disclose = "all")],
  ["subject", (json) => (json.subject = { column: "patient" })],
  ["a named mechanism", (json) => (json.attributes.sex.mechanism = "grr")],
  ["a named window", (json) => (json.attributes.bmi.mechanism = "window")],
  ["derived levels", (json) => (json.lowerLevels = "derived")],
];
for (const [what, change] of meanings)
  test(`another meaning, another hash: ${what}`, () => {
    expect(defineSchema(changed(change)).hash).not.toBe(example.hash);
  });

test("levels are sorted by decreasing epsilon, whatever the file's order, and attributes keep theirs", () => {
  const schema = defineSchema(
    changed((json) => (json.levels = { usual: "1", strict: "0.5", loose: "2", also: "1" })),
  );
  expect(schema.levels.map(({ name }) => name)).toEqual(["loose", "also", "usual", "strict"]);
  expect(schema.attributes.map(({ name }) => name)).toEqual(Object.keys(exampleJson.attributes));
  expect(schema.attributes.map(({ level }) => level)).toEqual([0, 2, 2, 3, -1]);
});

test("missing is one more category; a public attribute has no level", () => {
  expect(example.attributes[1]).toMatchObject({ categories: 5, missing: ["?", ""] });
  expect(example.attributes[4]).toMatchObject({ type: "public", level: -1 });
});

test("a schema cannot be changed, and does not follow changes of its source", () => {
  const source = changed(() => {});
  const schema = defineSchema(source);
  (source as any).attributes.sex.values.push("other");
  expect(schema.attributes[0]?.type === "categorical" && schema.attributes[0].categories).toBe(2);
  expect(schema.json.attributes["sex"]).toEqual(exampleJson.attributes.sex);
  expect(() => {
    (schema.levels as any)[0].epsilon = "9";
  }).toThrow(TypeError);
});

const wrong: readonly [
  string,
  (json: any) => void,
  "EMRX_BAD_SCHEMA" | "EMRX_BAD_EPSILON" | "EMRX_UNKNOWN_LEVEL",
  string,
][] = [
  ["an unknown setting", (json) => (json.level = 1), "EMRX_BAD_SCHEMA", "level: no such setting"],
  ["no id", (json) => delete json.id, "EMRX_BAD_SCHEMA", "id: expected a text"],
  ["a version below 1", (json) => (json.version = 0), "EMRX_BAD_SCHEMA", "version"],
  ["no levels", (json) => (json.levels = {}), "EMRX_BAD_SCHEMA", "levels"],
  [
    "a level that is a whole number",
    (json) => (json.levels[3] = "1"),
    "EMRX_BAD_SCHEMA",
    'levels["3"]',
  ],
  ["a negative epsilon", (json) => (json.levels.usual = "-1"), "EMRX_BAD_EPSILON", "levels.usual"],
  ["a zero epsilon", (json) => (json.levels.usual = 0), "EMRX_BAD_EPSILON", "levels.usual"],
  ["an absurd epsilon", (json) => (json.levels.usual = "1000"), "EMRX_BAD_EPSILON", "levels.usual"],
  [
    "an epsilon that is no number",
    (json) => (json.levels.usual = "one"),
    "EMRX_BAD_EPSILON",
    "levels.usual",
  ],
  [
    "an epsilon NaN",
    (json) => (json.levels.usual = Number.NaN),
    "EMRX_BAD_EPSILON",
    "levels.usual",
  ],
  ["an epsilon null", (json) => (json.levels.usual = null), "EMRX_BAD_EPSILON", "levels.usual"],
  [
    "an unknown level",
    (json) => (json.attributes.sex.level = "L9"),
    "EMRX_UNKNOWN_LEVEL",
    "attributes.sex.level",
  ],
  [
    "no level",
    (json) => delete json.attributes.bmi.level,
    "EMRX_UNKNOWN_LEVEL",
    "attributes.bmi.level",
  ],
  [
    "an unknown type",
    (json) => (json.attributes.sex.type = "list"),
    "EMRX_BAD_SCHEMA",
    "attributes.sex.type",
  ],
  [
    "a setting of another type",
    (json) => (json.attributes.sex.range = [0, 1]),
    "EMRX_BAD_SCHEMA",
    "attributes.sex.range: no such setting",
  ],
  [
    "a value that is no text",
    (json) => (json.attributes.sex.values[1] = 2),
    "EMRX_BAD_SCHEMA",
    "attributes.sex.values[1]",
  ],
  [
    "a value twice",
    (json) => (json.attributes.stage.values[2] = "I"),
    "EMRX_BAD_SCHEMA",
    "attributes.stage.values[2]: expected a text other than attributes.stage.values[0]",
  ],
  [
    "one value and no missing",
    (json) => json.attributes.sex.values.pop(),
    "EMRX_BAD_SCHEMA",
    "attributes.sex.values",
  ],
  [
    "a missing token among the values",
    (json) => (json.attributes.stage.missing[1] = "IV"),
    "EMRX_BAD_SCHEMA",
    "attributes.stage.missing[1]",
  ],
  [
    "an empty range",
    (json) => (json.attributes.bmi.range = [7, 7]),
    "EMRX_BAD_SCHEMA",
    "attributes.bmi.range",
  ],
  [
    "half a range",
    (json) => (json.attributes.bmi.range = [7]),
    "EMRX_BAD_SCHEMA",
    "attributes.bmi.range",
  ],
  [
    "an endless range",
    (json) => (json.attributes.bmi.range = [0, Number.POSITIVE_INFINITY]),
    "EMRX_BAD_SCHEMA",
    "attributes.bmi.range[1]",
  ],
  [
    "a range too wide for a double",
    (json) => (json.attributes.bmi.range = [-1e308, 1e308]),
    "EMRX_BAD_SCHEMA",
    "attributes.bmi.range",
  ],
  [
    "an odd attribute name",
    (json) => (json.attributes["7"] = json.attributes.sex),
    "EMRX_BAD_SCHEMA",
    'attributes["7"]',
  ],
  [
    "attributes as a list",
    (json) => (json.attributes = [1]),
    "EMRX_BAD_SCHEMA",
    "attributes: expected an object",
  ],
  [
    "only public attributes",
    (json) => (json.attributes = { clinic: json.attributes.clinic }),
    "EMRX_BAD_SCHEMA",
    "attributes: expected at least one attribute that is not public",
  ],
  ["no composition rule", (json) => delete json.disclose, "EMRX_BAD_SCHEMA", "disclose"],
  [
    "a sample of none",
    (json) => (json.disclose = { sample: 0 }),
    "EMRX_BAD_SCHEMA",
    "disclose.sample",
  ],
  [
    "a sample of more than there are",
    (json) => (json.disclose = { sample: 5 }),
    "EMRX_BAD_SCHEMA",
    "disclose.sample",
  ],
  [
    "half a sample",
    (json) => (json.disclose = { sample: 1.5 }),
    "EMRX_BAD_SCHEMA",
    "disclose.sample",
  ],
  [
    "a subject without a column",
    (json) => (json.subject = {}),
    "EMRX_BAD_SCHEMA",
    "subject.column",
  ],
  [
    "a subject kept by nothing",
    (json) => (json.subject = { column: "id", keep: {} }),
    "EMRX_BAD_SCHEMA",
    "subject.keep.lowest",
  ],
  [
    "a mechanism that nobody knows",
    (json) => (json.attributes.stage.mechanism = "laplace"),
    "EMRX_BAD_SCHEMA",
    "attributes.stage.mechanism: expected one of grr, oue, sue, olh, blh, ss, hr, pgr",
  ],
  [
    "a mechanism of another type",
    (json) => (json.attributes.bmi.mechanism = "grr"),
    "EMRX_BAD_SCHEMA",
    "attributes.bmi.mechanism: expected one of window, duchi, window-mixture",
  ],
  [
    "a mechanism for a public attribute",
    (json) => (json.attributes.clinic.mechanism = "grr"),
    "EMRX_BAD_SCHEMA",
    "attributes.clinic.mechanism",
  ],
  [
    "a mixture where values may be missing",
    (json) => (json.attributes.stay.mechanism = "window-mixture"),
    "EMRX_BAD_SCHEMA",
    "attributes.stay.mechanism: expected window or duchi",
  ],
  [
    "a mixture that a level's epsilon is too small for",
    (json) => (json.attributes.bmi.mechanism = "window-mixture"),
    "EMRX_BAD_SCHEMA",
    "attributes.bmi: no mechanism fits",
  ],
  [
    "lower levels of no kind",
    (json) => (json.lowerLevels = "chained"),
    "EMRX_BAD_SCHEMA",
    "lowerLevels: expected one of independent, derived",
  ],
  [
    "half a surrogate pair",
    (json) => (json.attributes.sex.values[0] = "\ud800"),
    "EMRX_BAD_SCHEMA",
    "attributes.sex.values[0]",
  ],
];
for (const [what, change, code, place] of wrong)
  test(`a schema with ${what} is refused, naming the place`, () => {
    expectError(() => defineSchema(changed(change)), code, place);
  });

test("an attribute has the mechanism that it names, at every level", () => {
  const names = ["grr", "oue", "sue", "olh", "blh", "ss", "hr", "pgr"] as const;
  for (const name of names) {
    const schema = defineSchema(changed((json) => (json.attributes.stage.mechanism = name)));
    for (const level of [1, 2]) {
      const mechanism = mechanismOf(schema, 1, level);
      expect([mechanism.name, mechanism.epsilon]).toEqual([name, schema.levels[level]?.epsilon]);
    }
    expect(mechanismOf(schema, 0, 0).identity).toBe(mechanismOf(example, 0, 0).identity);
  }
  const levels = { loose: "4", usual: "3", strict: "1" };
  for (const mechanism of ["duchi", "window", "window-mixture"]) {
    const schema = defineSchema(
      changed((json) => {
        json.levels = levels;
        json.attributes.bmi.mechanism = mechanism;
      }),
    );
    const found = mechanismOf(schema, 2, 1) as NumericMechanism;
    expect(found.epsilon).toBe("3");
    expect((found.name as string) === "window-mixture").toBe(mechanism === "window-mixture");
    if (mechanism === "duchi") expect([found.cells, found.window]).toEqual([2, 1]);
    else expect(found.cells).toBeGreaterThan(2);
  }
  const range = [1, 14] as const;
  const stay = defineSchema(changed((json) => (json.attributes.stay.mechanism = "duchi")));
  expect(mechanismOf(stay, 3, 2).identity).toBe(
    duchi({ range, epsilon: "0.5", missing: true }).identity,
  );
});

test("a text that is not JSON, or no object, is refused", () => {
  expectError(() => parseSchema('{"id": '), "EMRX_BAD_SCHEMA", "not JSON");
  for (const text of ["null", "[]", "7", '"x"'])
    expectError(() => parseSchema(text), "EMRX_BAD_SCHEMA");
  expect(parseSchema(JSON.stringify(exampleJson)).hash).toBe(example.hash);
});

/** Every place of a JSON value, as a list of keys. */
function places(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, part]) => places(part, [...path, key]))];
}

property(
  "any JSON put in any place of a schema either makes a schema or one of the three errors",
  [fc.constantFrom(...places(exampleJson).filter((path) => path.length > 0)), fc.jsonValue()],
  (path, junk) => {
    const json = changed((root) => {
      let at = root;
      for (const key of path.slice(0, -1)) at = at[key];
      at[path.at(-1) as string] = junk;
    });
    try {
      const schema = defineSchema(json);
      expect(defineSchema(schema.json).hash).toBe(schema.hash);
    } catch (error) {
      expect(error).toBeInstanceOf(LdpError);
      expect(["EMRX_BAD_SCHEMA", "EMRX_BAD_EPSILON", "EMRX_UNKNOWN_LEVEL"]).toContain(
        (error as LdpError).code,
      );
    }
  },
  { numRuns: 200 },
);

test("records are typed from the schema: wrong ones do not compile", () => {
  type Example = RecordOf<typeof exampleJson>;
  const good: Example = { sex: "male", stage: null, bmi: 20, stay: "?" };
  const withPublic: Example = { ...good, stage: "II", stay: 3, clinic: "north" };
  // @ts-expect-error a value outside the domain
  const outside: Example = { ...good, sex: "other" };
  // @ts-expect-error missing is not allowed here
  const missing: Example = { ...good, bmi: null };
  // @ts-expect-error an attribute is not there
  const incomplete: Example = { sex: "male", stage: null, bmi: 20 };
  expect([good, withPublic, outside, missing, incomplete]).toHaveLength(5);
});
