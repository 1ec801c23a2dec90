// What an import weighs in an application, from the sources, and which files that is: `npm run weigh -- @emrx/ldp-core "{ grr }"`,
// without names everything that the entry exports. A file that computes something when it is loaded counts, also where nothing of
// it is used, as it does in a built entry. Budgets are measured on the built packages: `npm run size`.
import { dirname, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const [entry, names = "*"] = process.argv.slice(2);
if (entry === undefined)
  throw new Error('usage: npm run weigh -- @emrx/PACKAGE[/SUBPATH] ["{ name, ... }"]');
const { outputFiles, metafile } = await build({
  stdin: {
    contents:
      names === "*"
        ? `export * from "${entry}";`
        : `import ${names} from "${entry}"; console.log(${names});`,
    resolveDir: process.cwd(),
  },
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  format: "esm",
  platform: "neutral",
  mainFields: ["module", "main"],
  external: ["node:*", "pg"],
  conditions: ["@emrx/source", "import", "module"],
  plugins: [
    {
      name: "files-of-one-entry",
      setup(esbuild) {
        esbuild.onResolve({ filter: /^\./ }, ({ path, importer }) =>
          importer.includes("/packages/")
            ? { path: resolve(dirname(importer), path.replace(/\.js$/, ".ts")), sideEffects: true }
            : undefined,
        );
      },
    },
  ],
});
const [{ contents }] = outputFiles;
const [{ inputs }] = Object.values(metafile.outputs);
const files = Object.entries(inputs).sort(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput);
for (const [path, { bytesInOutput }] of files.slice(0, 25))
  if (bytesInOutput > 0)
    console.log(String(bytesInOutput).padStart(8), path.replace(/^.*node_modules\//, ""));
console.log(
  `${names} from ${entry}: ${(gzipSync(contents, { level: 9 }).length / 1000).toFixed(2)} kB gzip, ${contents.length} bytes minified`,
);
