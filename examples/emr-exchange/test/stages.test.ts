import { PassThrough } from "node:stream";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { createStages } from "../src/stages.js";

function sink(): { output: PassThrough; text: () => string } {
  const output = new PassThrough();
  const chunks: string[] = [];
  output.on("data", (chunk) => chunks.push(String(chunk)));
  return { output, text: () => chunks.join("") };
}

describe("stages", () => {
  test("each stage's result comes back and its time and memory are kept in order", async () => {
    const { output, text } = sink();
    const stages = createStages({ output });
    try {
      expect(await stages.run("read", () => 7)).toBe(7);
      await stages.run("wait", async ({ progress }) => {
        progress(1, 2);
        await new Promise((done) => setTimeout(done, 30));
      });
      expect(stages.figures.map(({ name }) => name)).toEqual(["read", "wait"]);
      expect(stages.figures[1]?.seconds).toBeGreaterThan(0.025);
      expect(stages.figures[1]?.seconds).toBeLessThan(5);
      for (const { peakRssBytes } of stages.figures) expect(peakRssBytes).toBeGreaterThan(2 ** 24);
      expect(text()).toMatch(/^read +0\.\d\d s +\d+ MiB\nwait +\d\.\d\d s +\d+ MiB\n$/);
    } finally {
      stages.close();
    }
  });

  test("what is run apart is shown, and is no part of the run's figures", async () => {
    const { output, text } = sink();
    const stages = createStages({ output });
    try {
      expect(await stages.run("set-up", () => 7, { apart: true })).toBe(7);
      await stages.run("read", () => 8);
      expect(stages.figures.map(({ name }) => name)).toEqual(["read"]);
      expect(stages.apart.map(({ name }) => name)).toEqual(["set-up"]);
      expect(text()).toMatch(/^set-up +0\.\d\d s +\d+ MiB\nread /);
    } finally {
      stages.close();
    }
  });

  test("memory that a stage touches for a moment is part of its peak", async () => {
    const stages = createStages(sink());
    try {
      const touched = await stages.run("touch", ({ progress }) => {
        const before = process.memoryUsage.rss();
        let bytes = Buffer.alloc(200 * 2 ** 20, 1);
        progress(1, 1);
        bytes = Buffer.alloc(0);
        return before + bytes.length;
      });
      expect(stages.figures[0]?.peakRssBytes).toBeGreaterThan(touched + 150 * 2 ** 20);
    } finally {
      stages.close();
    }
  });

  test.skipIf(process.platform !== "linux")(
    "a stage's peak is its own, not that of a larger stage before it",
    async () => {
      const stages = createStages(sink());
      setFlagsFromString("--expose-gc");
      const collect = runInNewContext("gc") as () => void;
      try {
        await stages.run("large", () => Buffer.alloc(200 * 2 ** 20, 1).length);
        collect();
        await stages.run("small", () => 7);
        const [large = 0, small = 0] = stages.figures.map(({ peakRssBytes }) => peakRssBytes);
        expect(small).toBeLessThan(large - 150 * 2 ** 20);
      } finally {
        stages.close();
      }
    },
  );

  test("a failing stage passes its error on and leaves no figures", async () => {
    const { output, text } = sink();
    const stages = createStages({ output });
    try {
      const error = new Error("no");
      await expect(
        stages.run("bad", () => {
          throw error;
        }),
      ).rejects.toBe(error);
      expect(stages.figures).toEqual([]);
      expect(text()).toMatch(/^bad +failed\n$/);
    } finally {
      stages.close();
    }
  });

  test("Ctrl-C stops the running stage at its next progress call, and every later one", async () => {
    const { output, text } = sink();
    const stages = createStages({ output });
    try {
      const interrupted = { code: "EMRX_DEMO_INTERRUPTED" };
      await expect(
        stages.run("long", async ({ progress, signal }) => {
          for (let i = 0; ; i++) {
            progress(i, 1e9);
            if (i === 3) process.emit("SIGINT");
            await new Promise((done) => setTimeout(done, 1));
            expect(signal.aborted).toBe(i >= 3);
          }
        }),
      ).rejects.toMatchObject(interrupted);
      await expect(stages.run("later", () => 1)).rejects.toMatchObject(interrupted);
      expect(text()).toMatch(/^long +stopped\n$/);
    } finally {
      stages.close();
    }
  });

  test("closing stops listening", () => {
    const before = process.listenerCount("SIGINT");
    const stages = createStages(sink());
    expect(process.listenerCount("SIGINT")).toBe(before + 1);
    stages.close();
    expect(process.listenerCount("SIGINT")).toBe(before);
  });

  test("a terminal gets a bar", async () => {
    const { output, text } = sink();
    const stages = createStages({ output: Object.assign(output, { isTTY: true as const }) });
    try {
      await stages.run("read", ({ progress }) => progress(1, 2));
      expect(text()).toContain("read");
      expect(text()).toContain("100 %");
    } finally {
      stages.close();
    }
  });
});
