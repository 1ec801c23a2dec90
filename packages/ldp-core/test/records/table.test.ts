import { expect, test } from "vitest";
import { encodeTable } from "../../src/index.js";
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
      "a finite number, as text",
    ],
    [{ BMI: ["20", "20,5", "20"] }, "columns.BMI[1]", "Write a point for a comma."],
    [{ BMI: ["20", 20.5, "20"] }, "columns.BMI[1] is a number (not shown)", "as text, in quotes"],
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
