// Probabilities of the binomial distribution, precise for millions of trials (Loader 2000, see stirling.ts).
import { deviance, stirlingError } from "./stirling.js";

/** P[k successes in n trials of probability p]. */
export function binomialProbability(k: number, n: number, p: number): number {
  if (k === 0) return Math.exp(n * Math.log1p(-p));
  if (k === n) return p ** n;
  const shift = n * p - k;
  const exponent =
    stirlingError(n) -
    stirlingError(k) -
    stirlingError(n - k) -
    deviance(k, shift, n * p) -
    deviance(n - k, -shift, n * (1 - p));
  return Math.exp(exponent) * Math.sqrt(n / (2 * Math.PI * k * (n - k)));
}
