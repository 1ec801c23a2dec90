// The bytes of every call, as written down once. If a test here fails, logs written before could no longer be replayed:
// make a new version of the format instead.
import { createPrivateKey, createPublicKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { fc, property } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import {
  type Call,
  callId,
  ledgerId,
  parseCall,
  parsePublication,
  parseSignedCall,
  publicationHash,
  type Query,
  seedCommitment,
  signCall,
} from "../../src/calls.js";
import { canonicalText } from "../../src/codec/canonical.js";
import { decodeSignedCall, encodeSignedCall } from "../../src/codec/signed-call.js";
import { answer } from "../../src/contracts/view.js";
import { initialState } from "../../src/contracts.js";
import { LedgerError } from "../../src/errors.js";
import { createIdentity } from "../../src/identity.js";
import * as w from "../contracts/world.js";
import * as samples from "./samples.js";

const calls: readonly Call[] = [...Object.values(samples.calls), samples.keyClaim];

type Texts = Record<string, string>;
/** Written by Python's json module with sorted keys, from the samples as they were then, and hashed by Python's hashlib. */
const golden = JSON.parse(readFileSync(new URL("golden/format.json", import.meta.url), "utf8")) as {
  readonly calls: Texts;
  readonly keyClaim: string;
  readonly events: Texts;
  readonly queries: Texts;
  readonly genesis: string;
  readonly ledgerId: string;
  readonly publicationHash: string;
  readonly seedCommitment: string;
  readonly callId: string;
};

describe("the format stays as it is", () => {
  test.each(Object.entries(samples.calls))("%s", (type, call) => {
    expect(canonicalText(parseCall(call))).toBe(golden.calls[type]);
    expect(parseCall(JSON.parse(golden.calls[type] as string))).toEqual(call);
  });

  test("a claim of a wrong key", () => {
    expect(canonicalText(parseCall(samples.keyClaim))).toBe(golden.keyClaim);
  });

  test.each(Object.entries(samples.events))("event %s", (type, event) => {
    expect(canonicalText(event)).toBe(golden.events[type]);
  });

  test.each(Object.entries(samples.queries))("query %s", (type, query) => {
    expect(canonicalText(query)).toBe(golden.queries[type]);
    // Every query has an answer on a ledger on which nothing has happened.
    expect(answer(initialState(), query as Query, 0)).toBeDefined();
  });

  test("the golden file has nothing else", () => {
    const names = (texts: object): string[] => Object.keys(texts).sort();
    expect(names(golden.calls)).toEqual(names(samples.calls));
    expect(names(golden.events)).toEqual(names(samples.events));
    expect(names(golden.queries)).toEqual(names(samples.queries));
  });

  test("genesis, ledger id and the name of a publication", () => {
    expect(canonicalText(w.genesis)).toBe(golden.genesis);
    expect(ledgerId(w.genesis)).toBe(golden.ledgerId);
    expect(publicationHash(w.publication)).toBe(golden.publicationHash);
  });

  test("seed commitment: SHA-256 over its domain, ledger, round, seeder and share", () => {
    const opening = { ledger: w.ledger, round: 1, seeder: w.stranger, share: w.hash(37) };
    expect(seedCommitment(opening)).toBe(golden.seedCommitment);
  });

  test("signed call and its id, under a signature that OpenSSL makes", async () => {
    const secretKey = new Uint8Array(32).fill(1);
    const signer = await createIdentity({ secretKey });
    const options = { key: "k-1", expectedVersion: 0, deadline: 99 };
    const signed = await signCall(w.ledger, signer, w.settle(), options);
    const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), secretKey]);
    const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
    const raw = createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32);
    const head = `{"call":{"round":1,"type":"trade.settle"},"deadline":99,"expectedVersion":0,"format":"emrx-call/1","key":"k-1","ledger":"${w.ledger}"`;
    const tail = `"signer":"ed25519:${raw.toString("hex")}"}`;
    const message = Buffer.from(`emrx signed call 1\n${head},${tail}`);
    const signature = `"signature":"ed25519:${sign(null, message, key).toString("hex")}"`;
    expect(canonicalText(signed)).toBe(`${head},${signature},${tail}`);
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

const opening = samples.calls["round.open"];
const released = (wrappedKey: string): unknown => ({
  type: "access.release",
  round: 1,
  releases: [{ requester: w.labX, wrappedKey }],
});
/** A claim that shows so many chunks. */
const shown = (count: number, changes: object = {}): unknown => ({
  type: "access.claim",
  round: 1,
  site: w.siteA,
  evidence: {
    kind: "chunk",
    chunks: Array(count).fill({ index: 0, ciphertext: "", key: w.hash(1), path: [], ...changes }),
  },
});

/** A publication with something altered, as a call. */
const published = (changes: object): unknown => ({
  type: "publication.register",
  publication: { ...w.publication, ...changes },
});
const [profile] = w.publication.profiles;

test.each<[string, object]>([
  ["profiles of another number of attributes", { attributes: ["bmi", "sex", "age"] }],
  ["an attribute twice", { attributes: ["bmi", "bmi"] }],
  ["a level that is not there", { levels: ["L1"] }],
  ["two profiles of one name", { profiles: [profile, profile] }],
  ["more disclosed than there is", { profiles: [{ ...profile, disclosed: 3 }] }],
  ["a withheld attribute that is worth something", { profiles: [{ ...profile, levels: [0, -1] }] }],
  ["floors out of order", { floors: [60, 10] }],
  ["a floor above the highest price", { floors: [1001] }],
  ["a number of buyers twice", { buyers: [1, 1] }],
  ["a cost of no purpose", { purposeCosts: { FUN: 1 } }],
  ["lots that are not whole chunks", { lotSize: 5 }],
  ["lots below the least group", { leastGroup: 5 }],
  ["another suite", { suite: 2 }],
  ["more lots than can be decided", { limits: { ...w.publication.limits, sites: 0x4000 } }],
  [
    "more pairs than can be decided",
    { limits: { sites: 1024, lots: 8, requests: 129, price: 1000 } },
  ],
])("no publication: %s", (_, changes) => {
  expect(() => parseCall(published(changes))).toThrow(
    expect.objectContaining({ code: "EMRX_INVALID_CALL" }),
  );
  expect(() => parsePublication({ ...w.publication, ...changes })).toThrow(
    expect.objectContaining({ code: "EMRX_INVALID_PUBLICATION" }),
  );
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
    ["price 0", w.request({ price: 0 }), true],
    ["price 10^9", w.request({ price: 1_000_000_000 }), true],
    ["price 10^9 + 1", w.request({ price: 1_000_000_001 }), false],
    ["price -1", w.request({ price: -1 }), false],
    ["price 1.5", w.request({ price: 1.5 }), false],
    ["quota 2^32 - 1", w.request({ quota: 2 ** 32 - 1 }), true],
    ["quota 2^32", w.request({ quota: 2 ** 32 }), false],
    ["quota 0", w.request({ quota: 0 }), false],
    ["minimum worth 0", w.request({ minimumWorth: 0 }), false],
    ["no weights", w.request({ weights: {} }), false],
    ["weight 0", w.request({ weights: { bmi: 0 } }), false],
    ["no lots", w.offer(w.offered({ lots: 0 })), false],
    [
      "no classes",
      { type: "trade.offer", round: 1, batch: { root: w.hash(1), classes: [] } },
      false,
    ],
    [
      "uppercase hash",
      { ...w.offer(), batch: { ...w.offer().batch, root: "AA".repeat(32) } },
      false,
    ],
    ["short hash", { ...w.offer(), batch: { ...w.offer().batch, root: "aa".repeat(31) } }, false],
    ["a purpose that HL7 does not have", w.request({ purpose: "FUN" as "HRESCH" }), false],
    ["one seeder", { ...opening, seeders: opening.seeders.slice(1) }, false],
    ["five seeders", { ...opening, seeders: Array(5).fill(opening.seeders[0]) }, true],
    ["six seeders", { ...opening, seeders: Array(6).fill(opening.seeders[0]) }, false],
    ["an empty window", { ...opening, windows: { ...opening.windows, seed: 1 } }, false],
    ["an issuer key of 255 bytes", { ...opening, issuerKey: "ab".repeat(255) }, false],
    ["no items", { type: "access.missing", round: 1, sites: [] }, false],
    ["1,000 items", { type: "access.missing", round: 1, sites: Array(1000).fill(w.siteA) }, true],
    ["1,001 items", { type: "access.missing", round: 1, sites: Array(1001).fill(w.siteA) }, false],
    ["a wrapped key of 79 bytes", released("ee".repeat(79)), false],
    ["a wrapped key of 81 bytes", released("ee".repeat(81)), false],
    ["three chunks", shown(3), false],
    ["two chunks", shown(2), true],
    ["a path of 64 hashes", shown(1, { path: Array(64).fill(w.hash(1)) }), true],
    ["a path of 65 hashes", shown(1, { path: Array(65).fill(w.hash(1)) }), false],
    ["a chunk of 2^17 bytes", shown(1, { ciphertext: "ab".repeat(1 << 17) }), true],
    ["a chunk of 2^17 + 1 bytes", shown(1, { ciphertext: "ab".repeat((1 << 17) + 1) }), false],
    ["an attribute twice", w.policy({ rules: [{ ...openRule, attributes: ["a", "a"] }] }), false],
    [
      "everything and something",
      w.policy({ rules: [{ ...openRule, attributes: ["*", "a"] }] }),
      false,
    ],
    ["quality 1,000,000", w.rate({ measuredQuality: 1_000_000 }), true],
    ["quality 1,000,001", w.rate({ measuredQuality: 1_000_001 }), false],
    ["a token of 287 bytes", { ...w.offer(), token: "ab".repeat(287) }, false],
    ["a token of 544 bytes", { ...w.offer(), token: "ab".repeat(544) }, true],
    ["a token of 545 bytes", { ...w.offer(), token: "ab".repeat(545) }, false],
    ["an empty batch", { type: "ledger.batch", calls: [] }, false],
    [
      "a batch in a batch",
      { type: "ledger.batch", calls: [{ type: "ledger.batch", calls: [w.settle()] }] },
      false,
    ],
    ["a batch of 1,000", { type: "ledger.batch", calls: Array(1000).fill(w.settle()) }, true],
    ["a batch of 1,001", { type: "ledger.batch", calls: Array(1001).fill(w.settle()) }, false],
    ["no obligations", w.policy({ rules: [{ ...openRule, obligations: [] }] }), false],
    ["a policy id with U+0000", w.policy({ policyId: "a\u0000b" }), false],
    ["a policy id of 129 characters", w.policy({ policyId: "a".repeat(129) }), false],
    ["right to left text in a policy id", w.policy({ policyId: "מדיניות" }), true],
    ["a zero-width joiner in a policy id", w.policy({ policyId: "👩‍⚕️" }), true],
  ])("%s", (_, call, accepted) => {
    expect(accepts(call)).toBe(accepted);
  });
});
