// The ledger in memory: the reference that other ledgers are compared with.
import type { Genesis } from "../codec/genesis.js";
import { LedgerError } from "../errors.js";
import { fromOrderedLog } from "./from-ordered-log.js";
import type { LogChange, OrderedLog } from "./ordered-log.js";
import type { ChainAdapter, LogEntry } from "./port.js";

/** Settings of a log in memory. */
export interface MemoryLogOptions {
  /** The clock, in milliseconds; the platform's by default. The log's time never goes back even if the clock does. */
  readonly clock?: () => number;
}

/** Throws `EMRX_LOG_RANGE` unless `from` to `to` is a range of the log. */
export function requireRange(from: number, to: number, size: number): void {
  const whole = Number.isSafeInteger(from) && Number.isSafeInteger(to);
  if (whole && from >= 0 && from <= to && to <= size) return;
  throw new LedgerError(
    "EMRX_LOG_RANGE",
    `from and to must be whole numbers with 0 <= from <= to <= ${size}; got ${from} and ${to}.`,
  );
}

/**
 * A log in memory.
 *
 * @param options `clock`: milliseconds, the platform's by default
 * @returns an empty log
 * @example
 * ```ts
 * import { memoryLog } from "@emrx/chain-adapter";
 *
 * const log = memoryLog({ clock: () => 7 });
 * await log.append([Uint8Array.of(1), Uint8Array.of(2)]); // => 0
 * await log.size(); // => 2
 * ```
 */
export function memoryLog(options: MemoryLogOptions = {}): OrderedLog {
  const { clock = Date.now } = options;
  const entries: LogEntry[] = [];
  const listeners = new Set<(change: LogChange) => void>();
  let closed = false;
  const requireOpen = (): void => {
    if (closed) throw new LedgerError("EMRX_CLOSED", "the log is closed");
  };
  return {
    name: "memory",
    durable: false,
    finalityDepth: 0,
    async append(records) {
      requireOpen();
      const from = entries.length;
      const time = Math.max(entries.at(-1)?.time ?? 0, Math.floor(clock()));
      for (const bytes of records) {
        entries.push({ index: entries.length, time, bytes: bytes.slice() });
      }
      for (const listener of listeners) listener({ size: entries.length });
      return from;
    },
    async *read(from, to) {
      requireOpen();
      requireRange(from, to, entries.length);
      for (let i = from; i < to; i++) {
        const entry = entries[i] as LogEntry;
        yield { ...entry, bytes: entry.bytes.slice() };
      }
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
