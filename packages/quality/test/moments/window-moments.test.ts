import { toNumber } from "@emrx/ldp-core/exact";
import { duchi, windowMechanism } from "@emrx/ldp-core/mechanisms";
import { describe, expect, test } from "vitest";
import { frequencyVariance, noiseVariance } from "../../src/frequencies.js";
import { meanVariance, windowMoments } from "../../src/moments.js";

describe("moments from the window mechanism", () => {
  const shapes = [
    { cells: 3, window: 1, missing: false },
    { cells: 7, window: 2, missing: false },
    { cells: 5, window: 2, missing: true },
    { cells: 12, window: 3, missing: true },
  ];
  test.each(shapes)(
    "are unbiased at every grid position, by enumerating every cell: %o",
    ({ cells, window, missing }) => {
      const mechanism = windowMechanism({ range: [-3, 5], epsilon: "1.3", cells, window, missing });
      const steps = cells - window;
      const inside = toNumber(mechanism.cellProbability.inside);
      const outside = toNumber(mechanism.cellProbability.outside);
      const outputs = cells + (missing ? window : 0);
      for (let s = 0; s <= steps + (missing ? 1 : 0); s++) {
        const start = s <= steps ? s : cells; // the last position is "missing"
        const expectedCounts = Array.from({ length: outputs }, (_, y) =>
          y >= start && y < start + window ? inside : outside,
        );
        const value = s <= steps ? -3 + (8 * s) / steps : 0;
        const { first, second, n } = windowMoments(mechanism, expectedCounts);
        expect(n).toBeCloseTo(1, 12);
        expect(first.estimate).toBeCloseTo(value, 9);
        expect(second.estimate).toBeCloseTo(value ** 2, 8);
      }
    },
  );

  test("agree with ldp-core's mean, and bound every score", () => {
    const mechanism = windowMechanism({ range: [0, 10], epsilon: "2", cells: 6, window: 2 });
    const counts = [5, 9, 14, 20, 8, 4];
    const { first, second, largestExcess } = windowMoments(mechanism, counts);
    expect(first.estimate).toBeCloseTo(mechanism.estimate(counts, 60).mean, 9);
    for (let y = 0; y < 6; y++) {
      const alone = windowMoments(
        mechanism,
        counts.map((_, v) => (v === y ? 1 : 0)),
      );
      expect(alone.first.estimate).toBeGreaterThanOrEqual(first.low);
      expect(alone.second.estimate).toBeLessThanOrEqual(second.high);
    }
    expect(largestExcess).toBe((10 / 4) ** 2 / 4);
  });

  test("have the variance of their scores' mean: the sample variance over n", () => {
    const mechanism = windowMechanism({ range: [0, 10], epsilon: "2", cells: 6, window: 2 });
    const counts = [5, 9, 14, 20, 8, 4];
    for (const moment of ["first", "second"] as const) {
      const scores = counts.flatMap((count, y) => {
        const alone = windowMoments(
          mechanism,
          counts.map((_, v) => (v === y ? 1 : 0)),
        );
        return Array.from({ length: count }, () => alone[moment].estimate);
      });
      const mean = scores.reduce((a, b) => a + b) / 60;
      const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / 59 / 60;
      expect(windowMoments(mechanism, counts)[moment].variance / variance).toBeCloseTo(1, 9);
    }
  });

  test("are refused for Duchi's mechanism, whose reports hold nothing about squares", () => {
    const mechanism = duchi({ range: [0, 1], epsilon: "1" });
    expect(() => windowMoments(mechanism, [1, 1])).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_NOT_APPLICABLE" }),
    );
  });
});

test("the variance of a mean is that of a frequency where the values are 0 and 1", () => {
  const channel = { p: 0.7, q: 0.2 };
  const values = { noise: noiseVariance(channel, 0.4), spread: 0.24 };
  for (const design of [
    { n: 50, target: "cohort" },
    { n: 50, target: "population" },
    { n: 50, target: "cohort", cohortSize: 80 },
  ] as const) {
    const expected = frequencyVariance({ ...channel, ...design, frequency: 0.4 });
    expect(meanVariance({ ...values, ...design })).toBeCloseTo(expected, 14);
  }
});
