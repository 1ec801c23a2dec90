// The laws of chains of mechanisms that are not pure oracles over categories, in exact fractions: sets, blocks, mixtures, and
// those that protect some values more than others.
import { enumerateDraws, fc, property, rational as R } from "@emrx/testkit";
import { expect, test } from "vitest";
import type { Channel } from "../../src/audit.js";
import { type DegradationChain, degradationChain } from "../../src/degradation.js";
import { exactAudit, seededRandom } from "../../src/index.js";
import { combinationAt } from "../../src/mechanisms/common/combinations.js";
import {
  type BlockHadamardResponse,
  blockHadamardResponse,
  type MinIdUnary,
  minIdUnary,
  type PrivSet,
  privset,
  type UtilityRappor,
  type UtilityRR,
  utilityRandomizedResponse,
  utilityRappor,
  type WindowMixture,
  windowMixture,
} from "../../src/mechanisms.js";
import { expectError } from "../expect-error.js";
import { exact, expectClose, expectSame, expOf, lowWords, topWords } from "../mechanisms/laws.js";

/** What all these mechanisms have. */
interface Level {
  readonly identity: string;
  readonly reportBytes: number;
  channel(): Channel;
  aggregator(): {
    add(report: unknown): void;
    addBatch(column: unknown): void;
    merge(other: unknown): void;
    toBytes(): Uint8Array;
    estimate(): { frequencies?: Float64Array; mean?: number; secondMoment?: number };
  };
  aggregatorFromBytes(bytes: Uint8Array): { toBytes(): Uint8Array };
  randomize(value: unknown, random: unknown): unknown;
  encode(report: unknown, target: Uint8Array, offset: number): void;
  decodeBatch(source: Uint8Array, offsets: ArrayLike<number>): unknown;
  encodeBatch(column: unknown, target: Uint8Array, offsets: ArrayLike<number>): void;
}
type Chain = DegradationChain<Level, unknown, unknown, unknown>;

interface Family {
  make(epsilons: readonly [string, ...string[]], bits?: number): Chain;
  /** Report number y. */
  report(y: number): unknown;
  /** Random words to enumerate, and the most that a step may draw. */
  readonly draws: readonly [bits: number, words: readonly number[], most: number];
}

const top = <T>(make: (epsilon: string, bits?: number) => T) =>
  (([epsilon, ...lower], bits) =>
    degradationChain({
      highest: make(epsilon, bits) as never,
      lower,
      ...(bits === undefined ? {} : { bits }),
    }) as unknown) as Family["make"];
const withBits = (bits?: number) => (bits === undefined ? {} : { bits });

const families: Record<string, Family> = {
  "code sets": {
    make: top((epsilon, bits) =>
      privset({ categories: 3, atMost: 2, size: 2, epsilon, ...withBits(bits) }),
    ),
    report: (y) => Uint16Array.from(combinationAt(5, 2, y)),
    draws: [0, [], 0], // subsets are drawn from whole words: sampled below
  },
  "Hadamard blocks": {
    make: top((epsilon, bits) =>
      blockHadamardResponse({ categories: 5, blocks: 2, epsilon, ...withBits(bits) }),
    ),
    report: (y) => y,
    draws: [3, topWords(3), 4],
  },
  "window mixture": {
    make: top((epsilon, bits) =>
      windowMixture({
        range: [10, 70],
        epsilon,
        cells: 5,
        window: 2,
        windowPercent: 40,
        ...withBits(bits),
      }),
    ),
    report: (y) => y,
    draws: [3, topWords(3), 4],
  },
  uRR: {
    make: top((epsilon, bits) =>
      utilityRandomizedResponse({
        categories: 5,
        sensitive: [1, 3, 4],
        epsilon,
        ...withBits(bits),
      }),
    ),
    report: (y) => y,
    draws: [4, topWords(4), 4],
  },
  "uRR with one sensitive value": {
    make: top((epsilon, bits) =>
      utilityRandomizedResponse({ categories: 3, sensitive: [1], epsilon, ...withBits(bits) }),
    ),
    report: (y) => y,
    draws: [4, topWords(4), 3],
  },
  uRAP: {
    make: top((epsilon, bits) =>
      utilityRappor({ categories: 4, sensitive: [0, 2], epsilon, ...withBits(bits) }),
    ),
    report: (y) => Uint8Array.of(y),
    draws: [3, lowWords(4), 3],
  },
  MinID: {
    make: top((epsilon, bits) =>
      minIdUnary({ epsilons: ["0.4", epsilon, "0.4", epsilon], ...withBits(bits) }),
    ),
    report: (y) => Uint8Array.of(y),
    draws: [5, lowWords(4), 3],
  },
  "symmetric MinID": {
    make: top((epsilon, bits) =>
      minIdUnary({
        epsilons: ["0.4", epsilon, "0.4", epsilon],
        variant: "symmetric",
        ...withBits(bits),
      }),
    ),
    report: (y) => Uint8Array.of(y),
    draws: [5, lowWords(4), 3],
  },
};

/** Two or three budgets from the highest to the lowest, all above the smallest one that a MinID family fixes. */
const chains = fc
  .uniqueArray(fc.integer({ min: 500, max: 5000 }), { minLength: 2, maxLength: 3 })
  .map((thousandths) => thousandths.sort((a, b) => b - a).map((e) => String(e / 1000)))
  .map((texts) => texts as [string, ...string[]]);

/** Every row of a channel, by input. */
const rowsOf = ({ inputs, outputs, probability }: Channel): readonly (readonly R.Q[])[] =>
  Array.from({ length: inputs }, (_, x) =>
    Array.from({ length: outputs }, (_, y) => exact(probability(y, x))),
  );

/** The largest P(y | a) / P(y | b) over outputs, from two rows; undefined where some output rules b out. */
function ratio(a: readonly R.Q[], b: readonly R.Q[]): R.Q | undefined {
  let worst = R.q(0);
  for (const [y, p] of a.entries()) {
    const q = b[y] as R.Q;
    if (p.n === 0n) continue;
    if (q.n === 0n) return undefined;
    const found = R.div(p, q);
    if (R.less(worst, found)) worst = found;
  }
  return worst;
}

for (const [name, { make, report, draws }] of Object.entries(families)) {
  property(
    `chain of ${name}: for any two values, all levels together tell exactly what the highest tells`,
    [chains],
    (epsilons) => {
      // Three levels of these have thousands of tuples.
      const isLarge = /sets|uRAP|MinID/.test(name);
      const chain = make(isLarge ? [epsilons[0], epsilons[1] as string] : epsilons);
      const joint = rowsOf(chain.channel());
      const highest = rowsOf(chain.levels[0]!.channel());
      for (const [a, row] of joint.entries()) {
        expect(R.sum(row as R.Q[])).toEqual(R.q(1));
        for (const [b, other] of joint.entries())
          if (a !== b)
            expect(ratio(row, other)).toEqual(
              ratio(highest[a] as readonly R.Q[], highest[b] as readonly R.Q[]),
            );
      }
    },
    { numRuns: 2 },
  );

  property(
    `chain of ${name}: summing the joint channel over the other levels gives each level's own channel`,
    [chains],
    (epsilons) => {
      const chain = make([epsilons[0], epsilons[1] as string]);
      const joint = chain.channel();
      const m = chain.levels[0]!.channel().outputs;
      for (const [index, level] of chain.levels.entries()) {
        const own = level.channel();
        for (let x = 0; x < joint.inputs; x++)
          for (let y = 0; y < m; y++) {
            const sum = R.sum(
              Array.from({ length: m }, (_, other) =>
                exact(joint.probability(index === 0 ? y + m * other : other + m * y, x)),
              ),
            );
            expect(sum).toEqual(exact(own.probability(y, x)));
          }
      }
    },
    { numRuns: 2 },
  );

  test(`chain of ${name}: over all random words, a degradation has exactly its distribution`, () => {
    const [bits, words, most] = draws;
    if (most === 0) return;
    const chain = make(["2", "0.7"], bits);
    const joint = chain.channel();
    const highest = chain.levels[0]!.channel();
    const m = highest.outputs;
    for (let upper = 0; upper < m; upper++) {
      const x = Array.from({ length: highest.inputs }, (_, i) => i).find(
        (i) => highest.probability(upper, i).numerator > 0n,
      );
      if (x === undefined) continue; // a report that nobody sends
      const drawn = enumerateDraws(words, most, (source) =>
        chain.degrade(report(upper), 0, 1, source),
      );
      const likely = exact(highest.probability(upper, x));
      for (let lower = 0; lower < m; lower++) {
        const truth = R.div(exact(joint.probability(upper + m * lower, x)), likely);
        const found = drawn.probability.get(JSON.stringify(report(lower))) ?? R.q(0);
        expect(R.less(truth, found)).toBe(false);
        expect(R.less(R.add(found, drawn.unresolved), truth)).toBe(false);
      }
    }
  });

  test(`chain of ${name}: columns are degraded like reports, states are canonical and do not mix`, () => {
    const chain = make(["3", "1"]);
    const [high, low] = chain.levels as [Level, Level];
    const all = Array.from({ length: high.channel().outputs }, (_, y) => report(y));
    const offsets = all.map((_, i) => i * high.reportBytes);
    const bytes = new Uint8Array(all.length * high.reportBytes);
    for (const [i, one] of all.entries()) high.encode(one, bytes, offsets[i] as number);
    const column = high.decodeBatch(bytes, offsets);
    expect(chain.degradeBatch(column, 1, 1)).toEqual(column);
    const degraded = chain.degradeBatch(column, 0, 1, seededRandom("walk"));
    const [one, batch] = [low.aggregator(), low.aggregator()];
    batch.addBatch(degraded);
    const written = new Uint8Array(bytes.length);
    low.encodeBatch(degraded, written, offsets);
    for (const offset of offsets)
      one.add(
        (low as never as { decode: (b: Uint8Array, o: number) => unknown }).decode(written, offset),
      );
    expectSame(one.toBytes(), batch.toBytes());
    expectSame(low.aggregatorFromBytes(one.toBytes()).toBytes(), one.toBytes());
    expectError(() => high.aggregator().merge(one), "EMRX_MISMATCH");
    expectError(() => high.aggregatorFromBytes(one.toBytes()), "EMRX_MALFORMED_STATE");
    expectError(() => chain.degrade("bad", 0, 1), "EMRX_MALFORMED_REPORT");
    expectError(() => chain.degrade(all[0], 1, 0), "EMRX_BAD_PARAMETER");
  });
}

/** Mean and mean square, over a row of the channel, of what one report alone makes of the estimate. */
function moments(
  level: Level,
  report: (y: number) => unknown,
  input: number,
  read: (estimate: ReturnType<ReturnType<Level["aggregator"]>["estimate"]>) => readonly number[],
): { mean: number[]; square: number[] } {
  const channel = level.channel();
  const [mean, square]: [number[], number[]] = [[], []];
  for (let y = 0; y < channel.outputs; y++) {
    const tally = level.aggregator();
    tally.add(report(y));
    const weight = R.toNumber(exact(channel.probability(y, input)));
    for (const [i, value] of read(tally.estimate()).entries()) {
      mean[i] = (mean[i] ?? 0) + weight * value;
      square[i] = (square[i] ?? 0) + weight * value ** 2;
    }
  }
  return { mean, square };
}
const frequencies = (estimate: { frequencies?: Float64Array }) => [...(estimate.frequencies ?? [])];
const near = (found: number, expected: number, scale = 1) =>
  expect(Math.abs(found - expected)).toBeLessThan(1e-9 * (1 + scale));

/** The levels of a chain below the highest, as mechanisms. */
const lowerLevels = <M>(name: string, epsilons: readonly [string, ...string[]]) =>
  families[name]!.make(epsilons).levels.slice(1) as unknown as readonly (M & Level)[];

property(
  "chain of code sets: a level keeps its epsilon, spends it, and each code's share is unbiased with its variance",
  [chains],
  (epsilons) => {
    for (const level of lowerLevels<PrivSet>("code sets", epsilons)) {
      const audit = exactAudit(level);
      expect([audit.method, audit.withinBudget]).toEqual(["enumeration", true]);
      expect(audit.ratio).toEqual(level.worstRatio);
      expect(level.exactEpsilon()).toBeGreaterThan(Number(level.epsilon) * (1 - 1e-6));
      const sets = [[], [0], [1], [2], [0, 1], [0, 2], [1, 2]];
      for (const [input, codes] of sets.entries()) {
        const { mean, square } = moments(level, families["code sets"]!.report, input, frequencies);
        for (let v = 0; v < 3; v++) {
          const f = codes.includes(v) ? 1 : 0;
          near(mean[v] as number, f, square[v]);
          expectClose(level.variance(1, f), (square[v] as number) - f, 1e-6);
        }
      }
    }
  },
  { numRuns: 3 },
);

property(
  "chain of Hadamard blocks: a level keeps its epsilon, spends it, and is unbiased with the variance of its block",
  [chains],
  (epsilons) => {
    for (const level of lowerLevels<BlockHadamardResponse>("Hadamard blocks", epsilons)) {
      const audit = exactAudit(level);
      expect([audit.withinBudget, audit.ratio]).toEqual([true, level.worstRatio]);
      expect(level.exactEpsilon()).toBeGreaterThan(Number(level.epsilon) * (1 - 1e-6));
      for (let x = 0; x < 5; x++) {
        const { mean, square } = moments(level, (y) => y, x, frequencies);
        for (let v = 0; v < 5; v++) {
          const f = v === x ? 1 : 0;
          near(mean[v] as number, f, square[v]);
          const block = level.blockOf(v) === level.blockOf(x) ? 1 : 0;
          near(level.variance(1, f, block), (square[v] as number) - f, square[v]);
        }
      }
      // The reported variance: the mean of squares, which here is what a report of the block scores.
      const tally = level.aggregator();
      for (const y of [0, 1, 2, 7]) tally.add(y);
      const { frequencies: f, variances } = tally.estimate() as never as {
        frequencies: Float64Array;
        variances: Float64Array;
      };
      const one = level.aggregator();
      one.add(0);
      const score = Math.abs((one.estimate().frequencies as Float64Array)[0] as number);
      const share = (block: number) => (block === level.blockOf(0) ? 3 / 4 : 1 / 4);
      for (let v = 0; v < 5; v++) {
        const known = Math.min(1, Math.max(0, f[v] as number));
        const expected = Math.max(0, share(level.blockOf(v)) * score ** 2 - known) / 4;
        near(variances[v] as number, expected, expected);
      }
    }
  },
  { numRuns: 3 },
);

property(
  "chain of a window mixture: a level keeps its epsilon, spends it, and mean and square are unbiased",
  [chains],
  (epsilons) => {
    for (const level of lowerLevels<WindowMixture>("window mixture", epsilons)) {
      const audit = exactAudit(level);
      expect([audit.withinBudget, audit.ratio]).toEqual([true, level.worstRatio]);
      expect(level.exactEpsilon()).toBeGreaterThan(Number(level.epsilon) * (1 - 1e-6));
      let worst = 0;
      for (let position = 0; position <= 3; position++) {
        const value = 10 + 20 * position;
        const { mean, square } = moments(
          level,
          (y) => y,
          position,
          ({ mean: m }) => [m as number],
        );
        near(mean[0] as number, value, Math.sqrt(square[0] as number));
        expectClose(level.variance(1, value), (square[0] as number) - value ** 2, 1e-6);
        expectClose(level.variance(4, value), level.variance(1, value) / 4);
        worst = Math.max(worst, level.variance(1, value));
      }
      expect(level.worstVariance(1)).toBeGreaterThanOrEqual(worst * (1 - 1e-12));
      // Halfway between two positions the value is rounded to either: a mixture of their rows.
      const [a, b] = [10, 30].map((value) => level.variance(1, value) + value ** 2) as [
        number,
        number,
      ];
      expectClose(level.variance(1, 20), (a + b) / 2 - 20 ** 2, 1e-9);
      expect(level.variance(1, 5)).toBe(level.variance(1, 10)); // clamped
    }
  },
  { numRuns: 3 },
);

property(
  "chain of uRR: a level keeps its epsilon for what it protects, spends it, and is unbiased with its variance",
  [chains, fc.constantFrom("uRR", "uRR with one sensitive value")],
  (epsilons, name) => {
    for (const level of lowerLevels<UtilityRR>(name, epsilons)) {
      const channel = level.channel();
      const d = channel.inputs;
      expect(R.less(expOf(level.epsilon), exact(level.sensitiveRatio))).toBe(false);
      expect(level.exactEpsilon()).toBeGreaterThan(Number(level.epsilon) * (1 - 1e-6));
      let worst = R.q(0);
      for (let a = 0; a < d; a++)
        for (let b = 0; b < d; b++)
          for (const y of level.sensitive) {
            const found = R.div(exact(channel.probability(y, a)), exact(channel.probability(y, b)));
            if (R.less(worst, found)) worst = found;
          }
      expect(worst).toEqual(exact(level.sensitiveRatio));
      for (let x = 0; x < d; x++) {
        const { mean, square } = moments(level, (y) => y, x, frequencies);
        const truth = Float64Array.from({ length: d }, (_, v) => (v === x ? 1 : 0));
        const variances = level.variances(1, truth);
        for (let v = 0; v < d; v++) {
          near(mean[v] as number, truth[v] as number, square[v]);
          near(variances[v] as number, (square[v] as number) - (truth[v] as number), square[v]);
        }
      }
    }
  },
  { numRuns: 4 },
);

property(
  "chain of uRAP: a level keeps its epsilon for what it protects, spends it, and is unbiased with its variance",
  [chains],
  (epsilons) => {
    for (const level of lowerLevels<UtilityRappor>("uRAP", epsilons)) {
      const channel = level.channel();
      expect(R.less(expOf(level.epsilon), exact(level.sensitiveRatio))).toBe(false);
      expect(level.exactEpsilon()).toBeGreaterThan(Number(level.epsilon) * (1 - 1e-6));
      let worst = R.q(0);
      for (let a = 0; a < 4; a++)
        for (let b = 0; b < 4; b++)
          for (const y of [0b0000, 0b0001, 0b0100, 0b0101]) {
            const found = R.div(exact(channel.probability(y, a)), exact(channel.probability(y, b)));
            if (R.less(worst, found)) worst = found;
          }
      expect(worst).toEqual(exact(level.sensitiveRatio));
      // A non-sensitive bit is set by its own value alone, at every level.
      for (const x of [0, 2, 3]) expect(channel.probability(0b0010, x).numerator).toBe(0n);
      checkBits(level);
    }
  },
  { numRuns: 4 },
);

property(
  "chain of MinID: at a level two values are told apart by at most the smallest of their epsilons and the level's",
  [chains, fc.constantFrom("MinID", "symmetric MinID")],
  (epsilons, name) => {
    const all = ["0.4", epsilons[0], "0.4", epsilons[0]].map(Number);
    for (const [i, level] of lowerLevels<MinIdUnary>(name, epsilons).entries()) {
      const cap = Number(epsilons[i + 1]);
      const rows = rowsOf(level.channel());
      expect(level.epsilons.map(Number)).toEqual(all.map((own) => Math.min(own, cap)));
      for (let a = 0; a < 4; a++)
        for (let b = 0; b < 4; b++) {
          if (a === b) continue;
          const allowed = String(Math.min(all[a] as number, all[b] as number, cap));
          const found = ratio(rows[a] as readonly R.Q[], rows[b] as readonly R.Q[]) as R.Q;
          expect(R.less(expOf(allowed), found)).toBe(false);
          expect(found).toEqual(exact(level.pairRatio(a, b)));
        }
      // The two values that the level itself caps use all of it, up to rounding.
      const spent = Math.log(R.toNumber(exact(level.pairRatio(1, 3))));
      const itself = minIdUnary({ epsilons: level.epsilons, variant: level.variant });
      expect(spent).toBeLessThanOrEqual(cap * (1 + 1e-12));
      expect(spent).toBeGreaterThan(
        Math.log(R.toNumber(exact(itself.pairRatio(1, 3)))) * (1 - 1e-6) - 0.2 * cap,
      );
      checkBits(level);
    }
  },
  { numRuns: 4 },
);

/** Estimates of a unary encoding are unbiased with the stated variance. */
function checkBits(level: (UtilityRappor | MinIdUnary) & Level): void {
  for (let x = 0; x < 4; x++) {
    const { mean, square } = moments(level, (y) => Uint8Array.of(y), x, frequencies);
    for (let v = 0; v < 4; v++) {
      const f = v === x ? 1 : 0;
      near(mean[v] as number, f, square[v]);
      near(level.variance(1, f, v), (square[v] as number) - f, square[v]);
    }
  }
}

test("chains of code sets, uRAP and MinID: a report becomes each other one with the probability of the joint channel", () => {
  const n = 20_000;
  for (const [name, upper, input] of [
    ["code sets", 0, 0],
    ["uRAP", 0b0101, 0],
    ["uRAP", 0b0010, 1],
    ["MinID", 0b0011, 0],
    ["symmetric MinID", 0b1100, 2],
  ] as const) {
    const { make, report } = families[name] as Family;
    const chain = make(["3", "0.6"]);
    const joint = chain.channel();
    const { outputs, probability } = chain.levels[0]!.channel();
    const size = chain.levels[0]!.reportBytes;
    const one = new Uint8Array(size);
    chain.levels[0]!.encode(report(upper), one, 0);
    const column = chain.levels[0]!.decodeBatch(one, new Uint32Array(n));
    const bytes = new Uint8Array(n * size);
    chain.levels[0]!.encodeBatch(
      chain.degradeBatch(column, 0, 1, seededRandom(name)),
      bytes,
      Uint32Array.from({ length: n }, (_, i) => i * size),
    );
    const seen = new Map<string, number>();
    for (let i = 0; i < n; i++) {
      const text = String(bytes.subarray(i * size, (i + 1) * size));
      seen.set(text, (seen.get(text) ?? 0) + 1);
    }
    for (let lower = 0; lower < outputs; lower++) {
      const truth = R.toNumber(
        R.div(
          exact(joint.probability(upper + outputs * lower, input)),
          exact(probability(upper, input)),
        ),
      );
      chain.levels[0]!.encode(report(lower), one, 0);
      const sigma = Math.sqrt((truth * (1 - truth)) / n);
      const found = (seen.get(String(one)) ?? 0) / n;
      expect(Math.abs(found - truth)).toBeLessThanOrEqual(5 * sigma);
    }
  }
});

test("chains: a level is a mechanism in its own right, and its estimates lie within five standard errors", () => {
  const random = seededRandom("levels");
  const n = 20_000;
  const sets = degradationChain({
    highest: privset({ categories: 40, atMost: 3, epsilon: "3" }),
    lower: ["1"],
  });
  const low = sets.levels[1] as PrivSet;
  const codes = Array.from({ length: n }, (_, i) => (i % 2 === 0 ? [7, 9] : [9]));
  const offsets = Uint32Array.from({ length: n + 1 }, (_, i) => i + Math.ceil(i / 2));
  const tally = low.aggregator();
  tally.addBatch(low.randomizeBatch({ codes: codes.flat(), offsets }, random));
  const found = tally.estimate().frequencies;
  for (const [v, f] of [
    [7, 0.5],
    [9, 1],
    [8, 0],
  ] as const)
    expect(Math.abs((found[v] as number) - f)).toBeLessThan(5 * Math.sqrt(low.variance(n, f)));
  expect(low.randomize([7], random).length).toBe(low.size);

  const mixed = degradationChain({
    highest: windowMixture({ range: [0, 1], epsilon: "3" }),
    lower: ["1"],
  });
  const means = mixed.levels[1]!.aggregator();
  means.addBatch(mixed.levels[1]!.randomizeBatch(new Float64Array(n).fill(0.3), random));
  const { mean, variance, secondMoment } = means.estimate();
  expect(Math.abs(mean - 0.3)).toBeLessThan(5 * Math.sqrt(variance));
  expectClose(variance, mixed.levels[1]!.variance(n, 0.3), 0.05);
  expect(secondMoment).toBeDefined();
  expect(mixed.levels[1]!.randomize(0.3, random)).toBeLessThan(2 + mixed.levels[1]!.cells);
});
