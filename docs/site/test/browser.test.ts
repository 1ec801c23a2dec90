// The built site in a real Chromium: every page of text and some of the reference, wide and on a phone, in light and in dark.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
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

let browser: Browser;
beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: process.env["CHROMIUM"] || "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
  });
});
afterAll(() => browser?.close());

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
        await page.goto(pathToFileURL(join(site, path)).href, { waitUntil: "load" });
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
