// What the entries of the packages export, read from the sources.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { root, type Source, sources, target } from "./sources.js";

/** A name that an entry exports, and where it is declared: `path#name`. */
export interface Exported {
  readonly name: string;
  readonly origin: string;
  readonly kind: "type" | "value";
}

/** An entry of a package: its specifier, and its file. */
export interface Entry {
  readonly package: string;
  readonly specifier: string;
  readonly path: string;
  readonly main: boolean;
}

const byPath = new Map(sources.map((source) => [source.path, source]));

/** The entries of a package by its manifest. */
export function entriesOf(name: string): Entry[] {
  const manifest = JSON.parse(readFileSync(join(root, "packages", name, "package.json"), "utf8"));
  return Object.entries(manifest.exports as Record<string, string | Record<string, string>>)
    .filter(([subpath]) => !subpath.endsWith(".json"))
    .map(([subpath, conditions]) => ({
      package: name,
      specifier: `@emrx/${name}${subpath.slice(1)}`,
      path: join(
        "packages",
        name,
        typeof conditions === "string" ? conditions : (conditions["@emrx/source"] as string),
      ),
      main: subpath === ".",
    }));
}

/** All names that a file exports. */
export function exportsOf(path: string): Exported[] {
  const source = byPath.get(path);
  if (source === undefined) throw new Error(`no source file ${path}`);
  const found = source.ast.statements.flatMap((statement): Exported[] => {
    if (ts.isExportDeclaration(statement)) return reexports(source, statement);
    if (!ts.canHaveModifiers(statement)) return [];
    const exported = ts
      .getModifiers(statement)
      ?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    return exported ? declared(source, statement) : [];
  });
  // A function with several signatures is one name.
  return [...new Map(found.map((each) => [each.name, each])).values()];
}

function reexports(source: Source, statement: ts.ExportDeclaration): Exported[] {
  const { moduleSpecifier: module, exportClause: clause, isTypeOnly } = statement;
  const path =
    module !== undefined && ts.isStringLiteral(module) && module.text.startsWith(".")
      ? target(source, module.text)
      : undefined;
  if (clause === undefined) {
    if (path === undefined) throw new Error(`${source.path} exports everything of another package`);
    return exportsOf(path);
  }
  if (!ts.isNamedExports(clause)) throw new Error(`${source.path} exports a namespace`);
  return clause.elements.map((element): Exported => {
    const name = element.name.text;
    const inner = (element.propertyName ?? element.name).text;
    const found =
      path === undefined ? undefined : exportsOf(path).find((each) => each.name === inner);
    const type = isTypeOnly || element.isTypeOnly || found?.kind === "type";
    return {
      name,
      origin: found?.origin ?? `${path ?? module?.getText() ?? source.path}#${inner}`,
      kind: type ? "type" : "value",
    };
  });
}

function declared(source: Source, statement: ts.Statement): Exported[] {
  const named = (name: string, kind: Exported["kind"]): Exported => ({
    name,
    origin: `${source.path}#${name}`,
    kind,
  });
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => named(name.getText(), "value"));
  if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement))
    return [named(statement.name.text, "type")];
  if ((ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) && statement.name)
    return [named(statement.name.text, "value")];
  throw new Error(
    `${source.path}: an export of an unknown form: ${statement.getText().slice(0, 60)}`,
  );
}
