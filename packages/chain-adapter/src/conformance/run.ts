// Runs the cases: for any test runner, or for none.
import type { Manifest } from "../ledger/port.js";
import { authorityCases } from "./authority.js";
import type { CaseText } from "./case.js";
import { eventCases } from "./events.js";
import type { ConformanceHarness } from "./harness.js";
import { hostileCases } from "./hostile.js";
import { logCases } from "./log.js";
import { Market } from "./market.js";
import { operationCases } from "./operation.js";
import { orderedLogCases } from "./ordered-log.js";
import { outageCases } from "./outages.js";
import { policyCases } from "./policy.js";
import { roundCases } from "./round.js";
import { submissionCases } from "./submission.js";
import { trackHarness } from "./tracked.js";

const groups: readonly (readonly [group: string, cases: readonly CaseText[]])[] = [
  ["submission", submissionCases],
  ["authority", authorityCases],
  ["access policy", policyCases],
  ["events and reorganization", eventCases],
  ["log and proofs", logCases],
  ["matching and evaluation", roundCases],
  ["operation", [...operationCases, ...hostileCases]],
  ["the log itself", orderedLogCases],
  ["clients and outages", outageCases],
];

/** Longest that a case may take unless the harness says otherwise, milliseconds. */
const TIME_LIMIT = 10_000;

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
 * cases.length; // => 98
 * ```
 */
export async function conformanceCases(
  harness: ConformanceHarness,
): Promise<readonly ConformanceCase[]> {
  const limit = harness.timeLimit ?? TIME_LIMIT;
  let manifest: Manifest | undefined;
  /** Runs on a ledger of its own; what it leaves open is closed, and no failure hides an earlier one. */
  async function play(work: (market: Market) => Promise<void>): Promise<void> {
    const tracked = trackHarness(harness);
    try {
      const market = await tracked.within(limit, Market.open(tracked.harness));
      await tracked.within(limit, work(market));
    } catch (error) {
      await tracked.finish(limit).catch(() => undefined);
      throw error;
    }
    await tracked.finish(limit);
  }
  const founding: ConformanceCase = {
    number: 0,
    group: "founding",
    title: "a new ledger is founded, says what it is, and closes",
    run: () =>
      play(async ({ ledger }) => {
        manifest = ledger.manifest;
        await ledger.checkpoint();
      }),
  };
  // A ledger that cannot even be founded has this one case, which says why.
  await founding.run().catch(() => undefined);
  if (manifest === undefined) return [founding];
  const needed = { harness, manifest };
  const cases = groups.flatMap(([group, texts]) =>
    texts.map(({ number, title, needs, run }): ConformanceCase => {
      const skip = harness.notApplicable?.[number] ?? needs?.(needed);
      return {
        number,
        group,
        title,
        ...(skip === undefined ? {} : { skip }),
        run: () => play(run),
      };
    }),
  );
  return [founding, ...cases];
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
