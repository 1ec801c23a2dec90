// The page docs/error-codes.md and the sources' unions of codes name the same codes.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { nodes, root, sources } from "./sources.js";

/** Codes in the `*ErrorCode` and `*RejectionCode` unions of one package. */
function codesOf(name: string): string[] {
  return sources
    .filter((source) => source.package === name)
    .flatMap(({ ast }) => [...nodes(ast)])
    .filter(ts.isTypeAliasDeclaration)
    .flatMap((alias) => [...nodes(alias)])
    .filter((node) => ts.isStringLiteral(node) && /^EMRX_/.test(node.text))
    .map((node) => (node as ts.StringLiteral).text)
    .sort();
}

const page = readFileSync(join(root, "docs/error-codes.md"), "utf8");
const packages = [...new Set(sources.map((source) => source.package))];

/** Headings `### EMRX_...` under `## @emrx/NAME`. */
function headingsOf(name: string): string[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(`@emrx/${name}\n`)) ?? "";
  return [...section.matchAll(/^### (EMRX_\w+)$/gm)].map(([, code]) => code as string).sort();
}

test.each(packages)("every code of %s has its heading, and every heading its code", (name) => {
  expect(headingsOf(name)).toEqual([...new Set(codesOf(name))]);
});

test("no code has two owners", () => {
  const owners = new Map<string, string[]>();
  for (const name of packages)
    for (const code of new Set(codesOf(name)))
      owners.set(code, [...(owners.get(code) ?? []), name]);
  expect([...owners].filter(([, names]) => names.length > 1)).toEqual([]);
});

test("a code mentioned anywhere in the sources is in a union", () => {
  const known = new Set(packages.flatMap(codesOf));
  const found = sources.flatMap(({ path, ast }) =>
    [...ast.text.matchAll(/\bEMRX_[A-Z0-9_]*[A-Z0-9]\b/g)]
      .filter(([code]) => !known.has(code))
      .map(([code]) => `${path}: ${code}`),
  );
  expect([...new Set(found)]).toEqual([]);
});

test("every entry says more than its name", () => {
  for (const [, code, text] of page.matchAll(/^### (EMRX_\w+)\n([^#]*)/gm)) {
    expect(text?.trim().length, code).toBeGreaterThan(30);
  }
});
