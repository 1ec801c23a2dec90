// What TypeDoc's theme leaves to be done on a page.

const firstHeading = /^\s*# +(.+)\n/;

/** The first heading of a text. */
export function headingOf([first]) {
  return first?.kind === "text" ? firstHeading.exec(first.text)?.[1] : undefined;
}

/** Takes the first heading off the text of a package: the theme's own above it says the same. */
export function withoutHeading(content) {
  const [first, ...rest] = content;
  if (headingOf(content) === undefined) return content;
  return [{ ...first, text: first.text.replace(firstHeading, "") }, ...rest];
}

/**
 * Title by place; the content as the main landmark; headings that leave out no order; formulas that scroll by themselves where they
 * are wider than a phone, and have a name where they stand alone.
 */
export function finishPage(html, model, url) {
  return orderedHeadings(
    html
      .replace(/<title>.*?<\/title>/, `<title>${escapeText(titleOf(model, url))}</title>`)
      .replace(
        /<div class="col-content">([\s\S]*)<\/div>\s*<div class="col-sidebar">/,
        mainLandmark,
      )
      .replace(
        /<script async src="[^"]*search\.js" id="tsd-search-script"><\/script>/,
        '<script id="tsd-search-script"></script>',
      )
      .replaceAll(/<section><eqn>([\s\S]*?)<\/eqn><\/section>/g, wide)
      .replaceAll(/<eqn>([\s\S]*?)<\/eqn>/g, wide)
      .replaceAll(/<eq>([\s\S]*?)<\/eq>/g, inline)
      .replaceAll(/<th([^>]*)>(<span class="katex">(?:(?!<\/th>)[\s\S])*)<\/th>/g, namedHeader),
  );
}

const mainLandmark = (_, content) =>
  `<main class="col-content">${content}</main><div class="col-sidebar" role="complementary" aria-label="Contents and settings">`;
const wide = (_, formula) => `<div class="wide" tabindex="0">${formula}</div>`;

/** A formula in a line, which scrolls by itself where it may be wider than a phone. */
function inline(_, formula) {
  const tex = /<annotation[^>]*>([^<]*)</.exec(formula)?.[1] ?? "";
  return tex.length > 30 ? `<span class="wide-inline" tabindex="0">${formula}</span>` : formula;
}

function namedHeader(whole, attributes, formula) {
  const tex = /<annotation[^>]*>([^<]*)</.exec(formula)?.[1];
  const outside = textOf(formula.replaceAll(/<span class="katex">[\s\S]*?<\/math><\/span>/g, ""));
  return outside === ""
    ? `<th${attributes}>${formula}<span class="unseen">${tex}</span></th>`
    : whole;
}

/** No heading is more than one order below the one before it. */
function orderedHeadings(html) {
  const begin = html.indexOf("<main");
  let last = 1;
  let given = 1;
  const main = html.slice(begin).replaceAll(/<(\/?)h([1-6])\b/g, (_, close, level) => {
    if (close === "") {
      given = Math.min(Number(level), last + 1);
      last = given;
    }
    return `<${close}h${given}`;
  });
  return html.slice(0, begin) + main;
}

/** "grr - @emrx/ldp-core - emrx": in a row of tabs the first words tell them apart. */
function titleOf(model, url) {
  if (model.isProject())
    return (
      { "modules.html": "All packages - emrx", "hierarchy.html": "Classes - emrx" }[url] ??
      model.name
    );
  const path = [];
  for (let at = model; at && !at.isProject(); at = at.parent) path.push(at.name);
  return [path[0], ...path.slice(1).reverse(), "emrx"].join(" - ");
}

/** The sections of a page of text: what stands before the first heading, then one a heading. */
export function sections(html) {
  const begin = html.indexOf('<main class="col-content">');
  const end = html.indexOf('<div class="col-sidebar"');
  if (begin < 0 || end < begin)
    throw new Error("the theme lays a page out in another way than expected");
  const body = html.slice(begin, end);
  const parts = body.split(/<h[1-6] id="([^"]*)"[^>]*>([\s\S]*?)<\/h[1-6]>/);
  const found = [{ heading: undefined, anchor: undefined, text: textOf(parts[0]) }];
  for (let i = 1; i < parts.length; i += 3)
    found.push({ heading: textOf(parts[i + 1]), anchor: parts[i], text: textOf(parts[i + 2]) });
  return found;
}

/** The words of a piece of HTML. */
function textOf(html) {
  return html
    .replaceAll(/<(style|script|button|annotation)\b[\s\S]*?<\/\1>/g, " ")
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/&(amp|lt|gt|quot|#39|nbsp);/g, (_, name) => entities[name])
    .replaceAll(/\s+/g, " ")
    .trim();
}

const entities = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", nbsp: " " };

function escapeText(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
