// The bytes of every call, as written down once. If a test here fails, logs written before could no longer be replayed:
// make a new version of the format instead.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fc, property } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import { decodeSignedCall, encodeSignedCall } from "../../src/codec/signed-call.js";
import {
  type Call,
  callId,
  canonicalText,
  createGenesis,
  createIdentity,
  LedgerError,
  ledgerId,
  parseCall,
  parseSignedCall,
  rulesNeeded,
  seedCommitment,
  signCall,
} from "../../src/index.js";
import * as w from "../contracts/world.js";

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

const calls: readonly Call[] = [
  w.offer(),
  w.request(),
  w.deliver(),
  w.settle(),
  w.withdraw("offer"),
  w.policy({
    rules: [
      {
        effect: "deny",
        attributes: ["bmi"],
        levels: ["L1"],
        purposes: ["HMARKT", "CLINTRCH"],
        actors: [w.labX],
        notBefore: 5,
        notAfter: 6,
      },
    ],
  }),
  w.grant(),
  w.revoke(),
  w.read(),
  w.commit(),
  w.reveal(),
  w.finalize,
  w.rate(),
];

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
    ["quality 1,000,000", w.rate({ measuredQuality: 1_000_000 }), true],
    ["quality 1,000,001", w.rate({ measuredQuality: 1_000_001 }), false],
    ["a policy id with U+0000", w.policy({ policyId: "a\u0000b" }), false],
    ["a policy id of 129 characters", w.policy({ policyId: "a".repeat(129) }), false],
    ["right to left text in a policy id", w.policy({ policyId: "מדיניות" }), true],
    ["a zero-width joiner in a policy id", w.policy({ policyId: "👩‍⚕️" }), true],
  ])("%s", (_, call, accepted) => {
    expect(accepts(call)).toBe(accepted);
  });
});
