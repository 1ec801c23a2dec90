// The harness itself: what it counts must be right before any figure is.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { constants, PerformanceObserver } from "node:perf_hooks";
import { describe, expect, test } from "vitest";
import { filesBelow, root } from "../../scripts/test/sources.js";
import { baselines, entries } from "../entries.js";
import { growth, parameterValue } from "../growth.js";
import { figures, measure } from "../harness.js";
import { columns, resultTable, si, summary } from "../report.js";

describe("entries", () => {
  test("are named package/subject/operation/parameters, each once", () => {
    const names = entries.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) {
      expect(name).toMatch(
        /^(limit\/[a-z0-9-]+|[a-z-]+\/[\w-]+\/[\w-]+(\/[\w-]+=[\w.]+(,[\w-]+=[\w.]+)*)?)$/,
      );
    }
  });

  test("state a positive work and a limit that every run measures", () => {
    const limits = baselines.map(({ name }) => name);
    for (const { work, baseline } of entries) {
      expect(work).toBeGreaterThan(0);
      expect(limits).toContain(baseline);
    }
  });

  const named = (pattern: RegExp) => entries.filter(({ name }) => pattern.test(name));

  test("of one attribute use enough reports that what a batch costs once does not count", () => {
    const oracles = named(/^ldp-core\/.*\/d=\d+$/);
    expect(oracles.length).toBeGreaterThan(100);
    for (const { name, work } of oracles) expect(work, name).toBeGreaterThanOrEqual(2 ** 16);
  });

  test("show each mechanism with skewed values beside even ones, and adding up from bytes beside columns", () => {
    const names = new Set(entries.map(({ name }) => name));
    const columns = named(/^ldp-core\/[^/]+\/aggregate\/d=\d+$/);
    expect(columns.length).toBeGreaterThan(30);
    for (const { name } of columns)
      for (const beside of ["aggregate-bytes", "aggregate-skewed", "randomize", "randomize-skewed"])
        expect(names).toContain(name.replace("/aggregate/", `/${beside}/`));
  });

  test("of every packages/*/bench file are in bench/entries.ts", () => {
    const list = readFileSync(join(root, "bench/entries.ts"), "utf8");
    const files = filesBelow("packages").filter((path) =>
      /^packages\/[^/]+\/bench\/.*\.ts$/.test(path),
    );
    for (const file of files) {
      if (!readFileSync(join(root, file), "utf8").includes("export default")) continue;
      expect(list).toContain(`"../${file.replace(/\.ts$/, ".js")}"`);
    }
  });
});

describe("figures", () => {
  const seconds = { first: 2, median: 0.5, fastest: 0.25, slowest: 1 };

  test("are rates, the slowest run being the smallest", () => {
    expect(figures({ unit: "reports", work: 100 }, seconds)).toEqual({
      unit: "reports/s",
      first: 50,
      median: 200,
      min: 100,
      max: 400,
    });
  });

  test("are seconds a run where the unit is s", () => {
    expect(figures({ unit: "s", work: 100 }, seconds)).toEqual({
      unit: "s",
      first: 2,
      median: 0.5,
      min: 0.25,
      max: 1,
    });
  });

  test("come from at least the asked number of runs, with setup before and teardown after them", async () => {
    const order: string[] = [];
    const result = await measure(
      {
        name: "test/spin/run",
        unit: "steps",
        work: 1e5,
        baseline: "limit/mix32",
        setup: () => order.push("setup"),
        run() {
          if (order.at(-1) !== "run") order.push("run");
          let sum = 0;
          for (let step = 0; step < 1e5; step++) sum += step % 7;
          return sum;
        },
        teardown: () => {
          order.push("teardown");
        },
      },
      { time: 1, runs: 3 },
    );
    expect(order).toEqual(["setup", "run", "teardown"]);
    expect(result.runs).toBeGreaterThanOrEqual(3);
    expect(result.min).toBeLessThanOrEqual(result.median);
    expect(result.median).toBeLessThanOrEqual(result.max);
    expect(result.peakRssBytes).toBeGreaterThanOrEqual(process.memoryUsage().rss * 0.5);
  });

  const spin = (milliseconds: number): void => {
    const end = performance.now() + milliseconds;
    while (performance.now() < end);
  };
  const entry = { name: "test/x/run", unit: "s", work: 1, baseline: "limit/mix32" as const };

  test("tell the first call from those after it", async () => {
    let calls = 0;
    const run = () => spin(calls++ === 0 ? 60 : 2);
    const result = await measure({ ...entry, clock: "wall", run }, { time: 20, runs: 3 });
    expect(result.first).toBeGreaterThanOrEqual(0.06);
    expect(result.median).toBeLessThan(0.06);
    expect(result.runs).toBeLessThan(calls);
  });

  test("of a call that waits are those of the whole call, one after the other", async () => {
    let running = 0;
    const run = async () => {
      expect(++running).toBe(1);
      await new Promise((done) => setTimeout(done, 20));
      running--;
    };
    const result = await measure({ ...entry, clock: "wall", run }, { time: 20, runs: 3 });
    expect(result.first).toBeGreaterThan(0.015);
    expect(result.min).toBeGreaterThan(0.015);
  });

  test("come after one collection of garbage, and none between the runs", async () => {
    const forced: number[] = [];
    const observer = new PerformanceObserver((list) => {
      for (const { detail, startTime } of list.getEntries() as (PerformanceEntry & {
        detail: { flags: number };
      })[])
        if (detail.flags & constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) forced.push(startTime);
    });
    observer.observe({ entryTypes: ["gc"] });
    await measure({ ...entry, clock: "wall", run: () => spin(60) }, { time: 400, runs: 5 });
    await new Promise((done) => setTimeout(done, 50));
    observer.disconnect();
    expect(forced.length).toBe(1);
  });

  test("an entry that throws fails, and is still torn down", async () => {
    let down = false;
    const entry = {
      name: "test/throw/run",
      unit: "s",
      work: 1,
      baseline: "limit/mix32" as const,
      run() {
        throw new Error("no such luck");
      },
      teardown() {
        down = true;
      },
    };
    await expect(measure(entry, { time: 1, runs: 1 })).rejects.toThrow("no such luck");
    expect(down).toBe(true);
  });
});

describe("growth", () => {
  test("reads numbers with k, M and exponents, and nothing else", () => {
    expect(["16", "200k", "1M", "1e6", "0.5", "tight"].map(parameterValue)).toEqual([
      16,
      2e5,
      1e6,
      1e6,
      0.5,
      undefined,
    ]);
  });

  test("finds the exponent of a power law in one parameter while the others stay", () => {
    const at = (n: number, d: number): Parameters<typeof growth>[0][number] => ({
      entry: { name: `p/s/o/n=${n},d=${d}`, unit: "x" },
      unitsPerSecond: 1 / (n * d ** 2),
    });
    const curves = growth([at(10, 2), at(1000, 2), at(10, 8)]);
    expect(curves.map(({ name }) => name)).toEqual(["p/s/o/n=*,d=2", "p/s/o/n=10,d=*"]);
    expect(curves[0]?.points[1]?.exponent).toBeCloseTo(1, 12);
    expect(curves[1]?.points.map(({ value }) => value)).toEqual([2, 8]);
    expect(curves[1]?.points[1]?.exponent).toBeCloseTo(2, 12);
  });
});

describe("a row that cannot run", () => {
  test("is named at the end with the first line of its reason, and counted", () => {
    expect(summary(3, [{ name: "a/b/c", error: "no data\n    at somewhere" }])).toBe(
      "could not run a/b/c: no data\n3 measured, 1 could not run",
    );
    expect(summary(3, [])).toBe("3 measured, 0 could not run");
  });

  test("leaves the rows that refer to it without a ratio", () => {
    const figures = { unit: "x/s", first: 1, median: 2, min: 1, max: 3, runs: 5, peakRssBytes: 1 };
    const row = { name: "a/b/c", ...figures, baseline: "limit/mix32" as const, ratio: undefined };
    expect(resultTable([row])).toContain("no limit");
  });

  test("makes the run fail, and the others are measured all the same", () => {
    const elsewhere = mkdtempSync(join(tmpdir(), "emrx-bench-")); // where no ../shared/data is
    try {
      const { status, stdout } = spawnSync(
        process.execPath,
        [
          join(root, "scripts/run.mjs"),
          join(root, "bench/main.ts"),
          ...["--time", "1", "--only", "brfss2015/all|clopper-pearson"],
        ],
        { cwd: elsewhere, encoding: "utf8" },
      );
      expect(stdout).toMatch(/^could not run ldp-core\/brfss2015\/all: .*ENOENT/m);
      expect(stdout).toMatch(/^quality\/clopper-pearson.* runs\)$/m);
      expect(stdout).toMatch(/^5 measured, 1 could not run$/m);
      expect(status).toBe(1);
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  });
});

test("figures are printed with three digits and an SI prefix", () => {
  expect([53_412_000, 5.5e9, 0.0123, 4.2e-7, 0].map(si)).toEqual([
    "53.4 M",
    "5.50 G",
    "12.3 m",
    "420 n",
    "0.00 ",
  ]);
  expect(
    columns([
      ["a", "1"],
      ["long", "22"],
    ]),
  ).toBe("a      1\nlong  22");
});
