// What randomizers and aggregators need of a mechanism, of whichever kind: reports and columns pass through unseen.
import type { NumericMechanism } from "../mechanisms/common/numeric.js";
import type { FrequencyOracle } from "../mechanisms/common/oracle.js";
import type { PrivSet, SetColumn } from "../mechanisms/sets/privset.js";
import type { WindowMixture } from "../mechanisms/window/mixture.js";
import type { RandomSource } from "../random/source.js";

/** What a mechanism takes: a category index, a number, or the code indices of a set, ascending. */
export type Value = number | Uint16Array;

/** A mechanism of a schema: for one category, for one number, or for a set of codes. */
export type Mechanism = FrequencyOracle | NumericMechanism | WindowMixture | PrivSet;

/** The part that frequency oracles, numeric and set mechanisms have in common. */
export interface AnyMechanism {
  readonly name: string;
  readonly epsilon: string;
  readonly reportBytes: number;
  randomize(value: number | ArrayLike<number>, random?: RandomSource): unknown;
  randomizeBatch(values: ArrayLike<number> | SetColumn, random?: RandomSource): unknown;
  encode(report: unknown, target: Uint8Array, offset: number): void;
  decode(source: Uint8Array, offset: number): unknown;
  encodeBatch(column: unknown, target: Uint8Array, offsets: ArrayLike<number>): void;
  decodeBatch(source: Uint8Array, offsets: ArrayLike<number>): unknown;
  aggregator(): AnyAggregator;
  aggregatorFromBytes(bytes: Uint8Array): AnyAggregator;
}

/** The common part of their aggregators. */
export interface AnyAggregator {
  readonly n: number;
  add(report: unknown): void;
  addBatch(column: unknown): void;
  merge(other: AnyAggregator): void;
  toBytes(): Uint8Array<ArrayBuffer>;
}
