// Several numbers under one budget: the product channel exactly, and the variance of the scaled score.
import { enumerateDraws, fc, property, rational as R } from "@emrx/testkit";
import { expect, test } from "vitest";
import { seededRandom } from "../../../src/index.js";
import { combinationAt } from "../../../src/mechanisms/common/combinations.js";
import { type SampledNumerics, sampledNumerics } from "../../../src/mechanisms.js";
import { expectError } from "../../expect-error.js";
import {
  checkBudget,
  checkDistribution,
  checkMonoid,
  checkParser,
  exact,
  expectClose,
  topWords,
} from "../laws.js";

const unit = [-1, 1] as const;
const ranges = (D: number) => Array.from({ length: D }, () => unit);
const cases = fc
  .integer({ min: 1, max: 3 })
  .chain((D) => fc.tuple(fc.constant(D), fc.integer({ min: 1, max: D })))
  .chain(([D, answered]) =>
    fc.tuple(fc.constant(D), fc.constant(answered), fc.integer({ min: 1, max: 1100 * answered })),
  )
  .map(([D, answered, thousandths]) =>
    sampledNumerics({ ranges: ranges(D), answered, epsilon: String(thousandths / 1000) }),
  );

/** The report with a number, as the channel numbers them. */
function reportOf({ mechanisms, answered: k }: SampledNumerics, y: number): Uint16Array {
  const cells = mechanisms[0]!.cells;
  const chosen = combinationAt(mechanisms.length, k, Math.floor(y / cells ** k));
  return Uint16Array.from(
    chosen.flatMap((index, i) => [index, Math.floor(y / cells ** i) % cells]),
  );
}
const caseOf = (mechanism: SampledNumerics) =>
  ({ mechanism, report: (y: number) => reportOf(mechanism, y) }) as never;

property(
  "several numbers: no output is more than e^eps times likelier under one record than another",
  [cases],
  (mechanism) => {
    checkDistribution(caseOf(mechanism));
    checkBudget(caseOf(mechanism));
  },
  { numRuns: 15 },
);

property(
  "several numbers: the mean of the scores is the value, and their variance (D/k) V(x) + (D/k - 1) x^2",
  [cases],
  (mechanism) => {
    const { mechanisms, answered } = mechanism;
    const D = mechanisms.length;
    const channel = mechanism.channel();
    const positions = mechanisms[0]!.cells - mechanisms[0]!.window;
    const scores = Array.from({ length: channel.outputs }, (_, y) => {
      const one = mechanism.aggregator();
      one.add(reportOf(mechanism, y));
      return one.estimate().means;
    });
    for (let x = 0; x < channel.inputs; x++) {
      const weights = scores.map((_, y) => R.toNumber(exact(channel.probability(y, x))));
      for (let index = 0; index < D; index++) {
        const value =
          -1 + (2 * (Math.floor(x / (positions + 1) ** index) % (positions + 1))) / positions;
        let [mean, square, size] = [0, 0, 0];
        scores.forEach((score, y) => {
          mean += weights[y]! * score[index]!;
          square += weights[y]! * (score[index]! - value) ** 2;
          size += weights[y]! * Math.abs(score[index]!);
        });
        expect(Math.abs(mean - value)).toBeLessThan(1e-11 * (1 + size));
        const own = mechanisms[index]!.variance(1, value);
        const formula = (D / answered) * own + (D / answered - 1) * value ** 2;
        expect(Math.abs(square - formula)).toBeLessThan(1e-9 * (1 + square));
        expectClose(mechanism.variance(10, index, value), formula / 10, 1e-12);
      }
    }
  },
  { numRuns: 12 },
);

test("several numbers: over all random words, each report has exactly its probability", () => {
  // Two bits of a word's upper half choose one of four; rounding at an end of the range consumes a word and decides nothing.
  const mechanism = sampledNumerics({ ranges: ranges(4), epsilon: "1", bits: 4 });
  const channel = mechanism.channel();
  for (const x of [0, 5, 15]) {
    const record = [0, 1, 2, 3].map((index) => ((x >> index) & 1 ? 1 : -1));
    const drawn = enumerateDraws(topWords(4), 3, (source) => [
      ...mechanism.randomize(record, source),
    ]);
    expect(drawn.unresolved).toEqual(R.q(0));
    for (let y = 0; y < channel.outputs; y++) {
      const found = drawn.probability.get(JSON.stringify([...reportOf(mechanism, y)])) ?? R.q(0);
      expect(found).toEqual(exact(channel.probability(y, x)));
    }
  }
});

property(
  "several numbers: any split, order, merge and serialization gives the same state, and bytes round-trip",
  [cases, fc.array(fc.nat(100_000), { minLength: 1, maxLength: 20 }), fc.nat(20)],
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

property(
  "several numbers: mutated report and state bytes are refused or mean exactly what they say",
  [cases, fc.nat(100_000), fc.nat(1000), fc.nat(255)],
  (mechanism, y, at, byte) => {
    const report = reportOf(mechanism, y % mechanism.channel().outputs);
    const bytes = new Uint8Array(mechanism.reportBytes);
    mechanism.encode(report, bytes, 0);
    bytes[at % bytes.length] = byte;
    checkParser(bytes, (b) => {
      const again = new Uint8Array(mechanism.reportBytes);
      mechanism.encodeBatch(mechanism.decodeBatch(b, [0]), again, [0]);
      return again;
    });
    const tally = mechanism.aggregator();
    tally.add(report);
    const state = tally.toBytes();
    state[at % state.length] = byte;
    checkParser(state, (b) => mechanism.aggregatorFromBytes(b).toBytes());
  },
  { numRuns: 60 },
);

test("several numbers: k is max(1, min(D, floor(eps / 2.5))), and k budgets never exceed the whole", () => {
  const k = (epsilon: string, D: number): number =>
    sampledNumerics({ ranges: ranges(D), epsilon }).answered;
  expect(k("0.1", 3)).toBe(1);
  expect(k("4.999999", 3)).toBe(1);
  expect(k("5", 3)).toBe(2);
  expect(k("7.5", 3)).toBe(3);
  expect(k("20", 3)).toBe(3);
  const third = sampledNumerics({ ranges: ranges(5), epsilon: "8" });
  expect(third.mechanisms[0]!.epsilon).toBe("2.666666666666");
  expect(third.exactEpsilon()).toBeLessThanOrEqual(8);
  expect(third.exactEpsilon()).toBeGreaterThan(8 * (1 - 1e-6));
});

test("several numbers: a batch estimates every mean within five standard errors, each number as often as the others", () => {
  const vitals = sampledNumerics({
    ranges: [
      [60, 220],
      [40, 130],
      [10, 70],
    ],
    epsilon: "5",
  });
  const n = 20_000;
  const columns = [120, 75, 20].map((start, index) =>
    Float64Array.from({ length: n }, (_, row) => start + ((row * (7 + index)) % 21)),
  );
  const column = vitals.randomizeBatch(columns, seededRandom("vitals"));
  expect(column).toHaveLength(4 * n);
  const tally = vitals.aggregator();
  tally.addBatch(column);
  const { means, variances } = tally.estimate();
  columns.forEach((values, index) => {
    const truth = values.reduce((sum, value) => sum + value, 0) / n;
    expect(Math.abs(means[index]! - truth)).toBeLessThan(5 * Math.sqrt(variances[index]!));
    const cells = vitals.mechanisms[0]!.cells;
    const answers = tally.counts
      .subarray(index * cells, (index + 1) * cells)
      .reduce((a, b) => a + b, 0);
    expect(Math.abs(answers / n - 2 / 3)).toBeLessThan(0.02);
    // Observed: the mechanism's variance, averaged over the values, and the spread of the values.
    const noise = values.reduce((sum, value) => sum + vitals.variance(1, index, value), 0) / n;
    const spread = values.reduce((sum, value) => sum + (value - truth) ** 2, 0) / n;
    expectClose(variances[index]!, (noise + spread) / n, 0.05);
  });
});

test("several numbers: bad ranges, counts and records are refused before anything is drawn", () => {
  const two = sampledNumerics({ ranges: ranges(2), epsilon: "1" });
  const never = {
    fill(): void {
      throw new Error("drawn");
    },
  };
  expectError(() => sampledNumerics({ ranges: [], epsilon: "1" }), "EMRX_BAD_PARAMETER");
  expectError(() => sampledNumerics({ ranges: [[1, 1]], epsilon: "1" }), "EMRX_BAD_RANGE");
  for (const answered of [0, 3, 1.5]) {
    expectError(
      () => sampledNumerics({ ranges: ranges(2), epsilon: "1", answered }),
      "EMRX_BAD_PARAMETER",
    );
  }
  expectError(() => two.randomize([0], never), "EMRX_MISMATCH");
  expect(() => two.randomize([0, Number.NaN], never)).toThrow("values[1]");
  expectError(() => two.randomizeBatch([[0], [0, 1]], never), "EMRX_MISMATCH");
  expect(() => two.randomizeBatch([[0], ["1" as unknown as number]], never)).toThrow(
    "columns[1][0]",
  );
  expect(() => two.variance(1, 2, 0)).toThrow("index");
  const tally = two.aggregator();
  for (const bad of [[0], [0, 9], [2, 0], [0, 0, 1, 0]]) {
    expectError(() => tally.add(Uint16Array.from(bad)), "EMRX_MALFORMED_REPORT");
  }
  // Nobody answered the second number: its variance is the worst possible, not 0.
  tally.add(Uint16Array.of(0, 1));
  expectClose(
    tally.estimate().variances[1]!,
    Math.max(two.variance(1, 1, 0), two.variance(1, 1, 1)),
    1e-9,
  );
});
