import { fc, property, rational as R } from "@emrx/testkit";
import { expect, test } from "vitest";
import { compareBudgets, parseBudget, subtractBudgets, sumBudgets } from "../../src/accounting.js";
import { expLowerBound } from "../../src/exact/exp.js";
import { lnRoundedUp } from "../../src/exact/logarithm.js";
import { ceilDivide, floorDivide, fromDouble } from "../../src/exact/rational.js";
import { rational, toNumber } from "../../src/exact.js";
import { expectError } from "../expect-error.js";

property(
  "e^x: the bound is below e^x by less than a 2^-180th part of it",
  [fc.integer({ min: 1, max: 32_000 })],
  (thousandths) => {
    const { numerator, denominator } = expLowerBound(rational(thousandths, 1000));
    const bound = R.q(numerator, denominator);
    const partial = R.expLower(R.q(thousandths, 1000), 60 + Math.ceil(thousandths / 250));
    // The rest of the series is below 2^-200 of e^x after so many terms.
    expect(R.less(R.mul(partial, R.q(2n ** 200n + 1n, 2n ** 200n)), bound)).toBe(false);
    expect(R.less(bound, R.mul(partial, R.q(2n ** 180n - 1n, 2n ** 180n)))).toBe(false);
  },
  { numRuns: 30 },
);

property(
  "ln is rounded up, by at most two units in the last place",
  [fc.bigInt({ min: 1n, max: 2n ** 70n }), fc.bigInt({ min: 1n, max: 2n ** 70n })],
  (a, b) => {
    const [large, small] = a >= b ? [a, b] : [b, a];
    const found = lnRoundedUp(rational(large, small));
    const plain = Math.log1p(toNumber(rational(large - small, small)));
    expect(Math.abs(found - plain)).toBeLessThanOrEqual(1e-14 * Math.max(plain, 1e-30));
  },
);

test("ln of known ratios: above the true value in the last place", () => {
  expect(lnRoundedUp(rational(1))).toBe(0);
  expect(lnRoundedUp(rational(2))).toBe(0.6931471805599454); // ln 2 = 0.693147180559945309...
  expect(lnRoundedUp(rational(3))).toBe(1.0986122886681098); // ln 3 = 1.098612288668109691...
  expect(lnRoundedUp(rational(4n ** 200n))).toBe(277.25887222397813); // 400 ln 2 = 277.258872223978123766...
  expect(lnRoundedUp(rational(2n ** 64n + 1n, 2n ** 64n))).toBe(2 ** -64); // ln(1 + x) is a little below x
});

test("budgets are read exactly and written canonically", () => {
  for (const [given, canonical] of [
    ["1", "1"],
    ["01.50", "1.5"],
    [0.1, "0.1"],
    [1e-7, "0.0000001"],
    ["0.000000000001", "0.000000000001"],
    ["9999", "9999"],
    [2, "2"],
  ] as const) {
    expect(parseBudget(given)).toBe(canonical);
  }
  for (const bad of [
    "0",
    "-1",
    "",
    " 1",
    "1 ",
    "1.",
    ".5",
    "NaN",
    "1e400",
    "1,5",
    "0.0000000000001",
    "10000",
    Number.NaN,
    Number.POSITIVE_INFINITY,
    -0,
    1e-13,
    undefined,
    {},
    { toString: 0 },
    1n,
  ]) {
    expectError(() => parseBudget(bad as string), "EMRX_BAD_EPSILON");
  }
});

property(
  "budgets add, subtract and compare as decimals do",
  [fc.array(fc.integer({ min: 1, max: 9_998_999 }), { maxLength: 40 })],
  (thousandths) => {
    const texts = thousandths.map((t) =>
      parseBudget(`${Math.floor(t / 1000)}.${String(t % 1000).padStart(3, "0")}`),
    );
    const total = thousandths.reduce((a, b) => a + b, 0);
    expect(R.decimal(sumBudgets(texts))).toEqual(R.q(total, 1000));
    const [a = "1", b = "2"] = texts;
    expect(Math.sign(compareBudgets(a, b))).toBe(
      R.less(R.decimal(a), R.decimal(b)) ? -1 : a === b ? 0 : 1,
    );
    expect(R.decimal(subtractBudgets(a, b))).toEqual(R.sub(R.decimal(a), R.decimal(b)));
  },
);

test("0.1 + 0.2 spends 0.3, and ten times 0.1 spends 1", () => {
  expect(sumBudgets(["0.1", "0.2"])).toBe("0.3");
  expect(sumBudgets(Array(10).fill("0.1"))).toBe("1");
  expect(sumBudgets([])).toBe("0");
});

property(
  "a double is the fraction that it is",
  [fc.double({ noNaN: true, noDefaultInfinity: true })],
  (value) => {
    expect(toNumber(fromDouble(value))).toBe(value + 0);
  },
);

property(
  "integer division rounds the way its name says",
  [fc.bigInt({ min: -1000n, max: 1000n }), fc.bigInt({ min: 1n, max: 30n })],
  (a, b) => {
    expect(Number(floorDivide(a, b))).toBe(Math.floor(Number(a) / Number(b)) + 0);
    expect(Number(ceilDivide(a, b))).toBe(Math.ceil(Number(a) / Number(b)) + 0);
  },
);

test("what is not a fraction is refused", () => {
  expectError(() => rational(1, 0), "EMRX_BAD_NUMBER");
  expectError(() => rational(0.5), "EMRX_BAD_NUMBER");
  expectError(() => rational(2 ** 60), "EMRX_BAD_NUMBER");
  expectError(() => fromDouble(Number.NaN), "EMRX_BAD_NUMBER");
});
