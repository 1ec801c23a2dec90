// What all pure frequency oracles share: the estimator and the variance, two lines of algebra in p and q, and the plumbing.
import type { Channel } from "../../audit/channel.js";
import { LdpError } from "../../errors/ldp-error.js";
import {
  divide,
  multiply,
  type Rational,
  rational,
  subtract,
  toNumber,
} from "../../exact/rational.js";
import { exactLoss } from "../../exact/thresholds.js";
import type { FrequencyEstimate, FrequencyOracle, SupportProbabilities } from "./oracle.js";
import { tallies } from "./tally.js";

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
export function pureEstimator(categories: number, { p, q }: SupportProbabilities): PureEstimator {
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
      checkCounts(counts, n, categories);
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

/** Checks what an estimator is given. */
export function checkCounts(counts: ArrayLike<number>, n: number, cells: number): void {
  if (!(n > 0)) throw new LdpError("EMRX_NO_REPORTS", `n is ${n}; add reports first`);
  if (counts.length !== cells) {
    throw new LdpError("EMRX_MISMATCH", `${counts.length} counts were given; expected ${cells}`);
  }
}

/** Everything of a pure mechanism but its randomizer. */
export type PureParts<Report, Column> = Omit<
  FrequencyOracle<Report, Column>,
  "randomize" | "randomizeBatch"
>;

/** What differs from mechanism to mechanism, without the randomizer. */
export interface PartsCore<Report, Column>
  extends Pick<
    FrequencyOracle<Report, Column>,
    | "categories"
    | "epsilon"
    | "bits"
    | "support"
    | "worstRatio"
    | "reportBytes"
    | "encode"
    | "decode"
    | "encodeBatch"
    | "decodeBatch"
  > {
  /** Parameters beyond categories, epsilon and bits, as they appear in the identity. */
  readonly parameters?: string;
  /** Length of the count vector, where the aggregator does not count categories themselves. */
  readonly cells?: number;
  /** Checks a report and adds it to the counts. */
  addReport(counts: Float64Array, report: Report): void;
  /** The same for a column, all or nothing; returns its number of reports. */
  addColumn(counts: Float64Array, column: Column): number;
  /** Whether n reports can have given these counts, beyond each count being at most n. */
  isPossible(counts: Float64Array, n: number): boolean;
  /** How many reports support each category, where the counts are something else. */
  supportOf?(counts: ArrayLike<number>): ArrayLike<number>;
  /** Number of inputs of the channel, where an input is not a category. */
  readonly inputs?: number;
  /** Number of possible reports. */
  readonly outputs: number;
  /** P(report number `output` | input). */
  probability(output: number, input: number): Rational;
}

/** What differs from mechanism to mechanism. */
export type PureCore<Report, Column> = PartsCore<Report, Column> &
  Pick<FrequencyOracle<Report, Column>, "randomize" | "randomizeBatch">;

/** More outputs than this are not enumerated. */
export const MOST_OUTPUTS: number = 1 << 20;

/** A whole frequency oracle from its core, or all of it but the randomizer. */
export function pureOracle<Name extends string, Report, Column>(
  name: Name,
  core: PureCore<Report, Column>,
): FrequencyOracle<Report, Column> & { readonly name: Name };
export function pureOracle<Name extends string, Report, Column>(
  name: Name,
  core: PartsCore<Report, Column>,
): PureParts<Report, Column> & { readonly name: Name };
export function pureOracle(
  name: string,
  core: PartsCore<unknown, unknown>,
): PureParts<unknown, unknown> {
  const { outputs, probability, addReport, addColumn, isPossible, supportOf, ...own } = core;
  const { categories, epsilon, bits, support, worstRatio } = own;
  const { cells = categories, inputs = categories, parameters, ...members } = own;
  const { variance, estimate: estimateFrom } = pureEstimator(categories, support);
  const estimate = (counts: ArrayLike<number>, n: number): FrequencyEstimate => {
    checkCounts(counts, n, cells);
    return estimateFrom(supportOf === undefined ? counts : supportOf(counts), n);
  };
  const more = parameters === undefined ? "" : ` ${parameters}`;
  const identity = `${name} categories=${categories} epsilon=${epsilon} bits=${bits}${more}`;
  return {
    name,
    identity,
    ...members,
    ...tallies({ identity, cells, addReport, addColumn, isPossible, estimate }),
    estimate,
    variance,
    exactEpsilon: () => exactLoss(worstRatio, epsilon),
    channel: () => enumerable({ inputs, outputs, probability }, name),
  };
}

/** Refuses a channel that is too large to be enumerated. */
export function enumerable(channel: Channel, name: string): Channel {
  if (channel.outputs > MOST_OUTPUTS) {
    throw new LdpError(
      "EMRX_TOO_LARGE",
      `${name} has ${channel.outputs} outputs, too many to enumerate; use worstRatio, its closed form`,
    );
  }
  return channel;
}
