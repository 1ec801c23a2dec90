// The cumulative distribution of an ordinal attribute, with a band that holds for all of it, and quantiles from the band.
import { checkChannel, type PureChannel, type Target } from "../channel.js";
import { checkInside, checkNonNegative, checkPositive } from "../check.js";
import { QualityError } from "../errors.js";

/** A cumulative distribution with a band around it. */
export interface CumulativeBand {
  /** Unbiased estimate of P[value <= v] for each category in order; never clipped, so it need not increase. */
  readonly estimate: Float64Array;
  /** Ends of the band, clipped to [0, 1]; they need not increase either, but every distribution between them does. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/**
 * The cumulative distribution of an ordinal attribute from reports that name one value (GRR):
 * $`\hat F(v) = (\hat G(v) - q m_v)/(p - q)`$ with $`m_v`$ the number of categories up to v and $`\hat G`$ the reports' distribution.
 *
 * The band's half width is $`\sqrt{\ln(2/\beta)/(2n)}/(p-q)`$ for the population (Dvoretzky, Kiefer and Wolfowitz with Massart's constant,
 * 1990). Reports of a fixed cohort are not identically distributed: there Bretagnolle's inequality (1980) replaces ln(2/beta) by 1 + ln(2/beta).
 *
 * @param options - `counts` of reports naming each category, in order; `p`, `q` with p + (d - 1) q = 1; `target`; `confidence`, 0.95 unless given
 * @returns estimate and band, one entry a category
 * @throws EMRX_NOT_APPLICABLE unless reports name one value; EMRX_BAD_CHANNEL, EMRX_OUT_OF_RANGE
 * @example
 * ```ts
 * import { cumulativeBand } from "@emrx/quality";
 *
 * const band = cumulativeBand({ counts: [500, 300, 200], p: 1, q: 0, target: "population" });
 * band.estimate; // => new Float64Array([0.5, 0.8, 1])
 * band.upper[0]?.toFixed(4); // => "0.5429"
 * ```
 */
export function cumulativeBand(
  options: PureChannel & {
    readonly counts: ArrayLike<number>;
    readonly target: Target;
    readonly confidence?: number;
  },
): CumulativeBand {
  checkChannel(options);
  const { counts, p, q, target, confidence = 0.95 } = options;
  checkInside("confidence", confidence);
  const categories = counts.length;
  checkValueReports(options, categories);
  let n = 0;
  for (let v = 0; v < categories; v++) {
    checkNonNegative(`counts[${v}]`, counts[v] as number);
    n += counts[v] as number;
  }
  checkPositive("sum of counts", n);
  const log = Math.log(2 / (1 - confidence)) + (target === "cohort" ? 1 : 0);
  const half = Math.sqrt(log / (2 * n)) / (p - q);
  const estimate = new Float64Array(categories);
  let reports = 0;
  for (let v = 0; v < categories; v++) {
    reports += counts[v] as number;
    estimate[v] = (reports / n - q * (v + 1)) / (p - q);
  }
  estimate[categories - 1] = 1;
  const clip = (value: number): number => Math.min(1, Math.max(0, value));
  const lower = estimate.map((value, v) => (v === categories - 1 ? 1 : clip(value - half)));
  const upper = estimate.map((value, v) => (v === categories - 1 ? 1 : clip(value + half)));
  return { estimate, lower, upper };
}

/** @throws EMRX_NOT_APPLICABLE unless p + (d - 1) q = 1, as for reports that name exactly one value */
export function checkValueReports({ p, q }: PureChannel, categories: number): void {
  const total = p + (categories - 1) * q;
  if (Math.abs(total - 1) > 1e-6) {
    throw new QualityError(
      "EMRX_NOT_APPLICABLE",
      `p + (d - 1) q is ${total} for d = ${categories}; expected 1: this needs reports that name exactly one value (GRR)`,
    );
  }
}

/**
 * An interval for a quantile, read off a band: all quantiles taken from one band hold together.
 *
 * @param band - from `cumulativeBand`
 * @param probability - of the quantile, in (0, 1); 0.5 is the median
 * @returns indices of the lowest and the highest category that can be the quantile
 * @throws EMRX_OUT_OF_RANGE
 * @example
 * ```ts
 * import { cumulativeBand, quantileInterval } from "@emrx/quality";
 *
 * const band = cumulativeBand({ counts: [500, 300, 200], p: 1, q: 0, target: "population" });
 * quantileInterval(band, 0.5); // => { lower: 0, upper: 1 }
 * quantileInterval(band, 0.9); // => { lower: 2, upper: 2 }
 * ```
 */
export function quantileInterval(
  band: CumulativeBand,
  probability: number,
): { readonly lower: number; readonly upper: number } {
  checkInside("probability", probability);
  // The last entry is 1, so there always is one.
  const reaching = (ends: Float64Array): number => ends.findIndex((value) => value >= probability);
  return { lower: reaching(band.upper), upper: reaching(band.lower) };
}
