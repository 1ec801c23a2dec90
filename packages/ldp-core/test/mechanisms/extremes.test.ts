// The budget at the ends of what epsilon may be, and at the largest domains that can be enumerated.
import { rational as R } from "@emrx/testkit";
import { expect, test } from "vitest";
import { grr } from "../../src/index.js";
import {
  blockHadamardResponse,
  duchi,
  hadamardResponse,
  minIdUnary,
  oue,
  privset,
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
import { checkBudget, checkDistribution, exact, expectClose, expOf } from "./laws.js";

const range = [0, 1] as const;
const all = (mechanism: unknown): void => {
  const one = { mechanism, report: () => 0 } as never;
  checkBudget(one);
  checkDistribution(one);
};

/** The loss lies at most a millionth below the budget. */
const isTight = (mechanism: { exactEpsilon(): number }, epsilon: string): void => {
  const loss = Number(epsilon) - mechanism.exactEpsilon();
  expect(loss).toBeGreaterThanOrEqual(0);
  expect(loss).toBeLessThanOrEqual(1e-6 * Number(epsilon));
};

// The smallest budget that can be written, the ends of the range that is promised to be tight, and the largest budget.
test.each(["0.000000000001", "0.01", "20", "32"])(
  "at epsilon %s every mechanism keeps its budget, by enumeration",
  (epsilon) => {
    for (const mechanism of [
      duchi({ range, epsilon }),
      duchi({ range, epsilon, missing: true }),
      windowMechanism({ range, epsilon }),
      windowMechanism({ range, epsilon, missing: true }),
      windowMechanism({ range, epsilon, cells: 24, window: 7 }),
      windowMixture({ range, epsilon, cells: 5, window: 2, windowPercent: 50 }),
      privset({ categories: 2, atMost: 1, epsilon }),
      privset({ categories: 5, atMost: 2, epsilon }),
      sampledNumerics({
        ranges: Number(epsilon) < 1 ? [range, range] : [range],
        epsilon,
        answered: 1,
      }),
      blockHadamardResponse({ categories: 2, epsilon }),
      blockHadamardResponse({ categories: 9, epsilon, blocks: 4 }),
    ]) {
      all(mechanism);
      if (Number(epsilon) >= 0.01 && epsilon !== "32") isTight(mechanism, epsilon);
    }
  },
);

test.each(["0.01", "1", "20"])(
  "at epsilon %s what is sensitive is protected to within a millionth of the budget",
  (epsilon) => {
    for (const sensitive of [[1], [0, 1], [0, 2, 3]]) {
      const options = { categories: 4, sensitive, epsilon };
      for (const mechanism of [utilityRandomizedResponse(options), utilityRappor(options)]) {
        const ratio = exact(mechanism.sensitiveRatio);
        expect(R.less(expOf(epsilon), ratio)).toBe(false);
        const loss = mechanism.exactEpsilon();
        expectClose(loss, Math.log1p(R.toNumber(R.sub(ratio, R.q(1)))), 1e-9);
        isTight(mechanism, epsilon);
      }
    }
    for (const variant of ["fair coin", "symmetric"] as const) {
      // Categories of one level: their own epsilon is spent.
      const mechanism = minIdUnary({ epsilons: [epsilon, epsilon, epsilon], variant });
      const ratio = exact(mechanism.pairRatio(0, 2));
      expect(R.less(expOf(epsilon), ratio)).toBe(false);
      const loss = Math.log1p(R.toNumber(R.sub(ratio, R.q(1))));
      expect(loss).toBeGreaterThan(Number(epsilon) * (1 - 1e-6));
    }
    const steps = truncatedGeometric({ categories: 2, epsilonPerStep: epsilon });
    expect(R.less(expOf(epsilon), exact(steps.stepRatio))).toBe(false);
    isTight(steps, epsilon);
  },
);

test("the largest domains that are enumerated keep the budget in every cell", () => {
  const epsilon = "1";
  for (const mechanism of [
    grr({ categories: 90, epsilon }),
    oue({ categories: 7, epsilon }),
    sue({ categories: 7, epsilon }),
    unaryEncoding({ categories: 7, epsilon, p: "0.7" }),
    subsetSelection({ categories: 10, epsilon }),
    hadamardResponse({ categories: 63, epsilon }),
    projectiveGeometryResponse({ categories: 40, epsilon }),
    blockHadamardResponse({ categories: 56, epsilon: "3" }),
    windowMechanism({ range, epsilon, cells: 128, window: 40 }),
    privset({ categories: 8, atMost: 2, epsilon }),
    sampledNumerics({ ranges: [range, range, range], epsilon: "2" }),
  ]) {
    all(mechanism);
  }
});

test("sets of up to 60,000 codes: the closed form is within the budget, and reports stay inside", () => {
  for (const categories of [10_000, 60_000]) {
    const mechanism = privset({ categories, atMost: 5, epsilon: "2" });
    isTight(mechanism, "2");
    const report = mechanism.randomize([0, categories - 1, 17]);
    expect(report).toHaveLength(mechanism.size);
    expect(Math.max(...report)).toBeLessThan(categories + 5);
    const tally = mechanism.aggregator();
    tally.add(report);
    expect(tally.estimate().frequencies).toHaveLength(categories);
  }
});
