// Money is an integer number of minor units (cents); text has at most two decimals. No float ever holds an amount.
import { ExchangeError } from "../errors/exchange-error.js";

// By hand and not by a shape: this entry is a few hundred bytes, the checker of shapes two thousand.
function refuse(argument: string, given: unknown, expected: string): never {
  const found = typeof given === "string" ? JSON.stringify(given) : `a ${typeof given}`;
  throw new ExchangeError("EMRX_EXCHANGE_MONEY", `${argument} is ${found}; expected ${expected}`);
}

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
  const match = typeof amount === "string" ? /^(\d{1,8})(?:\.(\d{1,2}))?$/.exec(amount) : null;
  const minor = match
    ? Number(match[1]) * 100 + Number((match[2] ?? "").padEnd(2, "0"))
    : Number.NaN;
  if (minor <= 1_000_000_000) return minor;
  return refuse(
    typeof argument === "string" ? argument : "amount",
    amount,
    'an amount from "0" to "10000000" with at most two decimals',
  );
}

/**
 * Writes minor units as an amount.
 *
 * @param minor - a non-negative safe integer of minor units
 * @returns a decimal amount with two decimals
 * @throws ExchangeError `EMRX_EXCHANGE_MONEY` for anything else
 * @example
 * ```ts
 * import { formatMoney } from "@emrx/exchange/money";
 *
 * formatMoney(1250); // => "12.50"
 * ```
 */
export function formatMoney(minor: number | bigint): string {
  if (typeof minor === "bigint" ? minor < 0n : !(Number.isSafeInteger(minor) && minor >= 0))
    refuse("minor", minor, "a whole number of minor units, 0 or more");
  const digits = minor.toString().padStart(3, "0");
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
