// The memory ledger, as the conformance kit wants it; needs no Node.
import type { ConformanceHarness } from "../../src/conformance.js";
import {
  type ChainAdapter,
  fromOrderedLog,
  type LogEntry,
  type MemoryLog,
  memoryLog,
  type OrderedLog,
} from "../../src/ledger.js";

/** Waits until a ledger has read what its log holds. */
async function caughtUp(ledger: ChainAdapter, log: OrderedLog): Promise<void> {
  for (let i = 0; i < 100; i++) {
    await new Promise((done) => setTimeout(done, 1));
    const last: LogEntry[] = [];
    const size = await log.size();
    if ((await ledger.checkpoint()).size !== size) continue;
    for await (const entry of log.read(size - 1, size)) last.push(entry);
    const { entry } = await ledger.proveEntry(size - 1);
    if (entry.bytes.join() === last[0]?.bytes.join()) return;
  }
  throw new Error("the ledger did not catch up with its log");
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
    // Closing a client does not close the log that others use.
    const shared: OrderedLog = { ...log, close: async () => {} };
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
    async appendRaw(ledger, bytes) {
      await logOf(ledger).append([bytes]);
    },
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
            await caughtUp(ledger, log);
          },
        }),
  };
}
