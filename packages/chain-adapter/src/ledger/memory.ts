// The ledger in memory: the reference that other ledgers are compared with.
import type { Genesis } from "../codec/genesis.js";
import { LedgerError } from "../errors.js";
import { fromOrderedLog } from "./from-ordered-log.js";
import type { LogChange, OrderedLog } from "./ordered-log.js";
import type { ChainAdapter, LogEntry } from "./port.js";
import { nextTime, requireOption, requireRange } from "./require.js";

/** Settings of a log in memory. */
export interface MemoryLogOptions {
  /** The clock, in milliseconds; the platform's by default. The log's time never goes back even if the clock does. */
  readonly clock?: () => number;
  /** Entries that `reorganize` may take back; 0, none, by default. */
  readonly finalityDepth?: number;
}

/** A log in memory, with the accidents that a replicated log can have. */
export interface MemoryLog extends OrderedLog {
  /**
   * Puts other records in the place of all entries from `from` on, as a fork that wins does.
   *
   * @throws LedgerError `EMRX_LOG_RANGE` if that would take back more entries than `finalityDepth`
   */
  reorganize(from: number, records: readonly Uint8Array[]): void;
  /** Makes the next append fail: before anything is written, or after, as when the answer is lost. */
  failNext(when: "before" | "after"): void;
}

/**
 * A log in memory.
 *
 * @param options `clock`: milliseconds, the platform's by default
 * @returns an empty log
 * @throws LedgerError `EMRX_INVALID_OPTION` if `finalityDepth` is no whole number
 * @example
 * ```ts
 * import { memoryLog } from "@emrx/chain-adapter/ledger";
 *
 * const log = memoryLog({ clock: () => 7 });
 * await log.append([Uint8Array.of(1), Uint8Array.of(2)]); // => 0
 * await log.size(); // => 2
 * ```
 */
export function memoryLog(options: MemoryLogOptions = {}): MemoryLog {
  const { clock = Date.now, finalityDepth = 0 } = options;
  requireOption("finalityDepth", finalityDepth, 0);
  const entries: LogEntry[] = [];
  const listeners = new Set<(change: LogChange) => void>();
  /** Most entries there ever were: what was final then stays final, even if the log has become shorter. */
  let tallest = 0;
  let closed = false;
  let accident: "before" | "after" | undefined;
  const requireOpen = (): void => {
    if (closed) throw new LedgerError("EMRX_CLOSED", "the log is closed");
  };
  const add = (records: readonly Uint8Array[]): void => {
    const time = nextTime(entries.at(-1)?.time ?? 0, clock);
    for (const bytes of records) {
      entries.push({ index: entries.length, time, bytes: bytes.slice() });
    }
    tallest = Math.max(tallest, entries.length);
  };
  const notify = (change: LogChange): void => {
    for (const listener of listeners) listener(change);
  };
  return {
    name: "memory",
    durable: false,
    finalityDepth,
    async append(records) {
      requireOpen();
      const planned = accident;
      accident = undefined;
      const from = entries.length;
      if (planned !== "before") {
        add(records);
        notify({ size: entries.length });
      }
      if (planned === undefined) return from;
      throw new LedgerError("EMRX_STORAGE", `the append failed ${planned} writing, as asked for`);
    },
    async *read(from, to) {
      requireOpen();
      requireRange(from, to, entries.length);
      for (const entry of entries.slice(from, to)) yield { ...entry, bytes: entry.bytes.slice() };
    },
    async size() {
      requireOpen();
      return entries.length;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      closed = true;
      listeners.clear();
    },
    reorganize(from, records) {
      requireOpen();
      requireRange(from, entries.length, entries.length);
      if (from < Math.max(1, tallest - finalityDepth)) {
        throw new LedgerError(
          "EMRX_LOG_RANGE",
          `entries before ${Math.max(1, tallest - finalityDepth)} are final; those from ${from} on cannot be taken back.`,
        );
      }
      entries.length = from;
      add(records);
      notify({ size: entries.length, replacedFrom: from });
    },
    failNext(when) {
      accident = when;
    },
  };
}

/**
 * A ledger in memory.
 *
 * @param options `genesis`, and a `clock` in milliseconds for tests
 * @returns the ledger
 * @throws LedgerError `EMRX_GENESIS` if the genesis is malformed
 * @example
 * ```ts
 * import { createGenesis, memoryLedger } from "@emrx/chain-adapter";
 *
 * const ledger = await memoryLedger({ genesis: createGenesis({ name: "trial" }) });
 * await ledger.view({ type: "trade.offers", round: 1 }); // => []
 * ```
 */
export async function memoryLedger(
  options: MemoryLogOptions & { readonly genesis: Genesis },
): Promise<ChainAdapter> {
  return fromOrderedLog(memoryLog(options), { genesis: options.genesis });
}
