// Kills the process that plays a round at durable steps, restarts it, and compares what comes out.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Played } from "./play.js";

/** What a kill came to. */
export interface Killed {
  readonly kill: number;
  readonly side: "before" | "after";
  /** What the restarted process gave; undefined where it failed. */
  readonly played: Played | undefined;
  /** Whether the first process was killed, which it is not where the round has fewer steps. */
  readonly died: boolean;
  readonly error: string;
}

interface Run {
  readonly code: number | null;
  readonly said: string;
  readonly error: string;
}

/** The program, bundled once, in a folder that is deleted at the end. */
export async function withProgram<T>(
  work: (run: (kill: number, side: "before" | "after") => Promise<Killed>) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "emrx-kills-"));
  const outfile = join(folder, "play.mjs");
  await build({
    entryPoints: [fileURLToPath(new URL("./play.ts", import.meta.url))],
    ...{ outfile, bundle: true, platform: "node", format: "esm", target: "node20" },
    conditions: ["@emrx/source"],
    logLevel: "error",
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
  });
  const start = (world: string, ...rest: readonly string[]): Promise<Run> =>
    new Promise((done) => {
      const child = spawn(process.execPath, [outfile, world, ...rest]);
      let [said, error] = ["", ""];
      child.stdout.on("data", (chunk) => {
        said += chunk;
      });
      child.stderr.on("data", (chunk) => {
        error += chunk;
      });
      child.on("close", (code) => done({ code, said, error }));
    });
  try {
    return await work(async (kill, side) => {
      const world = join(folder, `${kill}-${side}`);
      const first = await start(world, String(kill), side);
      const died = first.code === null;
      const last = died ? await start(world) : first;
      rmSync(world, { recursive: true, force: true });
      const played = last.code === 0 ? (JSON.parse(last.said) as Played) : undefined;
      return { kill, side, died, played, error: last.error };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What is compared: everything but the number of steps, which a restart repeats some of. */
export const outcome = ({ steps: _, ...rest }: Played): string => JSON.stringify(rest);
