// The packages' source files as the compiler sees them, for the tests of the house rules.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

export const root: string = fileURLToPath(new URL("../..", import.meta.url));

/** One TypeScript file of packages/NAME/src; `path` is relative to the root. */
export interface Source {
  readonly path: string;
  readonly package: string;
  readonly ast: ts.SourceFile;
}

export const sources: readonly Source[] = readdirSync(join(root, "packages"))
  .flatMap((name) => filesBelow(join("packages", name, "src")))
  .filter((path) => path.endsWith(".ts"))
  .map((path) => parse(path, readFileSync(join(root, path), "utf8")));

export function parse(path: string, text: string): Source {
  const ast = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  return { path, package: path.split("/")[1] as string, ast };
}

/** Paths of all files below a folder, both relative to the root; none where there is no such folder. */
export function filesBelow(folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .sort()
    .map((path) => join(folder, path));
}

/** Every module that a file names in an import, export-from or import(), types included. */
export function importsOf({ ast }: Source): string[] {
  return ts.preProcessFile(ast.text, true, true).importedFiles.map(({ fileName }) => fileName);
}

/** All nodes of a file. */
export function nodes(node: ts.Node): ts.Node[] {
  const found = [node];
  for (const each of found) ts.forEachChild(each, (child) => void found.push(child));
  return found;
}

/** `path:line` of a node, for messages. */
export function place(source: Source, node: ts.Node): string {
  return `${source.path}:${source.ast.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
}

export function isNodeBuiltin(module: string): boolean {
  return module.startsWith("node:") || builtinModules.includes(module.split("/")[0] as string);
}

/** The path, relative to the root, of the file that a relative import names. */
export function target(source: Source, module: string): string {
  const absolute = resolve(root, dirname(source.path), module.replace(/\.js$/, ".ts"));
  return relative(root, absolute);
}

/** `start` and all files of its package that it reaches by relative imports. */
export function reachable(start: string): Source[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const found = new Set<Source>();
  const queue = [start];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    const source = byPath.get(path);
    if (!source || found.has(source)) continue;
    found.add(source);
    for (const module of importsOf(source)) {
      if (module.startsWith(".")) queue.push(target(source, module));
    }
  }
  return [...found];
}
