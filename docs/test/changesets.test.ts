// The changelog is made from the files in .changeset: each must name published packages and say something.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

import { fileURLToPath } from "node:url";

const published = readdirSync(join(root, "packages"))
  .map((name) => JSON.parse(readFileSync(join(root, "packages", name, "package.json"), "utf8")))
  .filter((manifest) => manifest.private !== true)
  .map((manifest) => manifest.name as string);

const folder = join(root, ".changeset");
const notes = readdirSync(folder).filter((file) => file.endsWith(".md") && file !== "README.md");

test.each(notes)("%s names published packages and says what their users will notice", (file) => {
  const text = readFileSync(join(folder, file), "utf8");
  const [, head = "", body = ""] = /^---\n([\s\S]*?)\n?---\n([\s\S]*)$/.exec(text) ?? [];
  const lines = head.split("\n").filter((line) => line !== "");
  const bumps = lines.map((line) => /^"([^"]+)": (major|minor|patch)$/.exec(line));
  expect(bumps.map((bump) => bump?.[1])).not.toContain(undefined);
  expect(bumps.length).toBeGreaterThan(0);
  for (const bump of bumps) expect(published).toContain(bump?.[1]);
  expect(body.trim().length).toBeGreaterThan(30);
});

test("there is no second changelog, written by hand", () => {
  expect(existsSync(join(root, "CHANGELOG.md"))).toBe(false);
});
