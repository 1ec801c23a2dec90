// The ledgers that ship, as the conformance kit wants them.
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConformanceHarness, Damage } from "../../src/conformance.js";
import { type FileLedgerOptions, openFileLedger } from "../../src/file.js";
import {
  type ChainAdapter,
  fromOrderedLog,
  type LogEntry,
  type MemoryLog,
  memoryLog,
  type OrderedLog,
} from "../../src/index.js";

/** Waits until a ledger has read what its log holds. */
async function caughtUp(ledger: ChainAdapter, log: OrderedLog): Promise<void> {
  for (let i = 0; i < 100; i++) {
    await new Promise((done) => setTimeout(done, 1));
    const last: LogEntry[] = [];
    const size = await log.size();
    if ((await ledger.head()).size !== size) continue;
    for await (const entry of log.read(size - 1, size)) last.push(entry);
    const { entry } = await ledger.proveEntry(size - 1);
    if (Buffer.from(entry.bytes).equals(last[0]?.bytes ?? new Uint8Array())) return;
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

const damages: Record<Damage, (file: string, data: Buffer) => void> = {
  flip(file, data) {
    const at = data.length >> 1;
    data[at] = (data[at] as number) ^ 8;
    writeFileSync(file, data);
  },
  cut(file, data) {
    truncateSync(file, data.length - 100);
  },
  hole(file, data) {
    data.fill(0, data.length >> 2, data.length >> 1);
    writeFileSync(file, data);
  },
  swap(file, data) {
    const half = Math.floor((data.length - 52) / 2);
    const moved = Buffer.concat([
      data.subarray(0, 52),
      data.subarray(52 + half),
      data.subarray(52, 52 + half),
    ]);
    writeFileSync(file, moved);
  },
  missing(file) {
    rmSync(file);
  },
};

/** The file ledger. */
export function fileHarness(): ConformanceHarness {
  const folders = new Map<ChainAdapter, string>();
  let now = 1_000_000;
  const clock = (): number => now;
  const folderOf = (ledger: ChainAdapter): string => folders.get(ledger) as string;
  const open = async (folder: string, options: FileLedgerOptions): Promise<ChainAdapter> => {
    const ledger = await openFileLedger(folder, options);
    folders.set(ledger, folder);
    return ledger;
  };
  return {
    name: "file",
    window: 10_000,
    singleWriter: true,
    async create(genesis) {
      const folder = mkdtempSync(join(tmpdir(), "emrx-conform-"));
      return open(folder, { genesis, clock, segmentBytes: 4000 });
    },
    async wait(_, milliseconds) {
      now += milliseconds;
    },
    reopen: (ledger) => open(folderOf(ledger), { clock }),
    another: (ledger) => open(folderOf(ledger), { clock }),
    async damage(ledger, damage) {
      const folder = folderOf(ledger);
      const names = readdirSync(folder).filter((name) => name.endsWith(".log"));
      const file = join(folder, names[names.length >> 1] as string);
      damages[damage](file, readFileSync(file));
    },
    async dispose(ledger) {
      rmSync(folderOf(ledger), { recursive: true, force: true });
    },
  };
}
