// Runs the demo's stages one after the other: a progress bar on a terminal, plain lines elsewhere; seconds and memory of
// each; and a clean stop when the person at the keyboard presses Ctrl-C.
import { readFileSync, writeFileSync } from "node:fs";
import { Presets, SingleBar } from "cli-progress";
import { DemoError } from "./errors.js";

/** What a stage took. */
export interface StageFigures {
  readonly name: string;
  readonly seconds: number;
  /**
   * The largest resident set size during the stage, as the operating system keeps it. Where its mark cannot be set back (all but
   * Linux), the largest since the program began.
   */
  readonly peakRssBytes: number;
}

/** What a stage's work gets. */
export interface StageContext {
  /** Aborted by Ctrl-C; its reason is a DemoError `EMRX_DEMO_INTERRUPTED`. */
  readonly signal: AbortSignal;
  /** Says how far the work is; cheap enough to call often. Throws the signal's reason once it is aborted. */
  progress(done: number, total: number): void;
}

/** A run of named stages. */
export interface Stages {
  readonly signal: AbortSignal;
  /** The stages that have ended well, in order. */
  readonly figures: readonly StageFigures[];
  /** What ended well and was run apart, so that its time is not the run's. */
  readonly apart: readonly StageFigures[];
  /** Runs one stage to its end. Where the work fails, the bar is stopped and the error passed on. */
  run<T>(
    name: string,
    work: (context: StageContext) => T | Promise<T>,
    options?: { readonly apart?: boolean },
  ): Promise<T>;
  /** Stops listening for Ctrl-C. */
  close(): void;
}

/** Options of {@link createStages}. */
export interface StagesOptions {
  /** Where bars and lines go; a terminal gets bars. */
  readonly output?: NodeJS.WritableStream & { readonly isTTY?: boolean | undefined };
  /** Stops the run as Ctrl-C does. */
  readonly signal?: AbortSignal | undefined;
}

const redrawMilliseconds = 100;
/** A terminal's Ctrl-C can reach the process twice (directly and through its parent): those are one. */
const samePressMilliseconds = 500;

/** Starts a run; `close()` it at the end. A second Ctrl-C ends the process at once, with exit code 130. */
export function createStages(options: StagesOptions = {}): Stages {
  const output = options.output ?? process.stderr;
  const abort = new AbortController();
  const stop = (): void => abort.abort(interrupted());
  if (options.signal?.aborted) stop();
  options.signal?.addEventListener("abort", stop);
  let pressed = Number.NEGATIVE_INFINITY;
  const onInterrupt = (): void => {
    const now = performance.now();
    if (!abort.signal.aborted) {
      pressed = now;
      stop();
    } else if (now - pressed > samePressMilliseconds) process.exit(130);
  };
  process.on("SIGINT", onInterrupt);

  const figures: StageFigures[] = [];
  const apart: StageFigures[] = [];
  return {
    signal: abort.signal,
    figures,
    apart,
    async run(name, work, options = {}) {
      abort.signal.throwIfAborted();
      const peakRssBytes = startPeakMeter();
      const display = output.isTTY ? barDisplay(output, name) : lineDisplay(output, name);
      let drawn = 0;
      const context: StageContext = {
        signal: abort.signal,
        progress(done, total) {
          abort.signal.throwIfAborted();
          const now = performance.now();
          if (now - drawn < redrawMilliseconds) return;
          drawn = now;
          display.show(done, total);
        },
      };
      const start = performance.now();
      try {
        const result = await work(context);
        const seconds = (performance.now() - start) / 1000;
        const stage = { name, seconds, peakRssBytes: peakRssBytes() };
        (options.apart ? apart : figures).push(stage);
        display.end(stage);
        return result;
      } catch (error) {
        display.fail(abort.signal.aborted ? "stopped" : "failed");
        throw error;
      }
    },
    close() {
      process.off("SIGINT", onInterrupt);
      options.signal?.removeEventListener("abort", stop);
    },
  };
}

function interrupted(): DemoError {
  return new DemoError(
    "EMRX_DEMO_INTERRUPTED",
    "stopped before the end; nothing of the unfinished stage was kept",
  );
}

/** Sets the high-water mark of resident memory back to what is resident now; the function returned reads it. Nothing runs meanwhile. */
function startPeakMeter(): () => number {
  try {
    writeFileSync("/proc/self/clear_refs", "5"); // see proc(5)
    return () =>
      Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) * 1024;
  } catch {
    return () => process.resourceUsage().maxRSS * 1024;
  }
}

interface Display {
  show(done: number, total: number): void;
  end(stage: StageFigures): void;
  fail(how: string): void;
}

function took({ seconds, peakRssBytes }: StageFigures): string {
  return `${seconds.toFixed(2).padStart(7)} s ${(peakRssBytes / 2 ** 20).toFixed(0).padStart(6)} MiB`;
}

const label = (name: string): string => name.padEnd(20);

function barDisplay(output: NodeJS.WritableStream, name: string): Display {
  const bar = new SingleBar(
    {
      stream: output,
      format: `${label(name)} {bar} {percentage} %  {note}`,
      hideCursor: true,
      barsize: 30,
      stopOnComplete: false,
    },
    Presets.shades_classic,
  );
  bar.start(1, 0, { note: "" });
  return {
    show(done, total) {
      bar.setTotal(Math.max(total, 1));
      bar.update(Math.min(done, total), { note: "" });
    },
    end(stage) {
      bar.setTotal(1);
      bar.update(1, { note: took(stage) });
      bar.stop();
    },
    fail(how) {
      bar.update({ note: how });
      bar.stop();
    },
  };
}

function lineDisplay(output: NodeJS.WritableStream, name: string): Display {
  return {
    show() {},
    end: (stage) => void output.write(`${label(name)}${took(stage)}\n`),
    fail: (how) => void output.write(`${label(name)}${how}\n`),
  };
}
