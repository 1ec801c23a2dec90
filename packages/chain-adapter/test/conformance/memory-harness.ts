// The memory ledger, as the conformance kit wants it; needs no Node.
import type { ConformanceHarness } from "../../src/conformance.js";
import { LedgerError } from "../../src/errors.js";
import {
  type ChainAdapter,
  fromOrderedLog,
  type MemoryLog,
  memoryLog,
  type OrderedLog,
} from "../../src/ledger.js";

/** A client of a log: closing it does not close the log that others use. */
function client(log: MemoryLog): OrderedLog {
  let closed = false;
  const stops = new Set<() => void>();
  const requireOpen = (): void => {
    if (closed) throw new LedgerError("EMRX_CLOSED", "the log is closed");
  };
  return {
    ...log,
    async append(records) {
      requireOpen();
      return log.append(records);
    },
    async *read(from, to) {
      requireOpen();
      yield* log.read(from, to);
    },
    async size() {
      requireOpen();
      return log.size();
    },
    subscribe(listener) {
      const stop = log.subscribe(listener);
      stops.add(stop);
      return stop;
    },
    async close() {
      closed = true;
      for (const stop of stops) stop();
    },
  };
}

/** The memory ledger. `change` may put something between the log and the ledger, or in front of the ledger. */
export function memoryHarness(
  finalityDepth = 0,
  change: {
    readonly log?: (log: MemoryLog) => OrderedLog;
    readonly ledger?: (ledger: ChainAdapter) => ChainAdapter;
  } = {},
): ConformanceHarness {
  const logs = new Map<ChainAdapter, MemoryLog>();
  let now = 1_000_000;
  const logOf = (ledger: ChainAdapter): MemoryLog => logs.get(ledger) as MemoryLog;
  const over = async (log: MemoryLog, ledger: Promise<ChainAdapter>): Promise<ChainAdapter> => {
    const plain = await ledger;
    const opened = change.ledger?.(plain) ?? plain;
    logs.set(opened, log);
    return opened;
  };
  const open = (log: MemoryLog): OrderedLog => {
    const shared = client(log);
    return change.log?.({ ...log, ...shared }) ?? shared;
  };
  return {
    name: finalityDepth === 0 ? "memory" : `memory, final after ${finalityDepth}`,
    window: 10_000,
    async create(genesis) {
      const log = memoryLog({ clock: () => now, finalityDepth });
      return over(log, fromOrderedLog(open(log), { genesis }));
    },
    async wait(_, milliseconds) {
      now += milliseconds;
    },
    reopen: (ledger) => over(logOf(ledger), fromOrderedLog(open(logOf(ledger)))),
    another: (ledger) => over(logOf(ledger), fromOrderedLog(open(logOf(ledger)))),
    failNext: (ledger, accident) => logOf(ledger).failNext(accident),
    openLog: async (ledger) => open(logOf(ledger)),
    ...(finalityDepth === 0
      ? {}
      : {
          async reorganize(ledger, depth, keep) {
            const log = logOf(ledger);
            const records: Uint8Array[] = [];
            const size = await log.size();
            for await (const { index, bytes } of log.read(0, size)) {
              if (keep.includes(index)) records.push(bytes);
            }
            log.reorganize(size - depth, records);
          },
        }),
  };
}
