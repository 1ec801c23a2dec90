// Parses Mermaid diagrams without a browser, so that a broken one fails the build instead of showing a bomb to the reader.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import mermaid from "mermaid";

// Mermaid cleans labels with DOMPurify, which is empty where there is no DOM. Only parsing happens here, nothing is shown,
// so cleaning may do nothing; the reader's browser has the real one.
const fromMermaid = createRequire(createRequire(import.meta.url).resolve("mermaid/package.json"));
const purifyFile = join(dirname(fromMermaid.resolve("dompurify")), "purify.es.mjs");
const { default: purify } = await import(purifyFile);
Object.assign(purify, { sanitize: (text) => text, addHook: () => {} });

/** Throws a message with the place in the text if it is not a diagram. */
export async function parseDiagram(text) {
  await mermaid.parse(text);
}
