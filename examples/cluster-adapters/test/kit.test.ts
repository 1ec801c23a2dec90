// The conformance kit on three nodes, while one after the other is killed, paused or cut off.
import {
  type CaseResult,
  conformanceCases,
  conformanceMarkdown,
} from "@emrx/chain-adapter/conformance";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeTrouble, type Troubles, turns, unavailable } from "./cluster.js";
import { clusterHarness } from "./harness.js";
import { systems } from "./systems.js";

const reason = unavailable === undefined ? "" : ` (skipped: ${unavailable})`;

describe.each(Object.entries(systems))(`conformance: %s${reason}`, async (name, start) => {
  if (unavailable !== undefined) {
    test.skip("every case that applies passes");
    return;
  }
  const system = await start();
  const inTurn = turns();
  const cases = await conformanceCases(clusterHarness(name, system, inTurn));
  const results: CaseResult[] = [];
  let troubles: Troubles;
  beforeAll(() => {
    troubles = makeTrouble(system.cluster, inTurn);
  });
  for (const { number, group, title, skip, run } of cases) {
    const label = `${number} ${title}${skip === undefined ? "" : ` (skipped: ${skip})`}`;
    const result = skip === undefined ? "passed" : "skipped";
    if (skip !== undefined) results.push({ number, group, title, result, reason: skip });
    test.skipIf(skip !== undefined)(
      label,
      async () => {
        await run();
        results.push({ number, group, title, result, reason: "" });
      },
      120_000,
    );
  }
  afterAll(async () => {
    await troubles.end();
    await system.stop();
    const count = (result: string): number => results.filter((r) => r.result === result).length;
    const [passed, skipped] = [count("passed"), count("skipped")];
    results.sort((a, b) => a.number - b.number);
    console.info(conformanceMarkdown([{ name, passed, failed: 0, skipped, results }]));
    console.info(`${name}: ${JSON.stringify(troubles.done)}`);
    // Few of the cases may be skipped: those that take entries back, damage files or fail disks.
    expect(passed).toBeGreaterThanOrEqual(86);
    expect(Math.min(...Object.values(troubles.done))).toBeGreaterThanOrEqual(2);
  }, 60_000);
});
