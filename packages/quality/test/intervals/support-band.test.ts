import { type FrequencyOracle, grr, seededRandom } from "@emrx/ldp-core";
import { hadamardResponse, olh, oue, subsetSelection, sue } from "@emrx/ldp-core/mechanisms";
import { fc, property } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import { type SupportForm, supportProbabilities, type Target } from "../../src/frequencies.js";
import { bernoulliSpread } from "../../src/intervals/support-noise.js";
import { cumulativeBand } from "../../src/intervals.js";
import { draw, uniforms } from "../oracle/records.js";

const shares = (x: readonly number[]): number[] => {
  let sum = 0;
  return x.map((f) => {
    sum += f;
    return sum;
  });
};

describe("the noise of one report's supports", () => {
  property(
    "of one category never exceeds its sub-Gaussian bound, and for some tilt nearly reaches it",
    [
      fc.double({ min: 0.001, max: 0.999, noNaN: true }),
      fc.double({ min: -40, max: 40, noNaN: true }),
    ],
    (x, t) => {
      const log = (s: number) => Math.log((1 - x) * Math.exp(-s * x) + x * Math.exp(s * (1 - x)));
      const spread = bernoulliSpread(x);
      expect(log(t)).toBeLessThanOrEqual((spread * t * t) / 2 + 1e-12);
      // Kearns and Saul: the bound is attained at t = 2 ln((1 - x)/x).
      const tight = 2 * Math.log((1 - x) / x);
      if (Math.abs(tight) > 0.02) expect((2 * log(tight)) / tight ** 2 / spread).toBeCloseTo(1, 6);
    },
  );

  test("is that of a fair coin at 1/2, and nothing where the outcome is certain", () => {
    expect(bernoulliSpread(0.5)).toBe(0.25);
    expect(bernoulliSpread(0.5 + 2e-5)).toBeCloseTo(0.25, 9);
    expect([bernoulliSpread(0), bernoulliSpread(1)]).toEqual([0, 0]);
    expect(bernoulliSpread(0.2)).toBeCloseTo(0.6 / (2 * Math.log(4)), 14);
    expect(bernoulliSpread(0.8)).toBeCloseTo(bernoulliSpread(0.2), 14);
  });

  property(
    "of a random subset, summed over any categories, is within the bound for independent ones (by enumerating all subsets)",
    [
      fc
        .integer({ min: 3, max: 7 })
        .chain((d) => fc.tuple(fc.constant(d), fc.integer({ min: 1, max: d - 1 }))),
      fc.double({ min: 0.05, max: 4, noNaN: true }),
      fc.nat(),
      fc.double({ min: -6, max: 6, noNaN: true }),
    ],
    ([d, k], e, pick, t) => {
      const subsets = Array.from({ length: 2 ** d }, (_, s) => s).filter(
        (s) => s.toString(2).replaceAll("0", "").length === k,
      );
      const weight = (s: number) => (s & 1 ? Math.exp(e) : 1); // the value is category 0
      const all = subsets.reduce((sum, s) => sum + weight(s), 0);
      const share = (v: number) =>
        subsets.filter((s) => s & (1 << v)).reduce((sum, s) => sum + weight(s), 0) / all;
      const chosen = pick % 2 ** d;
      const members = Array.from({ length: d }, (_, v) => v).filter((v) => chosen & (1 << v));
      const mean = members.reduce((sum, v) => sum + share(v), 0);
      const size = (s: number) => members.filter((v) => s & (1 << v)).length;
      const log = Math.log(
        subsets.reduce((sum, s) => sum + (weight(s) / all) * Math.exp(t * (size(s) - mean)), 0),
      );
      const spread = members.reduce((sum, v) => sum + bernoulliSpread(share(v)), 0);
      expect(log).toBeLessThanOrEqual((spread * t * t) / 2 + 1e-9);
    },
  );
});

describe("the band from supports", () => {
  const d = 9;
  const truth = [0.02, 0.2, 0.03, 0.15, 0.25, 0.05, 0.1, 0.15, 0.05];
  const oracles: readonly (readonly [string, SupportForm, FrequencyOracle])[] = [
    ["OUE", "bits", oue({ categories: d, epsilon: "1" })],
    ["SUE", "bits", sue({ categories: d, epsilon: "2" })],
    ["subset selection", "subset", subsetSelection({ categories: d, epsilon: "1" })],
    ["GRR, as a subset of one", "subset", grr({ categories: d, epsilon: "1" })],
    ["local hashing", "any", olh({ categories: d, epsilon: "1" })],
    ["Hadamard response", "any", hadamardResponse({ categories: d, epsilon: "1" })],
  ];

  test.each(oracles)(
    "of %s covers the whole distribution at least as often as promised",
    (name, form, oracle) => {
      const next = uniforms(name.length);
      const random = seededRandom(name);
      const { p, q } = supportProbabilities(oracle);
      const n = 300;
      const trials = 150;
      for (const target of ["cohort", "population"] as const satisfies Target[]) {
        let missed = 0;
        let width = 0;
        for (let trial = 0; trial < trials; trial++) {
          const values = Array.from({ length: n }, () => draw(truth, next));
          const aggregator = oracle.aggregator();
          for (const value of values) aggregator.add(oracle.randomize(value, random));
          // Support counts from the unbiased estimates: f = (count / n - q) / (p - q).
          const counts = aggregator
            .estimate()
            .frequencies.map((f) => Math.min(n, Math.max(0, n * (q + (p - q) * f))));
          const band = cumulativeBand({ counts, n, form, p, q, target, confidence: 0.8 });
          const own = truth.map((_, v) => values.filter((x) => x <= v).length / n);
          const F = target === "cohort" ? own : shares(truth);
          if (
            F.some(
              (f, v) =>
                f < (band.lower[v] as number) - 1e-9 || f > (band.upper[v] as number) + 1e-9,
            )
          )
            missed++;
          width += (band.upper[4] as number) - (band.lower[4] as number);
        }
        // Four standard errors beyond the 20 % allowed; the bounds are in fact generous.
        expect(missed / trials).toBeLessThan(0.2 + 4 * Math.sqrt(0.16 / trials));
        expect(width / trials).toBeGreaterThan(0.01);
      }
    },
  );

  test("has the estimates of its supports, and the half widths of the formulas, for each form", () => {
    const base = { counts: [30, 50, 20, 60, 40], n: 100, p: 0.5, q: 0.2, confidence: 0.9 } as const;
    const f = base.counts.map((count) => (count / 100 - 0.2) / 0.3);
    const [sp, sq] = [0.25, 0.6 / (2 * Math.log(4))];
    const expected = [
      f[0] as number,
      (f[0] as number) + (f[1] as number),
      1 - (f[3] as number) - (f[4] as number),
      1 - (f[4] as number),
      1,
    ];
    const halves = (form: SupportForm, target: Target, counts: readonly number[] = base.counts) => {
      // Many more reports, so that nothing is clipped.
      const n = 1e8;
      const band = cumulativeBand({
        ...base,
        counts: counts.map((count) => (count / 100) * n),
        n,
        form,
        target,
      });
      return [0, 1, 2, 3].map((v) => {
        const half = ((band.upper[v] as number) - (band.lower[v] as number)) / 2;
        return half * Math.sqrt(n);
      });
    };
    // Frequencies 0.2, 0.3, 0.1, 0.1, 0.3: the band stays within (0, 1).
    const inner = [26, 29, 23, 23, 29];
    const noise = (constant: number, log: number) => Math.sqrt(2 * constant * log) / 0.3;
    const close = (found: readonly number[], wanted: readonly number[]) =>
      wanted.forEach((value, v) => {
        expect(found[v]).toBeCloseTo(value, 6);
      });
    const band = cumulativeBand({ ...base, form: "bits", target: "cohort" });
    expected.forEach((value, v) => {
      expect(band.estimate[v]).toBeCloseTo(value, 12);
    });
    close(halves("bits", "cohort", inner), Array(4).fill(noise(sp + sq, Math.log(40))));
    close(
      halves("any", "cohort", inner),
      [1, 2, 2, 1].map((bits) => bits * noise(sp, Math.log(100))),
    );
    const sampling = Math.sqrt(Math.log(40) / 2);
    close(
      halves("bits", "population", inner),
      Array(4).fill(noise(sp + sq, Math.log(80)) + sampling),
    );
    // They sum to 130, as the supports of 100 subsets must: p + 4 q = 1.3.
    close(
      halves("subset", "cohort", inner),
      [1, 2, 2, 1].map((bits) => noise(sp + (bits - 1) * sq, Math.log(80))),
    );
  });

  test("of two categories and of one needs no share of the failure for an upper half", () => {
    const two = cumulativeBand({
      counts: [5e5, 3e5],
      n: 1e6,
      form: "bits",
      p: 0.5,
      q: 0.2,
      target: "cohort",
      confidence: 0.9,
    });
    expect((two.upper[0] as number) - (two.lower[0] as number)).toBeLessThan(0.02);
    const wide = cumulativeBand({
      counts: [35, 35],
      n: 100,
      form: "bits",
      p: 0.5,
      q: 0.2,
      target: "cohort",
      confidence: 0.9,
    });
    expect((wide.upper[0] as number) - 0.5).toBeCloseTo(
      Math.min(0.5, Math.sqrt((0.5 * Math.log(20)) / 100) / 0.3),
      12,
    );
    const one = cumulativeBand({
      counts: [60],
      n: 100,
      form: "any",
      p: 0.5,
      q: 0.2,
      target: "cohort",
    });
    expect([...one.estimate, ...one.lower, ...one.upper]).toEqual([1, 1, 1]);
  });

  test("without noise is the distribution itself", () => {
    const band = cumulativeBand({
      counts: [3, 4, 2, 1],
      n: 10,
      form: "bits",
      p: 1,
      q: 0,
      target: "cohort",
    });
    [0.3, 0.7, 0.9, 1].forEach((F, v) => {
      for (const ends of [band.lower, band.upper, band.estimate])
        expect(ends[v]).toBeCloseTo(F, 12);
    });
  });

  test("is refused for counts that reports of that form cannot have given", () => {
    const options = { counts: [30, 50, 20], n: 100, p: 0.5, q: 0.2, target: "cohort" } as const;
    const refused = (change: object, code: string) =>
      expect(() => cumulativeBand({ ...options, form: "bits", ...change } as never)).toThrow(
        expect.objectContaining({ code }),
      );
    refused({ form: "subset" }, "EMRX_QUALITY_NOT_APPLICABLE");
    refused({ form: "value" }, "EMRX_QUALITY_NOT_APPLICABLE");
    refused({ form: "bit" }, "EMRX_QUALITY_ARGUMENT");
    refused({ n: 49 }, "EMRX_QUALITY_ARGUMENT");
    refused({ n: 0 }, "EMRX_QUALITY_ARGUMENT");
    refused({ n: undefined }, "EMRX_QUALITY_ARGUMENT");
    refused({ counts: [-1, 2, 3] }, "EMRX_QUALITY_ARGUMENT");
    refused({ counts: [] }, "EMRX_QUALITY_MISMATCH");
    refused({ confidence: 1 }, "EMRX_QUALITY_ARGUMENT");
    refused({ p: 0.2 }, "EMRX_QUALITY_CHANNEL");
    // At most n is allowed, and a sum that differs by rounding alone.
    expect(() => cumulativeBand({ ...options, form: "bits", n: 50 })).not.toThrow();
    expect(() =>
      cumulativeBand({ ...options, counts: [40.00001, 40, 10], form: "subset" }),
    ).not.toThrow();
  });
});
