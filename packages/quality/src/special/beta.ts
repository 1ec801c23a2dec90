// The regularized incomplete beta function I_x(a, b) and its inverse, good for parameters in the millions.
// Continued fraction: DLMF 8.17.22; the common factor after Loader (see stirling.ts).
import { solveMonotone } from "./solve.js";
import { deviance, stirlingError } from "./stirling.js";

/** x^a y^b / B(a, b), where y = 1 - x is handed over because one of the two is the exact one. */
function factor(a: number, b: number, x: number, y: number): number {
  const n = a + b;
  // (a, b) and n (x, y) differ by +-shift; taken on the side of the smaller, so that large n costs no digits.
  const shift = x < y ? n * x - a : b - n * y;
  const correction = stirlingError(n) - stirlingError(a) - stirlingError(b);
  const exponent = correction - deviance(a, shift, n * x) - deviance(b, -shift, n * y);
  return Math.sqrt((a * b) / (2 * Math.PI * n)) * Math.exp(exponent);
}

/** I_x(a, b) for x below the mean, by Lentz's method. */
function fraction(a: number, b: number, x: number, y: number): number {
  let c = 1;
  let d = 1 / (1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m <= mostSteps; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (1 + even * d);
    c = 1 + even / c;
    value *= c * d;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + odd * d);
    c = 1 + odd / c;
    value *= c * d;
    // Also ends where the arguments are no numbers.
    if (!(Math.abs(c * d - 1) >= 3e-16)) break;
  }
  return (factor(a, b, x, y) * value) / a;
}

/** About ten times the root of the largest parameter that occurs, 10^12, by which the fraction has settled. */
const mostSteps = 10_000_000;

/** I_x(a, b) = P[Beta(a, b) <= x], for a, b > 0 and x in [0, 1]. */
export function betaLower(a: number, b: number, x: number): number {
  return below(a, b, x) ? fraction(a, b, x, 1 - x) : 1 - fraction(b, a, 1 - x, x);
}

/** 1 - I_x(a, b), with full relative precision in the upper tail. */
export function betaUpper(a: number, b: number, x: number): number {
  return below(a, b, x) ? 1 - fraction(a, b, x, 1 - x) : fraction(b, a, 1 - x, x);
}

const below = (a: number, b: number, x: number): boolean => x < (a + 1) / (a + b + 2);

const derivative = (a: number, b: number, x: number): number =>
  factor(a, b, x, 1 - x) / (x * (1 - x));

/** The x with P[Beta(a, b) <= x] = probability, for a probability inside (0, 1/2]. */
export const betaQuantile = (a: number, b: number, probability: number): number =>
  solveMonotone((x) => Math.log(betaLower(a, b, x) / probability), {
    slope: (x) => derivative(a, b, x) / betaLower(a, b, x),
    lower: 0,
    upper: 1,
    start: a / (a + b),
  });

/** The x with P[Beta(a, b) > x] = probability, for a probability inside (0, 1/2]. */
export const betaUpperQuantile = (a: number, b: number, probability: number): number =>
  solveMonotone((x) => -Math.log(betaUpper(a, b, x) / probability), {
    slope: (x) => derivative(a, b, x) / betaUpper(a, b, x),
    lower: 0,
    upper: 1,
    start: a / (a + b),
  });
