// Ledgers that are broken on purpose: each must fail the case made for its fault, or the kit is worth nothing.
import { expect, test } from "vitest";
import type { Answer, Query, RoundView, SignedCall } from "../../src/calls.js";
import { type ConformanceHarness, conformanceCases } from "../../src/conformance.js";
import { entryLeafHash } from "../../src/ledger/entry.js";
import {
  type ChainAdapter,
  type EventBatch,
  fromOrderedLog,
  memoryLog,
  type OrderedLog,
  type Receipt,
} from "../../src/ledger.js";
import { MerkleTree } from "../../src/merkle.js";
import { fileHarness, memoryHarness } from "./harnesses.js";

/** A ledger with some of its methods replaced. */
function altered(
  change: (ledger: ChainAdapter) => Partial<ChainAdapter>,
): (ledger: ChainAdapter) => ChainAdapter {
  return (ledger) => {
    const replaced = change(ledger);
    return new Proxy(ledger, {
      get(target, name) {
        if (name in replaced) return replaced[name as keyof ChainAdapter];
        const value: unknown = target[name as keyof ChainAdapter];
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  };
}

const inFront = (
  change: (ledger: ChainAdapter) => Partial<ChainAdapter>,
  depth = 0,
): ConformanceHarness => memoryHarness(depth, { ledger: altered(change) });

const behind = (log: (log: OrderedLog) => Partial<OrderedLog>): ConformanceHarness =>
  memoryHarness(0, { log: (inner) => ({ ...inner, ...log(inner) }) });

/** Events of a ledger, changed on the way. */
function changedEvents(
  ledger: ChainAdapter,
  change: (batch: EventBatch, count: number) => EventBatch[],
): ChainAdapter["events"] {
  return async function* (from, options) {
    let count = 0;
    for await (const batch of ledger.events(from, options)) yield* change(batch, count++);
  };
}

/** Says permit where the contract denied because the grant was revoked. */
const permitsWhatWasRevoked = (): ConformanceHarness =>
  inFront((ledger) => ({
    async submit(call: SignedCall): Promise<Receipt> {
      const receipt = await ledger.submit(call);
      const events = receipt.events.map((event) =>
        event.type === "access.decided" && event.reason === "EMRX_GRANT_REVOKED"
          ? ({ ...event, decision: "permit" } as const)
          : event,
      );
      return { ...receipt, events };
    },
  }));

/** Calls that the contracts refuse with this code are acknowledged. */
const lenient = (code: string): ConformanceHarness =>
  inFront((ledger) => ({
    submit: (call: SignedCall) =>
      ledger.submit(call).catch((error: { readonly code: string }) => {
        if (error.code === code) return {} as Receipt;
        throw error;
      }),
  }));

/** A view that answers one query falsely. */
const lyingView =
  <T extends Query["type"]>(type: T, lie: (answer: never) => unknown) =>
  (ledger: ChainAdapter): Partial<ChainAdapter> => ({
    async view<Q extends Query>(query: Q): Promise<Answer<Q>> {
      const answer = await ledger.view(query);
      return query.type === type ? (lie(answer as never) as Answer<Q>) : answer;
    },
  });

const faults: readonly (readonly [
  fault: string,
  caseNumber: number,
  harness: () => ConformanceHarness,
])[] = [
  [
    "applies a call twice when it is sent twice",
    1,
    () =>
      inFront((ledger) => {
        const seen = new Set<string>();
        return {
          async submit(call: SignedCall): Promise<Receipt> {
            const receipt = await ledger.submit(call);
            const again = seen.has(call.signature);
            seen.add(call.signature);
            return again ? { ...receipt, index: receipt.index + 1 } : receipt;
          },
        };
      }),
  ],
  [
    "takes another call under a used key for the first one",
    2,
    () =>
      inFront((ledger) => {
        const receipts = new Map<string, Receipt>();
        return {
          async submit(call: SignedCall): Promise<Receipt> {
            const known = receipts.get(call.key);
            if (known !== undefined) return known;
            const receipt = await ledger.submit(call);
            receipts.set(call.key, receipt);
            return receipt;
          },
        };
      }),
  ],
  [
    "acknowledges before writing, and so loses an entry",
    5,
    () => ({
      timeLimit: 300,
      ...behind((log) => ({
        append: async (records) => {
          try {
            return await log.append(records);
          } catch {
            return log.size();
          }
        },
      })),
    }),
  ],
  [
    "does not look at expected versions",
    14,
    () => ({
      ...memoryHarness(),
      create: async (genesis) => {
        const ledger = await memoryHarness().create(genesis);
        return altered(() => ({
          submit: (call: SignedCall) =>
            call.expectedVersion === undefined
              ? ledger.submit(call)
              : Promise.resolve({} as Receipt),
        }))(ledger);
      },
    }),
  ],
  [
    "accepts calls signed for another ledger",
    19,
    () =>
      inFront((ledger) => ({
        submit: (call: SignedCall) =>
          call.ledger === ledger.id ? ledger.submit(call) : Promise.resolve({} as Receipt),
      })),
  ],
  ["does not verify signatures", 21, () => unverified()],
  ["accepts malleable signatures", 23, () => unverified()],
  ["forgets revocations: reads go on", 30, permitsWhatWasRevoked],
  [
    "treats the end of a rule's validity as still valid",
    27,
    () =>
      inFront((ledger) => ({
        view: <Q extends Query>(query: Q) =>
          ledger.view(
            query.type === "access.decision" ? { ...query, time: (query.time ?? 1) - 1 } : query,
          ),
      })),
  ],
  [
    "loses events that come while a reader subscribes",
    35,
    () =>
      inFront((ledger) => ({
        events: changedEvents(ledger, (batch, i) => (i < 3 ? [] : [batch])),
      })),
  ],
  [
    "delivers events out of order",
    38,
    () =>
      inFront((ledger) => {
        let kept: EventBatch | undefined;
        return {
          events: changedEvents(ledger, (batch, i) => {
            if (i === 0) {
              kept = batch;
              return [];
            }
            return i === 1 && kept !== undefined ? [batch, kept] : [batch];
          }),
        };
      }),
  ],
  [
    "delivers events twice",
    36,
    () =>
      inFront((ledger) => ({
        events: changedEvents(ledger, (batch, i) => (i === 1 ? [batch, batch] : [batch])),
      })),
  ],
  [
    "ignores the cursor and begins anew",
    39,
    () => inFront((ledger) => ({ events: (_, options) => ledger.events(undefined, options) })),
  ],
  [
    "says nothing of a reorganization",
    40,
    () =>
      inFront(
        (ledger) => ({
          events: changedEvents(ledger, (batch) => (batch.kind === "retraction" ? [] : [batch])),
        }),
        6,
      ),
  ],
  [
    "goes on saying that a call taken back is included",
    47,
    () =>
      inFront((ledger) => {
        const seen = new Map<string, Awaited<ReturnType<ChainAdapter["status"]>>>();
        return {
          async status(id) {
            const status = seen.get(id) ?? (await ledger.status(id));
            if (status.state === "included") seen.set(id, status);
            return status;
          },
        };
      }, 6),
  ],
  [
    "calls an entry final at once although it can be taken back",
    44,
    () =>
      inFront(
        (ledger) => ({
          async status(id) {
            const status = await ledger.status(id);
            return status.state === "included" ? { ...status, state: "final" } : status;
          },
        }),
        6,
      ),
  ],
  [
    "swaps two entries",
    60,
    () =>
      inFront((ledger) => ({
        async proveEntry(index, size) {
          const proof = await ledger.proveEntry(index, size);
          const other = await ledger.proveEntry(index === 1 ? 2 : index === 2 ? 1 : index, size);
          return { ...proof, entry: { ...other.entry, index } };
        },
      })),
  ],
  [
    "gives proofs of consistency for the wrong size",
    61,
    () =>
      inFront((ledger) => ({
        async proveConsistency(first, second) {
          const proof = await ledger.proveConsistency(first, second);
          const wrong = await ledger.proveConsistency(Math.max(1, first - 1), second);
          return { ...proof, path: wrong.path };
        },
      })),
  ],
  [
    "builds its tree without the prefixes that keep leaves and inner nodes apart",
    62,
    () =>
      inFront((ledger) => {
        const rootOf = async (size: number): Promise<string> => {
          const tree = new MerkleTree();
          for await (const entry of ledger.entries(0, size)) {
            // The prefix left out: the hash of another leaf altogether.
            tree.append(entryLeafHash({ time: 0, bytes: entry.bytes }));
          }
          return Buffer.from(tree.root()).toString("hex");
        };
        return {
          async checkpoint() {
            const checkpoint = await ledger.checkpoint();
            return { ...checkpoint, root: await rootOf(checkpoint.size) };
          },
        };
      }),
  ],
  ["opens a round of a number that is taken", 71, () => lenient("EMRX_ROUND_EXISTS")],
  ["takes offers beyond the limits", 69, () => lenient("EMRX_OVER_LIMIT")],
  ["takes calls after their window", 67, () => lenient("EMRX_WRONG_WINDOW")],
  ["takes a share that nobody committed to", 66, () => lenient("EMRX_SEED_MISMATCH")],
  [
    "shows pairs that were not matched",
    34,
    () =>
      inFront(
        lyingView("round.state", (round: RoundView) => ({
          ...round,
          pairs: round.pairs.flatMap((pair) => [pair, { ...pair, requester: pair.site }]),
        })),
      ),
  ],
  [
    "counts a second rating",
    73,
    () =>
      inFront(
        lyingView("evaluation.score", (score: { readonly count: number }) => ({
          ...score,
          count: score.count + 1,
        })),
      ),
  ],
  [
    "loses money",
    76,
    () =>
      inFront(
        lyingView("trade.escrow", (escrow: { readonly paid: string }) => ({
          ...escrow,
          paid: "539",
        })),
      ),
  ],
  [
    "loses the last entry when it is closed",
    52,
    () => {
      const honest = memoryHarness();
      return {
        ...honest,
        async reopen(ledger) {
          const again = (await honest.reopen?.(ledger)) as ChainAdapter;
          const log = memoryLog();
          const records: Uint8Array<ArrayBuffer>[] = [];
          const { size } = await again.checkpoint();
          for await (const { bytes } of again.entries(0, size - 1)) records.push(bytes);
          await log.append(records);
          return fromOrderedLog(log);
        },
      };
    },
  ],
  [
    "forgets on closing which calls it has seen",
    82,
    () => {
      const honest = memoryHarness();
      return {
        ...honest,
        async reopen(ledger) {
          const again = (await honest.reopen?.(ledger)) as ChainAdapter;
          return altered(() => ({ status: async () => ({ state: "unknown" }) }))(again);
        },
      };
    },
  ],
  [
    "leaves refused calls out of its costs",
    80,
    () =>
      inFront((ledger) => ({
        async *entries(from, to) {
          for await (const entry of ledger.entries(from, to)) if (entry.index !== 2) yield entry;
        },
      })),
  ],
  ["acknowledges what a full disk did not take", 57, () => ({ ...fileHarness(), failDisk() {} })],
  [
    "acknowledges what did not get down to the disk",
    59,
    () => ({ ...fileHarness(), failDisk() {} }),
  ],
  ["opens damaged files without a word", 50, () => ({ ...fileHarness(), damage: async () => {} })],
];

/** A ledger that lets every signature pass. */
function unverified(): ConformanceHarness {
  return {
    ...memoryHarness(),
    create: (genesis) => fromOrderedLog(memoryLog(), { genesis, verify: () => true }),
  };
}

test.each(faults)("a ledger that %s fails case %i", async (_, number, harness) => {
  const found = (await conformanceCases({ timeLimit: 3000, ...harness() })).find(
    (item) => item.number === number,
  );
  expect(found?.skip).toBeUndefined();
  let message = "passed";
  try {
    await found?.run();
  } catch (error) {
    message = (error as Error).message;
  }
  expect(message).not.toBe("passed");
});

test("there are at least a dozen", () => {
  expect(faults.length).toBeGreaterThanOrEqual(12);
});
