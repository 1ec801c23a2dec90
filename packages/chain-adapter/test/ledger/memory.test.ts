import { describe, expect, test } from "vitest";
import { callId, createGenesis, ledgerId, type SignedCall } from "../../src/calls.js";
import { stateDigest } from "../../src/contracts.js";
import { LedgerError } from "../../src/errors.js";
import { encodePublicKey } from "../../src/identity.js";
import {
  auditLedger,
  type ChainAdapter,
  fromOrderedLog,
  memoryLedger,
  memoryLog,
  replayEntries,
  verifyConsistencyProof,
  verifyInclusionProof,
} from "../../src/ledger.js";
import * as w from "../contracts/world.js";
import { anyCall, codeOf, identity, sign, take } from "./helpers.js";

const { genesis } = w;
const open = (): Promise<ChainAdapter> => memoryLedger({ genesis });

test("a log in memory refuses a depth that is no whole number, and a clock that gives no time", async () => {
  for (const finalityDepth of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => memoryLog({ finalityDepth })).toThrow(
      expect.objectContaining({ code: "EMRX_INVALID_OPTION" }),
    );
  }
  const log = memoryLog({ clock: () => Number.NaN });
  expect(await codeOf(log.append([Uint8Array.of(1)]))).toBe("EMRX_INVALID_OPTION");
  expect(await log.size()).toBe(0);
});

describe("submission", () => {
  test("the same call twice, at once or later, has one effect and one receipt", async () => {
    const ledger = await open();
    const call = await sign(ledger, await identity(1), w.policy());
    const [first, second] = await Promise.all([ledger.submit(call), ledger.submit(call)]);
    expect(second).toEqual(first);
    expect(await ledger.submit(call)).toEqual(first);
    const [outcome, again] = await ledger.submitBatch([call, call]);
    expect([outcome, again]).toEqual([
      { accepted: true, receipt: first },
      { accepted: true, receipt: first },
    ]);
    expect((await ledger.checkpoint()).size).toBe(2);
    expect(await ledger.view({ type: "access.policies" })).toHaveLength(1);
  });

  test("a refused call is logged, stays refused, and changes nothing", async () => {
    const ledger = await open();
    const call = await sign(ledger, await identity(1), w.withdraw("offer"));
    const before = await ledger.view({ type: "ledger.digest" });
    expect(await codeOf(ledger.submit(call))).toBe("EMRX_NO_ROUND");
    expect(await codeOf(ledger.submit(call))).toBe("EMRX_NO_ROUND");
    expect(await ledger.view({ type: "ledger.digest" })).toBe(before);
    expect(await ledger.status(callId(call))).toMatchObject({ state: "rejected", index: 1 });
    expect((await ledger.checkpoint()).size).toBe(2);
  });

  test("another call under a used key is a conflict, before and after the first is included", async () => {
    const ledger = await open();
    const me = await identity(1);
    const [a, b] = await Promise.all([
      sign(ledger, me, w.policy(), { key: "k" }),
      sign(ledger, me, w.policy({ policyId: "other" }), { key: "k" }),
    ]);
    const [first, second] = await ledger.submitBatch([a, b]);
    expect(first?.accepted).toBe(true);
    expect(second).toMatchObject({ accepted: false, error: { code: "EMRX_CALL_CONFLICT" } });
    expect(await codeOf(ledger.submit(b))).toBe("EMRX_CALL_CONFLICT");
  });

  test("another signer may use the same key", async () => {
    const ledger = await open();
    const calls = await Promise.all(
      [1, 2].map(async (n) => sign(ledger, await identity(n), w.policy(), { key: "k" })),
    );
    expect((await ledger.submitBatch(calls)).map(({ accepted }) => accepted)).toEqual([true, true]);
  });

  test("calls of a batch are carried out in order and one by one", async () => {
    const ledger = await open();
    const me = await identity(1);
    const version = (n: number, key: string): Promise<SignedCall> =>
      sign(ledger, me, w.policy({ version: n }), { key });
    const outcomes = await ledger.submitBatch([
      await version(1, "a"),
      await version(3, "b"),
      await version(2, "c"),
    ]);
    expect(outcomes.map((o) => (o.accepted ? o.receipt.index : o.error.code))).toEqual([
      1,
      "EMRX_POLICY_VERSION",
      3,
    ]);
  });

  test("nothing is a batch too", async () => {
    const ledger = await open();
    expect(await ledger.submitBatch([])).toEqual([]);
    expect((await ledger.checkpoint()).size).toBe(1);
  });

  test("what is wrong with a call is said before anything is logged", async () => {
    const ledger = await open();
    const me = await identity(1);
    const good = await sign(ledger, me, w.policy());
    const other = await sign({ id: w.ledger }, me, w.policy());
    const flipped = good.signature.endsWith("0") ? "1" : "0";
    const attempts: [string, SignedCall][] = [
      ["EMRX_WRONG_LEDGER", other],
      // Signed for another ledger, relabelled for this one.
      ["EMRX_BAD_SIGNATURE", { ...other, ledger: ledger.id }],
      ["EMRX_BAD_SIGNATURE", { ...good, signature: good.signature.slice(0, -1) + flipped }],
      ["EMRX_BAD_SIGNATURE", { ...good, signer: encodePublicKey(await identity(2)) }],
      ["EMRX_BAD_SIGNATURE", { ...good, key: "another" }],
      ["EMRX_BAD_SIGNATURE", { ...good, deadline: 9 }],
      ["EMRX_BAD_SIGNATURE", { ...good, call: w.policy({ policyId: "other" }) }],
      ["EMRX_INVALID_CALL", { ...good, call: w.policy({ version: 0 }) }],
      ["EMRX_INVALID_CALL", { ...good, key: "" }],
      ["EMRX_INVALID_CALL", null as unknown as SignedCall],
    ];
    for (const [code, call] of attempts) expect(await codeOf(ledger.submit(call))).toBe(code);
    const outcomes = await ledger.submitBatch([...attempts.map(([, call]) => call), good]);
    expect(outcomes.filter(({ accepted }) => accepted)).toHaveLength(1);
    expect((await ledger.checkpoint()).size).toBe(2);
  });

  test("s plus the group order, which many verifiers accept, is no second signature", async () => {
    const ledger = await open();
    const call = await sign(ledger, await identity(1), w.policy());
    const [scheme, digits = ""] = call.signature.split(":");
    const bytes = Buffer.from(digits, "hex");
    let s = BigInt(`0x${Buffer.from(bytes.subarray(32)).reverse().toString("hex")}`);
    s += 2n ** 252n + 27742317777372353535851937790883648493n;
    Buffer.from(s.toString(16).padStart(64, "0"), "hex").reverse().copy(bytes, 32);
    const signature = `${scheme}:${bytes.toString("hex")}`;
    expect(await codeOf(ledger.submit({ ...call, signature }))).toBe("EMRX_BAD_SIGNATURE");
  });

  test("too large a call or batch is refused before it is sent", async () => {
    const ledger = await open();
    const rule = {
      effect: "permit",
      attributes: Array.from({ length: 1000 }, (_, i) => `${i}`.padStart(120, "a")),
      levels: ["*"],
      purposes: ["*"],
      actors: ["*"],
    } as const;
    const call = await sign(ledger, await identity(1), w.policy({ rules: Array(10).fill(rule) }));
    expect(await codeOf(ledger.submit(call))).toBe("EMRX_ENTRY_TOO_LARGE");
    expect(await codeOf(ledger.submitBatch(Array(10_001).fill(call)))).toBe("EMRX_ENTRY_TOO_LARGE");
  });

  test("ledger time decides, and it never goes back", async () => {
    let now = 100;
    const ledger = await memoryLedger({ genesis, clock: () => now });
    const me = await identity(1);
    expect((await ledger.submit(await anyCall(ledger, me))).time).toBe(100);
    now = 50;
    expect((await ledger.submit(await anyCall(ledger, me))).time).toBe(100);
    now = 200;
    const late = await sign(ledger, me, w.policy(), { deadline: 200 });
    expect(await codeOf(ledger.submit(late))).toBe("EMRX_CALL_EXPIRED");
    const intime = await sign(ledger, me, w.policy(), { deadline: 201 });
    expect((await ledger.submit(intime)).time).toBe(200);
  });

  test("waiting can be given up; the call goes on", async () => {
    const ledger = await open();
    const call = await sign(ledger, await identity(1), w.policy());
    const signal = AbortSignal.abort();
    expect(await codeOf(ledger.submit(call, { signal }))).toBe("EMRX_WAIT_ABORTED");
    expect((await ledger.submit(call)).index).toBe(1);
    expect((await ledger.status(callId(call))).state).toBe("final");
    expect((await ledger.status(w.hash(1))).state).toBe("unknown");
  });
});

describe("events", () => {
  test("a reader that subscribes before the writes sees every one, in order", async () => {
    const ledger = await open();
    const me = await identity(1);
    const seen = take(ledger.events(), 50);
    const receipts = [];
    for (let i = 0; i < 50; i++) receipts.push(ledger.submit(await anyCall(ledger, me)));
    const indices = (await Promise.all(receipts)).map(({ index }) => index);
    expect((await seen).map((batch) => batch.kind === "events" && batch.index)).toEqual(
      [...indices].sort((a, b) => a - b),
    );
  });

  test("going on from any cursor gives exactly the rest", async () => {
    const ledger = await open();
    const me = await identity(1);
    for (let i = 0; i < 10; i++) await ledger.submit(await anyCall(ledger, me));
    const all = await take(ledger.events(), 10);
    for (const [i, { cursor }] of all.entries()) {
      expect(await take(ledger.events(cursor), 9 - i)).toEqual(all.slice(i + 1));
    }
  });

  test("two readers do not disturb each other; one may stop", async () => {
    const ledger = await open();
    const me = await identity(1);
    const one = take(ledger.events(), 1);
    const two = take(ledger.events(), 3);
    for (let i = 0; i < 3; i++) await ledger.submit(await anyCall(ledger, me));
    expect([(await one).length, (await two).length]).toEqual([1, 3]);
  });

  test("a stream ends when the ledger is closed or the signal comes", async () => {
    const ledger = await open();
    const controller = new AbortController();
    const collect = async (signal?: AbortSignal): Promise<number> => {
      let count = 0;
      for await (const _ of ledger.events(undefined, signal ? { signal } : {})) count++;
      return count;
    };
    const stopped = collect(controller.signal);
    const closed = collect();
    await ledger.submit(await anyCall(ledger, await identity(1)));
    controller.abort();
    expect(await stopped).toBe(1);
    await ledger.close();
    expect(await closed).toBe(1);
  });

  test("a cursor that is none, or of another log, is refused", async () => {
    const [a, b] = [await open(), await memoryLedger({ genesis: createGenesis({ name: "b" }) })];
    const me = await identity(1);
    await b.submit(await anyCall(b, me));
    const [batch] = await take(b.events(), 1);
    for (const cursor of ["", "x", "1:", "-1:0000000000000000", batch?.cursor as string]) {
      expect(await codeOf(take(a.events(cursor), 1))).toBe("EMRX_CURSOR");
    }
  });
});

describe("proofs and audit", () => {
  test("every entry has a proof that only its checkpoint and place accept", async () => {
    const ledger = await open();
    const me = await identity(1);
    for (let i = 0; i < 12; i++) await ledger.submit(await anyCall(ledger, me));
    const checkpoint = await ledger.checkpoint();
    const earlier = (await ledger.proveEntry(0, 5)).checkpoint;
    for (let i = 0; i < checkpoint.size; i++) {
      const proof = await ledger.proveEntry(i);
      expect(verifyInclusionProof(proof, checkpoint)).toBe(true);
      expect(verifyInclusionProof(proof, earlier)).toBe(false);
      const moved = { ...proof, entry: { ...proof.entry, index: (i + 1) % checkpoint.size } };
      expect(verifyInclusionProof(moved, checkpoint)).toBe(false);
      const retimed = { ...proof, entry: { ...proof.entry, time: proof.entry.time + 1 } };
      expect(verifyInclusionProof(retimed, checkpoint)).toBe(false);
    }
    for (let size = 1; size <= checkpoint.size; size++) {
      const proof = await ledger.proveConsistency(size);
      expect(verifyConsistencyProof(proof, (await ledger.proveEntry(0, size)).checkpoint)).toBe(
        true,
      );
      expect(verifyConsistencyProof({ ...proof, second: proof.first }, proof.first)).toBe(
        size === checkpoint.size,
      );
    }
  });

  test("indices and sizes that are not there are refused", async () => {
    const ledger = await open();
    for (const attempt of [
      ledger.proveEntry(1),
      ledger.proveEntry(-1),
      ledger.proveEntry(0.5),
      ledger.proveEntry(0, 2),
      ledger.proveEntry(0, 0),
      ledger.proveConsistency(2),
      ledger.proveConsistency(0),
      take(ledger.entries(-1), 1),
    ]) {
      expect(await codeOf(attempt)).toBe("EMRX_LOG_RANGE");
    }
    expect(await codeOf(ledger.prove(w.hash(1)))).toBe("EMRX_UNKNOWN_CALL");
  });

  test("an audit passes on an honest ledger and its replay is the ledger's state", async () => {
    const ledger = await open();
    const me = await identity(1);
    const early = await ledger.checkpoint();
    await ledger.submit(await sign(ledger, me, w.policy()));
    expect(await codeOf(ledger.submit(await sign(ledger, me, w.policy())))).toBe(
      "EMRX_POLICY_VERSION",
    );
    const audit = await auditLedger(ledger, { trustedCheckpoint: early });
    expect(audit).toMatchObject({ passed: true, entries: 3, accepted: 1, rejected: 1, invalid: 0 });
    expect(audit.proofsVerified).toBe(3);
    expect(stateDigest(audit.replay.state)).toBe(await ledger.view({ type: "ledger.digest" }));
  });

  test("an audit fails on a ledger that lies about its state, its checkpoint, an outcome or a proof", async () => {
    const honest = await open();
    const me = await identity(1);
    const call = await sign(honest, me, w.policy());
    await honest.submit(call);
    const lies: [string, Partial<ChainAdapter>][] = [
      ["replayed state", { view: (async () => w.hash(0)) as unknown as ChainAdapter["view"] }],
      [
        "Merkle root",
        { checkpoint: async () => ({ ...(await honest.checkpoint()), root: w.hash(0) }) },
      ],
      ["outcome", { status: async () => ({ state: "unknown" }) }],
      ["inclusion", { proveEntry: async () => ({ ...(await honest.proveEntry(0)), path: [] }) }],
      ["ledger id", { id: w.hash(0) }],
    ];
    for (const [name, lie] of lies) {
      const audit = await auditLedger(
        new Proxy(honest, {
          get: (target, key) => {
            if (key in lie) return lie[key as keyof ChainAdapter];
            const value: unknown = target[key as keyof ChainAdapter];
            return typeof value === "function" ? value.bind(target) : value;
          },
        }),
      );
      const failed = audit.checks.filter(({ passed }) => !passed).map((check) => check.name);
      expect(failed).toHaveLength(1);
      expect(failed[0]).toContain(name);
      expect(audit.passed).toBe(false);
    }
  });

  test("an audit against a checkpoint kept elsewhere finds a log that was begun anew", async () => {
    const [a, b] = [await open(), await open()];
    const me = await identity(1);
    for (let i = 0; i < 3; i++) await a.submit(await anyCall(a, me));
    for (let i = 0; i < 5; i++) await b.submit(await anyCall(b, me));
    const trustedCheckpoint = await a.checkpoint();
    expect((await auditLedger(b, { trustedCheckpoint })).passed).toBe(false);
    expect((await auditLedger(a, { trustedCheckpoint })).passed).toBe(true);
  });
});

describe("a log with several writers", () => {
  test("each ledger over it sees what the others wrote, and a copied record has no second effect", async () => {
    const log = memoryLog();
    const one = await fromOrderedLog(log, { genesis });
    const two = await fromOrderedLog(log);
    expect(two.id).toBe(ledgerId(genesis));
    const call = await sign(one, await identity(1), w.policy());
    const [a, b] = await Promise.all([one.submit(call), two.submit(call)]);
    expect(a).toEqual(b);
    const { outcomes } = await replayEntries(log.read(0, await log.size()));
    expect(outcomes.map(({ kind }) => kind)).toEqual(["genesis", "accepted", "repeated"]);
    expect(await two.view({ type: "access.policies" })).toHaveLength(1);
  });

  test("two writers race for one key with different calls: the log decides, the other is a conflict", async () => {
    const log = memoryLog();
    const one = await fromOrderedLog(log, { genesis });
    const two = await fromOrderedLog(log);
    const me = await identity(1);
    const [a, b] = await Promise.all([
      sign(one, me, w.policy(), { key: "k" }),
      sign(one, me, w.policy({ policyId: "other" }), { key: "k" }),
    ]);
    const results = await Promise.all([codeOf(one.submit(a)), codeOf(two.submit(b))]);
    expect(results.sort()).toEqual(["EMRX_CALL_CONFLICT", "nothing thrown"]);
  });

  test("entries that are no calls are harmless: passed over, and counted by the audit", async () => {
    const log = memoryLog();
    const ledger = await fromOrderedLog(log, { genesis });
    const me = await identity(1);
    const forged = {
      ...(await sign(ledger, me, w.policy())),
      signer: encodePublicKey(await identity(2)),
    };
    const text = new TextEncoder();
    await log.append([
      text.encode("junk"),
      text.encode(JSON.stringify(forged)),
      text.encode("{}"),
      new Uint8Array(),
    ]);
    await ledger.submit(await anyCall(ledger, me));
    const audit = await auditLedger(ledger);
    expect(audit).toMatchObject({ passed: true, invalid: 4, accepted: 1 });
  });

  test("an empty log needs a genesis, a log of another ledger is refused", async () => {
    expect(await codeOf(fromOrderedLog(memoryLog()))).toBe("EMRX_GENESIS");
    const log = memoryLog();
    await fromOrderedLog(log, { genesis });
    expect(await codeOf(fromOrderedLog(log, { genesis: createGenesis({ name: "b" }) }))).toBe(
      "EMRX_GENESIS",
    );
    const odd = memoryLog();
    await odd.append([Uint8Array.of(1)]);
    expect(await codeOf(fromOrderedLog(odd))).toBe("EMRX_GENESIS");
  });

  test("a log that cannot append fails the call, and the ledger goes on", async () => {
    const log = memoryLog();
    let broken = true;
    const ledger = await fromOrderedLog(
      {
        ...log,
        append: async (records) => {
          if (broken && (await log.size()) > 0) throw new Error("no route to host");
          return log.append(records);
        },
      },
      { genesis },
    );
    const call = await anyCall(ledger, await identity(1));
    expect(await codeOf(ledger.submit(call))).toBe("EMRX_STORAGE");
    expect((await ledger.status(callId(call))).state).toBe("unknown");
    broken = false;
    expect((await ledger.submit(call)).index).toBe(1);
  });
});

test("a log that cannot be read for a while fails the calls of that while, and then all is caught up with", async () => {
  const log = memoryLog();
  let reachable = true;
  const flaky = {
    ...log,
    read: (from: number, to: number) => {
      if (!reachable) throw new LedgerError("EMRX_STORAGE", "no route to host");
      return log.read(from, to);
    },
  };
  const ledger = await fromOrderedLog(flaky, { genesis });
  const me = await identity(1);
  const [first, second] = [await anyCall(ledger, me), await anyCall(ledger, me)];
  reachable = false;
  expect(await codeOf(ledger.submit(first))).toBe("EMRX_STORAGE");
  expect(await codeOf(fromOrderedLog(flaky))).toBe("EMRX_STORAGE");
  reachable = true;
  expect((await ledger.submit(second)).index).toBe(2);
  expect((await ledger.status(callId(first))).state).toBe("final");
  expect((await ledger.submit(first)).index).toBe(1);
});

test("a closed ledger refuses, after carrying out what was submitted", async () => {
  const ledger = await open();
  const call = await anyCall(ledger, await identity(1));
  const receipt = ledger.submit(call);
  await Promise.resolve();
  await new Promise((done) => setTimeout(done, 20));
  await Promise.all([ledger.close(), ledger.close()]);
  expect((await receipt).index).toBe(1);
  expect(await codeOf(ledger.submit(call))).toBe("EMRX_CLOSED");
  expect(await codeOf(ledger.checkpoint())).toBe("EMRX_CLOSED");
  expect(await codeOf(ledger.view({ type: "trade.escrow" }))).toBe("EMRX_CLOSED");
});

test("a query of another version is refused", async () => {
  const ledger = await open();
  expect(await codeOf(ledger.view({ type: "moon" } as unknown as { type: "trade.escrow" }))).toBe(
    "EMRX_INVALID_QUERY",
  );
});
