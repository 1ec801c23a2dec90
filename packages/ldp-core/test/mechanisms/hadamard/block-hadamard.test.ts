// Hadamard response with blocks is not pure, so its estimator and variance have checks of their own; the other laws are shared.
import { fc, property, rational as R, sharedJson, testWithShared } from "@emrx/testkit";
import { expect, test } from "vitest";
import { exactAudit, seededRandom } from "../../../src/index.js";
import {
  type BlockHadamardResponse,
  blockHadamardResponse,
  hadamardResponse,
} from "../../../src/mechanisms.js";
import { expectError } from "../../expect-error.js";
import {
  checkBudget,
  checkDistribution,
  checkMonoid,
  checkSampler,
  exact,
  expectClose,
  topWords,
} from "../laws.js";

const caseOf = (mechanism: BlockHadamardResponse) =>
  ({ mechanism, report: (y: number) => y }) as never;
const epsilons = fc
  .integer({ min: 1, max: 20_000 })
  .map((thousandths) => String(thousandths / 1000));
const domains = fc
  .integer({ min: 2, max: 17 })
  .chain((d) =>
    fc.tuple(
      fc.constant(d),
      fc.option(fc.nat(Math.floor(Math.log2(d))), { nil: undefined }),
      epsilons,
    ),
  )
  .map(([categories, power, epsilon]) => ({
    categories,
    epsilon,
    ...(power === undefined ? {} : { blocks: 2 ** power }),
  }));

property(
  "block Hadamard response: no output is more than e^eps times likelier under one input than another",
  [domains],
  (options) => {
    const one = caseOf(blockHadamardResponse(options));
    checkBudget(one);
    checkDistribution(one);
  },
  { numRuns: 20 },
);

/** The sign of row and column of Sylvester's matrix by its recursive definition: H_2k = [H_k, H_k; H_k, -H_k]. */
function sylvester(row: number, column: number): number {
  if (row === 0 || column === 0) return 1;
  const sign = row % 2 === 1 && column % 2 === 1 ? -1 : 1;
  return sign * sylvester(Math.floor(row / 2), Math.floor(column / 2));
}

property(
  "block Hadamard response: the score expects the indicator, and its variance is the closed form in f and the block's frequency",
  [domains],
  (options) => {
    const mechanism = blockHadamardResponse(options);
    const { categories: d, blocks: B, blockSize: b } = mechanism;
    const channel = mechanism.channel();
    const E = exact(mechanism.worstRatio);
    // SHEET section 1: f_hat = (2B - 1 + E) / (E - 1) mean(T), with the exact ratio in place of e^eps.
    const factor = R.div(R.add(E, R.q(2 * B - 1)), R.sub(E, R.q(1)));
    const t = (y: number, v: number): number =>
      Math.floor(y / b) === v % B ? sylvester(Math.floor(v / B) + 1, y % b) : 0;
    for (let y = 0; y < channel.outputs; y++) {
      const tally = mechanism.aggregator();
      tally.add(y);
      tally.estimate().frequencies.forEach((f, v) => {
        expectClose(f + 1e3, R.toNumber(factor) * t(y, v) + 1e3, 1e-12 * (1 + R.toNumber(factor)));
      });
    }
    for (let x = 0; x < d; x++) {
      for (let v = 0; v < d; v++) {
        let [mean, square] = [R.q(0), R.q(0)];
        for (let y = 0; y < channel.outputs; y++) {
          const score = R.mul(factor, R.q(t(y, v)));
          const weight = exact(channel.probability(y, x));
          mean = R.add(mean, R.mul(weight, score));
          square = R.add(square, R.mul(weight, R.mul(score, score)));
        }
        expect(mean).toEqual(R.q(x === v ? 1 : 0));
        const truth = R.toNumber(R.sub(square, mean));
        const found = mechanism.variance(1, x === v ? 1 : 0, x % B === v % B ? 1 : 0);
        expect(Math.abs(found - truth)).toBeLessThan(1e-11 * (1 + R.toNumber(square)));
      }
    }
  },
  { numRuns: 12 },
);

test("block Hadamard response: over all random words, each report has exactly its probability", () => {
  for (const [categories, blocks, epsilon, bits, most] of [
    [3, 2, "1", 5, 3],
    [4, 4, "2", 5, 3],
    [5, 2, "1.5", 6, 2],
  ] as const) {
    const mechanism = blockHadamardResponse({ categories, blocks, epsilon, bits });
    checkSampler(caseOf(mechanism), topWords(bits), most);
  }
});

property(
  "block Hadamard response: any split, order, merge and serialization gives the same state, and bytes round-trip",
  [domains, fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: 30 }), fc.nat(30)],
  (options, numbers, cut) => {
    const mechanism = blockHadamardResponse(options);
    const { outputs } = mechanism.channel();
    checkMonoid(
      caseOf(mechanism),
      numbers.map((y) => y % outputs),
      cut,
    );
  },
  { numRuns: 15 },
);

test("block Hadamard response: one block is Hadamard response; a batch's estimates come out near the truth", () => {
  const one = blockHadamardResponse({ categories: 10, epsilon: "1", blocks: 1 });
  const plain = hadamardResponse({ categories: 10, epsilon: "1" });
  const values = Array.from({ length: 500 }, (_, i) => (i * i) % 10);
  const column = one.randomizeBatch(values, seededRandom("blocks"));
  expect(column).toEqual(plain.randomizeBatch(values, seededRandom("blocks")));
  const [ours, theirs] = [one.aggregator(), plain.aggregator()];
  ours.addBatch(column);
  theirs.addBatch(column);
  ours.estimate().frequencies.forEach((f, v) => {
    expect(f).toBeCloseTo(theirs.estimate().frequencies[v] as number, 12);
  });
  expectClose(one.variance(7, 0.2, 1), plain.variance(7, 0.2), 1e-9);

  const many = blockHadamardResponse({ categories: 100, epsilon: "3" });
  const people = Array.from({ length: 60_000 }, (_, i) => (i % 3 === 0 ? 7 : i % 100));
  const tally = many.aggregator();
  tally.addBatch(many.randomizeBatch(people, seededRandom("blocks")));
  const { frequencies, variances } = tally.estimate();
  const share = (test: (value: number) => boolean): number =>
    people.filter(test).length / people.length;
  for (let v = 0; v < 100; v++) {
    const truth = share((value) => value === v);
    const block = share((value) => many.blockOf(value) === many.blockOf(v));
    expect(Math.abs((frequencies[v] as number) - truth)).toBeLessThan(
      5 * Math.sqrt(variances[v] as number),
    );
    expectClose(variances[v] as number, many.variance(60_000, truth, block), 0.1);
  }
});

test("block Hadamard response: the audit finds its loss within a millionth of the budget; bad blocks are refused", () => {
  const mechanism = blockHadamardResponse({ categories: 16, epsilon: "2" });
  const audit = exactAudit(mechanism);
  expect(audit.withinBudget).toBe(true);
  expect(audit.epsilon).toBeGreaterThan(2 * (1 - 1e-6));
  for (const blocks of [0, 3, 32, 1.5, Number.NaN]) {
    expectError(
      () => blockHadamardResponse({ categories: 16, epsilon: "2", blocks }),
      "EMRX_BAD_PARAMETER",
    );
  }
});

const path = "theory/vectors.json";
testWithShared(
  path,
  "block Hadamard response: blocks and variances equal the reference to 1e-10",
  () => {
    let compared = 0;
    // biome-ignore lint/suspicious/noExplicitAny: foreign JSON
    for (const row of (sharedJson(path) as any).frequency_oracles.table) {
      if (row.mechanism !== "HR_general") continue;
      const { d: categories, eps: epsilon } = row;
      const mechanism = blockHadamardResponse({ categories, epsilon, bits: 64 });
      expect([mechanism.blocks, mechanism.blockSize]).toEqual([row.B, row.b]);
      expectClose(mechanism.variance(1, 0, 1 / row.B), row.var_n_f0, 1e-10);
      expectClose(mechanism.variance(1, 0.1, 0.1 + 0.9 / row.B), row.var_n_f01, 1e-10);
      expectClose(mechanism.variance(1, 0, 1), row.var_n_f0_worst_block, 1e-10);
      const ruleOfThePaper = Math.min(row.B_ASZ, 2 ** Math.floor(Math.log2(categories)));
      const other = blockHadamardResponse({
        categories,
        epsilon,
        bits: 64,
        blocks: ruleOfThePaper,
      });
      expectClose(other.variance(1, 0, 1 / ruleOfThePaper), row.var_n_f0_B_ASZ, 1e-10);
      compared++;
    }
    expect(compared).toBe(12);
  },
);
