// What the source may not contain: a random source that is none, and doubles where privacy is decided.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../src/", import.meta.url));
const files = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => name.replaceAll("\\", "/"));

/** The code of a file without its comments. */
const codeOf = (name: string): string =>
  readFileSync(root + name, "utf8")
    .replaceAll(/\/\*[\s\S]*?\*\//g, "")
    .replaceAll(/\/\/.*$/gm, "");

test("no file uses Math.random", () => {
  expect(files.length).toBeGreaterThan(30);
  expect(files.filter((name) => codeOf(name).includes("Math.random"))).toEqual([]);
});

test("exponentials and logarithms of doubles only propose what exact code then checks, or size a table", () => {
  const users = files.filter((name) =>
    /Math\.(exp|expm1|log|log1p|pow|sinh|cosh|tanh)\b/.test(codeOf(name)),
  );
  expect(
    users.filter((name) => name.startsWith("exact/") || name.startsWith("mechanisms/")).sort(),
  ).toEqual([
    "exact/logarithm.ts", // proposes a double; the bound of e^x decides between its neighbours
    "mechanisms/hadamard/block-hadamard.ts", // chooses the number of blocks: utility only
    "mechanisms/per-value/min-id-optimum.ts", // proposes flip probabilities; min-id.ts raises them in whole numbers
    "mechanisms/projective-geometry/projective-geometry.ts", // chooses the field: utility only
    "mechanisms/window/mixture-choice.ts", // chooses the mixture: utility only
    "mechanisms/window/window-choice.ts", // chooses the window: utility only
  ]);
});

test("thresholds and the bound of e^eps are computed in whole numbers alone", () => {
  const doubles = /Math\.|Number\(|parseFloat|toNumber|\d\.\d|\de-?\d/;
  expect(codeOf("exact/exp.ts")).not.toMatch(doubles);
  const thresholds = codeOf("exact/thresholds.ts");
  // Its last function turns a finished ratio into a double to be shown; everything before it decides.
  const deciding = thresholds.slice(0, thresholds.indexOf("export function exactLoss"));
  expect(deciding.length).toBeGreaterThan(1000);
  expect(deciding).not.toMatch(/Math\.|Number\(|parseFloat|toNumber|\d\.\d/);
});
