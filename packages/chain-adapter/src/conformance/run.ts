// Runs the cases: for any test runner, or for none.
import { createGenesis } from "../codec/genesis.js";
import { LedgerError } from "../errors.js";
import { authorityCases } from "./authority.js";
import type { CaseText } from "./case.js";
import { eventCases } from "./events.js";
import type { ConformanceHarness } from "./harness.js";
import { logCases } from "./log.js";
import { Market } from "./market.js";
import { operationCases } from "./operation.js";
import { policyCases } from "./policy.js";
import { roundCases } from "./round.js";
import { submissionCases } from "./submission.js";

const groups: readonly (readonly [group: string, cases: readonly CaseText[]])[] = [
  ["submission", submissionCases],
  ["authority", authorityCases],
  ["access policy", policyCases],
  ["events and reorganization", eventCases],
  ["log and proofs", logCases],
  ["matching and evaluation", roundCases],
  ["operation", operationCases],
];

/** A case, ready to be handed to a test runner. */
export interface ConformanceCase {
  /** Stable number. */
  readonly number: number;
  readonly group: string;
  readonly title: string;
  /** Why it is skipped; absent if it is to be run. */
  readonly skip?: string;
  /** Runs it on a ledger of its own; throws a `LedgerError` that says what was expected and what was found. */
  run(): Promise<void>;
}

/** What became of a case. */
export interface CaseResult {
  readonly number: number;
  readonly group: string;
  readonly title: string;
  readonly result: "passed" | "failed" | "skipped";
  /** Why skipped or failed; empty if passed. */
  readonly reason: string;
}

/** The results of all cases for one ledger. */
export interface ConformanceReport {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly results: readonly CaseResult[];
}

/**
 * The cases for a ledger, for any test runner. Those that its manifest or harness rules out say why.
 *
 * @param harness how to make ledgers of this kind, and which accidents can be arranged
 * @returns all cases in order of their numbers
 * @example
 * ```ts
 * import { memoryLedger } from "@emrx/chain-adapter";
 * import { conformanceCases } from "@emrx/chain-adapter/conformance";
 *
 * const cases = await conformanceCases({ name: "mine", create: (genesis) => memoryLedger({ genesis }) });
 * await cases[0]?.run();
 * cases.length; // => 85
 * ```
 */
export async function conformanceCases(
  harness: ConformanceHarness,
): Promise<readonly ConformanceCase[]> {
  const probe = await harness.create(createGenesis({ name: "probe" }));
  const { manifest } = probe;
  await probe.close();
  await harness.dispose?.(probe);
  return groups.flatMap(([group, cases]) =>
    cases.map(({ number, title, needs, run }): ConformanceCase => {
      const skip = harness.notApplicable?.[number] ?? needs?.({ harness, manifest });
      return {
        number,
        group,
        title,
        ...(skip === undefined ? {} : { skip }),
        async run() {
          const limit = harness.timeLimit ?? 60_000;
          const market = await within(limit, Market.open(harness));
          const first = market.ledger;
          try {
            await within(limit, run(market));
          } finally {
            await within(limit, market.ledger.close());
            await harness.dispose?.(first);
          }
        },
      };
    }),
  );
}

/** The promise, or a failure if it takes too long. */
async function within<T>(limit: number, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new LedgerError("EMRX_NOT_CONFORMING", `no answer within ${limit} ms`)),
      limit,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Runs all cases, without a test runner.
 *
 * @param harness how to make ledgers of this kind, and which accidents can be arranged
 * @param options `only`: numbers of the cases to run
 * @returns the result of every case
 * @example
 * ```ts
 * import { memoryLedger } from "@emrx/chain-adapter";
 * import { runConformance } from "@emrx/chain-adapter/conformance";
 *
 * const harness = { name: "mine", create: (genesis) => memoryLedger({ genesis }) };
 * (await runConformance(harness, { only: [1, 2] })).passed; // => 2
 * ```
 */
export async function runConformance(
  harness: ConformanceHarness,
  options: { readonly only?: readonly number[] } = {},
): Promise<ConformanceReport> {
  const results: CaseResult[] = [];
  for (const { number, group, title, skip, run } of await conformanceCases(harness)) {
    if (options.only !== undefined && !options.only.includes(number)) continue;
    let [result, reason]: ["passed" | "failed" | "skipped", string] = ["passed", ""];
    if (skip !== undefined) [result, reason] = ["skipped", skip];
    else {
      try {
        await run();
      } catch (error) {
        [result, reason] = ["failed", error instanceof Error ? error.message : String(error)];
      }
    }
    results.push({ number, group, title, result, reason });
  }
  const count = (result: string): number => results.filter((r) => r.result === result).length;
  return {
    name: harness.name,
    passed: count("passed"),
    failed: count("failed"),
    skipped: count("skipped"),
    results,
  };
}

/**
 * A table of results as plain text.
 *
 * @param report from `runConformance`
 * @returns one line a case, then the counts
 * @example
 * ```ts
 * import { conformanceTable } from "@emrx/chain-adapter/conformance";
 *
 * const report = { name: "mine", passed: 0, failed: 0, skipped: 0, results: [] };
 * conformanceTable(report); // => "mine: 0 passed, 0 failed, 0 skipped"
 * ```
 */
export function conformanceTable(report: ConformanceReport): string {
  const lines = report.results.map(({ number, title, result, reason }) => {
    const tail = reason === "" ? "" : ` (${reason})`;
    return `${String(number).padStart(2)} ${result.padEnd(7)} ${title}${tail}`;
  });
  const { name, passed, failed, skipped } = report;
  return [...lines, `${name}: ${passed} passed, ${failed} failed, ${skipped} skipped`].join("\n");
}
