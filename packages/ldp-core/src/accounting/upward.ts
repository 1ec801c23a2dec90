// Losses rounded up: computed with as many digits as cancel, and never below the true value.
import { Decimal } from "decimal.js";

/** How many decimal places a positive number needs to its first significant digit: 4 for 0.000123, 0 for 1 and above. */
export const leadingZeros = (x: number): number => Math.max(0, Math.ceil(-Math.log10(x)));

/** Decimals of so many digits, at most 900: decimal.js knows logarithms to about 1000. */
export const precise = (digits: number): typeof Decimal =>
  Decimal.clone({ precision: Math.min(900, digits), toExpNeg: -1000, toExpPos: 1000 });

/** The least double that is not below a value which is right to 30 digits. */
export function roundedUp(value: Decimal): number {
  if (value.lte(0)) return 0;
  const enough = value.times("1.000000000000000000001");
  const nearest = Number(enough.toString());
  if (!Number.isFinite(nearest)) return nearest;
  return enough.gt(exactly(precise(60), nearest)) ? nextDouble(nearest) : nearest;
}

/** A double as the binary fraction that it is: decimal.js reads its shortest decimal form, which is another number. */
export function exactly(Exact: typeof Decimal, x: number): Decimal {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  const mantissa = exponent === 0 ? fraction : fraction | 0x10000000000000n;
  const size = new Exact(String(mantissa)).times(new Exact(2).pow(Math.max(exponent, 1) - 1075));
  return x < 0 ? size.neg() : size;
}

/** The next double above a non-negative one. */
function nextDouble(x: number): number {
  if (x === Number.POSITIVE_INFINITY) return x;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  view.setBigUint64(0, view.getBigUint64(0) + 1n);
  return view.getFloat64(0);
}

/** More than the rounding of sums of products of doubles, each right to about 13 digits. */
export const safely = (x: number): number => x * (1 + 1e-11);
