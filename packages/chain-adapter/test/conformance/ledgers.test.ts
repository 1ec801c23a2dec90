// The ledgers that ship pass every case that applies to them; what is skipped says why.
import { afterAll, describe, expect, test } from "vitest";
import { conformanceCases, conformanceTable, runConformance } from "../../src/conformance.js";
import { fileHarness, memoryHarness } from "./harnesses.js";

for (const [harness, expected] of [
  [memoryHarness(), { run: 59 }],
  [memoryHarness(6), { run: 64 }],
  [fileHarness(), { run: 58 }],
] as const) {
  const cases = await conformanceCases(harness);
  const ran: number[] = [];
  describe(`conformance: ${harness.name}`, () => {
    for (const { number, title, skip, run } of cases) {
      const name = `${number} ${title}${skip === undefined ? "" : ` (skipped: ${skip})`}`;
      test.skipIf(skip !== undefined)(name, async () => {
        await run();
        ran.push(number);
      });
    }
    afterAll(() => {
      expect(ran.length).toBe(expected.run);
    });
  });
}

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
