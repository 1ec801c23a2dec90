import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { betaLower, betaQuantile, betaUpper, betaUpperQuantile } from "../../src/special/beta.js";
import { binomialProbability } from "../../src/special/binomial.js";
import {
  chiSquaredUpperQuantile,
  noncentralChiSquaredSurvival,
} from "../../src/special/chi-squared.js";
import { erf, erfc } from "../../src/special/erf.js";
import { gammaLower, gammaUpper } from "../../src/special/gamma.js";
import { normalCdf, normalQuantile, twoSidedNormalQuantile } from "../../src/special/normal.js";
import { solveMonotone } from "../../src/special/solve.js";
import { logGamma, stirlingError } from "../../src/special/stirling.js";

// 50-digit values, see generate_oracle.py.
const oracle = JSON.parse(readFileSync(new URL("oracle.json", import.meta.url), "utf8")) as Record<
  | "erf"
  | "erfc"
  | "normalCdf"
  | "normalQuantile"
  | "twoSidedNormalQuantile"
  | "logGamma"
  | "gamma"
  | "beta"
  | "binomial"
  | "chiSquaredUpperQuantile"
  | "noncentralChiSquared"
  | "stirlingError",
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
    largest = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(largest, error);
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
  test("Stirling's error", () =>
    expect(worst(rows("stirlingError"), 1, (x) => stirlingError(x as number))).toBeLessThan(2e-15));
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
  test("normal probabilities and two-sided quantiles", () => {
    expect(worst(rows("normalCdf"), 1, (x) => normalCdf(x as number))).toBeLessThan(1e-13);
    expect(
      worst(rows("twoSidedNormalQuantile"), 1, (c) => twoSidedNormalQuantile(c as number)),
    ).toBeLessThan(1e-14);
  });
  test("binomial probabilities, up to a million trials", () => {
    const probability = (k?: number, n?: number, p?: number) =>
      binomialProbability(k as number, n as number, p as number);
    expect(worst(rows("binomial"), 3, probability)).toBeLessThan(1e-12);
  });
  test("chi-squared quantiles, and noncentral tails to 1e-12 absolute", () => {
    const quantile = (p?: number, degrees?: number) =>
      chiSquaredUpperQuantile(p as number, degrees as number);
    expect(worst(rows("chiSquaredUpperQuantile"), 2, quantile)).toBeLessThan(1e-12);
    for (const [x, degrees, noncentrality, expected] of rows("noncentralChiSquared") as [
      number,
      number,
      number,
      number,
    ][]) {
      const actual = noncentralChiSquaredSurvival(x, degrees, noncentrality);
      expect(Math.abs(actual - expected)).toBeLessThan(1e-12);
    }
  });
});

describe("special functions at the ends of their ranges", () => {
  test("tails are 0 and 1 there", () => {
    for (const tails of [
      [gammaLower(2, 0), gammaUpper(2, 0)],
      [gammaUpper(2, Number.POSITIVE_INFINITY), gammaLower(2, Number.POSITIVE_INFINITY)],
      [betaLower(2, 3, 0), betaUpper(2, 3, 0)],
      [betaUpper(2, 3, 1), betaLower(2, 3, 1)],
    ]) {
      expect(tails).toEqual([0, 1]);
    }
    expect([erf(7), erfc(28), erf(0)]).toEqual([1, 0, 0]);
    expect([erf(1e200), erfc(1e200), erf(-1e200), erfc(-1e200)]).toEqual([1, 0, -1, 2]);
  });
  test("a coin that never or always succeeds", () => {
    const law = (p: number) => [0, 1, 2, 3].map((k) => binomialProbability(k, 3, p));
    expect(law(0)).toEqual([1, 0, 0, 0]);
    expect(law(1)).toEqual([0, 0, 0, 1]);
  });
});

describe("the solver of increasing functions", () => {
  test("finds a root with and without the derivative, and far from its start", () => {
    for (const bracket of [
      { lower: 0, upper: 10 },
      { lower: 0, upper: 10, slope: (x: number) => 3 * x * x },
      { lower: 0, upper: 1e9, start: 1e-6, slope: (x: number) => 3 * x * x },
      { lower: 1e-30, upper: 1e30 },
    ]) {
      expect(solveMonotone((x) => x ** 3 - 2, bracket)).toBeCloseTo(Math.cbrt(2), 14);
    }
    expect(solveMonotone((x) => x + 3, { lower: -10, upper: 10 })).toBe(-3);
  });
  test("needs few steps where there is a derivative", () => {
    let steps = 0;
    const root = solveMonotone(
      (x) => {
        steps++;
        return x ** 3 - 2;
      },
      { lower: 0, upper: 10, start: 2, slope: (x) => 3 * x * x },
    );
    expect(root).toBeCloseTo(Math.cbrt(2), 15);
    expect(steps).toBeLessThan(10);
  });
  test("needs few steps for tiny roots, by halving ratios", () => {
    let steps = 0;
    const root = solveMonotone(
      (x) => {
        steps++;
        return Math.log(x) + 600;
      },
      { lower: 1e-300, upper: 1 },
    );
    expect(root / Math.exp(-600)).toBeCloseTo(1, 12);
    expect(steps).toBeLessThan(80);
  });
  test("gives the end towards which a function without root points", () => {
    expect(solveMonotone(() => -1, { lower: 2, upper: 3 })).toBeCloseTo(3, 12);
    expect(solveMonotone(() => 1, { lower: 2, upper: 3 })).toBeCloseTo(2, 12);
  });
});
