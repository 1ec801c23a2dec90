// The built site as files.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const site: string = fileURLToPath(new URL("../../../site", import.meta.url));
if (!existsSync(join(site, "index.html")))
  throw new Error("there is no site; npm run docs makes it");

/** Every page, by its path in the site. */
export const pages: ReadonlyMap<string, string> = new Map(
  readdirSync(site, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".html"))
    .sort()
    .map((path) => [path, readFileSync(join(site, path), "utf8")]),
);

/** Pages of text: the landing page and the documents. */
export const textPages: readonly string[] = [...pages.keys()].filter(
  (path) => path === "index.html" || path.startsWith("documents/"),
);
