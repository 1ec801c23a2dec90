// What a data-quality function must satisfy, for every mechanism, level, size and weighting.
import { fc, property } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import {
  aggregateQuality,
  attainment,
  attainmentBound,
  efficiency,
  meanEfficiency,
} from "../../src/data-quality.js";
import { frequencyVariance } from "../../src/frequencies.js";
import { channelByName } from "../oracle/mechanisms.js";

const mechanism = fc.constantFrom("GRR", "OUE", "SUE");
const epsilon = fc.double({ min: 0.01, max: 8, noNaN: true });
const categories = fc.integer({ min: 2, max: 200 });
const quality = fc.double({ min: 0, max: 1, noNaN: true });
const weight = fc.double({ min: 0.01, max: 10, noNaN: true });
const parts = fc.array(fc.tuple(quality, weight), { minLength: 1, maxLength: 8 });
const rule = fc.constantFrom("mean" as const, "geometric" as const, "floor" as const);

describe("efficiency", () => {
  property("lies in (0, 1)", [mechanism, epsilon, categories], (name, e, d) => {
    const value = efficiency({ ...channelByName(name, e, d), categories: d });
    expect(value).toBeGreaterThan(0);
    expect(value).toBeLessThan(1);
  });

  property("increases strictly with epsilon", [mechanism, epsilon, categories], (name, e, d) => {
    const at = (level: number) => efficiency({ ...channelByName(name, level, d), categories: d });
    expect(at(e * 1.01)).toBeGreaterThan(at(e));
  });

  property(
    "goes to 0 with epsilon, and to 1 for GRR and SUE as epsilon grows",
    [categories],
    (d) => {
      for (const name of ["GRR", "OUE", "SUE"]) {
        expect(efficiency({ ...channelByName(name, 1e-4, d), categories: d })).toBeLessThan(1e-7);
      }
      for (const name of ["GRR", "SUE"]) {
        expect(efficiency({ ...channelByName(name, 60, d), categories: d })).toBeGreaterThan(
          1 - 1e-9,
        );
      }
    },
  );

  property(
    "at f = 1/d is the share for all categories together",
    [mechanism, epsilon, categories],
    (name, e, d) => {
      const { p, q } = channelByName(name, e, d);
      const noise = (d * q * (1 - q)) / (p - q) ** 2 + (1 - p - q) / (p - q);
      expect(meanEfficiency({ spread: 1 - 1 / d, noise })).toBeCloseTo(
        efficiency({ p, q, categories: d }),
        12,
      );
    },
  );

  test("for two categories is the ratio of Fisher informations", () => {
    const { p, q } = channelByName("GRR", 1, 2);
    const f = 0.3;
    const report = q + f * (p - q);
    const fisher = (p - q) ** 2 / (report * (1 - report));
    expect(efficiency({ p, q, frequency: f })).toBeCloseTo(fisher * f * (1 - f), 14);
  });
});

describe("attainment", () => {
  const size = fc.integer({ min: 1, max: 1_000_000 });
  const tolerance = fc.double({ min: 0.001, max: 0.2, noNaN: true });
  const at = (name: string, e: number, d: number, n: number, t: number) =>
    attainment({
      variance: frequencyVariance({
        ...channelByName(name, e, d),
        n,
        frequency: 1 / d,
        target: "population",
      }),
      tolerance: t,
    });

  property(
    "lies in [0, 1] and grows with epsilon, n and tolerance, strictly until it rounds to 1",
    [mechanism, epsilon, categories, size, tolerance],
    (name, e, d, n, t) => {
      const value = at(name, e, d, n, t);
      expect(value).toBeGreaterThan(0);
      expect(value).toBeLessThanOrEqual(1);
      for (const better of [
        at(name, e * 1.05, d, n, t),
        at(name, e, d, n * 2, t),
        at(name, e, d, n, t * 1.1),
      ]) {
        if (value < 1 - 1e-12) expect(better).toBeGreaterThan(value);
        else expect(better).toBeGreaterThanOrEqual(1 - 1e-12);
      }
    },
  );

  property(
    "is never below its bound",
    [mechanism, epsilon, categories, size, tolerance],
    (name, e, d, n, t) => {
      const channel = channelByName(name, e, d);
      const bound = attainmentBound({ ...channel, n, tolerance: t });
      expect(bound).toBeLessThanOrEqual(at(name, e, d, n, t) + 1e-12);
    },
  );
});

test("the bound on attainment is Hoeffding's, and 0 where that says nothing", () => {
  const reports = { p: 0.7, q: 0.2, n: 2000 };
  const expected = 1 - 2 * Math.exp(-2 * 2000 * (0.05 * 0.5) ** 2);
  expect(attainmentBound({ ...reports, tolerance: 0.05 })).toBeCloseTo(expected, 14);
  expect(expected).toBeGreaterThan(0.8);
  expect(attainmentBound({ ...reports, tolerance: 0.001 })).toBe(0);
  expect(attainment({ variance: 0, tolerance: 1 })).toBe(1);
});

describe("aggregation", () => {
  property("stays between the least and the greatest part", [parts, rule], (pairs, how) => {
    const qualities = pairs.map(([value]) => value);
    const weights = pairs.map(([, w]) => w);
    const value = aggregateQuality({ qualities, weights, rule: how });
    expect(value).toBeGreaterThanOrEqual(Math.min(...qualities) - 1e-12);
    expect(value).toBeLessThanOrEqual(Math.max(...qualities) + 1e-12);
  });

  property(
    "does not depend on the order of attributes or the unit of weights",
    [parts, rule],
    (pairs, how) => {
      const value = (list: typeof pairs, unit: number) =>
        aggregateQuality({
          qualities: list.map(([x]) => x),
          weights: list.map(([, w]) => w * unit),
          rule: how,
        });
      expect(value([...pairs].reverse(), 7)).toBeCloseTo(value(pairs, 1), 12);
    },
  );

  property(
    "increases in every part that has weight; the floor never decreases",
    [parts, rule, fc.nat()],
    (pairs, how, pick) => {
      const weights = pairs.map(([, w]) => w);
      const before = pairs.map(([x]) => 0.05 + 0.8 * x);
      const after = [...before];
      const i = pick % pairs.length;
      after[i] = (after[i] as number) + 0.1;
      const [low, high] = [before, after].map((qualities) =>
        aggregateQuality({ qualities, weights, rule: how }),
      ) as [number, number];
      if (how === "floor") expect(high).toBeGreaterThanOrEqual(low);
      else expect(high).toBeGreaterThan(low);
    },
  );

  property(
    "geometric mean and floor are 0 as soon as a part with weight is 0",
    [parts],
    (pairs) => {
      const qualities = [0, ...pairs.map(([x]) => x)];
      const weights = [1, ...pairs.map(([, w]) => w)];
      expect(aggregateQuality({ qualities, weights, rule: "geometric" })).toBe(0);
      expect(aggregateQuality({ qualities, weights, rule: "floor" })).toBe(0);
      weights[0] = 0;
      expect(aggregateQuality({ qualities, weights, rule: "floor" })).toBe(
        Math.min(...pairs.map(([x]) => x)),
      );
    },
  );
});
