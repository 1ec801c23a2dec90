// biome-ignore-all lint/suspicious/noExplicitAny: wrong JSON has no type
// What a schema may just hold, and what is one too many; which mechanism and epsilon follow from it.
import { expect, test } from "vitest";
import { defineSchema, grr, policyFor, type SchemaJson } from "../../src/index.js";
import { codeSeparator } from "../../src/schema/attribute.js";
import { epsilonOf, mechanismOf, parseSchema } from "../../src/schema.js";
import { expectError } from "../expect-error.js";
import { example, exampleJson } from "./example.js";

function changed(change: (json: any) => void): SchemaJson {
  const json = structuredClone(exampleJson) as unknown;
  change(json);
  return json as SchemaJson;
}
const accepts = (change: (json: any) => void) => defineSchema(changed(change));
const refuses = (change: (json: any) => void, ...says: string[]) =>
  expectError(() => defineSchema(changed(change)), "EMRX_BAD_SCHEMA", ...says);

test("versions count from 1 in whole numbers that a double holds", () => {
  for (const version of [1, 2, Number.MAX_SAFE_INTEGER])
    expect(accepts((json) => (json.version = version)).version).toBe(version);
  for (const version of [0, -1, 1.5, 2 ** 53, "1", null, undefined])
    refuses((json) => (json.version = version), "version: expected a whole number from 1");
});

test("a sample is at most as large as there are attributes that are not public", () => {
  for (const sample of [1, 4])
    expect(accepts((json) => (json.disclose = { sample })).disclose).toEqual({
      rule: "sample",
      sample,
    });
  for (const sample of [0, 5, 1.5, "1", Number.NaN, undefined])
    refuses((json) => (json.disclose = { sample }), "disclose.sample", "1 to 4");
  for (const disclose of [7, null, "some", undefined])
    refuses((json) => (json.disclose = disclose), 'disclose: expected "all", { "sample": k }');
  refuses((json) => (json.disclose = { sample: 1, of: 2 }), "disclose.of: no such setting");
  refuses((json) => (json.disclose = { budget: 1, of: 2 }), "disclose.of: no such setting");
  refuses((json) => (json.disclose = []), "disclose: expected an object");
});

test("every attribute is a rule of its own", () => {
  expect(accepts((json) => (json.disclose = "all")).disclose).toEqual({ rule: "all" });
});

test("levels of equal epsilon stand by name, however the file orders them", () => {
  const twins = { b: "1", a: "1", d: "2", c: "2" };
  const named = (levels: object) =>
    accepts((json) => {
      json.levels = { ...levels, ...exampleJson.levels };
    }).levels.map(({ name }) => name);
  const expected = ["c", "d", "loose", "a", "b", "usual", "strict"];
  expect(named(twins)).toEqual(expected);
  expect(named(Object.fromEntries(Object.entries(twins).reverse()))).toEqual(expected);
});

test("an error keeps what caused it", () => {
  const causeOf = (work: () => unknown): unknown => {
    try {
      work();
    } catch (error) {
      return (error as Error).cause;
    }
    return undefined;
  };
  expect(causeOf(() => parseSchema("{"))).toBeInstanceOf(SyntaxError);
  const wide = { type: "set", values: ["a", "b"], atMost: 3, level: "usual" };
  expect(causeOf(() => accepts((json) => (json.attributes.codes = wide)))).toMatchObject({
    code: "EMRX_BAD_PARAMETER",
  });
});

test("weights are from a millionth to a million", () => {
  const weighted = (sex: unknown) => (json: any) =>
    (json.disclose = { budget: "2", weights: { sex } });
  for (const weight of [1e-6, 1, 1e6]) {
    const { disclose } = accepts((json) => {
      weighted(weight)(json);
      json.disclose.budget = "4";
    });
    expect(disclose.rule).toBe("budget");
  }
  for (const weight of [0.99e-6, 1.01e6, 0, -1, "1", Number.NaN, null])
    refuses(weighted(weight), "disclose.weights.sex: expected a number from 0.000001 to 1000000");
  refuses(
    (json) => (json.disclose = { budget: 2, weights: [] }),
    "disclose.weights: expected an object",
  );
});

test("a weight that is not given is 1", () => {
  const shares = (weights?: object) => {
    const { disclose } = accepts(
      (json) => (json.disclose = { budget: "2", ...(weights && { weights }) }),
    );
    return disclose.rule === "budget" ? disclose.shares : [];
  };
  expect(shares({ sex: 1, stage: 1, bmi: 1, stay: 1 })).toEqual(shares());
  expect(shares({ stage: 1 })).toEqual(shares());
  expect(shares({ stage: 3 })).not.toEqual(shares());
});

test("255 levels fit the one byte of a level, and no more", () => {
  const levels = (count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, i) => [`l${i}`, (1 + i / 1000).toFixed(3)]),
    );
  const many = (count: number) => (json: any) => {
    json.levels = { ...exampleJson.levels, ...levels(count - 3) };
  };
  expect(accepts(many(255)).levels).toHaveLength(255);
  refuses(many(256), "levels: expected at most 255 members, got 256");
});

test("a set counts 1 to 64 codes, none empty and none with a bar", () => {
  expect(codeSeparator).toBe("|");
  const values = Array.from({ length: 80 }, (_, i) => `c${i}`);
  const set = (change: object) => (json: any) =>
    (json.attributes.codes = { type: "set", values, atMost: 3, level: "usual", ...change });
  for (const atMost of [1, 64])
    expect(accepts(set({ atMost })).attributes[5]).toMatchObject({ atMost, categories: 80 });
  for (const atMost of [0, 65, 2.5, "3"])
    refuses(set({ atMost }), "attributes.codes.atMost: expected a whole number from 1 to 64");
  refuses(set({ values: ["a", "b|c"] }), "attributes.codes.values[1]: expected a code without |");
  refuses(
    set({ values: ["a", ""] }),
    "attributes.codes.values[1]: expected a code without |, not empty",
  );
  refuses(set({ mechanism: "grr" }), "attributes.codes.mechanism: no such setting");
  expect(accepts(set({ missing: ["?"] })).attributes[5]).toMatchObject({ categories: 81 });
});

test("a domain has two symbols at least, of which missing may be one; a public one may have one value", () => {
  const stage = (change: object) => (json: any) => Object.assign(json.attributes.stage, change);
  expect(accepts(stage({ values: ["I"] })).attributes[1]).toMatchObject({ categories: 2 });
  refuses((json) => {
    json.attributes.sex.values = ["female"];
  }, "attributes.sex.values: expected at least 2 entries");
  refuses(stage({ values: [] }), "attributes.stage.values: expected at least 1 entry");
  refuses(stage({ missing: [] }), "attributes.stage.missing: expected at least 1 entry");
  refuses(
    stage({ missing: ["x", "II"] }),
    "attributes.stage.missing[1]: expected a token that is not",
  );
  const open = accepts((json) => (json.attributes.clinic.values = ["north"]));
  expect(open.attributes[4]).toEqual({
    name: "clinic",
    index: 4,
    column: "clinic",
    type: "public",
    level: -1,
    values: ["north"],
    missing: undefined,
  });
});

test("a range is two finite numbers that ascend and whose width is one too", () => {
  const range = (value: unknown) => (json: any) => (json.attributes.bmi.range = value);
  const widest = [-Number.MAX_VALUE / 2, Number.MAX_VALUE / 2];
  for (const good of [[-1, 0], widest])
    expect(accepts(range(good)).attributes[2]).toMatchObject({ range: good });
  refuses(range([0]), "attributes.bmi.range: expected [lowest, highest]");
  refuses(range([0, 1, 2]), "attributes.bmi.range: expected [lowest, highest]");
  refuses(range({ 0: 1, 1: 2, length: 2 }), "attributes.bmi.range: expected [lowest, highest]");
  refuses(range(["0", 1]), "attributes.bmi.range[0]: expected a finite number");
  refuses(range([0, Number.NaN]), "attributes.bmi.range[1]: expected a finite number");
  refuses(range([1, 1]), "attributes.bmi.range: expected lowest < highest");
  refuses(range([2, 1]), "attributes.bmi.range: expected lowest < highest");
  refuses(range([-Number.MAX_VALUE, Number.MAX_VALUE]), "a width that is finite");
});

test("a schema says where records repeat a person", () => {
  const subject = { column: "patient", keep: { lowest: "visit" } };
  expect(accepts((json) => (json.subject = subject)).subject).toEqual(subject);
  expect(accepts((json) => (json.subject = { column: "patient" })).subject).toEqual({
    column: "patient",
  });
  expect(example.subject).toBeUndefined();
  refuses((json) => (json.subject = { column: "p", of: 1 }), "subject.of: no such setting");
  refuses((json) => (json.subject = { column: "p", keep: 1 }), "subject.keep: expected an object");
  refuses(
    (json) => (json.subject = { column: "p", keep: { lowest: "v", highest: "w" } }),
    "subject.keep.highest: no such setting",
  );
});

test("what no mechanism fits is an error of the schema that says where: here a set limit above its domain", () => {
  const codes = { type: "set", values: ["a", "b"], atMost: 3, level: "usual" };
  refuses(
    (json) => (json.attributes.codes = codes),
    "schema: attributes.codes: no mechanism fits",
    "atMost is 3 (a number); expected a whole number from 1 to 2",
  );
});

test("the epsilon and the mechanism of an attribute at a level", () => {
  expect([0, 1, 2].map((level) => epsilonOf(example, 0, level))).toEqual(["2", "1", "0.5"]);
  expect(mechanismOf(example, 0, 2)).toBe(mechanismOf(example, 0, 2));
  expect(mechanismOf(example, 0, 2).identity).toBe(grr({ categories: 2, epsilon: "0.5" }).identity);
  expect(mechanismOf(example, 1, 2)).not.toBe(mechanismOf(example, 0, 2));
  for (const [attribute, level] of [
    [4, 0],
    [5, 0],
    [-1, 0],
    [0, 3],
    [0, -1],
  ] as const)
    for (const of of [epsilonOf, mechanismOf])
      expectError(() => of(example, attribute, level), "EMRX_BAD_PARAMETER");
});

test("a share of a budget is spent at the default level; a stricter level that is below it holds", () => {
  const split = accepts((json) => (json.disclose = { budget: "3" }));
  const { disclose } = split;
  const share = (disclose.rule === "budget" && disclose.shares[0]) as string;
  expect(Number(share)).toBeGreaterThan(0.5);
  expect(epsilonOf(split, 0, 0)).toBe(share);
  expect(epsilonOf(split, 0, 2)).toBe("0.5");
  expect(Number(policyFor(split, { sex: "strict" }).debit)).toBeLessThan(
    Number(policyFor(split).debit),
  );
});
