// The regularized incomplete gamma functions P(a, x) and Q(a, x) = 1 - P(a, x).
// Series and continued fraction: DLMF 8.11.4 and 8.9.2; the common factor after Loader (see stirling.ts).
import { deviance, stirlingError } from "./stirling.js";

/** x^a e^-x / Gamma(a + 1). */
function factor(a: number, x: number): number {
  return Math.exp(-stirlingError(a) - deviance(a, x - a, x)) / Math.sqrt(2 * Math.PI * a);
}

function lowerSeries(a: number, x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= x / (a + k);
    sum += term;
  }
  return factor(a, x) * sum;
}

/** Lentz's evaluation of the continued fraction (Thompson and Barnett 1986). */
function upperFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let value = d;
  for (let k = 1; k <= mostSteps; k++) {
    const numerator = -k * (k - a);
    b += 2;
    d = 1 / (numerator * d + b);
    c = b + numerator / c;
    value *= c * d;
    // Also ends where the arguments are no numbers.
    if (!(Math.abs(c * d - 1) >= 3e-16)) break;
  }
  return factor(a, x) * a * value;
}

/** Far beyond where the fraction has settled for the degrees of freedom of any table in memory. */
const mostSteps = 10_000_000;

/** P(a, x), for a > 0 and x >= 0. */
export function gammaLower(a: number, x: number): number {
  if (x === Number.POSITIVE_INFINITY) return 1;
  return x < a + 1 ? lowerSeries(a, x) : 1 - upperFraction(a, x);
}

/** Q(a, x), for a > 0 and x >= 0. */
export function gammaUpper(a: number, x: number): number {
  if (x === Number.POSITIVE_INFINITY) return 0;
  return x < a + 1 ? 1 - lowerSeries(a, x) : upperFraction(a, x);
}
