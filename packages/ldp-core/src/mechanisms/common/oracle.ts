// What every frequency oracle is: a randomizer, an aggregator and an unbiased estimator over one finite channel.
import type { Channel } from "../../audit/channel.js";
import type { Rational } from "../../exact/rational.js";
import type { RandomSource } from "../../random/source.js";

/** Category indices, one a record: any array-like of integers; typed arrays are fastest. */
export type Categories = ArrayLike<number>;

/** Unbiased estimates for every category; values below 0 or above 1 are left as they are. */
export interface FrequencyEstimate {
  /** Number of reports. */
  readonly n: number;
  /** Estimated relative frequency of each category. */
  readonly frequencies: Float64Array;
  /**
   * Estimated variance of each frequency: the mechanism's noise alone, for this fixed set of n people, with the estimate
   * (clamped into [0, 1]) in place of the unknown frequency. Sampling people from a larger population adds to it.
   */
  readonly variances: Float64Array;
}

/**
 * Collects reports. Adding and merging commute and associate, so any split and any order give the same state, bit for bit.
 */
export interface FrequencyAggregator<Report = unknown, Column = unknown> {
  /** Names mechanism and parameters; only aggregators with equal identities merge. */
  readonly identity: string;
  /** Number of reports so far. */
  readonly n: number;
  /** How many reports support each category (or cell); exact integers. A copy. */
  readonly counts: Float64Array;
  /** Adds one report. @throws EMRX_MALFORMED_REPORT */
  add(report: Report): void;
  /** Adds a column of reports; all of it or, on an error, nothing. @throws EMRX_MALFORMED_REPORT */
  addBatch(column: Column): void;
  /** Adds everything another aggregator has collected. @throws EMRX_MISMATCH */
  merge(other: FrequencyAggregator<Report, Column>): void;
  /** The state as canonical bytes; the mechanism's `aggregatorFromBytes` reads them. */
  toBytes(): Uint8Array<ArrayBuffer>;
  /** Unbiased estimates. @throws EMRX_NO_REPORTS */
  estimate(): FrequencyEstimate;
}

/**
 * The two probabilities that decide the accuracy of a pure protocol: a report supports the true value with probability p and any other
 * value with probability q < p. Exact fractions, or doubles where `N` is `number`.
 *
 * Source: Wang, Blocki, Li and Jha, "Locally differentially private protocols for frequency estimation", USENIX Security 2017.
 */
export interface SupportProbabilities<N = Rational> {
  /** P(a report supports v | the value is v). */
  readonly p: N;
  /** P(a report supports v | the value is another). */
  readonly q: N;
}

/**
 * A mechanism for one categorical value among `categories`.
 *
 * It is *pure*: a report supports the true value with one probability and any other value with another, see
 * {@link SupportProbabilities}.
 *
 * `Report` is one report; `Column` holds many, without an object for each.
 */
export interface FrequencyOracle<Report = unknown, Column = unknown> {
  /** Short name of the mechanism. */
  readonly name: string;
  /** Names mechanism and parameters; equal identities mean equal channels. */
  readonly identity: string;
  /** Size d of the domain. */
  readonly categories: number;
  /** The requested epsilon, canonical decimal. */
  readonly epsilon: string;
  /** Random bits behind each threshold. */
  readonly bits: number;
  /** Exact probability that a report supports v when the value is v (p), and when it is not (q). */
  readonly support: SupportProbabilities;
  /** Exact size of the largest ratio of P(report | value) over any two values: at most e^epsilon. */
  readonly worstRatio: Rational;
  /** Bytes of one encoded report; the same for every report. */
  readonly reportBytes: number;

  /** One report for one value. @throws EMRX_VALUE_OUTSIDE_DOMAIN */
  randomize(value: number, random?: RandomSource): Report;
  /** Reports for many values; nothing is drawn unless all values are valid. @throws EMRX_VALUE_OUTSIDE_DOMAIN */
  randomizeBatch(values: Categories, random?: RandomSource): Column;

  /** An empty aggregator. */
  aggregator(): FrequencyAggregator<Report, Column>;
  /** Reads what an aggregator's `toBytes` wrote, and nothing else. @throws EMRX_MALFORMED_STATE */
  aggregatorFromBytes(bytes: Uint8Array): FrequencyAggregator<Report, Column>;
  /** Unbiased estimates from support counts of n reports. @throws EMRX_NO_REPORTS */
  estimate(counts: ArrayLike<number>, n: number): FrequencyEstimate;
  /** Variance of an estimate from n reports when the true frequency among these n people is f. */
  variance(n: number, f: number): number;

  /** ln of `worstRatio`, rounded up; at most `epsilon`. */
  exactEpsilon(): number;
  /** The channel itself, for enumeration. @throws EMRX_TOO_LARGE if it has more than 2^20 outputs */
  channel(): Channel;

  /** Writes one report as `reportBytes` canonical bytes. @throws EMRX_MALFORMED_REPORT */
  encode(report: Report, target: Uint8Array, offset: number): void;
  /** Reads one report. @throws EMRX_MALFORMED_REPORT for bytes that `encode` cannot have written */
  decode(source: Uint8Array, offset: number): Report;
  /** Writes report i of a column at `offsets[i]`. */
  encodeBatch(column: Column, target: Uint8Array, offsets: ArrayLike<number>): void;
  /** Reads a column, report i from `offsets[i]`. @throws EMRX_MALFORMED_REPORT */
  decodeBatch(source: Uint8Array, offsets: ArrayLike<number>): Column;
}
