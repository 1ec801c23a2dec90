// The small port: any log that keeps records in one order. `fromOrderedLog` makes a complete ledger of it, and believes
// nothing of what the log says before it has checked it.
import type { LogEntry } from "./port.js";

/** What a log can carry. A ledger never asks it for more. */
export interface LogLimits {
  /** Longest record, bytes. */
  readonly recordBytes: number;
  /** Most records in one append. */
  readonly appendRecords: number;
  /** Most bytes of all records of one append; not less than `recordBytes`. */
  readonly appendBytes: number;
}

/** What an entry's time means. */
export interface LogClock {
  /** Whose clock gives it, for people, for example "the database server" or "the proposer of the block". */
  readonly whose: string;
  /** Milliseconds between two times that the log tells apart: 1, or say 12,000 if a block has one time. */
  readonly resolution: number;
}

/** When the log no longer takes an entry back, in the log's own terms. */
export type LogFinality =
  | {
      /** Never: an entry is final as soon as it is there. */
      readonly kind: "immediate";
    }
  | {
      /** Later, by a rule of its own. */
      readonly kind: "delayed";
      /** The rule, for people, for example "6 blocks" or "finalized by two thirds of the validators". */
      readonly rule: string;
      /** How many entries are final now. Never less than it was; never more than the log has. */
      finalized(): Promise<number>;
    };

/** What happened to a log. */
export interface LogChange {
  /** Number of entries now. */
  readonly size: number;
  /** After a reorganization: entries from here on are gone or replaced by others. Absent if entries were only added. */
  readonly replacedFrom?: number;
}

/** A log that keeps records in one order, the same for everybody. */
export interface OrderedLog {
  /** For people, for example "memory", "file" or "postgres". */
  readonly name: string;
  /** Whether records survive the process. */
  readonly durable: boolean;
  readonly limits: LogLimits;
  readonly clock: LogClock;
  readonly finality: LogFinality;
  /**
   * Adds records at the end, all or none, one after the other, each with the log's own time, which never goes back.
   * Resolves with the index of the first when they are as durable as this log makes them. From then on, `size` and `read`
   * show them to everybody.
   */
  append(records: readonly Uint8Array<ArrayBuffer>[]): Promise<number>;
  /** Entries from `from` up to but not including `to`: all of them, or it throws (`EMRX_LOG_RANGE` beyond the end). */
  read(from: number, to: number): AsyncIterable<LogEntry>;
  /** Number of entries. */
  size(): Promise<number>;
  /** Calls the listener after every change; returns a function that ends that. */
  subscribe(listener: (change: LogChange) => void): () => void;
  /** Gives back what the log holds; afterwards every call is refused with `EMRX_CLOSED`. */
  close(): Promise<void>;
}
