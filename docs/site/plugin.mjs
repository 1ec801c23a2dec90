// TypeDoc plugin: what turns the pages of this folder and the doc comments into the site. Nothing in it needs a network, and the same
// sources give the same bytes. What cannot be shown (a formula, a diagram) fails the build, with its page.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateSync } from "node:zlib";
import { buildSync } from "esbuild";
import { IndexEvent, JSX, PageEvent, ReflectionKind, RendererEvent } from "typedoc";
import { diagram } from "./diagrams.mjs";
import { drawnFigure } from "./figures.mjs";
import { formulas } from "./formulas.mjs";
import { highlight, highlightStyles } from "./highlight.mjs";
import { finishPage, headingOf, sections, withoutHeading } from "./pages.mjs";
import { superscripts } from "./superscripts.mjs";

let page = "";
let diagramsOfPage = 0;
const failures = new Set();
const fail = (message) => failures.add(`${page}: ${message}`);

/** Teaches TypeDoc's Markdown parser formulas, diagrams, colours of code, and tables that scroll by themselves. */
export function markdownItLoader(parser) {
  formulas(parser, fail);
  superscripts(parser);
  parser.set({ highlight: (code, language) => highlight(code, language || "ts") });
  const { rules } = parser.renderer;
  const fence = rules.fence;
  rules.fence = (tokens, index, options, env, self) => {
    const { info, content } = tokens[index];
    if (info.trim() === "figure") return drawn(content);
    if (info.trim() !== "mermaid") return fence(tokens, index, options, env, self);
    try {
      const svg = diagram(content, `diagram-${++diagramsOfPage}`);
      return `<figure class="wide" tabindex="0">${svg}</figure>`;
    } catch (error) {
      fail(`Mermaid: ${error.message}`);
      return "";
    }
  };
  rules.table_open = () => '<div class="wide" tabindex="0"><table>';
  rules.table_close = () => "</table></div>";
}

function drawn(text) {
  try {
    return drawnFigure(text);
  } catch (error) {
    fail(error.message);
    return "";
  }
}

/** @param {import("typedoc").Application} app */
export function load(app) {
  /** Everything that the search box finds, in the order of the pages. */
  const found = [];
  const { renderer } = app;

  renderer.on(RendererEvent.BEGIN, ({ project }) => {
    for (const reflection of Object.values(project.reflections)) {
      if (reflection.isDocument()) {
        reflection.name = headingOf(reflection.content) ?? reflection.name;
      } else if (reflection.kindOf(ReflectionKind.Module)) {
        if (reflection.readme) reflection.readme = withoutHeading(reflection.readme);
        if (reflection.name === "index") reflection.name = "main entry";
      }
    }
    if (project.readme) project.readme = withoutHeading(project.readme);
  });

  // TypeDoc's own index is of names only; it stays empty, and the entries of all pages are written beside it.
  renderer.on(IndexEvent.PREPARE_INDEX, (event) => {
    event.searchResults = [];
  });
  renderer.hooks.on("body.end", (context) =>
    JSX.createElement("script", { src: context.relativeURL("assets/site.js", true), defer: true }),
  );
  renderer.on(PageEvent.BEGIN, (event) => {
    page = event.url;
    diagramsOfPage = 0;
  });
  renderer.on(PageEvent.END, (event) => {
    if (event.contents === undefined) return;
    if (event.contents.includes("<emrx-survey")) {
      const up = "../".repeat(event.url.split("/").length - 1);
      event.contents = event.contents.replace(
        "</body>",
        `<script defer src="${up}assets/survey.js"></script></body>`,
      );
    }
    event.contents = finishPage(event.contents, event.model, event.url);
    found.push(...entriesOf(event, renderer.router));
  });
  // Last of all: TypeDoc writes a style sheet of the same name for its own colours of code.
  const finish = ({ outputDirectory }) => {
    const assets = join(outputDirectory, "assets");
    const entries = deflateSync(JSON.stringify(found), { level: 9 }).toString("base64");
    writeFileSync(join(assets, "search.js"), `window.searchEntries = "${entries}";`);
    for (const [entry, name] of [
      ["search-box.mjs", "site.js"],
      ["survey-figure.mjs", "survey.js"],
    ])
      buildSync({
        entryPoints: [fileURLToPath(new URL(`client/${entry}`, import.meta.url))],
        outfile: join(assets, name),
        bundle: true,
        minify: true,
        format: "iife",
        target: "es2022",
        conditions: ["@emrx/source"],
      });
    writeFileSync(join(assets, "highlight.css"), highlightStyles());
    for (const failure of failures) app.logger.error(failure);
  };
  renderer.on(RendererEvent.END, finish, -1000);
}

/** What one page has to be found: a page of text by its sections, a page of the reference by its name and those of its members. */
function entriesOf({ model, url, contents }, router) {
  if (model.isProject() && url !== "index.html") return [];
  if (model.isDocument() || model.isProject()) {
    const page = model.isProject() ? "Start" : model.name;
    const found = sections(contents);
    // Pages of one form have the same headings: each is found as a whole.
    if (model.parent?.isDocument())
      return [
        {
          name: page,
          kind: ReflectionKind.Document,
          url,
          text: found.map(({ text }) => text).join(" "),
          role: "page",
        },
      ];
    return found
      .filter(({ heading, text }) => heading !== undefined || text !== "")
      .map(({ heading = page, anchor, text }) => ({
        name: heading,
        ...(heading === page ? {} : { parent: page }),
        kind: ReflectionKind.Document,
        url: anchor === undefined ? url : `${url}#${anchor}`,
        text,
        // Of the many codes of errors one is wanted by its whole name only.
        role: heading === page ? "page" : heading.startsWith("EMRX_") ? "member" : "section",
      }));
  }
  const entries = [];
  const add = (reflection, role) => {
    if (reflection.kindOf(ReflectionKind.Reference)) return;
    const comment = reflection.comment ?? reflection.signatures?.[0]?.comment;
    const parent = reflection.parent?.isProject() ? undefined : reflection.parent?.getFullName();
    entries.push({
      name: reflection.name,
      ...(parent === undefined ? {} : { parent }),
      kind: reflection.kind,
      url: router.getFullUrl(reflection),
      text: comment ? comment.summary.map(({ text }) => text).join("") : "",
      role,
    });
  };
  add(model, "export");
  if (!model.kindOf(ReflectionKind.SomeModule))
    for (const child of model.children ?? []) if (router.hasUrl(child)) add(child, "member");
  return entries;
}
