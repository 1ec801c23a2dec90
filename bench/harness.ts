// Measures one entry in this process with tinybench.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Bench } from "tinybench";
import type { BenchEntry } from "./entry.js";

/** What one entry did: rates in units per second, or seconds a run where the entry's unit is "s". */
export interface Measurement {
  readonly name: string;
  readonly unit: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
  /** High-water mark of the whole process's resident memory, Node's own some 50 MB included. */
  readonly peakRssBytes: number;
}

/** Warms up, runs until `time` milliseconds and at least five runs are over, and reads the process's memory peak. */
export async function measure(
  entry: BenchEntry,
  { time = 1_000, runs = 5 }: { time?: number; runs?: number } = {},
): Promise<Measurement> {
  const bench = new Bench({
    time,
    iterations: runs,
    warmupTime: time / 5,
    warmupIterations: 2,
    throws: true,
    ...(entry.clock === "wall" ? {} : { now: cpuMilliseconds }),
  });
  const state = await entry.setup?.();
  try {
    bench.add(entry.name, () => entry.run(state), { beforeEach: collector() });
    const [task] = await bench.run();
    if (task?.result.state !== "completed") throw new Error(`${entry.name} did not complete`);
    const { p50, min, max } = task.result.latency;
    return {
      name: entry.name,
      ...figures(entry, { median: p50 / 1e3, fastest: min / 1e3, slowest: max / 1e3 }),
      runs: task.result.latency.samplesCount,
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
    };
  } finally {
    await entry.teardown?.(state);
  }
}

/**
 * Collects what earlier runs left behind, before a run and outside its time, if the last collection is a while ago: the peak of
 * memory is then what a run needs, and not how much of seven runs the collector happened to let lie.
 */
function collector(): () => void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    if (performance.now() - last < 100) return;
    collect();
    last = performance.now();
  };
}

/** The figures of an entry from seconds a run. */
export function figures(
  { unit, work }: Pick<BenchEntry, "unit" | "work">,
  seconds: { median: number; fastest: number; slowest: number },
): Pick<Measurement, "unit" | "median" | "min" | "max"> {
  const { median, fastest, slowest } = seconds;
  return unit === "s"
    ? { unit, median, min: fastest, max: slowest }
    : { unit: `${unit}/s`, median: work / median, min: work / slowest, max: work / fastest };
}

/** CPU time of this process, all threads, system calls included; tinybench only takes differences. */
function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
}
