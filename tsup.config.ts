// How every package is built: its entries are the subpaths of its `exports`. Run in the package's folder.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { defineConfig } from "tsup";

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly "@emrx/source": string }>>;
}
const { exports: subpaths } = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
const entries = Object.values(subpaths).flatMap((target) =>
  typeof target === "string" ? [] : [target["@emrx/source"]],
);

export default defineConfig({
  entry: Object.fromEntries(entries.map((source) => [basename(source, ".ts"), source])),
  format: ["esm", "cjs"],
  // The private package that each bundles lies beside the others and is read from its sources, types too.
  noExternal: [/^@emrx\/internal\//],
  dts: {
    compilerOptions: {
      ignoreDeprecations: "6.0",
      paths: { "@emrx/internal/*": ["../internal/src/*.ts"] },
      rootDir: "..",
    },
  },
  splitting: true,
  sourcemap: true,
  clean: true,
  target: "es2022",
  tsconfig: "tsconfig.json",
});
