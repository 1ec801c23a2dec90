// What the packages' entries hold, and what loading one costs.
import { join } from "node:path";
import { build } from "esbuild";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { circles } from "./circles.js";
import { entriesOf, exportsOf } from "./entries.js";
import { computedAtLoad } from "./loading.js";
import { importsOf, nodes, root, sources, target } from "./sources.js";

const published = [...new Set(sources.map((source) => source.package))].filter(
  (name) => name !== "internal",
);

test("no file imports itself through others, types included", () => {
  const graph = new Map(
    sources.map((source) => [
      source.path,
      importsOf(source)
        .filter((module) => module.startsWith("."))
        .map((module) => target(source, module)),
    ]),
  );
  expect(circles(graph).map((files) => files.join(" "))).toEqual([]);
});

describe.each(published)("%s", (name) => {
  const entries = entriesOf(name);
  const main = entries.filter((entry) => entry.main).flatMap(({ path }) => exportsOf(path));
  const concepts = entries
    .filter((entry) => !entry.main)
    .map((entry) => ({ ...entry, names: exportsOf(entry.path) }));

  test("the main entry has at most 40 names, values and types together", () => {
    expect(main.length).toBeGreaterThan(0);
    expect(main.length).toBeLessThanOrEqual(40);
  });

  test("every name is in one subpath, and the main entry repeats some of them", () => {
    const homes = new Map<string, string[]>();
    for (const { specifier, names } of concepts)
      for (const each of names) homes.set(each.name, [...(homes.get(each.name) ?? []), specifier]);
    expect([...homes].filter(([, where]) => where.length !== 1)).toEqual([]);
    const origins = concepts.flatMap(({ names }) => names.map(({ origin }) => origin));
    expect(main.filter(({ origin }) => !origins.includes(origin))).toEqual([]);
  });
});

test("nothing is left in a bundle of a file of which nothing is used, but constants", async () => {
  const found: string[] = [];
  for (const { path } of sources)
    if (!/conformance\//.test(path) && (await leavesCode(path))) found.push(path);
  expect(found).toEqual([]);
});

test("loading a file computes nothing", () => {
  expect(sources.flatMap(computedAtLoad)).toEqual([]);
});

/** Whether a bundler keeps calls, functions or classes of a file that is imported for nothing. */
async function leavesCode(path: string): Promise<boolean> {
  const { outputFiles } = await build({
    stdin: { contents: `import "./${path}";`, resolveDir: root },
    bundle: true,
    minifySyntax: true,
    write: false,
    format: "esm",
    target: "es2022",
    plugins: [
      {
        name: "one-file-only",
        setup(bundler) {
          bundler.onResolve({ filter: /./ }, ({ path: module, kind, importer }) => {
            if (kind === "entry-point") return undefined;
            return importer === "<stdin>"
              ? { path: join(root, path), sideEffects: true }
              : { path: module, external: true, sideEffects: false };
          });
        },
      },
    ],
  });
  const kept = ts.createSourceFile(path, outputFiles[0]?.text ?? "", ts.ScriptTarget.ES2022, true);
  return nodes(kept).some(
    (node) =>
      ts.isCallExpression(node) ||
      ts.isNewExpression(node) ||
      ts.isFunctionLike(node) ||
      ts.isClassLike(node),
  );
}
