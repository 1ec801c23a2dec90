// Every page of a mechanism has the same form, so that a reader finds the same thing in the same place, and nothing is left out.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as mechanisms from "@emrx/ldp-core/mechanisms";
import { describe, expect, test } from "vitest";
import { figure } from "../site/figures/draw.js";
import { variancePoints } from "../site/figures/variance.js";

const folder = fileURLToPath(new URL("../mechanisms", import.meta.url));
const parts = [
  ...["Definition", "Thresholds", "Proof of privacy", "Estimator", "Variance"],
  ...["Bytes and cost", "When to use it, and when not", "Figure", "Code", "Exercise", "Source"],
];

/** The text of each part of a page. */
function partsOf(text: string): Map<string, string> {
  const [, ...rest] = text.split(/^## (.+)$/m);
  return new Map(rest.flatMap((name, i) => (i % 2 === 0 ? [[name, rest[i + 1] ?? ""]] : [])));
}

describe.each(readdirSync(folder))("%s", (file) => {
  const text = readFileSync(join(folder, file), "utf8");
  const found = partsOf(text);

  test("names an exported mechanism, and has the parts of the form in their order", () => {
    const name = /^# .+: (\w+)$/m.exec(text)?.[1] ?? "";
    expect(Object.keys(mechanisms)).toContain(name);
    expect([...found.keys()]).toEqual(parts);
  });

  test("defines, proves and estimates by formulas", () => {
    for (const part of ["Definition", "Thresholds", "Proof of privacy", "Variance"])
      expect(found.get(part), part).toContain("```math");
    expect(found.get("Thresholds")).toContain("2^b");
    expect(found.get("Estimator")).toContain("\\hat f_v");
    expect(found.get("Variance")).toMatch(/fixed[\s\S]*f_v \(1 - f_v\)/);
  });

  test("says when not to use it, and links to another mechanism that is better then", () => {
    const use = found.get("When to use it, and when not") ?? "";
    expect(use).toContain("Do not use it");
    const links = [...use.matchAll(/\]\(([\w-]+\.md)\)/g)].map(([, link]) => link as string);
    for (const link of links) expect(existsSync(join(folder, link))).toBe(true);
  });

  test("has a figure, code that is checked, and an exercise whose answer is checked", async () => {
    const drawn = /```figure\n(.+)\n```/.exec(found.get("Figure") ?? "")?.[1] ?? "";
    const html = await figure(drawn);
    expect(html).toContain('role="img"');
    expect(html).not.toContain("NaN");
    expect(html).toBe(await figure(drawn));
    for (const part of ["Code", "Exercise"])
      expect(found.get(part), part).toMatch(/```ts\n[\s\S]*\/\/ => [\s\S]*```/);
    expect(found.get("Exercise")).toContain("<details><summary>Answer</summary>");
  });
});

test("every page is in the site's tree", () => {
  const tree = readFileSync(join(folder, "../mechanisms.md"), "utf8");
  for (const file of readdirSync(folder)) expect(tree).toContain(`./mechanisms/${file}`);
});

test("the figures' points are the closed forms, up to the rounding of the thresholds", () => {
  const closed: Readonly<Record<string, (e: number, d: number) => number>> = {
    grr: (e, d) => (d - 2 + e) / (e - 1) ** 2,
    oue: (e) => (4 * e) / (e - 1) ** 2,
    sue: (e) => Math.sqrt(e) / (Math.sqrt(e) - 1) ** 2,
  };
  for (const [name, variance] of Object.entries(closed))
    for (const { epsilon, categories, variance: found } of variancePoints(name))
      expect(found / variance(Math.exp(epsilon), categories)).toBeCloseTo(1, 3);
});
