// The port that applications use and integrators implement: a ledger that runs the four contracts.
import type { LedgerEvent } from "../codec/events.js";
import type { Hex32, LedgerTime } from "../codec/fields.js";
import type { Genesis } from "../codec/genesis.js";
import type { Answer, Query } from "../codec/queries.js";
import type { CallId, SignedCall } from "../codec/signed-call.js";
import type { LedgerError, Rejection } from "../errors.js";

/** What an adapter is and can do. */
export interface Manifest {
  /** For people, for example "memory" or "file". */
  readonly name: string;
  /** `immediate`: included is final. `delayed`: final later, by a rule of the log's own, in words for people. */
  readonly finality:
    | { readonly kind: "immediate" }
    | { readonly kind: "delayed"; readonly rule: string };
  /** Whose clock gives ledger time, and milliseconds between two times that it tells apart. */
  readonly clock: { readonly whose: string; readonly resolution: number };
  /** How `submitBatch` treats a refused item: the others go on, or none takes effect. */
  readonly batch: "per-item" | "atomic";
  readonly limits: {
    /** Largest canonical signed call, bytes. */
    readonly maxCallBytes: number;
    /** Most calls in one `submitBatch`. */
    readonly maxBatch: number;
  };
  readonly supports: {
    /** `entries` gives the log itself, so that anyone can replay it. */
    readonly entries: boolean;
    /** `prove` and `proveConsistency`. */
    readonly proofs: boolean;
    /** The checkpoint can go back, and events can be retracted. */
    readonly reorgs: boolean;
    /** Entries survive the process. */
    readonly durable: boolean;
  };
}

/** An accepted call: where it stands in the log and what it did. */
export interface Receipt {
  readonly id: CallId;
  /** Position in the log. */
  readonly index: number;
  readonly time: LedgerTime;
  readonly events: readonly LedgerEvent[];
}

/** What became of one call of a batch. */
export type Outcome =
  | { readonly accepted: true; readonly receipt: Receipt }
  | { readonly accepted: false; readonly error: LedgerError };

/** What became of a call. */
export type Status =
  | { readonly state: "unknown" }
  | { readonly state: "pending" }
  | { readonly state: "included" | "final"; readonly receipt: Receipt }
  | { readonly state: "rejected"; readonly index: number; readonly rejection: Rejection }
  /** It was included once, then the log was reorganized without it. */
  | { readonly state: "dropped" };

/** A state of the log, in a few bytes. */
export interface Checkpoint {
  readonly ledger: Hex32;
  /** Number of entries. */
  readonly size: number;
  /** Merkle root over the entries (RFC 6962). */
  readonly root: Hex32;
  /** Ledger time of the last entry. */
  readonly time: LedgerTime;
}

/** One entry of the log. The first is the genesis, all others are signed calls, accepted or refused. */
export interface LogEntry {
  readonly index: number;
  readonly time: LedgerTime;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A place in the stream of events, to go on from later. Opaque; survives restarts and reorganizations. */
export type Cursor = string;

/** Events of one entry, or the news that entries were taken back. */
export type EventBatch =
  | {
      readonly kind: "events";
      readonly index: number;
      readonly time: LedgerTime;
      readonly call: CallId;
      readonly events: readonly LedgerEvent[];
      /** Go on after this batch from here. */
      readonly cursor: Cursor;
    }
  | {
      /** Forget every batch with an index at or above `from`: a reorganization took those entries back. */
      readonly kind: "retraction";
      readonly from: number;
      readonly cursor: Cursor;
    };

/** That an entry stands in the log with this checkpoint; check with `verifyInclusionProof`. */
export interface InclusionProof {
  readonly entry: LogEntry;
  readonly checkpoint: Checkpoint;
  /** Hashes from the bottom up. */
  readonly path: readonly Uint8Array<ArrayBuffer>[];
}

/** That the log of `first` is a prefix of the log of `second`; check with `verifyConsistencyProof`. */
export interface ConsistencyProof {
  readonly first: Checkpoint;
  readonly second: Checkpoint;
  readonly path: readonly Uint8Array<ArrayBuffer>[];
}

/** How a call that waits may be given up. */
export interface WaitOptions {
  /** Stops the waiting, not the call: ask `status` what became of it. */
  readonly signal?: AbortSignal;
}

/** A ledger that runs the four contracts. */
export interface ChainAdapter {
  readonly manifest: Manifest;
  readonly genesis: Genesis;
  /** Hash of the genesis; calls are signed for this id. */
  readonly id: Hex32;
  /** Submits a call; resolves when it is included, throws a `LedgerError` with the contract's code if it is refused. */
  submit(call: SignedCall, options?: WaitOptions): Promise<Receipt>;
  /** Submits calls in this order; one outcome a call. */
  submitBatch(calls: readonly SignedCall[], options?: WaitOptions): Promise<readonly Outcome[]>;
  /** What became of a call. */
  status(id: CallId): Promise<Status>;
  /** Answers a query from the latest state. */
  view<Q extends Query>(query: Q): Promise<Answer<Q>>;
  /** Events in log order, from the beginning or after a cursor; goes on as entries come, until closed or returned. */
  events(from?: Cursor, options?: WaitOptions): AsyncIterable<EventBatch>;
  /** The checkpoint of the log as it is now. */
  checkpoint(): Promise<Checkpoint>;
  /** Entries from `from` up to but not including `to` (the end by default). */
  entries(from?: number, to?: number): AsyncIterable<LogEntry>;
  /** That a call's entry is in the log. */
  prove(id: CallId, size?: number): Promise<InclusionProof>;
  /** That an entry is in the log. */
  proveEntry(index: number, size?: number): Promise<InclusionProof>;
  /** That the log only grew from `first` to `second` entries (all by default). */
  proveConsistency(first: number, second?: number): Promise<ConsistencyProof>;
  /** Ends all event streams and gives back what the adapter holds. */
  close(): Promise<void>;
}
