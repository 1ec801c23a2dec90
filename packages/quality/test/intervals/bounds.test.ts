import { fc, property, sharedJson, testWithShared } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import { frequencyEstimate, frequencyVariance } from "../../src/frequencies.js";
import {
  bernsteinHalfWidth,
  binomialInterval,
  bonferroniConfidence,
  boundedMeanHalfWidth,
  clopperPearsonInterval,
  cumulativeBand,
  hoeffdingHalfWidth,
  normalInterval,
  quantileInterval,
  sidakConfidence,
} from "../../src/intervals.js";
import { cohortLaw, populationLaw } from "../oracle/binomial.js";
import { channelByName, grrChannel } from "../oracle/mechanisms.js";

const file = "theory/vectors.json";

testWithShared(
  file,
  "Bernstein, Hoeffding and normal half widths equal the independently computed ones",
  () => {
    const { bernstein } = (
      sharedJson(file) as {
        error_and_quality: {
          bernstein: {
            mechanism: string;
            d: number;
            eps: number;
            n: number;
            f: number;
            bernstein_half_width: number;
            hoeffding_half_width: number;
            normal_half_width: number;
          }[];
        };
      }
    ).error_and_quality;
    expect(bernstein.length).toBe(2);
    for (const { mechanism, eps, d, n, f, ...expected } of bernstein) {
      const channel = { ...channelByName(mechanism, eps, d), n };
      expect(bernsteinHalfWidth({ ...channel, frequency: f, target: "cohort" })).toBeCloseTo(
        expected.bernstein_half_width,
        13,
      );
      expect(hoeffdingHalfWidth(channel)).toBeCloseTo(expected.hoeffding_half_width, 13);
      const variance = frequencyVariance({ ...channel, frequency: f, target: "cohort" });
      expect(normalInterval({ estimate: 0, variance }).upper).toBeCloseTo(
        expected.normal_half_width,
        13,
      );
    }
  },
);

describe("Bernstein's and Hoeffding's bounds hold, by enumerating every count", () => {
  property(
    "for every frequency, cohort and population",
    [
      fc.double({ min: 0.2, max: 4, noNaN: true }),
      fc.integer({ min: 2, max: 40 }),
      fc.nat(40),
      fc.constantFrom("GRR", "OUE"),
    ],
    (e, n, holders, name) => {
      const { p, q } = channelByName(name, e, 4);
      const f = Math.min(holders, n) / n;
      for (const [target, law] of [
        ["cohort", cohortLaw(n, f, p, q)],
        ["population", populationLaw(n, f, p, q)],
      ] as const) {
        for (const half of [
          bernsteinHalfWidth({ p, q, n, target }),
          bernsteinHalfWidth({ p, q, n, target, frequency: f }),
          hoeffdingHalfWidth({ p, q, n }),
        ]) {
          let missed = 0;
          law.forEach((probability, count) => {
            if (Math.abs(frequencyEstimate({ count, n, p, q }) - f) > half) missed += probability;
          });
          expect(missed).toBeLessThanOrEqual(0.05);
        }
        expect(bernsteinHalfWidth({ p, q, n, target })).toBeGreaterThanOrEqual(
          bernsteinHalfWidth({ p, q, n, target, frequency: f }) - 1e-12,
        );
      }
    },
  );
});

test("an interval for the reports' share becomes one for the frequency, clipped where it leaves [0, 1]", () => {
  const [p, q] = [0.7, 0.2];
  const inside = clopperPearsonInterval({ count: 450, n: 1000, p, q });
  const share = binomialInterval({ count: 450, n: 1000 });
  expect(inside.lower).toBeCloseTo((share.lower - q) / (p - q), 14);
  expect(inside.upper).toBeCloseTo((share.upper - q) / (p - q), 14);
  expect(clopperPearsonInterval({ count: 10, n: 1000, p, q })).toEqual({ lower: 0, upper: 0 });
  expect(clopperPearsonInterval({ count: 990, n: 1000, p, q })).toEqual({ lower: 1, upper: 1 });
});

test("the half width of a bounded mean is Hoeffding's, wherever the range lies", () => {
  const half = boundedMeanHalfWidth({ low: 3, high: 5, n: 50, confidence: 0.9 });
  expect(half).toBeCloseTo(2 * Math.sqrt(Math.log(20) / 100), 14);
});

describe("simultaneous confidence", () => {
  test("Bonferroni's misses add up to the whole; Sidak's multiply, and it asks for a little less", () => {
    for (const count of [1, 2, 16, 1024]) {
      const bonferroni = bonferroniConfidence({ count });
      const sidak = sidakConfidence({ count, form: "bits", target: "cohort" });
      expect((1 - bonferroni) * count).toBeCloseTo(0.05, 12);
      expect(sidak ** count).toBeCloseTo(0.95, 10);
      expect(sidak).toBeLessThanOrEqual(bonferroni);
    }
  });

  test("Sidak's is refused where estimates depend on each other", () => {
    for (const [form, target] of [
      ["value", "cohort"],
      ["bits", "population"],
      ["value", "population"],
    ] as const) {
      expect(() => sidakConfidence({ count: 4, form, target })).toThrow(
        expect.objectContaining({ code: "EMRX_QUALITY_NOT_APPLICABLE" }),
      );
    }
  });
});

describe("the band of a cumulative distribution", () => {
  const channel = grrChannel(1, 3);

  test("holds the truth with at least its confidence, by enumerating every table of reports", () => {
    const n = 24;
    const truth = [0.5, 0.25, 0.25];
    const reports = truth.map((f) => channel.q + f * (channel.p - channel.q));
    const logFactorial = Array.from({ length: n + 1 }, () => 0);
    for (let k = 2; k <= n; k++) logFactorial[k] = (logFactorial[k - 1] as number) + Math.log(k);
    for (const confidence of [0.5, 0.9]) {
      let covered = 0;
      for (let a = 0; a <= n; a++) {
        for (let b = 0; a + b <= n; b++) {
          const counts = [a, b, n - a - b];
          const log = counts.reduce(
            (sum, count, v) =>
              sum + count * Math.log(reports[v] as number) - (logFactorial[count] as number),
            logFactorial[n] as number,
          );
          const band = cumulativeBand({ counts, ...channel, target: "population", confidence });
          const inside = [0.5, 0.75, 1].every(
            (F, v) =>
              (band.lower[v] as number) <= F + 1e-12 && F <= (band.upper[v] as number) + 1e-12,
          );
          if (inside) covered += Math.exp(log);
        }
      }
      expect(covered).toBeGreaterThanOrEqual(confidence);
      expect(covered).toBeLessThan(1);
    }
  });

  property(
    "lies within [0, 1], is wider for the cohort, and its quantiles are in order",
    [fc.array(fc.nat(500), { minLength: 3, maxLength: 3 }).filter((c) => c.some(Boolean))],
    (counts) => {
      const band = cumulativeBand({ counts, ...channel, target: "population" });
      const cohort = cumulativeBand({ counts, ...channel, target: "cohort" });
      for (let v = 0; v < 3; v++) {
        expect(cohort.lower[v]).toBeLessThanOrEqual(band.lower[v] as number);
        expect(cohort.upper[v]).toBeGreaterThanOrEqual(band.upper[v] as number);
        expect(band.lower[v]).toBeGreaterThanOrEqual(0);
        expect(band.lower[v]).toBeLessThanOrEqual(band.upper[v] as number);
        expect(band.upper[v]).toBeLessThanOrEqual(1);
      }
      const median = quantileInterval(band, 0.5);
      expect(median.lower).toBeLessThanOrEqual(median.upper);
      expect(quantileInterval(band, 0.99).upper).toBeGreaterThanOrEqual(median.upper);
    },
  );

  test("has the estimate and the half width of its formula at every category", () => {
    const { p, q } = channel;
    const band = cumulativeBand({
      counts: [2100, 2500, 2400],
      p,
      q,
      target: "population",
      confidence: 0.9,
    });
    const half = Math.sqrt(Math.log(20) / 14_000) / (p - q);
    [2100 / 7000, 4600 / 7000].forEach((share, v) => {
      const F = (share - q * (v + 1)) / (p - q);
      expect(band.estimate[v]).toBeCloseTo(F, 12);
      expect(band.lower[v]).toBeCloseTo(F - half, 12);
      expect(band.upper[v]).toBeCloseTo(F + half, 12);
    });
    expect([band.estimate[2], band.lower[2], band.upper[2]]).toEqual([1, 1, 1]);
    const cohort = cumulativeBand({
      counts: [2100, 2500, 2400],
      p,
      q,
      target: "cohort",
      confidence: 0.9,
    });
    expect((cohort.upper[0] as number) - (cohort.estimate[0] as number)).toBeCloseTo(
      Math.sqrt((Math.log(20) + 1) / 14_000) / (p - q),
      12,
    );
  });

  test("gives quantiles where its ends reach them", () => {
    const ends = {
      estimate: new Float64Array(4),
      lower: Float64Array.of(0.1, 0.3, 0.6, 1),
      upper: Float64Array.of(0.3, 0.5, 0.8, 1),
    };
    expect(quantileInterval(ends, 0.3)).toEqual({ lower: 0, upper: 1 });
    expect(quantileInterval(ends, 0.5)).toEqual({ lower: 1, upper: 2 });
    expect(quantileInterval(ends, 0.9)).toEqual({ lower: 3, upper: 3 });
  });

  test("is refused for reports of bits", () => {
    expect(() => cumulativeBand({ counts: [1, 2, 3], p: 0.5, q: 0.3, target: "cohort" })).toThrow(
      "is 1.1 for d = 3",
    );
    expect(() => cumulativeBand({ counts: [1, 2, 3], p: 0.5, q: 0.3, target: "cohort" })).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_NOT_APPLICABLE" }),
    );
  });
});
