// The small port: any log that keeps records in one order. `fromOrderedLog` makes a complete ledger of it.
import type { LogEntry } from "./port.js";

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
  /** Entries on top after which an entry is final; 0 if the log never takes an entry back. */
  readonly finalityDepth: number;
  /**
   * Adds records at the end, all or none, one after the other, each with the log's own time, which never goes back.
   * Resolves with the index of the first when they are as durable as this log makes them.
   */
  append(records: readonly Uint8Array[]): Promise<number>;
  /** Entries from `from` up to but not including `to`. */
  read(from: number, to: number): AsyncIterable<LogEntry>;
  /** Number of entries. */
  size(): Promise<number>;
  /** Calls the listener after every change; returns a function that ends that. */
  subscribe(listener: (change: LogChange) => void): () => void;
  /** Gives back what the log holds; afterwards every call is refused with `EMRX_CLOSED`. */
  close(): Promise<void>;
}
