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
import type { ConformanceHarness, Damage, DiskFault } from "../../src/conformance.js";
import { platformDisk } from "../../src/file/disk.js";
import { type Disk, type FileLedgerOptions, openFileLedger } from "../../src/file.js";
import type { ChainAdapter } from "../../src/ledger.js";

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

/** A disk that works until it is told what to do wrong. */
class FaultyDisk implements Disk {
  fault: DiskFault | undefined;

  write(descriptor: number, bytes: Uint8Array<ArrayBuffer>, position: number): number {
    if (this.fault === "read-only") throw systemError("EROFS", "read-only file system");
    if (this.fault === "full") {
      // The system takes what still fits, and says so; the rest it refuses.
      const room = bytes.length >> 1;
      if (room > 8) return platformDisk.write(descriptor, bytes.subarray(0, room), position);
      throw systemError("ENOSPC", "no space left on device");
    }
    return platformDisk.write(descriptor, bytes, position);
  }

  async sync(descriptor: number): Promise<void> {
    if (this.fault === "sync") throw systemError("EIO", "i/o error");
    await platformDisk.sync(descriptor);
  }
}

const systemError = (code: string, message: string): Error =>
  Object.assign(new Error(`${code}: ${message}`), { code });

const stopped = "a write that fails stops the ledger until it is opened again: cases 57 to 59";

/** The file ledger. */
export function fileHarness(): ConformanceHarness {
  const folders = new Map<ChainAdapter, string>();
  const disks = new Map<ChainAdapter, FaultyDisk>();
  let now = 1_000_000;
  const clock = (): number => now;
  const folderOf = (ledger: ChainAdapter): string => folders.get(ledger) as string;
  const open = async (folder: string, options: FileLedgerOptions): Promise<ChainAdapter> => {
    const disk = new FaultyDisk();
    const ledger = await openFileLedger(folder, { ...options, disk });
    folders.set(ledger, folder);
    disks.set(ledger, disk);
    return ledger;
  };
  return {
    name: "file",
    window: 10_000,
    singleWriter: true,
    notApplicable: {
      4: stopped,
      5: stopped,
      7: stopped,
      85: "nobody else writes to a folder while a ledger is open on it",
    },
    async create(genesis) {
      const folder = mkdtempSync(join(tmpdir(), "emrx-conform-"));
      return open(folder, { genesis, clock, segmentBytes: 4000 });
    },
    async wait(_, milliseconds) {
      now += milliseconds;
    },
    reopen: (ledger) => open(folderOf(ledger), { clock }),
    another: (ledger) => open(folderOf(ledger), { clock }),
    failDisk(ledger, fault) {
      (disks.get(ledger) as FaultyDisk).fault = fault;
    },
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
