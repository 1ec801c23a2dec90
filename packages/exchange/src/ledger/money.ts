// Money is an integer number of minor units (cents); text has at most two decimals. No float ever holds an amount.
import { bigint, integer, type Shape, satisfying, text, union } from "@emrx/internal/shape";
import { check } from "../errors/check.js";

const expected = 'an amount from "0" to "10000000" with at most two decimals';
const form = /^(\d{1,8})(?:\.(\d{1,2}))?$/;

/** Minor units of an amount of the right form. */
function minorOf(amount: string): number {
  const [whole = "", fraction = ""] = amount.split(".");
  return Number(whole) * 100 + Number(fraction.padEnd(2, "0"));
}

const amountShape: Shape<string> = /* @__PURE__ */ satisfying(
  /* @__PURE__ */ text({ form, described: expected }),
  (amount) => minorOf(amount) <= 1_000_000_000,
  expected,
);
const minorShape: Shape<number | bigint> = /* @__PURE__ */ union<number | bigint>(
  "a whole number of minor units, 0 or more",
  /* @__PURE__ */ integer(0),
  /* @__PURE__ */ bigint({ from: 0n }),
);

/**
 * Reads an amount such as `"0.50"` as minor units.
 *
 * @param amount - a decimal amount, 0 to 10,000,000, with at most two decimals
 * @param argument - how an error names it
 * @returns a safe integer of minor units
 * @throws ExchangeError `EMRX_EXCHANGE_MONEY` for anything else
 * @example
 * ```ts
 * import { parseMoney } from "@emrx/exchange/money";
 *
 * parseMoney("0.50"); // => 50
 * parseMoney("half"); // throws EMRX_EXCHANGE_MONEY
 * ```
 */
export function parseMoney(amount: string, argument = "amount"): number {
  check(text(), argument, "argument");
  return minorOf(check(amountShape, amount, argument, "EMRX_EXCHANGE_MONEY"));
}

/**
 * Writes minor units as an amount.
 *
 * @param minor - a non-negative safe integer of minor units
 * @returns a decimal amount with two decimals
 * @example
 * ```ts
 * import { formatMoney } from "@emrx/exchange/money";
 *
 * formatMoney(1250); // => "12.50"
 * ```
 */
export function formatMoney(minor: number | bigint): string {
  const digits = check(minorShape, minor, "minor").toString().padStart(3, "0");
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
