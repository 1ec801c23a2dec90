// Whatever is thrown at a function, it returns or throws an error with a listed code: never a raw TypeError, and it ends. No error
// shows what is known of a person.
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
    "every function of %s refuses junk with a listed code, and tells nobody what was in a record",
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
      // The ids of a market are no secrets: whoever reads the ledger knows them.
      const telling = name === "matching" ? [] : found.filter((each) => each.telling.length > 0);
      expect(
        telling.map((each) => `${each.name}: ${each.telling[0]}`),
        "errors that show a value of a record or the name of a subject",
      ).toEqual([]);
      const searched = found.filter((each) => each.marked > 0);
      expect(searched.length, "functions that take values or subjects").toBeGreaterThan(
        { "ldp-core": 70 }[name] ?? 0,
      );
    },
    600_000,
  );
});
