// The built site in a real Chromium: every page of text and some of the reference, wide and on a phone, in light and in dark.
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { type Browser, chromium } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pages, site, textPages } from "./site.js";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const looks = [
  { width: 1400, theme: "light" },
  { width: 390, theme: "dark" },
] as const;
const reference = [...pages.keys()].filter((path) =>
  /(modules|functions|interfaces)\/.*(ldp-core|matching)/.test(path),
);
const tried = [...textPages, ...reference.filter((_, i) => i % 40 === 0)];

const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".css": "text/css",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
};

/** The site as a server of files gives it: from file: URLs Chromium refuses the theme's icons. */
const server: Server = createServer((request, response) => {
  const path = decodeURIComponent(new URL(request.url ?? "/", "http://site").pathname);
  try {
    const bytes = readFileSync(join(site, path));
    response.setHeader("content-type", types[extname(path)] ?? "application/octet-stream");
    response.end(bytes);
  } catch {
    response.statusCode = 404;
    response.end();
  }
});
let address = "";
let browser: Browser;
beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  browser = await chromium.launch({
    executablePath: process.env["CHROMIUM"] || "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
  });
});
afterAll(async () => {
  await browser?.close();
  server.close();
});

describe.each(looks)("at $width pixels, $theme", ({ width, theme }) => {
  test.each(tried)(
    "%s: no rule of axe is broken, nothing sticks out, no error is logged",
    async (path) => {
      const context = await browser.newContext({
        viewport: { width, height: 900 },
        colorScheme: theme,
        reducedMotion: "reduce",
      });
      const page = await context.newPage();
      const errors: string[] = [];
      page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
      page.on("pageerror", (error) => errors.push(error.message));
      page.on("requestfailed", (request) => errors.push(request.url()));
      try {
        await page.goto(new URL(path, address).href, { waitUntil: "load" });
        await page.waitForFunction(() => document.body.style.display !== "none");
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        await page.evaluate(axe);
        const broken = await page.evaluate(async () => {
          const { violations } = await (
            globalThis as unknown as {
              axe: {
                run(
                  node: Document,
                  options: object,
                ): Promise<{
                  violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
                }>;
              };
            }
          ).axe.run(document, {
            // TypeDoc's tree of pages has a link in each summary: both can be reached and told apart by keyboard.
            rules: { "nested-interactive": { enabled: false } },
          });
          return violations.map(
            ({ id, nodes }) =>
              `${id} (${nodes.length}): ${nodes[0]?.html.slice(0, 160)} ${nodes[0]?.failureSummary}`,
          );
        });
        expect({ broken, wide: Math.max(0, wide), errors }).toEqual({
          broken: [],
          wide: 0,
          errors: [],
        });
      } finally {
        await context.close();
      }
    },
  );
});
