// What this package knows of a mechanism: two support probabilities. No record, no report, nothing secret.
import { guard, type OptionalShape, object, optional, type Shape } from "@emrx/internal/shape";
import { type Rational, toNumber } from "@emrx/ldp-core/exact";
import { QualityError } from "../errors/quality-error.js";
import * as shapes from "../errors/shapes.js";
import { channelMembers, check, joined } from "../errors/shapes.js";

/**
 * A pure frequency oracle, reduced to what decides its accuracy: a report supports the true value with probability
 * `p` and any other given value with probability `q < p`.
 *
 * Source: Wang, Blocki, Li and Jha, "Locally differentially private protocols for frequency estimation", USENIX Security 2017.
 */
export interface SupportProbabilities {
  /** P[report supports v | the value is v], in (0, 1]. */
  readonly p: number;
  /** P[report supports v | the value is another], in [0, p). */
  readonly q: number;
}

/**
 * Whom a statement is about. `"cohort"`: exactly the people who reported, so that only the mechanism's noise is
 * uncertain. `"population"`: a large population from which they are a random sample, so that sampling adds to it.
 */
export type Target = "cohort" | "population";

/**
 * The channel of a frequency oracle, from its exact probabilities.
 *
 * @param oracle - a frequency oracle of `@emrx/ldp-core`, or anything with its `support`
 * @returns p and q as doubles
 * @throws EMRX_QUALITY_CHANNEL unless 0 <= q < p <= 1
 * @example
 * ```ts
 * import { supportProbabilities } from "@emrx/quality";
 *
 * const support = {
 *   p: { numerator: 3n, denominator: 4n },
 *   q: { numerator: 1n, denominator: 4n },
 * };
 * supportProbabilities({ support }); // => { p: 0.75, q: 0.25 }
 * ```
 */
export function supportProbabilities(oracle: {
  readonly support: { readonly p: Rational; readonly q: Rational };
}): SupportProbabilities {
  const { p, q } = check(support, oracle, "mechanism");
  const channel = { p: toNumber(p), q: toNumber(q) };
  checkChannel(check(channelShape, channel, "mechanism.support"));
  return channel;
}

export const isRational = (value: unknown): value is Rational => {
  const { numerator, denominator } = (value ?? {}) as Partial<Rational>;
  return typeof numerator === "bigint" && typeof denominator === "bigint" && denominator > 0n;
};

const hasSupport = (value: unknown): value is { readonly support: SupportFractions } => {
  const found = (value as { readonly support?: Partial<SupportFractions> } | undefined)?.support;
  return isRational(found?.p) && isRational(found?.q);
};

interface SupportFractions {
  readonly p: Rational;
  readonly q: Rational;
}

/** A mechanism, of which `support` is read. */
const support: Shape<SupportFractions> = (value, visit) => mechanism(value, visit).support;
const mechanism = /* @__PURE__ */ guard(
  hasSupport,
  "a frequency oracle, or another object with `support: { p, q }` of rationals",
);

/** p and q of a channel and nothing else. */
export const channelShape: Shape<SupportProbabilities> = /* @__PURE__ */ object(channelMembers);

/** @throws EMRX_QUALITY_CHANNEL unless 0 <= q < p <= 1 */
export function checkChannel({ p, q }: SupportProbabilities): void {
  if (!(q >= 0 && q < p && p <= 1)) {
    throw new QualityError(
      "EMRX_QUALITY_CHANNEL",
      `p is ${p} and q is ${q}; expected 0 <= q < p <= 1, as a mechanism's \`support\` has`,
    );
  }
}

/**
 * The mechanism's noise: n times the variance of an unbiased frequency estimate, for a fixed cohort.
 *
 * ```math
 * n \operatorname{Var}(\hat f) = \frac{q(1-q)}{(p-q)^2} + f \, \frac{1-p-q}{p-q}
 * ```
 *
 * @param channel - p and q
 * @param frequency - the true frequency f, in [0, 1]
 * @returns the variance of one report's contribution
 * @throws EMRX_QUALITY_CHANNEL, EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { noiseVariance } from "@emrx/quality/frequencies";
 *
 * noiseVariance({ p: 0.75, q: 0.25 }, 0.5); // => 0.75
 * ```
 */
export function noiseVariance(channel: SupportProbabilities, frequency: number): number {
  const { p, q } = check(channelShape, channel, "channel");
  checkChannel({ p, q });
  const f = check(shapes.share, frequency, "frequency");
  return (q * (1 - q)) / (p - q) ** 2 + (f * (1 - p - q)) / (p - q);
}

/**
 * The variance of an unbiased frequency estimate from n reports, about the target that the caller names.
 *
 * With `cohortSize` N > n the n reporters are a simple random sample, without replacement, of a cohort of N: the exact finite-population term
 * $`(1 - n/N) \, \frac{N}{N-1} f(1-f)/n`$ is added. For the population it is $`f(1-f)/n`$.
 *
 * @param options - `p`, `q`; `n` reports; the `frequency` f in [0, 1] (true, assumed or estimated); the `target`; `cohortSize` N >= n for a sampled cohort
 * @returns the variance
 * @throws EMRX_QUALITY_CHANNEL, EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { frequencyVariance } from "@emrx/quality";
 *
 * const reports = { p: 0.75, q: 0.25, n: 100, frequency: 0.5 };
 * frequencyVariance({ ...reports, target: "cohort" }); // => 0.0075
 * frequencyVariance({ ...reports, target: "population" }); // => 0.01
 * ```
 */
export function frequencyVariance(
  options: SupportProbabilities & {
    readonly n: number;
    readonly frequency: number;
    readonly target: Target;
    readonly cohortSize?: number;
  },
): number {
  const { p, q, frequency, ...sampled } = check(varianceOptions, options, "options");
  const noise = noiseVariance({ p, q }, frequency);
  return (
    (noise + samplingVariance({ ...sampled, spread: frequency * (1 - frequency) })) / sampled.n
  );
}

/** How many reported, about whom the statement is, and of how many they are a sample. */
export const sampledMembers: {
  readonly n: Shape<number>;
  readonly target: typeof shapes.target;
  readonly cohortSize: OptionalShape<number>;
} = {
  n: shapes.reports,
  target: shapes.target,
  cohortSize: /* @__PURE__ */ optional(shapes.reports),
};
const varianceOptions = /* @__PURE__ */ joined(channelMembers, sampledMembers, {
  frequency: shapes.share,
});

/**
 * What sampling adds to the variance of one report's contribution: nothing for the cohort itself, the finite-population term for a sample of
 * it, the whole spread of the values for the population.
 */
export function samplingVariance(options: {
  readonly spread: number;
  readonly n: number;
  readonly target: Target;
  readonly cohortSize?: number;
}): number {
  const { spread, n, target: about, cohortSize } = options;
  if (about === "population") return spread;
  if (cohortSize === undefined || cohortSize === n) return 0;
  if (!(cohortSize > n)) {
    throw new QualityError(
      "EMRX_QUALITY_ARGUMENT",
      `cohortSize is ${cohortSize}; expected at least the ${n} who reported`,
    );
  }
  return ((1 - n / cohortSize) * spread * cohortSize) / (cohortSize - 1);
}

/**
 * The unbiased frequency estimate, never clipped.
 *
 * @param options - `p`, `q`; `count` of the `n` reports that support the value
 * @returns (count/n - q) / (p - q)
 * @throws EMRX_QUALITY_CHANNEL, EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { frequencyEstimate } from "@emrx/quality";
 *
 * frequencyEstimate({ count: 40, n: 100, p: 0.75, q: 0.25 }); // => 0.30000000000000004
 * ```
 */
export function frequencyEstimate(
  options: SupportProbabilities & { readonly count: number; readonly n: number },
): number {
  const { p, q, ...counted } = check(estimateOptions, options, "options");
  checkChannel({ p, q });
  checkCount(counted);
  return (counted.count / counted.n - q) / (p - q);
}

/** How many of how many. */
export const countMembers: { readonly count: Shape<number>; readonly n: Shape<number> } = {
  count: shapes.count,
  n: shapes.reports,
};
const estimateOptions = /* @__PURE__ */ joined(channelMembers, countMembers);

/** @throws EMRX_QUALITY_ARGUMENT unless count <= n. Neither need be whole, so that expected counts pass */
export function checkCount(given: { readonly count: number; readonly n: number }): void {
  if (given.count > given.n) {
    throw new QualityError(
      "EMRX_QUALITY_ARGUMENT",
      `options.count is ${given.count}; expected from 0 to n = ${given.n}`,
    );
  }
}
