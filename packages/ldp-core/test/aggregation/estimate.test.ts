import { fc, property } from "@emrx/testkit";
import { hexToBytes } from "@noble/hashes/utils.js";
import { expect, test } from "vitest";
import type { FrequencyResult, MeanResult } from "../../src/aggregation.js";
import { toNumber } from "../../src/exact.js";
import {
  createAggregator,
  defineSchema,
  encodeTable,
  type FrequencyOracle,
  memoryStore,
  policyFor,
  randomizeBatch,
  seededRandom,
} from "../../src/index.js";
import type { NumericMechanism } from "../../src/mechanisms.js";
import { mechanismOf } from "../../src/schema.js";

const schema = defineSchema({
  id: "estimates",
  version: 1,
  levels: { high: "1", low: "0.7" },
  attributes: {
    ward: { type: "categorical", values: ["a", "b"], missing: ["?"], level: "high" },
    pain: { type: "numeric", range: [0, 10], level: "high" },
    dose: { type: "numeric", range: [0, 10], missing: ["?"], level: "high" },
  },
  disclose: { sample: 1 },
});

/** The report of one attribute with one-byte payload, written by hand from the format's description. */
function reportBytes(attribute: number, level: number, payload: number): Uint8Array {
  return Uint8Array.from([1, ...hexToBytes(schema.hash), 1, 0, attribute, 0, level, payload]);
}

/** P(output | input) of an attribute at a level, as a double, from the audited channel. */
function chance(attribute: number, level: number, output: number, input: number): number {
  const mechanism = mechanismOf(schema, attribute, level) as FrequencyOracle | NumericMechanism;
  return toNumber(mechanism.channel().probability(output, input));
}

for (const weights of ["inverse-variance", "proportional"] as const)
  property(
    `laws 2 and 3 for groups (${weights}): over all reports of three people the mean estimate is the weighted truth, its variance the formula's`,
    [fc.array(fc.nat(2), { minLength: 3, maxLength: 3 })],
    (values) => {
      const levels = [0, 1, 1];
      const mean = [0, 0, 0];
      const square = [0, 0, 0];
      let groupWeight = [0, 0];
      for (let code = 0; code < 27; code++) {
        const outputs = [code % 3, Math.floor(code / 3) % 3, Math.floor(code / 9)];
        const study = createAggregator(schema);
        let probability = 1;
        for (const [i, output] of outputs.entries()) {
          study.add(reportBytes(0, levels[i] as number, output));
          probability *= chance(0, levels[i] as number, output, values[i] as number);
        }
        const estimate = study.estimate("ward", { weights }) as FrequencyResult;
        groupWeight = estimate.groups.map(({ weight }) => weight);
        for (const [v, f] of estimate.frequencies.entries()) {
          mean[v] = (mean[v] as number) + probability * f;
          square[v] = (square[v] as number) + probability * f * f;
        }
      }
      const share = (group: readonly number[], v: number) =>
        group.filter((value) => value === v).length / group.length;
      for (const v of [0, 1, 2]) {
        const truths = [share(values.slice(0, 1), v), share(values.slice(1), v)];
        const expected = truths.reduce((sum, f, g) => sum + (groupWeight[g] as number) * f, 0);
        expect(mean[v]).toBeCloseTo(expected, 10);
        // At the true frequencies the variance formula is exact.
        const variance = truths.reduce(
          (sum, f, g) =>
            sum +
            (groupWeight[g] as number) ** 2 *
              (mechanismOf(schema, 0, g) as FrequencyOracle).variance(g + 1, f),
          0,
        );
        expect((square[v] as number) - expected ** 2).toBeCloseTo(variance, 9);
      }
      if (weights === "proportional") {
        expect(groupWeight).toEqual([1 / 3, 2 / 3]);
        for (const v of [0, 1, 2]) expect(mean[v]).toBeCloseTo(share(values, v), 10);
      }
    },
    { numRuns: 15 },
  );

test("a mean from two levels: over all reports of three people it is the weighted truth, and its variance is never understated on average", () => {
  const values = [0, 10, 10]; // the ends of the range, which rounding leaves alone
  const levels = [0, 1, 1];
  let [mean, square, stated] = [0, 0, 0];
  let weight = [0, 0];
  for (let code = 0; code < 8; code++) {
    const outputs = [code & 1, (code >> 1) & 1, code >> 2];
    const study = createAggregator(schema);
    let probability = 1;
    for (const [i, output] of outputs.entries()) {
      study.add(reportBytes(1, levels[i] as number, output));
      probability *= chance(1, levels[i] as number, output, (values[i] as number) / 10);
    }
    const estimate = study.estimate("pain") as MeanResult;
    weight = estimate.groups.map((group) => group.weight);
    mean += probability * estimate.mean;
    square += probability * estimate.mean ** 2;
    stated += probability * estimate.variance;
  }
  expect(mean).toBeCloseTo((weight[1] as number) * 10, 10);
  const noise = [0, 1].reduce(
    (sum, g) =>
      sum +
      (weight[g] as number) ** 2 *
        (mechanismOf(schema, 1, g) as NumericMechanism).variance(g + 1, g * 10),
    0,
  );
  expect(square - mean ** 2).toBeCloseTo(noise, 9);
  expect(stated).toBeGreaterThan(noise * (1 - 1e-9));
});

test("the estimate names its values, missing last; groups come by level with epsilon and mechanism", () => {
  const study = createAggregator(schema);
  for (const level of [1, 0, 1]) study.add(reportBytes(0, level, 1));
  const estimate = study.estimate("ward") as FrequencyResult;
  expect(estimate).toMatchObject({
    type: "frequencies",
    attribute: "ward",
    n: 3,
    labels: ["a", "b", null],
  });
  expect(
    estimate.groups.map(({ level, epsilon, mechanism, n }) => [level, epsilon, mechanism, n]),
  ).toEqual([
    ["high", "1", "grr", 1],
    ["low", "0.7", "grr", 2],
  ]);
  study.add(reportBytes(1, 0, 1));
  expect(study.estimate("pain")).toMatchObject({
    type: "mean",
    n: 1,
    groups: [{ mechanism: "window", level: "high" }],
  });
});

test("one group and everybody in the cohort: the mechanism's variance and no sampling term; half of them: (1 - n/N) S^2/n", () => {
  const study = createAggregator(schema);
  for (const output of [0, 1, 1, 2, 0, 1, 0, 0, 2, 1]) study.add(reportBytes(0, 1, output));
  const plain = study.estimate("ward") as FrequencyResult;
  const everybody = study.estimate("ward", { cohort: 10 }) as FrequencyResult;
  const half = study.estimate("ward", { cohort: 20 }) as FrequencyResult;
  const mechanism = mechanismOf(schema, 0, 1) as FrequencyOracle;
  for (const [v, f] of plain.frequencies.entries()) {
    const clamped = Math.min(1, Math.max(0, f));
    if (v < 2) expect(clamped).toBe(f); // so that there is something to sample
    expect(plain.variances[v]).toBeCloseTo(mechanism.variance(10, clamped), 14);
    expect(everybody.variances[v]).toBeCloseTo(plain.variances[v] as number, 14);
    const S2 = (clamped * (1 - clamped) * 20) / 19;
    expect(half.variances[v]).toBeCloseTo(
      (plain.variances[v] as number) + ((1 - 10 / 20) * S2) / 10,
      14,
    );
  }
  expect(plain.frequencies.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
});

test("a group too small to say whether anybody is present does not break the mean", () => {
  const study = createAggregator(schema);
  study.add(reportBytes(2, 1, 2)); // one report at the low level: "missing"
  for (let i = 0; i < 200; i++) study.add(reportBytes(2, 0, i % 2));
  const estimate = study.estimate("dose") as MeanResult;
  expect(Number.isNaN(estimate.groups[1]?.mean)).toBe(true);
  expect(estimate.mean).toBeGreaterThan(4);
  expect(estimate.mean).toBeLessThan(6);
  expect(estimate.variance).toBeGreaterThan(0);
});

test("over 100 seeds errors are as large as predicted: frequencies, means, missing shares, two levels, a sampled cohort", async () => {
  const rows = 600;
  const seeds = 100;
  const ward = Array.from({ length: rows }, (_, i) => (i % 10 < 6 ? "a" : i % 10 < 9 ? "b" : "?"));
  const pain = Array.from({ length: rows }, (_, i) => String((i * 7) % 11));
  const dose = Array.from({ length: rows }, (_, i) => (i % 4 === 0 ? "?" : String(i % 8)));
  const table = encodeTable(schema, { ward, pain, dose });
  const policies = [
    policyFor(schema),
    policyFor(schema, { ward: "low", pain: "low", dose: "low" }),
  ];
  const average = (texts: readonly string[]) =>
    texts.reduce((sum, text) => sum + Number(text), 0) / texts.length;
  const truth = {
    ward: [0.6, 0.3, 0.1],
    pain: average(pain),
    dose: average(dose.filter((text) => text !== "?")),
    missing: 0.25,
  };
  const z: Record<string, number[]> = { ward: [], pain: [], dose: [], missing: [] };
  for (let seed = 0; seed < seeds; seed++) {
    const random = seededRandom(`coverage ${seed}`);
    // The choice of a level has nothing to do with the value.
    const coins = new Uint32Array(rows);
    random.fill(coins);
    const batch = await randomizeBatch(schema, table, {
      policies,
      policyOf: coins.map((word) => (word < 2 ** 31 ? 0 : 1)),
      subjects: ward.map((_, i) => `${i}`),
      lifetimeBudget: "2",
      memory: memoryStore(),
      randomForTests: random,
    });
    const study = createAggregator(schema);
    study.addBatch(batch);
    const options = {
      cohort: rows,
      weights: seed % 2 === 0 ? "inverse-variance" : "proportional",
    } as const;
    const frequencies = study.estimate("ward", options) as FrequencyResult;
    for (const [v, f] of truth.ward.entries())
      z["ward"]?.push(
        ((frequencies.frequencies[v] as number) - f) /
          Math.sqrt(frequencies.variances[v] as number),
      );
    for (const name of ["pain", "dose"] as const) {
      const result = study.estimate(name, options) as MeanResult;
      z[name]?.push((result.mean - truth[name]) / Math.sqrt(result.variance));
      if (result.missing !== undefined)
        z["missing"]?.push(
          (result.missing.frequency - truth.missing) / Math.sqrt(result.missing.variance),
        );
    }
  }
  const rms = (values: readonly number[]) =>
    Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
  const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
  // The root mean square of m standard normals has standard error 1/sqrt(2m): five of them.
  const slack = 5 / Math.sqrt(2 * seeds);
  for (const name of ["ward", "missing", "pain", "dose"]) {
    expect(Math.abs(mean(z[name] as number[])), name).toBeLessThan(5 / Math.sqrt(seeds));
    expect(rms(z[name] as number[]), name).toBeLessThan(1 + slack);
    // The variance of a mean contains the finite-population term that a cohort takes away again: an upper estimate.
    expect(rms(z[name] as number[]), name).toBeGreaterThan(
      name === "ward" || name === "missing" ? 1 - slack : 0.85 - slack,
    );
  }
});
