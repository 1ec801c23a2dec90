// The ledger in files: appending against a raw file (the same records in the same batches, each batch synced to the
// disk), and opening and proving with a million entries.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileAppend } from "../../../bench/baselines.js";
import { type BenchEntry, benchEntry } from "../../../bench/entry.js";
import { createGenesis, signCall } from "../src/calls.js";
import { openFileLedger, openFileLog } from "../src/file.js";
import { createIdentity } from "../src/identity.js";
import { largeLedger, ledgerOfNoCalls, removeLedger } from "./large-ledger.js";

const { batches, recordsPerBatch, recordBytes } = fileAppend;
const million = 1_000_000;

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
  // Single calls, one after the other: each signed, verified, appended, synced, read back and run through the contracts.
  benchEntry({
    name: "chain-adapter/file/submit",
    unit: "calls",
    work: 50,
    baseline: "limit/file-append",
    clock: "wall",
    async setup() {
      const folder = mkdtempSync(join(tmpdir(), "emrx-bench-"));
      const genesis = createGenesis({ name: "bench" });
      const ledger = await openFileLedger(folder, { genesis });
      return { folder, ledger, site: await createIdentity(), sent: 0 };
    },
    async run(state) {
      const { ledger, site } = state;
      for (let i = 0; i < 50; i++) {
        const policyId = `policy-${state.sent++}`;
        const schemaHash = "ab".repeat(32);
        const call = {
          type: "access.setPolicy",
          policyId,
          version: 1,
          schemaHash,
          rules: [],
        } as const;
        await ledger.submit(await signCall(ledger.id, site, call, { key: policyId }));
      }
    },
    async teardown({ folder, ledger }) {
      await ledger.close();
      removeLedger({ folder });
    },
  }),
  // Opened from its snapshot: every byte of log and snapshot is read and compared, no call is run again.
  benchEntry({
    name: "chain-adapter/file/open/n=1M",
    unit: "s",
    work: million,
    baseline: "limit/file-append",
    clock: "wall",
    setup: () => largeLedger(million),
    async run({ folder, signer }) {
      const ledger = await openFileLedger(folder, { signer });
      if (ledger.opening.fromSnapshot !== million) throw new Error("not from the snapshot");
      await ledger.close();
    },
    teardown: ({ folder }) => removeLedger({ folder }),
  }),
  // An inclusion proof of one entry, its bytes read from the disk, and a consistency proof from one earlier size.
  benchEntry({
    name: "chain-adapter/file/prove/n=1M",
    unit: "s",
    work: 1,
    baseline: "limit/file-append",
    clock: "wall",
    async setup() {
      return { ...(await ledgerOfNoCalls(million)), at: 0 };
    },
    async run(state) {
      state.at = (state.at + 618_033) % million; // by the golden section: all over the log
      await state.ledger.proveEntry(state.at);
      await state.ledger.proveConsistency(state.at + 1);
    },
    async teardown({ folder, ledger }) {
      await ledger.close();
      removeLedger({ folder });
    },
  }),
];
export default files;
