// Every page of the built site, as bytes.
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { inflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { EmrxError } from "../../../packages/internal/src/errors.js";
import { prepare, rank } from "../client/rank.mjs";
import { queries } from "./queries.js";
import { pages, site } from "./site.js";

const budget = 250_000;

/** The files that a page loads before anybody does anything. */
function loaded(path: string, html: string): string[] {
  const found = [
    ...html.matchAll(/<(?:link rel="stylesheet" href|script (?:async|defer) src)="([^"]+)"/g),
  ];
  return [
    ...found.map(([, url]) => normalize(join(dirname(path), url as string))),
    "assets/icons.js",
    "assets/navigation.js",
  ];
}

test("the address that an error gives leads to the heading of its code", () => {
  const codes = readFileSync(new URL("../../error-codes.md", import.meta.url), "utf8").match(
    /(?<=^### )EMRX_\w+$/gm,
  );
  expect(codes?.length).toBeGreaterThan(100);
  const lost = (codes ?? []).filter((code) => {
    const { pathname, hash } = new URL(new EmrxError(code, "").docs);
    const page = pages.get(pathname.replace("/emrx/", ""));
    return page?.includes(` id="${hash.slice(1)}"`) !== true;
  });
  expect(lost).toEqual([]);
});

test("no page weighs more than 250 kB with all that it loads", () => {
  const heavy = [...pages].flatMap(([path, html]) => {
    const bytes = [...new Set(loaded(path, html))]
      .map((file) => statSync(join(site, file)).size)
      .reduce((sum, size) => sum + size, Buffer.byteLength(html));
    return bytes > budget ? [`${path}: ${bytes}`] : [];
  });
  expect(heavy).toEqual([]);
});

test("every page has one heading of the first order, and a title that no other page has", () => {
  const headings = [...pages]
    .map(([path, html]) => [path, html.match(/<h1[ >]/g)?.length ?? 0] as const)
    .filter(([path, count]) => count !== 1 && path !== "hierarchy.html" && path !== "modules.html");
  expect(headings).toEqual([]);
  const titles = new Map<string, string[]>();
  for (const [path, html] of pages) {
    const title = /<title>(.*?)<\/title>/.exec(html)?.[1] ?? "";
    titles.set(title, [...(titles.get(title) ?? []), path]);
  }
  expect(
    [...titles].filter(([title, paths]) => paths.length > 1 || /\bindex\b/.test(title)),
  ).toEqual([]);
});

test("every link inside the site leads to a page, and to a place on it", () => {
  const places = new Map(
    [...pages].map(([path, html]) => [
      path,
      new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)),
    ]),
  );
  const broken = [...pages].flatMap(([path, html]) =>
    [...html.matchAll(/ href="([^"]+)"/g)].flatMap(([, href = ""]) => {
      if (/^[a-z]+:/.test(href)) return [];
      const [file = "", anchor] = href.split("#") as [string, string?];
      const target = file === "" ? path : normalize(join(dirname(path), file));
      const there =
        anchor === undefined || anchor === ""
          ? existsSync(join(site, target))
          : places.get(target)?.has(decodeURIComponent(anchor)) || target.endsWith(".svg");
      return there ? [] : [`${path} -> ${href}`];
    }),
  );
  expect([...new Set(broken)]).toEqual([]);
});

test("no text has formulas in letters of a typewriter, such as e^epsilon", () => {
  const found = [...pages].flatMap(([path, html]) => {
    const text = html
      .replaceAll(/<(pre|code|math|svg|style|script|title)\b[\s\S]*?<\/\1>/g, " ")
      .replaceAll(/<[^>]*>/g, " ");
    return [...text.matchAll(/[^\s]*[\w)]\^[\w({-][^\s]*/g)].map(
      ([formula]) => `${path}: ${formula}`,
    );
  });
  expect([...new Set(found)]).toEqual([]);
});

test("nothing is loaded from elsewhere", () => {
  const foreign = [...pages].flatMap(([path, html]) =>
    [...html.matchAll(/(?:src|@import url)[=(]["']?(https?:[^"')]+)/g)].map(
      ([, url]) => `${path}: ${url}`,
    ),
  );
  expect(foreign).toEqual([]);
});

const script = readFileSync(join(site, "assets/search.js"), "utf8");
const entries = prepare(
  JSON.parse(
    inflateSync(Buffer.from(/"(.*)"/.exec(script)?.[1] as string, "base64")).toString("utf8"),
  ),
);

test.each(queries)("a search for $query finds $first first", ({ query, first }) => {
  const [hit] = rank(entries, query);
  expect(hit?.url.replace(/\.html/, "").replace(/^documents\/_emrx_[a-z-]+\.|^\w+\//, "")).toMatch(
    first,
  );
});
