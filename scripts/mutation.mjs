// Counts the small changes of a package's sources that its tests do not notice (Stryker), by folder:
//   npm run test:mutation -- matching              all of packages/matching/src
//   npm run test:mutation -- ldp-core mechanisms   folders, files or lines (records/release.ts:10-40) of it
//   ... --without "test/study/**"                  leaves slow tests out
// Works on a copy, so the checkout can be edited meanwhile. Report: reports/mutation/.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { without: { type: "string", default: "" } },
});
const [name = "ldp-core", ...parts] = positionals;
const root = fileURLToPath(new URL("../", import.meta.url));
const sources = `${root}packages/${name}/src/`;
if (!existsSync(sources))
  throw new Error(`there is no package ${name}: name a folder of packages/`);

const patterns = parts.map((part) => {
  const [path] = part.split(":"); // a file may be followed by lines: solve/deferred.ts:10-40
  if (!existsSync(sources + path)) throw new Error(`${name} has no src/${path}`);
  return statSync(sources + path).isDirectory() ? `${part}/**/*.ts` : part;
});
const { status } = spawnSync("npx", ["stryker", "run"], {
  cwd: root,
  stdio: "inherit",
  env: {
    ...process.env,
    EMRX_MUTATE: [name, ...patterns].join(" "),
    EMRX_MUTATE_WITHOUT: values.without,
  },
});
process.exitCode = status ?? 1;
