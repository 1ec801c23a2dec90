// The estimator and the variance that all pure frequency oracles share; both are two lines of algebra in p and q.
import { LdpError } from "../errors.js";
import {
  divide,
  multiply,
  type Rational,
  rational,
  subtract,
  toNumber,
} from "../exact/rational.js";
import type { FrequencyEstimate } from "./oracle.js";

/** Estimator and variance of a pure protocol. */
export interface PureEstimator {
  estimate(counts: ArrayLike<number>, n: number): FrequencyEstimate;
  variance(n: number, f: number): number;
}

/**
 * A report supports the true value with probability p and another with probability q, so the expected share of reports
 * that support v is q + f (p - q). Solving for f gives the unbiased estimator
 *
 * $`\hat f = (C_v / n - q) / (p - q)`$,
 *
 * and the variance of a sum of independent indicators gives, for a fixed population in which v has frequency f,
 *
 * $`n \operatorname{Var}(\hat f) = \frac{q (1 - q)}{(p - q)^2} + f \, \frac{1 - p - q}{p - q}`$.
 *
 * Source: Wang, Blocki, Li and Jha, USENIX Security 2017, section 3. All constants are computed as exact fractions and
 * converted to doubles once.
 */
export function pureEstimator(
  categories: number,
  { p, q }: { readonly p: Rational; readonly q: Rational },
): PureEstimator {
  const gap = subtract(p, q);
  const one = rational(1);
  const base = toNumber(divide(multiply(q, subtract(one, q)), multiply(gap, gap)));
  const slope = toNumber(divide(subtract(subtract(one, p), q), gap));
  const background = toNumber(q);
  const scale = toNumber(gap);

  const variance = (n: number, f: number): number => (base + f * slope) / n;
  return {
    variance,
    estimate(counts, n) {
      if (!(n > 0)) throw new LdpError("EMRX_NO_REPORTS", `n is ${n}; add reports first`);
      if (counts.length !== categories) {
        throw new LdpError(
          "EMRX_MISMATCH",
          `${counts.length} counts were given; expected one for each of ${categories} categories`,
        );
      }
      const frequencies = new Float64Array(categories);
      const variances = new Float64Array(categories);
      for (let v = 0; v < categories; v++) {
        const f = ((counts[v] as number) / n - background) / scale;
        frequencies[v] = f;
        variances[v] = variance(n, Math.min(1, Math.max(0, f)));
      }
      return { n, frequencies, variances };
    },
  };
}
