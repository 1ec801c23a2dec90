// Privacy budgets are decimals: read exactly, written in one canonical form, compared as fractions and never in floating point.
import { coded, decimal, type Shape } from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import type { LdpErrorCode } from "../errors/ldp-error.js";
import { compare, type Rational, rational } from "./rational.js";

/** The largest epsilon of one mechanism: beyond it one report all but names the value. */
export const LARGEST_EPSILON = 32;

/**
 * A privacy budget as a canonical decimal string: no sign, no exponent, no superfluous zeros.
 *
 * @param amount - a decimal string such as `"0.5"`, or a number (read by its shortest decimal form)
 * @param argument - the name that an error message gives to the amount
 * @returns the canonical form
 * @throws EMRX_BAD_EPSILON unless 0 < amount <= 9999 with at most 12 digits after the point
 * @example
 * ```ts
 * import { parseBudget } from "@emrx/ldp-core/accounting";
 *
 * parseBudget("01.50"); // => "1.5"
 * parseBudget("-1"); // throws EMRX_BAD_EPSILON
 * ```
 */
export function parseBudget(amount: string | number, argument = "budget"): string {
  return check(budgetShape, amount, argument);
}

/** A privacy budget; the result is canonical. */
export const budgetShape: Shape<string> = /* @__PURE__ */ coded<LdpErrorCode, string>(
  "EMRX_BAD_EPSILON",
  /* @__PURE__ */ decimal({ above: "0", to: "9999", places: 12 }),
);

/** As {@link parseBudget}, for the epsilon of one mechanism: at most {@link LARGEST_EPSILON}. */
export function parseEpsilon(value: string | number, argument = "epsilon"): string {
  return check(epsilonShape, value, argument);
}

/** The epsilon of one mechanism; the result is canonical. */
export const epsilonShape: Shape<string> = /* @__PURE__ */ coded<LdpErrorCode, string>(
  "EMRX_BAD_EPSILON",
  /* @__PURE__ */ decimal({ above: "0", to: "32", places: 12 }),
);

/** A canonical decimal string as an exact fraction. */
export function decimalToRational(text: string): Rational {
  const [whole = "0", fraction = ""] = text.split(".");
  return rational(BigInt(whole + fraction), 10n ** BigInt(fraction.length));
}

/**
 * Compares two budgets exactly.
 *
 * @param a - a canonical decimal string
 * @param b - another
 * @returns negative, zero or positive as a is less than, equal to or greater than b
 * @example
 * ```ts
 * import { compareBudgets } from "@emrx/ldp-core/accounting";
 *
 * compareBudgets("0.5", "0.50000000001") < 0; // => true
 * ```
 */
export function compareBudgets(a: string, b: string): number {
  return a === b ? 0 : compare(decimalToRational(a), decimalToRational(b));
}
