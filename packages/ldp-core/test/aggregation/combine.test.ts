// How the groups of an attribute are put together, worked out again from the formulas of the documentation.
import { hexToBytes } from "@noble/hashes/utils.js";
import { expect, test } from "vitest";
import type { FrequencyResult, MeanResult } from "../../src/aggregation.js";
import {
  createAggregator,
  defineSchema,
  type EstimateOptions,
  type FrequencyOracle,
} from "../../src/index.js";
import type { NumericMechanism } from "../../src/mechanisms.js";
import { mechanismOf } from "../../src/schema.js";

const schema = defineSchema({
  id: "combine",
  version: 1,
  levels: { high: "1", low: "0.7" },
  attributes: {
    ward: { type: "categorical", values: ["a", "b"], missing: ["?"], level: "high" },
    pain: { type: "numeric", range: [0, 10], level: "high" },
    dose: { type: "numeric", range: [0, 10], missing: ["?"], level: "high" },
    side: { type: "categorical", values: ["left", "right"], level: "high" },
  },
  disclose: { sample: 1 },
});
const epsilons = [1, 0.7];

/** A study that holds so many reports of each output, at each level, of one attribute: reports are written by hand. */
function studyOf(attribute: number, counts: readonly (readonly number[])[]) {
  const study = createAggregator(schema);
  for (const [level, ofLevel] of counts.entries())
    for (const [output, count] of ofLevel.entries())
      for (let i = 0; i < count; i++)
        study.add(
          Uint8Array.from([1, ...hexToBytes(schema.hash), 1, 0, attribute, 0, level, output]),
        );
  return study;
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const close = (found: number | undefined, expected: number) =>
  expect(Math.abs((found as number) - expected)).toBeLessThan(1e-7 * Math.abs(expected) + 1e-12);
/** GRR over three: p, q and the variance of one report's contribution at frequency f. */
function grrOfThree(epsilon: number) {
  const E = Math.exp(epsilon);
  const [p, q] = [E / (E + 2), 1 / (E + 2)];
  return {
    estimate: (share: number) => (share - q) / (p - q),
    variance: (f: number) => (q * (1 - q)) / (p - q) ** 2 + (f * (1 - p - q)) / (p - q),
  };
}
const spread = (f: number, N: number) => (f * (1 - f) * N) / (N - 1);

const counts = [
  [40, 30, 30],
  [90, 65, 65],
];
const sizes = counts.map(sum);
const options: readonly EstimateOptions[] = [
  {},
  { weights: "proportional" },
  { cohort: 1000 },
  { cohort: 400, weights: "proportional", designEffect: 3 },
  { designEffect: 1.5 },
];
for (const option of options)
  test(`frequencies with ${JSON.stringify(option)}: weights, estimates and variances are the documented ones`, () => {
    const { weights: rule, cohort, designEffect = 1 } = option;
    const levels = epsilons.map(grrOfThree);
    const raw = levels.map(({ variance }, g) =>
      rule === "proportional" ? (sizes[g] as number) : (sizes[g] as number) / variance(1 / 3),
    );
    const weights = raw.map((weight) => weight / sum(raw));
    const result = studyOf(0, counts).estimate("ward", option) as FrequencyResult;
    expect(result.n).toBe(320);
    for (const [g, group] of result.groups.entries()) close(group.weight, weights[g] as number);
    for (let v = 0; v < 3; v++) {
      const own = levels.map(({ estimate }, g) =>
        estimate((counts[g]?.[v] as number) / (sizes[g] as number)),
      );
      const f = sum(own.map((one, g) => (weights[g] as number) * one));
      expect(f).toBeGreaterThan(0.05);
      close(result.frequencies[v], f);
      let variance = sum(
        levels.map(
          (level, g) =>
            ((weights[g] as number) ** 2 *
              level.variance(rule === "proportional" ? (own[g] as number) : f)) /
            (sizes[g] as number),
        ),
      );
      if (cohort !== undefined)
        variance +=
          spread(f, cohort) *
          (sum(weights.map((weight, g) => weight ** 2 / (sizes[g] as number))) - 1 / cohort);
      close(result.variances[v], variance * designEffect);
    }
  });

test("values are named in the order of the schema, and null stands for missing only where that is allowed", () => {
  const ward = studyOf(0, counts).estimate("ward") as FrequencyResult;
  expect(ward.labels).toEqual(["a", "b", null]);
  const side = studyOf(3, [[3, 2]]).estimate("side") as FrequencyResult;
  expect(side.labels).toEqual(["left", "right"]);
});

test("a cohort of one person who reports has no sampling term", () => {
  const one = studyOf(0, [[1, 0, 0]]);
  expect(one.estimate("ward", { cohort: 1 })).toEqual(one.estimate("ward"));
  const dose = studyOf(2, [[1, 0, 0]]);
  expect(dose.estimate("dose", { cohort: 1 })).toEqual(dose.estimate("dose"));
});

for (const [name, attribute, groups] of [
  [
    "pain",
    1,
    [
      [40, 60],
      [90, 130],
    ],
  ],
  [
    "dose",
    2,
    [
      [35, 40, 25],
      [70, 90, 60],
    ],
  ],
] as const)
  for (const option of options)
    test(`a mean (${name}) with ${JSON.stringify(option)}: weights, estimate and variance are the documented ones`, () => {
      const { weights: rule, cohort, designEffect = 1 } = option;
      const parts = groups.map((outputs, level) => {
        const mechanism = mechanismOf(schema, attribute, level) as NumericMechanism;
        const n = sum(outputs);
        const own = mechanism.estimate(outputs, n);
        const here = 1 - (own.missing?.frequency ?? 0);
        return { ...own, n, here, raw: rule === undefined ? n / mechanism.worstVariance(1) : n };
      });
      const total = sum(parts.map(({ raw }) => raw));
      const weights = parts.map(({ raw }) => raw / total);
      const w = (g: number) => weights[g] as number;
      const present = sum(parts.map(({ here }, g) => w(g) * here));
      const result = studyOf(attribute, groups).estimate(name, option) as MeanResult;
      for (const [g, group] of result.groups.entries()) {
        close(group.weight, w(g));
        close(group.mean, (parts[g] as { mean: number }).mean);
        expect(group.missing).toEqual(parts[g]?.missing);
        expect("missing" in group).toBe(name === "dose");
      }
      close(result.mean, sum(parts.map((part, g) => (w(g) * part.total) / part.n)) / present);
      // The observed spread, with Bessel's correction, of the sums around mean times present.
      const noise = parts.map(
        ({ variance, here, n }, g) => (w(g) ** 2 * variance * here ** 2 * n) / (n - 1),
      );
      close(result.variance, (sum(noise) / present ** 2) * designEffect);
      if (name === "pain") return expect("missing" in result).toBe(false);
      const absent = 1 - present;
      expect(absent).toBeGreaterThan(0.05);
      close(result.missing?.frequency, absent);
      let variance = sum(parts.map(({ missing }, g) => w(g) ** 2 * (missing?.variance as number)));
      if (cohort !== undefined)
        variance +=
          spread(absent, cohort) * (sum(parts.map(({ n }, g) => w(g) ** 2 / n)) - 1 / cohort);
      close(result.missing?.variance, variance * designEffect);
    });

test("a share of missing values outside 0 to 1 is clamped in the sampling term, and nowhere else", () => {
  const mechanism = mechanismOf(schema, 2, 0) as NumericMechanism;
  for (const [outputs, side] of [
    [[8, 8, 1], 0],
    [[1, 1, 15], 1],
  ] as const) {
    const study = studyOf(2, [outputs]);
    const plain = study.estimate("dose") as MeanResult;
    const sampled = study.estimate("dose", { cohort: 100 }) as MeanResult;
    const frequency = plain.missing?.frequency as number;
    expect(side === 0 ? frequency < 0 : frequency > 1).toBe(true);
    close(frequency, mechanism.estimate(outputs, 17).missing?.frequency as number);
    expect(sampled.missing).toEqual(plain.missing); // f (1 - f) is 0 at both ends
  }
});

test("where nobody seems present there is no mean; one report alone has the worst variance", () => {
  expect((studyOf(2, [[0, 0, 50]]).estimate("dose") as MeanResult).mean).toBeNaN();
  const one = studyOf(1, [[1, 0]]).estimate("pain") as MeanResult;
  const mechanism = mechanismOf(schema, 1, 0) as NumericMechanism;
  close(one.variance, mechanism.worstVariance(1));
});

test("variances of a level are those of its own reports", () => {
  const result = studyOf(0, counts).estimate("ward") as FrequencyResult;
  for (const [g, group] of result.groups.entries()) {
    const mechanism = mechanismOf(schema, 0, g) as FrequencyOracle;
    const own = mechanism.estimate(counts[g] as number[], sizes[g] as number);
    expect(group.frequencies).toEqual(own.frequencies);
    expect(group.variances).toEqual(own.variances);
  }
});
