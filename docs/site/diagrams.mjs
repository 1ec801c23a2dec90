// ```mermaid blocks as inline SVG, drawn while the site is built: no script for the reader, the page's own colours in light and
// dark, the same bytes every time.
import { renderMermaidSVG } from "beautiful-mermaid";

const colours = {
  bg: "var(--color-background)",
  fg: "var(--color-text)",
  muted: "var(--color-text)",
  font: "Arial",
  padding: 12,
  transparent: true,
};

/**
 * One diagram.
 *
 * @param {string} text - in Mermaid's language
 * @param {string} id - begins the ids inside, so that two diagrams of a page do not share any
 * @returns {string} an SVG element
 * @throws Error for a text of which anything would not be seen
 */
export function diagram(text, id) {
  const svg = renderMermaidSVG(text, colours)
    .replace(/@import url\([^)]*\);/, "")
    .replace(/\b(id="|url\(#)([\w-]+)/g, `$1${id}-$2`)
    .replace("<svg ", `<svg class="diagram" role="img" aria-label="${described(text)}" `);
  const missing = labels(text).filter((label) => !words(svg).includes(words(label)));
  if (missing.length > 0) throw new Error(`not in the drawing: ${missing.join("; ")}`);
  return svg;
}

/** Texts with no marks and no spaces, since a drawing breaks lines where it likes. */
function words(markup) {
  return markup
    .replace(/<style>[\s\S]*?<\/style>|<[^>]*>/g, "")
    .replaceAll(/&[#\w]+;|[^\p{L}\p{N}]/gu, "");
}

/** The diagram in words, for those who do not see it: every label in the order of the source. */
function described(text) {
  const said = labels(text).map((label) => label.replaceAll("<br/>", " ").replaceAll('"', "'"));
  return `Diagram: ${said.join("; ")}`.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

/** What a reader must see: texts in quotation marks, after a colon, and the names of participants. */
function labels(text) {
  return text.split("\n").flatMap((line) => {
    const quoted = [...line.matchAll(/"([^"]+)"/g)].map(([, label]) => label);
    const named = /^\s*participant \w+ as (.+)$/.exec(line)?.[1];
    const said = quoted.length > 0 ? undefined : /:\s+(.+)$/.exec(line)?.[1];
    return [...quoted, named, said].filter((label) => label !== undefined);
  });
}
