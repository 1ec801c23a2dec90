// Where the libraries may get randomness and time from. Random words come from a RandomSource (or the platform's
// getRandomValues behind it); time comes in as a value or a clock that the caller gives.

import ts from "typescript";
import { expect, test } from "vitest";
import { nodes, parse, place, type Source, sources } from "./sources.js";

/**
 * What stands in time: logs give entries their time, wait, retry and sync; the conformance kit waits for events. What a
 * log's clock said is in the entry, so that everything decided from it replays the same. A party's step asks which window
 * is open, since a ledger tells no time while nothing is written. All else never reads a clock.
 */
const standsInTime =
  /^packages\/(chain-adapter\/src\/(ledger|file|postgres|conformance)\/|exchange\/src\/round\/step\.ts$)/;

const clocks = [/^Date\.now$/, /^performance\.now$/, /^process\.hrtime/];

/** Places that call Math.random, or compute with wall-clock time. */
function nondeterminism(source: Source): { random: string[]; clock: string[] } {
  const random: string[] = [];
  const clock: string[] = [];
  for (const node of nodes(source.ast)) {
    if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) {
      const text = node.getText().replaceAll(/\s|\?|globalThis\./g, "");
      if (/^Math(\.random|\[["'`]random["'`]\])$/.test(text)) random.push(place(source, node));
      if (clocks.some((pattern) => pattern.test(text))) clock.push(place(source, node));
    }
    // `Date` called, or constructed from nothing, is the present time.
    if (ts.isNewExpression(node) && node.expression.getText() === "Date" && !node.arguments?.length)
      clock.push(place(source, node));
    if (ts.isCallExpression(node) && node.expression.getText() === "Date")
      clock.push(place(source, node));
    if (
      ts.isBindingElement(node) &&
      ["random", "now"].includes((node.propertyName ?? node.name).getText())
    )
      if (/^(Math|Date|performance)$/.test(destructured(node))) random.push(place(source, node));
  }
  return { random, clock };
}

/** `X` of `const { element } = X`. */
function destructured(element: ts.BindingElement): string {
  const declaration = element.parent.parent;
  return ts.isVariableDeclaration(declaration) ? (declaration.initializer?.getText() ?? "") : "";
}

test("the rule sees what it forbids", () => {
  const example = parse(
    "packages/example/src/example.ts",
    `const a = Math.random(), b = Math["random"](), { random } = Math;
     const c = Date.now(), d = new Date(), e = performance.now();
     // Math.random() in a comment, new Date(0) and random.fill() are fine
     const f = new Date(0), g = source.random;`,
  );
  expect(nondeterminism(example)).toEqual({
    random: Array(3).fill("packages/example/src/example.ts:1"),
    clock: Array(3).fill("packages/example/src/example.ts:2"),
  });
});

test("no library file calls Math.random", () => {
  expect(sources.flatMap((source) => nondeterminism(source).random)).toEqual([]);
});

test("mechanisms, budgets, matchings, contracts, codecs and the workflow never read a clock", () => {
  const found = sources
    .filter(({ path }) => !standsInTime.test(path))
    .flatMap((source) => nondeterminism(source).clock);
  expect(found).toEqual([]);
});
