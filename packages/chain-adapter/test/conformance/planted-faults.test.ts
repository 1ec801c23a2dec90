// Logs with one fault planted in each: the kit names what the log did, within seconds, in exactly the cases that are about
// it. Which other cases a fault shows in is part of the table; EMRX_CONFORMANCE=1 runs the whole kit against each.
import { describe, expect, test } from "vitest";
import type { Query } from "../../src/calls.js";
import {
  type ConformanceHarness,
  conformanceCases,
  conformanceTable,
  runConformance,
} from "../../src/conformance.js";
import { LedgerError } from "../../src/index.js";
import type { ChainAdapter, LogChange, LogEntry, OrderedLog } from "../../src/ledger.js";
import { memoryHarness } from "./memory-harness.js";

const whole = process.env["EMRX_CONFORMANCE"] === "1";

/** Entries of a log, changed on the way. */
const changedRead = (
  log: OrderedLog,
  change: (entry: LogEntry, nth: number) => LogEntry[],
): OrderedLog["read"] =>
  async function* (from, to) {
    let nth = 0;
    for await (const entry of log.read(from, to)) yield* change(entry, nth++);
  };

/** Whether these are records of the cases about the log itself, so that a fault shows in no other. */
const raw = (records: readonly Uint8Array[]): boolean =>
  records.length > 0 && records.every(({ length }) => length === 24);

/** A harness over the log in memory with some of its functions replaced, for each client anew. */
const behind = (change: (log: OrderedLog) => Partial<OrderedLog>): ConformanceHarness =>
  memoryHarness(0, { log: (log) => ({ ...log, ...change(log) }) });

const inFront = (change: (ledger: ChainAdapter) => Partial<ChainAdapter>): ConformanceHarness =>
  memoryHarness(0, {
    ledger: (ledger) => {
      const replaced = change(ledger);
      return new Proxy(ledger, {
        get(target, name) {
          const value: unknown =
            replaced[name as keyof ChainAdapter] ?? target[name as keyof ChainAdapter];
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
    },
  });

interface Fault {
  readonly does: string;
  /** The case that is about it, first, and others in which it shows. */
  readonly cases: readonly number[];
  /** What the kit says of it. */
  readonly says: RegExp;
  readonly harness: () => ConformanceHarness;
}

const faults: readonly Fault[] = [
  {
    does: "leaves an entry out where a page of 100 ends",
    cases: [89, 105],
    says: /read\(98, 102\)|entry 100 comes: entry 100 was left out/,
    harness: () =>
      behind((log) => ({
        read: changedRead(log, (entry, nth) => (nth > 0 && nth % 100 === 0 ? [] : [entry])),
      })),
  },
  {
    does: "gives an entry again where a page of 100 ends",
    cases: [89, 105],
    says: /gave entry 99 where entry 100 comes: entry 99 came again/,
    harness: () =>
      behind((log) => ({
        read: changedRead(log, (entry, nth) =>
          nth > 0 && nth % 100 === 99 ? [entry, entry] : [entry],
        ),
      })),
  },
  {
    does: "opens behind what was acknowledged",
    cases: [98, 52, 82, 87, 95],
    says: /entry 1 was acknowledged; a ledger opened afterwards has 1 entries/,
    harness: () =>
      behind((log) => {
        // A replica that lags, until the first change reaches it.
        let opened: number | undefined;
        log.subscribe(() => {
          opened = undefined;
        });
        const first = log.size().then((size) => {
          opened = size;
        });
        return {
          async size() {
            await first;
            const size = await log.size();
            return opened === undefined ? size : Math.max(Math.min(size, 1), opened - 1);
          },
        };
      }),
  },
  {
    does: "cuts records at 64 KiB",
    cases: [90],
    says: /a record of 65537 bytes came back with 65536/,
    harness: () =>
      behind((log) => ({
        append: (records) => log.append(records.map((bytes) => bytes.slice(0, 65_536))),
      })),
  },
  {
    does: "refuses records above half a mebibyte",
    cases: [91],
    says: /a record of 1048575 bytes was refused \(too long\); the manifest declares calls of up to 1048576/,
    harness: () =>
      behind((log) => ({
        async append(records) {
          if (records.some(({ length }) => length > 1 << 19)) {
            throw new LedgerError("EMRX_STORAGE", "too long");
          }
          return log.append(records);
        },
      })),
  },
  {
    does: "appends a batch record by record",
    cases: [92],
    says: /the records of one batch stand at 1, 13, 25, 37, 49, not together/,
    harness: () =>
      behind((log) => ({
        async append(records) {
          let from: number | undefined;
          for (const bytes of records.map((record) => record.slice())) {
            const at = await log.append([bytes]);
            from ??= at;
            await Promise.resolve();
          }
          return from ?? log.size();
        },
      })),
  },
  {
    does: "keeps in memory what it calls durable",
    cases: [100, 101],
    says: /entry 1 was acknowledged and is not there after a kill; the log has 1 entries/,
    harness: () => {
      let lives = 0;
      const logs = new Map<ChainAdapter, ChainAdapter>();
      const harness = behind(() => ({ durable: true }));
      return {
        ...harness,
        async kill(ledger) {
          // What the process held is gone; the ledger is founded again, and that is all there is.
          lives++;
          logs.set(ledger, await harness.create(ledger.genesis));
        },
        reopen: async (ledger) =>
          lives > 0 ? harness.create(ledger.genesis) : (harness.reopen?.(ledger) ?? ledger),
        another: async (ledger) =>
          lives > 0 ? (logs.get(ledger) ?? ledger) : (harness.another?.(ledger) ?? ledger),
      };
    },
  },
  {
    does: "resolves an append of several records with the index of the last",
    cases: [86],
    says: /append of 2 records resolved with 3; the first stands at 2/,
    harness: () =>
      behind((log) => ({
        append: async (records) =>
          (await log.append(records)) + (raw(records) ? records.length - 1 : 0),
      })),
  },
  {
    does: "tells of the first change only",
    cases: [94, 99],
    says: /the second change, to 3 entries, is told of: not within/,
    harness: () =>
      behind((log) => ({
        subscribe(listener) {
          let told = false;
          return log.subscribe((change: LogChange) => {
            if (!told) listener(change);
            told = true;
          });
        },
      })),
  },
  {
    does: "goes on calling a listener that was taken away",
    cases: [94],
    says: /a listener that was taken away is still called/,
    harness: () =>
      behind((log) => ({
        subscribe(listener) {
          log.subscribe(listener);
          return () => {};
        },
      })),
  },
  {
    does: "never looks at the range that it is asked for",
    cases: [95],
    says: /read\(-1, 1\) of a log of 4 entries: expected a LedgerError, found "1 entries"/,
    harness: () =>
      behind((log) => ({
        async *read(from, to) {
          const size = await log.size();
          const within = (at: number): number => Math.max(0, Math.min(size, Math.trunc(at) || 0));
          if (within(from) < within(to)) yield* log.read(within(from), within(to));
        },
      })),
  },
  {
    does: "does nothing when it is closed",
    cases: [96],
    says: /append of a closed log: expected a LedgerError, found 3/,
    harness: () => behind(() => ({ close: async () => {} })),
  },
  {
    does: "acknowledges now and then what it does not write",
    cases: [87],
    says: /entry \d+ was acknowledged and is not there: the log says that it has \d+ entries/,
    harness: () => {
      let appends = 0;
      return behind((log) => ({
        append: async (records) => {
          if (raw(records) && ++appends % 23 === 0) return log.size();
          return log.append(records);
        },
      }));
    },
  },
  {
    does: "forgets on reconnecting the last thing that it acknowledged",
    cases: [87],
    says: /entry 40 was acknowledged and is not there after reconnecting, among 40/,
    harness: () =>
      behind((log) => {
        // This client's own entries are there for it; one that comes later does not find the last.
        let missing: number | undefined;
        const first = log.size().then((size) => {
          if (size > 40) missing = size - 1;
        });
        return {
          size: async () => {
            await first;
            return (await log.size()) - (missing === undefined ? 0 : 1);
          },
        };
      }),
  },
  {
    does: "writes a record twice now and then",
    cases: [88],
    says: /a record appended once stands at \d+ and at \d+/,
    harness: () => {
      let appends = 0;
      return behind((log) => ({
        append: async (records) => {
          const at = await log.append(records);
          if (raw(records) && records.length === 1 && ++appends % 29 === 0)
            await log.append(records);
          return at;
        },
      }));
    },
  },
  {
    does: "gives times that are no whole numbers",
    cases: [93],
    says: /the time of entry 7 is 1000\.5, not a whole number of milliseconds/,
    harness: () =>
      behind((log) => ({
        read: changedRead(log, (entry) => [
          entry.bytes.length === 24 && entry.index === 7 ? { ...entry, time: 1000.5 } : entry,
        ]),
      })),
  },
  {
    does: "lets time go back",
    cases: [93],
    says: /the time of entry 7 is 5; entry 6 has 10000\d\d/,
    harness: () =>
      behind((log) => ({
        read: changedRead(log, (entry) => [
          entry.bytes.length === 24 && entry.index === 7 ? { ...entry, time: 5 } : entry,
        ]),
      })),
  },
  {
    does: "keeps the bytes that it was given, not a copy",
    cases: [97],
    says: /entry 1 changed with the bytes that were appended or given out/,
    harness: () =>
      behind((log) => ({
        append: async (records) => {
          await new Promise((resolve) => setTimeout(resolve));
          return log.append(records);
        },
      })),
  },
  {
    does: "leaves events out where a page of 100 ends",
    cases: [105],
    says: /events of entry 102 came where those of entry 101 come: entry 101 was left out/,
    harness: () =>
      inFront((ledger) => ({
        async *events(from, options) {
          let nth = 0;
          for await (const batch of ledger.events(from, options)) {
            if (++nth % 101 !== 0) yield batch;
          }
        },
      })),
  },
  {
    does: "answers after it was closed",
    cases: [104],
    says: /view of a closed ledger: expected a LedgerError, found/,
    harness: () =>
      inFront((ledger) => {
        const kept = ledger.view({ type: "trade.escrow" });
        const view = (query: Query): Promise<unknown> =>
          ledger
            .view(query)
            .catch((error) => (error.code === "EMRX_CLOSED" ? kept : Promise.reject(error)));
        return { view: view as ChainAdapter["view"] };
      }),
  },
  {
    does: "chokes on what it is not written for",
    cases: [106],
    says: /status given undefined ended in TypeError/,
    harness: () =>
      inFront((ledger) => ({
        status: (id) => ledger.status(id.padStart(64, "0")),
      })),
  },
  {
    does: "waits for ever in one of its calls",
    cases: [60],
    says: /no answer within \d+ ms to proveEntry/,
    harness: () =>
      inFront((ledger) => ({
        proveEntry: (index, size) =>
          index === 3 && size === undefined
            ? new Promise(() => {})
            : ledger.proveEntry(index, size),
      })),
  },
];

const reasonOf = async (run: () => Promise<void>): Promise<string | undefined> => {
  try {
    await run();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
};

const limits = { timeLimit: 4000 };

describe.each(faults)("a log that $does", ({ cases, says, harness }) => {
  test(`fails case ${cases[0]}, with what it did, within seconds`, async () => {
    const listed = await conformanceCases({ ...harness(), ...limits });
    const found = listed.find(({ number }) => number === cases[0]);
    expect(found?.skip).toBeUndefined();
    const start = performance.now();
    expect(await reasonOf(async () => found?.run())).toMatch(says);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  test.skipIf(!whole)(
    "fails no other case of the kit than those listed",
    async () => {
      const lanes = await Promise.all(
        Array.from({ length: 6 }, () => conformanceCases({ ...harness(), ...limits })),
      );
      const failed: number[] = [];
      await Promise.all(
        lanes.map(async (listed, lane) => {
          for (const { number, skip, run } of listed.filter((_, i) => i % 6 === lane)) {
            if (skip === undefined && (await reasonOf(run)) !== undefined) failed.push(number);
          }
        }),
      );
      expect(failed.sort((a, b) => a - b)).toEqual([...cases].sort((a, b) => a - b));
    },
    120_000,
  );
});

test("a ledger that cannot be founded gives one case, which says why; nothing throws", async () => {
  const broken: ConformanceHarness = {
    name: "broken",
    create: () => Promise.reject(new LedgerError("EMRX_STORAGE", "the clock gives 0.5")),
  };
  const report = await runConformance(broken);
  expect(conformanceTable(report).split("\n")).toEqual([
    " 0 failed  a new ledger is founded, says what it is, and closes (the clock gives 0.5)",
    "broken: 0 passed, 1 failed, 0 skipped",
  ]);
});

test("a ledger in which everything fails fails every case, and no rejection is left behind", async () => {
  const rejected: unknown[] = [];
  const note = (reason: unknown): void => void rejected.push(reason);
  process.on("unhandledRejection", note);
  let calls = 0;
  const dying = inFront((ledger) => {
    const failing = <T>(ask: () => Promise<T>): Promise<T> =>
      ++calls % 5 === 0 ? Promise.reject(new Error("it broke")) : ask();
    return {
      submit: (call, options) => failing(() => ledger.submit(call, options)),
      checkpoint: () => failing(() => ledger.checkpoint()),
      status: (id) => failing(() => ledger.status(id)),
    };
  });
  const report = await runConformance({
    ...dying,
    timeLimit: 300,
    limits: { entries: 120, recordBytes: 5000 },
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  process.off("unhandledRejection", note);
  expect(report.failed).toBeGreaterThan(40);
  expect(rejected).toEqual([]);
}, 60_000);
