// Diagrams are drawn with everything that their sources say, without anything from elsewhere, and the same every time.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { globSync } from "tinyglobby";
import { expect, test } from "vitest";
import { diagram } from "../site/diagrams.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const sources = globSync(["docs/*.md", "packages/*/docs/*.md", "*.md"], { cwd: root }).flatMap(
  (file) =>
    [...readFileSync(join(root, file), "utf8").matchAll(/```mermaid\n([\s\S]*?)```/g)].map(
      ([, text], i) => ({ name: `${file} ${i + 1}`, text: text as string }),
    ),
);

test.each(sources)("$name", ({ text }) => {
  const svg = diagram(text, "d");
  expect(svg).toBe(diagram(text, "d"));
  expect(svg).not.toMatch(/https?:(?!\/\/www\.w3\.org)/);
  expect(svg).toMatch(/role="img" aria-label="Diagram: .+"/);
  const ids = [...svg.matchAll(/\bid="([^"]+)"/g)].map(([, id]) => id);
  for (const id of ids) expect(id).toMatch(/^d-/);
  for (const [, target] of svg.matchAll(/url\(#([^)]+)\)/g)) expect(ids).toContain(target);
});

test("a diagram that would lose a label is refused", () => {
  expect(() => diagram('flowchart TD\n  a --> b\n  c["lost" --> d', "d")).toThrow(/lost/);
  expect(() => diagram("not a diagram", "d")).toThrow();
});
