// The page docs/life-of-a-report.md names files and functions; each must exist, and the stages must come in the design's order.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

import { fileURLToPath } from "node:url";

const page = readFileSync(join(root, "docs/life-of-a-report.md"), "utf8");
const files = [...page.matchAll(/`([\w-]+\/src\/[\w./-]+\.ts)`(?: \(`(\w+)`\))?/g)].map(
  ([, path, name]) => ({ path: path as string, name }),
);

const exported = (text: string): (string | undefined)[] =>
  [...text.matchAll(/^export (?:async )?function (\w+)/gm)].map(([, name]) => name);

test("a good number of files is named", () => {
  expect(files.length).toBeGreaterThan(40);
  // A path in any other form would not be found above, and not be checked below.
  expect(page.match(/\w+\.ts\b/g)?.length).toBe(files.length);
});

test.each(files)("$path exists, with its function $name", ({ path, name }) => {
  const file = join(root, "packages", path);
  expect(existsSync(file)).toBe(true);
  if (name !== undefined) expect(exported(readFileSync(file, "utf8"))).toContain(name);
});

test("stages come in the order in which data flows", () => {
  expect([...page.matchAll(/^## \d+\. (\w+)$/gm)].map(([, stage]) => stage)).toEqual([
    ...["Record", "Randomizer", "Report", "Commitment", "Ledger"],
    ...["Matching", "Grant", "Aggregator", "Estimate", "Evaluation"],
  ]);
});

test("the site and CONTRIBUTING lead to it", () => {
  expect(readFileSync(join(root, "typedoc.config.mjs"), "utf8")).toContain("life-of-a-report.md");
  expect(readFileSync(join(root, "CONTRIBUTING.md"), "utf8")).toContain("docs/life-of-a-report.md");
});
