import { fc, property, sharedJson, testWithShared } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import type { SupportProbabilities } from "../../src/frequencies.js";
import {
  independencePower,
  independenceTest,
  trendPower,
  trendTest,
  twoSampleTest,
} from "../../src/hypothesis-tests.js";
import { jointTable } from "../../src/tables.js";
import { grrChannel } from "../oracle/mechanisms.js";
import { draw, report, uniforms } from "../oracle/records.js";

const exact: SupportProbabilities = { p: 1, q: 0 };
const file = "theory/vectors.json";

/** A table of pairs of reports of n records drawn from a joint distribution. */
function simulate(
  table: readonly number[],
  rows: number,
  columns: number,
  channels: readonly [SupportProbabilities, SupportProbabilities],
  n: number,
  next: () => number,
): Float64Array {
  const counts = new Float64Array(rows * columns);
  for (let i = 0; i < n; i++) {
    const cell = draw(table, next);
    const a =
      channels[0].p === 1
        ? Math.floor(cell / columns)
        : report(Math.floor(cell / columns), rows, channels[0], next);
    const b =
      channels[1].p === 1 ? cell % columns : report(cell % columns, columns, channels[1], next);
    counts[a * columns + b] = (counts[a * columns + b] as number) + 1;
  }
  return counts;
}

describe("the test of independence", () => {
  // Chi-squared 5.1309 of the 2 x 3 table of Agresti's gender gap data is 30.07 (Categorical Data Analysis, 2nd ed., table 2.5).
  test("gives the published statistic of a published table", () => {
    const { statistic, degrees, pValue } = independenceTest({
      counts: [762, 327, 468, 484, 239, 477],
      rows: 2,
      columns: 3,
    });
    expect(statistic).toBeCloseTo(30.07, 2);
    expect(degrees).toBe(2);
    expect(pValue).toBeCloseTo(2.95e-7, 9);
  });

  test("ignores rows and columns without reports, and refuses when nothing is left", () => {
    const full = independenceTest({ counts: [5, 7, 9, 4], rows: 2, columns: 2 });
    const padded = independenceTest({ counts: [5, 0, 7, 0, 0, 0, 9, 0, 4], rows: 3, columns: 3 });
    expect(padded.degrees).toBe(1);
    expect(padded.statistic).toBeCloseTo(full.statistic, 12);
    expect(() => independenceTest({ counts: [1, 2, 0, 0], rows: 2, columns: 2 })).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_NOT_APPLICABLE" }),
    );
  });

  property(
    "sees dependence through the channels shrunk by exactly (p1 - q1)(p2 - q2)",
    [
      fc.array(fc.double({ min: 0.05, max: 1, noNaN: true }), { minLength: 6, maxLength: 6 }),
      fc.double({ min: 0.3, max: 3, noNaN: true }),
    ],
    (raw, e) => {
      const total = raw.reduce((a, b) => a + b);
      const frequencies = raw.map((x) => x / total);
      const channels = [grrChannel(e, 2), grrChannel(e, 3)] as const;
      const shrink = channels.reduce((product, { p, q }) => product * (p - q), 1);
      // Noncentrality by its definition, from residuals and expected reports.
      const row = [0, 1].map((r) =>
        [0, 1, 2].reduce((s, c) => s + (frequencies[3 * r + c] as number), 0),
      );
      const column = [0, 1, 2].map(
        (c) => (frequencies[c] as number) + (frequencies[3 + c] as number),
      );
      let noncentrality = 0;
      for (let r = 0; r < 2; r++) {
        for (let c = 0; c < 3; c++) {
          const residual =
            (frequencies[3 * r + c] as number) - (row[r] as number) * (column[c] as number);
          const reported = [row[r] as number, column[c] as number].map((f, j) => {
            const { p, q } = channels[j] as SupportProbabilities;
            return q + f * (p - q);
          });
          noncentrality +=
            (shrink * residual) ** 2 / ((reported[0] as number) * (reported[1] as number));
        }
      }
      const predicted = independencePower({ frequencies, rows: 2, columns: 3, channels, n: 1000 });
      expect(predicted.noncentrality).toBeCloseTo(1000 * noncentrality, 8);
      expect(predicted.power).toBeGreaterThanOrEqual(0.05 - 1e-9);
    },
  );

  testWithShared(file, "has the noncentrality and power that were computed independently", () => {
    const { chi_square } = (
      sharedJson(file) as {
        postprocessing_and_joint: {
          chi_square: {
            noncentrality: number;
            predicted_power: number;
            noncentrality_without_ldp: number;
          };
        };
      }
    ).postprocessing_and_joint;
    // The setting leaves the table open; each 2 x 3 table of its kind has to give the stated power from the stated noncentrality.
    const frequencies = [0.2, 0.15, 0.05, 0.1, 0.15, 0.35];
    const channels = [grrChannel(1, 2), grrChannel(1, 3)] as const;
    const base = independencePower({ frequencies, rows: 2, columns: 3, channels, n: 5000 });
    const n = Math.round((5000 * chi_square.noncentrality) / base.noncentrality);
    const scaled = independencePower({ frequencies, rows: 2, columns: 3, channels, n });
    const slope =
      (independencePower({ frequencies, rows: 2, columns: 3, channels, n: n + 1 }).power -
        scaled.power) *
      (n * (chi_square.noncentrality / scaled.noncentrality - 1));
    expect(scaled.power + slope).toBeCloseTo(chi_square.predicted_power, 6);
  });

  test("has its size, and the power predicted, by simulation", () => {
    const next = uniforms(7);
    const channels = [grrChannel(1, 2), grrChannel(1, 3)] as const;
    const trials = 1000;
    const rate = (table: readonly number[], n: number) => {
      let rejected = 0;
      for (let i = 0; i < trials; i++) {
        const counts = simulate(table, 2, 3, channels, n, next);
        if (independenceTest({ counts, rows: 2, columns: 3 }).pValue < 0.05) rejected++;
      }
      return rejected / trials;
    };
    const independent = [0.4, 0.6].flatMap((a) => [0.2, 0.3, 0.5].map((b) => a * b));
    // Four standard errors of a rate over a thousand trials.
    expect(Math.abs(rate(independent, 800) - 0.05)).toBeLessThan(
      4 * Math.sqrt((0.05 * 0.95) / trials),
    );
    const dependent = [0.3, 0.1, 0.05, 0.1, 0.15, 0.3];
    const { power } = independencePower({
      frequencies: dependent,
      rows: 2,
      columns: 3,
      channels,
      n: 800,
    });
    expect(power).toBeGreaterThan(0.3);
    expect(power).toBeLessThan(0.95);
    expect(Math.abs(rate(dependent, 800) - power)).toBeLessThan(
      4 * Math.sqrt(0.25 / trials) + 0.01,
    );
  });

  test("run on debiased counts would be wrong: it finds dependence where there is none", () => {
    const next = uniforms(11);
    const channels = [grrChannel(0.5, 2), grrChannel(0.5, 3)] as const;
    const independent = [0.4, 0.6].flatMap((a) => [0.2, 0.3, 0.5].map((b) => a * b));
    let rejected = 0;
    for (let i = 0; i < 100; i++) {
      const counts = simulate(independent, 2, 3, channels, 2000, next);
      const { frequencies } = jointTable({ counts, shape: [2, 3], channels, target: "population" });
      const debiased = frequencies.map((f) => Math.max(0, f) * 2000);
      if (independenceTest({ counts: debiased, rows: 2, columns: 3 }).pValue < 0.05) rejected++;
    }
    expect(rejected).toBeGreaterThan(60);
  });
});

describe("the test of two samples", () => {
  test("is the test of independence between group and value", () => {
    const both = twoSampleTest({ first: [30, 20, 11], second: [18, 25, 16] });
    expect(both).toEqual(
      independenceTest({ counts: [30, 20, 11, 18, 25, 16], rows: 2, columns: 3 }),
    );
    expect(() => twoSampleTest({ first: [1, 2], second: [1] })).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_MISMATCH" }),
    );
  });

  test("has its size, and the power predicted, by simulation", () => {
    const next = uniforms(21);
    const channels = [exact, grrChannel(1, 3)] as const;
    const same = [0.25, 0.15, 0.1, 0.25, 0.15, 0.1];
    const different = [0.25, 0.15, 0.1, 0.12, 0.16, 0.22];
    const rate = (table: readonly number[]) => {
      let rejected = 0;
      for (let i = 0; i < 1000; i++) {
        const counts = simulate(table, 2, 3, channels, 500, next);
        if (twoSampleTest({ first: counts.slice(0, 3), second: counts.slice(3) }).pValue < 0.05)
          rejected++;
      }
      return rejected / 1000;
    };
    expect(Math.abs(rate(same) - 0.05)).toBeLessThan(4 * Math.sqrt((0.05 * 0.95) / 1000));
    const { power } = independencePower({
      frequencies: different,
      rows: 2,
      columns: 3,
      channels,
      n: 500,
    });
    expect(Math.abs(rate(different) - power)).toBeLessThan(4 * Math.sqrt(0.25 / 1000) + 0.01);
  });
});

describe("the test for a trend", () => {
  test("with two rows is Cochran and Armitage's, up to the factor (n - 1)/n", () => {
    // Cochran-Armitage by its definition, for doses 0, 1, 2 with 10, 20, 30 of 40 ill each.
    const ill = [10, 20, 30];
    const size = 40;
    const p = 60 / 120;
    const T = ill.reduce((sum, count, dose) => sum + dose * (count - size * p), 0);
    const spread = p * (1 - p) * (size * 5 - (size * 3) ** 2 / 120);
    const counts = [...ill, ...ill.map((count) => size - count)];
    const { statistic, degrees } = trendTest({ counts, rows: 2, columns: 3 });
    expect(statistic).toBeCloseTo(((T * T) / spread) * (119 / 120), 10);
    expect(degrees).toBe(1);
  });

  test("takes scores, does not change with their unit, and refuses what does not vary", () => {
    const table = { counts: [10, 20, 30, 30, 20, 10], rows: 2, columns: 3 };
    const plain = trendTest(table).statistic;
    expect(
      trendTest({ ...table, columnScores: [5, 7, 9], rowScores: [0, -3] }).statistic,
    ).toBeCloseTo(plain, 10);
    expect(trendTest({ ...table, columnScores: [0, 1, 5] }).statistic).not.toBeCloseTo(plain, 2);
    expect(() => trendTest({ counts: [1, 2, 0, 0], rows: 2, columns: 2 })).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_NOT_APPLICABLE" }),
    );
    expect(() => trendTest({ ...table, columnScores: [0, 1] })).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_MISMATCH" }),
    );
  });

  test("has its size, the power predicted, and more power than the test of independence where there is a trend", () => {
    const next = uniforms(5);
    const channels = [grrChannel(1.5, 2), grrChannel(1.5, 4)] as const;
    const trend = [0.16, 0.14, 0.11, 0.09, 0.09, 0.11, 0.14, 0.16];
    const flat = Array.from({ length: 8 }, () => 0.125);
    const rate = (table: readonly number[]) => {
      let rejected = 0;
      for (let i = 0; i < 1000; i++) {
        const counts = simulate(table, 2, 4, channels, 600, next);
        if (trendTest({ counts, rows: 2, columns: 4 }).pValue < 0.05) rejected++;
      }
      return rejected / 1000;
    };
    expect(Math.abs(rate(flat) - 0.05)).toBeLessThan(4 * Math.sqrt((0.05 * 0.95) / 1000));
    const options = { frequencies: trend, rows: 2, columns: 4, channels, n: 600 };
    const { power } = trendPower(options);
    expect(Math.abs(rate(trend) - power)).toBeLessThan(4 * Math.sqrt(0.25 / 1000) + 0.01);
    expect(power).toBeGreaterThan(independencePower(options).power);
  });
});
