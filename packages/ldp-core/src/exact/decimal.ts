// Privacy budgets are decimals: 0.1 + 0.2 spends 0.3, and no comparison is made in floating point.
import { Decimal } from "decimal.js";
import { LdpError } from "../errors/ldp-error.js";
import { show } from "../schema/check.js";
import { type Rational, rational } from "./rational.js";

// 60 digits hold every sum of budgets exactly: each has at most 4 digits before and 12 after the point.
const Exact = /* @__PURE__ */ Decimal.clone({ precision: 60, toExpPos: 40, toExpNeg: -40 });

/** The largest epsilon of one mechanism: beyond it one report all but names the value. */
export const LARGEST_EPSILON = 32;
const LARGEST_BUDGET = 9999;
const MOST_DECIMALS = 12;

/**
 * A privacy budget as a canonical decimal string: no sign, no exponent, no superfluous zeros.
 *
 * @param value - a decimal string such as `"0.5"`, or a number (read by its shortest decimal form)
 * @param argument - the name that an error message gives to the value
 * @returns the canonical form
 * @throws EMRX_BAD_EPSILON unless 0 < value <= 9999 with at most 12 digits after the point
 * @example
 * ```ts
 * import { parseBudget } from "@emrx/ldp-core/accounting";
 *
 * parseBudget("01.50"); // => "1.5"
 * parseBudget("-1"); // throws EMRX_BAD_EPSILON
 * ```
 */
export function parseBudget(value: string | number, argument = "budget"): string {
  const text = typeof value === "number" ? String(value) : value;
  if (
    typeof text !== "string" ||
    !/^(\d{1,40}(\.\d{1,40})?|\d(\.\d{1,20})?e-?\d{1,2})$/.test(text)
  ) {
    throw bad(argument, value, "a decimal such as 0.5");
  }
  const decimal = new Exact(text);
  if (decimal.lte(0) || decimal.gt(LARGEST_BUDGET)) {
    throw bad(argument, value, `more than 0 and at most ${LARGEST_BUDGET}`);
  }
  if (decimal.decimalPlaces() > MOST_DECIMALS) {
    throw bad(argument, value, `at most ${MOST_DECIMALS} digits after the point`);
  }
  return decimal.toString();
}

/** As {@link parseBudget}, for the epsilon of one mechanism: at most {@link LARGEST_EPSILON}. */
export function parseEpsilon(value: string | number, argument = "epsilon"): string {
  const canonical = parseBudget(value, argument);
  if (new Exact(canonical).gt(LARGEST_EPSILON)) {
    throw bad(argument, value, `at most ${LARGEST_EPSILON}: a larger one protects nothing`);
  }
  return canonical;
}

function bad(argument: string, given: unknown, expected: string): LdpError {
  return new LdpError("EMRX_BAD_EPSILON", `${argument} is ${show(given)}; expected ${expected}`);
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
  let total = new Exact(0);
  for (const budget of budgets) total = total.plus(budget);
  return total.toString();
}

/** The exact difference a - b of two canonical decimal strings; it may be `"0"` or negative. */
export const subtractBudgets = (a: string, b: string): string => new Exact(a).minus(b).toString();

/** Negative, zero or positive as the budget a is less than, equal to or greater than b; exact. */
export const compareBudgets = (a: string, b: string): number => new Exact(a).comparedTo(b);

/** A canonical decimal string as an exact fraction. */
export function decimalToRational(decimal: string): Rational {
  const [whole = "0", fraction = ""] = decimal.split(".");
  return rational(BigInt(whole + fraction), 10n ** BigInt(fraction.length));
}

/**
 * The natural logarithm of an exact ratio, rounded up to a double: a loss is never understated.
 *
 * @param ratio - a positive fraction
 * @returns the least double that is certainly not below ln(ratio), or the next one
 */
export function lnRoundedUp(ratio: Rational): number {
  const Wide = Decimal.clone({ precision: 60, rounding: Decimal.ROUND_CEIL });
  const logarithm = new Wide(ratio.numerator.toString()).div(ratio.denominator.toString()).ln();
  if (logarithm.isZero()) return 0;
  // 60 digits leave an error below 1e-50; adding 1e-45 relative puts the value on the safe side of it.
  const above = logarithm.plus(logarithm.abs().times("1e-45"));
  const nearest = above.toNumber();
  return above.gt(nearest) ? nextUp(nearest) : nearest;
}

function nextUp(value: number): number {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  bits.setBigInt64(0, bits.getBigInt64(0) + (value >= 0 ? 1n : -1n));
  return bits.getFloat64(0);
}
