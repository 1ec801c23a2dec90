import { fc, property } from "@emrx/testkit";
import { expect, test } from "vitest";
import { seededRandom } from "../../../src/index.js";
import { oue } from "../../../src/mechanisms.js";
import { expectError } from "../../expect-error.js";
import {
  checkBudget,
  checkDistribution,
  checkEstimator,
  checkMonoid,
  checkParser,
  checkSampler,
  lowWords,
} from "../laws.js";

const epsilons = fc
  .integer({ min: 1, max: 20_000 })
  .map((thousandths) => String(thousandths / 1000));
const of = (categories: number, epsilon: string, bits?: number) => ({
  mechanism: oue({ categories, epsilon, ...(bits === undefined ? {} : { bits }) }),
  report: (y: number) =>
    Uint8Array.from(
      { length: Math.ceil(categories / 8) },
      (_, i) => Math.floor(y / 256 ** i) % 256,
    ),
});

property(
  "OUE: no output is more than e^eps times likelier under one input than another",
  [fc.integer({ min: 2, max: 7 }), epsilons],
  (d, epsilon) => {
    checkBudget(of(d, epsilon));
    checkDistribution(of(d, epsilon));
  },
  { numRuns: 20 },
);

property(
  "OUE: the estimator's expectation is the indicator and its variance the closed form",
  [fc.integer({ min: 2, max: 5 }), epsilons],
  (d, epsilon) => checkEstimator(of(d, epsilon)),
  { numRuns: 20 },
);

test("OUE: over all random words, each report has exactly its probability", () => {
  for (const [d, epsilon, bits] of [
    [2, "1", 3],
    [2, "0.5", 5],
    [3, "2", 4],
    [4, "1", 3],
  ] as const) {
    checkSampler(of(d, epsilon, bits), lowWords(d), bits + 1);
  }
});

property(
  "OUE: any split, order, merge and serialization gives the same state, and bytes round-trip",
  [
    fc.constantFrom(2, 7, 8, 9, 31, 32, 33),
    fc.array(fc.nat(2 ** 31 - 1), { minLength: 1, maxLength: 40 }),
    fc.nat(40),
  ],
  (d, numbers, cut) =>
    checkMonoid(
      of(d, "1"),
      numbers.map((y) => y % 2 ** d),
      cut,
    ),
  { numRuns: 25 },
);

property(
  "OUE: counting a column bit-sliced equals counting report by report",
  [fc.constantFrom(2, 31, 32, 33, 64, 100), fc.integer({ min: 1, max: 600 }), fc.nat()],
  (d, n, seed) => {
    const { mechanism } = of(d, "1");
    const column = mechanism.randomizeBatch(new Uint32Array(n), seededRandom(seed));
    const width = column.length / n;
    const plain = new Float64Array(d);
    for (let row = 0; row < n; row++) {
      for (let v = 0; v < d; v++) {
        if (((column[row * width + (v >> 5)] as number) >>> (v & 31)) & 1) {
          plain[v] = (plain[v] as number) + 1;
        }
      }
    }
    const tally = mechanism.aggregator();
    tally.addBatch(column);
    expect(tally.counts).toEqual(plain);
  },
  { numRuns: 25 },
);

property(
  "OUE: mutated report bytes are refused or mean exactly what they say",
  [fc.uint8Array({ maxLength: 6 }), fc.constantFrom(3, 8, 12, 33)],
  (bytes, d) => {
    const { mechanism } = of(d, "1");
    const size = mechanism.reportBytes;
    checkParser(bytes.subarray(0, size), (b) => {
      const again = new Uint8Array(size);
      mechanism.encode(mechanism.decode(b, 0), again, 0);
      return again;
    });
    checkParser(bytes.subarray(0, size), (b) => {
      const again = new Uint8Array(size);
      mechanism.encodeBatch(mechanism.decodeBatch(b, [0]), again, [0]);
      return again;
    });
  },
);

test("OUE: a batch is the sequence of its single reports", () => {
  const { mechanism } = of(70, "1");
  const values = Array.from({ length: 50 }, (_, i) => (i * 13) % 70);
  const random = seededRandom("one by one");
  const single = mechanism.aggregator();
  for (const value of values) single.add(mechanism.randomize(value, random));
  const batch = mechanism.aggregator();
  batch.addBatch(mechanism.randomizeBatch(values, seededRandom("one by one")));
  expect(batch.toBytes()).toEqual(single.toBytes());
});

test("OUE: a seed gives the same reports for ever", () => {
  const { mechanism } = of(40, "1");
  expect([...mechanism.randomizeBatch([0, 39, 7], seededRandom("golden"))]).toMatchInlineSnapshot(`
    [
      25562884,
      17,
      38289952,
      65,
      1073872904,
      122,
    ]
  `);
});

test("OUE: large domains are audited by the closed form", () => {
  const { mechanism } = of(2 ** 20, "1");
  expectError(() => mechanism.channel(), "EMRX_TOO_LARGE");
  expect(mechanism.exactEpsilon()).toBeLessThanOrEqual(1);
  expect(mechanism.randomize(2 ** 20 - 1).length).toBe(2 ** 17);
});
