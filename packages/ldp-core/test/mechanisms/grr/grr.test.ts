import { fc, property } from "@emrx/testkit";
import { expect, test } from "vitest";
import { grr, seededRandom } from "../../../src/index.js";
import { expectError } from "../../expect-error.js";
import {
  checkBudget,
  checkDistribution,
  checkEstimator,
  checkMonoid,
  checkParser,
  checkSampler,
  topWords,
} from "../laws.js";

const epsilons = fc
  .integer({ min: 1, max: 20_000 })
  .map((thousandths) => String(thousandths / 1000));
const domains = fc.integer({ min: 2, max: 40 });
const of = (categories: number, epsilon: string, bits?: number) => ({
  mechanism: grr({ categories, epsilon, ...(bits === undefined ? {} : { bits }) }),
  report: (y: number) => y,
});

property(
  "GRR: no output is more than e^eps times likelier under one input than another",
  [domains, epsilons],
  (d, epsilon) => {
    checkBudget(of(d, epsilon));
    checkDistribution(of(d, epsilon));
  },
  { numRuns: 30 },
);

property(
  "GRR: the estimator's expectation is the indicator and its variance the closed form",
  [fc.integer({ min: 2, max: 12 }), epsilons],
  (d, epsilon) => checkEstimator(of(d, epsilon)),
  { numRuns: 30 },
);

test("GRR: at the extremes of epsilon and domain the laws hold", () => {
  for (const [d, epsilon] of [
    [2, "0.000001"],
    [2, "20"],
    [2, "32"],
    [64, "20"],
    [64, "0.001"],
  ] as const) {
    checkBudget(of(d, epsilon));
  }
});

test("GRR: over all random words, each report has exactly its probability", () => {
  for (const [d, epsilon, bits] of [
    [2, "1", 4],
    [3, "0.5", 5],
    [4, "2", 6],
    [5, "1.5", 6],
    [6, "3", 8],
    [16, "4", 7],
  ] as const) {
    checkSampler(of(d, epsilon, bits), topWords(bits), bits <= 6 ? 3 : 2);
  }
});

property(
  "GRR: any split, order, merge and serialization gives the same state, and bytes round-trip",
  [
    fc.constantFrom(2, 3, 255, 256, 257, 65_535, 65_536, 65_537),
    fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: 50 }),
    fc.nat(50),
  ],
  (d, numbers, cut) =>
    checkMonoid(
      of(d, "1"),
      numbers.map((y) => y % d),
      cut,
    ),
  { numRuns: 25 },
);

property(
  "GRR: mutated state and report bytes are refused or mean exactly what they say",
  [fc.uint8Array({ maxLength: 80 }), fc.nat(200), fc.nat(255)],
  (noise, at, byte) => {
    const { mechanism } = of(3, "1");
    const tally = mechanism.aggregator();
    tally.addBatch(mechanism.randomizeBatch([0, 1, 2, 2]));
    const state = tally.toBytes();
    state[at % state.length] = byte;
    for (const bytes of [noise, state, state.subarray(1), state.subarray(0, at % state.length)]) {
      checkParser(bytes, (b) => mechanism.aggregatorFromBytes(b).toBytes());
    }
    checkParser(noise.subarray(0, 1), (b) => {
      const report = mechanism.decode(b, 0);
      const again = new Uint8Array(1);
      mechanism.encode(report, again, 0);
      return again;
    });
  },
);

test("GRR: a seed gives the same reports for ever", () => {
  const mechanism = grr({ categories: 5, epsilon: "1" });
  const values = Array.from({ length: 24 }, (_, i) => i % 5);
  expect([...mechanism.randomizeBatch(values, seededRandom("golden"))]).toMatchInlineSnapshot(`
    [
      0,
      4,
      2,
      3,
      2,
      1,
      2,
      0,
      1,
      1,
      4,
      2,
      2,
      0,
      4,
      0,
      0,
      4,
      1,
      4,
      2,
      3,
      3,
      1,
    ]
  `);
  const random = seededRandom("golden");
  expect(values.map((value) => mechanism.randomize(value, random))).toEqual([
    ...mechanism.randomizeBatch(values, seededRandom("golden")),
  ]);
});

test("GRR: what cannot be a GRR is refused by name", () => {
  const codeOf = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      return (error as { code: string }).code;
    }
    return "nothing thrown";
  };
  for (const categories of [1, 0, -1, 2.5, Number.NaN, 2 ** 20 + 1, "3" as unknown as number]) {
    expect(codeOf(() => grr({ categories, epsilon: "1" }))).toBe("EMRX_BAD_DOMAIN");
  }
  for (const epsilon of [
    "0",
    "-1",
    "",
    "abc",
    "Infinity",
    Number.NaN,
    0,
    -2,
    33,
    "1e9",
    "0x1",
    null,
  ]) {
    expect(codeOf(() => grr({ categories: 3, epsilon: epsilon as string }))).toBe(
      "EMRX_BAD_EPSILON",
    );
  }
  for (const bits of [0, 65, 1.5, Number.NaN]) {
    expect(codeOf(() => grr({ categories: 3, epsilon: 1, bits }))).toBe("EMRX_BAD_PARAMETER");
  }
  expect(codeOf(() => grr({ categories: 2, epsilon: "0.5", bits: 1 }))).toBe(
    "EMRX_DEGENERATE_MECHANISM",
  );
  const mechanism = grr({ categories: 3, epsilon: "1" });
  for (const value of [3, -1, 0.5, Number.NaN, "1" as unknown as number]) {
    expect(codeOf(() => mechanism.randomize(value))).toBe("EMRX_VALUE_OUTSIDE_DOMAIN");
    expect(codeOf(() => mechanism.randomizeBatch([0, value]))).toBe("EMRX_VALUE_OUTSIDE_DOMAIN");
    expect(codeOf(() => mechanism.aggregator().add(value))).toBe("EMRX_MALFORMED_REPORT");
  }
  expect(codeOf(() => mechanism.aggregator().estimate())).toBe("EMRX_NO_REPORTS");
  expect(
    codeOf(() => mechanism.aggregator().merge(grr({ categories: 3, epsilon: "2" }).aggregator())),
  ).toBe("EMRX_MISMATCH");
});

test("GRR: a bad value in a batch draws nothing and a bad report in a column adds nothing", () => {
  const mechanism = grr({ categories: 3, epsilon: "1" });
  let drawn = 0;
  const counting = {
    fill(words: Uint32Array) {
      drawn += words.length;
    },
  };
  expect(() => mechanism.randomizeBatch([0, 1, 7], counting)).toThrow("values[2]");
  expect(drawn).toBe(0);
  const tally = mechanism.aggregator();
  expectError(() => tally.addBatch(Uint8Array.of(0, 1, 9)), "EMRX_MALFORMED_REPORT");
  expect([tally.n, ...tally.counts]).toEqual([0, 0, 0, 0]);
});

test("GRR: the domain may be as large as 2^20", () => {
  for (const d of [2 ** 16 - 1, 2 ** 16, 2 ** 16 + 1, 1_000_000, 2 ** 20]) {
    const mechanism = grr({ categories: d, epsilon: "1" });
    const report = mechanism.randomize(d - 1);
    expect(report).toBeGreaterThanOrEqual(0);
    expect(report).toBeLessThan(d);
    expect(mechanism.exactEpsilon()).toBeGreaterThan(1 - 1e-6);
  }
});
