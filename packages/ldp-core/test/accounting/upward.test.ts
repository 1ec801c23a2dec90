import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { composedDelta, optimalComposition } from "../../src/accounting/composition.js";
import {
  concentratedLoss,
  concentratedToApproximate,
  renyiLoss,
} from "../../src/accounting/concentrated.js";
import { shuffledDelta, shuffledEpsilon } from "../../src/accounting/shuffle.js";
import { exactly, leadingZeros, precise, roundedUp } from "../../src/accounting/upward.js";
import { expectError } from "../expect-error.js";

type Numbers = readonly number[];
/** Values of 200 digits and more, rounded up to doubles: generate_reference.py. */
const reference = JSON.parse(
  readFileSync(new URL("./reference.json", import.meta.url), "utf8"),
) as {
  readonly concentrated: readonly Numbers[];
  readonly renyi: readonly Numbers[];
  readonly approximate: readonly Numbers[];
  readonly composed: readonly (readonly [Numbers, number, number])[];
  readonly optimal: readonly (readonly [Numbers, number, number])[];
  readonly clones: readonly Numbers[];
};

/** A loss that is understated is a fault of privacy; one that is overstated by more than the tolerance is a fault of use. */
function expectFromAbove(value: number, exact: number, tolerance: number, what: string): void {
  expect(value, `${what}: understated`).toBeGreaterThanOrEqual(exact);
  expect(value, `${what}: overstated`).toBeLessThanOrEqual(exact * (1 + tolerance) + 5e-324);
}

test("concentrated loss is the least double above the true value, from the smallest epsilon to the largest", () => {
  for (const [epsilon = 0, exact = 0] of reference.concentrated)
    expectFromAbove(concentratedLoss(epsilon), exact, 3e-16, `epsilon ${epsilon}`);
});

test("Renyi loss is the least double above the true value, for orders next to 1 and huge ones", () => {
  expect(reference.renyi.length).toBeGreaterThan(500);
  for (const [epsilon = 0, d = 0, alpha = 0, exact = 0] of reference.renyi)
    expectFromAbove(
      renyiLoss(epsilon, alpha, d),
      exact,
      3e-16,
      `epsilon ${epsilon}, d ${d}, alpha ${alpha}`,
    );
});

test("what concentrated privacy implies is never below the best bound", () => {
  for (const [rho = 0, delta = 0, exact = 0] of reference.approximate)
    expectFromAbove(
      concentratedToApproximate(rho, delta),
      exact,
      1e-9,
      `rho ${rho}, delta ${delta}`,
    );
});

test("the delta of a composition is never below the true one", () => {
  for (const [epsilons, claimed, exact] of reference.composed)
    expectFromAbove(
      composedDelta(epsilons, claimed),
      exact,
      1e-8,
      `${epsilons.length} epsilons, ${claimed}`,
    );
});

test("the epsilon of a composition is never below the true one", () => {
  for (const [epsilons, delta, exact] of reference.optimal)
    expectFromAbove(
      optimalComposition(epsilons, delta),
      exact,
      1e-6,
      `${epsilons.length} epsilons, delta ${delta}`,
    );
});

test("the delta of shuffled reports is never below the true one of the two distributions compared", () => {
  for (const [local = 0, n = 0, claimed = 0, exact = 0] of reference.clones)
    expectFromAbove(shuffledDelta(local, n, claimed), exact, 1e-6, `${local}, n ${n}, ${claimed}`);
});

test("many different epsilons take bounded time: their losses are rounded up to a grid, or refused", () => {
  const different = Array.from({ length: 20 }, (_, i) => 0.1 + 0.0137 * i);
  const best = optimalComposition(different, 1e-6);
  // Above the same epsilons rounded down to four values, below those rounded up.
  const coarse = (round: (x: number) => number) =>
    optimalComposition(
      different.map((epsilon) => round(epsilon * 20) / 20),
      1e-6,
    );
  expect(best).toBeGreaterThan(coarse(Math.floor));
  expect(best).toBeLessThan(coarse(Math.ceil));
  expect(optimalComposition(Array<number>(100_000).fill(0.001), 1e-6)).toBeLessThan(2);
  const endless = Array.from({ length: 50_000 }, (_, i) => 0.1 + i * 1e-6);
  expectError(() => optimalComposition(endless, 1e-6), "EMRX_TOO_LARGE", "round them up");
});

test("a thousand million reports take bounded time, and more count as a thousand million", () => {
  const large = shuffledEpsilon(1, 1e9, 1e-6);
  // Amplification goes as the root of n, and faster where delta is no longer small against epsilon.
  const ratio = shuffledEpsilon(1, 1e7, 1e-6) / large;
  expect(ratio).toBeGreaterThan(10);
  expect(ratio).toBeLessThan(20);
  expect(shuffledEpsilon(1, Number.MAX_SAFE_INTEGER, 1e-6)).toBe(large);
}, 60_000);

test("rounding up gives a double that is not below, and the next one below is", () => {
  const Exact = precise(60);
  for (const text of ["0.1", "1e-320", "3", "1e308", "0.3333333333333333333333333333"]) {
    const value = new Exact(text);
    const up = roundedUp(value);
    expect(value.lte(exactly(Exact, up))).toBe(true);
    expect(value.gt(exactly(Exact, up * (1 - 3e-16) - 5e-324))).toBe(true);
  }
  expect(roundedUp(new Exact("-1"))).toBe(0);
  expect(roundedUp(new Exact("1e400"))).toBe(Number.POSITIVE_INFINITY);
  expect([leadingZeros(1), leadingZeros(100), leadingZeros(0.000123)]).toEqual([0, 0, 4]);
});
