// Sums of budgets are exact decimals: 0.1 + 0.2 spends 0.3.
import { Decimal } from "decimal.js";

/** 60 digits hold every sum of budgets exactly: each has at most 4 digits before and 12 after the point. Made at the first sum. */
let exact: typeof Decimal | undefined;

function exactly(value: string): Decimal {
  exact ??= Decimal.clone({ precision: 60, toExpPos: 40, toExpNeg: -40 });
  return new exact(value);
}

/**
 * The exact sum of budgets.
 *
 * @param budgets - canonical decimal strings, `"0"` included
 * @returns the canonical sum, `"0"` for none
 * @example
 * ```ts
 * import { sumBudgets } from "@emrx/ldp-core/accounting";
 *
 * sumBudgets(["0.1", "0.2"]); // => "0.3"
 * ```
 */
export function sumBudgets(budgets: Iterable<string>): string {
  let total = exactly("0");
  for (const budget of budgets) total = total.plus(budget);
  return total.toString();
}

/**
 * The exact difference of two budgets.
 *
 * @param a - a canonical decimal string
 * @param b - what is taken away from it
 * @returns a - b as a canonical decimal; it may be `"0"` or negative
 * @example
 * ```ts
 * import { subtractBudgets } from "@emrx/ldp-core/accounting";
 *
 * subtractBudgets("0.3", "0.1"); // => "0.2"
 * ```
 */
export const subtractBudgets = (a: string, b: string): string => exactly(a).minus(b).toString();
