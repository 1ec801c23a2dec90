import { fc } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import { callId, type SignedCall } from "../../src/calls.js";
import { encodeSignedCall } from "../../src/codec/signed-call.js";
import { stateDigest } from "../../src/contracts.js";
import {
  auditLedger,
  type ChainAdapter,
  type Cursor,
  type EventBatch,
  fromOrderedLog,
  type MemoryLog,
  memoryLog,
  type OrderedLog,
  replayEntries,
} from "../../src/ledger.js";
import * as w from "../contracts/world.js";
import { anyCall, codeOf, identity, sign, take } from "./helpers.js";

const { genesis } = w;

async function open(finalityDepth = 4): Promise<{ log: MemoryLog; ledger: ChainAdapter }> {
  const log = memoryLog({ finalityDepth });
  return { log, ledger: await fromOrderedLog(log, { genesis }) };
}

/** Waits until a ledger has read the whole log. */
async function settled(ledger: ChainAdapter, log: MemoryLog): Promise<void> {
  for (let i = 0; i < 200; i++) {
    const { size, root } = await ledger.checkpoint();
    if (size === (await log.size())) {
      const { checkpoint } = await replayEntries(log.read(0, size));
      if (checkpoint.root === root) return;
    }
    await new Promise((done) => setTimeout(done, 2));
  }
  throw new Error("the ledger did not catch up");
}

/** What a reader who keeps to the rules holds after some batches: events by index. */
function fold(
  batches: readonly EventBatch[],
  held = new Map<number, string>(),
): Map<number, string> {
  for (const batch of batches) {
    if (batch.kind === "events") {
      expect(held.has(batch.index)).toBe(false); // never twice without a retraction in between
      held.set(batch.index, batch.call);
    } else {
      for (const index of [...held.keys()]) if (index >= batch.from) held.delete(index);
    }
  }
  return held;
}

describe("a reorganization", () => {
  test("takes calls back: state, checkpoint, status and receipts are those of the new branch", async () => {
    const { log, ledger } = await open();
    const me = await identity(1);
    const kept = await anyCall(ledger, me);
    const [lost, moved] = [await sign(ledger, me, w.policy()), await anyCall(ledger, me)];
    for (const call of [kept, lost, moved]) await ledger.submit(call);
    expect((await ledger.status(callId(kept))).state).toBe("included");
    log.reorganize(2, [encodeSignedCall(moved)]);
    await settled(ledger, log);
    expect((await ledger.status(callId(lost))).state).toBe("dropped");
    expect(await ledger.status(callId(moved))).toMatchObject({
      state: "included",
      receipt: { index: 2 },
    });
    expect(await ledger.view({ type: "access.policies" })).toHaveLength(2);
    expect((await auditLedger(ledger)).passed).toBe(true);
    // Submitted again, it is included again.
    expect((await ledger.submit(lost)).index).toBe(3);
    expect(await ledger.view({ type: "access.policies" })).toHaveLength(3);
  });

  test("may make the checkpoint shorter, and may turn acceptance into refusal", async () => {
    const { log, ledger } = await open();
    const me = await identity(1);
    const [first, second] = [
      await sign(ledger, me, w.policy()),
      await sign(ledger, me, w.policy({ version: 2 })),
    ];
    await ledger.submit(first);
    await ledger.submit(second);
    log.reorganize(1, [encodeSignedCall(second)]);
    await settled(ledger, log);
    expect((await ledger.checkpoint()).size).toBe(2);
    expect(await ledger.status(callId(second))).toMatchObject({
      state: "rejected",
      rejection: { code: "EMRX_POLICY_VERSION" },
    });
  });

  test("entries are final once enough lie on top, and a log that takes them back stops the ledger", async () => {
    const { log, ledger } = await open(2);
    const me = await identity(1);
    const calls: SignedCall[] = [];
    for (let i = 0; i < 4; i++) {
      calls.push(await anyCall(ledger, me));
      await ledger.submit(calls[i] as SignedCall);
    }
    const states = await Promise.all(
      calls.map(async (call) => (await ledger.status(callId(call))).state),
    );
    expect(states).toEqual(["final", "final", "included", "included"]);
    expect(() => log.reorganize(2, [])).toThrow(
      expect.objectContaining({ code: "EMRX_LOG_RANGE" }),
    );
    // A log that lies about its finality.
    const liar = memoryLog({ finalityDepth: 10 });
    const finality = {
      kind: "delayed",
      rule: "one",
      finalized: async () => (await liar.size()) - 1,
    };
    const trusting = await fromOrderedLog({ ...liar, finality } as OrderedLog, { genesis });
    for (let i = 0; i < 3; i++) await trusting.submit(await anyCall(trusting, me));
    liar.reorganize(1, []);
    await new Promise((done) => setTimeout(done, 20));
    expect(await codeOf(trusting.checkpoint())).toBe("EMRX_ROLLED_BACK");
    expect(await codeOf(trusting.submit(await anyCall(trusting, me)))).toBe("EMRX_ROLLED_BACK");
  });

  test("reaches a reader as a retraction, live or from a cursor whose entry is gone", async () => {
    const { log, ledger } = await open();
    const me = await identity(1);
    const calls = await Promise.all(["a", "b", "c", "d"].map((name) => anyCall(ledger, me, name)));
    for (const call of calls.slice(0, 3)) await ledger.submit(call);
    const before = await take(ledger.events(), 3);
    const live = take(ledger.events(before[2]?.cursor), 2);
    log.reorganize(2, [encodeSignedCall(calls[3] as SignedCall)]);
    const expected = [
      { kind: "retraction", from: 2 },
      { kind: "events", index: 2, call: callId(calls[3] as SignedCall) },
    ];
    expect(await live).toMatchObject(expected);
    expect(await take(ledger.events(before[2]?.cursor), 2)).toMatchObject(expected);
    // Another process that never saw the lost branch gives the same answer.
    const other = await fromOrderedLog(log);
    expect(await take(other.events(before[2]?.cursor), 2)).toMatchObject(expected);
  });
});

test("whatever is appended, reorganized, lost or retried, state and readers agree with the log", async () => {
  const action = fc.record({
    kind: fc.constantFrom("submit", "submit", "submit", "reorganize", "fail", "read"),
    number: fc.nat({ max: 5 }),
    keep: fc.array(fc.nat({ max: 5 }), { maxLength: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 3, maxLength: 25 }), async (actions) => {
      const { log, ledger } = await open(5);
      const me = await identity(1);
      const calls = await Promise.all(
        Array.from({ length: 6 }, (_, i) =>
          sign(ledger, me, w.policy({ version: (i % 3) + 1 }), { key: `${i}` }),
        ),
      );
      const held = new Map<number, string>();
      let cursor: Cursor | undefined;
      let tallest = 1;
      const catchUp = async (): Promise<void> => {
        await settled(ledger, log);
        const { size } = await ledger.checkpoint();
        const controller = new AbortController();
        const batches: EventBatch[] = [];
        // Everything there is, and then the stream would wait: it is stopped after a while.
        setTimeout(() => controller.abort(), 8);
        for await (const batch of ledger.events(cursor, { signal: controller.signal })) {
          batches.push(batch);
          cursor = batch.cursor;
        }
        fold(batches, held);
        const { outcomes, state } = await replayEntries(log.read(0, size));
        const accepted = outcomes.flatMap((o, i) =>
          o.kind === "accepted" ? [[i, o.id] as const] : [],
        );
        expect([...held].sort(([a], [b]) => a - b)).toEqual(accepted);
        expect(await ledger.view({ type: "ledger.digest" })).toBe(stateDigest(state));
      };
      for (const { kind, number, keep } of actions) {
        if (kind === "submit") await codeOf(ledger.submit(calls[number] as SignedCall));
        else if (kind === "fail") {
          log.failNext(number % 2 === 0 ? "before" : "after");
          await codeOf(ledger.submit(calls[number] as SignedCall));
        } else if (kind === "read") await catchUp();
        else {
          const size = await log.size();
          tallest = Math.max(tallest, size);
          const from = Math.min(size, Math.max(1, size - number, tallest - 5));
          log.reorganize(
            from,
            keep.map((i) => encodeSignedCall(calls[i] as SignedCall)),
          );
        }
      }
      await catchUp();
    }),
    { numRuns: 25 },
  );
});

describe("a submission whose answer is lost", () => {
  test("fails, and the status tells that it is in; sent again, it has no second effect", async () => {
    const { log, ledger } = await open(0);
    const call = await sign(ledger, await identity(1), w.policy());
    log.failNext("after");
    expect(["EMRX_STORAGE", "nothing thrown"]).toContain(await codeOf(ledger.submit(call)));
    await settled(ledger, log);
    expect((await ledger.status(callId(call))).state).toBe("final");
    expect((await ledger.submit(call)).index).toBe(1);
    expect(await ledger.view({ type: "access.policies" })).toHaveLength(1);
  });

  test("or one that never arrived: the status tells that it is not in, and sent again it is", async () => {
    const { log, ledger } = await open(0);
    const call = await sign(ledger, await identity(1), w.policy());
    log.failNext("before");
    expect(await codeOf(ledger.submit(call))).toBe("EMRX_STORAGE");
    expect((await ledger.status(callId(call))).state).toBe("unknown");
    expect((await ledger.submit(call)).index).toBe(1);
  });
});
