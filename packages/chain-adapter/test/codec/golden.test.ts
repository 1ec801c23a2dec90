// The bytes of every call, as written down once. If a test here fails, logs written before could no longer be replayed:
// make a new version of the format instead.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fc, property } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import {
  type Call,
  callId,
  createGenesis,
  ledgerId,
  parseCall,
  parseSignedCall,
  type Query,
  signCall,
} from "../../src/calls.js";
import { canonicalText } from "../../src/codec/canonical.js";
import { rulesNeeded } from "../../src/codec/rules.js";
import { decodeSignedCall, encodeSignedCall } from "../../src/codec/signed-call.js";
import { answer } from "../../src/contracts/view.js";
import { initialState, seedCommitment } from "../../src/contracts.js";
import { LedgerError } from "../../src/errors.js";
import { createIdentity } from "../../src/identity.js";
import * as w from "../contracts/world.js";
import * as samples from "./samples.js";

const golden = JSON.parse(
  readFileSync(new URL("golden/calls-1.json", import.meta.url), "utf8"),
) as {
  readonly genesis: string;
  readonly ledgerId: string;
  readonly seedCommitment: string;
  readonly callId: string;
  readonly signed: string;
  readonly calls: Record<string, string>;
};

const calls: readonly Call[] = Object.values(samples.calls);

type Texts = Record<string, string>;
/** Written by Python's json module with sorted keys, from the samples as they were then. */
const golden2 = JSON.parse(
  readFileSync(new URL("golden/format-2.json", import.meta.url), "utf8"),
) as {
  readonly calls: Texts;
  readonly claims: Texts;
  readonly events: Texts;
  readonly queries: Texts;
};

describe("format 2 stays as it is", () => {
  test.each(Object.entries(samples.calls))("%s", (type, call) => {
    expect(canonicalText(parseCall(call))).toBe(golden2.calls[type]);
    expect(parseCall(JSON.parse(golden2.calls[type] as string))).toEqual(call);
  });

  test.each(samples.claims.map((claim) => [claim.kind, claim] as const))(
    "claim %s",
    (kind, claim) => {
      expect(canonicalText(claim)).toBe(golden2.claims[kind]);
      const call = { type: "matching.challenge", round: 1, claim } as const;
      expect(parseCall(JSON.parse(canonicalText(call)))).toEqual(call);
    },
  );

  test.each(Object.entries(samples.events))("event %s", (type, event) => {
    expect(canonicalText(event)).toBe(golden2.events[type]);
  });

  test.each(Object.entries(samples.queries))("query %s", (type, query) => {
    expect(canonicalText(query)).toBe(golden2.queries[type]);
    // Every query has an answer on a ledger on which nothing has happened.
    expect(answer(initialState(), query as Query, 0)).toBeDefined();
  });

  test("the golden file has nothing else", () => {
    const names = (texts: object): string[] => Object.keys(texts).sort();
    expect(names(golden2.calls)).toEqual(names(samples.calls));
    expect(names(golden2.claims)).toEqual(samples.claims.map(({ kind }) => kind).sort());
    expect(names(golden2.events)).toEqual(names(samples.events));
    expect(names(golden2.queries)).toEqual(names(samples.queries));
  });

  test("a call of format 2 needs rules 2, and each new member by itself", () => {
    const { calls: all } = samples;
    const needed = Object.values(all).filter((call) => rulesNeeded(call) === 2);
    expect(needed.map(({ type }) => type).sort()).toEqual(
      [
        "trade.openRound",
        "trade.offerBatch",
        "trade.request",
        "access.setPolicy",
        "access.grantBatch",
        "access.delegate",
        "access.revokeDelegation",
        "access.logAccess",
        "matching.challenge",
        "identity.register",
        "identity.changeKey",
        "ledger.batch",
      ].sort(),
    );
    const { token: _, ...offer } = all["trade.offerBatch"];
    const { offersRoot: __, ...withToken } = all["trade.offerBatch"];
    const { offersRoot: ___, ...bare } = offer;
    expect([offer, withToken, bare].map(rulesNeeded)).toEqual([2, 2, 1]);
  });
});

describe("format 1 stays as it is", () => {
  test.each(Object.entries(golden.calls))("%s", (type, text) => {
    const call = parseCall(JSON.parse(text));
    expect(call.type).toBe(type);
    expect(rulesNeeded(call)).toBe(1);
    expect(canonicalText(call)).toBe(text);
  });

  test("genesis and ledger id", () => {
    const genesis = createGenesis({ ...w.genesis, rules: 1 });
    expect(canonicalText(genesis)).toBe(golden.genesis);
    expect(ledgerId(genesis)).toBe(golden.ledgerId);
    expect(createHash("sha256").update(golden.genesis).digest("hex")).toBe(golden.ledgerId);
  });

  test("seed commitment: SHA-256 over its domain, ledger, round, operator, seed and nonce", () => {
    const opening = {
      ledger: w.ledger,
      round: 1,
      operator: w.operator,
      seed: w.seed,
      nonce: w.nonce,
    };
    expect(seedCommitment(opening)).toBe(golden.seedCommitment);
    const text = `{"domain":"emrx seed commitment 1","ledger":"${w.ledger}","nonce":"${w.nonce}","operator":"${w.operator}","round":1,"seed":"${w.seed}"}`;
    expect(createHash("sha256").update(text).digest("hex")).toBe(golden.seedCommitment);
  });

  test("signed call and its id", async () => {
    const signer = await createIdentity({ secretKey: new Uint8Array(32).fill(1) });
    const options = { key: "k-1", expectedVersion: 0, deadline: 99 };
    const signed = await signCall(w.ledger, signer, w.finalize, options);
    expect(canonicalText(signed)).toBe(golden.signed);
    expect(callId(signed)).toBe(golden.callId);
    expect(decodeSignedCall(encodeSignedCall(signed))).toEqual(signed);
  });
});

const junk = fc.oneof(
  fc.anything(),
  fc.constantFrom("", "*", "\u0000", -1, 0, 2 ** 53, "00".repeat(32)),
);

property(
  "a call with any member altered is a call or gives EMRX_INVALID_CALL, and nothing else",
  [fc.constantFrom(...calls), fc.nat(), junk, fc.boolean()],
  (call, pick, value, drop) => {
    const members = Object.keys(call);
    const name = pick % 7 === 0 ? "extra" : (members[pick % members.length] as string);
    const altered: Record<string, unknown> = { ...call, [name]: value };
    if (drop) delete altered[name];
    try {
      expect(parseCall(altered)).toEqual(altered);
    } catch (error) {
      expect(error).toBeInstanceOf(LedgerError);
      expect((error as LedgerError).code).toBe("EMRX_INVALID_CALL");
    }
  },
);

property("anything else is no call", [fc.anything()], (value) => {
  for (const parse of [parseCall, parseSignedCall]) {
    expect(() => parse(value)).toThrow(expect.objectContaining({ code: "EMRX_INVALID_CALL" }));
  }
});

const openRule = {
  effect: "permit",
  attributes: ["*"],
  levels: ["*"],
  purposes: ["*"],
  actors: ["*"],
} as const;

/** A challenge that shows one block. */
const claimWith = (changes: object): unknown => ({
  type: "matching.challenge",
  round: 1,
  claim: {
    kind: "overQuota",
    agent: {
      place: 0,
      partners: {
        count: 1,
        root: w.hash(1),
        proof: [],
        blocks: [{ block: 0, pairs: [1, 2], proof: [], ...changes }],
      },
    },
  },
});

describe("values at and beyond the edges", () => {
  const accepts = (call: unknown): boolean => {
    try {
      parseCall(call);
      return true;
    } catch {
      return false;
    }
  };
  test.each([
    ["price 0", w.request({ pricePerRecord: "0" }), true],
    ["price 2^96 - 1", w.request({ pricePerRecord: String(2n ** 96n - 1n) }), true],
    ["price 2^96", w.request({ pricePerRecord: String(2n ** 96n) }), false],
    ["price 01", w.request({ pricePerRecord: "01" }), false],
    ["price -1", w.request({ pricePerRecord: "-1" }), false],
    ["price 1.5", w.request({ pricePerRecord: "1.5" }), false],
    ["quota 2^32 - 1", w.request({ quota: 2 ** 32 - 1 }), true],
    ["quota 2^32", w.request({ quota: 2 ** 32 }), false],
    ["quota 0", w.request({ quota: 0 }), false],
    ["no weights", w.request({ weights: {} }), false],
    ["weight 0", w.request({ weights: { bmi: 0 } }), false],
    ["epsilon 0.5", w.offer({ epsilon: "0.5" }), true],
    ["epsilon .5", w.offer({ epsilon: ".5" }), false],
    ["epsilon 0.50", w.offer({ epsilon: "0.50" }), false],
    ["uppercase hash", w.offer({ root: "AA".repeat(32) }), false],
    ["short hash", w.offer({ root: "aa".repeat(31) }), false],
    ["a purpose that HL7 does not have", w.request({ purpose: "FUN" as "HRESCH" }), false],
    [
      "an allocation with a row missing",
      w.reveal({ allocation: { ...w.allocation, counts: [[5, 2]] } }),
      false,
    ],
    [
      "an allocation with a site twice",
      w.reveal({ allocation: { ...w.allocation, sites: [w.siteA, w.siteA] } }),
      false,
    ],
    [
      "an allocation with a requester twice",
      w.reveal({ allocation: { ...w.allocation, requesters: [w.labX, w.labX] } }),
      false,
    ],
    [
      "an allocation with a column missing",
      w.reveal({ allocation: { ...w.allocation, counts: [[5], [3]] } }),
      false,
    ],
    ["an attribute twice", w.policy({ rules: [{ ...openRule, attributes: ["a", "a"] }] }), false],
    [
      "everything and something",
      w.policy({ rules: [{ ...openRule, attributes: ["*", "a"] }] }),
      false,
    ],
    ["quality 1,000,000", w.rate({ measuredQuality: 1_000_000 }), true],
    ["quality 1,000,001", w.rate({ measuredQuality: 1_000_001 }), false],
    ["a token of 287 bytes", w.offer({ token: "ab".repeat(287) }), false],
    ["a token of 544 bytes", w.offer({ token: "ab".repeat(544) }), true],
    ["a token of 545 bytes", w.offer({ token: "ab".repeat(545) }), false],
    [
      "an issuer key of 255 bytes",
      { type: "trade.openRound", round: 1, issuerKey: "ab".repeat(255) },
      false,
    ],
    ["a delegation 0 deep", w.grant(w.terms({ delegation: 0 })), false],
    ["a delegation 8 deep", w.grant(w.terms({ delegation: 8 })), true],
    ["a delegation 9 deep", w.grant(w.terms({ delegation: 9 })), false],
    ["passing on 7 deep", w.delegate({ depth: 7 }), true],
    ["passing on 8 deep", w.delegate({ depth: 8 }), false],
    ["passing nothing on", w.delegate({ attributes: [] }), false],
    ["passing on for nothing", w.delegate({ purposes: [] }), false],
    ["rules 1", { type: "ledger.adopt", rules: 1 }, false],
    ["an empty batch", { type: "ledger.batch", calls: [] }, false],
    [
      "a batch in a batch",
      { type: "ledger.batch", calls: [{ type: "ledger.batch", calls: [w.finalize] }] },
      false,
    ],
    ["a batch of 1,000", { type: "ledger.batch", calls: Array(1000).fill(w.finalize) }, true],
    ["a batch of 1,001", { type: "ledger.batch", calls: Array(1001).fill(w.finalize) }, false],
    ["no obligations", w.policy({ rules: [{ ...openRule, obligations: [] }] }), false],
    ["pairs of an odd number of numbers", claimWith({ pairs: [1, 2, 3] }), false],
    ["a block of 64 pairs", claimWith({ pairs: Array(128).fill(1) }), true],
    ["a block of 65 pairs", claimWith({ pairs: Array(130).fill(1) }), false],
    ["a block without pairs", claimWith({ pairs: [] }), false],
    ["a proof of 64 hashes", claimWith({ proof: Array(64).fill(w.hash(1)) }), true],
    ["a proof of 65 hashes", claimWith({ proof: Array(65).fill(w.hash(1)) }), false],
    ["a policy id with U+0000", w.policy({ policyId: "a\u0000b" }), false],
    ["a policy id of 129 characters", w.policy({ policyId: "a".repeat(129) }), false],
    ["right to left text in a policy id", w.policy({ policyId: "מדיניות" }), true],
    ["a zero-width joiner in a policy id", w.policy({ policyId: "👩‍⚕️" }), true],
  ])("%s", (_, call, accepted) => {
    expect(accepts(call)).toBe(accepted);
  });
});
