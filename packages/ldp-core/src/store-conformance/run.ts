// Runs the cases: for any test runner, or for none.
import { LdpError } from "../errors/ldp-error.js";
import type { Store } from "../stores/store.js";
import { notConforming } from "./case.js";
import { storeCases } from "./cases.js";
import type { StoreHarness } from "./harness.js";

/** A case, ready to be handed to a test runner. */
export interface StoreConformanceCase {
  /** Stable number. */
  readonly number: number;
  readonly title: string;
  /** Why it is skipped; absent if it is to be run. */
  readonly skip?: string;
  /** Runs it on a store of its own; rejects with `EMRX_STORE_NOT_CONFORMING`, which says what the store did, or with what it threw. */
  run(): Promise<void>;
}

/** What became of a case. */
export interface StoreCaseResult {
  readonly number: number;
  readonly title: string;
  readonly result: "passed" | "failed" | "skipped";
  /** Why skipped or failed; empty if passed. */
  readonly reason: string;
}

/**
 * The cases for a store, for any test runner. Those that need what the harness cannot do say so.
 *
 * @param harness how to make stores of this kind, and which accidents can be arranged
 * @returns all cases in order of their numbers
 * @example
 * ```ts
 * import { memoryStore } from "@emrx/ldp-core";
 * import { storeConformanceCases } from "@emrx/ldp-core/store-conformance";
 *
 * const cases = storeConformanceCases({ name: "mine", create: async () => memoryStore() });
 * await cases[0]?.run();
 * cases.length; // => 13
 * ```
 */
export function storeConformanceCases(harness: StoreHarness): readonly StoreConformanceCase[] {
  return storeCases.map(({ number, title, needs, run }) => ({
    number,
    title,
    ...(needs !== undefined && harness[needs] === undefined
      ? { skip: `the harness has no ${needs}` }
      : {}),
    run: () => within(harness.timeLimit ?? 30_000, () => runCase(harness, run)),
  }));
}

async function runCase(
  harness: StoreHarness,
  run: (typeof storeCases)[number]["run"],
): Promise<void> {
  const used: Store[] = [];
  const opened = (store: Store): Store => {
    used.push(store);
    return store;
  };
  try {
    await run({ harness, store: opened(await harness.create()), opened });
  } finally {
    for (const store of used.reverse()) await harness.dispose?.(store);
  }
}

async function within(limit: number, work: () => Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(notConforming(`no answer within ${limit} ms`)), limit);
  });
  const working = work();
  working.catch(() => undefined); // if it is late, nobody waits for it any more
  try {
    await Promise.race([working, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Runs all cases, without a test runner.
 *
 * @param harness how to make stores of this kind, and which accidents can be arranged
 * @returns the result of every case
 * @example
 * ```ts
 * import { memoryStore } from "@emrx/ldp-core";
 * import { runStoreConformance } from "@emrx/ldp-core/store-conformance";
 *
 * const results = await runStoreConformance({ name: "mine", create: async () => memoryStore() });
 * results.filter(({ result }) => result === "failed"); // => []
 * ```
 */
export async function runStoreConformance(
  harness: StoreHarness,
): Promise<readonly StoreCaseResult[]> {
  const results: StoreCaseResult[] = [];
  for (const { number, title, skip, run } of storeConformanceCases(harness)) {
    let [result, reason]: ["passed" | "failed" | "skipped", string] = ["passed", ""];
    if (skip !== undefined) [result, reason] = ["skipped", skip];
    else {
      try {
        await run();
      } catch (error) {
        const said = error instanceof Error ? error.message : String(error);
        [result, reason] = [
          "failed",
          error instanceof LdpError && error.code === "EMRX_STORE_NOT_CONFORMING"
            ? said
            : `the store threw: ${said}`,
        ];
      }
    }
    results.push({ number, title, result, reason });
  }
  return results;
}
