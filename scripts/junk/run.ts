// Bundles the junk program for a package from the sources, runs it in a process of its own, and passes over calls that never end.
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import type { Finding } from "./main.js";

/** How long one function may take for all its cases, in milliseconds. */
const patience = 10_000;

/** The call that the program was about to make. */
interface Last {
  readonly begins: string;
  readonly given: string;
}

/** What was found of every function of a package whose name has `part` in it. */
export async function findings(root: string, name: string, part = ""): Promise<Finding[]> {
  const program = await bundle(root, name);
  const found: Finding[] = [];
  const stuck: string[] = [];
  for (;;) {
    const { ended, last } = await attempt(
      program,
      [root, name, part],
      [...found.map((each) => each.name), ...stuck],
      found,
    );
    if (ended) return found;
    if (last === undefined) throw new Error(`the junk program of ${name} does not start`);
    stuck.push(last.begins);
    found.push({
      name: last.begins,
      cases: 0,
      raw: [`it did not end, or took the process down, given ${last.given}`],
      telling: [],
      marked: 0,
    });
  }
}

async function attempt(
  program: string,
  parameters: readonly string[],
  done: readonly string[],
  found: Finding[],
): Promise<{ readonly ended: boolean; readonly last: Last | undefined }> {
  const child = spawn(
    process.execPath,
    ["--enable-source-maps", "--max-old-space-size=1024", program, ...parameters],
    {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, JUNK_SKIP: JSON.stringify(done) },
    },
  );
  let last: Last | undefined;
  let timer = setTimeout(() => child.kill("SIGKILL"), 60_000);
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (!line.startsWith("{")) return;
    clearTimeout(timer);
    timer = setTimeout(() => child.kill("SIGKILL"), patience);
    const said = JSON.parse(line) as
      | Finding
      | { readonly begins: string }
      | { readonly given: string };
    if ("begins" in said) last = { begins: said.begins, given: "nothing" };
    else if ("given" in said) last = { begins: last?.begins ?? "", given: said.given };
    else found.push(said);
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  clearTimeout(timer);
  return { ended: code === 0, last };
}

async function bundle(root: string, name: string): Promise<string> {
  const packages = readdirSync(join(root, "packages")).filter((each) => each !== "internal");
  const specifiers = packages.flatMap((each) => {
    const manifest = JSON.parse(readFileSync(join(root, "packages", each, "package.json"), "utf8"));
    return Object.keys(manifest.exports)
      .filter((subpath) => !subpath.endsWith(".json"))
      .map((subpath) => `@emrx/${each}${subpath.slice(1)}`);
  });
  const folder = join(root, "node_modules/.cache/junk");
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, `${name}.mjs`);
  const loads = specifiers.map((specifier) => `["${specifier}", await import("${specifier}")]`);
  await build({
    entryPoints: [join(root, "scripts/junk/main.ts")],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    conditions: ["@emrx/source"],
    sourcemap: "linked",
    logLevel: "error",
    external: ["esbuild", "typescript"],
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
    plugins: [
      {
        name: "modules",
        setup(esbuild) {
          esbuild.onLoad({ filter: /scripts\/junk\/modules\.ts$/ }, () => ({
            contents: `export const loadModules = async () => new Map([${loads.join(",")}]);`,
            resolveDir: root,
          }));
        },
      },
    ],
  });
  return outfile;
}
