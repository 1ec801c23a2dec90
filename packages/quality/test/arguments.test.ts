import { grr, seededRandom } from "@emrx/ldp-core";
import { grrCurve } from "@emrx/ldp-core/allocation";
import { windowMechanism } from "@emrx/ldp-core/mechanisms";
import { describe, expect, test } from "vitest";
import * as quality from "./every-name.js";

const channel = { p: 0.75, q: 0.25 };
const value = { ...channel, form: "value" } as const;
const sampled = { n: 100, target: "cohort", cohortSize: 200 } as const;
const noise = grrCurve({ categories: 2 });
const table = { counts: [30, 10, 20, 40], rows: 2, columns: 2 };
const supports = {
  supports: [30, 10, 40, 20, 40, 60, 50, 50, 100],
  shape: [2, 2],
  channels: [value, value],
} as const;
const attributes = [{ name: "a", weight: 1, tolerance: 0.1, categories: 2 }];
const request = { attributes, rule: "mean", target: "cohort", weighting: "proportional" } as const;
const planned = {
  frequencies: [0.3, 0.2, 0.2, 0.3],
  rows: 2,
  columns: 2,
  channels: [value, value],
  n: 1000,
  level: 0.05,
} as const;
const random = seededRandom("arguments");
const mechanism = grr({ categories: 2, epsilon: "1" });
const oracle = {
  support: { p: { numerator: 3n, denominator: 4n }, q: { numerator: 1n, denominator: 4n } },
};
const target = { noise, spread: 0, halfWidth: 0.05, confidence: 0.95 };

/** One good call of every function, with every option that it takes. */
const calls: { readonly [name: string]: readonly unknown[] } = {
  aggregateQuality: [{ qualities: [1, 0.25], weights: [1, 2], rule: "floor" }],
  attainment: [{ variance: 0.01, tolerance: 0.1 }],
  attainmentBound: [{ ...channel, n: 1000, tolerance: 0.05 }],
  auditRandomizer: [
    {
      randomize: () => mechanism.randomize(0, random),
      pairs: [[0, 1]],
      trials: 100,
      view: String,
      confidence: 0.9,
    },
  ],
  bernsteinHalfWidth: [{ ...channel, n: 100, target: "cohort", frequency: 0.5, confidence: 0.9 }],
  bestSplit: [{ budget: 2, parts: [{ noise, weight: 1, cap: 1 }] }],
  binomialInterval: [{ count: 3, n: 10, confidence: 0.9 }],
  bitProfileTest: [{ p: 0.5, q: 0.25, histogram: [300, 400, 300] }],
  bonferroniConfidence: [{ confidence: 0.9, count: 10 }],
  boundedMeanHalfWidth: [{ low: -2, high: 2, n: 100, confidence: 0.9 }],
  cellIndex: [
    [1, 2],
    [2, 3],
  ],
  cellValues: [5, [2, 3]],
  clipAndRescale: [[0.75, 0.5, -0.25]],
  clopperPearsonInterval: [{ ...channel, count: 40, n: 100, confidence: 0.9 }],
  consistentMarginals: [[{ attributes: [0], frequencies: [0.5, 0.5], variance: 1 }], [2, 2]],
  correlation: [{ x: [1, 2, 3, 4], y: [1, 3, 2, 4], noiseX: 0.1, noiseY: 0.1 }],
  covariance: [{ x: [1, 2, 3, 4], y: [1, 3, 2, 4] }],
  coveringSets: [{ attributes: 4, size: 3, cover: 2 }],
  cumulativeBand: [
    {
      counts: [35, 35, 30],
      n: 100,
      form: "bits",
      p: 0.5,
      q: 0.25,
      target: "cohort",
      confidence: 0.9,
    },
  ],
  cutBelow: [[0.75, 0.1, -0.25], 0.2],
  efficiency: [{ ...channel, categories: 2 }],
  epsilonLowerBound: [{ hits: [73, 27], trials: 100, confidence: 0.9 }],
  expectationMaximization: [
    {
      counts: [60, 40],
      channel: [
        [0.75, 0.25],
        [0.25, 0.75],
      ],
      iterations: 10,
      precision: 1e-3,
      smooth: false,
    },
  ],
  frequencyEstimate: [{ ...channel, count: 40, n: 100 }],
  frequencyInterval: [{ ...channel, count: 40, n: 100, target: "cohort", confidence: 0.9 }],
  frequencyVariance: [{ ...channel, frequency: 0.5, ...sampled }],
  grrMaximumLikelihood: [{ ...channel, counts: [60, 40] }],
  hellinger: [
    [0.5, 0.5],
    [0.25, 0.75],
  ],
  hoeffdingHalfWidth: [{ ...channel, n: 100, confidence: 0.9 }],
  homogeneityTest: [{ estimates: [0.1, 0.3], variances: [0.0025, 0.0025] }],
  impossibleEstimateTest: [{ ...channel, counts: [260, 740], n: 1000 }],
  independencePower: [planned],
  independenceTest: [table],
  independenceTestFromSupports: [supports],
  information: [{ ...channel, categories: 2, form: "value" }],
  jensenShannon: [
    [0.5, 0.5],
    [0.25, 0.75],
  ],
  jointTable: [
    { counts: [9, 3, 3, 1], shape: [2, 2], channels: [channel, channel], target: "cohort" },
  ],
  jointTableFromSupports: [
    { supports: [4, 2, 8], shape: [2], channels: [channel], target: "cohort" },
  ],
  jointVariances: [
    { frequencies: [0.5, 0.5], shape: [2], channels: [channel], n: 10, target: "cohort" },
  ],
  keepLargest: [[0.75, 0.5, -0.25]],
  kullbackLeibler: [
    [0.5, 0.5],
    [0.25, 0.75],
  ],
  largestMeanShift: [{ low: -2, high: 2, share: 0.25 }],
  largestShift: [{ p: 0.5, q: 0.25, share: 0.01, targets: 2, form: "subset", categories: 3 }],
  leastBudget: [{ n: 10_000, targets: [{ ...target, cap: 2 }] }],
  leastEpsilon: [{ ...target, n: 10_000 }],
  linearRegression: [{ predictors: [[0, 1, 2, 3]], response: [1, 3, 5, 7], noise: [0] }],
  marginal: [[1, 2, 3, 4, 5, 6], [2, 3], [0]],
  maximumEntropyTable: [
    {
      marginals: [{ attributes: [0], frequencies: [0.5, 0.5], variance: 1 }],
      attributes: [0, 1],
      shape: [2, 2],
      rounds: 10,
    },
  ],
  maximumError: [
    [0, 1],
    [0, 3],
  ],
  meanAbsoluteError: [
    [0, 1],
    [0, 3],
  ],
  meanEfficiency: [{ spread: 1, noise: 3 }],
  meanSquaredError: [
    [0, 1],
    [0, 3],
  ],
  meanVariance: [{ noise: 3, spread: 1, ...sampled }],
  noiseVariance: [channel, 0.5],
  normalInterval: [{ estimate: 0, variance: 1, confidence: 0.9 }],
  offerQuality: [{ a: [{ ...channel, n: 10 }] }, request],
  plausibleBits: [{ p: 0.5, q: 0.01, categories: 100, level: 1e-6 }],
  poolGroups: [
    {
      groups: [{ n: 300, noise: 3 }],
      frequency: 0.5,
      spread: 1,
      weighting: "proportional",
      target: "cohort",
    },
  ],
  projectToSimplex: [[0.75, 0.5, -0.25]],
  quantileInterval: [{ estimate: [0.5, 1], lower: [0.4, 1], upper: [0.6, 1] }, 0.5],
  recordsNeeded: [{ variance: 1, halfWidth: 0.1, confidence: 0.9 }],
  recordsNeededForAll: [{ budget: 1.5, targets: [{ ...target, cap: 2 }] }],
  recordsNeededForCertain: [{ ...channel, halfWidth: 0.05, confidence: 0.9 }],
  riskComparison: [
    {
      counts: [60, 40, 30, 70],
      exposure: channel,
      outcome: channel,
      target: "population",
      confidence: 0.9,
    },
  ],
  sidakConfidence: [{ confidence: 0.9, count: 2, form: "bits", target: "cohort" }],
  studyQuality: [[{ a: [{ ...channel, n: 10 }] }], request],
  supportProbabilities: [oracle],
  supportView: [{ aggregator: () => ({ add: () => undefined, counts: [0, 0] }) }],
  toleranceRatio: [{ variance: 4, tolerance: 1 }],
  totalVariation: [
    [0.5, 0.5],
    [0.25, 0.75],
  ],
  trendPower: [planned],
  trendTest: [
    {
      counts: [30, 20, 10, 10, 20, 30],
      rows: 2,
      columns: 3,
      rowScores: [0, 1],
      columnScores: [0, 1, 2],
    },
  ],
  trendTestFromSupports: [{ ...supports, rowScores: [0, 1], columnScores: [0, 1] }],
  trimmedMean: [{ estimates: [0.1, 0.2, 0.3], weights: [1, 1, 1], trim: 0.2 }],
  trimmingPrice: [0.1],
  twoSampleTest: [{ first: [30, 10], second: [20, 40] }],
  twoSampleTestFromSupports: [
    {
      first: { supports: [400, 300], n: 1000 },
      second: { supports: [300, 400], n: 1000 },
      channel: { p: 0.5, q: 0.2, form: "bits" },
    },
  ],
  wasserstein: [
    [1, 0, 0],
    [0, 0, 1],
    [0, 10, 15],
  ],
  wilsonInterval: [{ ...channel, count: 5, n: 10, confidence: 0.9 }],
  windowMoments: [
    windowMechanism({ range: [0, 2], epsilon: "32", cells: 3, window: 1 }),
    [25, 50, 25],
  ],
};

type Call = (...given: readonly unknown[]) => unknown;
const functions = Object.entries(quality).filter(
  ([name, value]) => typeof value === "function" && name !== "QualityError",
) as readonly (readonly [string, Call])[];

/** Mechanisms and curves are looked at and never walked through. */
const opaque = (value: object): boolean =>
  "support" in value || "cellProbability" in value || "slope" in value || "aggregator" in value;

/** Every place in the arguments, with the arguments in which something else stands there. */
function* places(
  given: unknown,
  key: string,
  put: (value: unknown) => readonly unknown[],
): Generator<{ readonly key: string; readonly value: unknown; readonly put: typeof put }> {
  yield { key, value: given, put };
  if (typeof given !== "object" || given === null || (!Array.isArray(given) && opaque(given)))
    return;
  for (const [name, inner] of Object.entries(given))
    yield* places(inner, name, (value) =>
      put(
        Array.isArray(given)
          ? given.map((old, i) => (String(i) === name ? value : old))
          : { ...given, [name]: value },
      ),
    );
}
const placesOf = (name: string) => {
  const given = calls[name] as readonly unknown[];
  return given.flatMap((argument, i) => [
    ...places(argument, `argument ${i}`, (value) => given.map((old, j) => (i === j ? value : old))),
  ]);
};
const failure = (call: Call, given: readonly unknown[]): unknown => {
  try {
    call(...given);
  } catch (error) {
    return error;
  }
  return undefined;
};
const named = (error: unknown, key: string): void => {
  expect(error).toBeInstanceOf(quality.QualityError);
  const { code, message, docs } = error as quality.QualityError;
  expect(code).toMatch(/^EMRX_QUALITY_[A-Z_]+$/);
  expect(docs).toContain(code.toLowerCase());
  if (!/^(argument )?\d+$/.test(key)) expect(message).toContain(key);
  expect(message).not.toContain(code);
};

test("every function has a good call here, and it is one", () => {
  expect(Object.keys(calls).sort()).toEqual(functions.map(([name]) => name).sort());
  for (const [name, call] of functions)
    expect(failure(call, calls[name] ?? []), name).toBe(undefined);
});

describe.each(functions)("%s", (name, call) => {
  test("refuses a number given as text, and says where", () => {
    for (const { key, value, put } of placesOf(name))
      if (typeof value === "number") named(failure(call, put(String(value))), key);
  });

  test("refuses NaN, and numbers in place of words, lists and objects", () => {
    for (const { key, value, put } of placesOf(name)) {
      const wrong = typeof value === "number" ? Number.NaN : 7;
      if (typeof value !== "function" || key === "randomize" || key === "view")
        named(failure(call, put(wrong)), key);
    }
  });

  test("refuses an option that it does not know", () => {
    for (const { value, put } of placesOf(name)) {
      const plain =
        typeof value === "object" && value !== null && !Array.isArray(value) && !opaque(value);
      if (plain && !("a" in value)) named(failure(call, put({ ...value, typo: 1 })), "typo");
    }
  });

  test("ends for infinite, huge and tiny numbers: with a result or a QualityError", () => {
    for (const { value, put } of placesOf(name))
      for (const extreme of [Number.POSITIVE_INFINITY, 1.7e308, -1.7e308, 5e-324, 2 ** 53])
        if (typeof value === "number") {
          const error = failure(call, put(extreme));
          if (error !== undefined) expect(error).toBeInstanceOf(quality.QualityError);
        }
  });
});

describe("what is wrong between arguments is refused too", () => {
  const cohort = { ...channel, n: 10, frequency: 0.5, target: "cohort" as const };
  test.each<readonly [string, string, string, () => unknown]>([
    [
      "q above p",
      "CHANNEL",
      "q is 0.3",
      () => quality.efficiency({ p: 0.2, q: 0.3, categories: 2 }),
    ],
    [
      "more supporters than reports",
      "ARGUMENT",
      "count is 11",
      () => quality.frequencyEstimate({ ...channel, count: 11, n: 10 }),
    ],
    [
      "a cohort of fewer than reported",
      "ARGUMENT",
      "cohortSize is 9",
      () => quality.frequencyVariance({ ...cohort, cohortSize: 9 }),
    ],
    [
      "weights that are all zero",
      "WEIGHTS",
      "sum to 0",
      () => quality.aggregateQuality({ qualities: [1], weights: [0] }),
    ],
    [
      "a weight too many",
      "MISMATCH",
      "2",
      () => quality.aggregateQuality({ qualities: [1], weights: [1, 1] }),
    ],
    [
      "a reversed range",
      "ARGUMENT",
      "high - options.low is -2",
      () => quality.boundedMeanHalfWidth({ low: 1, high: -1, n: 5 }),
    ],
    [
      "Sidak's for values",
      "NOT_APPLICABLE",
      "bonferroniConfidence",
      () => quality.sidakConfidence({ count: 2, form: "value", target: "cohort" }),
    ],
    ["more cells than fit", "TOO_LARGE", "cells", () => quality.cellValues(1, [65536, 65536])],
    [
      "a table that is no rectangle",
      "MISMATCH",
      "3 entries",
      () => quality.independenceTest({ counts: [1, 2, 3], rows: 2, columns: 2 }),
    ],
    [
      "a table of nobody",
      "ARGUMENT",
      "sum of table.counts is 0",
      () => quality.independenceTest({ counts: [0, 0, 0, 0], rows: 2, columns: 2 }),
    ],
    [
      "a distribution that does not sum to 1",
      "ARGUMENT",
      "sums to 2",
      () => quality.totalVariation([1, 1], [0.5, 0.5]),
    ],
    [
      "a negative probability",
      "ARGUMENT",
      "first[0] is -1",
      () => quality.totalVariation([-1, 2], [0.5, 0.5]),
    ],
    [
      "positions that fall",
      "ARGUMENT",
      "positions[1]",
      () => quality.wasserstein([0.5, 0.5], [1, 0], [1, 0]),
    ],
    [
      "a band without an end",
      "ARGUMENT",
      "last entry",
      () =>
        quality.quantileInterval(
          {
            estimate: new Float64Array([0.5]),
            lower: new Float64Array([0.4]),
            upper: new Float64Array([0.6]),
          },
          0.9,
        ),
    ],
    [
      "rows of a channel that sum to more",
      "ARGUMENT",
      "sums to 1.2",
      () =>
        quality.expectationMaximization({
          counts: [1, 1],
          channel: [
            [0.7, 0.5],
            [0.5, 0.5],
          ],
        }),
    ],
    [
      "too many sets to choose from",
      "TOO_LARGE",
      "sets",
      () => quality.coveringSets({ attributes: 60, size: 12 }),
    ],
  ])("%s", (_name, code, words, call) => {
    const error = failure(call, []);
    expect(error).toBeInstanceOf(quality.QualityError);
    expect(error).toMatchObject({
      code: `EMRX_QUALITY_${code}`,
      message: expect.stringContaining(words),
    });
  });
});
