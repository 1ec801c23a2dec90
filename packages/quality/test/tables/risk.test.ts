import { describe, expect, test } from "vitest";
import { riskComparison } from "../../src/tables.js";
import { grrChannel } from "../oracle/mechanisms.js";
import { draw, report, uniforms } from "../oracle/records.js";

const exact = { p: 1, q: 0 };

describe("odds ratio, risk ratio and risk difference", () => {
  test("without noise are the textbook's, with Woolf's interval", () => {
    // 60 of 100 exposed and 30 of 100 not exposed are ill.
    const options = { counts: [60, 40, 30, 70], exposure: exact, outcome: exact };
    const { oddsRatio, riskRatio, riskDifference } = riskComparison({
      ...options,
      target: "population",
    });
    const z = 1.959963984540054;
    const woolf = z * Math.sqrt(1 / 60 + 1 / 40 + 1 / 30 + 1 / 70);
    expect(oddsRatio.estimate).toBeCloseTo(3.5, 12);
    expect(Math.log(oddsRatio.upper / 3.5)).toBeCloseTo(woolf, 12);
    expect(Math.log(3.5 / oddsRatio.lower)).toBeCloseTo(woolf, 12);
    expect(riskRatio.estimate).toBeCloseTo(2, 12);
    expect(Math.log(riskRatio.upper / 2)).toBeCloseTo(
      z * Math.sqrt(1 / 60 - 1 / 100 + 1 / 30 - 1 / 100),
      12,
    );
    expect(riskDifference.estimate).toBeCloseTo(0.3, 12);
    expect(riskDifference.upper - 0.3).toBeCloseTo(
      z * Math.sqrt((0.6 * 0.4) / 100 + (0.3 * 0.7) / 100),
      12,
    );
    // For the cohort there is no uncertainty left.
    const cohort = riskComparison({ ...options, target: "cohort" });
    expect(cohort.oddsRatio.upper).toBeCloseTo(3.5, 6);
    expect(cohort.riskDifference.lower).toBeCloseTo(0.3, 6);
  });

  test("of reports have the variance of the delta method, by differentiating numerically", () => {
    const counts = [400, 350, 300, 450];
    const n = 1500;
    const [exposure, outcome] = [
      { p: 0.9, q: 0.1 },
      { p: 0.8, q: 0.2 },
    ];
    const inverse = ({ p, q }: { p: number; q: number }, value: number, reported: number) =>
      ((value === reported ? 1 : 0) - q) / (p - q);
    const debiased = (shares: readonly number[]) =>
      [0, 1, 2, 3].map((cell) =>
        shares.reduce(
          (sum, share, y) =>
            sum + share * inverse(exposure, cell >> 1, y >> 1) * inverse(outcome, cell & 1, y & 1),
          0,
        ),
      ) as [number, number, number, number];
    type Cells = [number, number, number, number];
    const measures = {
      oddsRatio: ([a, b, c, d]: Cells) => Math.log((a * d) / (b * c)),
      riskRatio: ([a, b, c, d]: Cells) => Math.log(a / (a + b) / (c / (c + d))),
      riskDifference: ([a, b, c, d]: Cells) => a / (a + b) - c / (c + d),
    };
    const shares = counts.map((count) => count / n);
    const f = debiased(shares);
    const derivatives = (of: (x: number[]) => number, at: readonly number[]) =>
      at.map((_, i) => {
        const moved = (h: number) => of(at.map((x, j) => (i === j ? x + h : x)));
        return (moved(1e-6) - moved(-1e-6)) / 2e-6;
      });
    const spread = (weights: readonly number[], slopes: readonly number[]) => {
      const mean = weights.reduce((sum, w, i) => sum + w * (slopes[i] as number), 0);
      return weights.reduce((sum, w, i) => sum + w * ((slopes[i] as number) - mean) ** 2, 0);
    };
    const z = 1.959963984540054;
    for (const name of ["oddsRatio", "riskRatio", "riskDifference"] as const) {
      const measure = measures[name];
      const population =
        spread(
          shares,
          derivatives((x) => measure(debiased(x)), shares),
        ) / n;
      // The people's own cells vary in a population, and not in a cohort.
      const own =
        spread(
          f,
          derivatives((x) => measure(x as Cells), f),
        ) / n;
      for (const [target, variance] of [
        ["population", population],
        ["cohort", population - own],
      ] as const) {
        const { estimate, lower, upper } = riskComparison({ counts, exposure, outcome, target })[
          name
        ];
        const half = name === "riskDifference" ? (upper - lower) / 2 : Math.log(upper / lower) / 2;
        expect(half).toBeCloseTo(z * Math.sqrt(variance), 6);
        expect(name === "riskDifference" ? estimate : Math.log(estimate)).toBeCloseTo(
          measure(f),
          10,
        );
      }
    }
  });

  test("of reports cover the truth as often as they say, for cohort and population", () => {
    const truth = [0.3, 0.2, 0.15, 0.35];
    const channel = grrChannel(2, 2);
    const next = uniforms(99);
    const [trials, n] = [400, 4000];
    const covered = { odds: 0, ratio: 0, difference: 0, cohort: 0 };
    for (let t = 0; t < trials; t++) {
      const counts = [0, 0, 0, 0];
      const own = [0, 0, 0, 0];
      for (let i = 0; i < n; i++) {
        const cell = draw(truth, next);
        own[cell] = (own[cell] as number) + 1;
        const reported =
          2 * report(cell >> 1, 2, channel, next) + report(cell & 1, 2, channel, next);
        counts[reported] = (counts[reported] as number) + 1;
      }
      const options = { counts, exposure: channel, outcome: channel };
      const inside = ({ lower, upper }: { lower: number; upper: number }, value: number) =>
        lower <= value && value <= upper ? 1 : 0;
      const population = riskComparison({ ...options, target: "population" });
      covered.odds += inside(population.oddsRatio, (0.3 * 0.35) / (0.2 * 0.15));
      covered.ratio += inside(population.riskRatio, 0.6 / 0.3);
      covered.difference += inside(population.riskDifference, 0.3);
      const [a, b, c, d] = own as [number, number, number, number];
      const cohort = riskComparison({ ...options, target: "cohort" });
      covered.cohort += inside(cohort.riskDifference, a / (a + b) - c / (c + d));
    }
    for (const count of Object.values(covered)) {
      expect(count / trials).toBeGreaterThan(0.95 - 4 * Math.sqrt((0.95 * 0.05) / trials));
      expect(count / trials).toBeLessThan(0.995);
    }
  });

  test.each([
    ["an empty cell", [0.3, 0.2, 0, 0.5], 2, 1000],
    ["a rare exposure", [0.01, 0.02, 0.3, 0.67], 3, 1000],
    ["a cell next to nothing", [0.02, 0.4, 0.18, 0.4], 4, 300],
    ["few reports without noise", [0.3, 0.2, 0.1, 0.4], 30, 20],
    ["cells about four standard errors from 0", [0.25, 0.25, 0.25, 0.25], 2, 250],
  ] as const)(
    "of sparse tables hold the truth as often as they say: %s",
    (_name, truth, epsilon, n) => {
      const channel = grrChannel(epsilon, 2);
      const next = uniforms(7);
      const trials = 800;
      const [a, b, c, d] = truth;
      const covered = { odds: 0, ratio: 0, difference: 0 };
      for (let t = 0; t < trials; t++) {
        const counts = [0, 0, 0, 0];
        for (let i = 0; i < n; i++) {
          const cell = draw(truth, next);
          const reported =
            2 * report(cell >> 1, 2, channel, next) + report(cell & 1, 2, channel, next);
          counts[reported] = (counts[reported] as number) + 1;
        }
        const found = riskComparison({
          counts,
          exposure: channel,
          outcome: channel,
          target: "population",
        });
        const inside = ({ lower, upper }: { lower: number; upper: number }, value: number) =>
          lower <= value && value <= upper ? 1 : 0;
        covered.odds += inside(found.oddsRatio, (a * d) / (b * c));
        covered.ratio += inside(found.riskRatio, a / (a + b) / (c / (c + d)));
        covered.difference += inside(found.riskDifference, a / (a + b) - c / (c + d));
      }
      for (const count of Object.values(covered))
        expect(count / trials).toBeGreaterThan(0.945 - 3 * Math.sqrt((0.95 * 0.05) / trials));
    },
  );

  test("say next to nothing where noise leaves a cell at 0 or below", () => {
    const channel = grrChannel(1, 2);
    const { oddsRatio, riskRatio, riskDifference } = riskComparison({
      counts: [5, 30, 30, 100],
      exposure: channel,
      outcome: channel,
      target: "population",
    });
    expect(oddsRatio.estimate).toBeNaN();
    expect(oddsRatio.upper).toBe(Number.POSITIVE_INFINITY);
    expect(riskRatio.upper).toBe(Number.POSITIVE_INFINITY);
    // Fewer than nobody seem to be exposed, so next to nothing can be said of their risk.
    expect(riskDifference.estimate).toBeNaN();
    expect(riskDifference.upper - riskDifference.lower).toBeGreaterThan(0.9);
    // With one cell alone at 0 the difference of risks still stands.
    const none = riskComparison({
      counts: [0, 50, 30, 70],
      exposure: exact,
      outcome: exact,
      target: "population",
    });
    expect(none.oddsRatio.estimate).toBeNaN();
    expect(none.riskDifference.estimate).toBeCloseTo(-0.3, 12);
  });
});
