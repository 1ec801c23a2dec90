// What a mechanism for several numbers of one person is.
import type { Channel } from "../../audit/channel.js";
import type { Rational } from "../../exact/rational.js";
import type { RandomSource } from "../../random/source.js";
import type { NumericMechanism } from "../common/numeric.js";

/** Estimates for each number, in the units of its range; never clipped. */
export interface SampledNumericsEstimate {
  /** Number of reports. */
  readonly n: number;
  /** Unbiased estimates of the means. */
  readonly means: Float64Array;
  /**
   * Upper estimates of their variances: the observed spread of the scores, which contains the noise, the sampling of numbers and the
   * spread of the values. For a number that no report answers, the worst possible variance.
   */
  readonly variances: Float64Array;
}

/** Collects reports; see `FrequencyAggregator` for the laws. */
export interface SampledNumericsAggregator {
  /** Names mechanism and parameters; only aggregators with equal identities merge. */
  readonly identity: string;
  /** Number of reports so far. */
  readonly n: number;
  /** How often each cell was reported, one row of cells a number; exact integers. A copy. */
  readonly counts: Float64Array;
  /** Adds one report. @throws EMRX_MALFORMED_REPORT */
  add(report: Uint16Array): void;
  /** Adds a column of reports; all of it or, on an error, nothing. @throws EMRX_MALFORMED_REPORT */
  addBatch(column: Uint16Array): void;
  /** Adds everything another aggregator has collected. @throws EMRX_MISMATCH */
  merge(other: SampledNumericsAggregator): void;
  /** The state as canonical bytes. */
  toBytes(): Uint8Array<ArrayBuffer>;
  /** Estimates. @throws EMRX_NO_REPORTS */
  estimate(): SampledNumericsEstimate;
}

/**
 * A mechanism for several numbers. A report is a `Uint16Array` of pairs (number, cell), numbers ascending; a column is reports one
 * behind the other.
 */
export interface SampledNumerics {
  readonly name: "sampled-numerics";
  /** Names mechanism and parameters; equal identities mean equal channels. */
  readonly identity: string;
  /** The requested epsilon of the whole record, canonical decimal. */
  readonly epsilon: string;
  /** How many numbers a report answers, k. */
  readonly answered: number;
  /** The mechanism of each number, at epsilon / k rounded down. */
  readonly mechanisms: readonly NumericMechanism[];
  /** Exact size of the largest ratio of P(report | record) over any two records: at most e^epsilon. */
  readonly worstRatio: Rational;
  /** Bytes of one encoded report. */
  readonly reportBytes: number;
  /** One report for one record of D numbers. @throws EMRX_VALUE_OUTSIDE_DOMAIN */
  randomize(values: ArrayLike<number>, random?: RandomSource): Uint16Array;
  /** Reports for many records, given as D columns. @throws EMRX_VALUE_OUTSIDE_DOMAIN, EMRX_MISMATCH */
  randomizeBatch(columns: readonly ArrayLike<number>[], random?: RandomSource): Uint16Array;
  /** An empty aggregator. */
  aggregator(): SampledNumericsAggregator;
  /** Reads what an aggregator's `toBytes` wrote, and nothing else. @throws EMRX_MALFORMED_STATE */
  aggregatorFromBytes(bytes: Uint8Array): SampledNumericsAggregator;
  /** Estimates from the counts of n reports. @throws EMRX_NO_REPORTS */
  estimate(counts: ArrayLike<number>, n: number): SampledNumericsEstimate;
  /** Variance of the mean of number `index`, estimated from n reports of people who all have this value of it. */
  variance(n: number, index: number, value: number): number;
  /** ln of `worstRatio`, rounded up; at most `epsilon`. */
  exactEpsilon(): number;
  /** The channel from window positions, all numbers', to reports. @throws EMRX_TOO_LARGE beyond 2^20 outputs */
  channel(): Channel;
  /** Writes one report as canonical bytes. @throws EMRX_MALFORMED_REPORT */
  encode(report: Uint16Array, target: Uint8Array, offset: number): void;
  /** Reads one report. @throws EMRX_MALFORMED_REPORT */
  decode(source: Uint8Array, offset: number): Uint16Array;
  /** Writes report i of a column at `offsets[i]`. */
  encodeBatch(column: Uint16Array, target: Uint8Array, offsets: ArrayLike<number>): void;
  /** Reads a column, report i from `offsets[i]`. @throws EMRX_MALFORMED_REPORT */
  decodeBatch(source: Uint8Array, offsets: ArrayLike<number>): Uint16Array;
}
