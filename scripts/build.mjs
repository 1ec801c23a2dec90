// Builds the package in the current folder into dist/: the entries are the subpaths of its `exports`, as ES modules, CommonJS and
// types. What entries share lies in chunks that they load together, in both kinds of module, so that there is one copy of it.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { build as esbuild, transform } from "esbuild";
import { build as tsup } from "tsup";

const manifest = readManifest("package.json");
const entries = Object.fromEntries(
  Object.values(manifest.exports)
    .filter((target) => typeof target === "object")
    .map((target) => [basename(target["@emrx/source"], ".ts"), target["@emrx/source"]]),
);
const outside = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });

await tsup({
  config: false,
  silent: true,
  removeNodeProtocol: false,
  entry: entries,
  format: "esm",
  splitting: true,
  // The private package that each bundles lies beside the others; it is read from its sources, types too.
  noExternal: [/^@emrx\/internal\//],
  dts: {
    compilerOptions: {
      ignoreDeprecations: "6.0",
      paths: { "@emrx/internal/*": ["../internal/src/*.ts"] },
      rootDir: "..",
    },
  },
  sourcemap: true,
  clean: true,
  target: "es2022",
  tsconfig: "tsconfig.json",
});
await commonJs();
commonJsTypes();
console.log(`built ${manifest.name}: ${Object.keys(entries).join(", ")}`);

/** Bundled first, then each file turned into CommonJS by itself, since esbuild splits ES modules only. */
async function commonJs() {
  const require = createRequire(join(process.cwd(), "package.json"));
  const bundled = outside.filter((name) => !onlyEsm(require, name));
  const { outputFiles } = await esbuild({
    entryPoints: entries,
    bundle: true,
    splitting: true,
    write: false,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    external: ["node:*", ...bundled.flatMap((name) => [name, `${name}/*`])],
    outdir: "dist",
    chunkNames: "shared-[hash]",
    sourcemap: "inline",
    target: "es2022",
  });
  await Promise.all(
    outputFiles.map(async ({ path, text }) => {
      const file = `${basename(path, ".js")}.cjs`;
      const { code, map } = await transform(
        text.replace(/(["'])(\.\/[\w-]+)\.js\1/g, "$1$2.cjs$1"),
        {
          format: "cjs",
          platform: "node",
          target: "es2022",
          sourcemap: true,
          sourcefile: basename(path),
        },
      );
      writeFileSync(join("dist", file), `${code}//# sourceMappingURL=${file}.map\n`);
      writeFileSync(join("dist", `${file}.map`), map);
    }),
  );
}

/** The same types again, for those who require. */
function commonJsTypes() {
  for (const file of readdirSync("dist").filter((name) => name.endsWith(".d.ts"))) {
    const text = readFileSync(join("dist", file), "utf8");
    writeFileSync(
      join("dist", file.replace(/\.ts$/, ".cts")),
      text.replace(/(["'])(\.\/[\w-]+)\.js\1/g, "$1$2.cjs$1"),
    );
  }
}

/** Whether a dependency has no CommonJS: test runners that load CommonJS cannot load it, so it is bundled. */
function onlyEsm(require, name) {
  const folder = require.resolve.paths(name).find((path) => existsManifest(join(path, name)));
  const { type, exports } = readManifest(join(folder, name, "package.json"));
  return type === "module" && !/"(?:require|node)":/.test(JSON.stringify(exports));
}

function existsManifest(folder) {
  try {
    return readManifest(join(folder, "package.json")) !== undefined;
  } catch {
    return false;
  }
}

function readManifest(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}
