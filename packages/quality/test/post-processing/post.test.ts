import { fc, property, sharedJson, testWithShared } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import { noiseVariance } from "../../src/frequencies.js";
import { homogeneityTest } from "../../src/hypothesis-tests.js";
import {
  clipAndRescale,
  cutBelow,
  expectationMaximization,
  grrMaximumLikelihood,
  keepLargest,
  projectToSimplex,
} from "../../src/post-processing.js";
import { grrChannel } from "../oracle/mechanisms.js";
import { gaussian, uniforms } from "../oracle/records.js";

const file = "theory/vectors.json";
const estimates = fc.array(fc.double({ min: -1, max: 1.5, noNaN: true }), {
  minLength: 1,
  maxLength: 12,
});
const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);

testWithShared(
  file,
  "bias and error of each method equal the independently computed ones, by enumerating every table of reports",
  () => {
    const rows = (
      sharedJson(file) as {
        postprocessing_and_joint: {
          bias: {
            n: number;
            eps: number;
            f: number[];
            method: string;
            bias: number[];
            mse_l2: number;
          }[];
        };
      }
    ).postprocessing_and_joint.bias;
    expect(rows.length).toBe(18);
    for (const { n, eps, f, method, bias, mse_l2 } of rows) {
      const channel = grrChannel(eps, 3);
      const { p, q } = channel;
      const raw = (counts: readonly number[]) => counts.map((count) => (count / n - q) / (p - q));
      const twoErrors = 2 * Math.sqrt(noiseVariance(channel, 0) / n);
      const methods: Record<string, (counts: readonly number[]) => ArrayLike<number>> = {
        raw,
        "norm_mul(clip+rescale)": (counts) => clipAndRescale(raw(counts)),
        "norm_sub(simplex)": (counts) => projectToSimplex(raw(counts)),
        norm_cut: (counts) => keepLargest(raw(counts)),
        "base_cut(2 sigma)": (counts) => cutBelow(raw(counts), twoErrors),
        "MLE/IBU": (counts) => grrMaximumLikelihood({ counts, ...channel }),
      };
      const reports = f.map((x) => q + x * (p - q));
      const logFactorial = [0];
      for (let k = 1; k <= n; k++) logFactorial.push((logFactorial[k - 1] as number) + Math.log(k));
      const mean = [0, 0, 0];
      let error = 0;
      for (let a = 0; a <= n; a++) {
        for (let b = 0; a + b <= n; b++) {
          const counts = [a, b, n - a - b];
          const log = counts.reduce(
            (s, c, v) => s + c * Math.log(reports[v] as number) - (logFactorial[c] as number),
            logFactorial[n] as number,
          );
          const result = (methods[method] as (counts: readonly number[]) => ArrayLike<number>)(
            counts,
          );
          f.forEach((x, v) => {
            mean[v] = (mean[v] as number) + Math.exp(log) * (result[v] as number);
            error += Math.exp(log) * ((result[v] as number) - x) ** 2;
          });
        }
      }
      f.forEach((x, v) => {
        expect((mean[v] as number) - x, `${method} eps=${eps} f=${f}`).toBeCloseTo(
          bias[v] as number,
          9,
        );
      });
      expect(error, method).toBeCloseTo(mse_l2, 9);
    }
  },
);

describe("the projection to the simplex", () => {
  property(
    "is a distribution and the nearest one: the optimality conditions hold",
    [estimates],
    (raw) => {
      const projected = projectToSimplex(raw);
      expect(sum(projected)).toBeCloseTo(1, 10);
      // All kept entries are shifted by the same amount, and those cut would have become negative.
      const shifts = raw
        .filter((_, v) => (projected[v] as number) > 1e-12)
        .map((value) => value - (projected[raw.indexOf(value)] as number));
      const shift = shifts[0] as number;
      for (const other of shifts) expect(other).toBeCloseTo(shift, 10);
      raw.forEach((value, v) => {
        if (projected[v] === 0) expect(value - shift).toBeLessThanOrEqual(1e-10);
      });
    },
  );

  property(
    "leaves distributions alone and never moves away from the truth",
    [estimates, estimates],
    (raw, other) => {
      const truth = projectToSimplex(raw.map((_, v) => other[v % other.length] as number));
      projectToSimplex(truth).forEach((f, v) => {
        expect(f).toBeCloseTo(truth[v] as number, 10);
      });
      const error = (values: ArrayLike<number>) =>
        truth.reduce((s, f, v) => s + ((values[v] as number) - f) ** 2, 0);
      expect(error(projectToSimplex(raw))).toBeLessThanOrEqual(error(raw) + 1e-10);
    },
  );
});

describe("the simpler methods", () => {
  property(
    "give non-negative frequencies and cut the small before the large",
    [estimates],
    (raw) => {
      const kept = keepLargest(raw);
      expect(Math.min(...kept)).toBeGreaterThanOrEqual(0);
      const least = Math.min(...kept.filter((value) => value > 0));
      expect(sum(kept) - least).toBeLessThan(1);
      raw.forEach((value, v) => {
        expect([0, value]).toContain(kept[v]);
        if (value > 0 && kept[v] === 0) {
          expect(value).toBeLessThanOrEqual(least);
          expect(sum(kept)).toBeGreaterThanOrEqual(1);
        }
      });
      if (raw.some((value) => value > 1e-9)) expect(sum(clipAndRescale(raw))).toBeCloseTo(1, 10);
      cutBelow(raw, 0.2).forEach((value, v) => {
        expect(value).toBe((raw[v] as number) < 0.2 ? 0 : raw[v]);
      });
    },
  );

  test("say so where nothing is above 0, or nothing is given", () => {
    expect(() => clipAndRescale([-1, 0])).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_NOT_APPLICABLE" }),
    );
    expect(() => projectToSimplex([])).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_MISMATCH" }),
    );
    expect(() => keepLargest([Number.NaN])).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_ARGUMENT" }),
    );
  });
});

describe("maximum likelihood", () => {
  const counts = fc
    .array(fc.nat(200), { minLength: 2, maxLength: 8 })
    .filter((c) => c.some(Boolean));
  const logLikelihood = (
    frequencies: ArrayLike<number>,
    given: readonly number[],
    p: number,
    q: number,
  ) =>
    given.reduce(
      (s, count, v) =>
        count === 0 ? s : s + count * Math.log(q + (p - q) * (frequencies[v] as number)),
      0,
    );

  property(
    "in closed form is a distribution, and no other is likelier",
    [counts, fc.double({ min: 0.2, max: 4, noNaN: true }), fc.nat(1_000_000)],
    (given, e, seed) => {
      const channel = grrChannel(e, given.length);
      const best = grrMaximumLikelihood({ counts: given, ...channel });
      expect(sum(best)).toBeCloseTo(1, 9);
      expect(Math.min(...best)).toBeGreaterThanOrEqual(-1e-12);
      const top = logLikelihood(best, given, channel.p, channel.q);
      const next = uniforms(seed);
      for (let i = 0; i < 20; i++) {
        const toward = given.map(() => -Math.log(1 - next()));
        const total = sum(toward);
        const step = next() ** 3;
        const other = best.map((f, v) => (1 - step) * f + (step * (toward[v] as number)) / total);
        expect(logLikelihood(other, given, channel.p, channel.q)).toBeLessThanOrEqual(
          top + 1e-9 * Math.abs(top),
        );
      }
    },
  );

  property(
    "is the raw estimate wherever that is a distribution",
    [counts, fc.double({ min: 1, max: 4, noNaN: true })],
    (given, e) => {
      const { p, q } = grrChannel(e, given.length);
      const n = sum(given);
      const raw = given.map((count) => (count / n - q) / (p - q));
      fc.pre(raw.every((f) => f > 1e-6));
      grrMaximumLikelihood({ counts: given, p, q }).forEach((f, v) => {
        expect(f).toBeCloseTo(raw[v] as number, 9);
      });
    },
  );

  test("by expectation maximization comes to the same, and the likelihood never falls", () => {
    for (const given of [
      [40, 30, 30],
      [90, 5, 5],
      [10, 60, 20, 10],
    ]) {
      const d = given.length;
      const { p, q } = grrChannel(1, d);
      const channel = given.map((_, x) => given.map((__, y) => (x === y ? p : q)));
      const exact = grrMaximumLikelihood({ counts: given, p, q });
      const iterated = expectationMaximization({
        counts: given,
        channel,
        iterations: 100_000,
        precision: 1e-12,
      });
      expect(iterated.converged).toBe(true);
      iterated.frequencies.forEach((f, v) => {
        expect(f).toBeCloseTo(exact[v] as number, 4);
      });
      let before = Number.NEGATIVE_INFINITY;
      for (let iterations = 1; iterations < 30; iterations++) {
        const { frequencies, converged } = expectationMaximization({
          counts: given,
          channel,
          iterations,
        });
        expect(converged).toBe(false);
        const now = logLikelihood(frequencies, given, p, q);
        expect(now).toBeGreaterThanOrEqual(before - 1e-12);
        before = now;
      }
    }
  });

  test("smoothed keeps the sum and is flatter", () => {
    const { p, q } = grrChannel(1, 5);
    const channel = [0, 1, 2, 3, 4].map((x) => [0, 1, 2, 3, 4].map((y) => (x === y ? p : q)));
    const given = [10, 80, 5, 60, 20];
    const plain = expectationMaximization({ counts: given, channel }).frequencies;
    const smooth = expectationMaximization({ counts: given, channel, smooth: true }).frequencies;
    expect(sum(smooth)).toBeCloseTo(1, 10);
    const rough = (f: Float64Array) =>
      f.reduce((s, x, i) => s + (i ? (x - (f[i - 1] as number)) ** 2 : 0), 0);
    expect(rough(smooth)).toBeLessThan(0.5 * rough(plain));
  });

  test("is refused for channels that are none", () => {
    expect(() =>
      expectationMaximization({
        counts: [1, 2],
        channel: [
          [0.5, 0.6],
          [0.5, 0.5],
        ],
      }),
    ).toThrow(expect.objectContaining({ code: "EMRX_QUALITY_ARGUMENT" }));
    expect(() => expectationMaximization({ counts: [1, 2], channel: [[1]] })).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_MISMATCH" }),
    );
    expect(() => expectationMaximization({ counts: [1], channel: [] })).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_MISMATCH" }),
    );
    expect(() => grrMaximumLikelihood({ counts: [1, 2], p: 0.5, q: 0.3 })).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_NOT_APPLICABLE" }),
    );
  });
});

describe("the homogeneity test", () => {
  test("has its size where groups agree and finds groups that differ", () => {
    const next = uniforms(4);
    const variances = [0.01, 0.04, 0.0025];
    const rate = (shift: number) => {
      let rejected = 0;
      for (let i = 0; i < 2000; i++) {
        const values = variances.map(
          (v, g) => 0.3 + (g === 2 ? shift : 0) + Math.sqrt(v) * gaussian(next),
        );
        if (homogeneityTest({ estimates: values, variances }).pValue < 0.05) rejected++;
      }
      return rejected / 2000;
    };
    expect(Math.abs(rate(0) - 0.05)).toBeLessThan(4 * Math.sqrt((0.05 * 0.95) / 2000));
    expect(rate(0.5)).toBeGreaterThan(0.9);
    expect(homogeneityTest({ estimates: [1, 2, 3], variances }).degrees).toBe(2);
    expect(() => homogeneityTest({ estimates: [1], variances: [1] })).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_MISMATCH" }),
    );
    expect(() => homogeneityTest({ estimates: [1, 2], variances: [1, 0] })).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_ARGUMENT" }),
    );
  });
});
