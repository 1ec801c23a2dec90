import { fc, property } from "@emrx/testkit";
import { expect, test } from "vitest";
import { grr } from "../../../src/index.js";
import { bestWindow, idealVariance } from "../../../src/mechanisms/window/window-choice.js";
import {
  duchi,
  type MechanismGoal,
  mechanismFor,
  olh,
  oue,
  subsetSelection,
  windowMechanism,
} from "../../../src/mechanisms.js";

const epsilons = fc
  .integer({ min: 50, max: 6000 })
  .map((thousandths) => String(thousandths / 1000));

property(
  "the simple choice is whichever of grr and oue has less variance on rare categories; two categories go to grr",
  [fc.integer({ min: 2, max: 400 }), epsilons],
  (categories, epsilon) => {
    const chosen = mechanismFor({ type: "categorical", categories }, epsilon, "simple");
    const [a, b] = [grr({ categories, epsilon }), oue({ categories, epsilon })];
    const better = categories === 2 || a.variance(1, 0) < b.variance(1, 0) ? "grr" : "oue";
    expect(chosen.name).toBe(better);
  },
  { numRuns: 40 },
);

property(
  "the choice unless a goal is given has the least summed variance of all, up to 512 categories",
  [fc.integer({ min: 2, max: 512 }), epsilons],
  (categories, epsilon) => {
    const sum = (oracle: { variance(n: number, f: number): number }): number =>
      categories * oracle.variance(1, 0) + oracle.variance(1, 1) - oracle.variance(1, 0);
    const chosen = mechanismFor({ type: "ordinal", categories }, epsilon);
    expect(mechanismFor({ type: "ordinal", categories }, epsilon, "accuracy").identity).toBe(
      chosen.identity,
    );
    expect(chosen.name === "ss").toBe(subsetSelection({ categories, epsilon }).size > 1);
    for (const other of [
      grr({ categories, epsilon }),
      oue({ categories, epsilon }),
      olh({ categories, epsilon }),
      subsetSelection({ categories, epsilon }),
    ]) {
      expect(sum(chosen)).toBeLessThanOrEqual(sum(other) * (1 + 1e-6));
    }
  },
  { numRuns: 25 },
);

test("where a bitmap grows too long for the rule, grr is chosen below 3 e^eps + 2 categories and olh from there on", () => {
  const choose = (categories: number, epsilon: string, goal?: MechanismGoal) =>
    mechanismFor({ type: "categorical", categories }, epsilon, goal).name;
  expect([512, 513].map((d) => choose(d, "1"))).toEqual(["ss", "olh"]);
  // 3 e^6 + 2 = 1212.28..., and 512 / (e^6 + 1) = 1.27: subsets of one category.
  expect([512, 513, 1212, 1213].map((d) => choose(d, "6"))).toEqual(["grr", "grr", "grr", "olh"]);
  // 3 e + 2 = 10.15...; 3 e^0.01 + 2 = 5.03..., and two categories are never too many.
  for (const goal of ["small reports", "simple"] as const) {
    const other = goal === "simple" ? "oue" : "olh";
    expect([2, 10, 11].map((d) => choose(d, "1", goal))).toEqual(["grr", "grr", other]);
    expect([2, 5, 6].map((d) => choose(d, "0.01", goal))).toEqual(["grr", "grr", other]);
  }
});

test("small reports, numbers and missing values get the mechanism that the rule says", () => {
  const small = mechanismFor({ type: "categorical", categories: 70_000 }, "1", "small reports");
  expect([small.name, small.reportBytes]).toEqual(["olh", 9]);
  const number = { type: "numeric", range: [1, 14] } as const;
  expect(mechanismFor(number, "1").identity).toBe(duchi({ range: [1, 14], epsilon: "1" }).identity);
  const four = mechanismFor(number, "4");
  expect([four.cells, four.window]).toEqual([12, 3]);
  const tolerant = mechanismFor({ ...number, missing: true }, "2");
  expect(tolerant.missing).toBe(true);
  expect(tolerant.worstVariance(1)).toBeLessThanOrEqual(
    windowMechanism({
      range: [1, 14],
      epsilon: "2",
      cells: 2,
      window: 1,
      missing: true,
    }).worstVariance(1),
  );
});

property(
  "what a window is chosen by is the mechanism's own variance, at every place of the range",
  [
    fc
      .integer({ min: 2, max: 12 })
      .chain((cells) => fc.tuple(fc.constant(cells), fc.integer({ min: 1, max: cells - 1 }))),
    fc.constantFrom("0.5", "1", "2.5", "5"),
    fc.boolean(),
    fc.double({ min: 0, max: 1, noNaN: true }),
  ],
  ([cells, window], epsilon, missing, share) => {
    const mechanism = windowMechanism({ range: [-1, 1], cells, window, epsilon, missing });
    const ideal = idealVariance(Math.exp(Number(epsilon)), cells, window, missing);
    for (const place of [0, share * (cells - window), cells - window]) {
      const value = -1 + (2 * place) / (cells - window);
      // Thresholds are rounded in the safe direction, by 2^-32 of a probability or less.
      expect(Math.abs(ideal(place) / mechanism.variance(1, value) - 1)).toBeLessThan(1e-5);
    }
  },
  { numRuns: 60 },
);

test("no pair of cells and window has less variance at the worst value than the one chosen", () => {
  for (const [epsilon, missing] of [
    ["0.5", false],
    ["2", false],
    ["4", false],
    ["2", true],
    ["4", true],
  ] as const) {
    const chosen = bestWindow(epsilon, missing);
    const worst = (cells: number, window: number): number =>
      windowMechanism({ range: [-1, 1], cells, window, epsilon, missing }).worstVariance(1);
    const least = worst(chosen.cells, chosen.window);
    for (let cells = 2; cells <= 32; cells += cells < 8 ? 1 : 5)
      for (let window = 1; window < cells; window += cells < 8 ? 1 : 3)
        expect(worst(cells, window)).toBeGreaterThan(least * (1 - 1e-6));
  }
});
