// The mixture of Duchi's mechanism and a window: exact as a channel, unbiased, and better where the reference says so.
import {
  enumerateDraws,
  fc,
  property,
  rational as R,
  sharedJson,
  testWithShared,
} from "@emrx/testkit";
import { expect, test } from "vitest";
import { seededRandom } from "../../../src/index.js";
import {
  bestMixture,
  type WindowMixture,
  windowMechanism,
  windowMixture,
} from "../../../src/mechanisms.js";
import { expectError } from "../../expect-error.js";
import {
  checkBudget,
  checkDistribution,
  checkMonoid,
  exact,
  expectClose,
  topWords,
} from "../laws.js";

const epsilons = fc
  .integer({ min: 1, max: 20_000 })
  .map((thousandths) => String(thousandths / 1000));
const mixtures = fc
  .tuple(fc.integer({ min: 2, max: 12 }), fc.nat(100), fc.integer({ min: 1, max: 99 }), epsilons)
  .map(([cells, w, windowPercent, epsilon]) =>
    windowMixture({ range: [-1, 1], cells, window: 1 + (w % (cells - 1)), windowPercent, epsilon }),
  );
const caseOf = (mechanism: WindowMixture) => ({ mechanism, report: (y: number) => y }) as never;

property(
  "mixture: no output is more than e^eps times likelier under one input than another",
  [mixtures],
  (mechanism) => {
    // Between two positions rows only mix, and the closed form is attained at two positions or, for Duchi's part, at the ends.
    checkDistribution(caseOf(mechanism));
    checkBudget(caseOf(mechanism));
  },
  { numRuns: 20 },
);

property(
  "mixture: the mean of the scores is the value at every position, and their spread the closed form",
  [mixtures],
  (mechanism) => {
    const channel = mechanism.channel();
    const scores = Array.from({ length: channel.outputs }, (_, y) => {
      const one = mechanism.aggregator();
      one.add(y);
      return one.estimate().total;
    });
    for (let x = 0; x < channel.inputs; x++) {
      const value = -1 + (2 * x) / (channel.inputs - 1);
      let [mean, square, size] = [0, 0, 0];
      scores.forEach((score, y) => {
        const weight = R.toNumber(exact(channel.probability(y, x)));
        mean += weight * score;
        square += weight * (score - value) ** 2;
        size += weight * Math.abs(score);
      });
      expect(Math.abs(mean - value)).toBeLessThan(1e-11 * (1 + size));
      expect(Math.abs(mechanism.variance(1, value) - square)).toBeLessThan(1e-9 * (1 + square));
      expect(mechanism.variance(1, value)).toBeLessThanOrEqual(
        mechanism.worstVariance(1) * (1 + 1e-9),
      );
    }
  },
  { numRuns: 15 },
);

test("mixture: over all random words, each report has exactly its probability", () => {
  for (const [windowPercent, cells, window] of [
    [25, 3, 1],
    [50, 4, 2],
  ] as const) {
    const mechanism = windowMixture({
      range: [0, 1],
      epsilon: "1",
      cells,
      window,
      windowPercent,
      bits: 4,
    });
    const channel = mechanism.channel();
    for (let x = 0; x < channel.inputs; x++) {
      const value = x / (channel.inputs - 1); // 0, 1/2, 1
      const drawn = enumerateDraws(topWords(4), 3, (source) => mechanism.randomize(value, source));
      for (let y = 0; y < channel.outputs; y++) {
        const truth = exact(channel.probability(y, x));
        const found = drawn.probability.get(String(y)) ?? R.q(0);
        expect(R.less(truth, found)).toBe(false);
        expect(R.less(R.add(found, drawn.unresolved), truth)).toBe(false);
      }
    }
  }
});

property(
  "mixture: any split, order, merge and serialization gives the same state, and bytes round-trip",
  [mixtures, fc.array(fc.nat(1000), { minLength: 1, maxLength: 30 }), fc.nat(30)],
  (mechanism, numbers, cut) => {
    const { outputs } = mechanism.channel();
    checkMonoid(
      caseOf(mechanism),
      numbers.map((y) => y % outputs),
      cut,
    );
  },
  { numRuns: 15 },
);

test("mixture: a batch has the share and the mean it should have, and its estimated variance covers the noise", () => {
  const stay = windowMixture({ range: [1, 14], epsilon: "2" });
  const values = Float64Array.from({ length: 40_000 }, (_, i) => 1 + (i % 7));
  const column = stay.randomizeBatch(values, seededRandom("mixture"));
  const inner = column.filter((report) => report >= 2).length / column.length;
  expect(Math.abs(inner - stay.windowPercent / 100)).toBeLessThan(0.02);
  const tally = stay.aggregator();
  tally.addBatch(column);
  const { mean, variance, total, secondMoment } = tally.estimate();
  expect(total).toBeCloseTo(mean * 40_000, 6);
  expect(Math.abs(mean - 4)).toBeLessThan(5 * Math.sqrt(variance));
  expect(Math.abs((secondMoment as number) - 20)).toBeLessThan(3);
  // Every score's spread around the mean: the mechanism's noise and the values' own variance, 4.
  const noise = [1, 2, 3, 4, 5, 6, 7].reduce((sum, value) => sum + stay.variance(1, value), 0) / 7;
  expectClose(variance, (noise + 4) / 40_000, 0.03);
});

property(
  "mixture: the estimate is the mean of the reports' scores, and its variance their squared deviations over n^2",
  [fc.array(fc.nat({ max: 5 }), { minLength: 6, maxLength: 6 })],
  (some) => {
    const mechanism = windowMixture({
      range: [2, 10],
      epsilon: "3",
      cells: 4,
      window: 1,
      windowPercent: 60,
    });
    const counts = some.map((count, y) => (y === 0 ? count + 1 : count));
    const n = counts.reduce((a, b) => a + b);
    // What one report alone estimates is its score.
    const scores = counts.map(
      (_, y) =>
        mechanism.estimate(
          counts.map((_, other) => (other === y ? 1 : 0)),
          1,
        ).total,
    );
    const mean = scores.reduce((sum, score, y) => sum + score * (counts[y] as number), 0) / n;
    const squared = scores.reduce(
      (sum, score, y) => sum + (score - mean) ** 2 * (counts[y] as number),
      0,
    );
    const estimate = mechanism.estimate(counts, n);
    expect(Math.abs(estimate.mean - mean)).toBeLessThan(1e-9 * (1 + Math.abs(mean)));
    expect(Math.abs(estimate.variance - squared / n ** 2)).toBeLessThan(
      1e-9 * (1 + squared / n ** 2),
    );
  },
);

test("mixture: in a batch every answer stands at its person's place", () => {
  const sharp = windowMixture({
    range: [0, 8],
    epsilon: "32",
    cells: 9,
    window: 1,
    windowPercent: 40,
  });
  const values = Array.from({ length: 300 }, (_, i) => (i % 7 === 0 || i % 4 === 1 ? 8 : 0));
  const column = sharp.randomizeBatch(values, seededRandom("places"));
  expect(column).toHaveLength(300);
  for (const [i, value] of values.entries())
    expect(value === 8 ? [1, 10] : [0, 2]).toContain(column[i]);
});

test("mixture: impossible parameters are refused, and so is a mixture where none is better", () => {
  const range = [0, 1] as const;
  for (const windowPercent of [0, 100, 2.5, Number.NaN]) {
    expectError(
      () => windowMixture({ range, epsilon: "1", cells: 5, window: 2, windowPercent }),
      "EMRX_BAD_PARAMETER",
    );
  }
  expect(() => windowMixture({ range, epsilon: "1", cells: 5, window: 2 })).toThrow(
    "windowPercent",
  );
  expect(() => windowMixture({ range, epsilon: "1", windowPercent: 5 })).toThrow("cells");
  expect(() => windowMixture({ range, epsilon: "0.5" })).toThrow("use windowMechanism");
  const mechanism = windowMixture({ range, epsilon: "1" });
  const untouched = { fill: () => expect.fail("nothing may be drawn") };
  expectError(() => mechanism.randomize(Number.NaN, untouched), "EMRX_VALUE_OUTSIDE_DOMAIN");
  expect(() => mechanism.randomizeBatch([0, Number.NaN], untouched)).toThrow(
    "values[1] is a number",
  );
});

const path = "theory/vectors.json";
testWithShared(
  path,
  "mixture: worst variances equal the reference, the chosen mixture is as good, and no worse than the hybrid mechanism",
  () => {
    let compared = 0;
    // biome-ignore lint/suspicious/noExplicitAny: foreign JSON
    for (const row of (sharedJson(path) as any).numeric.duchi_window_mixture_vs_hm_float) {
      const epsilon = String(row.eps);
      if (row.alpha_window === 0) {
        expect(bestMixture(epsilon)).toBeUndefined();
        continue;
      }
      const same = windowMixture({
        range: [-1, 1],
        epsilon,
        cells: row.N,
        window: row.w,
        windowPercent: Math.round(100 * row.alpha_window),
        bits: 64,
      });
      // The reference looked at a grid of values, so it may miss the worst by a little.
      expectClose(same.worstVariance(1), row.worst, 1e-4);
      const chosen = windowMixture({ range: [-1, 1], epsilon, bits: 64 });
      expect(chosen.worstVariance(1)).toBeLessThanOrEqual(row.worst * (1 + 1e-5));
      expect(chosen.worstVariance(1)).toBeLessThanOrEqual(row.hm);
      const single = windowMechanism({ range: [-1, 1], epsilon, bits: 64 });
      expect(chosen.worstVariance(1)).toBeLessThan(single.worstVariance(1));
      compared++;
    }
    expect(compared).toBe(8);
  },
);
