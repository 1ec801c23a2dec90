// Every entry of every package has a size budget, in gzip.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { entriesOf } from "./entries.js";
import { root, sources } from "./sources.js";

interface Budget {
  readonly name: string;
  readonly gzip?: boolean;
  readonly limit: string;
}
const budgets: readonly Budget[] = JSON.parse(readFileSync(join(root, ".size-limit.json"), "utf8"));

test("every entry has a budget", () => {
  const names = budgets.map(({ name }) => name);
  const entries = [...new Set(sources.map((source) => source.package))]
    .filter((name) => name !== "internal")
    .flatMap(entriesOf);
  expect(entries.map(({ specifier }) => specifier).filter((each) => !names.includes(each))).toEqual(
    [],
  );
});

test("budgets are in gzip", () => {
  expect(budgets.filter(({ gzip }) => gzip !== true)).toEqual([]);
});
