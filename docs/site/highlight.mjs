// Colours of code. TypeDoc's own highlighting gives a line up after 500 ms, so that a busy machine builds other pages than an idle
// one; here every line is finished. The same grammars and themes, the same classes.
import {
  bundledLanguages,
  bundledThemes,
  codeToTokensWithThemes,
  createOnigurumaEngine,
  createShikiInternal,
  loadBuiltinWasm,
} from "@gerrit0/mini-shiki";

const themes = { light: "github-light-high-contrast", dark: "github-dark-high-contrast" };
const languages = ["typescript", "javascript", "json", "shellscript", "html", "sql"];
const aliases = { ts: "typescript", js: "javascript", mjs: "javascript", sh: "shellscript" };

await loadBuiltinWasm();
const highlighter = await createShikiInternal({
  engine: await createOnigurumaEngine(),
  themes: Object.values(themes).map((name) => bundledThemes[name]),
  langs: languages.map((name) => bundledLanguages[name]),
});

/** Colour pairs in the order in which they were first needed. */
const classes = new Map();

/**
 * A block of code as HTML.
 *
 * @param {string} code
 * @param {string} language - of the fence; an unknown one is shown plain
 */
export function highlight(code, language) {
  const text = code.replace(/\n$/, "");
  const lang = aliases[language] ?? language;
  const lines = languages.includes(lang)
    ? codeToTokensWithThemes(highlighter, text, { themes, lang, tokenizeTimeLimit: 0 })
    : [];
  const html =
    lines.length === 0
      ? escapeHtml(text)
      : lines.map((line) => line.map(coloured).join("")).join("\n");
  return `<pre tabindex="0"><code class="${escapeHtml(language)}">${html}\n</code><button type="button">Copy</button></pre>\n`;
}

/** The style sheet of all code that was highlighted. */
export function highlightStyles() {
  const rules = (side) =>
    [...classes.entries()].map(([pair, name]) => `.${name}{color:${pair.split("|")[side]}}`);
  const background = (theme) => `--code-background:${highlighter.getTheme(theme).bg}`;
  const dark = `:root{${background(themes.dark)}} ${rules(1).join(" ")}`;
  return [
    `:root{${background(themes.light)}}`,
    "pre,code{background:var(--code-background)}",
    ...rules(0),
    `@media (prefers-color-scheme: dark) { ${scoped(dark, ':root:not([data-theme="light"])')} }`,
    scoped(dark, ':root[data-theme="dark"]'),
  ].join("\n");
}

/** The same rules, where the root is the one named. */
function scoped(rules, root) {
  return rules.replaceAll(/(^|\})\s*(:root|\.\w+)\{/g, (_, end, selector) =>
    selector === ":root" ? `${end}${root}{` : `${end}${root} ${selector}{`,
  );
}

function coloured({ content, variants }) {
  const pair = `${variants.light.color}|${variants.dark.color}`;
  if (!classes.has(pair)) classes.set(pair, `c${classes.size}`);
  return content.trim() === ""
    ? content
    : `<span class="${classes.get(pair)}">${escapeHtml(content)}</span>`;
}

const entities = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

export function escapeHtml(text) {
  return text.replace(/[&<>"]/g, (character) => entities[character]);
}
