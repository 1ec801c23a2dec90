// The laws of chains of degradations, in exact fractions, for every mechanism that has one.
import { enumerateDraws, fc, property, rational as R } from "@emrx/testkit";
import { expect, test } from "vitest";
import { degradationChainOver } from "../../src/degradation/degradation-chain.js";
import { type DegradationChain, degradationChain } from "../../src/degradation.js";
import { exactAudit, type FrequencyOracle, grr, seededRandom } from "../../src/index.js";
import { combinationAt } from "../../src/mechanisms/common/combinations.js";
import { localHashing } from "../../src/mechanisms/local-hashing/local-hashing.js";
import {
  blh,
  duchi,
  hadamardResponse,
  olh,
  oue,
  projectiveGeometryResponse,
  sampledNumerics,
  subsetSelection,
  sue,
  truncatedGeometric,
  unaryEncoding,
  type WindowMechanism,
  windowHistogram,
  windowMechanism,
} from "../../src/mechanisms.js";
import { expectError } from "../expect-error.js";
import {
  bitmapOf,
  type Case,
  checkBudget,
  checkDistribution,
  checkEstimator,
  checkMonoid,
  exact,
  expectClose,
  expOf,
  lowWords,
  topWords,
} from "../mechanisms/laws.js";

type Chain = DegradationChain<FrequencyOracle, unknown, unknown>;

/** Budgets from the highest to the lowest. */
const chains = fc
  .uniqueArray(fc.integer({ min: 20, max: 6000 }), { minLength: 1, maxLength: 3 })
  .map((thousandths) => thousandths.sort((a, b) => b - a).map((e) => String(e / 1000)));

interface Family {
  readonly make: (d: number, epsilons: readonly string[], bits?: number) => Chain;
  readonly report: (y: number, d: number) => unknown;
  readonly largest: number;
  /** Law 4: domain, bits, words, the most words a run may draw. */
  readonly draws: readonly [number, number, readonly number[], number];
}

const bitsOf = (bits?: number) => (bits === undefined ? {} : { bits });
const from =
  (highest: (o: { categories: number; epsilon: string; bits?: number }) => unknown) =>
  (categories: number, [epsilon, ...lower]: readonly string[], bits?: number): Chain =>
    degradationChain({
      highest: highest({
        categories,
        epsilon: epsilon as string,
        ...bitsOf(bits),
      }) as FrequencyOracle,
      lower,
      ...bitsOf(bits),
    });

const families: Record<string, Family> = {
  GRR: { make: from(grr), report: (y) => y, largest: 5, draws: [3, 3, topWords(3), 5] },
  SUE: {
    make: from(sue),
    report: (y) => Uint8Array.of(y),
    largest: 3,
    draws: [2, 4, lowWords(2), 5],
  },
  OUE: {
    make: from(oue),
    report: (y) => Uint8Array.of(y),
    largest: 3,
    draws: [2, 4, lowWords(2), 5],
  },
  "general UE": {
    make: from((o) => unaryEncoding({ ...o, p: "0.7" })),
    report: (y) => Uint8Array.of(y),
    largest: 3,
    draws: [2, 4, lowWords(2), 5],
  },
  "subset selection": {
    make: from((o) => subsetSelection({ ...o, size: 2 })),
    report: (y, d) => bitmapOf(d, combinationAt(d, 2, y)),
    largest: 5,
    draws: [3, 0, [], 0],
  },
  "Hadamard response": {
    make: from(hadamardResponse),
    report: (y) => y,
    largest: 7,
    draws: [2, 3, topWords(3), 4],
  },
  "projective geometry response": {
    make: from((o) => projectiveGeometryResponse({ ...o, field: 2 })),
    report: (y) => y,
    largest: 7,
    draws: [3, 3, topWords(3), 5],
  },
  "local hashing": {
    make: (categories, [epsilon, ...lower], bits) =>
      degradationChainOver(3, {
        highest: localHashing(
          "olh",
          { categories, epsilon: epsilon as string, buckets: 2, ...bitsOf(bits) },
          3,
        ),
        lower,
        ...bitsOf(bits),
      }) as Chain,
    report: (y) => ({ a: Math.floor(y / 6), b: Math.floor(y / 2) % 3, bucket: y % 2 }),
    largest: 3,
    draws: [3, 2, topWords(2), 6],
  },
};

for (const [name, { make, report, largest, draws }] of Object.entries(families)) {
  const sizes = fc.integer({ min: name === "subset selection" ? 3 : 2, max: largest });
  const reportOf = (d: number) => (y: number) => report(y, d);

  property(
    `chain of ${name}: every level keeps its own epsilon, spends it, and is unbiased with the stated variance`,
    [sizes, chains],
    (d, epsilons) => {
      const chain = make(d, epsilons);
      expect(chain.epsilons).toEqual(epsilons);
      for (const mechanism of chain.levels) {
        // The laws know by name whose counts are cells.
        const renamed = { ...mechanism, name: mechanism.name.replace("-chain", "") };
        const one = { mechanism: renamed, report: reportOf(d) } as Case<unknown, unknown>;
        checkBudget(one);
        checkDistribution(one);
        checkEstimator(one);
        expect(mechanism.exactEpsilon()).toBeGreaterThan(Number(mechanism.epsilon) * (1 - 1e-6));
      }
    },
    { numRuns: 5 },
  );

  property(
    `chain of ${name}: all levels together have exactly the ratio of the highest`,
    [sizes, chains],
    (d, epsilons) => {
      const chain = make(Math.min(d, 4), epsilons);
      const { ratio, method } = exactAudit(chain.channel());
      expect(method).toBe("enumeration");
      expect(ratio).toEqual(chain.levels[0]?.worstRatio);
      if (ratio === "infinite") return expect.fail("a tuple rules an input out");
      expect(R.less(expOf(epsilons[0] as string), exact(ratio))).toBe(false);
    },
    { numRuns: 3 },
  );

  test(`chain of ${name}: those who pool lower levels learn what the highest among them allows`, () => {
    const chain = make(name === "subset selection" ? 3 : 2, ["3", "2", "0.5"]);
    const joint = chain.channel();
    const m = chain.levels[0]?.channel().outputs ?? 0;
    let worst = R.q(1);
    for (let pair = 0; pair < m * m; pair++) {
      const found = Array.from({ length: joint.inputs }, (_, x) =>
        R.sum(Array.from({ length: m }, (_, top) => exact(joint.probability(top + m * pair, x)))),
      );
      for (const a of found) {
        for (const b of found) {
          if (b.n > 0n && R.less(worst, R.div(a, b))) worst = R.div(a, b);
        }
      }
    }
    const middle = chain.levels[1];
    expect(worst).toEqual(exact(middle?.worstRatio ?? { numerator: 0n, denominator: 1n }));
  });

  test(`chain of ${name}: over all random words, a degradation has exactly its distribution`, () => {
    const [d, bits, words, most] = draws;
    if (most === 0) return; // subsets: sampled below
    const chain = make(d, ["2", "0.7"], bits);
    const joint = chain.channel();
    const top = chain.levels[0]?.channel();
    const m = top?.outputs ?? 0;
    for (let upper = 0; upper < m; upper++) {
      const drawn = enumerateDraws(words, most, (source) =>
        chain.degrade(report(upper, d), 0, 1, source),
      );
      const likely = exact(top?.probability(upper, 0) ?? { numerator: 0n, denominator: 1n });
      for (let lower = 0; lower < m; lower++) {
        const truth = R.div(exact(joint.probability(upper + m * lower, 0)), likely);
        const found = drawn.probability.get(JSON.stringify(report(lower, d))) ?? R.q(0);
        expect(R.less(truth, found)).toBe(false);
        expect(R.less(R.add(found, drawn.unresolved), truth)).toBe(false);
      }
    }
  });

  test(`chain of ${name}: columns are degraded like reports; states are canonical and do not mix`, () => {
    const d = name === "local hashing" ? 3 : 4;
    const chain = make(d, ["4", "2", "1"]);
    const values = Array.from({ length: 3000 }, (_, i) => i % 3);
    const random = seededRandom(`walk ${name}`);
    const [top, middle, low] = chain.levels as [FrequencyOracle, FrequencyOracle, FrequencyOracle];
    const first = top.randomizeBatch(values, seededRandom("first"));
    const column = chain.degradeBatch(first, 0, 2, random);
    expect(first).toEqual(top.randomizeBatch(values, seededRandom("first"))); // not in place
    expect(chain.degradeBatch(first, 1, 1)).toEqual(first);
    for (const reports of [column, low.randomizeBatch(values, random)]) {
      const tally = low.aggregator();
      tally.addBatch(reports);
      const { frequencies } = tally.estimate();
      for (let v = 0; v < d; v++) {
        const f = v < 3 ? 1 / 3 : 0;
        const sigma = Math.sqrt(low.variance(3000, f));
        expect(Math.abs((frequencies[v] as number) - f)).toBeLessThan(5 * sigma);
      }
    }
    const one = chain.degrade(low.randomize(1, random), 0, 2, random);
    low.aggregator().add(one);
    expectError(() => middle.aggregator().merge(low.aggregator()), "EMRX_MISMATCH");
    const m = top.channel().outputs;
    checkMonoid({ mechanism: low, report: reportOf(d) }, [0, 1, 2, m - 1, 1], 2);
    expectError(() => chain.degrade("bad", 0, 1), "EMRX_MALFORMED_REPORT");
    for (const [a, b] of [
      [1, 0],
      [0, 3],
      [-1, 0],
      [0.5, 1],
    ] as const) {
      expectError(() => chain.degrade(one, a, b), "EMRX_BAD_PARAMETER");
    }
  });
}

const windows: Record<string, (epsilon: string) => WindowMechanism> = {
  "window of 5 in 12": (epsilon) =>
    windowMechanism({ range: [10, 70], epsilon, cells: 12, window: 5 }),
  "window with missing": (epsilon) =>
    windowMechanism({ range: [0, 1], epsilon, cells: 4, window: 2, missing: true }),
  Duchi: (epsilon) => duchi({ range: [-1, 1], epsilon }),
};

for (const [name, make] of Object.entries(windows)) {
  property(
    `chain of ${name}: levels keep their epsilons, all together cost the highest, and every mean is unbiased`,
    [chains],
    ([epsilon, ...lower]) => {
      const chain = degradationChain({ highest: make(epsilon as string), lower });
      const joint = exactAudit(chain.channel());
      expect(joint.ratio).toEqual(chain.levels[0]?.worstRatio);
      expect(joint.ratio).toEqual(make(epsilon as string).worstRatio);
      for (const level of chain.levels) {
        const audit = exactAudit(level);
        expect(audit.withinBudget).toBe(true);
        expect(audit.ratio).toEqual(level.worstRatio);
        expectClose(audit.epsilon, Number(level.epsilon), 1e-6);
        // The mean of the estimated total over a row of the channel is the row's position, in the units of the range.
        const channel = level.channel();
        const steps = level.cells - level.window;
        for (let position = 0; position <= steps; position++) {
          let mean = 0;
          let square = 0;
          for (let y = 0; y < channel.outputs; y++) {
            const tally = level.aggregator();
            tally.add(y);
            const { total } = tally.estimate();
            const weight = R.toNumber(exact(channel.probability(y, position)));
            mean += weight * total;
            square += weight * total ** 2;
          }
          const value = level.range[0] + ((level.range[1] - level.range[0]) * position) / steps;
          const scale = Math.sqrt(square) + 1;
          expect(Math.abs(mean - value)).toBeLessThan(1e-9 * scale);
          if (!level.missing) {
            expectClose(level.variance(1, value), square - value ** 2, 1e-6);
          }
        }
      }
    },
    { numRuns: 3 },
  );
}

test("chain of windows: a level is a mechanism in its own right", () => {
  const chain = degradationChain({ highest: windows["window of 5 in 12"]!("4"), lower: ["1"] });
  const [top, low] = chain.levels as [WindowMechanism, WindowMechanism];
  const random = seededRandom("windows");
  const values = Array.from({ length: 20_000 }, (_, i) => 20 + (i % 30));
  const reports = chain.degradeBatch(top.randomizeBatch(values, random), 0, 1, random);
  const tally = low.aggregator();
  tally.addBatch(reports);
  const { mean, variance } = tally.estimate();
  expect(Math.abs(mean - 34.5)).toBeLessThan(5 * Math.sqrt(variance));
  const again = low.aggregatorFromBytes(tally.toBytes());
  expect(again.toBytes()).toEqual(tally.toBytes());
  expectError(() => top.aggregatorFromBytes(tally.toBytes()), "EMRX_MALFORMED_STATE");
  expect(windowHistogram(low, tally.counts).shares.length).toBeGreaterThan(0);
  expect(low.randomize(70, random)).toBeLessThan(12);
  expect(low.randomizeBatch([10, 70], random).length).toBe(2);
});

test("chain of subset selection: a subset is kept, or any subset, with the probability of its channel", () => {
  const chain = degradationChain({
    highest: subsetSelection({ categories: 5, epsilon: "3", size: 2 }),
    lower: ["0.5"],
  });
  const joint = chain.channel();
  const top = chain.levels[0]?.channel();
  const n = 20_000;
  const random = seededRandom("subsets");
  const seen = new Map<number, number>();
  for (let i = 0; i < n; i++) {
    const byte = chain.degrade(Uint8Array.of(0b11), 0, 1, random)[0] as number;
    seen.set(byte, (seen.get(byte) ?? 0) + 1);
  }
  const upper = 0; // {0, 1}
  for (let lower = 0; lower < 10; lower++) {
    const truth = R.toNumber(
      R.div(exact(joint.probability(upper + 10 * lower, 0)), exact(top!.probability(upper, 0))),
    );
    const byte = bitmapOf(5, combinationAt(5, 2, lower))[0] as number;
    const sigma = Math.sqrt((truth * (1 - truth)) / n);
    expect(Math.abs((seen.get(byte) ?? 0) / n - truth)).toBeLessThan(5 * sigma);
  }
});

test("chains of OUE and SUE: a derived level is as accurate as the mechanism itself at that epsilon", () => {
  for (const make of [oue, sue]) {
    const chain = degradationChain({
      highest: make({ categories: 9, epsilon: "5" }),
      lower: ["3", "1"],
    });
    for (const [i, epsilon] of ["5", "3", "1"].entries()) {
      const itself = make({ categories: 9, epsilon });
      for (const f of [0, 0.5, 1]) {
        expectClose(chain.levels[i]!.variance(1, f), itself.variance(1, f), 1e-5);
      }
    }
  }
});

test("chains: binary local hashing and large domains; what has no chain and levels that do not descend are refused", () => {
  const hashed = degradationChain({
    highest: blh({ categories: 100, epsilon: "2" }),
    lower: ["1"],
  });
  expect(hashed.levels[1]!.exactEpsilon()).toBeGreaterThan(0.999999);
  expectError(() => hashed.channel(), "EMRX_TOO_LARGE");
  const large = degradationChain({
    highest: olh({ categories: 1 << 20, epsilon: "3" }),
    lower: ["1"],
  });
  expect(large.degrade(large.randomize(77), 0, 1).bucket).toBeLessThan(21);
  const geometry = degradationChain({
    highest: projectiveGeometryResponse({ categories: 2000, epsilon: "1" }),
    lower: ["0.5"],
  });
  expect(geometry.degrade(geometry.randomize(3), 0, 1)).toBeGreaterThanOrEqual(0);
  const highest = grr({ categories: 3, epsilon: "2" });
  expectError(() => degradationChain({ highest, lower: ["2"] }), "EMRX_BAD_EPSILON");
  expect(() => degradationChain({ highest, lower: ["1", "1.5"] })).toThrow("lower[1]");
  expectError(() => degradationChain({ highest, lower: "1" as never }), "EMRX_BAD_PARAMETER");
  expectError(
    () => degradationChain({ highest, lower: [], bits: 8 }).degrade(3, 0, 0),
    "EMRX_MALFORMED_REPORT",
  );
  // A scale has no chain, and sets of several numbers have one for each number.
  const scale = truncatedGeometric({ categories: 5, epsilonPerStep: "1" });
  expect(() => degradationChain({ highest: scale as never, lower: ["0.5"] })).toThrow(
    "no degradation",
  );
  const several = sampledNumerics({
    ranges: [
      [0, 1],
      [0, 1],
    ],
    epsilon: "1",
  });
  expect(() => degradationChain({ highest: several as never, lower: ["0.5"] })).toThrow(
    "no degradation",
  );
});
