// Shapes of numbers.
import { refuse, type Shape } from "./check.js";

/** A range: `from` and `to` belong to it, `above` and `below` do not. */
export interface NumberRange<N> {
  readonly from?: N;
  readonly above?: N;
  readonly to?: N;
  readonly below?: N;
}

/** A whole number from `from` to `to`. */
export function integer(from: number, to: number = Number.MAX_SAFE_INTEGER): Shape<number> {
  return (value, visit) =>
    Number.isSafeInteger(value) && (value as number) >= from && (value as number) <= to
      ? (value as number) + 0 // -0 becomes 0
      : refuse(
          visit,
          value,
          to === Number.MAX_SAFE_INTEGER
            ? `a whole number of at least ${from}`
            : `a whole number from ${from} to ${to}`,
          numberHelp(value),
        );
}

/** A finite number, in a range where one is given. */
export function number(range: NumberRange<number> = {}): Shape<number> {
  return (value, visit) =>
    typeof value === "number" && Number.isFinite(value) && inRange(value, range, (a, b) => a - b)
      ? value
      : refuse(visit, value, `a finite number${rangeText(range)}`, numberHelp(value));
}

/** A bigint, in a range where one is given. */
export function bigint(range: NumberRange<bigint> = {}): Shape<bigint> {
  return (value, visit) =>
    typeof value === "bigint" && inRange(value, range, (a, b) => (a < b ? -1 : a > b ? 1 : 0))
      ? value
      : refuse(
          visit,
          value,
          `a bigint${rangeText(range)}`,
          Number.isSafeInteger(value) ? `Write ${value}n.` : undefined,
        );
}

/**
 * A decimal, as a text or as a number (read by its shortest decimal form), in a range of decimal texts. It returns the canonical
 * text: no exponent, no superfluous zeros, at most `places` digits after the point.
 */
export function decimal(
  range: NumberRange<string> & { readonly places?: number } = {},
): Shape<string> {
  const { places = 100 } = range;
  return (value, visit) => {
    const text =
      typeof value === "string" || typeof value === "number"
        ? plainDecimal(String(value))
        : undefined;
    if (
      text !== undefined &&
      inRange(text, range, compareDecimals) &&
      (text.split(".")[1] ?? "").length <= places
    )
      return text;
    const mended = typeof value === "string" && /^[\d.-]*[\s,][\d\s.,-]*$/.test(value);
    return refuse(
      visit,
      value,
      `a decimal${rangeText(range)} such as "0.5", with at most ${places} digits after the point`,
      mended ? "Write a point for a comma, and no spaces." : undefined,
    );
  };
}

/** The canonical form of a decimal of at most 100 digits; undefined of any other text. */
function plainDecimal(text: string): string | undefined {
  const found = /^([+-]?)(\d{1,100})(?:\.(\d{1,100}))?(?:e([+-]?\d{1,2}))?$/i.exec(text);
  if (found === null) return undefined;
  const [, sign, whole = "", fraction = "", exponent = "0"] = found;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  const before = digits.slice(0, Math.max(point, 0)).padEnd(point, "0").replace(/^0+/, "") || "0";
  const after = (point < 0 ? "0".repeat(-point) + digits : digits.slice(point)).replace(/0+$/, "");
  const plain = after === "" ? before : `${before}.${after}`;
  return sign === "-" && plain !== "0" ? `-${plain}` : plain;
}

/** Compares canonical decimals of at most 100 places exactly. */
const compareDecimals = (a: string, b: string): number => Number(scaled(a) - scaled(b));

/** A decimal times 10^100. */
function scaled(text: string): bigint {
  const [whole = "", fraction = ""] = text.split(".");
  return BigInt(whole + fraction.padEnd(100, "0"));
}

function inRange<N>(
  value: N,
  { from, above, to, below }: NumberRange<N>,
  compare: (a: N, b: N) => number,
): boolean {
  return (
    (from === undefined || compare(value, from) >= 0) &&
    (above === undefined || compare(value, above) > 0) &&
    (to === undefined || compare(value, to) <= 0) &&
    (below === undefined || compare(value, below) < 0)
  );
}

function rangeText<N>({ from, above, to, below }: NumberRange<N>): string {
  const parts = [
    ["at least", from],
    ["above", above],
    ["at most", to],
    ["below", below],
  ].filter(([, bound]) => bound !== undefined);
  return parts.length === 0 ? "" : ` ${parts.map((part) => part.join(" ")).join(" and ")}`;
}

function numberHelp(value: unknown): string | undefined {
  const isText = typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value));
  return isText || typeof value === "bigint" ? "Convert it by Number(...)." : undefined;
}
