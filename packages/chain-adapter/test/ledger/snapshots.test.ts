// Snapshots of a ledger over any log: opening from one is opening in full, only quicker, or it is not done.
import { expect, test } from "vitest";
import { callId, type SignedCall } from "../../src/calls.js";
import { encodeSignedCall } from "../../src/codec/signed-call.js";
import { verifySignature } from "../../src/identity.js";
import {
  auditLedger,
  fromOrderedLog,
  type MemoryLog,
  memoryLog,
  type OrderedLogLedger,
  type SnapshotOptions,
  type SnapshotStore,
} from "../../src/ledger.js";
import * as w from "../contracts/world.js";
import { anyCall, codeOf, identity, sign, take } from "./helpers.js";

const { genesis } = w;

function memoryStore(): SnapshotStore & {
  bytes: Uint8Array<ArrayBuffer> | undefined;
  saves: number;
} {
  return {
    bytes: undefined,
    saves: 0,
    async load() {
      return this.bytes;
    },
    async save(bytes) {
      this.bytes = bytes.slice();
      this.saves++;
    },
  };
}

/** A ledger that counts the signatures that it verifies. */
async function open(
  log: MemoryLog,
  snapshots?: SnapshotOptions,
): Promise<{ ledger: OrderedLogLedger; verified: () => number }> {
  let verified = 0;
  const kept: MemoryLog = { ...log, close: async () => {} };
  const ledger = await fromOrderedLog(kept, {
    genesis,
    verify(...given) {
      verified++;
      return verifySignature(...given);
    },
    ...(snapshots === undefined ? {} : { snapshots }),
  });
  return { ledger, verified: () => verified };
}

/** A log with calls that are accepted, refused, repeated and none, and its snapshot. */
async function written(finalityDepth = 0) {
  let now = 1000;
  const log = memoryLog({ clock: () => now++, finalityDepth });
  const [signer, me] = [await identity(9), await identity(1)];
  const store = memoryStore();
  const { ledger } = await open(log, { store, signer, every: 10 });
  const calls: SignedCall[] = [];
  for (let i = 0; i < 35; i++) {
    const call =
      i % 7 === 6 ? await sign(ledger, me, w.withdraw("offer")) : await anyCall(ledger, me);
    calls.push(call);
    await codeOf(ledger.submit(call));
    if (i % 10 === 3) await log.append([encodeSignedCall(call), Uint8Array.of(i)]);
  }
  await codeOf(ledger.submit(calls[0] as SignedCall));
  await ledger.close();
  expect(store.saves).toBeGreaterThan(1);
  return { log, store, calls, signer };
}

/** All that a ledger says. */
async function everything(
  ledger: OrderedLogLedger,
  calls: readonly SignedCall[],
): Promise<unknown> {
  const checkpoint = await ledger.checkpoint();
  const accepted = [];
  for (const call of calls) accepted.push(await ledger.status(callId(call)));
  const count = accepted.filter(({ state }) => state === "final" || state === "included").length;
  return {
    checkpoint,
    accepted,
    digest: await ledger.view({ type: "ledger.digest" }),
    events: await take(ledger.events(), count),
    proof: await ledger.proveEntry(3),
    consistency: await ledger.proveConsistency(5),
  };
}

test("opened from a snapshot, a ledger says what it says when every call is run again, and verifies the end only", async () => {
  const { log, store, calls, signer } = await written();
  const full = await open(log);
  const quick = await open(log, { store, verifyKey: signer });
  const { fromSnapshot, replayed } = quick.ledger.opening;
  expect(full.ledger.opening).toEqual({ fromSnapshot: 0, replayed: await log.size() });
  expect(fromSnapshot).toBeGreaterThan(20);
  expect(fromSnapshot + replayed).toBe(await log.size());
  expect(full.verified()).toBeGreaterThan(30);
  expect(quick.verified()).toBeLessThanOrEqual(replayed);
  expect(await everything(quick.ledger, calls)).toEqual(await everything(full.ledger, calls));
  expect((await auditLedger(quick.ledger)).passed).toBe(true);
  // What was submitted before the snapshot has no second effect.
  const again = await quick.ledger.submit(calls[1] as SignedCall);
  expect(again).toEqual(await full.ledger.submit(calls[1] as SignedCall));
});

test("a snapshot that is altered anywhere, cut short, another's or of no known key is left aside, and says why", async () => {
  const { log, store, calls, signer } = await written();
  const bytes = store.bytes as Uint8Array<ArrayBuffer>;
  const expected = await everything((await open(log)).ledger, calls);
  const others: [string, Uint8Array<ArrayBuffer> | undefined, Partial<SnapshotOptions>][] = [
    ["no key", bytes, {}],
    ["another key", bytes, { verifyKey: await identity(8) }],
    ["nothing", new Uint8Array(), { verifyKey: signer }],
    ["rubbish", new Uint8Array(500).fill(255), { verifyKey: signer }],
    ["cut", bytes.subarray(0, -1), { verifyKey: signer }],
    ["longer", Uint8Array.of(...bytes, 0), { verifyKey: signer }],
  ];
  for (let at = 0; at < bytes.length; at += 211) {
    const flipped = bytes.slice();
    flipped[at] = (flipped[at] as number) ^ 4;
    others.push([`flipped at ${at}`, flipped, { verifyKey: signer }]);
  }
  for (const [what, altered, options] of others) {
    const { ledger } = await open(log, {
      store: { load: async () => altered, save: async () => {} },
      ...options,
    });
    expect(ledger.opening.fromSnapshot, what).toBe(0);
    expect(ledger.opening.snapshotIgnored?.length, what).toBeGreaterThan(10);
    if (others.length < 20 || what.length % 5 === 0) {
      expect(await everything(ledger, calls), what).toEqual(expected);
    }
  }
  const failing: SnapshotStore = {
    load: () => Promise.reject(new Error("unreachable")),
    save: async () => {},
  };
  const { ledger } = await open(log, { store: failing, verifyKey: signer });
  expect(ledger.opening.snapshotIgnored).toContain("unreachable");
});

test("a log that its own snapshot contradicts was altered or put back", async () => {
  const { log, store, signer } = await written();
  const size = await log.size();
  const entries = await take(log.read(0, size), size);
  for (const harm of ["shorter", "altered", "another time"]) {
    let next = 0;
    const times = entries.map(({ time }, i) =>
      harm === "another time" && i === 4 ? time + 0.5 : time,
    );
    const other = memoryLog({ clock: () => Math.round(times[next++] as number) });
    if (harm === "another time") times[4] = (times[4] as number) + 1;
    for (const { index, bytes } of harm === "shorter" ? entries.slice(0, 6) : entries) {
      await other.append([harm === "altered" && index === 4 ? Uint8Array.of(1) : bytes]);
    }
    expect(await codeOf(open(other, { store, verifyKey: signer })), harm).toBe("EMRX_ROLLED_BACK");
  }
});

test("of a log that may be reorganized only what is final is in a snapshot", async () => {
  const { log, store, calls, signer } = await written(4);
  const { ledger } = await open(log, { store, verifyKey: signer });
  const { fromSnapshot } = ledger.opening;
  expect(fromSnapshot).toBeGreaterThan(10);
  if (log.finality.kind !== "delayed") throw new Error("the log is to be reorganized");
  const final = await log.finality.finalized();
  expect(fromSnapshot).toBeLessThanOrEqual(final);
  log.reorganize(final, [Uint8Array.of(7)]);
  const quick = await open(log, { store, verifyKey: signer });
  expect(quick.ledger.opening.fromSnapshot).toBe(fromSnapshot);
  const full = await open(log);
  expect(await everything(quick.ledger, calls)).toEqual(await everything(full.ledger, calls));
});

test("a snapshot that cannot be saved is told of, and the ledger goes on", async () => {
  const errors: unknown[] = [];
  const store: SnapshotStore = {
    load: async () => undefined,
    save: () => Promise.reject(new Error("full")),
  };
  const signer = await identity(9);
  const { ledger } = await open(memoryLog(), {
    store,
    signer,
    every: 3,
    onError: (error) => errors.push(error),
  });
  for (let i = 0; i < 10; i++) await ledger.submit(await anyCall(ledger, signer));
  await ledger.close();
  expect(errors.length).toBeGreaterThan(0);
  expect(String(errors[0])).toContain("full");
  expect(await codeOf(open(memoryLog(), { store, every: 0 }))).toBe("EMRX_INVALID_OPTION");
});
