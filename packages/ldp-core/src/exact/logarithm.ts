// The natural logarithm of an exact ratio, rounded up: a loss is never understated.
import { expLowerBound } from "./exp.js";
import { bitLength, compare, fromDouble, type Rational, rational, toNumber } from "./rational.js";

/**
 * The natural logarithm of an exact ratio, rounded up to a double. Doubles propose it; the lower bound of e^x, in whole numbers,
 * decides between its neighbours.
 *
 * @param ratio - a fraction of at least 1
 * @returns the least double x for which e^x is certainly at least the ratio
 */
export function lnRoundedUp({ numerator, denominator }: Rational): number {
  if (numerator === denominator) return 0;
  // With ratio = 2^k m and 1 <= m < 4; what m has beyond 1 is exact, so that logarithms near 0 have all their digits.
  const k = Math.max(0, bitLength(numerator) - bitLength(denominator) - 1);
  const scaled = denominator << BigInt(k);
  let x = k * Math.LN2 + Math.log1p(toNumber(rational(numerator - scaled, scaled)));
  const covers = (candidate: number): boolean =>
    compare({ numerator, denominator }, expLowerBound(fromDouble(candidate))) <= 0;
  while (!covers(x)) x = neighbour(x, 1n);
  for (let below = neighbour(x, -1n); covers(below); below = neighbour(x, -1n)) x = below;
  return x;
}

/** The next positive double above (1n) or below (-1n). */
function neighbour(value: number, step: bigint): number {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  bits.setBigInt64(0, bits.getBigInt64(0) + step);
  return bits.getFloat64(0);
}
