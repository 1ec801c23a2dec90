// The cumulative distribution of an ordinal attribute, with a band that holds for all of it, and quantiles from the band.

import { literal, object, optional } from "@emrx/internal/shape";
import { QualityError } from "../errors/quality-error.js";
import * as shapes from "../errors/shapes.js";
import { channelMembers, check, joined } from "../errors/shapes.js";
import { anyForm, checkValueReports, type SupportForm } from "../frequencies/report-form.js";
import {
  checkChannel,
  type SupportProbabilities,
  type Target,
} from "../frequencies/support-probabilities.js";
import { cumulativeNoise } from "./support-noise.js";

/** A cumulative distribution with a band around it. */
export interface CumulativeBand {
  /** Unbiased estimate of P[value <= v] for each category in order; never clipped, so it need not increase. */
  readonly estimate: Float64Array;
  /** Ends of the band, clipped to [0, 1]; they need not increase either, but every distribution between them does. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/** What a cumulative band is made from: counts of reports that name one value, or support counts of reports of another form. */
export type CumulativeReports =
  | { readonly counts: ArrayLike<number>; readonly form?: "value" }
  | {
      readonly counts: ArrayLike<number>;
      readonly form: SupportForm;
      readonly n: number;
    };

/**
 * The cumulative distribution of an ordinal attribute, $`\hat F(v) = \sum_{u \le v} \hat f_u`$, with a band that holds for all of it and for every n.
 *
 * From reports that name one value (GRR) the half width is $`\sqrt{\ln(2/\beta)/(2n)}/(p-q)`$ for the population (Dvoretzky, Kiefer and Wolfowitz
 * with Massart's constant, 1990). Reports of a fixed cohort are not identically distributed: there Bretagnolle's inequality (1980) replaces
 * ln(2/beta) by 1 + ln(2/beta).
 *
 * Reports that support several categories have no distribution function, so neither inequality applies; `form` says what bounds their noise.
 * `"bits"` (unary encodings): a maximal inequality; `"subset"` (subset selection): one bound a category. Both grow as the square
 * root of the number of categories. `"any"`: valid for every frequency oracle (local hashing, Hadamard response), but it grows as the number of categories.
 * Estimates of the upper half are then 1 minus the sum from above. For the population, half of beta goes to sampling (Massart) and half to the noise.
 *
 * @param options - `counts` of reports that name (or support) each category, in order; `form`, "value" unless given, and with another form `n`, the
 *   number of reports; `p`, `q` (for "value" with p + (d - 1) q = 1); `target`; `confidence`, 0.95 unless given
 * @returns estimate and band, one entry a category
 * @throws EMRX_QUALITY_NOT_APPLICABLE if reports do not have the form; EMRX_QUALITY_CHANNEL, EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { cumulativeBand } from "@emrx/quality/intervals";
 *
 * const band = cumulativeBand({ counts: [500, 300, 200], p: 1, q: 0, target: "population" });
 * band.estimate; // => new Float64Array([0.5, 0.8, 1])
 * band.upper[0]?.toFixed(4); // => "0.5429"
 *
 * // A hundred thousand reports of bits (OUE at epsilon 1.1) over four categories.
 * const bits = { counts: [35_000, 35_000, 30_000, 25_000], n: 100_000, form: "bits", p: 0.5, q: 0.25 } as const;
 * cumulativeBand({ ...bits, target: "cohort" }).estimate[1]?.toFixed(4); // => "0.8000"
 * cumulativeBand({ ...bits, target: "cohort" }).upper[0]?.toFixed(4); // => "0.4259"
 * ```
 */
export function cumulativeBand(
  options: CumulativeReports &
    SupportProbabilities & { readonly target: Target; readonly confidence?: number },
): CumulativeBand {
  const checked = check(bandOptions, options, "options");
  checkChannel(checked);
  const { form = "value" } = checked;
  const { estimate, half } = form === "value" ? ofValues(checked) : ofSupports(checked, form);
  const clip = (value: number): number => Math.min(1, Math.max(0, value));
  const end = (sign: number): Float64Array =>
    Float64Array.from([...half.map((width, v) => clip((estimate[v] as number) + sign * width)), 1]);
  return { estimate, lower: end(-1), upper: end(1) };
}

const bandOptions = /* @__PURE__ */ joined(channelMembers, {
  counts: /* @__PURE__ */ shapes.numbers(shapes.count, { least: 1 }),
  form: /* @__PURE__ */ optional(anyForm),
  n: /* @__PURE__ */ optional(shapes.reports),
  target: shapes.target,
  confidence: shapes.confidence,
});

/** The estimate, the last entry of which is 1, and the half widths below it. */
interface Centred {
  readonly estimate: Float64Array;
  readonly half: Float64Array;
}

interface BandOptions extends SupportProbabilities {
  readonly counts: ArrayLike<number>;
  readonly target: Target;
  readonly confidence?: number;
}

function ofValues(options: BandOptions): Centred {
  const { counts, p, q, target, confidence = 0.95 } = options;
  const categories = counts.length;
  checkValueReports(options, categories);
  const n = shapes.sumOfCounts("options.counts", counts);
  const log = Math.log(2 / (1 - confidence)) + (target === "cohort" ? 1 : 0);
  const estimate = new Float64Array(categories).fill(1);
  let reports = 0;
  for (let v = 0; v < categories - 1; v++) {
    reports += counts[v] as number;
    estimate[v] = (reports / n - q * (v + 1)) / (p - q);
  }
  return {
    estimate,
    half: new Float64Array(categories - 1).fill(Math.sqrt(log / (2 * n)) / (p - q)),
  };
}

function ofSupports(options: BandOptions & { readonly n?: number }, form: SupportForm): Centred {
  const { counts, p, q, target, confidence = 0.95 } = options;
  const categories = counts.length;
  const n = check(shapes.reports, options.n, "options.n");
  const supports = total(counts, n);
  const expected = n * (p + (categories - 1) * q);
  if (form === "subset" && Math.abs(supports - expected) > 1e-6 * expected)
    throw new QualityError(
      "EMRX_QUALITY_NOT_APPLICABLE",
      `counts sum to ${supports}; reports of form "subset" support n (p + (d - 1) q) = ${expected} categories in all`,
    );
  const failure = (1 - confidence) / (target === "population" ? 2 : 1);
  const { half, fromBelow } = cumulativeNoise({ channel: { p, q }, form, categories, n, failure });
  const sampling = target === "population" ? Math.sqrt(Math.log(2 / failure) / (2 * n)) : 0;
  const share = Float64Array.from(counts, (count) => (count / n - q) / (p - q));
  const estimate = new Float64Array(categories).fill(1);
  let below = 0;
  fromBelow.forEach((is, v) => {
    below += share[v] as number;
    estimate[v] = is ? below : 1 - share.slice(v + 1).reduce((sum, f) => sum + f, 0);
  });
  return { estimate, half: half.map((noise) => noise + sampling) };
}

/** The sum of counts from 0 to `most` each. @throws EMRX_QUALITY_ARGUMENT */
function total(counts: ArrayLike<number>, most: number): number {
  let sum = 0;
  for (let v = 0; v < counts.length; v++) {
    const count = counts[v] as number;
    if (count > most)
      throw new QualityError(
        "EMRX_QUALITY_ARGUMENT",
        `counts[${v}] is ${count}; expected at most n = ${most}`,
      );
    sum += count;
  }
  return sum;
}

const ends = /* @__PURE__ */ shapes.numbers(shapes.finite, { least: 1 });
const bandShape = /* @__PURE__ */ object({ estimate: ends, lower: ends, upper: ends });
const one = /* @__PURE__ */ literal(1);

/**
 * An interval for a quantile, read off a band: all quantiles taken from one band hold together.
 *
 * @param band - from `cumulativeBand`
 * @param probability - of the quantile, in (0, 1); 0.5 is the median
 * @returns indices of the lowest and the highest category that can be the quantile
 * @throws EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { cumulativeBand, quantileInterval } from "@emrx/quality/intervals";
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
  const { lower, upper } = check(bandShape, band, "band");
  const reached = check(shapes.inside, probability, "probability");
  shapes.checkSameLength("band.lower", lower, "band.upper", upper);
  const reaching = (values: ArrayLike<number>): number =>
    Array.from(values).findIndex((value) => value >= reached);
  // Without a last entry of 1 there might be none.
  check(one, lower[lower.length - 1], "last entry of band.lower");
  return { lower: reaching(upper), upper: reaching(lower) };
}
