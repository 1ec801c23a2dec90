// What every numeric mechanism is: a randomizer, an aggregator and an estimator of the mean over one finite channel.
import type { Channel } from "../../audit/channel.js";
import type { Rational } from "../../exact/rational.js";
import type { RandomSource } from "../../random/source.js";
import type { SymbolColumn } from "./symbol.js";

/** Estimates of a numeric attribute, in the units of its range; never clipped. */
export interface NumericEstimate {
  /** Number of reports. */
  readonly n: number;
  /**
   * Estimated mean of those whose value is present. Unbiased where missing is not allowed; otherwise the ratio of the unbiased
   * `total` and the unbiased number present (NaN if that number is not positive).
   */
  readonly mean: number;
  /**
   * Upper estimate of the variance of `mean`: the observed spread of the reports' scores over n. It contains the mechanism's
   * noise and the spread of the values themselves, so it covers both these n people and any larger population that they
   * were drawn from; nothing needs to be added for sampling.
   */
  readonly variance: number;
  /** Unbiased estimate of the sum of all values present. */
  readonly total: number;
  /**
   * Where a window has at least three positions: the estimated mean of the squares of the values present. Rounding a value to
   * a position raises its expectation by at most step^2 / 4, step = (high - low) / (cells - window).
   */
  readonly secondMoment?: number;
  /** Where missing is allowed: the unbiased estimate of its relative frequency, and that estimate's variance. */
  readonly missing?: { readonly frequency: number; readonly variance: number };
}

/** Collects numeric reports; see `FrequencyAggregator` for the laws. */
export interface NumericAggregator {
  /** Names mechanism and parameters; only aggregators with equal identities merge. */
  readonly identity: string;
  /** Number of reports so far. */
  readonly n: number;
  /** How often each cell was reported; exact integers. A copy. */
  readonly counts: Float64Array;
  /** Adds one report. @throws EMRX_MALFORMED_REPORT */
  add(report: number): void;
  /** Adds a column of reports; all of it or, on an error, nothing. @throws EMRX_MALFORMED_REPORT */
  addBatch(column: SymbolColumn): void;
  /** Adds everything another aggregator has collected. @throws EMRX_MISMATCH */
  merge(other: NumericAggregator): void;
  /** The state as canonical bytes. */
  toBytes(): Uint8Array<ArrayBuffer>;
  /** Estimates. @throws EMRX_NO_REPORTS */
  estimate(): NumericEstimate;
}

/** A mechanism for one number in a public range. A report is the index of a cell. */
export interface NumericMechanism {
  /** Short name of the mechanism. */
  readonly name: "window";
  /** Names mechanism and parameters; equal identities mean equal channels. */
  readonly identity: string;
  /** The public range; values outside it are clamped to its ends. */
  readonly range: readonly [low: number, high: number];
  /** Whether NaN, a missing value, belongs to the domain. */
  readonly missing: boolean;
  /** Number of cells N that stand for values; with `missing`, `window` more stand for a missing one. */
  readonly cells: number;
  /** Number of cells w in the window of a value. */
  readonly window: number;
  /** The requested epsilon, canonical decimal. */
  readonly epsilon: string;
  /** Random bits behind the threshold. */
  readonly bits: number;
  /** Exact probability of each cell inside the window of the input, and of each other cell. */
  readonly cellProbability: { readonly inside: Rational; readonly outside: Rational };
  /** Exact size of the largest ratio of P(report | value) over any two values: at most e^epsilon. */
  readonly worstRatio: Rational;
  /** Bytes of one encoded report. */
  readonly reportBytes: number;

  /** One report for one value; NaN means missing. @throws EMRX_VALUE_OUTSIDE_DOMAIN */
  randomize(value: number, random?: RandomSource): number;
  /** Reports for many values; nothing is drawn unless all are valid. @throws EMRX_VALUE_OUTSIDE_DOMAIN */
  randomizeBatch(values: ArrayLike<number>, random?: RandomSource): SymbolColumn;

  /** An empty aggregator. */
  aggregator(): NumericAggregator;
  /** Reads what an aggregator's `toBytes` wrote, and nothing else. @throws EMRX_MALFORMED_STATE */
  aggregatorFromBytes(bytes: Uint8Array): NumericAggregator;
  /** Estimates from the counts of the cells of n reports. @throws EMRX_NO_REPORTS */
  estimate(counts: ArrayLike<number>, n: number): NumericEstimate;
  /** Variance of the mean estimated from n reports of people who all have this value. */
  variance(n: number, value: number): number;
  /** The largest `variance(n, value)` over the range. */
  worstVariance(n: number): number;

  /** ln of `worstRatio`, rounded up; at most `epsilon`. */
  exactEpsilon(): number;
  /** The channel from window positions (and missing, last) to cells. A value between two positions mixes their rows. */
  channel(): Channel;

  /** Writes one report as `reportBytes` canonical bytes. @throws EMRX_MALFORMED_REPORT */
  encode(report: number, target: Uint8Array, offset: number): void;
  /** Reads one report. @throws EMRX_MALFORMED_REPORT */
  decode(source: Uint8Array, offset: number): number;
  /** Writes report i of a column at `offsets[i]`. */
  encodeBatch(column: SymbolColumn, target: Uint8Array, offsets: ArrayLike<number>): void;
  /** Reads a column, report i from `offsets[i]`. @throws EMRX_MALFORMED_REPORT */
  decodeBatch(source: Uint8Array, offsets: ArrayLike<number>): SymbolColumn;
}
