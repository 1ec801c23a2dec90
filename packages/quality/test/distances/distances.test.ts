import { fc, property } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import {
  hellinger,
  jensenShannon,
  kullbackLeibler,
  maximumError,
  meanAbsoluteError,
  meanSquaredError,
  totalVariation,
  wasserstein,
} from "../../src/distances.js";

const distribution = fc
  .array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 })
  .map((raw) => raw.map((x) => x / raw.reduce((a, b) => a + b)));

describe("distances between distributions", () => {
  property(
    "are 0 for equal ones, positive and symmetric, and keep their known inequalities",
    [distribution, distribution, distribution],
    (p, q, r) => {
      for (const distance of [
        totalVariation,
        jensenShannon,
        hellinger,
        wasserstein,
        kullbackLeibler,
      ]) {
        expect(distance(p, p)).toBeCloseTo(0, 12);
        expect(distance(p, q)).toBeGreaterThanOrEqual(0);
      }
      for (const distance of [totalVariation, jensenShannon, hellinger, wasserstein]) {
        expect(distance(p, q)).toBeCloseTo(distance(q, p), 12);
      }
      for (const distance of [totalVariation, hellinger, wasserstein]) {
        expect(distance(p, r)).toBeLessThanOrEqual(distance(p, q) + distance(q, r) + 1e-12);
      }
      const [tv, h] = [totalVariation(p, q), hellinger(p, q)];
      expect(h * h).toBeLessThanOrEqual(tv + 1e-12);
      expect(tv).toBeLessThanOrEqual(h * Math.SQRT2 + 1e-12);
      expect(2 * tv * tv).toBeLessThanOrEqual(kullbackLeibler(p, q) + 1e-12);
      expect(jensenShannon(p, q)).toBeLessThanOrEqual(Math.LN2 * tv + 1e-12);
      expect(wasserstein(p, q)).toBeGreaterThanOrEqual(tv - 1e-12);
    },
  );

  property(
    "Wasserstein is the cheapest transport, by trying every order of greedy moves in one dimension",
    [distribution, distribution],
    (p, q) => {
      // Mass moved monotonically from left to right is optimal on a line.
      const [supply, demand] = [[...p], [...q]];
      let [i, j, work] = [0, 0, 0];
      while (i < 4 && j < 4) {
        const moved = Math.min(supply[i] as number, demand[j] as number);
        work += moved * Math.abs(i - j);
        supply[i] = (supply[i] as number) - moved;
        demand[j] = (demand[j] as number) - moved;
        if ((supply[i] as number) <= (demand[j] as number)) i++;
        else j++;
      }
      expect(wasserstein(p, q)).toBeCloseTo(work, 10);
    },
  );

  test("of given pairs are the textbook's", () => {
    const [p, q] = [
      [0.5, 0.25, 0.25],
      [0.25, 0.25, 0.5],
    ];
    expect(totalVariation(p, q)).toBe(0.25);
    expect(kullbackLeibler(p, q)).toBeCloseTo(0.25 * Math.LN2, 14);
    expect(hellinger(p, q)).toBeCloseTo(Math.SQRT1_2 - 0.5, 14);
    expect(wasserstein(p, q)).toBe(0.5);
    expect(wasserstein(p, q, [1, 2, 4])).toBe(0.75);
    expect(kullbackLeibler([0.5, 0.5, 0], [1, 0, 0])).toBe(Number.POSITIVE_INFINITY);
    const middle = [0.375, 0.25, 0.375];
    const js = (kullbackLeibler(p, middle) + kullbackLeibler(q, middle)) / 2;
    expect(jensenShannon(p, q)).toBeCloseTo(js, 14);
  });

  test("are refused for what is no distribution", () => {
    expect(() => totalVariation([0.5, 0.6], [0.5, 0.5])).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_ARGUMENT" }),
    );
    expect(() => totalVariation([-0.5, 1.5], [0.5, 0.5])).toThrow("project raw estimates first");
    expect(() => hellinger([1], [0.5, 0.5])).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_MISMATCH" }),
    );
    expect(() => wasserstein([1, 0], [0, 1], [2, 1])).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_ARGUMENT" }),
    );
    expect(() => wasserstein([1, 0], [0, 1], [2, 2])).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_ARGUMENT" }),
    );
  });
});

test("errors entry by entry are what they are called", () => {
  const [estimates, truth] = [
    [0.1, 0.5, 0.6],
    [0.2, 0.2, 0.6],
  ];
  expect(meanSquaredError(estimates, truth)).toBeCloseTo((0.01 + 0.09) / 3, 14);
  expect(meanAbsoluteError(estimates, truth)).toBeCloseTo(0.4 / 3, 14);
  expect(maximumError(estimates, truth)).toBeCloseTo(0.3, 14);
  expect(() => meanSquaredError([1], [1, 2])).toThrow(
    expect.objectContaining({ code: "EMRX_QUALITY_MISMATCH" }),
  );
  expect(() => maximumError([], [])).toThrow(
    expect.objectContaining({ code: "EMRX_QUALITY_MISMATCH" }),
  );
  expect(() => meanAbsoluteError([Number.NaN], [0])).toThrow(
    expect.objectContaining({ code: "EMRX_QUALITY_ARGUMENT" }),
  );
});
