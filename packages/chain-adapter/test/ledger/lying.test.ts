// Whatever a log says, every call of the ledger over it comes to an end, in a value or a typed error, and the process goes on.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callId, type SignedCall } from "../../src/calls.js";
import { LedgerError } from "../../src/errors.js";
import {
  auditLedger,
  type ChainAdapter,
  fromOrderedLog,
  type MemoryLog,
  memoryLog,
  type OrderedLog,
} from "../../src/ledger.js";
import * as w from "../contracts/world.js";
import { anyCall, codeOf, identity, take } from "./helpers.js";
import { finalityLies, type Lie, lies } from "./lying-logs.js";

const { genesis } = w;
const timeout = 60;

/** A spinning ledger would keep timers from firing, this one too. */
let ticks = 0;
const ticking = setInterval(() => ticks++, 5);
afterAll(() => clearInterval(ticking));

/** What a promise comes to; fails if it does not come to an end, or ends in anything but a value or a `LedgerError`. */
async function settled(work: () => Promise<unknown>): Promise<unknown> {
  const before = ticks;
  let late: ReturnType<typeof setTimeout> | undefined;
  const guard = new Promise<string>((resolve) => {
    late = setTimeout(() => resolve("no end"), 5000);
  });
  try {
    const value = await Promise.race([work(), guard]);
    expect(value).not.toBe("no end");
    return "a value";
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    expect(error.code).toMatch(/^EMRX_/);
    expect(error.message.length).toBeGreaterThan(20);
    return error.code;
  } finally {
    clearTimeout(late);
    await new Promise((resolve) => setTimeout(resolve, 6));
    expect(ticks).toBeGreaterThan(before);
  }
}

interface Opened {
  readonly log: MemoryLog;
  readonly ledger: ChainAdapter;
  readonly first: SignedCall;
  readonly fresh: () => SignedCall;
  arm(on: boolean): void;
}

const calls: SignedCall[] = [];
beforeAll(async () => {
  const me = await identity(1);
  const ledger = await fromOrderedLog(memoryLog(), { genesis });
  for (let i = 0; i < 8; i++) calls.push(await anyCall(ledger, me, `lie-${i}`));
});

async function opened(lie: Lie): Promise<Opened> {
  let now = 1000;
  const log = memoryLog({ clock: () => now++ });
  let armed = false;
  const ledger = await fromOrderedLog(
    lie.tell(log, () => armed),
    { genesis, timeout },
  );
  const next = calls.values();
  const fresh = (): SignedCall => next.next().value as SignedCall;
  const first = fresh();
  await ledger.submit(first);
  await ledger.submit(fresh());
  return {
    log,
    ledger,
    first,
    fresh,
    arm(on) {
      armed = on;
    },
  };
}

const asked: Readonly<Record<string, (given: Opened) => Promise<unknown>>> = {
  submit: ({ ledger, fresh }) => ledger.submit(fresh()),
  submitBatch: ({ ledger, fresh }) => ledger.submitBatch([fresh(), fresh()]),
  status: ({ ledger, first }) => ledger.status(callId(first)),
  view: ({ ledger }) => ledger.view({ type: "ledger.digest" }),
  events: ({ ledger }) => take(ledger.events(), 2),
  checkpoint: ({ ledger }) => ledger.checkpoint(),
  entries: ({ ledger }) => take(ledger.entries(), 3),
  prove: ({ ledger, first }) => ledger.prove(callId(first)),
  proveEntry: ({ ledger }) => ledger.proveEntry(2),
  proveConsistency: ({ ledger }) => ledger.proveConsistency(1),
  audit: ({ ledger }) => auditLedger(ledger),
  close: ({ ledger }) => ledger.close(),
};

test("the calls that are tried are all that a ledger has", async () => {
  const { ledger } = await opened({ name: "none", expected: "accepted", tell: (log) => log });
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(ledger)).filter(
    (name) => typeof (ledger as unknown as Record<string, unknown>)[name] === "function",
  );
  const known = [...Object.keys(asked), "constructor", "start"].filter((name) => name !== "audit");
  expect(names.sort()).toEqual(known.sort());
});

describe.each(lies)("$name", (lie) => {
  const codes = lie.expected === "accepted" ? ["a value"] : [lie.expected];
  /** An entry that is read alone is known to be another before anything else is known of it. */
  const later = lie.expected === "EMRX_LOG_FAULT" ? [...codes, "EMRX_ROLLED_BACK"] : codes;

  test.each(Object.keys(asked))(
    "%s comes to an end, and so does everything after it",
    async (name) => {
      const given = await opened(lie);
      given.arm(true);
      const result = await settled(() =>
        (asked[name] as (given: Opened) => Promise<unknown>)(given),
      );
      if (name === "submit") expect(codes).toContain(result);
      if (name !== "close") {
        expect(later).toContain(await settled(() => given.ledger.submit(given.fresh())));
      }
      await settled(() => given.ledger.close());
    },
  );

  test("who waits for events is told, or goes on when the log can be believed again", async () => {
    const given = await opened(lie);
    const { ledger } = given;
    const [, seen] = await take(ledger.events(), 2);
    const waiting = take(ledger.events(seen?.cursor), 1);
    waiting.catch(() => undefined); // it may fail before it is waited for
    given.arm(true);
    const code = await settled(() => ledger.submit(given.fresh()));
    if (lie.expected === "EMRX_LOG_FAULT" || lie.expected === "EMRX_ROLLED_BACK") {
      // An event may have come before the lie was found.
      const first = lie.name.startsWith("append gives the index") ? ["a value"] : [];
      expect([lie.expected, ...first]).toContain(await settled(() => waiting));
      // For good: nothing that this log says is believed any more.
      given.arm(false);
      for (const call of ["submit", "view", "checkpoint", "entries", "proveEntry"]) {
        const again = await settled(() =>
          (asked[call] as (given: Opened) => Promise<unknown>)(given),
        );
        expect(again, call).toBe(lie.expected);
      }
    } else {
      expect(codes).toContain(code);
      given.arm(false);
      await ledger.submit(given.fresh());
      expect(await settled(() => waiting)).toBe("a value");
      expect((await auditLedger(ledger)).passed).toBe(true);
    }
    await settled(() => ledger.close());
  });

  test("from the beginning: a ledger or a typed error", async () => {
    const log = memoryLog({ clock: () => 1000 });
    const honest = await fromOrderedLog(log, { genesis });
    await honest.submit(calls[0] as SignedCall);
    await settled(async () => {
      const ledger = await fromOrderedLog(
        lie.tell(log, () => true),
        { genesis, timeout },
      );
      await ledger.checkpoint();
      await ledger.close();
    });
  });
});

test.each(finalityLies)("$name: told at opening", async (lie) => {
  const log = memoryLog();
  const open = (): Promise<ChainAdapter> =>
    fromOrderedLog(
      lie.tell(log, () => true),
      { genesis, timeout },
    );
  expect(await settled(open)).toBe(lie.expected);
});

test("finality that goes back, and a finalized entry that is replaced, stop the ledger", async () => {
  for (const expected of ["EMRX_LOG_FAULT", "EMRX_ROLLED_BACK"]) {
    const log = memoryLog({ finalityDepth: 10 });
    let final = 3;
    const finality = { kind: "delayed", rule: "told", finalized: async () => final } as const;
    const ledger = await fromOrderedLog(
      { ...log, finality: { ...finality, finalized: async () => 1 } },
      { genesis },
    );
    for (const call of calls.slice(0, 3)) await ledger.submit(call);
    const other = await fromOrderedLog({ ...log, finality });
    if (expected === "EMRX_LOG_FAULT") final = 2;
    else log.reorganize(2, []);
    expect(await settled(() => other.submit(calls[5] as SignedCall))).toBe(expected);
    expect(await settled(() => ledger.submit(calls[6] as SignedCall))).toBe("a value");
  }
});

describe("facts of a log that make no sense are told at opening", () => {
  const facts: readonly (readonly [string, unknown])[] = [
    ["name", 5],
    ["durable", "yes"],
    ["limits", undefined],
    ["limits", { recordBytes: 0, appendRecords: 1, appendBytes: 1 }],
    ["limits", { recordBytes: 10, appendRecords: 1, appendBytes: 5 }],
    ["clock", null],
    ["clock", { whose: "mine", resolution: 0 }],
    ["finality", undefined],
    ["finality", { kind: "soon" }],
    ["finality", { kind: "delayed", rule: "none" }],
    ["append", undefined],
    ["subscribe", () => undefined],
  ];
  test.each(facts)("%s: %j", async (name, value) => {
    const log = { ...memoryLog(), [name]: value } as OrderedLog;
    expect(await settled(() => fromOrderedLog(log, { genesis, timeout }))).toBe("EMRX_LOG_FAULT");
  });

  test("so is a log that is none", async () => {
    for (const log of [null, undefined, 1, "log", {}, []]) {
      const open = (): Promise<ChainAdapter> =>
        fromOrderedLog(log as unknown as OrderedLog, { genesis });
      expect(await settled(open)).toBe("EMRX_LOG_FAULT");
    }
  });
});

test("a reorganization that is not told of is found by the overlap of the next reading, and taken back", async () => {
  const log = memoryLog({ finalityDepth: 10 });
  const silent: OrderedLog = { ...log, subscribe: () => () => {} };
  const ledger = await fromOrderedLog(silent, { genesis });
  const [, b, c, d, e] = calls as [SignedCall, SignedCall, SignedCall, SignedCall, SignedCall];
  for (const call of calls.slice(0, 4)) await ledger.submit(call);
  const reader = take(ledger.events(), 7);
  log.reorganize(2, [new TextEncoder().encode("another")]);
  // The log is shorter now, and another from its third entry on.
  await ledger.submit(e);
  expect((await ledger.status(callId(b))).state).toBe("dropped");
  expect(await ledger.status(callId(e))).toMatchObject({ receipt: { index: 3 } });
  log.reorganize(2, [
    new TextEncoder().encode("one"),
    new TextEncoder().encode("two"),
    new TextEncoder().encode("three"),
  ]);
  for (const call of [c, d]) await ledger.submit(call);
  expect((await ledger.status(callId(e))).state).toBe("dropped");
  expect((await reader).some(({ kind }) => kind === "retraction")).toBe(true);
  expect((await auditLedger(ledger)).passed).toBe(true);
});

test("a record that no call can be so long as is an entry without effect, and looked at no further", async () => {
  const log = memoryLog();
  const ledger = await fromOrderedLog(log, { genesis });
  const long = new TextEncoder().encode(`[${"1,".repeat(7_000_000)}1]`);
  await log.append([long]);
  const began = performance.now();
  expect((await ledger.submit(calls[0] as SignedCall)).index).toBe(2);
  // Hashing takes a while, decoding took fifteen seconds.
  expect(performance.now() - began).toBeLessThan(5000);
  const audit = await auditLedger(ledger);
  expect(audit).toMatchObject({ passed: true, invalid: 1, accepted: 1 });
});

test("a batch goes to the log in parts that it takes, in order", async () => {
  const sizes: number[] = [];
  const log = memoryLog({ limits: { recordBytes: 700, appendRecords: 3, appendBytes: 1500 } });
  const counting: OrderedLog = {
    ...log,
    append(records) {
      sizes.push(records.length);
      return log.append(records);
    },
  };
  const ledger = await fromOrderedLog(counting, { genesis });
  expect(ledger.manifest.limits.maxCallBytes).toBe(700);
  const outcomes = await ledger.submitBatch(calls);
  expect(outcomes.map((outcome) => (outcome.accepted ? outcome.receipt.index : -1))).toEqual([
    1, 2, 3, 4, 5, 6, 7, 8,
  ]);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(3);
  expect(sizes.length).toBeGreaterThan(3);
  const long = await anyCall(ledger, await identity(1), "x".repeat(60));
  const small = memoryLog({ limits: { recordBytes: 400, appendRecords: 3, appendBytes: 1500 } });
  const other = await fromOrderedLog(small, { genesis });
  expect(await codeOf(other.submit(long))).toBe("EMRX_ENTRY_TOO_LARGE");
});

test("twenty calls in a block are final together, and a cursor survives whatever finality allows", async () => {
  const log = memoryLog({ finalityDepth: 6 });
  const ledger = await fromOrderedLog(log, { genesis });
  const me = await identity(2);
  const block = await Promise.all(Array.from({ length: 200 }, () => anyCall(ledger, me)));
  await ledger.submitBatch(block);
  const states = async (): Promise<Set<string>> =>
    new Set(
      await Promise.all(block.map(async (call) => (await ledger.status(callId(call))).state)),
    );
  expect(await states()).toEqual(new Set(["included"]));
  const cursor = (await take(ledger.events(), 200)).at(-1)?.cursor;
  // The whole block is replaced, which the log may do.
  log.reorganize(1, []);
  await ledger.submitBatch(block.slice(100));
  const news = await take(ledger.events(cursor), 101);
  expect(news[0]).toMatchObject({ kind: "retraction", from: 1 });
  expect(news.slice(1).map((batch) => (batch.kind === "events" ? batch.call : ""))).toEqual(
    block.slice(100).map((call) => callId(call)),
  );
  await ledger.submitBatch(block.slice(0, 100));
  for (let i = 0; i < 6; i++) await ledger.submit(await anyCall(ledger, me));
  expect(await states()).toEqual(new Set(["final"]));
});
