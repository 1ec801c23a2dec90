// The best way to divide one budget among several attributes under a cap for each.
import { arrayOf, methods, number, object } from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import type { ErrorCurve } from "./error-curve.js";

/** One attribute that wants a share of the budget. */
export interface BudgetClaim {
  readonly curve: ErrorCurve;
  /** How much its error matters, relative to the others; positive. */
  readonly weight: number;
  /** The most it may get (its level's epsilon); positive. */
  readonly cap: number;
}

/**
 * Divides a budget so that the weighted sum of variances is least:
 *
 * $`\min \sum_j w_j V_j(\varepsilon_j) \quad \text{with} \quad \sum_j \varepsilon_j \le \varepsilon, \; 0 < \varepsilon_j \le c_j`$.
 *
 * Every V is convex and decreasing, so the conditions of Karush, Kuhn and Tucker are sufficient (Boyd and Vandenberghe, Convex
 * Optimization, section 5.5.3): there is one price mu of budget at which each claim either has its cap or has
 * $`w_j V_j'(\varepsilon_j) = -\mu`$. The price is found by bisection. Where the caps together do not reach the budget,
 * everybody gets their cap.
 *
 * @param budget the budget to divide, positive
 * @param claims curve, weight and cap of each attribute; at least one
 * @returns the share of each claim, in order
 * @throws `EMRX_BAD_PARAMETER` for a budget, weight or cap that is not positive and finite
 * @example
 * ```ts
 * import { grrCurve, splitBudget } from "@emrx/ldp-core/allocation";
 *
 * const claims = [2, 4, 16].map((d) => ({ curve: grrCurve({ categories: d }), weight: 1, cap: 2 }));
 * splitBudget(2, claims).map((share) => share.toFixed(4)); // => ["0.4536", "0.6081", "0.9383"]
 * ```
 */
export function splitBudget(budget: number, claims: readonly BudgetClaim[]): readonly number[] {
  const positive = number({ above: 0 });
  check(positive, budget, "budget");
  const claim = object({
    curve: methods<ErrorCurve>("a curve", "variance", "slope"),
    weight: positive,
    cap: positive,
  });
  check(arrayOf(claim, { least: 1 }), claims, "claims");
  const caps = claims.map(({ cap }) => cap);
  if (sum(caps) <= budget) return caps;

  // At price e^low everybody asks for more than there is, at e^high for less. Prices are bisected as logarithms, since
  // slopes range over many orders of magnitude.
  const demands = (logPrice: number): number[] =>
    claims.map((claim) => demand(claim, Math.exp(logPrice), budget));
  let [low, high] = [-200, 200];
  while (high - low > 1e-14 * Math.max(1, Math.abs(low))) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (sum(demands(middle)) > budget) low = middle;
    else high = middle;
  }
  return demands(high);
}

/** What a claim asks for at a price: its cap, or where another bit of epsilon is worth just the price. */
function demand({ curve, weight, cap }: BudgetClaim, price: number, budget: number): number {
  const most = Math.min(cap, budget);
  const worth = (epsilon: number): number => -weight * curve.slope(epsilon);
  if (worth(most) >= price) return most;
  let [low, high] = [0, most];
  for (;;) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) return low;
    if (worth(middle) > price) low = middle;
    else high = middle;
  }
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
