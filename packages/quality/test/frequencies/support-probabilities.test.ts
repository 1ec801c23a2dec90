import { grr } from "@emrx/ldp-core";
import { oue } from "@emrx/ldp-core/mechanisms";
import { fc, property } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import {
  frequencyEstimate,
  frequencyVariance,
  supportProbabilities,
} from "../../src/frequencies.js";
import { cohortLaw, populationLaw } from "../oracle/binomial.js";

/** Mean and variance of the estimate under an exact law of the count. */
function moments(law: Float64Array, p: number, q: number) {
  const n = law.length - 1;
  const estimate = (count: number) => frequencyEstimate({ count, n, p, q });
  let mean = 0;
  law.forEach((probability, count) => {
    mean += probability * estimate(count);
  });
  let variance = 0;
  law.forEach((probability, count) => {
    variance += probability * (estimate(count) - mean) ** 2;
  });
  return { mean, variance };
}

describe("the estimate of a frequency", () => {
  const probability = fc.double({ min: 0.02, max: 0.9, noNaN: true });
  property(
    "is unbiased and has the variance of its target, by enumerating every count",
    [
      probability,
      fc.double({ min: 0.05, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 30 }),
      fc.nat(30),
    ],
    (q, share, n, holders) => {
      const p = q + (1 - q) * share;
      const f = Math.min(n, holders) / n;
      for (const [target, law] of [
        ["cohort", cohortLaw(n, f, p, q)],
        ["population", populationLaw(n, f, p, q)],
      ] as const) {
        const { mean, variance } = moments(law, p, q);
        expect(mean).toBeCloseTo(f, 9);
        const expected = frequencyVariance({ p, q, n, frequency: f, target });
        expect(Math.abs(variance - expected)).toBeLessThan(1e-9 * expected + 1e-13);
      }
    },
  );

  test("of a sampled cohort has the exact finite-population variance, by enumerating every sample", () => {
    const [N, holders, n, p, q] = [6, 2, 3, 0.8, 0.3];
    let mean = 0;
    let square = 0;
    let samples = 0;
    for (let mask = 0; mask < 1 << N; mask++) {
      const members = [...Array(N).keys()].filter((i) => mask & (1 << i));
      if (members.length !== n) continue;
      samples++;
      const inside = members.filter((i) => i < holders).length;
      cohortLaw(n, inside / n, p, q).forEach((probability, count) => {
        const estimate = frequencyEstimate({ count, n, p, q });
        mean += probability * estimate;
        square += probability * estimate ** 2;
      });
    }
    mean /= samples;
    const variance = square / samples - mean ** 2;
    expect(mean).toBeCloseTo(holders / N, 12);
    const options = { p, q, n, frequency: holders / N, target: "cohort" as const, cohortSize: N };
    expect(frequencyVariance(options)).toBeCloseTo(variance, 12);
  });

  test("takes p and q from any frequency oracle, and then agrees with it", () => {
    for (const oracle of [
      grr({ categories: 5, epsilon: "1" }),
      oue({ categories: 5, epsilon: "0.5" }),
    ]) {
      const channel = supportProbabilities(oracle);
      const variance = frequencyVariance({ ...channel, n: 200, frequency: 0.3, target: "cohort" });
      expect(variance / oracle.variance(200, 0.3)).toBeCloseTo(1, 12);
      const frequency = oracle.estimate([50, 1, 1, 1, 1], 200).frequencies[0] as number;
      expect(frequencyEstimate({ ...channel, count: 50, n: 200 })).toBeCloseTo(frequency, 12);
    }
  });
});
