// npm run bench -- [--only PATTERN] [--list] [--time MS] [--json FILE]
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
import { type Failure, growthTable, type Result, resultTable, si, summary } from "./report.js";

const usage = `usage: npm run bench -- [--only PATTERN] [--list] [--time MS] [--json FILE]
  --only PATTERN  a regular expression over names; the limits are always measured as well
  --list          print the names and stop
  --time MS       sample each entry for so many milliseconds, 1000 unless given
  --json FILE     write { machine, results, failures } to FILE
Ends with exit code 1 if any entry could not run.`;

/** How one entry ended in its process: measured, or failed with what. */
type Outcome = { readonly measurement: Measurement } | { readonly error: string };

interface Measured {
  readonly entry: BenchEntry;
  readonly measurement: Measurement;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: "string", default: "" },
      list: { type: "boolean", default: false },
      time: { type: "string", default: "1000" },
      json: { type: "string" },
    },
  });
  const pattern = new RegExp(values.only);
  const chosen = entries.filter(({ name }) => pattern.test(name));
  if (chosen.length === 0) throw new Error(`no benchmark is called like ${pattern}; see --list`);
  const time = Number(values.time);
  if (!(time > 0)) throw new Error(`--time is ${values.time}; expected milliseconds above 0`);
  if (values.list) {
    for (const { name } of chosen) console.log(name);
    return;
  }
  const measured: Measured[] = [];
  const failures: Failure[] = [];
  for (const entry of new Set([...baselines, ...chosen])) {
    const outcome = await inOwnProcess(entry, time);
    if ("error" in outcome) failures.push({ name: entry.name, error: outcome.error });
    else measured.push({ entry, measurement: outcome.measurement });
  }
  const results = withRatios(measured);
  console.log(`\n${resultTable(results)}`);
  console.log(
    "CPU time of the process, wall time for limit/file-append and what is compared with it; the first call runs code that is" +
      " not compiled yet; peak memory is the process's highest resident size after it, Node itself (some 50 MiB) included.",
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
    writeFileSync(
      values.json,
      `${JSON.stringify({ machine: machine(), results, failures }, null, 2)}\n`,
    );
  }
  console.log(`\n${summary(results.length, failures)}`);
  if (failures.length > 0) process.exitCode = 1;
}

async function inOwnProcess(entry: BenchEntry, time: number): Promise<Outcome> {
  if (process.stderr.isTTY) process.stderr.write(`${entry.name} ...`);
  const outcome = await new Promise<Outcome>((resolve) => {
    let said: Outcome | undefined;
    fork(fileURLToPath(import.meta.url), ["--entry", entry.name, String(time)])
      .on("message", (message) => {
        said = message as Outcome;
      })
      .on("exit", (code, signal) =>
        resolve(said ?? { error: `the process ended without a result (${signal ?? code})` }),
      );
  });
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  if ("error" in outcome) console.log(`${entry.name}  could not run: ${outcome.error}`);
  else {
    const { first, median, unit, runs } = outcome.measurement;
    console.log(
      `${entry.name}  first ${si(first)}${unit}, then ${si(median)}${unit}  (${runs} runs)`,
    );
  }
  return outcome;
}

function withRatios(measured: readonly Measured[]): Result[] {
  const limits = new Map(
    measured.map(({ measurement }) => [measurement.name, measurement.median] as const),
  );
  return measured.map(({ entry, measurement }) => {
    const limit = limits.get(entry.baseline);
    const ratio = limit === undefined ? undefined : unitsPerSecond(entry, measurement) / limit;
    return { ...measurement, baseline: entry.baseline, ratio };
  });
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
async function child(name: string, time: number): Promise<void> {
  const outcome: Outcome = await (async () => {
    const entry = entries.find((candidate) => candidate.name === name);
    if (!entry) return { error: "there is no such entry" };
    return { measurement: await measure(entry, { time }) };
  })().catch((error: unknown) => ({
    error: error instanceof Error ? (error.stack ?? error.message) : String(error),
  }));
  process.send?.(outcome);
}

const [flag, name, milliseconds] = process.argv.slice(2);
if (flag === "--entry" && name !== undefined && process.send)
  await child(name, Number(milliseconds));
else {
  await main().catch((error: unknown) => {
    console.error(`${error instanceof Error ? error.message : error}\n${usage}`);
    process.exitCode = 1;
  });
}
