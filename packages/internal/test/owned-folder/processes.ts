// Starts the holder program in processes of its own, also in a PID namespace of its own.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Bundles the holder program into a folder; returns its path. */
export async function buildHolder(folder: string): Promise<string> {
  const outfile = join(folder, "holder.mjs");
  await build({
    entryPoints: [fileURLToPath(new URL("holder.ts", import.meta.url))],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    conditions: ["@emrx/source"],
    logLevel: "error",
  });
  return outfile;
}

/** A holder that runs. */
export interface Holder {
  readonly child: ChildProcess;
  /** The next line that it says. */
  line(): Promise<string>;
  /** Tells it something and gives its answer. */
  ask(what: string): Promise<string>;
  /** Kills it and waits until it is dead. */
  kill(): Promise<void>;
}

const unshare = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"];

/** Why no process can be started in a PID namespace of its own here; undefined if one can. */
export function noNamespaces(): string | undefined {
  const { status, stderr, error } = spawnSync(unshare[0] as string, [...unshare.slice(1), "true"], {
    encoding: "utf8",
  });
  return status === 0 ? undefined : (error?.message ?? stderr);
}

export function startHolder(program: string, folder: string, ownNamespace = false): Holder {
  const [command, ...rest] = [...(ownNamespace ? unshare : []), process.execPath, program, folder];
  const child = spawn(command as string, rest, { stdio: ["pipe", "pipe", "inherit"] });
  const said: string[] = [];
  const waiting: ((line: string) => void)[] = [];
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
    const next = waiting.shift();
    if (next === undefined) said.push(line);
    else next(line);
  });
  // "close" comes when all that it started are dead as well: under unshare the program is a grandchild.
  const exit = new Promise<void>((resolve) => child.on("close", () => resolve()));
  const line = (): Promise<string> => {
    const next = said.shift();
    return next === undefined
      ? new Promise((resolve) => waiting.push(resolve))
      : Promise.resolve(next);
  };
  return {
    child,
    line,
    ask(what) {
      child.stdin?.write(`${what}\n`);
      return line();
    },
    async kill() {
      child.kill("SIGKILL");
      await exit;
    },
  };
}
