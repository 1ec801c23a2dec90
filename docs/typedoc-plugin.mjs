// TypeDoc plugin: formulas ($`...$` and ```math, by KaTeX) and ```mermaid diagrams, both without any network.
// A formula or diagram that does not parse fails the build, with its page.
import { cpSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import katex from "katex";
import texmath from "markdown-it-texmath";
import { JSX, PageEvent, RendererEvent } from "typedoc";
import { parseDiagram } from "./mermaid.mjs";

let page = "";
/** What KaTeX rejected; markdown-it-texmath swallows the exception, so it is kept for the end. */
const failures = new Set();
/** Every diagram with its page. Mermaid parses asynchronously, so they wait for the end as well. */
const diagrams = [];

/** KaTeX as markdown-it-texmath wants it, strict, and remembering what failed. */
const engine = {
  renderToString(tex, options) {
    try {
      return katex.renderToString(tex, { ...options, throwOnError: true, strict: "error" });
    } catch (error) {
      failures.add(`${page}: ${error.message}`);
      throw error;
    }
  },
};

/** Teaches TypeDoc's Markdown parser formulas and diagrams. */
export function markdownItLoader(parser) {
  parser.use(texmath, { engine, delimiters: ["gitlab", "dollars"] });
  const fence = parser.renderer.rules.fence;
  parser.renderer.rules.fence = (tokens, index, options, env, self) => {
    const { info, content } = tokens[index];
    if (info.trim() !== "mermaid") return fence(tokens, index, options, env, self);
    diagrams.push({ page, content });
    return `<pre class="mermaid">${parser.utils.escapeHtml(content)}</pre>`;
  };
}

const require = createRequire(import.meta.url);
const katexDist = dirname(require.resolve("katex"));
const mermaidDist = join(dirname(require.resolve("mermaid/package.json")), "dist");

/** @param {import("typedoc").Application} app */
export function load(app) {
  app.renderer.on(PageEvent.BEGIN, (event) => {
    page = event.url;
  });
  app.renderer.on(RendererEvent.END, (event) => copyAssets(join(event.outputDirectory, "assets")));
  app.renderer.postRenderAsyncJobs.push(async () => {
    for (const diagram of diagrams) {
      await parseDiagram(diagram.content).catch((error) =>
        failures.add(`${diagram.page}: Mermaid: ${error.message}`),
      );
    }
    for (const failure of failures) app.logger.error(failure);
  });
  app.renderer.hooks.on("head.end", (context) =>
    JSX.createElement("link", {
      rel: "stylesheet",
      href: context.relativeURL("assets/katex.min.css", true),
    }),
  );
  app.renderer.hooks.on("body.end", (context) =>
    JSX.createElement(
      JSX.Fragment,
      null,
      JSX.createElement("script", {
        src: context.relativeURL("assets/mermaid.min.js", true),
        defer: true,
      }),
      JSX.createElement(
        "script",
        null,
        JSX.createElement(JSX.Raw, {
          html:
            // TypeDoc hides <body> until its own script is ready; Mermaid must not measure before that.
            'addEventListener("load",function go(){mermaid.initialize({startOnLoad:false});document.body.style.display==="none"?setTimeout(go,50):mermaid.run()})',
        }),
      ),
    ),
  );
}

function copyAssets(assets) {
  mkdirSync(join(assets, "fonts"), { recursive: true });
  cpSync(join(katexDist, "katex.min.css"), join(assets, "katex.min.css"));
  cpSync(join(katexDist, "fonts"), join(assets, "fonts"), {
    recursive: true,
    filter: (file) => !/\.(ttf|woff)$/.test(file),
  });
  cpSync(join(mermaidDist, "mermaid.min.js"), join(assets, "mermaid.min.js"));
}
