// Starts programs of tests in processes of their own, also in PID namespaces of their own, and talks with them line by line.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Bundles a program into a folder; returns the path of what Node runs. */
export async function bundleProgram(source: URL, folder: string): Promise<string> {
  const outfile = join(folder, "program.mjs");
  await build({
    entryPoints: [fileURLToPath(source)],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    conditions: ["@emrx/source"],
    logLevel: "error",
  });
  return outfile;
}

/** A program that runs. */
export interface Running {
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

export function startProgram(
  program: string,
  given: readonly string[],
  ownNamespace = false,
): Running {
  const [command, ...rest] = [
    ...(ownNamespace ? unshare : []),
    process.execPath,
    program,
    ...given,
  ];
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
