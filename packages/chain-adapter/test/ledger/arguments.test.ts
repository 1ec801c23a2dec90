// Whatever a ledger is given, it answers or refuses with a listed code, at once, and nothing is logged.
import { describe, expect, test } from "vitest";
import { createGenesis, type SignedCall, signCall } from "../../src/calls.js";
import { type ChainAdapter, memoryLedger } from "../../src/ledger.js";
import * as w from "../contracts/world.js";
import { anyCall, codeOf, identity, sign } from "./helpers.js";

const genesis = createGenesis({ name: "arguments" });

/** A list in a list in a list. */
function nested(levels: number): unknown {
  let value: unknown = [];
  for (let i = 0; i < levels; i++) value = [value];
  return value;
}

const revoked = (): unknown => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

const holes: unknown[] = [0];
holes[2] = 0;

const given = {
  null: null,
  "an object": {},
  "a text": "junk",
  "a number": 7,
  "a list with holes": holes,
  "deep nesting": nested(20_000),
  "what cannot be read": revoked(),
} as const;

describe.each(Object.entries(given))("given %s", (kind, junk) => {
  const attempts: readonly (readonly [string, (ledger: ChainAdapter, junk: never) => unknown])[] = [
    ["EMRX_INVALID_CALL", (ledger, call) => ledger.submit(call)],
    ["EMRX_INVALID_QUERY", (ledger, query) => ledger.view(query)],
    ["EMRX_INVALID_CALL", (ledger, id) => ledger.status(id)],
    ["EMRX_INVALID_CALL", (ledger, id) => ledger.prove(id)],
    ["EMRX_CURSOR", (ledger, from) => first(ledger.events(from))],
    ["EMRX_INVALID_OPTION", (ledger, signal) => first(ledger.events(undefined, { signal }))],
    ["EMRX_LOG_RANGE", (ledger, index) => ledger.proveEntry(index)],
    ["EMRX_LOG_RANGE", (ledger, size) => ledger.proveEntry(0, size)],
    ["EMRX_LOG_RANGE", (ledger, size) => ledger.proveConsistency(size)],
    ["EMRX_LOG_RANGE", (ledger, from) => first(ledger.entries(from))],
  ];
  test.each(attempts.map(([code, attempt]) => [code, attempt] as const))(
    "%s: %o",
    async (code, attempt) => {
      const ledger = await memoryLedger({ genesis });
      expect(await codeOf((async () => attempt(ledger, junk as never))())).toBe(code);
      expect((await ledger.checkpoint()).size).toBe(1);
    },
  );

  test("a batch refuses it, or says so for each of its items", async () => {
    const ledger = await memoryLedger({ genesis });
    const result = await codeOf(ledger.submitBatch(junk as never));
    expect(["EMRX_INVALID_CALL", "nothing thrown"]).toContain(result);
    const [outcome] = await ledger.submitBatch([junk as never]);
    expect(outcome).toMatchObject({ accepted: false, error: { code: "EMRX_INVALID_CALL" } });
    const call = await anyCall(ledger, await identity(1));
    expect(await codeOf(ledger.submit(call, { signal: junk as never }))).toBe(
      "EMRX_INVALID_OPTION",
    );
    expect((await ledger.checkpoint()).size).toBe(1);
  });

  test("signing refuses it in the place of any argument", async () => {
    const signer = await identity(1);
    const call = w.policy();
    const value = junk as never;
    for (const promise of [
      signCall(value, signer, call, { key: "1" }),
      signCall(w.ledger, value, call, { key: "1" }),
      signCall(w.ledger, signer, value, { key: "1" }),
      signCall(w.ledger, signer, call, value),
      signCall(w.ledger, { ...signer, publicKey: value }, call, { key: "1" }),
      // A promise of what cannot be read is rejected before anybody sees it.
      ...(kind === "what cannot be read"
        ? []
        : [signCall(w.ledger, { ...signer, sign: async () => value }, call, { key: "1" })]),
    ]) {
      expect(["EMRX_INVALID_CALL", "EMRX_INVALID_KEY"]).toContain(await codeOf(promise));
    }
  });
});

async function first(items: AsyncIterable<unknown>): Promise<unknown> {
  for await (const item of items) return item;
  return undefined;
}

test("a list with a hole is no batch", async () => {
  const ledger = await memoryLedger({ genesis });
  const call = await anyCall(ledger, await identity(1));
  const calls: SignedCall[] = [call];
  calls[2] = call;
  expect(await codeOf(ledger.submitBatch(calls))).toBe("EMRX_INVALID_CALL");
  expect((await ledger.checkpoint()).size).toBe(1);
});

test("a query with an unknown, missing or malformed member is EMRX_INVALID_QUERY, and names it", async () => {
  const ledger = await memoryLedger({ genesis });
  const queries: readonly (readonly [unknown, RegExp])[] = [
    [{ type: "round.state" }, /query\.round is missing/],
    [{ type: "round.state", round: -1 }, /query\.round is -1/],
    [{ type: "round.state", round: "1" }, /query\.round is "1"/],
    [{ type: "round.state", round: 1, sites: [] }, /unknown member "sites"/],
    [{ type: "trade.credit", party: "ab" }, /query\.party is "ab"/],
    [{ type: "round.stats", round: 1 }, /query\.type is "round\.stats".*round\.state/],
    [{ type: "identity.keys" }, /query\.name is missing/],
    [{ type: "evaluation.score", role: "lab", subject: w.labX }, /query\.role is "lab"/],
    [{}, /query\.type is missing/],
  ];
  for (const [query, problem] of queries) {
    await expect(ledger.view(query as never), JSON.stringify(query)).rejects.toThrow(
      expect.objectContaining({
        code: "EMRX_INVALID_QUERY",
        message: expect.stringMatching(problem),
      }),
    );
  }
});

test("zero and small-order X25519 keys are refused with the read, in every encoding", async () => {
  const ledger = await memoryLedger({ genesis });
  const prime = 2n ** 255n - 19n;
  const orders = [
    0n,
    1n,
    prime - 1n,
    prime,
    prime + 1n,
    325606250916557431795983626356110631294008115727848805560023387167927233504n,
    39382357235489614581723060781553021112529911719440698176882885853963445705823n,
  ];
  for (const u of orders.flatMap((each) => [each, each + (1n << 255n)])) {
    const digits = u.toString(16).padStart(64, "0").match(/../g) ?? [];
    const reads = [{ site: w.siteA, oneTimeKey: digits.reverse().join("") }];
    const call = { type: "access.read", round: 1, reads } as const;
    expect(await codeOf(sign(ledger, await identity(1), call))).toBe("EMRX_INVALID_CALL");
  }
});

test("a closed ledger says so, whatever it is asked", async () => {
  const ledger = await memoryLedger({ genesis });
  const call = await anyCall(ledger, await identity(1));
  await ledger.close();
  for (const promise of [
    ledger.submit(call),
    ledger.submitBatch([call]),
    ledger.status(w.ledger),
    ledger.view({ type: "ledger.digest" }),
    ledger.checkpoint(),
    ledger.prove(w.ledger),
    ledger.proveEntry(0),
    ledger.proveConsistency(1),
  ]) {
    expect(await codeOf(promise)).toBe("EMRX_CLOSED");
  }
});
