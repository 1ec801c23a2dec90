// Given exactly the reports that a population leads to on average, the estimates are the population's, and the estimated variances
// are those of the closed forms: the estimator and its plug-in variances, in one law for every mechanism.
import { fc, property } from "@emrx/testkit";
import { expect, test } from "vitest";
import type { Channel } from "../../src/audit.js";
import { toNumber } from "../../src/exact.js";
import { grr } from "../../src/index.js";
import { localHashing } from "../../src/mechanisms/local-hashing/local-hashing.js";
import {
  blockHadamardResponse,
  duchi,
  hadamardResponse,
  minIdUnary,
  oue,
  projectiveGeometryResponse,
  sampledNumerics,
  subsetSelection,
  sue,
  truncatedGeometric,
  unaryEncoding,
  utilityRandomizedResponse,
  utilityRappor,
  windowMechanism,
  windowMixture,
} from "../../src/mechanisms.js";

const d = 5;
const n = 40;

/** How often each report is expected from n people with these shares. */
function expectedReports(channel: Channel, shares: readonly number[]): Float64Array {
  return Float64Array.from({ length: channel.outputs }, (_, y) =>
    shares.reduce((sum, share, x) => sum + n * share * toNumber(channel.probability(y, x)), 0),
  );
}

const shares = (size: number): fc.Arbitrary<number[]> =>
  fc
    .array(fc.integer({ min: 0, max: 20 }), { minLength: size, maxLength: size })
    .filter((weights) => weights.some((weight) => weight > 0))
    .map((weights) => weights.map((weight) => weight / weights.reduce((a, b) => a + b, 0)));

const epsilons = fc
  .integer({ min: 300, max: 5000 })
  .map((thousandths) => String(thousandths / 1000));

const near = (actual: number, expected: number, scale: number): void => {
  if (!(Math.abs(actual - expected) <= 1e-9 * (1 + scale)))
    expect.fail(`${actual} differs from ${expected}`);
};

/** What every mechanism for one category has. */
interface Categorical {
  readonly identity: string;
  channel(): Channel;
  aggregator(): { readonly counts: Float64Array; add(report: unknown): void };
  estimate(
    counts: ArrayLike<number>,
    n: number,
  ): { readonly frequencies: Float64Array; readonly variances: Float64Array };
}

/** What a report of each number adds to the counts. */
type Reports = (y: number) => unknown;
const itself: Reports = (y) => y;
const bitmap: Reports = (y) => Uint8Array.of(y);

interface Family {
  make(epsilon: string): Categorical;
  readonly report: Reports | ((y: number, mechanism: never) => unknown);
  /** n Var of the estimate of v for a population. */
  variance(mechanism: never, population: readonly number[], v: number): number;
}

const pure = (
  mechanism: { variance(n: number, f: number): number },
  f: readonly number[],
  v: number,
) => mechanism.variance(n, f[v] as number);

const families: Record<string, Family> = {
  grr: {
    make: (epsilon) => grr({ categories: d, epsilon }) as never,
    report: itself,
    variance: pure,
  },
  oue: {
    make: (epsilon) => oue({ categories: d, epsilon }) as never,
    report: bitmap,
    variance: pure,
  },
  sue: {
    make: (epsilon) => sue({ categories: d, epsilon }) as never,
    report: bitmap,
    variance: pure,
  },
  "general UE": {
    make: (epsilon) => unaryEncoding({ categories: d, epsilon, p: "0.6" }) as never,
    report: bitmap,
    variance: pure,
  },
  "subset selection": {
    make: (epsilon) => subsetSelection({ categories: d, epsilon, size: 1 }) as never,
    report: (y: number) => Uint8Array.of(1 << y),
    variance: pure,
  },
  "local hashing": {
    make: (epsilon) => localHashing("olh", { categories: d, epsilon, buckets: 3 }, 5) as never,
    report: (y: number) => ({ a: Math.floor(y / 15), b: Math.floor(y / 3) % 5, bucket: y % 3 }),
    variance: pure,
  },
  "Hadamard response": {
    make: (epsilon) => hadamardResponse({ categories: d, epsilon }) as never,
    report: itself,
    variance: pure,
  },
  "projective geometry response": {
    make: (epsilon) => projectiveGeometryResponse({ categories: d, epsilon, field: 2 }) as never,
    report: itself,
    variance: pure,
  },
  "block Hadamard response": {
    make: (epsilon) => blockHadamardResponse({ categories: d, epsilon, blocks: 2 }) as never,
    report: itself,
    variance(
      mechanism: {
        blockOf(v: number): number;
        variance(n: number, f: number, block: number): number;
      },
      f,
      v,
    ) {
      const block = f.filter((_, other) => mechanism.blockOf(other) === mechanism.blockOf(v));
      return mechanism.variance(
        n,
        f[v] as number,
        block.reduce((a, b) => a + b, 0),
      );
    },
  },
  uRR: {
    make: (epsilon) =>
      utilityRandomizedResponse({ categories: d, sensitive: [1, 3], epsilon }) as never,
    report: itself,
    variance: (mechanism: { variances(n: number, f: readonly number[]): Float64Array }, f, v) =>
      mechanism.variances(n, f)[v] as number,
  },
  "truncated geometric": {
    make: (epsilon) => truncatedGeometric({ categories: d, epsilonPerStep: epsilon }) as never,
    report: itself,
    variance: (mechanism: { variances(n: number, f: readonly number[]): Float64Array }, f, v) =>
      mechanism.variances(n, f)[v] as number,
  },
  uRAP: {
    make: (epsilon) => utilityRappor({ categories: d, sensitive: [1, 3], epsilon }) as never,
    report: bitmap,
    variance: (mechanism: { variance(n: number, f: number, v: number): number }, f, v) =>
      mechanism.variance(n, f[v] as number, v),
  },
  "MinID-LDP": {
    make: (epsilon) => minIdUnary({ epsilons: [epsilon, "1", epsilon, "2", "2"] }) as never,
    report: bitmap,
    variance: (mechanism: { variance(n: number, f: number, v: number): number }, f, v) =>
      mechanism.variance(n, f[v] as number, v),
  },
};

for (const [name, family] of Object.entries(families)) {
  property(
    `${name}: from the expected reports of a population come its frequencies and their variances`,
    [shares(d), epsilons],
    (population, epsilon) => {
      const mechanism = family.make(epsilon);
      const expected = expectedReports(mechanism.channel(), population);
      const counts = new Float64Array(mechanism.aggregator().counts.length);
      for (const [y, count] of expected.entries()) {
        const one = mechanism.aggregator();
        one.add(family.report(y, mechanism as never));
        for (const [cell, added] of one.counts.entries())
          counts[cell] = (counts[cell] as number) + count * added;
      }
      const { frequencies, variances } = mechanism.estimate(counts, n);
      for (let v = 0; v < d; v++) {
        near(frequencies[v] as number, population[v] as number, 1);
        const variance = family.variance(mechanism as never, population, v);
        near(variances[v] as number, variance, variance);
      }
    },
    { numRuns: 12 },
  );

  test(`${name}: an estimated variance takes a share below 0 as 0, above 1 as 1, and is never negative`, () => {
    const mechanism = family.make("1");
    const { length } = mechanism.aggregator().counts;
    for (let y = 0; y < Math.min(length, 8); y++) {
      // All reports alike: shares far outside.
      const one = mechanism.aggregator();
      one.add(family.report(name === "local hashing" ? 3 * y + 15 : y, mechanism as never));
      const { frequencies, variances } = mechanism.estimate(one.counts, 1);
      const inside = Array.from(frequencies, (f) => Math.min(1, Math.max(0, f)));
      expect(inside).not.toEqual([...frequencies]);
      for (const [v, variance] of variances.entries()) {
        expect(variance).toBeGreaterThanOrEqual(0);
        if (family.variance !== pure) continue;
        const closed = pure(mechanism as never, inside, v) * n; // of one report
        near(variance, closed, closed);
      }
    }
  });
}

property(
  "windows and Duchi: from the expected reports come total, mean, missing share and, on grid points, the mean of the squares",
  [
    fc
      .integer({ min: 2, max: 9 })
      .chain((cells) => fc.tuple(fc.constant(cells), fc.integer({ min: 1, max: cells - 1 }))),
    epsilons,
    fc.boolean(),
    shares(9),
  ],
  ([cells, window], epsilon, missing, weights) => {
    const mechanism = windowMechanism({ range: [3, 11], epsilon, cells, window, missing });
    const channel = mechanism.channel();
    const steps = cells - window;
    const own = weights.slice(0, channel.inputs - 1);
    const population = [...own, 1 - own.reduce((a, b) => a + b, 0)]; // the last input takes what is left
    const values = population.map((_, x) => (x > steps ? undefined : 3 + (8 * x) / steps));
    const mean = (of: (value: number) => number): number =>
      values.reduce<number>(
        (sum, value, x) => sum + (value === undefined ? 0 : of(value) * (population[x] as number)),
        0,
      );
    const present = mean(() => 1);
    if (present < 0.05) return;
    const expected = expectedReports(channel, population);
    const found = mechanism.estimate(expected, n);
    expect(found.n).toBe(n);
    near(found.total, n * mean((value) => value), 1e3);
    near(found.mean, mean((value) => value) / present, 1e3);
    if (steps < 2) expect(found.secondMoment).toBeUndefined();
    else near(found.secondMoment as number, mean((value) => value ** 2) / present, 1e5);
    if (!missing) {
      expect(found.missing).toBeUndefined();
      // The spread of the scores: the noise at every value, and the values' own variance.
      const noise = mean((value) => mechanism.variance(1, value));
      const spread = mean((value) => (value - found.mean) ** 2);
      near(found.variance, (noise + spread) / n, (noise + spread) / n);
      return;
    }
    const share = found.missing as { frequency: number; variance: number };
    near(share.frequency, 1 - present, 1);
    // As for two categories, of which "missing" is one: p = a w, q = c w.
    const { inside, outside } = mechanism.cellProbability;
    const [p, q] = [toNumber(inside) * window, toNumber(outside) * window];
    const variance = ((q * (1 - q)) / (p - q) ** 2 + ((1 - present) * (1 - p - q)) / (p - q)) / n;
    near(share.variance, variance, variance);
    // The mean is a ratio: by the delta method its variance is the mean square of (score - mean * score of being present), over n
    // times the squared share of those present.
    let squares = 0;
    for (const [y, count] of expected.entries()) {
      const one = new Float64Array(channel.outputs);
      one[y] = 1;
      const { total, missing: absent } = mechanism.estimate(one, 1);
      squares += count * (total - found.mean * (1 - (absent?.frequency as number))) ** 2;
    }
    const delta = squares / (n * present) ** 2;
    near(found.variance, delta, delta);
  },
  { numRuns: 40 },
);

test("nobody present: the mean of none is NaN, and the total 0", () => {
  for (const mechanism of [
    duchi({ range: [3, 11], epsilon: "1", missing: true }),
    windowMechanism({ range: [3, 11], epsilon: "1", cells: 6, window: 2, missing: true }),
  ]) {
    const channel = mechanism.channel();
    const population = Array.from({ length: channel.inputs }, (_, x) =>
      Number(x === channel.inputs - 1),
    );
    const counts = expectedReports(channel, population);
    // A little less than nobody, so that rounding cannot matter: one report more of "missing".
    counts[channel.outputs - 1] = (counts[channel.outputs - 1] as number) + 1;
    const found = mechanism.estimate(counts, n + 1);
    expect(found.mean).toBeNaN();
    if (mechanism.cells > 2) expect(found.secondMoment).toBeNaN();
    expect(found.missing?.frequency).toBeGreaterThan(1);
  }
});

property(
  "mixture: from the expected reports come total, mean and the spread of all scores; either part may be empty",
  [shares(4), epsilons],
  (population, epsilon) => {
    const mechanism = windowMixture({
      range: [3, 11],
      epsilon,
      cells: 5,
      window: 2,
      windowPercent: 40,
    });
    const values = [3, 3 + 8 / 3, 3 + 16 / 3, 11];
    const mean = (of: (value: number) => number): number =>
      values.reduce((sum, value, x) => sum + of(value) * (population[x] as number), 0);
    const truth = mean((value) => value);
    const found = mechanism.estimate(expectedReports(mechanism.channel(), population), n);
    near(found.mean, truth, 1e3);
    near(found.total, n * truth, 1e4);
    const scores = mean((value) => mechanism.variance(1, value) + (value - truth) ** 2) / n;
    near(found.variance, scores, scores);
    near(
      found.secondMoment as number,
      mean((value) => value ** 2),
      1e5,
    );

    // Reports of one part alone are that mechanism's own.
    const [ends, cells] = [new Float64Array(7), new Float64Array(7)];
    ends.set([3, 5]);
    cells.set([1, 2, 3, 4, 5], 2);
    const onlyEnds = mechanism.estimate(ends, 8);
    near(onlyEnds.mean, duchi({ range: [3, 11], epsilon }).estimate([3, 5], 8).mean, 100);
    expect(onlyEnds.secondMoment).toBeUndefined();
    const window = windowMechanism({ range: [3, 11], epsilon, cells: 5, window: 2 });
    const own = window.estimate([1, 2, 3, 4, 5], 15);
    const onlyCells = mechanism.estimate(cells, 15);
    near(onlyCells.mean, own.mean, 100);
    near(onlyCells.variance, own.variance, own.variance);
    near(onlyCells.secondMoment as number, own.secondMoment as number, 1e4);
  },
  { numRuns: 15 },
);

property(
  "several numbers: from the expected reports come the means and the spread of their scores; an unanswered one is the middle, with the worst variance",
  [shares(9), epsilons],
  (population, epsilon) => {
    const mechanism = sampledNumerics({
      ranges: [
        [0, 2],
        [-1, 5],
      ],
      epsilon,
      answered: 1,
    });
    const channel = mechanism.channel();
    const { cells, window } = mechanism.mechanisms[0] as (typeof mechanism.mechanisms)[number];
    const positions = cells - window + 1;
    const inputs = Array.from(
      { length: channel.inputs },
      (_, x) => (population[x % 9] as number) / Math.ceil(channel.inputs / 9),
    );
    const scale = inputs.reduce((a, b) => a + b, 0);
    const people = inputs.map((share) => share / scale);
    if (people.some((share) => Number.isNaN(share))) return;
    // Report y: which number (lexicographic), then its cell.
    const counts = expectedReports(channel, people);
    const found = mechanism.estimate(counts, n);
    for (const [index, [low, high]] of (
      [
        [0, 2],
        [-1, 5],
      ] as const
    ).entries()) {
      const values = people.map(
        (_, x) =>
          low + ((high - low) * (Math.floor(x / positions ** index) % positions)) / (positions - 1),
      );
      const mean = (of: (value: number) => number): number =>
        values.reduce((sum, value, x) => sum + of(value) * (people[x] as number), 0);
      const truth = mean((value) => value);
      near(found.means[index] as number, truth, 10);
      const scores =
        mean((value) => mechanism.variance(1, index, value) + (value - truth) ** 2) / n;
      near(found.variances[index] as number, scores, 10 * scores);
    }
    const none = counts.map((count, y) => (y < cells ? 0 : count));
    const [middle] = mechanism.estimate(none, n).means;
    expect(middle).toBe(1);
    const worst = Math.max(
      ...Array.from({ length: 401 }, (_, i) => mechanism.variance(n, 0, i / 200)),
    );
    const stated = mechanism.estimate(none, n).variances[0] as number;
    expect(stated).toBeGreaterThanOrEqual(worst * (1 - 1e-12));
    expect(stated).toBeLessThan(worst * 1.001);
  },
  { numRuns: 15 },
);
