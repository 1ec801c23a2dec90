import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { betaLower, betaQuantile, betaUpper, betaUpperQuantile } from "../../src/special/beta.js";
import { erf, erfc } from "../../src/special/erf.js";
import { gammaLower, gammaUpper } from "../../src/special/gamma.js";
import { normalQuantile } from "../../src/special/normal.js";
import { logGamma } from "../../src/special/stirling.js";

// 50-digit values, see generate_oracle.py.
const oracle = JSON.parse(readFileSync(new URL("oracle.json", import.meta.url), "utf8")) as Record<
  "erf" | "erfc" | "normalQuantile" | "logGamma" | "gamma" | "beta",
  readonly (readonly (number | string)[])[]
>;
const rows = (name: keyof typeof oracle): number[][] => oracle[name].map((row) => row.map(Number));

/** Largest relative error over the rows of a table; an expected 0 or a tail below 1e-290 counts absolutely. */
function worst(table: number[][], expectedAt: number, f: (...inputs: number[]) => number): number {
  let largest = 0;
  for (const row of table) {
    const expected = row[expectedAt] as number;
    const actual = f(...row);
    const scale = Math.abs(expected) > 1e-290 ? Math.abs(expected) : 1;
    const error = Math.abs(actual - expected) / scale;
    if (!(error <= largest)) largest = error;
  }
  return largest;
}

describe("special functions agree with 50-digit values to 1e-12 relative", () => {
  test("erf", () => expect(worst(rows("erf"), 1, (x) => erf(x as number))).toBeLessThan(1e-14));
  test("erfc", () => expect(worst(rows("erfc"), 1, (x) => erfc(x as number))).toBeLessThan(1e-13));
  test("normal quantile", () =>
    expect(worst(rows("normalQuantile"), 1, (p) => normalQuantile(p as number))).toBeLessThan(
      1e-14,
    ));
  test("log gamma", () =>
    expect(worst(rows("logGamma"), 1, (x) => logGamma(x as number))).toBeLessThan(1e-12));
  test("incomplete gamma, both tails", () => {
    const table = rows("gamma");
    expect(worst(table, 2, (a, x) => gammaLower(a as number, x as number))).toBeLessThan(1e-12);
    expect(worst(table, 3, (a, x) => gammaUpper(a as number, x as number))).toBeLessThan(1e-12);
  });
  test("incomplete beta, both tails, parameters up to a million", () => {
    const table = rows("beta");
    const lower = (a?: number, b?: number, x?: number) =>
      betaLower(a as number, b as number, x as number);
    const upper = (a?: number, b?: number, x?: number) =>
      betaUpper(a as number, b as number, x as number);
    expect(worst(table, 3, lower)).toBeLessThan(1e-12);
    expect(worst(table, 4, upper)).toBeLessThan(1e-12);
  });
  test("beta quantiles invert both tails", () => {
    const lower = rows("beta").filter((row) => (row[3] as number) <= 0.5);
    const upper = rows("beta").filter((row) => (row[4] as number) <= 0.5);
    expect(lower.length + upper.length).toBeGreaterThan(70);
    expect(
      worst(lower, 2, (a, b, _x, p) => betaQuantile(a as number, b as number, p as number)),
    ).toBeLessThan(1e-12);
    expect(
      worst(upper, 2, (a, b, _x, _p, p) =>
        betaUpperQuantile(a as number, b as number, p as number),
      ),
    ).toBeLessThan(1e-12);
  });
});
