// The memory ledger passes every case that applies to it, final at once or after a while.
import { expect, test } from "vitest";
import { conformanceCases, conformanceTable, runConformance } from "../../src/conformance.js";
import { memoryHarness } from "./memory-harness.js";
import { runKit } from "./run-kit.js";

await runKit(memoryHarness(), 62);
await runKit(memoryHarness(6), 67);

test("the cases are numbered from 1 to 85, each once", async () => {
  const numbers = (await conformanceCases(memoryHarness())).map(({ number }) => number);
  expect([...numbers].sort((a, b) => a - b)).toEqual(Array.from({ length: 85 }, (_, i) => i + 1));
});

test("without a test runner the kit gives a report and a table", async () => {
  const report = await runConformance(memoryHarness(), { only: [1, 16] });
  expect(conformanceTable(report).split("\n")).toEqual([
    " 1 passed  the same call twice: one effect, the same receipt",
    "16 skipped a gap in nonces is found and filled (only a chain with accounts and nonces has this)",
    "memory: 1 passed, 0 failed, 1 skipped",
  ]);
});
