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
import type { ChainAdapter } from "../../src/index.js";

export { memoryHarness } from "./memory-harness.js";

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
