import { describe, expect, test } from "vitest";
import {
  independenceTest,
  independenceTestFromSupports,
  trendTest,
  twoSampleTest,
} from "../../src/hypothesis-tests.js";
import { uniforms } from "../oracle/records.js";

const logFactorial = (k: number): number => {
  let sum = 0;
  for (let i = 2; i <= k; i++) sum += Math.log(i);
  return sum;
};

describe("sparse tables", () => {
  test("two by two, the exact p-value is Fisher's: Agresti's tea tasting", () => {
    // Agresti, Categorical Data Analysis, section 3.5.1: two-sided 0.486 for (3, 1; 1, 3).
    const test = independenceTest({ counts: [3, 1, 1, 3], rows: 2, columns: 2 });
    expect(test.method).toBe("exact");
    expect(test.reliable).toBe(true);
    expect(test.pValue).toBeCloseTo(34 / 70, 12);
  });

  test("the exact p-value is the sum over all tables with the margins, counted out another way", () => {
    // Margins (2, 3) and (2, 2, 1): all first rows (i, j, 2 - i - j).
    const observed = [2, 0, 0, 0, 2, 1];
    const [rows, columns] = [
      [2, 3],
      [2, 2, 1],
    ] as const;
    const statistic = (counts: readonly number[]) =>
      counts.reduce((sum, count, cell) => {
        const expected =
          ((rows[Math.floor(cell / 3)] as number) * (columns[cell % 3] as number)) / 5;
        return sum + (count - expected) ** 2 / expected;
      }, 0);
    let [all, above] = [0, 0];
    for (let i = 0; i <= 2; i++)
      for (let j = 0; j <= 2 - i; j++) {
        const first = [i, j, 2 - i - j];
        const counts = [...first, ...columns.map((c, v) => c - (first[v] as number))];
        if (counts.some((count) => count < 0)) continue;
        const weight = Math.exp(-counts.reduce((sum, count) => sum + logFactorial(count), 0));
        all += weight;
        if (statistic(counts) >= statistic(observed) - 1e-9) above += weight;
      }
    const test = independenceTest({ counts: observed, rows: 2, columns: 3 });
    expect(test.pValue).toBeCloseTo(above / all, 12);
    expect(twoSampleTest({ first: [2, 0, 0], second: [0, 2, 1] }).pValue).toBeCloseTo(
      above / all,
      12,
    );
  });

  test("the tests hold their size at margins .98, .01, .01, where the chi-squared distribution does not", () => {
    const uniform = uniforms(98);
    const side = () => {
      const u = uniform();
      return u < 0.98 ? 0 : u < 0.99 ? 1 : 2;
    };
    const runs = 3000;
    const rejected = { independence: 0, trend: 0 };
    let applicable = 0;
    for (let run = 0; run < runs; run++) {
      const counts = new Array<number>(9).fill(0);
      for (let i = 0; i < 300; i++) {
        const cell = 3 * side() + side();
        counts[cell] = (counts[cell] as number) + 1;
      }
      const table = { counts, rows: 3, columns: 3 };
      try {
        const [independence, trend] = [independenceTest(table), trendTest(table)];
        expect(independence.reliable && trend.reliable).toBe(true);
        applicable++;
        if (independence.pValue <= 0.05) rejected.independence++;
        if (trend.pValue <= 0.05) rejected.trend++;
      } catch (error) {
        expect(error).toMatchObject({ code: "EMRX_QUALITY_NOT_APPLICABLE" });
      }
    }
    expect(applicable).toBeGreaterThan(0.9 * runs);
    // Three standard errors of a rate of 0.05 in three thousand runs.
    for (const count of Object.values(rejected)) expect(count / runs).toBeLessThan(0.05 + 0.012);
  });

  test("what can be neither approximated nor counted says so", () => {
    const counts = Array.from({ length: 100 }, (_, i) => (i % 7 === 0 ? 3 : 1));
    const large = independenceTest({ counts, rows: 10, columns: 10 });
    expect(large).toMatchObject({ method: "chi-squared", reliable: false });
    expect(large.reason).toContain("merge");
    const fractions = independenceTest({ counts: [1.5, 2, 2, 1], rows: 2, columns: 2 });
    expect(fractions).toMatchObject({ method: "chi-squared", reliable: false });
    const exact = { p: 1, q: 0, form: "value" } as const;
    const supports = independenceTestFromSupports({
      supports: [1, 2, 3, 2, 1, 3, 3, 3, 6],
      shape: [2, 2],
      channels: [exact, exact],
    });
    expect(supports).toMatchObject({ reliable: false });
    expect(independenceTest({ counts: [30, 10, 20, 40], rows: 2, columns: 2 })).toMatchObject({
      method: "chi-squared",
      reliable: true,
    });
  });
});
