import { property } from "@emrx/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { column, uint32Column, type VectorColumn } from "../src/columns.js";
import { checker, integer, number, type Shape, text } from "../src/shape.js";

class Refused extends Error {}
const check = checker<"EMRX_TEST">(
  (_, message, context) => new Refused(message, context),
  "EMRX_TEST",
);

/** The rows of a column, as an array. */
const rows = (value: unknown): unknown[] => {
  const found = check(column(text(), { missing: true }), value, "column");
  return Array.from({ length: found.length }, (_, row) => found.at(row));
};

const vector = <T>(values: readonly (T | null)[]): VectorColumn<T> => ({
  length: values.length,
  get: (row) => values[row],
  nullCount: values.filter((value) => value === null).length,
  toArray: () => values,
});

property(
  "arrays, dictionary columns and vectors of the same texts are the same column",
  [fc.array(fc.option(fc.constantFrom("a", "b", "c"), { nil: null }))],
  (values) => {
    const expected = values.map((value) => value ?? undefined);
    const dictionary = {
      codes: values.map((value) => (value === null ? null : "abc".indexOf(value))),
      values: ["a", "b", "c"],
    };
    expect(rows(values)).toEqual(expected);
    expect(rows(dictionary)).toEqual(expected);
    expect(
      rows({ ...dictionary, codes: Int8Array.from(dictionary.codes, (code) => code ?? -1) }),
    ).toEqual(expected);
    expect(rows(vector(values))).toEqual(expected);
  },
);

property(
  "a column of whole numbers is the same from any typed array",
  [fc.array(fc.nat(255))],
  (values) => {
    const kinds = [
      Uint8Array,
      Uint16Array,
      Uint32Array,
      Int16Array,
      Int32Array,
      Float32Array,
      Float64Array,
    ];
    for (const kind of kinds)
      expect([...check(uint32Column(255), kind.from(values), "column")]).toEqual(values);
    expect([...check(uint32Column(255), values, "column")]).toEqual(values);
    expect([...check(uint32Column(255), vector(values), "column")]).toEqual(values);
  },
);

test("where a shape changes numbers, the column has the changed ones and the caller's array stays", () => {
  const atMost5: Shape<number> = (value) => Math.min(5, value as number);
  const given = Int8Array.of(7, -3, 5);
  const found = check(column(atMost5), given, "column");
  expect([0, 1, 2].map((row) => found.at(row))).toEqual([5, -3, 5]);
  expect([...(found.numbers ?? [])]).toEqual([5, -3, 5]);
  expect([...given]).toEqual([7, -3, 5]);
  expect(check(column(atMost5), Float64Array.of(-0), "column").numbers).toEqual(
    Float64Array.of(-0),
  );
});

test("typed arrays are used as they are", () => {
  const [whole, real] = [Uint32Array.of(1, 2), Float64Array.of(0.5)];
  expect(check(uint32Column(), whole, "column")).toBe(whole);
  expect(check(column(number()), real, "column").numbers).toBe(real);
  expect(check(column(number()), { ...vector([0.5]), toArray: () => real }, "column").numbers).toBe(
    real,
  );
});

test("values of a dictionary are checked once each, and its codes given out", () => {
  const seen: unknown[] = [];
  const found = check(
    column((value: unknown) => {
      seen.push(value);
      return String(value);
    }),
    { codes: [1, 0, 1, 1], values: ["no", "yes"] },
    "column",
  );
  expect(seen).toEqual(["no", "yes"]);
  expect(found.dictionary).toEqual({ values: ["no", "yes"], codes: Uint32Array.of(1, 0, 1, 1) });
});

describe("what is no column is refused with its place", () => {
  test.each<[unknown, RegExp]>([
    ["text", /^column is "text" \(a string\); expected a column: an array/],
    [new Set(["a"]), /^column is a Set; expected a column/],
    [Promise.resolve([]), /^column is a promise; expected a column/],
    [new Array(3), /^column has a hole at index 0; expected an array without holes/],
    [["a", 7], /^column\[1\] is 7 \(a number\); expected a text/],
    [["a", null], /^column is missing in row 1; expected a value in every row/],
    [
      { codes: [0, 2], values: ["a", "b"] },
      /^column\.codes\[1\] is 2 \(a number\); expected an index of the 2 values/,
    ],
    [{ codes: [0.5], values: ["a", "b"] }, /^column\.codes\[0\] is 0\.5/],
    [{ codes: ["0"], values: ["a"] }, /^column\.codes\[0\] is "0" \(a string\)/],
    [{ codes: [0], values: ["a", 3] }, /^column\.values\[1\] is 3 \(a number\)/],
    [{ codes: [0], values: new Array(1) }, /^column\.values/],
    [{ codes: [0], values: "ab" }, /^column\.values is "ab"/],
    [{ codes: "0", values: ["a"] }, /^column\.codes is "0"/],
    [{ codes: [0] }, /^column is an object; expected a column/],
    [{ length: Number.NaN, get: () => "a" }, /^column has no usable length/],
    [new BigUint64Array(1), /^column is a BigUint64Array of 1 entries/],
    [
      {
        length: 1,
        get() {
          throw new Error("gone");
        },
      },
      /^column cannot be read/,
    ],
  ])("%s", (value, message) => {
    expect(() => check(column(text()), value, "column")).toThrow(message);
    expect(() => check(column(text()), value, "column")).toThrow(Refused);
  });
});

test("a column of another length than asked for is refused", () => {
  expect(() => check(column(integer(0), { length: 3 }), [1, 2], "quotas")).toThrow(
    "quotas has 2 rows; expected 3 rows",
  );
  expect(() => check(uint32Column(9, { length: 3 }), Uint32Array.of(1), "quotas")).toThrow(
    "quotas has 1 rows",
  );
  expect(() => check(uint32Column(9), Uint32Array.of(1, 10), "quotas")).toThrow(
    "quotas[1] is 10 (a number); expected a whole number from 0 to 9",
  );
});
