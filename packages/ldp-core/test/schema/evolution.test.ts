import { fc, property } from "@emrx/testkit";
import { expect, test } from "vitest";
import { createRandomizer, defineSchema, memoryStore, type SchemaJson } from "../../src/index.js";
import { type AttributeChange, compareSchemas } from "../../src/schema.js";
import { example, exampleJson } from "./example.js";

// biome-ignore lint/suspicious/noExplicitAny: changes to JSON
function next(change: (json: any) => void) {
  const json = structuredClone(exampleJson) as unknown as SchemaJson;
  change(json);
  return defineSchema(json);
}

test("the same schema: identical, nothing is paid anew", () => {
  const change = compareSchemas(
    example,
    next(() => {}),
  );
  expect(change.identical).toBe(true);
  expect(change.paidAnew).toEqual([]);
  expect(change.comparable).toEqual(["sex", "stage", "bmi", "stay"]);
});

// biome-ignore lint/suspicious/noExplicitAny: changes to JSON
const changes: readonly [string, (json: any) => void, string, AttributeChange][] = [
  [
    "a new version number",
    (json) => {
      json.version = 2;
    },
    "sex",
    "same",
  ],
  [
    "a renamed level",
    (json) => {
      json.levels = { wide: "2", usual: "1", strict: "0.5" };
      json.attributes.sex.level = "wide";
    },
    "sex",
    "same",
  ],
  [
    "another column",
    (json) => {
      json.attributes.sex.column = "gender";
    },
    "sex",
    "column",
  ],
  [
    "ordinal for categorical",
    (json) => {
      json.attributes.sex.type = "ordinal";
    },
    "sex",
    "same",
  ],
  [
    "other missing tokens",
    (json) => {
      json.attributes.stage.missing = ["NA"];
    },
    "stage",
    "domain",
  ],
  [
    "another level",
    (json) => {
      json.attributes.sex.level = "strict";
    },
    "sex",
    "epsilon",
  ],
  [
    "missing tokens in another order",
    (json) => {
      json.attributes.stage.missing = [...json.attributes.stage.missing].reverse();
    },
    "stage",
    "same",
  ],
  [
    "a public attribute of another column",
    (json) => {
      json.attributes.clinic.column = "ward";
    },
    "clinic",
    "column",
  ],
  [
    "a split budget",
    (json) => {
      json.disclose = { budget: "2" };
    },
    "stage",
    "epsilon",
  ],
  [
    "another value",
    (json) => {
      json.attributes.sex.values = ["female", "male", "other"];
    },
    "sex",
    "domain",
  ],
  [
    "values in another order",
    (json) => {
      json.attributes.sex.values = ["male", "female"];
    },
    "sex",
    "domain",
  ],
  [
    "missing no longer allowed",
    (json) => {
      delete json.attributes.stage.missing;
    },
    "stage",
    "domain",
  ],
  [
    "another range",
    (json) => {
      json.attributes.bmi.range = [10, 80];
    },
    "bmi",
    "domain",
  ],
  [
    "other public values",
    (json) => {
      json.attributes.clinic.values = ["north"];
    },
    "clinic",
    "domain",
  ],
  [
    "a number made a list",
    (json) => {
      json.attributes.bmi = json.attributes.sex;
    },
    "bmi",
    "type",
  ],
  [
    "a public attribute made private",
    (json) => {
      json.attributes.clinic = json.attributes.sex;
    },
    "clinic",
    "type",
  ],
  [
    "a private attribute made public, its values the same",
    (json) => {
      json.attributes.sex = { type: "public", values: json.attributes.sex.values };
    },
    "sex",
    "type",
  ],
  [
    "one value of two replaced",
    (json) => {
      json.attributes.sex.values = ["female", "other"];
    },
    "sex",
    "domain",
  ],
  [
    "one public value of two replaced",
    (json) => {
      json.attributes.clinic.values = ["north", "west"];
    },
    "clinic",
    "domain",
  ],
  [
    "a named mechanism, other than the rule's",
    (json) => {
      json.attributes.stage.mechanism = "sue";
    },
    "stage",
    "mechanism",
  ],
  [
    "a named mechanism, the rule's own",
    (json) => {
      json.attributes.stage.mechanism = "grr";
    },
    "stage",
    "same",
  ],
  [
    "another mechanism at another epsilon",
    (json) => {
      json.attributes.stage.mechanism = "sue";
      json.attributes.stage.level = "strict";
    },
    "stage",
    "epsilon",
  ],
  [
    "lower levels derived, of which a record uses none unless asked",
    (json) => {
      json.lowerLevels = "derived";
    },
    "stage",
    "same",
  ],
  [
    "an attribute dropped",
    (json) => {
      delete json.attributes.bmi;
    },
    "bmi",
    "removed",
  ],
  [
    "an attribute added",
    (json) => {
      json.attributes.smoker = json.attributes.sex;
    },
    "smoker",
    "added",
  ],
  [
    "the public attribute left alone",
    (json) => {
      json.version = 2;
    },
    "clinic",
    "public",
  ],
];
for (const [what, change, attribute, expected] of changes)
  test(`${what}: ${attribute} is "${expected}"`, () => {
    const newer = next(change);
    const compared = compareSchemas(example, newer);
    expect(compared.attributes.get(attribute)).toBe(expected);
    expect(compared.comparable.includes(attribute)).toBe(
      ["same", "epsilon", "mechanism"].includes(expected),
    );
    expect(compared.identical).toBe(false);
    expect(compared.paidAnew).toEqual(
      newer.attributes.filter(({ type }) => type !== "public").map(({ name }) => name),
    );
  });

test("a new version really costs anew, on the same lifetime budget", async () => {
  const memory = memoryStore();
  const record = { sex: "male", stage: "I", bmi: 20, stay: 1 } as const;
  const first = createRandomizer(example, { memory, lifetimeBudget: "7" });
  await first.randomize(record);
  expect(await first.remaining()).toBe("4");
  const second = createRandomizer(defineSchema({ ...exampleJson, version: 2 }), {
    memory,
    lifetimeBudget: "7",
  });
  await second.randomize(record);
  expect(await second.remaining()).toBe("1");
});

test("a set stays the same with its codes and its limit; a list of the same values is another type", () => {
  const codes = { type: "set", values: ["a", "b", "c"], atMost: 2, level: "usual" };
  const older = next((json) => (json.attributes.codes = codes));
  for (const [change, expected] of [
    [{}, "same"],
    [{ atMost: 1 }, "domain"],
    [{ values: ["a", "b", "d"] }, "domain"],
    [{ values: ["a", "c", "b"] }, "domain"],
    [{ level: "strict" }, "epsilon"],
  ] as const) {
    const newer = next((json) => (json.attributes.codes = { ...codes, ...change }));
    expect(compareSchemas(older, newer).attributes.get("codes")).toBe(expected);
  }
  const { atMost, ...list } = codes;
  expect(atMost).toBe(2);
  const listed = next((json) => (json.attributes.codes = { ...list, type: "categorical" }));
  expect(compareSchemas(older, listed).attributes.get("codes")).toBe("type");
});

const subject = { column: "patient" } as const;
const keep = { column: "patient", keep: { lowest: "visit" } } as const;

test("who is protected, and by which of their records they count: where it differs nothing may be pooled", () => {
  const pairs = [
    [undefined, undefined, "same"],
    [subject, { ...subject }, "same"],
    [keep, { ...keep, keep: { ...keep.keep } }, "same"],
    [undefined, subject, "subject"],
    [subject, undefined, "subject"],
    [keep, undefined, "subject"],
    [subject, { column: "household" }, "subject"],
    [subject, keep, "keep"],
    [keep, subject, "keep"],
    [keep, { ...keep, keep: { lowest: "date" } }, "keep"],
  ] as const;
  for (const [before, after, expected] of pairs) {
    const made = (given: object | undefined) =>
      next((json) => {
        if (given === undefined) delete json.subject;
        else json.subject = given;
      });
    const change = compareSchemas(made(before), made(after));
    expect(change.subject).toBe(expected);
    expect(change.comparable).toEqual(expected === "same" ? ["sex", "stage", "bmi", "stay"] : []);
    expect(change.identical).toBe(expected === "same");
  }
});

property(
  "several changes at once: each attribute shows its own, the others are the same",
  [fc.uniqueArray(fc.constantFrom(...changes), { selector: ([, , name]) => name, maxLength: 4 })],
  (chosen) => {
    const local = chosen.filter(([title]) => !/budget|version|renamed|made/.test(title));
    const change = compareSchemas(
      example,
      next((json) => {
        for (const [, make] of local) make(json);
      }),
    );
    for (const [, , name, expected] of local) expect(change.attributes.get(name)).toBe(expected);
    for (const [name, found] of change.attributes)
      if (!local.some(([, , changed]) => changed === name))
        expect(["same", "public"]).toContain(found);
  },
);
