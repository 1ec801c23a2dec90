// The memory ledger passes every case that applies to it, final at once or after a while.
import { expect, test } from "vitest";
import {
  conformanceCases,
  conformanceMarkdown,
  conformanceTable,
  runConformance,
} from "../../src/conformance.js";
import { createEvmIdentity } from "../../src/identity.js";
import { memoryHarness } from "./memory-harness.js";
import { runKit } from "./run-kit.js";

await runKit(memoryHarness(), 80);
await runKit(memoryHarness(6), 85);

/** Numbers of cases that no ledger could be put through; they are not used again. */
const retired = [16, 17, 18, 20, 25, 77, 78, 79, 84];

test("the cases are numbered from 0 to 106, each once, and a retired number is never used again", async () => {
  const numbers = (await conformanceCases(memoryHarness())).map(({ number }) => number);
  const all = Array.from({ length: 107 }, (_, i) => i);
  expect([...numbers, ...retired].sort((a, b) => a - b)).toEqual(all);
});

test("no case is skipped whatever the harness: each runs in memory or on some harness that can do more", async () => {
  const never = (): never => {
    throw new Error("not called");
  };
  const hooks = ["reopen", "another", "failNext", "failDisk", "reorganize", "damage"] as const;
  const more = ["openLog", "restart", "kill", "partition"] as const;
  const able = Object.fromEntries([...hooks, ...more].map((name) => [name, never]));
  const memory = memoryHarness(6, { log: (log) => ({ ...log, durable: true }) });
  const cases = await conformanceCases({ ...memory, ...able });
  expect(cases.filter(({ skip }) => skip !== undefined)).toEqual([]);
});

test("without a test runner the kit gives a report, a table, and one for a README", async () => {
  const report = await runConformance(memoryHarness(), { only: [1, 42, 100] });
  expect(conformanceTable(report).split("\n")).toEqual([
    " 1 passed  the same call twice: one effect, the same receipt",
    "42 skipped a client that was cut off catches up by itself (the harness cannot cut a client off)",
    "100 skipped what a durable ledger acknowledged outlives what holds it (the ledger does not say that it is durable)",
    "memory: 1 passed, 0 failed, 2 skipped",
  ]);
  const failed = { ...report, name: "other" };
  const [first] = report.results;
  const results =
    first === undefined ? [] : [{ ...first, result: "failed", reason: "a | b" } as const];
  expect(conformanceMarkdown([report, { ...failed, results }]).split("\n")).toEqual([
    "| conformance | memory | other |",
    "|---|---|---|",
    "| submission | 1 passed | **1 failed** |",
    "| clients and outages | 2 skipped | 0 passed |",
    "| **all** | 1 passed, 2 skipped | **1 failed** |",
    "",
    "- memory, skipped: 42: the harness cannot cut a client off",
    "- memory, skipped: 100: the ledger does not say that it is durable",
    "- other, failed: 1: a \\| b",
  ]);
});

await runKit(
  {
    ...memoryHarness(),
    name: "memory, signed by secp256k1",
    identity: async (secretKey) => createEvmIdentity({ secretKey }),
    limits: { entries: 150 },
  },
  80,
);
