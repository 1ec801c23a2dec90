import { fc, property, sharedJson, testWithShared } from "@emrx/testkit";
import { expect, test } from "vitest";
import { binomialProbability, fairUpperTail } from "../../src/accounting/binomial.js";
import {
  shuffledDelta,
  shuffledDeltaOf,
  shuffledEpsilon,
  shuffledEpsilonOf,
} from "../../src/accounting/shuffle.js";
import { grr } from "../../src/index.js";
import { oue } from "../../src/mechanisms.js";
import { expectError } from "../expect-error.js";

type Row = Readonly<Record<string, number | string | boolean>>;
const accounting = () =>
  (sharedJson("theory/vectors.json") as { accounting: Record<string, readonly Row[]> }).accounting;

function expectClose(value: number, expected: number, what: string, tolerance: number): void {
  expect(Math.abs(value - expected) / Math.abs(expected), what).toBeLessThanOrEqual(tolerance);
}

/** The closed form of the theorem whose distributions are computed with: Feldman, McMillan and Talwar, FOCS 2021, theorem 3.1. */
function closedForm(localEpsilon: number, n: number, delta: number): number {
  if (localEpsilon > Math.log(n / (16 * Math.log(2 / delta)))) return localEpsilon;
  const E = Math.exp(localEpsilon);
  const clones = (8 * Math.sqrt(E * Math.log(4 / delta))) / Math.sqrt(n) + (8 * E) / n;
  return Math.min(localEpsilon, Math.log1p(((E - 1) / (E + 1)) * clones));
}

testWithShared(
  "theory/vectors.json",
  "shuffle amplification equals the 9 reference entries",
  () => {
    const rows = accounting()["shuffle"] as readonly Row[];
    expect(rows).toHaveLength(9);
    for (const row of rows) {
      const [n, epsilon, delta] = [row["n"], row["eps0"], row["delta"]] as [number, number, number];
      const what = `n=${n} eps0=${epsilon}`;
      expectClose(
        closedForm(epsilon, n, delta),
        row["FMT21_closed"] as number,
        `closed ${what}`,
        1e-9,
      );
      // The reference halved [0, eps0] some 25 times and kept the upper end.
      const expectJustBelow = (value: number, reference: unknown, name: string) => {
        expect(value - (reference as number), `${name} ${what}`).toBeLessThan(1e-9);
        expect((reference as number) - value, `${name} ${what}`).toBeLessThan(epsilon * 2 ** -25);
      };
      expectJustBelow(shuffledEpsilon(epsilon, n, delta), row["FMT21_numeric_clones"], "numeric");
      const options = { epsilon, bits: 64 };
      for (const [mechanism, name] of [
        [grr({ categories: 4, ...options }), "GRR4_reveal_bound"],
        [grr({ categories: 2, ...options }), "GRR2_bound"],
        [oue({ categories: 8, ...options }), "OUE_reveal_bound"],
      ] as const) {
        const lesser = Math.min(row[name] as number, row["FMT21_numeric_clones"] as number);
        expectJustBelow(shuffledEpsilonOf(mechanism, n, delta), lesser, name);
      }
    }
  },
);

testWithShared(
  "theory/vectors.json",
  "neither bound is below the exact delta of any data set that was enumerated, and both equal the reference",
  () => {
    const rows = accounting()["shuffle_bruteforce_small_n"] as readonly Row[];
    expect(rows).toHaveLength(116);
    for (const row of rows) {
      const [name, epsilon, n, claimed] = [row["mechanism"], row["eps0"], row["n"], row["eps"]] as [
        string,
        number,
        number,
        number,
      ];
      const exact = row["delta_exact_worst_dataset"] as number;
      const general = shuffledDelta(epsilon, n, claimed);
      expect(general).toBeGreaterThanOrEqual(exact * (1 - 1e-9) - 1e-14);
      expect(Math.abs(general - (row["delta_FMT21_clones"] as number))).toBeLessThan(1e-9);
      const match = /^(GRR|OUE)(\d+)$/.exec(name);
      if (match === null) continue;
      const options = { categories: Number(match[2]), epsilon, bits: 64 };
      const own = shuffledDeltaOf(match[1] === "GRR" ? grr(options) : oue(options), n, claimed);
      expect(own, `${name} ${n} ${claimed}`).toBeGreaterThanOrEqual(exact * (1 - 1e-9) - 1e-14);
      expect(Math.abs(own - (row["delta_reveal_bound"] as number)), name).toBeLessThan(1e-9);
    }
  },
);

test("the counterexample to the 'stronger clone' reduction: GRR, k = 3, E = 3, n = 2, e^epsilon = 11/5 has delta 12/125", () => {
  const mechanism = grr({ categories: 3, epsilon: "1.098612288668", bits: 64 }); // ln 3
  const claimed = Math.log(11 / 5);
  // By hand: the victim holds 0 or 1; reports are unordered pairs; the worst value of the other person counts.
  const [p, q] = [3 / 5, 1 / 5];
  const one = (y: number, x: number) => (y === x ? p : q);
  const likelihood = (victim: number, other: number, a: number, b: number): number =>
    one(a, victim) * one(b, other) + (a === b ? 0 : one(b, victim) * one(a, other));
  const deltas = [0, 1, 2].map((other) => {
    let delta = 0;
    for (let a = 0; a < 3; a++)
      for (let b = a; b < 3; b++)
        delta += Math.max(0, likelihood(0, other, a, b) - (11 / 5) * likelihood(1, other, a, b));
    return delta;
  });
  expect(Math.max(...deltas)).toBeCloseTo(12 / 125, 12);
  expect(deltas[2]).toBeCloseTo(0.08, 12); // all that the reduction sees
  expect(shuffledDeltaOf(mechanism, 2, claimed)).toBeGreaterThanOrEqual(12 / 125 - 1e-9);
  expect(shuffledDelta(Math.log(3), 2, claimed)).toBeGreaterThanOrEqual(12 / 125 - 1e-9);
});

property(
  "shuffling never harms, more people hide better, and the bounds are ordered as they must be",
  [
    fc.double({ min: 0.05, max: 4, noNaN: true }),
    fc.integer({ min: 2, max: 3000 }),
    fc.constantFrom(1e-9, 1e-6, 1e-2),
  ],
  (x, n, delta) => {
    const epsilon = Number(x.toFixed(4));
    const numeric = shuffledEpsilon(epsilon, n, delta);
    expect(numeric).toBeLessThanOrEqual(epsilon);
    expect(numeric).toBeLessThanOrEqual(closedForm(epsilon, n, delta) * (1 + 1e-9));
    expect(shuffledEpsilon(epsilon, 2 * n, delta)).toBeLessThanOrEqual(numeric * (1 + 1e-9));
    expect(shuffledEpsilonOf(grr({ categories: 3, epsilon }), n, delta)).toBeLessThanOrEqual(
      numeric,
    );
    if (numeric < epsilon) expect(shuffledDelta(epsilon, n, numeric)).toBeLessThanOrEqual(delta);
  },
  { numRuns: 40 },
);

/** Binomial probabilities by the recurrence on exact integers. */
function exactBinomial(n: number, k: number, numerator: bigint, denominator: bigint): number {
  let choose = 1n;
  for (let i = 1n; i <= BigInt(k); i++) choose = (choose * (BigInt(n) - i + 1n)) / i;
  const top = choose * numerator ** BigInt(k) * (denominator - numerator) ** BigInt(n - k);
  const bottom = denominator ** BigInt(n);
  return Number((top * 10n ** 40n) / bottom) / 1e40;
}

property(
  "binomial probabilities and tails equal exact integer arithmetic to 1e-13",
  [fc.integer({ min: 1, max: 900 }), fc.nat(900), fc.integer({ min: 1, max: 15 })],
  (n, at, sixteenths) => {
    const k = at % (n + 1);
    const exact = exactBinomial(n, k, BigInt(sixteenths), 16n);
    if (exact > 1e-20)
      expectClose(binomialProbability(n, k, sixteenths / 16), exact, `${n} ${k}`, 1e-13);
    const from = Math.ceil(n / 2) + (k % 20);
    let tail = 0;
    for (let i = Math.min(n, from + 400); i >= from; i--) tail += exactBinomial(n, i, 1n, 2n);
    if (tail > 1e-20) expectClose(fairUpperTail(n, from), tail, `tail ${n} ${from}`, 1e-12);
  },
  { numRuns: 25 },
);

test("binomial edges", () => {
  expect([binomialProbability(5, -1, 0.5), binomialProbability(5, 6, 0.5)]).toEqual([0, 0]);
  expect([
    binomialProbability(5, 0, 0),
    binomialProbability(5, 5, 1),
    binomialProbability(5, 1, 0),
  ]).toEqual([1, 1, 0]);
  expect([fairUpperTail(5, 0), fairUpperTail(5, 6)]).toEqual([1, 0]);
});

test("numbers out of range are refused by name", () => {
  expectError(() => shuffledEpsilon(0, 10, 0.1), "EMRX_BAD_PARAMETER", "localEpsilon");
  expectError(() => shuffledEpsilon(1, 1, 0.1), "EMRX_BAD_PARAMETER", "reports");
  expectError(() => shuffledEpsilon(1, 10.5, 0.1), "EMRX_BAD_PARAMETER", "reports");
  expectError(() => shuffledEpsilon(1, 10, 0), "EMRX_BAD_PARAMETER", "delta");
});
