// Measures one entry in this process: the first call, then calls in a steady state, sampled by tinybench.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Bench } from "tinybench";
import type { BenchEntry } from "./entry.js";

/** What one entry did: rates in units per second, or seconds a run where the entry's unit is "s". */
export interface Measurement {
  readonly name: string;
  readonly unit: string;
  /** The first call after the set-up, in the same unit: nothing is compiled by then, and no table is made. */
  readonly first: number;
  /** The calls after the first and after warming up. */
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** How many calls `median`, `min` and `max` come from. */
  readonly runs: number;
  /** High-water mark of the process's resident memory after the set-up and the first call, Node's own some 50 MB included. */
  readonly peakRssBytes: number;
}

/** How long to sample; what an entry needs in tests is less than what a figure needs. */
export interface MeasureOptions {
  /** Milliseconds of the entry's clock, 1,000 unless given. */
  readonly time?: number;
  /** Least number of runs, 5 unless given. */
  readonly runs?: number;
}

/**
 * Measures one entry.
 *
 * Garbage is collected once, before the first call, and never between runs: a full collection throws away compiled code, so
 * that a run after it is one of a program that has only just begun (subset selection read 0.60 instead of 2.27 million reports
 * a second).
 */
export async function measure(
  entry: BenchEntry,
  { time = 1_000, runs = 5 }: MeasureOptions = {},
): Promise<Measurement> {
  const now = entry.clock === "wall" ? wallMilliseconds : cpuMilliseconds;
  const bench = new Bench({
    time,
    iterations: runs,
    warmupTime: time / 5,
    warmupIterations: 2,
    throws: true,
    now,
  });
  const state = await entry.setup?.();
  try {
    collectGarbage();
    const begun = now();
    const outcome = entry.run(state);
    await outcome;
    const first = (now() - begun) / 1e3;
    const peakRssBytes = process.resourceUsage().maxRSS * 1024;
    bench.add(entry.name, () => entry.run(state), { async: outcome instanceof Promise });
    const [task] = await bench.run();
    if (task?.result.state !== "completed") throw new Error(`${entry.name} did not complete`);
    const { p50, min, max, samplesCount } = task.result.latency;
    const seconds = { first, median: p50 / 1e3, fastest: min / 1e3, slowest: max / 1e3 };
    return { name: entry.name, ...figures(entry, seconds), runs: samplesCount, peakRssBytes };
  } finally {
    await entry.teardown?.(state);
  }
}

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

/** The figures of an entry from seconds a run. */
export function figures(
  { unit, work }: Pick<BenchEntry, "unit" | "work">,
  seconds: { first: number; median: number; fastest: number; slowest: number },
): Pick<Measurement, "unit" | "first" | "median" | "min" | "max"> {
  const { first, median, fastest, slowest } = seconds;
  return unit === "s"
    ? { unit, first, median, min: fastest, max: slowest }
    : {
        unit: `${unit}/s`,
        first: work / first,
        median: work / median,
        min: work / slowest,
        max: work / fastest,
      };
}

/** CPU time of this process, all threads, system calls included; only differences mean anything. */
function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
}

const wallMilliseconds = (): number => performance.now();
