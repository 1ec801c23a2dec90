// 50,000 patients and 500 laboratories, matched in a worker: once to the end, once until somebody stops it.
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import type { MarketColumns } from "@emrx/matching/market";
import { matchInWorker } from "./client.js";
import { serve } from "./worker.js";

const patients = 50_000;
const laboratories = 500;
const listed = 20;

function table(): MarketColumns {
  const rows = patients * listed;
  const each = (value: (row: number) => number) =>
    Float64Array.from({ length: rows }, (_, row) => value(row));
  return {
    proposer: {
      codes: Uint32Array.from({ length: rows }, (_, row) => Math.floor(row / listed)),
      values: Array.from({ length: patients }, (_, i) => `patient ${i}`),
    },
    reviewer: {
      codes: Uint32Array.from(
        { length: rows },
        (_, row) => (Math.floor(row / listed) * 7 + (row % listed) * 23) % laboratories,
      ),
      values: Array.from({ length: laboratories }, (_, i) => `laboratory ${i}`),
    },
    proposerScore: each((row) => (row * 7_919) % 104_729),
    reviewerScore: each((row) => (row * 15_485_863) % 32_452_843),
    reviewerQuota: 120,
  };
}

async function main(): Promise<void> {
  const worker = new Worker(fileURLToPath(import.meta.url));
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  let reports = 0;
  const { proposer } = await matchInWorker(worker, table(), { onProgress: () => reports++ });
  clearInterval(timer);
  console.log(
    `${proposer.codes.length} pairs; ${reports > 1 && ticks > 1 ? "progress was reported and nothing stood still" : "it stood still"}`,
  );

  const controller = new AbortController();
  await matchInWorker(worker, table(), {
    onProgress: () => controller.abort("enough"),
    signal: controller.signal,
  }).catch((error: { code: string }) => console.log(error.code));
  await worker.terminate();
}

if (isMainThread) await main();
else if (parentPort !== null) serve(parentPort);
