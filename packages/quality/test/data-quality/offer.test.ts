import { fc, property } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import {
  attainment,
  efficiency,
  information,
  meanEfficiency,
  type OfferedReports,
  offerQuality,
  poolGroups,
  type QualityRequest,
  studyQuality,
} from "../../src/data-quality.js";
import { frequencyVariance } from "../../src/frequencies.js";
import { grrChannel, oueChannel } from "../oracle/mechanisms.js";

const size = fc.integer({ min: 1, max: 100_000 });
const epsilon = fc.double({ min: 0.1, max: 6, noNaN: true });
const groups = fc.array(fc.tuple(epsilon, size), { minLength: 1, maxLength: 5 });
const asked: QualityRequest = {
  attributes: [
    { name: "smoker", categories: 3, weight: 2, tolerance: 0.01 },
    { name: "pressure", spread: 0.3, weight: 1, tolerance: 0.05 },
  ],
  target: "population",
};
const offerOf = (list: readonly (readonly [number, number])[]): OfferedReports => ({
  smoker: list.map(([e, n]) => ({ ...grrChannel(e, 3), n })),
  pressure: list.map(([e, n]) => ({ noise: 4 / e ** 2, n })),
});

describe("pooled groups", () => {
  property("one group alone has its own variance and efficiency", [epsilon, size], (e, n) => {
    const channel = grrChannel(e, 4);
    const pooled = poolGroups({ groups: [{ ...channel, n }], frequency: 0.25, target: "cohort" });
    const variance = frequencyVariance({ ...channel, n, frequency: 0.25, target: "cohort" });
    expect(pooled.variance / variance).toBeCloseTo(1, 12);
    expect(pooled.efficiency).toBeCloseTo(efficiency({ ...channel, categories: 4 }), 12);
  });

  property(
    "for the population the efficiency is the groups' average by number of reports",
    [groups],
    (list) => {
      const pooled = poolGroups({
        groups: list.map(([e, n]) => ({ ...grrChannel(e, 4), n })),
        frequency: 0.25,
        target: "population",
      });
      const total = list.reduce((sum, [, n]) => sum + n, 0);
      const average =
        list.reduce(
          (sum, [e, n]) => sum + n * efficiency({ ...grrChannel(e, 4), categories: 4 }),
          0,
        ) / total;
      expect(pooled.n).toBe(total);
      expect(pooled.efficiency / average).toBeCloseTo(1, 10);
    },
  );

  property(
    "no other weights do better",
    [
      groups,
      fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 5, maxLength: 5 }),
    ],
    (list, other) => {
      const noises = list.map(([e]) => 4 / e ** 2);
      const pooled = poolGroups({
        groups: list.map(([, n], g) => ({ noise: noises[g] as number, n })),
        spread: 1,
        target: "cohort",
      });
      const weights = list.map((_, g) => other[g] as number);
      const total = weights.reduce((a, b) => a + b);
      const variance = list.reduce(
        (sum, [, n], g) =>
          sum + (((weights[g] as number) / total) ** 2 * (noises[g] as number)) / n,
        0,
      );
      expect(pooled.variance).toBeLessThanOrEqual(variance * (1 + 1e-12));
      expect(pooled.weights.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
    },
  );

  test("a group without noise takes all the weight of a cohort's estimate", () => {
    const exact = { p: 1, q: 0, n: 10 };
    const noisy = { ...grrChannel(1, 2), n: 1000 };
    const pooled = poolGroups({ groups: [exact, noisy], frequency: 0.5, target: "cohort" });
    expect(pooled.weights).toEqual([1, 0]);
    expect(pooled.variance).toBe(0);
  });
});

describe("the quality of offers and studies", () => {
  property(
    "is that of all groups in one list: how they are spread over offers does not matter",
    [groups, groups],
    (a, b) => {
      const together = offerQuality(offerOf([...a, ...b]), asked);
      const apart = studyQuality([offerOf(a), offerOf(b)], asked);
      expect(apart).toEqual(together);
    },
  );

  property("never falls when a publisher joins", [groups, groups], (a, b) => {
    const before = studyQuality([offerOf(a)], asked);
    const after = studyQuality([offerOf(a), offerOf(b)], asked);
    expect(after.attainment).toBeGreaterThanOrEqual(before.attainment - 1e-12);
    expect(after.toleranceRatio).toBeGreaterThanOrEqual(before.toleranceRatio - 1e-12);
  });

  test("aggregates what each attribute has by itself", () => {
    const quality = offerQuality(offerOf([[1, 5000]]), asked);
    const variance = frequencyVariance({
      ...grrChannel(1, 3),
      n: 5000,
      frequency: 1 / 3,
      target: "population",
    });
    const smoker = attainment({ variance, tolerance: 0.01 });
    const pressure = attainment({ variance: 4.3 / 5000, tolerance: 0.05 });
    expect(quality.attributes[0]?.attainment).toBeCloseTo(smoker, 12);
    expect(quality.attributes[1]?.attainment).toBeCloseTo(pressure, 12);
    expect(quality.attainment).toBeCloseTo((2 * smoker + pressure) / 3, 12);
    expect(quality.attributes[1]?.toleranceRatio).toBe(1);
    expect(quality.attributes[0]?.toleranceRatio).toBeCloseTo(0.0001 / variance, 12);
    const efficiencies =
      (2 * efficiency({ ...grrChannel(1, 3), categories: 3 }) +
        meanEfficiency({ spread: 0.3, noise: 4 })) /
      3;
    expect(quality.efficiency).toBeCloseTo(efficiencies, 12);
  });

  test("pools by number of reports where it is asked to", () => {
    const mixed = offerOf([
      [0.5, 900],
      [4, 100],
    ]);
    const proportional = offerQuality(mixed, { ...asked, weighting: "proportional" });
    const pressure = (0.9 ** 2 * (16 + 0.3)) / 900 + (0.1 ** 2 * (0.25 + 0.3)) / 100;
    expect(proportional.attributes[1]?.variance).toBeCloseTo(pressure, 12);
    expect(offerQuality(mixed, asked).attributes[1]?.variance).toBeLessThan(pressure);
  });

  test("a withheld attribute counts as 0, and as nothing where a geometric mean or a floor asks for all", () => {
    const { smoker } = offerOf([[2, 1e6]]);
    const partial = { smoker: smoker as OfferedReports[string] };
    const mean = offerQuality(partial, asked);
    expect(mean.attributes[1]).toEqual({
      name: "pressure",
      n: 0,
      variance: Number.POSITIVE_INFINITY,
      efficiency: 0,
      attainment: 0,
      toleranceRatio: 0,
    });
    expect(mean.attainment).toBeCloseTo(2 / 3, 6);
    for (const rule of ["geometric", "floor"] as const) {
      expect(offerQuality(partial, { ...asked, rule }).attainment).toBe(0);
    }
  });

  test("the type system keeps records out", () => {
    const record = { smoker: "yes", pressure: 142 };
    // @ts-expect-error a record is not an offer
    expect(() => offerQuality(record, asked)).toThrow();
  });
});

describe("information", () => {
  test("of bits is what enumerating all 2^d reports gives", () => {
    for (const [d, p, q] of [
      [2, 0.5, 0.27],
      [3, 0.5, 0.1],
      [4, 0.7, 0.3],
      [3, 1, 0.2],
      [3, 0.6, 0],
    ] as const) {
      let expected = 0;
      for (let report = 0; report < 1 << d; report++) {
        const given = Array.from({ length: d }, (_, x) =>
          Array.from({ length: d }, (_, v) => {
            const one = v === x ? p : q;
            return report & (1 << v) ? one : 1 - one;
          }).reduce((a, b) => a * b, 1),
        );
        const average = given.reduce((a, b) => a + b) / d;
        for (const probability of given) {
          if (probability > 0) expected += (probability / d) * Math.log(probability / average);
        }
      }
      expect(information({ p, q, categories: d, form: "bits" }).nats).toBeCloseTo(expected, 12);
    }
  });

  property(
    "of a subset is that of enumerating every subset",
    [epsilon, fc.integer({ min: 2, max: 7 }), fc.nat()],
    (e, d, pick) => {
      const k = 1 + (pick % (d - 1));
      const subsets = Array.from({ length: 2 ** d }, (_, map) => map).filter(
        (map) => map.toString(2).replaceAll("0", "").length === k,
      );
      const chance = (map: number, value: number) => ((map >> value) & 1 ? Math.exp(e) : 1);
      const all = subsets.reduce((sum, map) => sum + chance(map, 0), 0);
      let expected = 0;
      for (let value = 0; value < d; value++)
        for (const map of subsets) {
          const conditional = chance(map, value) / all;
          expected += (conditional / d) * Math.log(conditional * subsets.length);
        }
      const p = subsets.reduce((sum, map) => sum + ((map & 1) * chance(map, 0)) / all, 0);
      const q = (k - p) / (d - 1);
      expect(information({ p, q, categories: d, form: "subset" }).nats).toBeCloseTo(expected, 10);
      if (k === 1)
        expect(information({ p, q, categories: d, form: "value" }).nats).toBeCloseTo(expected, 10);
    },
  );

  test("of a subset that always holds the value is what its size leaves open", () => {
    // Two of four categories, the value always among them: ln 4 - ln 2.
    const { nats } = information({ p: 1, q: 1 / 3, categories: 4, form: "subset" });
    expect(nats).toBeCloseTo(Math.log(2), 12);
  });

  property(
    "grows with epsilon and stays within [0, 1]",
    [epsilon, fc.integer({ min: 2, max: 300 })],
    (e, d) => {
      for (const [form, channel] of [
        ["value", (x: number) => grrChannel(x, d)],
        ["bits", oueChannel],
      ] as const) {
        const low = information({ ...channel(e), categories: d, form });
        const high = information({ ...channel(e * 1.1), categories: d, form });
        expect(high.nats).toBeGreaterThan(low.nats);
        expect(low.share).toBeGreaterThan(0);
        expect(high.share).toBeLessThanOrEqual(1);
      }
    },
  );
});
