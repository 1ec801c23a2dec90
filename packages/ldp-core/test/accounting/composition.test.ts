import { fc, property, sharedJson, testWithShared } from "@emrx/testkit";
import { expect, test } from "vitest";
import { composedDelta, optimalComposition } from "../../src/accounting/composition.js";
import {
  concentratedLoss,
  concentratedToApproximate,
  renyiLoss,
} from "../../src/accounting/concentrated.js";
import { expectError } from "../expect-error.js";

type Row = Readonly<Record<string, number>>;
const accounting = () =>
  (sharedJson("theory/vectors.json") as { accounting: Record<string, readonly Row[]> }).accounting;

function expectClose(value: number, expected: number, what: string, tolerance = 1e-9): void {
  expect(Math.abs(value - expected), what).toBeLessThanOrEqual(tolerance * Math.abs(expected));
}

testWithShared("theory/vectors.json", "composition equals the 12 reference entries to 1e-9", () => {
  const rows = accounting()["composition"] as readonly Row[];
  expect(rows).toHaveLength(12);
  for (const { eps = 0, k = 0, delta = 0, kov_exact_optimal = 0 } of rows) {
    expectClose(
      optimalComposition(Array<number>(k).fill(eps), delta),
      kov_exact_optimal,
      `optimal ${eps} x ${k}`,
    );
  }
  const example = accounting()["heterogeneous_example"] as unknown as {
    eps_list: number[];
    eps_prime: number;
    delta: number;
  };
  expectClose(
    composedDelta(example.eps_list, example.eps_prime),
    example.delta,
    "different epsilons",
  );
});

testWithShared(
  "theory/vectors.json",
  "concentrated and Renyi privacy equal the reference to 1e-9",
  () => {
    for (const { eps = 0, rho_tight = 0 } of accounting()["pure_to_zcdp"] as readonly Row[])
      expectClose(concentratedLoss(eps), rho_tight, `rho ${eps}`);
    for (const { eps = 0, k = 0, delta = 0, eps_cks_conversion = 0 } of accounting()[
      "zcdp_to_approx"
    ] as readonly Row[])
      expectClose(
        Math.min(k * eps, concentratedToApproximate(k * concentratedLoss(eps), delta)),
        eps_cks_conversion,
        `epsilon ${eps} x ${k}`,
      );
    for (const { eps = 0, d = 0, sup_alpha_RDP_over_alpha = 0, KL = 0 } of accounting()[
      "grr_zcdp"
    ] as readonly Row[]) {
      // The ratio rises to one maximum and falls: by thirds on the logarithm of the order.
      const ratio = (log: number) => {
        const alpha = 1 + 10 ** log;
        return renyiLoss(eps, alpha, d) / alpha;
      };
      let [low, high] = [-6, 4];
      for (let step = 0; step < 40; step++) {
        const third = (high - low) / 3;
        if (ratio(low + third) < ratio(high - third)) low += third;
        else high -= third;
      }
      const largest = ratio((low + high) / 2);
      // The reference took the supremum over a coarse grid of orders: it is a little below where the supremum is inside.
      expect(largest / sup_alpha_RDP_over_alpha).toBeGreaterThan(1 - 2e-6);
      expect(largest / sup_alpha_RDP_over_alpha).toBeLessThan(1 + 3e-4);
      expectClose(renyiLoss(eps, 1 + 1e-7, d), KL, `KL ${eps} ${d}`, 1e-5);
    }
  },
);

/** The closed form for k equal epsilons: Kairouz, Oh and Viswanath, ICML 2015, theorem 3.4, looser than the optimum. */
function closedForm(epsilon: number, count: number, delta: number): number {
  const drift = count * epsilon * Math.tanh(epsilon / 2);
  const spread = epsilon * Math.sqrt(2 * count * Math.log(1 / delta));
  return Math.min(count * epsilon, drift + spread);
}

/** delta by going through all outcomes of all coins: max over events of P(event) - e^epsilon Q(event). */
function enumeratedDelta(epsilons: readonly number[], epsilon: number): number {
  let delta = 0;
  for (let outcome = 0; outcome < 2 ** epsilons.length; outcome++) {
    let [p, q] = [1, 1];
    for (const [i, e] of epsilons.entries()) {
      const truth = Math.exp(e) / (1 + Math.exp(e));
      const first = ((outcome >> i) & 1) === 1;
      p *= first ? truth : 1 - truth;
      q *= first ? 1 - truth : truth;
    }
    delta += Math.max(0, p - Math.exp(epsilon) * q);
  }
  return delta;
}

property(
  "composition of different epsilons is what enumerating all outcomes of randomized response gives",
  [
    fc.array(fc.constantFrom(0.05, 0.3, 0.3, 1, 2.5), { minLength: 1, maxLength: 7 }),
    fc.double({ min: 0, max: 6, noNaN: true }),
  ],
  (epsilons, epsilon) => {
    const expected = enumeratedDelta(epsilons, epsilon);
    const delta = composedDelta(epsilons, epsilon);
    expect(Math.abs(delta - expected)).toBeLessThan(1e-10 * expected + 1e-13);
  },
);

property(
  "the optimal epsilon satisfies its delta, is never above the sum nor above any other valid bound",
  [
    fc.double({ min: 0.01, max: 2, noNaN: true }),
    fc.integer({ min: 1, max: 60 }),
    fc.constantFrom(1e-9, 1e-6, 1e-3, 0.2),
  ],
  (epsilon, count, delta) => {
    const all = Array<number>(count).fill(epsilon);
    const best = optimalComposition(all, delta);
    expect(composedDelta(all, best)).toBeLessThanOrEqual(delta);
    const slack = 1 + 1e-12;
    expect(best).toBeLessThanOrEqual(count * epsilon * slack);
    expect(best).toBeLessThanOrEqual(closedForm(epsilon, count, delta) * slack);
    expect(best).toBeLessThanOrEqual(
      concentratedToApproximate(count * concentratedLoss(epsilon), delta) * slack + 1e-12,
    );
  },
);

property(
  "Renyi loss rises with its order from below epsilon tanh(epsilon / 2) alpha up to epsilon",
  [
    fc.double({ min: 0.01, max: 5, noNaN: true }),
    fc.double({ min: 1.001, max: 400, noNaN: true }),
    fc.integer({ min: 2, max: 50 }),
  ],
  (epsilon, alpha, d) => {
    const loss = renyiLoss(epsilon, alpha);
    expect(loss).toBeLessThanOrEqual(epsilon);
    expect(loss).toBeLessThanOrEqual(concentratedLoss(epsilon) * alpha * (1 + 1e-9));
    expect(renyiLoss(epsilon, alpha * 1.1)).toBeGreaterThanOrEqual(loss * (1 - 1e-9));
    expect(renyiLoss(epsilon, alpha, d)).toBeLessThanOrEqual(loss * (1 + 1e-9));
  },
);

test("numbers out of range are refused by name", () => {
  expectError(() => composedDelta([1, 0], 1), "EMRX_BAD_PARAMETER", "epsilons[1]");
  expectError(() => composedDelta([1], -1), "EMRX_BAD_PARAMETER", "epsilon is -1");
  expectError(() => optimalComposition([1], 0), "EMRX_BAD_PARAMETER", "delta");
  expectError(() => concentratedLoss(-1), "EMRX_BAD_PARAMETER", "epsilon");
  expectError(() => renyiLoss(1, 1), "EMRX_BAD_PARAMETER", "alpha");
  expectError(() => renyiLoss(1, 2, 1), "EMRX_BAD_PARAMETER", "categories");
  expectError(() => concentratedToApproximate(1, 1), "EMRX_BAD_PARAMETER", "delta");
  expect(optimalComposition([0.1], 0.9)).toBe(0);
});
