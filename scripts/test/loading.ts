// What a file does when it is loaded: the calls, constructions and loops outside of functions.
import ts from "typescript";
import type { Source } from "./sources.js";

/** Shapes are functions; making one costs what making a function costs. */
const shapes =
  "arrayOf|asyncIterable|bigint|boolean|bytes|checker|coded|column|decimal|deferred|fn|guard|hexBytes|hidden|integer|iterable|joined|" +
  "list|literal|methods|number|(?:shapes\\.)?numbers|object|oneOf|optional|pattern|record|recordOf|satisfying|secret|signal|text|" +
  "tuple|typedArray|uint32Column|" +
  "union|variant";

/** Calls that cost next to nothing and may run at load: empty collections, the few bytes of a format, numbers, shapes. */
const cheap = new RegExp(
  `^(?:${shapes}|Object\\.(?:freeze|keys|entries|fromEntries)|Symbol|Number|BigInt|utf8|` +
    "new (?:Set|Map|WeakMap|WeakSet|TextEncoder|TextDecoder|RegExp|(?:Uint|Int|Float)\\d+Array)|" +
    "Buffer\\.(?:alloc|from)|new TextEncoder\\(\\)\\.encode|(?:Uint|Int|Float)\\d+Array\\.(?:of|from))$",
);

/**
 * What a file computes at load that is not cheap: `path: callee`, once each. A conformance kit is a list of cases that is run once
 * and bundled into nothing, so it may call what makes a case.
 */
export function computedAtLoad(source: Source): string[] {
  const found = new Set<string>();
  if (/conformance\//.test(source.path)) return [];
  const visit = (node: ts.Node): void => {
    if (
      ts.isFunctionLike(node) ||
      ts.isInterfaceDeclaration(node) ||
      ts.isTypeAliasDeclaration(node) ||
      ts.isImportDeclaration(node) ||
      ts.isExportDeclaration(node) ||
      ts.isTypeNode(node)
    )
      return;
    if (ts.isPropertyDeclaration(node) && !isStatic(node)) return;
    if (ts.isIterationStatement(node, false)) found.add(`${source.path}: a loop`);
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      const callee = `${ts.isNewExpression(node) ? "new " : ""}${node.expression
        .getText()
        .replace(/\s+/g, " ")
        .replace(/^field\./, "")}`;
      if (!cheap.test(callee)) found.add(`${source.path}: ${callee.slice(0, 60)}`);
    }
    ts.forEachChild(node, visit);
  };
  for (const statement of source.ast.statements) visit(statement);
  return [...found];
}

function isStatic(node: ts.PropertyDeclaration): boolean {
  return node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword) ?? false;
}
