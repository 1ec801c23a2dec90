// Runs a TypeScript program of this workspace from its sources: bundled by esbuild (well under a second),
// then handed to Node with the arguments. `node scripts/run.mjs FILE [ARGUMENT ...]`
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { constants } from "node:os";
import { resolve } from "node:path";
import { build } from "esbuild";

const [file, ...rest] = process.argv.slice(2);
if (file === undefined) throw new Error("usage: node scripts/run.mjs FILE [ARGUMENT ...]");
// A file of its own for every run: two at once must not load each other's half-written program.
const name = `${file.replaceAll(/[^a-z0-9]+/gi, "-")}-${process.pid}.mjs`;
const outfile = resolve("node_modules/.cache/run", name);
await build({
  entryPoints: [file],
  outfile,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  conditions: ["@emrx/source"],
  sourcemap: "linked",
  logLevel: "warning",
  external: ["esbuild"],
  // Some dependencies are CommonJS and require Node's own modules.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
});
const child = spawn(process.execPath, ["--enable-source-maps", outfile, ...rest], {
  stdio: "inherit",
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => {
  for (const path of [outfile, `${outfile}.map`]) rmSync(path, { force: true });
  process.exitCode = code ?? 128 + (constants.signals[signal ?? "SIGTERM"] ?? 0);
});
