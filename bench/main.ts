// npm run bench -- [--only PATTERN] [--list] [--json FILE]
// Every entry runs in a Node process of its own, so that its memory peak is its own.
import { fork } from "node:child_process";
import { writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { baselines, entries } from "./entries.js";
import type { BenchEntry } from "./entry.js";
import { growth } from "./growth.js";
import { type Measurement, measure } from "./harness.js";
import { growthTable, type Result, resultTable, si } from "./report.js";

const usage = `usage: npm run bench -- [--only PATTERN] [--list] [--json FILE]
  --only PATTERN  a regular expression over names; the limits are always measured as well
  --list          print the names and stop
  --json FILE     write { machine, results } to FILE`;

/** How one entry ended in its process: measured, or failed with what. */
type Outcome = { readonly measurement: Measurement } | { readonly error: string };

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: "string", default: "" },
      list: { type: "boolean", default: false },
      json: { type: "string" },
    },
  });
  const pattern = new RegExp(values.only);
  const chosen = entries.filter(({ name }) => pattern.test(name));
  if (chosen.length === 0) throw new Error(`no benchmark is called like ${pattern}; see --list`);
  if (values.list) {
    for (const { name } of chosen) console.log(name);
    return;
  }
  const measured = [];
  for (const entry of new Set([...baselines, ...chosen])) measured.push(await inOwnProcess(entry));
  const results = withRatios(measured);
  console.log(`\n${resultTable(results)}`);
  console.log(
    "CPU time of the process, wall time for limit/file-append and what is compared with it;" +
      " peak memory is each process's highest resident size, Node itself (some 50 MiB) included.",
  );
  const curves = growth(
    measured.map(({ entry, measurement }) => ({
      entry,
      unitsPerSecond: unitsPerSecond(entry, measurement),
    })),
  );
  if (curves.length > 0) {
    console.log(`\n${growthTable(curves)}`);
    console.log("exponent: 0 where a unit costs the same at any size, 1 where its cost is linear.");
  }
  if (values.json !== undefined) {
    writeFileSync(values.json, `${JSON.stringify({ machine: machine(), results }, null, 2)}\n`);
  }
}

async function inOwnProcess(
  entry: BenchEntry,
): Promise<{ entry: BenchEntry; measurement: Measurement }> {
  if (process.stderr.isTTY) process.stderr.write(`${entry.name} ...`);
  const outcome = await new Promise<Outcome>((resolve) => {
    let said: Outcome = { error: "the process ended without a result" };
    fork(fileURLToPath(import.meta.url), ["--entry", entry.name])
      .on("message", (message) => {
        said = message as Outcome;
      })
      .on("exit", () => resolve(said));
  });
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  if ("error" in outcome) throw new Error(`${entry.name}: ${outcome.error}`);
  const { median, unit, runs } = outcome.measurement;
  console.log(`${entry.name}  ${si(median)}${unit}  (${runs} runs)`);
  return { entry, measurement: outcome.measurement };
}

function withRatios(
  measured: readonly { entry: BenchEntry; measurement: Measurement }[],
): Result[] {
  const limits = new Map(
    measured.map(({ measurement }) => [measurement.name, measurement.median] as const),
  );
  return measured.map(({ entry, measurement }) => ({
    ...measurement,
    baseline: entry.baseline,
    ratio: unitsPerSecond(entry, measurement) / (limits.get(entry.baseline) as number),
  }));
}

function unitsPerSecond(entry: BenchEntry, { median }: Measurement): number {
  return entry.unit === "s" ? entry.work / median : median;
}

function machine(): Record<string, string | number> {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    platform: `${process.platform}-${process.arch}`,
    node: process.version,
    loadAverage: loadavg()[0] ?? 0,
  };
}

/** The other side of `inOwnProcess`: measures one entry and tells the parent. */
async function child(name: string): Promise<void> {
  const outcome: Outcome = await (async () => {
    const entry = entries.find((candidate) => candidate.name === name);
    if (!entry) return { error: "there is no such entry" };
    return { measurement: await measure(entry) };
  })().catch((error: unknown) => ({
    error: error instanceof Error ? (error.stack ?? error.message) : String(error),
  }));
  process.send?.(outcome);
}

const [flag, name] = process.argv.slice(2);
if (flag === "--entry" && name !== undefined && process.send) await child(name);
else {
  await main().catch((error: unknown) => {
    console.error(`${error instanceof Error ? error.message : error}\n${usage}`);
    process.exitCode = 1;
  });
}
