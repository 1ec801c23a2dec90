// The threat model shows what `npm run linkability` prints; here only that it names every habit and what the site says.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { countsTable } from "./counts.js";
import { measure, scenarios } from "./scenarios.js";

test("the table in docs/threat-model.md has every habit, and what the site's check says about it", () => {
  const page = readFileSync(new URL("../../../../docs/threat-model.md", import.meta.url), "utf8");
  for (const [name, habits] of Object.entries(scenarios)) {
    const says = measure(habits, 1).findings.join(", ") || "nothing";
    const row = page.split("\n").find((line) => line.startsWith(`| ${name} |`));
    expect(row, name).toMatch(/\| -?[\d.]+ % \|/);
    expect(row?.endsWith(`| ${says} |`), `${row} should say ${says}`).toBe(true);
  }
});

test("so has the other table, of what counts tell, every choice of noise", () => {
  const page = readFileSync(new URL("../../../../docs/threat-model.md", import.meta.url), "utf8");
  for (const row of countsTable(20).split("\n")) {
    const [, first] = row.split("|");
    expect(
      page.split("\n").some((line) => line.startsWith(`|${first}|`)),
      row,
    ).toBe(true);
  }
});
