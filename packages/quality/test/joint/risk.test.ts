import { describe, expect, test } from "vitest";
import { riskComparison } from "../../src/index.js";
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

  test("say nothing where noise leaves a cell at 0 or below", () => {
    const channel = grrChannel(1, 2);
    const { oddsRatio, riskRatio, riskDifference } = riskComparison({
      counts: [5, 30, 30, 100],
      exposure: channel,
      outcome: channel,
      target: "population",
    });
    expect(oddsRatio).toEqual({ estimate: Number.NaN, lower: 0, upper: Number.POSITIVE_INFINITY });
    expect(riskRatio.upper).toBe(Number.POSITIVE_INFINITY);
    // Fewer than nobody seem to be exposed, so nothing can be said of their risk either.
    expect(riskDifference).toEqual({ estimate: Number.NaN, lower: -1, upper: 1 });
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
