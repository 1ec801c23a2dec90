// Laws of hierarchical histograms: consistency, unbiasedness as an identity, stated variance, ranges and quantiles.
import { fc, property } from "@emrx/testkit";
import { expect, test } from "vitest";
import { toNumber } from "../../src/exact.js";
import { exactAudit, type FrequencyOracle, seededRandom } from "../../src/index.js";
import { hierarchicalEstimate } from "../../src/large-domain/hierarchical-estimate.js";
import { hierarchicalHistogram } from "../../src/large-domain.js";
import { expectError } from "../expect-error.js";
import { checkParser } from "../mechanisms/laws.js";

const shapes = fc
  .integer({ min: 2, max: 60 })
  .chain((d) => fc.tuple(fc.constant(d), fc.integer({ min: 2, max: d })));

test("the fan-out has the least (B + 1) h^2, and every level keeps to epsilon", () => {
  // By hand: 100 = 10^2 costs 11 * 4 = 44 (5^3: 54); 1024 <= 11^3 costs 12 * 9 = 108 (6^4: 112, 32^2: 132).
  expect(
    [10, 100, 1024].map((categories) => hierarchicalHistogram({ categories, epsilon: "1" }).fanOut),
  ).toEqual([10, 10, 11]);
  const tree = hierarchicalHistogram({ categories: 30, epsilon: "1", fanOut: 3 });
  expect(tree.spans).toEqual([27, 9, 3, 1]);
  expect(tree.levels.map(({ categories }) => categories)).toEqual([2, 4, 10, 30]);
  for (const oracle of tree.levels) expect(exactAudit(oracle, "1").withinBudget).toBe(true);
});

property(
  "with noiseless levels the estimates are the truth: the estimator is unbiased, whatever the shape of the tree",
  [
    shapes,
    fc.array(fc.nat(1000), { minLength: 1, maxLength: 30 }),
    fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 6, maxLength: 6 }),
  ],
  ([d, fanOut], numbers, sizes) => {
    const tree = hierarchicalHistogram({ categories: d, epsilon: "1", fanOut });
    const values = numbers.map((number) => number % d);
    const truth = new Float64Array(d);
    for (const value of values) truth[value] = (truth[value] as number) + 1 / values.length;
    // Each level's own estimate at its expectation, the true node shares.
    const tallies = tree.levels.map((oracle, l) => {
      const frequencies = new Float64Array(oracle.categories);
      for (const [v, share] of truth.entries()) {
        const node = Math.floor(v / (tree.spans[l] as number));
        frequencies[node] = (frequencies[node] as number) + share;
      }
      const n = sizes[l % 6] as number;
      return {
        ...oracle.aggregator(),
        n,
        estimate: () => ({ n, frequencies, variances: frequencies }),
      };
    });
    const estimate = hierarchicalEstimate({ categories: d, fanOut, levels: tree.levels, tallies });
    for (const [v, share] of truth.entries())
      expect(estimate.frequencies[v]).toBeCloseTo(share, 10);
    const sorted = [...values].sort((a, b) => a - b);
    // The middle between two steps of the distribution, so that rounding cannot matter.
    const place = Math.floor(sorted.length / 2);
    expect(estimate.quantile((place + 0.5) / sorted.length)).toBe(sorted[place]);
  },
);

property(
  "estimates of reports are consistent: all categories sum to 1, ranges add up, the whole has no variance",
  [shapes, fc.nat(1000)],
  ([d, fanOut], seed) => {
    const tree = hierarchicalHistogram({ categories: d, epsilon: "1", fanOut });
    const random = seededRandom(seed);
    const values = Array.from({ length: 300 }, (_, i) => (i * i) % d);
    const [whole, left, right] = [tree.aggregator(), tree.aggregator(), tree.aggregator()];
    const batches = [values.slice(0, 100), values.slice(100)].map((part) =>
      tree.randomizeBatch(part, random),
    );
    for (const batch of batches) whole.addBatch(batch);
    left.addBatch(batches[0] as unknown[]);
    right.addBatch(batches[1] as unknown[]);
    right.merge(left);
    expect(right.estimate().frequencies).toEqual(whole.estimate().frequencies);
    const estimate = whole.estimate();
    expect(estimate.n).toBe(300);
    const all = estimate.range(0, d - 1);
    expect(all.frequency).toBeCloseTo(1, 9);
    expect(all.variance).toBeLessThan(1e-12);
    const cut = seed % (d - 1);
    const [a, b] = [estimate.range(0, cut), estimate.range(cut + 1, d - 1)];
    expect(a.frequency + b.frequency).toBeCloseTo(1, 9);
    expect(a.variance).toBeCloseTo(b.variance, 9); // one is 1 minus the other
  },
  { numRuns: 30 },
);

test.each([
  ["grr", { categories: 4, epsilon: "1" }],
  ["ss", { categories: 6, epsilon: "0.5" }],
  ["ss", { categories: 7, epsilon: "0.7" }],
])(
  "over a flat tree of %s the stated variance is that of the whole channel, enumerated",
  (name, options) => {
    const d = options.categories;
    const tree = hierarchicalHistogram({ ...options, fanOut: d });
    const oracle = tree.levels[0] as FrequencyOracle;
    expect([tree.levels.length, oracle.name]).toEqual([1, name]);
    const n = 20;
    const shares = Float64Array.from({ length: d }, (_, v) => (v === 1 ? 0.5 : 0.5 / (d - 1)));
    const tallies = [
      {
        ...oracle.aggregator(),
        n,
        estimate: () => ({ n, frequencies: shares, variances: shares }),
      },
    ];
    const estimate = hierarchicalEstimate({ ...tree, tallies });
    const channel = oracle.channel();
    const bits = Math.ceil(d / 8);
    // What each report estimates, through bytes and a fresh aggregator.
    const reports = allReports(oracle, bits);
    expect(reports).toHaveLength(channel.outputs);
    for (const [first, last] of [
      [0, 1],
      [1, 1],
      [2, d - 1],
    ] as const) {
      // That all shares sum to 1 is restored by giving each category the same part of what is missing.
      const value = (own: Float64Array): number => {
        const sum = own.reduce((a, b) => a + b, 0);
        return own.slice(first, last + 1).reduce((a, b) => a + b + (1 - sum) / d, 0);
      };
      let variance = 0;
      for (const [x, share] of shares.entries()) {
        let [mean, square] = [0, 0];
        for (const [y, own] of reports.entries()) {
          const weight = toNumber(channel.probability(y, x));
          mean += weight * value(own);
          square += weight * value(own) ** 2;
        }
        variance += share * (square - mean ** 2);
      }
      expect(estimate.range(first, last).variance).toBeCloseTo(variance / n, 12);
    }
  },
);

/** The estimates from each single report, in the channel's order. */
function allReports(oracle: FrequencyOracle, bytes: number): Float64Array[] {
  const isSymbol = oracle.name === "grr";
  const found: { readonly key: string; readonly own: Float64Array }[] = [];
  for (let code = 0; code < (isSymbol ? oracle.categories : 256 ** bytes); code++) {
    const report = isSymbol ? code : Uint8Array.of(code);
    const tally = oracle.aggregator();
    try {
      tally.add(report);
    } catch {
      continue; // not of the right size
    }
    // Subsets are numbered in lexicographic order of their ascending members: the lowest bit weighs most.
    const key = [...Array(oracle.categories).keys()]
      .map((v) => (isSymbol ? Number(v !== code) : 1 - ((code >> v) & 1)))
      .join("");
    found.push({ key, own: tally.estimate().frequencies });
  }
  return found.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ own }) => own);
}

test.each([
  ["grr above, subsets below", 30, 3, "1"],
  ["subsets", 64, 8, "0.5"],
  ["a tree that is not full", 11, 4, "2"],
  ["oue below", 600, 25, "1"],
])("the stated variance of a range is the observed one: %s", (_, categories, fanOut, epsilon) => {
  const tree = hierarchicalHistogram({ categories, epsilon, fanOut });
  const values = Array.from({ length: 600 }, (_, i) =>
    Math.floor(((i % 40) / 40) ** 2 * categories),
  );
  const [first, last] = [1, Math.floor(categories / 2)];
  const truth = values.filter((value) => value >= first && value <= last).length / values.length;
  const random = seededRandom(`range ${categories}`);
  const trials = 1200;
  let [sum, squares, stated] = [0, 0, 0];
  for (let t = 0; t < trials; t++) {
    const tally = tree.aggregator();
    tally.addBatch(tree.randomizeBatch(values, random));
    const { frequency, variance } = tally.estimate().range(first, last);
    sum += frequency;
    squares += (frequency - truth) ** 2;
    stated += variance;
  }
  const observed = squares / trials;
  expect(Math.abs(sum / trials - truth)).toBeLessThan(4 * Math.sqrt(observed / trials));
  expect(Math.abs(stated / trials / observed - 1)).toBeLessThan(4 * Math.sqrt(2 / trials));
});

test("a long range costs less than the sum of its categories from a flat histogram", () => {
  const values = Array.from({ length: 20_000 }, (_, i) => i % 1024);
  const variance = (fanOut?: number) => {
    const tree = hierarchicalHistogram({
      categories: 1024,
      epsilon: "1",
      ...(fanOut && { fanOut }),
    });
    const tally = tree.aggregator();
    tally.addBatch(tree.randomizeBatch(values, seededRandom("long")));
    return tally.estimate().range(100, 600).variance;
  };
  expect(variance()).toBeLessThan(variance(1024) / 10);
});

test("one report at a time: the level is uniform, and reports go to their level", () => {
  const tree = hierarchicalHistogram({ categories: 27, epsilon: "20", fanOut: 3 });
  const random = seededRandom("single");
  const tally = tree.aggregator();
  for (let i = 0; i < 900; i++) {
    const { level, report } = tree.randomize(14, random);
    tally.levels[level]?.add(report);
  }
  for (const size of tally.sizes) expect(Math.abs(size - 300)).toBeLessThan(4 * Math.sqrt(200));
  expect(tally.estimate().quantile(0.5)).toBe(14);
});

property(
  "any split, order, merge and serialization of reports gives the same state; reports and their bytes are one to one",
  [shapes, fc.array(fc.nat(1000), { maxLength: 30 }), fc.nat(30), fc.nat(1000)],
  ([d, fanOut], numbers, cut, seed) => {
    const tree = hierarchicalHistogram({ categories: d, epsilon: "1", fanOut });
    const random = seededRandom(seed);
    const reports = numbers.map((number) => tree.randomize(number % d, random));
    const [whole, left, right] = [tree.aggregator(), tree.aggregator(), tree.aggregator()];
    reports.forEach((report, i) => {
      const bytes = tree.encode(report);
      expect(tree.encode(tree.decode(bytes))).toEqual(bytes);
      whole.add(report);
      (i < cut ? left : right).add(tree.decode(bytes));
    });
    const restored = tree.aggregatorFromBytes(right.toBytes());
    restored.merge(left);
    left.merge(right);
    for (const one of [left, restored, tree.aggregatorFromBytes(whole.toBytes())]) {
      expect(one.toBytes()).toEqual(whole.toBytes());
      expect(one.sizes).toEqual(whole.sizes);
    }
  },
  { numRuns: 30 },
);

property(
  "mutated report and state bytes are refused or mean exactly what they say",
  [fc.nat(100_000), fc.nat(255), fc.integer({ min: -2, max: 2 })],
  (at, byte, longer) => {
    const tree = hierarchicalHistogram({ categories: 12, epsilon: "1", fanOut: 4 });
    const tally = tree.aggregator();
    const random = seededRandom("mutate");
    for (let i = 0; i < 20; i++) tally.add(tree.randomize(i % 12, random));
    const mutated = (bytes: Uint8Array): Uint8Array => {
      const changed = new Uint8Array(Math.max(0, bytes.length + longer));
      changed.set(bytes.subarray(0, changed.length));
      changed[at % changed.length] = byte;
      return changed;
    };
    checkParser(mutated(tally.toBytes()), (bytes) => tree.aggregatorFromBytes(bytes).toBytes());
    const report = tree.encode(tree.randomize(at % 12, random));
    checkParser(mutated(report), (bytes) => tree.encode(tree.decode(bytes)));
  },
  { numRuns: 200 },
);

test("bad input is refused by name and changes nothing", () => {
  const make = (change: object) => () =>
    hierarchicalHistogram({ categories: 9, epsilon: "1", fanOut: 3, ...change });
  expectError(make({ categories: 1 }), "EMRX_BAD_DOMAIN", "categories");
  expectError(make({ categories: 2 ** 16 + 1 }), "EMRX_BAD_DOMAIN");
  expectError(make({ epsilon: "-1" }), "EMRX_BAD_EPSILON");
  for (const fanOut of [1, 10, 2.5]) expectError(make({ fanOut }), "EMRX_BAD_PARAMETER", "fanOut");
  const tree = make({})();
  const untouched = { fill: () => expect.fail("nothing may be drawn") };
  expectError(() => tree.randomize(9, untouched), "EMRX_VALUE_OUTSIDE_DOMAIN");
  expectError(
    () => tree.randomizeBatch([1, -1], untouched),
    "EMRX_VALUE_OUTSIDE_DOMAIN",
    "values[1]",
  );
  const tally = tree.aggregator();
  expectError(() => tally.estimate(), "EMRX_NO_REPORTS", "level 0");
  const columns = tree.randomizeBatch([1, 2, 3, 4, 5, 6, 7, 8, 0], seededRandom("bad"));
  expectError(() => tally.addBatch(columns.slice(1)), "EMRX_MALFORMED_REPORT");
  expectError(() => tally.addBatch([columns[0], Uint8Array.of(200)]), "EMRX_MALFORMED_REPORT");
  expect(tally.sizes).toEqual([0, 0]);
  expectError(() => tally.merge(make({ fanOut: 9 })().aggregator()), "EMRX_MISMATCH", "fanOut=9");
  for (const level of [-1, 2, 0.5])
    expectError(() => tally.add({ level, report: 0 }), "EMRX_MALFORMED_REPORT", "level");
  expectError(() => tree.encode({ level: 2, report: 0 }), "EMRX_MALFORMED_REPORT", "0..1");
  expectError(() => tree.decode(Uint8Array.of(2, 0)), "EMRX_MALFORMED_REPORT", "level 2");
  expectError(() => tree.decode(Uint8Array.of(0, 0, 0)), "EMRX_MALFORMED_REPORT", "3 bytes");
  expectError(() => tree.decode(Uint8Array.of()), "EMRX_MALFORMED_REPORT");
  expect(tally.sizes).toEqual([0, 0]);
  tally.addBatch(columns);
  const estimate = tally.estimate();
  for (const [first, last] of [
    [-1, 2],
    [3, 2],
    [0, 9],
    [0.5, 2],
  ] as const)
    expectError(() => estimate.range(first, last), "EMRX_BAD_PARAMETER");
  for (const share of [0, 1, Number.NaN])
    expectError(() => estimate.quantile(share), "EMRX_BAD_PARAMETER", "share");
});
