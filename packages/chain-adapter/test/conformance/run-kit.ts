// Every case of the kit as a test of its own; what is skipped says why.
import { afterAll, describe, expect, test } from "vitest";
import { type ConformanceHarness, conformanceCases } from "../../src/conformance.js";

/** Registers the cases for a ledger, of which `applying` are not skipped. */
export async function runKit(harness: ConformanceHarness, applying: number): Promise<void> {
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
      console.info(`${harness.name}: ${ran.length} of ${cases.length} cases passed`);
      expect(ran.length).toBe(applying);
    });
  });
}
