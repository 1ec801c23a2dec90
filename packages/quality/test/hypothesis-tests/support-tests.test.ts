import { fc, property } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import { QualityError } from "../../src/errors.js";
import type { SupportProbabilities } from "../../src/frequencies.js";
import {
  contrastWeights,
  supportCovariance,
} from "../../src/hypothesis-tests/support-covariance.js";
import {
  independencePower,
  independenceTest,
  independenceTestFromSupports,
  type SupportChannel,
  type SupportTable,
  type TableTestResult,
  trendPower,
  trendTest,
  trendTestFromSupports,
  twoSampleTest,
  twoSampleTestFromSupports,
} from "../../src/hypothesis-tests.js";
import { grrChannel, oueChannel } from "../oracle/mechanisms.js";
import { draw, uniforms } from "../oracle/records.js";

/** A textbook mechanism: which categories one report supports, and its channel. */
interface Textbook {
  readonly d: number;
  readonly channel: SupportProbabilities & { readonly form: "bits" | "subset" | "any" };
  supports(value: number, next: () => number): number[];
}
const bits = (d: number, { p, q }: SupportProbabilities): Textbook => ({
  d,
  channel: { p, q, form: "bits" },
  supports: (value, next) =>
    Array.from({ length: d }, (_, v) => (next() < (v === value ? p : q) ? 1 : 0)),
});
/** Subset selection: the value with probability p, others filled up at random to k. */
const subset = (d: number, k: number, e: number): Textbook => {
  const p = (k * Math.exp(e)) / (k * Math.exp(e) + d - k);
  return {
    d,
    channel: { p, q: (k - p) / (d - 1), form: "subset" },
    supports(value, next) {
      const chosen = new Array<number>(d).fill(0);
      let left = k;
      if (next() < p) {
        chosen[value] = 1;
        left--;
      }
      while (left > 0) {
        const v = Math.floor(next() * d);
        if (v === value || chosen[v] === 1) continue;
        chosen[v] = 1;
        left--;
      }
      return chosen;
    },
  };
};
/** Hadamard response of order 8: report a column where the value's row is +1 with probability p, else one where it is -1. */
const hadamard = (d: number, e: number): Textbook => {
  const positive = (v: number, y: number) =>
    ((v + 1) & y).toString(2).replaceAll("0", "").length % 2 === 0;
  const p = Math.exp(e) / (Math.exp(e) + 1);
  return {
    d,
    channel: { p, q: 1 / 2, form: "any" },
    supports(value, next) {
      const sign = next() < p;
      for (;;) {
        const y = Math.floor(next() * 8);
        if (positive(value, y) === sign)
          return Array.from({ length: d }, (_, v) => (positive(v, y) ? 1 : 0));
      }
    },
  };
};

/** Support counts of n pairs of reports, with what form "any" needs. */
function simulate(
  table: readonly number[],
  mechanisms: readonly [Textbook, Textbook],
  n: number,
  next: () => number,
): SupportTable {
  const [first, second] = mechanisms;
  const width = second.d + 1;
  const supports = new Float64Array((first.d + 1) * width);
  const pairs = mechanisms.map(({ d }) => new Float64Array(d * d));
  for (let i = 0; i < n; i++) {
    const cell = draw(table, next);
    const reports = [
      [...first.supports(Math.floor(cell / second.d), next), 1],
      [...second.supports(cell % second.d, next), 1],
    ] as const;
    reports[0].forEach((a, v) => {
      reports[1].forEach((b, w) => {
        (supports[v * width + w] as number) += a * b;
      });
    });
    reports.forEach((report, axis) => {
      const own = pairs[axis] as Float64Array;
      const d = report.length - 1;
      own.forEach((_, i) => {
        (own[i] as number) += (report[Math.floor(i / d)] as number) * (report[i % d] as number);
      });
    });
  }
  const channels = mechanisms.map(({ channel }, axis) =>
    channel.form === "any" ? { ...channel, pairs: pairs[axis] } : channel,
  );
  return { supports, shape: [first.d, second.d], channels: channels as never };
}

/** A table of counts of values with its margins, as supports of reports that name one value. */
function withMargins(counts: readonly number[], rows: number, columns: number): number[] {
  const line = (r: number) => counts.slice(r * columns, (r + 1) * columns);
  const lines = Array.from({ length: rows }, (_, r) => line(r));
  const all = line(0).map((_, c) => lines.reduce((sum, own) => sum + (own[c] as number), 0));
  return [...lines, all].flatMap((own) => [...own, own.reduce((a, b) => a + b)]);
}
const value = (d: number, e = 1) => ({ ...grrChannel(e, d), form: "value" }) as const;
const counted = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 12, maxLength: 12 });

describe("reports that name one value", () => {
  property("give Pearson's statistic and the trend statistic exactly", [counted], (counts) => {
    const channels = [value(3), value(4)] as const;
    const table = { supports: withMargins(counts, 3, 4), shape: [3, 4], channels } as const;
    const plain = { counts, rows: 3, columns: 4 };
    const close = (a: TableTestResult, b: TableTestResult) => {
      expect(Math.abs(a.statistic - b.statistic)).toBeLessThan(1e-9 * (1 + b.statistic));
      expect(a.degrees).toBe(b.degrees);
      // Of sparse tables only counts of values have an exact distribution.
      if (b.method === "chi-squared") expect(a.pValue).toBeCloseTo(b.pValue, 8);
    };
    close(independenceTestFromSupports(table), independenceTest(plain));
    close(trendTestFromSupports(table), trendTest(plain));
    const columnScores = [5, -1, 0, 2];
    close(
      trendTestFromSupports({ ...table, columnScores, rowScores: [1, 1, 7] }),
      trendTest({ ...plain, columnScores, rowScores: [1, 1, 7] }),
    );
    const first = { supports: counts.slice(0, 4), n: counts.slice(0, 4).reduce((a, b) => a + b) };
    const second = { supports: counts.slice(4, 8), n: counts.slice(4, 8).reduce((a, b) => a + b) };
    close(
      twoSampleTestFromSupports({ first, second, channel: value(4) }),
      twoSampleTest({ first: first.supports, second: second.supports }),
    );
  });

  test("leave out categories that nobody has, where nothing is randomized", () => {
    const exact = { p: 1, q: 0, form: "value" } as const;
    const padded = independenceTestFromSupports({
      supports: withMargins([5, 0, 7, 0, 0, 0, 9, 0, 4], 3, 3),
      shape: [3, 3],
      channels: [exact, exact],
    });
    expect(padded.degrees).toBe(1);
    expect(padded.statistic).toBeCloseTo(
      independenceTest({ counts: [5, 7, 9, 4], rows: 2, columns: 2 }).statistic,
      10,
    );
  });
});

describe("the covariance of supports", () => {
  const frequencies = [0.5, 0.2, 0.2, 0.1];
  /** Shares and covariance by enumerating what every person's report can support. */
  const enumerated = (probability: (supported: readonly number[], value: number) => number) => {
    const d = frequencies.length;
    const mean = new Float64Array(d);
    const both = Array.from({ length: d }, () => new Float64Array(d));
    for (let map = 0; map < 2 ** d; map++) {
      const supported = Array.from({ length: d }, (_, v) => (map >> v) & 1);
      const chance = frequencies.reduce((sum, f, x) => sum + f * probability(supported, x), 0);
      supported.forEach((a, v) => {
        (mean[v] as number) += chance * a;
        supported.forEach((b, w) => {
          ((both[v] as Float64Array)[w] as number) += chance * a * b;
        });
      });
    }
    return {
      mean,
      covariance: both.map((row, v) =>
        row.map((x, w) => x - (mean[v] as number) * (mean[w] as number)),
      ),
      both,
    };
  };
  const compare = (channel: SupportChannel, truth: ReturnType<typeof enumerated>, n = 1) =>
    supportCovariance(channel, truth.mean, n).forEach((row, v) => {
      row.forEach((x, w) => {
        expect(x).toBeCloseTo((truth.covariance[v] as Float64Array)[w] as number, 12);
      });
    });

  test("is that of all possible reports: bits", () => {
    const { p, q } = oueChannel(1.3);
    const truth = enumerated((supported, x) =>
      supported.reduce((product, bit, v) => {
        const one = v === x ? p : q;
        return product * (bit ? one : 1 - one);
      }, 1),
    );
    compare({ p, q, form: "bits" }, truth);
    const pairs = truth.both.flatMap((row) => Array.from(row, (x) => 50 * x));
    compare({ p, q, form: "any", pairs }, truth, 50);
  });

  test("is that of all possible reports: values and subsets of every size", () => {
    for (const k of [1, 2, 3]) {
      const { channel } = subset(4, k, 1.3);
      const weight = Math.exp(1.3);
      const count = (n: number, r: number): number =>
        r === 0 ? 1 : r > n ? 0 : (count(n - 1, r - 1) * n) / r;
      const all = weight * count(3, k - 1) + count(3, k);
      const truth = enumerated((supported, x) =>
        supported.filter(Boolean).length === k ? (supported[x] ? weight : 1) / all : 0,
      );
      compare(channel as SupportChannel, truth);
      if (k === 1) compare({ ...channel, form: "value" }, truth);
    }
    // Two categories: a subset of one is a value.
    const two = subset(2, 1, 1).channel as SupportChannel;
    const [row] = supportCovariance(two, [0.6, 0.4], 1);
    [0.24, -0.24].forEach((x, w) => {
      expect(row?.[w]).toBeCloseTo(x, 12);
    });
  });

  test("gives weights with which a common shift of all supports counts for nothing", () => {
    const channel = { ...oueChannel(1), form: "bits" } as const;
    const shares = frequencies.map((f) => channel.q + (channel.p - channel.q) * f);
    const covariance = supportCovariance(channel, shares, 1);
    const weights = contrastWeights(covariance);
    // W is the inverse of S on vectors that sum to zero, up to multiples of the ones: x' W S y = x' y and W S 1 = 0 there.
    const times = (matrix: readonly Float64Array[], x: readonly number[]) =>
      matrix.map((row) => row.reduce((sum, m, i) => sum + m * (x[i] as number), 0));
    const ones = [1, 1, 1, 1];
    for (const x of times(weights, times(covariance, ones))) expect(x).toBeCloseTo(0, 10);
    const contrast = [1, -2, 3, -2];
    const found = times(weights, times(covariance, contrast));
    const shift = (found[0] as number) - 1;
    found.forEach((x, v) => {
      expect(x - shift).toBeCloseTo(contrast[v] as number, 10);
    });
  });
});

describe("the tests from supports", () => {
  const independent = [0.4, 0.6].flatMap((a) => [0.2, 0.3, 0.3, 0.2].map((b) => a * b));
  const dependent = [0.16, 0.14, 0.06, 0.04, 0.06, 0.16, 0.2, 0.18];
  const trials = 300;
  const n = 500;
  const cases: readonly (readonly [string, readonly [Textbook, Textbook]])[] = [
    ["bits", [bits(2, { p: 0.75, q: 0.25 }), bits(4, oueChannel(2))]],
    ["bits and subsets", [bits(2, { p: 0.7, q: 0.25 }), subset(4, 2, 2)]],
    ["subsets and Hadamard response", [subset(2, 1, 1.5), hadamard(4, 1.5)]],
  ];

  test.each(cases)(
    "have their size, and the power predicted, by simulation: %s",
    (name, mechanisms) => {
      const next = uniforms(name.length);
      const rate = (table: readonly number[]) => {
        const rejected = { independence: 0, trend: 0 };
        for (let i = 0; i < trials; i++) {
          const supports = simulate(table, mechanisms, n, next);
          if (independenceTestFromSupports(supports).pValue < 0.05) rejected.independence++;
          if (trendTestFromSupports(supports).pValue < 0.05) rejected.trend++;
        }
        return { independence: rejected.independence / trials, trend: rejected.trend / trials };
      };
      // Four standard errors of a rate, and a little for n being finite.
      const size = rate(independent);
      for (const found of [size.independence, size.trend])
        expect(Math.abs(found - 0.05)).toBeLessThan(4 * Math.sqrt((0.05 * 0.95) / trials) + 0.005);
      const channels = mechanisms.map(({ channel }) => channel);
      if (channels.some(({ form }) => form === "any")) return;
      const options = {
        frequencies: dependent,
        rows: 2,
        columns: 4,
        channels: channels as never,
        n,
      };
      const found = rate(dependent);
      for (const [power, seen] of [
        [independencePower(options).power, found.independence],
        [trendPower(options).power, found.trend],
      ] as const) {
        expect(power).toBeGreaterThan(0.3);
        expect(Math.abs(power - seen)).toBeLessThan(4 * Math.sqrt(0.25 / trials) + 0.01);
      }
    },
  );

  test("do not depend on the order of categories or of attributes, nor on the origin of scores", () => {
    const next = uniforms(3);
    const table = simulate(
      dependent,
      [bits(2, oueChannel(2)), bits(4, oueChannel(1.5))],
      700,
      next,
    );
    const at = (v: number, w: number) => table.supports[v * 5 + w] as number;
    const order = [2, 0, 3, 1, 4];
    const relabelled = [0, 1, 2].flatMap((v) => order.map((w) => at(v, w)));
    const swapped = [0, 1, 2, 3, 4].flatMap((w) => [0, 1, 2].map((v) => at(v, w)));
    const plain = independenceTestFromSupports(table).statistic;
    expect(plain).toBeGreaterThan(1);
    expect(independenceTestFromSupports({ ...table, supports: relabelled }).statistic).toBeCloseTo(
      plain,
      9,
    );
    const turned: SupportTable = {
      supports: swapped,
      shape: [4, 2],
      channels: [table.channels[1], table.channels[0]],
    };
    expect(independenceTestFromSupports(turned).statistic).toBeCloseTo(plain, 9);
    const trend = trendTestFromSupports(table).statistic;
    expect(trendTestFromSupports(turned).statistic).toBeCloseTo(trend, 9);
    expect(
      trendTestFromSupports({ ...table, columnScores: [7, 9, 11, 13], rowScores: [3, -2] })
        .statistic,
    ).toBeCloseTo(trend, 9);
  });

  test("see most with bits and subsets where a value would say little: many categories, small epsilon", () => {
    const d = 20;
    const half = 1 / (2 * d);
    const frequencies = [1, -1].flatMap((sign) =>
      Array.from({ length: d }, (_, v) => half * (1 + 0.5 * sign * (v < d / 2 ? 1 : -1))),
    );
    const noncentrality = (channel: SupportProbabilities & { form: "value" | "bits" | "subset" }) =>
      independencePower({
        frequencies,
        rows: 2,
        columns: d,
        channels: [{ p: 1, q: 0 }, channel],
        n: 1000,
      }).noncentrality;
    const values = noncentrality({ ...grrChannel(1, d), form: "value" });
    const ofBits = noncentrality({ ...oueChannel(1), form: "bits" });
    const best = noncentrality(subset(d, 5, 1).channel as never);
    expect(ofBits).toBeGreaterThan(2 * values);
    expect(best).toBeGreaterThan(ofBits);
    // A subset of one is a value.
    expect(noncentrality(subset(d, 1, 1).channel as never)).toBeCloseTo(values, 9);
  });

  test("refuse what cannot have come from such reports", () => {
    const channel = { ...oueChannel(1), form: "bits" } as const;
    const table = simulate(
      independent,
      [bits(2, oueChannel(1)), bits(4, oueChannel(1))],
      200,
      uniforms(1),
    );
    const refused = (change: Partial<SupportTable>, words: string) => {
      for (const call of [independenceTestFromSupports, trendTestFromSupports]) {
        let error: unknown;
        try {
          call({ ...table, ...change });
        } catch (thrown) {
          error = thrown;
        }
        expect(error).toBeInstanceOf(QualityError);
        const { code, message } = error as QualityError;
        expect(`${code}: ${message}`).toContain(words);
      }
    };
    const changed = (i: number, count: number) =>
      Array.from(table.supports, (x, j) => (i === j ? count : x));
    const second = (other: object) => [channel, { ...channel, ...other }] as never;
    refused({ shape: [3, 4] }, "EMRX_QUALITY_MISMATCH");
    refused({ supports: changed(0, -1) }, "EMRX_QUALITY_ARGUMENT");
    refused({ supports: changed(14, 0) }, "EMRX_QUALITY_ARGUMENT");
    refused({ supports: changed(4, 201) }, "category 0 of attribute 0");
    refused({ supports: changed(10, 201) }, "category 0 of attribute 1");
    refused({ channels: second({ form: "value" }) }, "EMRX_QUALITY_NOT_APPLICABLE");
    refused({ channels: second({ form: "subset" }) }, "EMRX_QUALITY_NOT_APPLICABLE");
    refused({ channels: second({ form: "any" }) }, "pairs is missing");
    refused(
      { channels: second({ form: "any", pairs: Array(16).fill(-1) }) },
      "EMRX_QUALITY_ARGUMENT",
    );
    refused({ channels: second({ form: "word" }) }, "EMRX_QUALITY_ARGUMENT");
    refused({ channels: second({ p: 0 }) }, "EMRX_QUALITY_CHANNEL");
    // Supports that always go together, so that nothing tells them apart.
    const same = Array.from({ length: 16 }, () => 100);
    expect(() =>
      independenceTestFromSupports({
        supports: [
          ...Array(4).fill(50),
          100,
          ...Array(4).fill(50),
          100,
          ...Array(4).fill(100),
          200,
        ],
        shape: [2, 4],
        channels: second({ form: "any", pairs: same }),
      }),
    ).toThrow(expect.objectContaining({ code: "EMRX_QUALITY_SINGULAR" }));
    const exact = { p: 1, q: 0, form: "value" } as const;
    const flat = {
      supports: withMargins([1, 2, 0, 0], 2, 2),
      shape: [2, 2],
      channels: [exact, exact],
    } as const;
    expect(() => independenceTestFromSupports(flat)).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_NOT_APPLICABLE" }),
    );
    expect(() => trendTestFromSupports(flat)).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_NOT_APPLICABLE" }),
    );
    expect(() => trendTestFromSupports({ ...table, columnScores: [1, 2] })).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_MISMATCH" }),
    );
    expect(() => trendTestFromSupports({ ...table, rowScores: [1, 1] })).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_NOT_APPLICABLE" }),
    );
    const group = { supports: [5, 5], n: 10 };
    expect(() =>
      twoSampleTestFromSupports({ first: group, second: { ...group, supports: [5] }, channel }),
    ).toThrow(expect.objectContaining({ code: "EMRX_QUALITY_MISMATCH" }));
  });
});
