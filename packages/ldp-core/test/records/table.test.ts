import { expect, test } from "vitest";
import { encodeTable } from "../../src/index.js";
import { parseSchema } from "../../src/schema.js";
import { expectError } from "../expect-error.js";
import { example } from "../schema/example.js";

const good = {
  sex: ["male", "female", "male"],
  stage: ["IV", "?", ""],
  BMI: ["22.5", "1e1", "900"],
  stay: ["3", "?", "-7"],
  other: ["is", "not", "read"],
};

test("texts become category indices and numbers: missing is the last category or NaN, numbers are clamped", () => {
  const table = encodeTable(example, good);
  expect(table.rows).toBe(3);
  expect(table.columns).toEqual([
    Uint8Array.of(1, 0, 1),
    Uint8Array.of(3, 4, 4),
    Float64Array.of(22.5, 10, 70),
    Float64Array.of(3, Number.NaN, 1),
    undefined,
  ]);
});

test("columns come as arrays, typed arrays, dictionaries and vectors: the same values give the same table", () => {
  const expected = encodeTable(example, good);
  const vector = (values: readonly (string | null)[]) => ({
    length: values.length,
    get: (row: number) => values[row],
  });
  const forms = [
    { BMI: [22.5, "1e1", 900], stay: ["3", null, -7] },
    { BMI: Float64Array.of(22.5, -3, 70), stay: [3, undefined, -7] },
    { BMI: Int32Array.of(22, 10, 900), BMI2: [] },
    { sex: { values: ["female", "male"], codes: [1, 0, 1] } },
    { stage: { values: ["IV", "?"], codes: Int8Array.of(0, -1, 1) }, sex: vector(good.sex) },
    { stage: vector(["IV", null, ""]) },
  ];
  for (const form of forms) {
    const { columns, rows } = encodeTable(example, { ...good, ...form } as typeof good);
    expect(rows).toBe(3);
    const [sex, stage, , stay] = expected.columns;
    const bmi = "BMI2" in form ? Float64Array.of(22, 10, 70) : Float64Array.of(22.5, 10, 70);
    expect(columns.slice(0, 4)).toEqual([sex, stage, bmi, stay]);
  }
});

test("sets come as lists, texts and dictionaries of either; what is missing is one set of the last category", () => {
  const codes = { type: "set", values: ["a", "b", "c"], atMost: 2, level: "usual", missing: ["?"] };
  const schema = parseSchema({
    id: "codes",
    version: 1,
    levels: { usual: "1" },
    attributes: { codes },
    disclose: "all",
  });
  const expected = [{ codes: Uint16Array.of(1, 2, 3, 0), offsets: Uint32Array.of(0, 2, 3, 3, 4) }];
  for (const column of [
    ["c|b", "?", "", "a"],
    [["b", "c"], null, [], ["a"]],
    { values: ["b|c", "", "a"], codes: [0, -1, 1, 2] },
    { values: [["c", "b"], ["a"], []], codes: [0, null, 2, 1] },
  ])
    expect(encodeTable(schema, { codes: column as string[] }).columns).toEqual(expected);
});

test("a public attribute is checked where the table has it", () => {
  const table = encodeTable(example, { ...good, clinic: ["south", "north", "south"] });
  expect(table.columns[4]).toEqual(Uint8Array.of(1, 0, 1));
  expectError(
    () => encodeTable(example, { ...good, clinic: ["south", "east", "south"] }),
    "EMRX_VALUE_OUTSIDE_DOMAIN",
    "columns.clinic[1]",
    'one of "north", "south"',
  );
});

test("a value outside its domain names column, row and what was expected, and what to do, but not the value", () => {
  const bad: readonly [object, ...string[]][] = [
    [
      { sex: ["male", "female", "Male"] },
      "columns.sex[2] is a string (not shown)",
      'one of "female", "male"',
      "missing values are not allowed",
      "capital letters or spaces only",
    ],
    [{ stage: ["V", "I", "I"] }, "columns.stage[0]", 'missing as "?", ""'],
    [{ stage: ["I", "II\u00a0", "I"] }, "columns.stage[1]", "spaces around it"],
    [
      { BMI: ["20", "", "20"] },
      "columns.BMI[1] is a string (not shown)",
      "a finite number, or one as text",
    ],
    [{ BMI: ["20", "20,5", "20"] }, "columns.BMI[1]", "Write a point for a comma."],
    [{ BMI: ["20", Number.NaN, "20"] }, "columns.BMI[1] is a number (not shown)", "or one as text"],
    [{ BMI: Float32Array.of(20, Infinity, 20) }, "columns.BMI[1] is a number (not shown)"],
    [{ sex: Uint8Array.of(0, 1, 0) }, "columns.sex[0] is a number (not shown)", '"female"'],
    [{ sex: { values: ["male", "Male"], codes: [0, 0, 1] } }, "columns.sex.values[1]", "capital"],
    [{ sex: { values: ["male"], codes: [0, null, 0] } }, "columns.sex[1] is missing"],
    [
      { sex: { values: ["male"], codes: [0, 1, 0] } },
      "columns.sex.codes[1]",
      "index of the 1 values",
    ],
    [{ BMI: ["20", "abc", "20"] }, "columns.BMI[1]"],
    [{ BMI: ["20", "1e999", "20"] }, "columns.BMI[1]"],
    [{ BMI: ["20", "0x10", "20"] }, "columns.BMI[1]"],
    [{ BMI: ["20", "NaN", "20"] }, "columns.BMI[1]"],
    [{ BMI: ["20", undefined, "20"] }, "columns.BMI[1] is missing"],
    [{ BMI: "202020" }, "columns.BMI is a string (not shown)", "an array"],
    [{ stay: ["1", "2", "Infinity"] }, "columns.stay[2]"],
  ];
  for (const [change, ...says] of bad)
    expectError(
      () => encodeTable(example, { ...good, ...change }),
      "EMRX_VALUE_OUTSIDE_DOMAIN",
      ...says,
    );
});

test("a column that is missing or cut off is named", () => {
  const { BMI, ...rest } = good;
  expectError(
    () => encodeTable(example, rest),
    "EMRX_MISSING_COLUMN",
    'no column "BMI"',
    "attribute bmi",
  );
  expectError(
    () => encodeTable(example, { ...good, stay: ["1"] }),
    "EMRX_MISSING_COLUMN",
    "columns.stay has 1 rows",
    "expected 3",
  );
  expect(BMI).toHaveLength(3);
});

test("a table without rows is a table", () => {
  expect(encodeTable(example, { sex: [], stage: [], BMI: [], stay: [] }).rows).toBe(0);
});
