// ```figure blocks: drawn by the packages themselves while the site is built. Drawing is asynchronous and Markdown is not, so all
// figures of all pages are drawn before the first page.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { globSync } from "tinyglobby";

const outfile = resolve("node_modules/.cache/site/figures.mjs");
await build({
  entryPoints: [fileURLToPath(new URL("figures/draw.ts", import.meta.url))],
  outfile,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  conditions: ["@emrx/source"],
  external: ["vega", "vega-lite"],
  logLevel: "warning",
});
const { figure } = await import(pathToFileURL(outfile).href);

const texts = globSync(["docs/**/*.md", "packages/*/docs/*.md"]).flatMap((page) =>
  [...readFileSync(page, "utf8").matchAll(/```figure\n([\s\S]*?)```/g)].map(([, text]) =>
    text.trim(),
  ),
);
const drawn = new Map();
for (const text of new Set(texts)) drawn.set(text, await figure(text));

/** The HTML of a figure. @throws Error for a figure that no page of text has */
export function drawnFigure(text) {
  const html = drawn.get(text.trim());
  if (html === undefined) throw new Error(`the figure ${text.trim()} was not drawn`);
  return html;
}
