// What this machine can do at best: the limits that the other benchmarks are divided by.
import { mkdtempSync, rmSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BenchEntry, benchEntry } from "./entry.js";

const blockBytes = 65_536;

/** What `limit/file-append` writes; a ledger that compares itself with it appends the same bytes in the same batches. */
export const fileAppend = { recordBytes: 400, recordsPerBatch: 100, batches: 50 } as const;

const mix32Rounds = 2_000;
const csprngBlocks = 2_000;
const memoryWords = 2 ** 24;

const baselines: readonly BenchEntry[] = [
  benchEntry({
    name: "limit/mix32",
    unit: "words",
    work: mix32Rounds * (blockBytes / 4),
    baseline: "limit/mix32",
    setup: () => Uint32Array.from({ length: blockBytes / 4 }, (_, index) => index),
    run(words) {
      for (let round = 0; round < mix32Rounds; round++) mix32(words);
      return words[0];
    },
  }),
  benchEntry({
    name: "limit/csprng",
    unit: "bytes",
    work: csprngBlocks * blockBytes,
    baseline: "limit/csprng",
    setup: () => new Uint8Array(blockBytes),
    run(block) {
      for (let index = 0; index < csprngBlocks; index++) crypto.getRandomValues(block);
      return block[0];
    },
  }),
  benchEntry({
    name: "limit/memory-write",
    unit: "bytes",
    work: memoryWords * 4,
    baseline: "limit/memory-write",
    setup: () => new Uint32Array(memoryWords),
    run(words) {
      for (let index = 0; index < words.length; index++) words[index] = index;
      return words[words.length - 1];
    },
  }),
  benchEntry({
    name: "limit/file-append",
    unit: "records",
    work: fileAppend.batches * fileAppend.recordsPerBatch,
    baseline: "limit/file-append",
    clock: "wall",
    async setup() {
      const folder = mkdtempSync(join(tmpdir(), "emrx-bench-"));
      const file = await open(join(folder, "raw"), "a");
      return { folder, file, batch: batchOfRecords() };
    },
    run: ({ file, batch }) => appendBatches(file, batch),
    async teardown({ folder, file }) {
      await file.close();
      rmSync(folder, { recursive: true });
    },
  }),
];
export default baselines;

/** A 32-bit finalizer (shifts and two multiplies, after MurmurHash3's fmix32) over every word, in place. */
function mix32(words: Uint32Array): void {
  for (let index = 0; index < words.length; index++) {
    let word = words[index] as number;
    word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
    word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
    words[index] = word ^ (word >>> 16);
  }
}

function batchOfRecords(): Uint8Array {
  return crypto.getRandomValues(
    new Uint8Array(fileAppend.recordBytes * fileAppend.recordsPerBatch),
  );
}

async function appendBatches(file: FileHandle, batch: Uint8Array): Promise<void> {
  for (let index = 0; index < fileAppend.batches; index++) {
    await file.write(batch);
    await file.datasync();
  }
}
