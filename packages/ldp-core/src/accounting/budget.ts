// Sums of budgets are exact decimals: 0.1 + 0.2 spends 0.3. They are whole numbers of trillionths, since no budget has more than
// 12 digits after the point.
import { guard, iterable, type Shape } from "@emrx/internal/shape";
import { check } from "../errors/check.js";

const places = 12;

/** A budget, a sum or a difference of budgets. */
const amountShape: Shape<string> = /* @__PURE__ */ guard(
  (value): value is string => typeof value === "string" && /^-?\d{1,30}(\.\d{1,12})?$/.test(value),
  'a decimal text such as "0.5", with at most 12 digits after the point',
);

function trillionths(decimal: unknown, name: string): bigint {
  const amount = check(amountShape, decimal, name, "EMRX_BAD_EPSILON");
  const [whole = "0", fraction = ""] = amount.split(".");
  return BigInt(whole + fraction.padEnd(places, "0"));
}

function canonical(amount: bigint): string {
  if (amount < 0n) return `-${canonical(-amount)}`;
  const digits = String(amount).padStart(places + 1, "0");
  const fraction = digits.slice(-places).replace(/0+$/, "");
  return digits.slice(0, -places) + (fraction === "" ? "" : `.${fraction}`);
}

/**
 * The exact sum of budgets.
 *
 * @param budgets - canonical decimal strings, `"0"` included
 * @returns the canonical sum, `"0"` for none
 * @throws EMRX_BAD_EPSILON for what is no decimal, EMRX_BAD_PARAMETER for what is no list
 * @example
 * ```ts
 * import { sumBudgets } from "@emrx/ldp-core/accounting";
 *
 * sumBudgets(["0.1", "0.2"]); // => "0.3"
 * ```
 */
export function sumBudgets(budgets: Iterable<string>): string {
  let total = 0n;
  for (const budget of check(iterable(), budgets, "budgets"))
    total += trillionths(budget, "budgets");
  return canonical(total);
}

/**
 * The exact difference of two budgets.
 *
 * @param a - a canonical decimal string
 * @param b - what is taken away from it
 * @returns a - b as a canonical decimal; it may be `"0"` or negative
 * @throws EMRX_BAD_EPSILON for what is no decimal
 * @example
 * ```ts
 * import { subtractBudgets } from "@emrx/ldp-core/accounting";
 *
 * subtractBudgets("0.3", "0.1"); // => "0.2"
 * ```
 */
export const subtractBudgets = (a: string, b: string): string =>
  canonical(trillionths(a, "a") - trillionths(b, "b"));
