// The ledger in memory: the reference that other ledgers are compared with.
import type { Genesis } from "../codec/genesis.js";
import { LedgerError } from "../errors.js";
import { fromOrderedLog } from "./from-ordered-log.js";
import type { LogChange, LogLimits, OrderedLog } from "./ordered-log.js";
import type { ChainAdapter, LogEntry } from "./port.js";
import { nextTime, requireLimits, requireOption, requireRange } from "./require.js";

/** Settings of a log in memory. */
export interface MemoryLogOptions {
  /** The clock, in milliseconds; the platform's by default. The log's time never goes back even if the clock does. */
  readonly clock?: () => number;
  /**
   * Blocks on top after which a block is final, where an append makes a block; 0 by default: an entry is final at once, and
   * `reorganize` takes nothing back.
   */
  readonly finalityDepth?: number;
  /** What the log can carry; by default no less than a ledger asks for. */
  readonly limits?: LogLimits;
}

const generous: LogLimits = { recordBytes: 16 << 20, appendRecords: 10_000, appendBytes: 1 << 30 };

/** A log in memory, with the accidents that a replicated log can have. */
export interface MemoryLog extends OrderedLog {
  /**
   * Puts other records in the place of all entries from `from` on, as a fork that wins does.
   *
   * @throws LedgerError `EMRX_LOG_RANGE` if that would take back what is final
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
  const { clock = Date.now, finalityDepth = 0, limits = generous } = options;
  requireOption("finalityDepth", finalityDepth, 0);
  const entries: LogEntry[] = [];
  /** The index that each block begins with. */
  let blocks: number[] = [];
  const listeners = new Set<(change: LogChange) => void>();
  /** Entries that are final: what was once stays final, even if the log has become shorter. */
  let final = 0;
  let closed = false;
  let accident: "before" | "after" | undefined;
  const requireOpen = (): void => {
    if (closed) throw new LedgerError("EMRX_CLOSED", "the log is closed");
  };
  const add = (records: readonly Uint8Array[]): void => {
    const time = nextTime(entries.at(-1)?.time ?? 0, clock);
    if (records.length > 0) blocks.push(entries.length);
    for (const bytes of records) {
      entries.push({ index: entries.length, time, bytes: bytes.slice() });
    }
    final = Math.max(
      final,
      blocks.at(-finalityDepth) ?? 0,
      finalityDepth === 0 ? entries.length : 0,
    );
  };
  const notify = (change: LogChange): void => {
    for (const listener of listeners) listener(change);
  };
  return {
    name: "memory",
    durable: false,
    limits,
    clock: { whose: "this process", resolution: 1 },
    finality:
      finalityDepth === 0
        ? { kind: "immediate" }
        : {
            kind: "delayed",
            rule: `${finalityDepth} blocks, one an append`,
            finalized: async () => {
              requireOpen();
              return final;
            },
          },
    async append(records) {
      requireOpen();
      requireLimits(records, limits);
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
      const least = Math.max(1, final);
      if (from < least) {
        const message = `entries before ${least} are final; those from ${from} on cannot be taken back.`;
        throw new LedgerError("EMRX_LOG_RANGE", message);
      }
      entries.length = from;
      blocks = blocks.filter((begin) => begin < from);
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
 * await ledger.view({ type: "round.list" }); // => []
 * ```
 */
export async function memoryLedger(
  options: MemoryLogOptions & { readonly genesis: Genesis },
): Promise<ChainAdapter> {
  return fromOrderedLog(memoryLog(options), { genesis: options.genesis });
}
