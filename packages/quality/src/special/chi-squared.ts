// The chi-squared distribution, central and noncentral.
import { gammaLower, gammaUpper } from "./gamma.js";
import { solveMonotone } from "./solve.js";
import { logGamma } from "./stirling.js";

/** P[X > x] for X chi-squared with the given degrees of freedom. */
export const chiSquaredSurvival = (x: number, degrees: number): number =>
  gammaUpper(degrees / 2, x / 2);

/** The x with P[X > x] = probability. */
export function chiSquaredUpperQuantile(probability: number, degrees: number): number {
  let upper = degrees + 10;
  while (upper < 1e300 && chiSquaredSurvival(upper, degrees) > probability) upper *= 2;
  return solveMonotone((x) => probability - chiSquaredSurvival(x, degrees), {
    slope: (x) => chiSquaredDensity(x, degrees),
    lower: 0,
    upper,
    start: Math.min(degrees, upper / 2),
  });
}

/** P[X > x] for X noncentral chi-squared: a Poisson mixture of central ones, summed outward from its mode. */
export function noncentralChiSquaredSurvival(
  x: number,
  degrees: number,
  noncentrality: number,
): number {
  if (noncentrality === 0) return chiSquaredSurvival(x, degrees);
  // X is at least the square of one shifted normal: what lies below x is less than a normal tail nine deviations away.
  if (Math.sqrt(noncentrality) - Math.sqrt(x) > 9) return 1;
  const mean = noncentrality / 2;
  const mode = Math.floor(mean);
  const weightAt = (k: number): number => Math.exp(k * Math.log(mean) - mean - logGamma(k + 1));
  const lowerAt = (k: number): number => gammaLower(degrees / 2 + k, x / 2);
  let below = 0;
  let weight = weightAt(mode);
  for (let k = mode; weight > 1e-18; k++) {
    below += weight * lowerAt(k);
    weight *= mean / (k + 1);
  }
  weight = weightAt(mode);
  for (let k = mode; k > 0; k--) {
    weight *= k / mean;
    if (weight < 1e-18) break;
    below += weight * lowerAt(k - 1);
  }
  return Math.max(0, 1 - below);
}

function chiSquaredDensity(x: number, degrees: number): number {
  const a = degrees / 2;
  return 0.5 * Math.exp((a - 1) * Math.log(x / 2) - x / 2 - logGamma(a));
}
