import { fc, property, sharedJson, testWithShared } from "@emrx/testkit";
import { expect, test } from "vitest";
import { sumBudgets } from "../../src/accounting.js";
import {
  duchiCurve,
  type ErrorCurve,
  grrCurve,
  oueCurve,
  privsetCurve,
  subsetCurve,
  sueCurve,
} from "../../src/allocation/error-curve.js";
import { splitBudget } from "../../src/allocation/split.js";
import { defineSchema, grr, policyFor, type SchemaJson } from "../../src/index.js";
import {
  blh,
  hadamardResponse,
  olh,
  oue,
  privset,
  type SubsetSelection,
  subsetSelection,
  sue,
} from "../../src/mechanisms.js";
import { mechanismOf } from "../../src/schema.js";
import { expectError } from "../expect-error.js";
import { exampleJson } from "../schema/example.js";

/** The piecewise mechanism's worst case, 1 / (3 sinh^2(eps/4)): no mechanism of ours, but a curve like any other. */
const piecewise: ErrorCurve = {
  name: "piecewise",
  variance: (epsilon) => 1 / (3 * Math.sinh(epsilon / 4) ** 2),
  slope: (epsilon) => -Math.cosh(epsilon / 4) / (6 * Math.sinh(epsilon / 4) ** 3),
};

const claims = (
  curves: readonly ErrorCurve[],
  weights: readonly number[],
  caps?: readonly number[],
) => curves.map((curve, i) => ({ curve, weight: weights[i] as number, cap: caps?.[i] ?? 30 }));

interface SplitEntry {
  readonly example: string;
  readonly total_eps: number;
  readonly eps_opt: readonly number[];
  readonly V: readonly number[];
  readonly multiplier_mu: number;
  readonly objective_opt: number;
}

testWithShared(
  "theory/vectors.json",
  "budget splits equal the reference to 1e-9: shares, variances, objective, price",
  () => {
    const { leveled } = sharedJson("theory/vectors.json") as {
      leveled: { budget_split: readonly SplitEntry[] };
    };
    const examples: Record<string, ReturnType<typeof claims>> = {
      A: claims(
        [grrCurve({ categories: 2 }), grrCurve({ categories: 4 }), grrCurve({ categories: 16 })],
        [1, 1, 1],
      ),
      E: claims([piecewise, piecewise, piecewise], [1, 2, 4]),
      F: claims([oueCurve(), oueCurve(), oueCurve()], [1, 8, 27]),
    };
    expect(leveled.budget_split).toHaveLength(3);
    for (const entry of leveled.budget_split) {
      const given = examples[entry.example[0] as string] as ReturnType<typeof claims>;
      const shares = splitBudget(entry.total_eps, given);
      const close = (value: number, expected: number, what: string) =>
        expect(
          Math.abs(value - expected) / Math.abs(expected),
          `${entry.example}: ${what}`,
        ).toBeLessThan(1e-9);
      let objective = 0;
      for (const [j, { curve, weight }] of given.entries()) {
        const share = shares[j] as number;
        close(share, entry.eps_opt[j] as number, `share ${j}`);
        close(curve.variance(share), entry.V[j] as number, `V ${j}`);
        close(-weight * curve.slope(share), entry.multiplier_mu, `price at ${j}`);
        objective += weight * curve.variance(share);
      }
      close(objective, entry.objective_opt, "objective");
    }
  },
);

test("splits with caps equal the examples of the reference sheet (five digits)", () => {
  const curves = [
    grrCurve({ categories: 2 }),
    grrCurve({ categories: 4 }),
    duchiCurve(),
    oueCurve(),
  ];
  const rounded = (weights: readonly number[], caps?: readonly number[]) =>
    splitBudget(4, claims(curves, weights, caps)).map((share) => share.toFixed(5));
  expect(rounded([1, 1, 1, 1])).toEqual(["0.73354", "0.94203", "1.16222", "1.16222"]);
  expect(rounded([1, 1, 2, 4])).toEqual(["0.58695", "0.77064", "1.17133", "1.47108"]);
  expect(rounded([1, 1, 2, 4], [2, 1.5, 1, 0.5])).toEqual([
    "1.12825",
    "1.37175",
    "1.00000",
    "0.50000",
  ]);
});

const claim = fc.record({
  curve: fc.constantFrom(
    grrCurve({ categories: 2 }),
    grrCurve({ categories: 7 }),
    grrCurve({ categories: 300 }),
    oueCurve(),
    duchiCurve(),
  ),
  weight: fc.double({ min: 0.01, max: 100, noNaN: true }),
  cap: fc.double({ min: 0.05, max: 5, noNaN: true }),
});

property(
  "no share passes its cap, together they use the budget or all caps, and no transfer of budget lowers the weighted error",
  [
    fc.array(claim, { minLength: 1, maxLength: 6 }),
    fc.double({ min: 0.05, max: 8, noNaN: true }),
    fc.nat(5),
    fc.nat(5),
    fc.double({ min: 1e-4, max: 0.5, noNaN: true }),
  ],
  (wanted, budget, from, to, amount) => {
    const shares = splitBudget(budget, wanted);
    const total = shares.reduce((a, b) => a + b, 0);
    const caps = wanted.reduce((sum, { cap }) => sum + cap, 0);
    expect(total).toBeLessThanOrEqual(budget * (1 + 1e-12));
    expect(total).toBeGreaterThan(Math.min(budget, caps) * (1 - 1e-6));
    for (const [j, share] of shares.entries()) {
      expect(share).toBeGreaterThan(0);
      expect(share).toBeLessThanOrEqual((wanted[j] as { cap: number }).cap);
    }
    const error = (at: readonly number[]) =>
      wanted.reduce(
        (sum, { curve, weight }, j) => sum + weight * curve.variance(at[j] as number),
        0,
      );
    const [i, j] = [from % wanted.length, to % wanted.length];
    const moved = [...shares];
    const step = Math.min(
      amount * (shares[i] as number),
      (wanted[j] as { cap: number }).cap - (shares[j] as number),
    );
    moved[i] = (moved[i] as number) - step;
    moved[j] = (moved[j] as number) + step;
    expect(error(moved)).toBeGreaterThanOrEqual(error(shares) * (1 - 1e-9));
  },
);

property(
  "the curve of subset selection is the mechanism's own variance at the size that the mechanism chooses, with its slope",
  [fc.double({ min: 0.05, max: 6, noNaN: true }), fc.integer({ min: 2, max: 60 })],
  (x, d) => {
    const epsilon = Number(x.toFixed(6));
    const own = subsetSelection({ categories: d, epsilon, bits: 64 });
    const curve = subsetCurve(d, own.size);
    expect(curve.variance(epsilon) / own.variance(1, 0)).toBeCloseTo(1, 9);
    const h = epsilon * 1e-4;
    const difference = (curve.variance(epsilon + h) - curve.variance(epsilon - h)) / (2 * h);
    expect(curve.slope(epsilon) / difference).toBeCloseTo(1, 5);
    if (own.size === 1) {
      expect(curve.variance(1.3)).toBeCloseTo(grrCurve({ categories: d }).variance(1.3), 9);
      expect(curve.slope(1.3)).toBeCloseTo(grrCurve({ categories: d }).slope(1.3), 9);
    }
  },
);

property(
  "at any frequency the curves are the mechanisms' own variances; a wider range stretches Duchi's by its square",
  [
    fc.double({ min: 0.05, max: 6, noNaN: true }),
    fc.integer({ min: 2, max: 60 }),
    fc.double({ min: 0, max: 1, noNaN: true }),
  ],
  (x, d, frequency) => {
    const epsilon = Number(x.toFixed(6));
    const h = epsilon * 1e-4;
    for (const [curve, own] of [
      [grrCurve({ categories: d, frequency }), grr({ categories: d, epsilon, bits: 64 })],
      [oueCurve({ frequency }), oue({ categories: d, epsilon, bits: 64 })],
      [sueCurve(), sue({ categories: d, epsilon, bits: 64 })],
    ] as const) {
      expect(curve.variance(epsilon) / own.variance(1, frequency)).toBeCloseTo(1, 9);
      const difference = (curve.variance(epsilon + h) - curve.variance(epsilon - h)) / (2 * h);
      expect(curve.slope(epsilon) / difference).toBeCloseTo(1, 5);
    }
    const [plain, wide] = [duchiCurve(), duchiCurve({ range: [2, 12] })];
    expect(wide.variance(epsilon) / plain.variance(epsilon)).toBeCloseTo(25, 9);
    expect(wide.slope(epsilon) / plain.slope(epsilon)).toBeCloseTo(25, 9);
  },
);

test("a curve of no domain, frequency or range is refused", () => {
  expectError(() => grrCurve({ categories: 1 }), "EMRX_BAD_DOMAIN", "categories");
  expectError(() => grrCurve({ categories: 3, frequency: 2 }), "EMRX_BAD_PARAMETER", "frequency");
  expectError(() => oueCurve({ frequency: Number.NaN }), "EMRX_BAD_PARAMETER", "frequency");
  expectError(() => duchiCurve({ range: [1, 0] }), "EMRX_BAD_RANGE", "range");
});

property(
  "the curves are the mechanisms' own variances, and the slopes their derivatives",
  [fc.double({ min: 0.05, max: 6, noNaN: true }), fc.integer({ min: 2, max: 60 })],
  (x, d) => {
    const epsilon = Number(x.toFixed(6));
    const pairs: [ErrorCurve, number][] = [
      [grrCurve({ categories: d }), grr({ categories: d, epsilon, bits: 64 }).variance(1, 0)],
      [oueCurve(), oue({ categories: d, epsilon, bits: 64 }).variance(1, 0)],
    ];
    for (const [curve, expected] of pairs)
      expect(curve.variance(epsilon) / expected).toBeCloseTo(1, 9);
    for (const curve of [grrCurve({ categories: d }), oueCurve(), sueCurve(), duchiCurve()]) {
      const h = epsilon * 1e-4;
      const difference = (curve.variance(epsilon + h) - curve.variance(epsilon - h)) / (2 * h);
      expect(curve.slope(epsilon) / difference).toBeCloseTo(1, 5);
    }
  },
);

test("budgets, weights and caps that are not positive are refused", () => {
  const good = claims([oueCurve()], [1]);
  for (const bad of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expectError(() => splitBudget(bad, good), "EMRX_BAD_PARAMETER", "budget");
    expectError(
      () => splitBudget(1, claims([oueCurve(), oueCurve()], [1, bad])),
      "EMRX_BAD_PARAMETER",
      "claims[1].weight",
    );
    expectError(
      () => splitBudget(1, claims([oueCurve()], [1], [bad])),
      "EMRX_BAD_PARAMETER",
      "claims[0].cap",
    );
  }
  expectError(() => splitBudget(1, []), "EMRX_BAD_PARAMETER", "an array of 0 items");
});

const withBudget = (disclose: unknown) =>
  defineSchema({ ...exampleJson, disclose } as unknown as SchemaJson);

test("a schema with one budget: shares within the levels, summing to the budget, and a debit that says so", () => {
  const schema = withBudget({ budget: "2", weights: { stage: 4 } });
  const { disclose } = schema;
  if (disclose.rule !== "budget") throw new Error("rule");
  expect(disclose.shares[4]).toBe("0");
  for (const { index, type, level } of schema.attributes)
    if (type !== "public") {
      expect(Number(disclose.shares[index])).toBeLessThanOrEqual(
        Number(schema.levels[level]?.epsilon),
      );
      expect(mechanismOf(schema, index, level).epsilon).toBe(disclose.shares[index]);
    }
  const total = Number(sumBudgets(disclose.shares));
  expect(total).toBeLessThanOrEqual(2);
  expect(total).toBeGreaterThan(2 - 4e-6);
  expect(policyFor(schema).debit).toBe(sumBudgets(disclose.shares));
  expect(policyFor(schema).disclosed).toBe(4);
  // More weight, more budget; and a share is never above a stricter level that a person chose.
  const even = withBudget({ budget: 2 }).disclose;
  expect(Number(disclose.shares[1])).toBeGreaterThan(
    Number(even.rule === "budget" && even.shares[1]),
  );
  expect(mechanismOf(schema, 1, 2).epsilon).toBe("0.5");
});

test("a budget that covers every level gives every level whole", () => {
  const { disclose } = withBudget({ budget: "4.5" });
  expect(disclose).toEqual({ rule: "budget", budget: "4.5", shares: ["2", "1", "1", "0.5", "0"] });
});

test("wrong budgets and weights in a schema are named", () => {
  expectError(() => withBudget({ budget: "-2" }), "EMRX_BAD_EPSILON", "disclose.budget");
  expectError(
    () => withBudget({ budget: 2, weights: { weight: 1 } }),
    "EMRX_BAD_SCHEMA",
    "disclose.weights.weight",
  );
  expectError(
    () => withBudget({ budget: 2, weights: { clinic: 1 } }),
    "EMRX_BAD_SCHEMA",
    "disclose.weights.clinic",
  );
  expectError(
    () => withBudget({ budget: 2, weights: { sex: 0 } }),
    "EMRX_BAD_SCHEMA",
    "disclose.weights.sex",
  );
  expectError(() => withBudget({ budget: 2, sample: 1 }), "EMRX_BAD_SCHEMA", "disclose.sample");
  expectError(() => withBudget({ budget: "0.000002" }), "EMRX_BAD_SCHEMA", "less than 0.000001");
});

test("a named mechanism is split by its own curve, which is its own variance at frequency 0", () => {
  const makers = { grr, oue, sue, hr: hadamardResponse, blh, olh } as const;
  const curves = {
    grr: grrCurve({ categories: 11 }),
    oue: oueCurve(),
    sue: sueCurve(),
    hr: duchiCurve(),
    blh: duchiCurve(),
    olh: oueCurve(),
  };
  for (const [name, curve] of Object.entries(curves)) {
    for (const epsilon of [0.3, 1, 2.5]) {
      const own = makers[name as keyof typeof makers]({ categories: 11, epsilon: String(epsilon) });
      // Local hashing has a whole number of buckets, so it only comes near its ideal.
      const slack = name === "olh" ? 0.05 : 1e-6;
      expect(Math.abs(own.variance(1, 0) / curve.variance(epsilon) - 1)).toBeLessThan(slack);
    }
    const values = Array.from({ length: 11 }, (_, i) => String(i));
    const schema = defineSchema({
      id: "split",
      version: 1,
      levels: { usual: "4" },
      attributes: {
        named: {
          type: "categorical",
          values,
          level: "usual",
          mechanism: name as keyof typeof makers,
        },
        pair: { type: "categorical", values: ["a", "b"], level: "usual" },
        number: { type: "numeric", range: [0, 1], level: "usual" },
      },
      disclose: { budget: "3", weights: { named: 2 } },
    });
    const { disclose } = schema;
    const shares = splitBudget(
      3,
      claims([curve, grrCurve({ categories: 2 }), duchiCurve()], [2, 1, 1], [4, 4, 4]),
    );
    // Rounded down to six digits.
    for (const [i, share] of shares.entries()) {
      const given = Number(disclose.rule === "budget" && disclose.shares[i]);
      expect(given).toBeLessThanOrEqual(share);
      expect(given).toBeGreaterThan(share - 1.001e-6);
    }
  }
});

test("a set's curve is privset's own variance at frequency 0, at the size that privset has there", () => {
  for (const [categories, atMost] of [
    [5, 1],
    [11, 3],
    [40, 10],
    [200, 2],
  ] as const)
    for (const epsilon of [0.5, 1, 2, 4]) {
      const own = privset({ categories, atMost, epsilon: String(epsilon) });
      const curve = privsetCurve(categories, atMost, epsilon);
      expect(curve.name).toBe(`privset ${categories} ${atMost} ${own.size}`);
      // Of the mechanism's exact thresholds, by the variance of a sum of indicators (Wang et al. 2017, section 3).
      const [p, q] = [own.support.p, own.support.q].map(
        ({ numerator, denominator }) => Number((numerator * 10n ** 18n) / denominator) / 1e18,
      ) as [number, number];
      const expected = (q * (1 - q)) / (p - q) ** 2;
      expect(Math.abs(curve.variance(epsilon) / expected - 1)).toBeLessThan(1e-6);
    }
});

test("every slope is the derivative of its variance", () => {
  expect(privsetCurve(200, 2, 0.5).name).toMatch(/^privset 200 2 [1-9]\d$/);
  for (const curve of [
    grrCurve({ categories: 2 }),
    grrCurve({ categories: 20 }),
    oueCurve(),
    sueCurve(),
    duchiCurve(),
    subsetCurve(20, 1),
    subsetCurve(20, 3),
    privsetCurve(11, 3, 1),
    privsetCurve(40, 10, 2),
    privsetCurve(200, 2, 0.5), // reports of many items
  ])
    for (const epsilon of [0.4, 1, 2.5]) {
      const h = 1e-4;
      const difference = (curve.variance(epsilon + h) - curve.variance(epsilon - h)) / (2 * h);
      expect(Math.abs(curve.slope(epsilon) / difference - 1), curve.name).toBeLessThan(1e-6);
    }
});

test("curves have the names of their mechanisms and sizes", () => {
  expect([
    grrCurve({ categories: 7 }).name,
    oueCurve().name,
    sueCurve().name,
    duchiCurve().name,
  ]).toEqual(["grr 7", "oue", "sue", "duchi -1 1"]);
});

test("one claim gets the budget, or its cap; equal claims get equal shares", () => {
  for (const curve of [grrCurve({ categories: 3 }), oueCurve(), sueCurve(), duchiCurve()]) {
    expect(splitBudget(2, claims([curve], [5], [3]))[0]).toBeCloseTo(2, 12);
    expect(splitBudget(2, claims([curve], [5], [1.5]))).toEqual([1.5]);
    expect(splitBudget(2, claims([curve], [5], [2]))).toEqual([2]);
    const [a, b] = splitBudget(3, claims([curve, curve], [1, 1]));
    expect([a, b].map((share) => share?.toFixed(10))).toEqual(["1.5000000000", "1.5000000000"]);
  }
  // A thousandth of the budget and a thousand times of it: the price is found over many orders of magnitude.
  for (const budget of [1e-3, 25])
    expect(
      splitBudget(budget, claims([grrCurve({ categories: 2 }), oueCurve()], [1e-6, 1e6])).reduce(
        (a, b) => a + b,
      ),
    ).toBeCloseTo(budget, 9);
});

test("without a named mechanism, the curve is that of the mechanism which the share leads to", () => {
  const values = Array.from({ length: 11 }, (_, i) => String(i));
  const build = (budget: string) =>
    defineSchema({
      id: "rule",
      version: 1,
      levels: { usual: "4" },
      attributes: {
        eleven: { type: "categorical", values, level: "usual" },
        codes: { type: "set", values, atMost: 3, level: "usual" },
        open: { type: "public", values: ["x"] },
        pair: { type: "categorical", values: ["a", "b"], level: "usual" },
        number: { type: "numeric", range: [0, 1], level: "usual" },
      },
      disclose: { budget, weights: { codes: 0.01 } },
    });
  for (const budget of ["2.5", "7"]) {
    const schema = build(budget);
    const { disclose } = schema;
    const given = disclose.rule === "budget" ? disclose.shares : [];
    expect(given[2]).toBe("0");
    const eleven = mechanismOf(schema, 0, 0) as SubsetSelection;
    const size = eleven.name === "ss" ? eleven.size : 1;
    expect(subsetCurve(11, size).name).toBe(`ss 11 ${size}`);
    const near = Number(given[1]);
    const wanted = [
      { curve: subsetCurve(11, size), weight: 1, cap: 4 },
      { curve: privsetCurve(11, 3, near), weight: 0.01, cap: 4 },
      { curve: grrCurve({ categories: 2 }), weight: 1, cap: 4 },
      { curve: duchiCurve(), weight: 1, cap: 4 },
    ];
    const shares = splitBudget(Number(budget), wanted);
    for (const [i, index] of [0, 1, 3, 4].entries())
      expect(Math.abs(Number(given[index]) - (shares[i] as number))).toBeLessThan(2e-6);
  }
});

test("beyond 512 values the rule's curve is grr's or local hashing's, as the share decides; a named mechanism keeps its own", () => {
  const named = (count: number) => Array.from({ length: count }, (_, i) => String(i));
  const build = (count: number, budget: string, mechanism: object) =>
    defineSchema({
      id: "large",
      version: 1,
      levels: { usual: "9" },
      attributes: {
        large: { type: "categorical", values: named(count), level: "usual", ...mechanism },
        number: { type: "numeric", range: [0, 1], level: "usual", mechanism: "duchi" },
      },
      disclose: { budget },
    });
  // grr where 513 < 3 e^epsilon + 2, from epsilon 5.14 on (Wang et al. 2017, section 4.4).
  for (const [count, budget, mechanism, curve] of [
    [513, "6", {}, oueCurve()],
    [513, "13", {}, grrCurve({ categories: 513 })],
    [513, "6", { mechanism: "grr" }, grrCurve({ categories: 513 })],
    [513, "13", { mechanism: "olh" }, oueCurve()],
    [513, "6", { mechanism: "ss" }, subsetCurve(513, 3)],
    [512, "6", {}, subsetCurve(512, 3)],
  ] as const) {
    const { disclose } = build(count, budget, mechanism);
    const given = disclose.rule === "budget" ? disclose.shares.map(Number) : [];
    const size = subsetSelection({ categories: count, epsilon: given[0] as number }).size;
    const own = curve.name.startsWith("ss") ? subsetCurve(count, size) : curve;
    const shares = splitBudget(Number(budget), claims([own, duchiCurve()], [1, 1], [9, 9]));
    for (const [i, share] of shares.entries())
      expect(Math.abs((given[i] as number) - share), `${count} ${budget}`).toBeLessThan(2e-6);
  }
});

test("a share is written with six digits, rounded down; less than a millionth is refused", () => {
  const one = (budget: string, epsilon: string) =>
    defineSchema({
      id: "tiny",
      version: 1,
      levels: { usual: epsilon },
      attributes: { pair: { type: "categorical", values: ["a", "b"], level: "usual" } },
      disclose: { budget },
    }).disclose;
  expect(one("0.0000015", "1")).toMatchObject({ shares: ["0.000001"] });
  expect(one("1.2345678", "2")).toMatchObject({ budget: "1.2345678", shares: ["1.234567"] });
  expect(one("3", "2")).toMatchObject({ shares: ["2"] });
  // A cap is given whole, whatever its digits.
  expect(one("3", "0.00000001")).toMatchObject({ shares: ["0.00000001"] });
  expectError(() => one("0.0000009", "1"), "EMRX_BAD_SCHEMA", "less than 0.000001");
});
