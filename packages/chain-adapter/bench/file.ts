// The ledger in files against a raw file: the same records in the same batches, each batch synced to the disk.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileAppend } from "../../../bench/baselines.js";
import { type BenchEntry, benchEntry } from "../../../bench/entry.js";
import { openFileLog } from "../src/file.js";

const { batches, recordsPerBatch, recordBytes } = fileAppend;

const files: readonly BenchEntry[] = [
  benchEntry({
    name: "chain-adapter/file/append",
    unit: "records",
    work: batches * recordsPerBatch,
    baseline: "limit/file-append",
    clock: "wall",
    async setup() {
      const folder = mkdtempSync(join(tmpdir(), "emrx-bench-"));
      const records = Array.from({ length: recordsPerBatch }, () =>
        crypto.getRandomValues(new Uint8Array(recordBytes)),
      );
      return { folder, records, log: await openFileLog(folder) };
    },
    async run({ log, records }) {
      for (let batch = 0; batch < batches; batch++) await log.append(records);
    },
    async teardown({ log, folder }) {
      await log.close();
      rmSync(folder, { recursive: true });
    },
  }),
];
export default files;
