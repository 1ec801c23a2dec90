import { windowMechanism } from "@emrx/ldp-core/mechanisms";
import { fc, property } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import { windowMoments } from "../../src/moments.js";
import {
  bitProfileTest,
  impossibleEstimateTest,
  largestMeanShift,
  largestShift,
  plausibleBits,
  trimmedMean,
  trimmingPrice,
} from "../../src/robustness.js";
import { binomialLaw } from "../oracle/binomial.js";
import { grrChannel, oueChannel } from "../oracle/mechanisms.js";
import { gaussian, uniforms } from "../oracle/records.js";

const epsilon = fc.double({ min: 0.2, max: 4, noNaN: true });

describe("the largest shift", () => {
  property(
    "of values is what enumerating every pair of reports gives",
    [epsilon, fc.integer({ min: 3, max: 6 }), fc.integer({ min: 1, max: 2 })],
    (e, d, r) => {
      const { p, q } = grrChannel(e, d);
      const targets = Array.from({ length: r }, (_, v) => v);
      // What one report of n adds to the sum of the targets' estimates.
      const weight = (reported: number) =>
        targets.reduce((s, v) => s + ((reported === v ? 1 : 0) - q) / (p - q), 0);
      const expected = (value: number) =>
        Array.from({ length: d }, (_, y) => (y === value ? p : q) * weight(y)).reduce(
          (a, b) => a + b,
        );
      const all = Array.from({ length: d }, (_, y) => weight(y));
      const [least, most] = [Math.min(...all), Math.max(...all)];
      const shift = largestShift({ p, q, share: 0.2, targets: r, form: "value" });
      expect(shift.realized).toBeCloseTo(0.2 * (most - least), 9);
      expect(shift.upward).toBeCloseTo(0.2 * (most - expected(d - 1)), 9);
      expect(shift.downward).toBeCloseTo(0.2 * (expected(0) - least), 9);
      expect(shift.byLying).toBeCloseTo(0.2 * (expected(0) - expected(d - 1)), 9);
    },
  );

  property(
    "of bits is what enumerating every bit map gives",
    [epsilon, fc.integer({ min: 1, max: 3 })],
    (e, r) => {
      const { p, q } = oueChannel(e);
      const d = 5;
      const weight = (map: number) =>
        Array.from({ length: r }, (_, v) => (((map >> v) & 1) - q) / (p - q)).reduce(
          (a, b) => a + b,
        );
      const expected = (value: number) =>
        Array.from({ length: 2 ** d }, (_, map) => {
          let probability = 1;
          for (let v = 0; v < d; v++) {
            const one = v === value ? p : q;
            probability *= (map >> v) & 1 ? one : 1 - one;
          }
          return probability * weight(map);
        }).reduce((a, b) => a + b);
      const all = Array.from({ length: 2 ** d }, (_, map) => weight(map));
      const shift = largestShift({ p, q, share: 0.1, targets: r, form: "bits" });
      expect(shift.realized).toBeCloseTo(0.1 * (Math.max(...all) - Math.min(...all)), 9);
      expect(shift.upward).toBeCloseTo(0.1 * (Math.max(...all) - expected(d - 1)), 9);
      expect(shift.downward).toBeCloseTo(0.1 * (expected(0) - Math.min(...all)), 9);
    },
  );

  property(
    "of subsets is what enumerating every subset gives",
    [epsilon, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 6 })],
    (e, r, k) => {
      const d = 7;
      const subsets = Array.from({ length: 2 ** d }, (_, map) => map).filter(
        (map) => map.toString(2).replaceAll("0", "").length === k,
      );
      const chance = (map: number, value: number) => ((map >> value) & 1 ? Math.exp(e) : 1);
      const all = subsets.reduce((sum, map) => sum + chance(map, 0), 0);
      const support = (v: number) =>
        subsets.reduce((sum, map) => sum + ((map >> v) & 1) * (chance(map, 0) / all), 0);
      const [p, q] = [support(0), support(1)];
      const weight = (map: number) =>
        Array.from({ length: r }, (_, v) => (((map >> v) & 1) - q) / (p - q)).reduce(
          (a, b) => a + b,
        );
      const expected = (value: number) =>
        subsets.reduce((sum, map) => sum + (chance(map, value) / all) * weight(map), 0);
      const weights = subsets.map(weight);
      const [least, most] = [Math.min(...weights), Math.max(...weights)];
      const options = { p, q, share: 0.1, targets: r } as const;
      const shift = largestShift({ ...options, form: "subset", categories: d });
      expect(shift.realized).toBeCloseTo(0.1 * (most - least), 9);
      expect(shift.upward).toBeCloseTo(0.1 * (most - expected(d - 1)), 9);
      expect(shift.downward).toBeCloseTo(0.1 * (expected(0) - least), 9);
      // Whatever the mechanism, no report does more than one that supports all targets or none.
      const bound = largestShift({ ...options, form: "any" });
      expect(bound).toEqual(largestShift({ ...options, form: "bits" }));
      for (const side of ["realized", "upward", "downward"] as const)
        expect(shift[side]).toBeLessThanOrEqual(bound[side] + 1e-12);
      for (const categories of [undefined, r - 1, 1.5])
        expect(() =>
          largestShift({ ...options, form: "subset", categories: categories as never }),
        ).toThrow(expect.objectContaining({ code: "EMRX_QUALITY_ARGUMENT" }));
    },
  );

  test("of a mean is what enumerating every pair of reports gives", () => {
    const mechanism = windowMechanism({ range: [0, 10], epsilon: "1.5", cells: 6, window: 2 });
    // One dishonest report of eight: every honest cell replaced by every other.
    const honest = [2, 1, 1, 1, 2, 1];
    const mean = (counts: readonly number[]) => windowMoments(mechanism, counts).first;
    let most = 0;
    honest.forEach((_, from) => {
      honest.forEach((__, to) => {
        const moved = honest.map((count, v) => count - (v === from ? 1 : 0) + (v === to ? 1 : 0));
        most = Math.max(most, Math.abs(mean(moved).estimate - mean(honest).estimate));
      });
    });
    const { low, high } = mean(honest);
    expect(largestMeanShift({ low, high, share: 1 / 8 })).toBeCloseTo(most, 10);
    expect(() => largestMeanShift({ low: 1, high: 1, share: 0.1 })).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_ARGUMENT" }),
    );
    expect(() => largestMeanShift({ low: 0, high: 1, share: 2 })).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_ARGUMENT" }),
    );
  });

  test("needs the form of reports for several targets, not for one", () => {
    expect(largestShift({ p: 0.75, q: 0.25, share: 0.5 })).toEqual({
      realized: 1,
      upward: 0.75,
      downward: 0.75,
      byLying: 0.5,
    });
    expect(() => largestShift({ p: 0.5, q: 0.2, share: 0.1, targets: 2 })).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_NOT_APPLICABLE" }),
    );
    expect(() => largestShift({ p: 0.5, q: 0.2, share: 1.1 })).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_ARGUMENT" }),
    );
  });
});

describe("detection by numbers of set bits", () => {
  const channel = oueChannel(2);
  const d = 30;

  test("is Pearson's statistic over classes of at least 5 expected, by hand", () => {
    // Two bits with p = 1/2, q = 1/4: 0, 1, 2 bits set with probabilities 3/8, 1/2, 1/8.
    const two = { p: 0.5, q: 0.25 };
    const apart = bitProfileTest({ ...two, histogram: [20, 20, 8] }); // 18, 24, 6 expected
    expect(apart.statistic).toBeCloseTo(4 / 18 + 16 / 24 + 4 / 6, 9);
    expect(apart.degrees).toBe(2);
    const merged = bitProfileTest({ ...two, histogram: [8, 12, 12] }); // 12, 16, 4 expected: the last two go together
    expect(merged.statistic).toBeCloseTo(16 / 12 + 16 / 20, 9);
    expect(merged.degrees).toBe(1);
  });

  test("has its size for honest reports and finds one site in twenty that sets many bits", () => {
    const next = uniforms(8);
    const ones = () => {
      let k = next() < channel.p ? 1 : 0;
      for (let v = 1; v < d; v++) if (next() < channel.q) k++;
      return k;
    };
    let rejected = 0;
    let found = 0;
    for (let i = 0; i < 300; i++) {
      const histogram = new Float64Array(d + 1);
      for (let j = 0; j < 600; j++) histogram[ones()]!++;
      if (bitProfileTest({ ...channel, histogram }).pValue < 0.05) rejected++;
      for (let j = 0; j < 30; j++) histogram[12]!++;
      if (bitProfileTest({ ...channel, histogram }).pValue < 0.05) found++;
    }
    expect(rejected / 300).toBeLessThan(0.05 + 4 * Math.sqrt((0.05 * 0.95) / 300));
    expect(found).toBe(300);
    expect(() => bitProfileTest({ ...channel, histogram: [1, 1, 1] })).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_NOT_APPLICABLE" }),
    );
  });

  property(
    "keeps honest reports but for the level",
    [epsilon, fc.integer({ min: 2, max: 60 }), fc.constantFrom(0.2, 0.01, 1e-6)],
    (e, categories, level) => {
      const { p, q } = oueChannel(e);
      const rest = binomialLaw(categories - 1, q);
      const law = Array.from(
        { length: categories + 1 },
        (_, k) => p * (rest[k - 1] ?? 0) + (1 - p) * (rest[k] ?? 0),
      );
      const { least, greatest } = plausibleBits({ p, q, categories, level });
      const below = law.slice(0, least).reduce((a, b) => a + b, 0);
      const above = law.slice(greatest + 1).reduce((a, b) => a + b, 0);
      expect(below).toBeLessThanOrEqual(level / 2 + 1e-12);
      expect(above).toBeLessThanOrEqual(level / 2 + 1e-12);
      expect(below + (law[least] as number)).toBeGreaterThan(level / 2 - 1e-12);
      expect(above + (law[greatest] as number)).toBeGreaterThan(level / 2 - 1e-12);
    },
  );
});

describe("detection of impossible estimates", () => {
  property(
    "accuses honest reports at most as rarely as its p-value says, whatever the frequency",
    [epsilon, fc.integer({ min: 5, max: 60 }), fc.nat(60)],
    (e, n, holders) => {
      const { p, q } = grrChannel(e, 2);
      const f = Math.min(n, holders) / n;
      let wrong = 0;
      binomialLaw(n, q + f * (p - q)).forEach((probability, count) => {
        if (impossibleEstimateTest({ p, q, counts: [count, n - count], n }).pValue <= 0.05)
          wrong += probability;
      });
      expect(wrong).toBeLessThanOrEqual(0.05 + 1e-12);
    },
  );

  test("is twice the number of categories times the smallest tail, by hand", () => {
    // Ten reports, none of them for the first category: at best 3/4 each. The other tail is as small; the first of equals is named.
    const { pValue, category } = impossibleEstimateTest({
      p: 0.75,
      q: 0.25,
      counts: [0, 10],
      n: 10,
    });
    expect(pValue).toBeCloseTo(4 * 0.75 ** 10, 12);
    expect(category).toBe(0);
  });

  test("names the category that is out of reach", () => {
    const channel = grrChannel(1, 3);
    const counts = [700, 290, 10];
    const { pValue, category } = impossibleEstimateTest({ ...channel, counts, n: 1000 });
    expect(pValue).toBeLessThan(1e-6);
    expect(category).toBe(2);
    expect(impossibleEstimateTest({ ...channel, counts: [1000, 0, 0], n: 1000 }).category).toBe(0);
    expect(() => impossibleEstimateTest({ ...channel, counts: [11], n: 10 })).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_ARGUMENT" }),
    );
  });
});

describe("the trimmed mean", () => {
  test("counts sites at the ends of the middle in part, and knows what one site can do, by hand", () => {
    // Thirds of the weight, a quarter cut from each end: 1/12 of the first and of the last site are left.
    expect(trimmedMean({ estimates: [10, 0, 1], trim: 0.25 }).estimate).toBeCloseTo(
      (10 / 12 + 1 / 3) / (1 / 2),
      12,
    );
    // The median: 1. If the site at 0 sends something huge the median is 10.
    const { estimate, influence } = trimmedMean({ estimates: [10, 0, 1], trim: 0.4 });
    expect([estimate, influence]).toEqual([expect.closeTo(1, 12), expect.closeTo(9, 12)]);
    // A site without weight changes nothing.
    const weights = [1, 1, 1, 0];
    expect(trimmedMean({ estimates: [10, 0, 1, 99], weights, trim: 0.4 })).toEqual({
      estimate: expect.closeTo(1, 12),
      influence: expect.closeTo(9, 12),
    });
  });

  const sites = fc.array(
    fc.tuple(
      fc.double({ min: -1, max: 1, noNaN: true }),
      fc.double({ min: 0.5, max: 2, noNaN: true }),
    ),
    { minLength: 5, maxLength: 9 },
  );

  property(
    "lies within what the sites report, is their mean without trimming, and does not depend on their order",
    [sites, fc.double({ min: 0, max: 0.49, noNaN: true })],
    (list, trim) => {
      const at = (given: typeof list, t: number) =>
        trimmedMean({ estimates: given.map(([x]) => x), weights: given.map(([, w]) => w), trim: t })
          .estimate;
      expect(at(list, trim)).toBeGreaterThanOrEqual(Math.min(...list.map(([x]) => x)) - 1e-9);
      expect(at(list, trim)).toBeLessThanOrEqual(Math.max(...list.map(([x]) => x)) + 1e-9);
      expect(at([...list].reverse(), trim)).toBeCloseTo(at(list, trim), 9);
      const total = list.reduce((s, [, w]) => s + w, 0);
      expect(at(list, 0)).toBeCloseTo(list.reduce((s, [x, w]) => s + x * w, 0) / total, 10);
    },
  );

  property(
    "no site moves it further than its influence, whatever it reports",
    [sites, fc.nat(), fc.double({ min: -1e6, max: 1e6, noNaN: true })],
    (list, pick, lie) => {
      const weights = list.map(([, w]) => w);
      const trim = (1.01 * Math.max(...weights)) / weights.reduce((a, b) => a + b);
      fc.pre(trim < 0.5);
      const estimates = list.map(([x]) => x);
      const honest = trimmedMean({ estimates, weights, trim });
      expect(honest.influence).toBeLessThan(2);
      estimates[pick % list.length] = lie;
      const moved = trimmedMean({ estimates, weights, trim });
      expect(Math.abs(moved.estimate - honest.estimate)).toBeLessThanOrEqual(
        honest.influence + 1e-9,
      );
    },
  );

  test("without trimming any site can move it anywhere", () => {
    expect(trimmedMean({ estimates: [1, 2, 3], trim: 0 }).influence).toBe(Number.POSITIVE_INFINITY);
    expect(trimmedMean({ estimates: [1, 2, 3], weights: [1, 1, 0], trim: 0 }).estimate).toBe(1.5);
    expect(() => trimmedMean({ estimates: [1], trim: 0.5 })).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_ARGUMENT" }),
    );
  });

  test("costs the variance that its price states, by simulation", () => {
    const next = uniforms(3);
    const [trials, n, trim] = [3000, 100, 0.2];
    let trimmed = 0;
    for (let i = 0; i < trials; i++) {
      const estimates = Array.from({ length: n }, () => gaussian(next));
      // Only the estimate matters here; its influence would cost n more sorts.
      const sorted = estimates.sort((a, b) => a - b).slice(n * trim, n - n * trim);
      trimmed += (sorted.reduce((a, b) => a + b) / sorted.length) ** 2;
    }
    const ratio = (trimmed / trials) * n;
    expect(Math.abs(ratio - trimmingPrice(trim))).toBeLessThan(
      4 * ratio * Math.sqrt(2 / trials) + 0.01,
    );
    // Published: the asymptotic efficiency of the trimmed mean is 0.943 at 10 %, 0.784 at 30 % (Huber 1981); the median's is 2/pi.
    expect(1 / trimmingPrice(0.1)).toBeCloseTo(0.943, 3);
    expect(trimmingPrice(0)).toBe(1);
    expect(trimmingPrice(0.4999)).toBeCloseTo(Math.PI / 2, 2);
  });
});
