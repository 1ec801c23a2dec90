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
    "row 2",
    "clinic",
    '"east"',
  );
});

test("a value outside its domain names row, attribute, value and what was expected", () => {
  const bad: readonly [object, ...string[]][] = [
    [
      { sex: ["male", "female", "Male"] },
      "row 3, sex",
      '"Male"',
      '"female", "male"',
      "missing values are not allowed",
    ],
    [{ stage: ["V", "I", "I"] }, "row 1, stage", '"V"', 'missing as "?", ""'],
    [{ BMI: ["20", "", "20"] }, "row 2, bmi", '""', "a finite number"],
    [{ BMI: ["20", "abc", "20"] }, "row 2, bmi", '"abc"'],
    [{ BMI: ["20", "1e999", "20"] }, "row 2, bmi"],
    [{ BMI: ["20", "0x10", "20"] }, "row 2, bmi"],
    [{ BMI: ["20", "NaN", "20"] }, "row 2, bmi"],
    [{ stay: ["1", "2", "Infinity"] }, "row 3, stay"],
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
  expectError(() => encodeTable(example, rest), "EMRX_MISSING_COLUMN", "attribute bmi", '"BMI"');
  expectError(
    () => encodeTable(example, { ...good, stay: ["1"] }),
    "EMRX_MISSING_COLUMN",
    '"stay" has 1 rows',
    '"sex" has 3',
  );
  expect(BMI).toHaveLength(3);
});

test("a table without rows is a table", () => {
  expect(encodeTable(example, { sex: [], stage: [], BMI: [], stay: [] }).rows).toBe(0);
});
