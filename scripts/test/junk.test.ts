// Whatever is thrown at a function, it returns or throws an error with a listed code: never a raw TypeError, and it ends.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findings } from "../junk/run.js";
import { root, sources } from "./sources.js";

/** Functions and methods that do not check all of their arguments yet. The list may only shrink, and is to become empty. */
const withoutShapes = readFileSync(join(root, "scripts/junk/without-shapes.txt"), "utf8")
  .split("\n")
  .filter((line) => line !== "");

const published = [...new Set(sources.map((source) => source.package))].filter(
  (name) => name !== "internal",
);

describe("junk", () => {
  test.each(published)(
    "every function of %s refuses junk with a listed code",
    async (name) => {
      const found = await findings(root, name);
      const raw = found.filter((each) => each.raw.length > 0);
      console.log(
        `${name}: ${found.length} functions and methods, ${found.reduce((sum, { cases }) => sum + cases, 0)} calls, ` +
          `${raw.reduce((sum, each) => sum + each.raw.length, 0)} raw errors in ${raw.length}`,
      );
      expect(found.length).toBeGreaterThan(0);
      const listed = withoutShapes.filter(
        (line) => line.startsWith(`${name}/`) || line.startsWith(`${name} `),
      );
      const fresh = raw.filter((each) => !listed.includes(each.name));
      expect(
        fresh.map((each) => `${each.name}: ${each.raw[0]}`),
        "raw errors",
      ).toEqual([]);
      const clean = listed.filter((line) => !raw.some((each) => each.name === line));
      expect(clean, "clean now, or gone: take them off the list").toEqual([]);
    },
    600_000,
  );
});
