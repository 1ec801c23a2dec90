import { enumerateDraws, fc, property, rational as R } from "@emrx/testkit";
import { expect, test } from "vitest";
import { seededRandom } from "../../../src/index.js";
import { duchi, type WindowOptions, windowMechanism } from "../../../src/mechanisms.js";
import { expectError } from "../../expect-error.js";
import { exact, expectClose, expectSame, expOf, topWords } from "../laws.js";

const epsilons = fc
  .integer({ min: 1, max: 20_000 })
  .map((thousandths) => String(thousandths / 1000));
const shapes = fc
  .integer({ min: 2, max: 14 })
  .chain((cells) => fc.tuple(fc.constant(cells), fc.integer({ min: 1, max: cells - 1 })));

const of = ([cells, window]: readonly [number, number], epsilon: string, missing: boolean) =>
  windowMechanism({ range: [-1, 1], cells, window, epsilon, missing });

property(
  "window: no output is more than e^eps times likelier under one input than another",
  [shapes, epsilons, fc.boolean()],
  (shape, epsilon, missing) => {
    const mechanism = of(shape, epsilon, missing);
    const channel = mechanism.channel();
    let worst = R.q(1);
    for (let y = 0; y < channel.outputs; y++) {
      for (let a = 0; a < channel.inputs; a++) {
        for (let b = 0; b < channel.inputs; b++) {
          const ratio = R.div(exact(channel.probability(y, a)), exact(channel.probability(y, b)));
          if (R.less(worst, ratio)) worst = ratio;
        }
      }
    }
    for (let x = 0; x < channel.inputs; x++) {
      const row = Array.from({ length: channel.outputs }, (_, y) =>
        exact(channel.probability(y, x)),
      );
      expect(R.sum(row)).toEqual(R.q(1));
    }
    expect(R.less(expOf(epsilon), worst)).toBe(false);
    expect(R.equal(worst, exact(mechanism.worstRatio))).toBe(true);
  },
  { numRuns: 40 },
);

property(
  "window: the score of a report expects the position, its spread is the closed form",
  [shapes, epsilons, fc.boolean()],
  (shape, epsilon, missing) => {
    const [N, w] = shape;
    const mechanism = of(shape, epsilon, missing);
    const channel = mechanism.channel();
    const [a, c] = [
      exact(mechanism.cellProbability.inside),
      exact(mechanism.cellProbability.outside),
    ];
    const gain = R.mul(R.sub(a, c), R.q(w));
    // SHEET section 2: s_hat = (y - c N (N - 1) / 2) / ((a - c) w) - (w - 1) / 2, present hits of the missing window removed.
    const scores = Array.from({ length: channel.outputs }, (_, y) => {
      const absent = R.div(R.sub(R.q(y >= N ? 1 : 0), R.mul(c, R.q(w))), gain);
      const present = missing ? R.sub(R.q(1), absent) : R.q(1);
      const moment = R.div(R.sub(R.q(y < N ? y : 0), R.mul(c, R.q(N * (N - 1), 2))), gain);
      return { absent, position: R.sub(moment, R.mul(R.q(w - 1, 2), present)), present };
    });
    for (let x = 0; x < channel.inputs; x++) {
      const expectation = (score: (y: number) => R.Q): R.Q =>
        R.sum(scores.map((_, y) => R.mul(exact(channel.probability(y, x)), score(y))));
      const isMissing = x > N - w;
      expect(expectation((y) => scores[y]!.position)).toEqual(R.q(isMissing ? 0 : x));
      if (missing) expect(expectation((y) => scores[y]!.absent)).toEqual(R.q(isMissing ? 1 : 0));
      if (isMissing) continue;
      // In units of the range: v = -1 + 2 s / (N - w), against v * present.
      const v = R.sub(R.q(2 * x, N - w), R.q(1));
      const deviation = (y: number): R.Q =>
        R.sub(
          R.sub(R.mul(R.q(2, N - w), scores[y]!.position), scores[y]!.present),
          R.mul(v, scores[y]!.present),
        );
      const spread = expectation((y) => R.mul(deviation(y), deviation(y)));
      expectClose(mechanism.variance(1, R.toNumber(v)), R.toNumber(spread), 1e-8);
    }
    // The estimator's doubles are these scores.
    for (let y = 0; y < channel.outputs; y++) {
      const tally = mechanism.aggregator();
      tally.add(y);
      const { total } = tally.estimate();
      const score = R.sub(R.mul(R.q(2, N - w), scores[y]!.position), scores[y]!.present);
      expect(Math.abs(total - R.toNumber(score))).toBeLessThan(1e-9 * (1 + Math.abs(total)));
    }
  },
  { numRuns: 30 },
);

test("window: over all random words, each cell has exactly its probability, at grid points and between them", () => {
  const cases: readonly [WindowOptions & { cells: number; window: number }, number, number][] = [
    [{ range: [0, 1], cells: 2, window: 1, epsilon: "1" }, 4, 2],
    [{ range: [0, 1], cells: 2, window: 1, epsilon: "1", missing: true }, 4, 3],
    [{ range: [0, 1], cells: 4, window: 2, epsilon: "2" }, 5, 3],
    [{ range: [0, 1], cells: 5, window: 3, epsilon: "1", missing: true }, 4, 3],
  ];
  for (const [options, bits, most] of cases) {
    const mechanism = windowMechanism({ ...options, bits });
    const channel = mechanism.channel();
    const steps = options.cells - options.window;
    for (let eighth = 0; eighth <= 8 * steps; eighth++) {
      const below = Math.floor(eighth / 8);
      const up = R.q(eighth % 8, 8);
      const value = eighth / 8 / steps; // exact: steps is 1 or 2
      const drawn = enumerateDraws(topWords(bits), most, (source) =>
        mechanism.randomize(value, source),
      );
      for (let y = 0; y < channel.outputs; y++) {
        const mixed = R.add(
          R.mul(R.sub(R.q(1), up), exact(channel.probability(y, below))),
          R.mul(up, exact(channel.probability(y, Math.min(steps, below + 1)))),
        );
        const found = drawn.probability.get(String(y)) ?? R.q(0);
        expect(R.less(mixed, found)).toBe(false);
        expect(R.less(R.add(found, drawn.unresolved), mixed)).toBe(false);
      }
    }
    if (options.missing) {
      const drawn = enumerateDraws(topWords(bits), most, (source) =>
        mechanism.randomize(Number.NaN, source),
      );
      for (let y = 0; y < channel.outputs; y++) {
        const truth = exact(channel.probability(y, steps + 1));
        const found = drawn.probability.get(String(y)) ?? R.q(0);
        expect(R.less(truth, found)).toBe(false);
        expect(R.less(R.add(found, drawn.unresolved), truth)).toBe(false);
      }
    }
  }
});

property(
  "window: the worst variance is a bound that some value attains",
  [shapes, epsilons, fc.integer({ min: 0, max: 1000 })],
  (shape, epsilon, thousandth) => {
    const mechanism = of(shape, epsilon, false);
    const worst = mechanism.worstVariance(1);
    expect(mechanism.variance(1, -1 + thousandth / 500)).toBeLessThanOrEqual(worst * (1 + 1e-9));
    let best = 0;
    for (let i = 0; i <= 2000; i++) best = Math.max(best, mechanism.variance(1, -1 + i / 1000));
    expect(best).toBeGreaterThan(worst * (1 - 1e-4) - 1e-9);
  },
  { numRuns: 15 },
);

property(
  "window: any split, order, merge and serialization gives the same state",
  [shapes, fc.boolean(), fc.array(fc.nat(1000), { minLength: 1, maxLength: 40 }), fc.nat(40)],
  (shape, missing, numbers, cut) => {
    const mechanism = of(shape, "1", missing);
    const symbols = mechanism.channel().outputs;
    const reports = numbers.map((y) => y % symbols);
    const all = mechanism.aggregator();
    all.addBatch(Uint8Array.from(reports));
    const [left, right] = [mechanism.aggregator(), mechanism.aggregator()];
    reports.forEach((y, i) => {
      (i < cut ? left : right).add(y);
    });
    const restored = mechanism.aggregatorFromBytes(right.toBytes());
    restored.merge(left);
    expectSame(restored.toBytes(), all.toBytes());
    for (const y of reports) {
      const bytes = new Uint8Array(3);
      mechanism.encode(y, bytes, 1);
      expect(mechanism.decode(bytes, 1)).toBe(y);
    }
  },
  { numRuns: 25 },
);

test("Duchi: values outside the range count as its ends, and NaN only where missing is allowed", () => {
  const plain = duchi({ range: [1, 14], epsilon: "1" });
  const tolerant = duchi({ range: [1, 14], epsilon: "1", missing: true });
  const at = (value: number): number[] => [
    ...plain.randomizeBatch(new Float64Array(64).fill(value), seededRandom(3)),
  ];
  expect(at(-50)).toEqual(at(1));
  expect(at(99)).toEqual(at(14));
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, "2" as unknown as number]) {
    expectError(() => plain.randomize(value), "EMRX_VALUE_OUTSIDE_DOMAIN");
    expect(() => plain.randomizeBatch([2, value])).toThrow("values[1]");
  }
  expectError(() => tolerant.randomize(Number.NEGATIVE_INFINITY), "EMRX_VALUE_OUTSIDE_DOMAIN");
  expect(tolerant.randomize(Number.NaN)).toBeLessThan(3);
  for (const range of [
    [1, 1],
    [2, 1],
    [0, Number.NaN],
    [0, Number.POSITIVE_INFINITY],
    [-1.7e308, 1.7e308],
  ] as const) {
    expectError(
      () => duchi({ range: range as readonly [number, number], epsilon: "1" }),
      "EMRX_BAD_RANGE",
    );
  }
});

test("Duchi: a seed gives the same reports for ever", () => {
  const stay = duchi({ range: [1, 14], epsilon: "1", missing: true });
  const values = Array.from({ length: 24 }, (_, i) => (i % 5 === 0 ? Number.NaN : 1 + (i % 14)));
  expect([...stay.randomizeBatch(values, seededRandom("golden"))].join("")).toMatchInlineSnapshot(
    `"000102200122102111122212"`,
  );
});

property(
  "window: with three positions or more, the squares are estimated without bias, up to their rounding",
  [shapes.filter(([N, w]) => N - w >= 2), epsilons, fc.boolean()],
  (shape, epsilon, missing) => {
    const [N, w] = shape;
    const mechanism = of(shape, epsilon, missing);
    const channel = mechanism.channel();
    const single = Array.from({ length: channel.outputs }, (_, y) => {
      const counts = new Float64Array(channel.outputs);
      counts[y] = 1;
      const { secondMoment, total } = mechanism.estimate(counts, 1);
      // With missing allowed the estimate is divided by the score of being present; undo that.
      return { square: secondMoment as number, total };
    });
    for (let x = 0; x <= N - w && !missing; x++) {
      const value = -1 + (2 * x) / (N - w);
      let expectation = 0;
      let size = 0;
      for (let y = 0; y < channel.outputs; y++) {
        const term = R.toNumber(exact(channel.probability(y, x))) * (single[y]?.square ?? 0);
        expectation += term;
        size += Math.abs(term);
      }
      expect(Math.abs(expectation - value ** 2)).toBeLessThan(1e-11 * (1 + size));
    }
  },
  { numRuns: 25 },
);

test("window: n reports have an n-th of the variance of one, at every value and at the worst", () => {
  for (const missing of [false, true]) {
    const mechanism = of([5, 2], "2", missing);
    for (const value of [-1, -0.3, 0, 0.9, 1])
      expectClose(mechanism.variance(400, value) * 400, mechanism.variance(1, value), 1e-12);
    expectClose(mechanism.worstVariance(400) * 400, mechanism.worstVariance(1), 1e-12);
  }
});
