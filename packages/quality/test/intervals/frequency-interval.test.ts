import { fc, property } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import { cellAt, enough, normalCovers, widthRatio } from "../../bench/coverage/cell.js";
import { addCell, noWorst, searchedCells } from "../../bench/coverage/grid.js";
import { textbook } from "../../bench/coverage/laws.js";
import { cohortTails } from "../../src/intervals/two-binomials.js";
import { frequencyInterval } from "../../src/intervals.js";
import { cohortLaw, populationLaw } from "../oracle/binomial.js";
import { uniforms } from "../oracle/records.js";

const probability = fc.double({ min: 0, max: 0.95, noNaN: true });

describe("the tails of a cohort's count", () => {
  property(
    "are sums of the law that adding one person at a time gives",
    [
      probability,
      fc.double({ min: 0.02, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 60 }),
      fc.nat(60),
      fc.nat(60),
    ],
    (q, share, n, some, given) => {
      const p = q + (1 - q) * share;
      const [holders, count] = [Math.min(n, some), Math.min(n, given)];
      const law = cohortLaw(n, holders / n, p, q);
      const { below, above } = cohortTails({ count, n, holders, p, q });
      expect(below).toBeCloseTo(
        law.slice(0, count + 1).reduce((a, b) => a + b, 0),
        11,
      );
      expect(above).toBeCloseTo(
        law.slice(count).reduce((a, b) => a + b, 0),
        11,
      );
    },
  );

  test("of ten thousand people agree with each other: together they are 1 and the count itself", () => {
    const of = (count: number) => cohortTails({ count, n: 10_000, holders: 700, p: 0.6, q: 0.01 });
    for (const count of [400, 500, 513, 550, 600])
      expect(of(count).below + of(count + 1).above).toBeCloseTo(1, 12);
  });
});

describe("the default interval of a frequency", () => {
  property(
    "covers at least as often as it says, for every count enumerated",
    [
      probability,
      fc.double({ min: 0.02, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 40 }),
      fc.nat(40),
      fc.constantFrom(0.5, 0.9, 0.95, 0.999),
    ],
    (q, share, n, some, confidence) => {
      const p = q + (1 - q) * share;
      const f = Math.min(n, some) / n;
      for (const [target, law] of [
        ["population", populationLaw(n, f, p, q)],
        ["cohort", cohortLaw(n, f, p, q)],
      ] as const) {
        let covered = 0;
        law.forEach((chance, count) => {
          const { lower, upper } = frequencyInterval({ p, q, count, n, target, confidence });
          expect(0 <= lower && lower <= upper && upper <= 1).toBe(true);
          if (lower <= f + 1e-12 && upper >= f - 1e-12) covered += chance;
        });
        expect(covered).toBeGreaterThanOrEqual(confidence - 1e-9);
      }
    },
  );

  test.each([
    ["GRR", 0.5, 16, 150, 0.993],
    ["subset selection", 4, 64, 100, 0.05],
    ["local hashing", 8, 16, 100, 0.01],
    ["GRR", 8, 2, 400, 0],
  ] as const)(
    "%s at epsilon %f, d = %i, n = %i, f = %f, where the normal one covers .52 to .9",
    (mechanism, epsilon, d, n, f) => {
      for (const target of ["population", "cohort"] as const) {
        const cell = cellAt(textbook(mechanism, epsilon, d), n, f, target);
        expect(cell.coverage).toBeGreaterThanOrEqual(0.95 - 1e-9);
      }
    },
  );

  test("on a seeded slice of the grid's neighbourhood it covers, and is no more than 1.25 times as wide where the normal one does", () => {
    const worst = noWorst();
    for (const cell of searchedCells(uniforms(95), 150)) {
      addCell(worst, cell, false);
      if (cell.n <= 300 && cell.normalCoverage >= enough && widthRatio(cell) > 1.25)
        expect(normalCovers(cell), JSON.stringify(cell)).toBe(false);
    }
    expect(worst.cells).toBe(150);
    expect(worst.coverage).toBeGreaterThanOrEqual(0.95 - 1e-9);
    // The normal interval is much worse somewhere in the same slice: the slice is not an easy one.
    expect(worst.normalCoverage).toBeLessThan(0.9);
  });

  test("without noise a cohort is known; a million people take milliseconds", () => {
    expect(frequencyInterval({ p: 1, q: 0, count: 3, n: 10, target: "cohort" })).toEqual({
      lower: 0.3,
      upper: 0.3,
    });
    const { lower, upper } = frequencyInterval({
      p: 0.75,
      q: 0.25,
      count: 400_000,
      n: 1_000_000,
      target: "cohort",
    });
    // Normal: 0.3 +- 1.96 sqrt(0.75 / n).
    expect(lower).toBeCloseTo(0.3 - 0.001697, 5);
    expect(upper).toBeCloseTo(0.3 + 0.001697, 5);
  });

  test("a cohort of more than a hundred million is refused with a way out", () => {
    expect(() =>
      frequencyInterval({ p: 0.75, q: 0.25, count: 4e8, n: 1e9, target: "cohort" }),
    ).toThrow(
      expect.objectContaining({
        code: "EMRX_QUALITY_TOO_LARGE",
        message: expect.stringContaining("normalInterval"),
      }),
    );
  });
});
