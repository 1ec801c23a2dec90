import { enumerateDraws, fc, property, rational as R } from "@emrx/testkit";
import { expect, test } from "vitest";
import { exactAudit, grr, grrChain, seededRandom } from "../../src/index.js";
import { checkBudget, checkEstimator, checkMonoid, exact, expOf, topWords } from "./laws.js";

const ladders = fc
  .uniqueArray(fc.integer({ min: 1, max: 8000 }), { minLength: 1, maxLength: 4 })
  .map((thousandths) => thousandths.sort((a, b) => b - a).map((e) => String(e / 1000)));

property(
  "GRR chain: every level keeps its own epsilon, and is unbiased",
  [fc.integer({ min: 2, max: 8 }), ladders],
  (categories, epsilons) => {
    const chain = grrChain({ categories, epsilons });
    for (const mechanism of chain.levels) {
      checkBudget({ mechanism, report: (y: number) => y } as never);
      checkEstimator({ mechanism, report: (y) => y });
      expect(mechanism.exactEpsilon()).toBeGreaterThan(Number(mechanism.epsilon) * (1 - 1e-6));
    }
  },
  { numRuns: 15 },
);

property(
  "GRR chain: all levels together have exactly the ratio of the highest",
  [fc.integer({ min: 2, max: 5 }), ladders],
  (categories, epsilons) => {
    const chain = grrChain({ categories, epsilons });
    const { ratio } = exactAudit(chain.channel());
    const parent = grr({ categories, epsilon: epsilons[0] as string });
    expect(ratio).toEqual(parent.worstRatio);
    expect(R.less(expOf(epsilons[0] as string), exact(parent.worstRatio))).toBe(false);
  },
  { numRuns: 15 },
);

property(
  "GRR chain: summing the joint channel over the other levels gives each level's own channel",
  [fc.integer({ min: 2, max: 4 }), ladders],
  (d, epsilons) => {
    const chain = grrChain({ categories: d, epsilons });
    const joint = chain.channel();
    chain.levels.forEach((level, index) => {
      for (let x = 0; x < d; x++) {
        for (let y = 0; y < d; y++) {
          let marginal = R.q(0);
          for (let tuple = 0; tuple < joint.outputs; tuple++) {
            if (Math.floor(tuple / d ** index) % d !== y) continue;
            marginal = R.add(marginal, exact(joint.probability(tuple, x)));
          }
          expect(marginal).toEqual(exact(y === x ? level.support.p : level.support.q));
        }
      }
    });
  },
  { numRuns: 10 },
);

test("GRR chain: over all random words, the reports of all levels have exactly their joint distribution", () => {
  for (const [d, bits] of [
    [2, 4],
    [3, 3],
  ] as const) {
    const chain = grrChain({ categories: d, epsilons: ["2", "0.9"], bits });
    const joint = chain.channel();
    for (let x = 0; x < d; x++) {
      const drawn = enumerateDraws(topWords(bits), 5, (source) => {
        const top = chain.randomize(x, source);
        return top + d * chain.degrade(top, 0, 1, source);
      });
      for (let y = 0; y < joint.outputs; y++) {
        const truth = exact(joint.probability(y, x));
        const found = drawn.probability.get(String(y)) ?? R.q(0);
        expect(R.less(truth, found)).toBe(false);
        expect(R.less(R.add(found, drawn.unresolved), truth)).toBe(false);
      }
    }
  }
});

test("GRR chain: a column walks down like its reports, and states of different levels do not mix", () => {
  const chain = grrChain({ categories: 4, epsilons: ["4", "2", "1"] });
  const column = chain.levels[0]!.randomizeBatch([0, 1, 2, 3, 3], seededRandom("chain"));
  const walk = seededRandom("walk");
  const single = [...column].map((report) => chain.degrade(report, 0, 1, walk));
  expect([...chain.degradeBatch(column, 0, 1, seededRandom("walk"))]).toEqual(single);
  expect(chain.degradeBatch(column, 1, 1)).toEqual(column);
  expect(() => chain.levels[1]!.aggregator().merge(chain.levels[2]!.aggregator())).toThrow(
    "EMRX_MISMATCH",
  );
  checkMonoid({ mechanism: chain.levels[2]!, report: (y) => y }, [0, 1, 2, 3, 1], 2);
});

test("GRR chain: levels that do not descend and walks that climb are refused", () => {
  expect(() => grrChain({ categories: 3, epsilons: [] })).toThrow("EMRX_BAD_PARAMETER");
  expect(() => grrChain({ categories: 3, epsilons: ["1", "1"] })).toThrow("EMRX_BAD_EPSILON");
  expect(() => grrChain({ categories: 3, epsilons: ["1", "2"] })).toThrow("epsilons[1]");
  const chain = grrChain({ categories: 3, epsilons: ["2", "1"] });
  for (const [from, to] of [
    [1, 0],
    [0, 2],
    [-1, 0],
    [0.5, 1],
  ] as const) {
    expect(() => chain.degrade(0, from, to)).toThrow("EMRX_BAD_PARAMETER");
  }
  expect(() => chain.degrade(3, 0, 1)).toThrow("EMRX_MALFORMED_REPORT");
  expect(() => chain.degradeBatch(Uint8Array.of(3), 0, 1)).toThrow("EMRX_MALFORMED_REPORT");
});
