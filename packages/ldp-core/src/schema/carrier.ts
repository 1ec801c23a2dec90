// What randomizers and aggregators need of a mechanism, of whichever kind: reports and columns pass through unseen.
import type { SetColumn } from "../mechanisms/privset.js";
import type { RandomSource } from "../random/source.js";
import { mechanismOf } from "./mechanism.js";
import type { Schema } from "./schema.js";

/** What a mechanism takes: a category index, a number, or the code indices of a set, ascending. */
export type Value = number | Uint16Array;

/** The part that frequency oracles, numeric and set mechanisms have in common. */
export interface Carrier {
  readonly name: string;
  readonly epsilon: string;
  readonly reportBytes: number;
  randomize(value: number | ArrayLike<number>, random?: RandomSource): unknown;
  randomizeBatch(values: ArrayLike<number> | SetColumn, random?: RandomSource): unknown;
  encode(report: unknown, target: Uint8Array, offset: number): void;
  decode(source: Uint8Array, offset: number): unknown;
  encodeBatch(column: unknown, target: Uint8Array, offsets: ArrayLike<number>): void;
  decodeBatch(source: Uint8Array, offsets: ArrayLike<number>): unknown;
  aggregator(): CarrierTally;
  aggregatorFromBytes(bytes: Uint8Array): CarrierTally;
}

/** The common part of their aggregators. */
export interface CarrierTally {
  readonly n: number;
  add(report: unknown): void;
  addBatch(column: unknown): void;
  merge(other: CarrierTally): void;
  toBytes(): Uint8Array;
}

/** `mechanismOf`, seen as a carrier. */
export function carrierOf(schema: Schema, attribute: number, level: number): Carrier {
  return mechanismOf(schema, attribute, level);
}
