// Who may import whom, and where Node may be used.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { importsOf, isNodeBuiltin, reachable, root, sources, target } from "./sources.js";

/** The packages of this workspace that a package may import, beside the private one that each bundles. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  internal: [],
  "ldp-core": [],
  matching: [],
  quality: ["ldp-core"],
  "chain-adapter": ["matching"],
  exchange: ["ldp-core", "quality", "matching", "chain-adapter"],
};

/** Entries that may use Node's modules. */
const usesNode: readonly string[] = ["./file", "./node", "./owned-folder", "./regular-file"];

interface Manifest {
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, unknown>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}
const manifest = (name: string): Manifest =>
  JSON.parse(readFileSync(join(root, "packages", name, "package.json"), "utf8"));

const packages = readdirSync(join(root, "packages"));

test("every package has its line in the table of imports", () => {
  expect(packages.sort()).toEqual(Object.keys(mayImport).sort());
});

describe.each(packages)("%s", (name) => {
  const own = sources.filter((source) => source.package === name);

  test("imports no other emrx package than the design allows", () => {
    const found = own.flatMap((source) =>
      importsOf(source)
        .filter((module) => module.startsWith("@emrx/"))
        .filter((module) => {
          const other = module.split("/")[1] as string;
          return other !== "internal" && !mayImport[name]?.includes(other);
        })
        .map((module) => `${source.path} imports ${module}`),
    );
    expect(found).toEqual([]);
  });

  test("stays inside its own folder with relative imports", () => {
    const found = own.flatMap((source) =>
      importsOf(source)
        .filter((module) => module.startsWith("."))
        .filter((module) => !target(source, module).startsWith(`packages/${name}/src/`))
        .map((module) => `${source.path} imports ${module}`),
    );
    expect(found).toEqual([]);
  });

  test("enters other packages by their exports only", () => {
    const found = own.flatMap((source) =>
      importsOf(source)
        .filter((module) => module.startsWith("@emrx/"))
        .filter((module) => {
          const [, other = "", ...rest] = module.split("/");
          return !Object.hasOwn(manifest(other).exports, ["." as string, ...rest].join("/"));
        })
        .map((module) => `${source.path} imports ${module}`),
    );
    expect(found).toEqual([]);
  });

  test("declares what it imports", () => {
    const { dependencies = {}, devDependencies = {} } = manifest(name);
    // What is bundled is needed for building only.
    const declared = [...Object.keys(dependencies), "@emrx/internal"];
    expect(Object.hasOwn(dependencies, "@emrx/internal")).toBe(false);
    expect(Object.hasOwn(devDependencies, "@emrx/internal")).toBe(name !== "internal");
    const found = own.flatMap((source) =>
      importsOf(source)
        .filter((module) => !module.startsWith(".") && !isNodeBuiltin(module))
        .map((module) =>
          module
            .split("/")
            .slice(0, module.startsWith("@") ? 2 : 1)
            .join("/"),
        )
        .filter((module) => !declared.includes(module))
        .map((module) => `${source.path} imports ${module}`),
    );
    expect(found).toEqual([]);
  });

  test("uses Node's modules behind the entries that say so only", () => {
    const found = Object.entries(manifest(name).exports)
      .filter(([subpath]) => !usesNode.includes(subpath) && !subpath.endsWith(".json"))
      .map(([, target]) =>
        typeof target === "string" ? target : (target["@emrx/source"] as string),
      )
      .flatMap((entry) => reachable(join("packages", name, entry)))
      .flatMap((source) =>
        importsOf(source)
          .filter(isNodeBuiltin)
          .map((module) => `${source.path} imports ${module}`),
      );
    expect(found).toEqual([]);
  });

  test("has index files that only re-export", () => {
    const found = own
      .filter(({ path }) => path.endsWith("/index.ts"))
      .flatMap(({ path, ast }) =>
        ast.statements
          .filter(
            (statement) =>
              !/^(export|import)\b[^;]*?(\{[^}]*\}|\*)[^;]*;$/s.test(statement.getText()),
          )
          .map((statement) => `${path}: ${statement.getText().slice(0, 60)}`),
      );
    expect(found).toEqual([]);
  });
});
