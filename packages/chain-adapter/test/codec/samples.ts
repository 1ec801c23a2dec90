// One of every call, event and query, with every member that it can have. The types make the lists complete.
import type { CallOf, CallType, LedgerEvent, LedgerEventType, Query } from "../../src/calls.js";
import * as w from "../contracts/world.js";

const token = "ab".repeat(32 + 256);
const rule = {
  effect: "deny",
  attributes: ["bmi"],
  levels: ["L1"],
  purposes: ["HMARKT", "CLINTRCH"],
  actors: [w.labX],
  notBefore: 5,
  notAfter: 6,
  obligations: ["DELAFTER"],
} as const;
const change = {
  kind: "recovery",
  sequence: 3,
  next: `ed25519:${w.hash(30)}`,
  nextRecovery: w.hash(31),
  authority: `secp256k1:02${w.hash(32)}`,
  authoritySignature: `secp256k1:${"cd".repeat(65)}`,
  nextSignature: `ed25519:${"ef".repeat(64)}`,
} as const;
const windows = { offer: 1, seed: 2, grant: 3, read: 4, release: 5, claim: 6 };
const seeder = {
  key: `ed25519:${w.hash(34)}`,
  commitment: w.hash(35),
  signature: `ed25519:${"ab".repeat(64)}`,
};
const path = [w.hash(20), w.hash(21)];

export const calls: { readonly [T in CallType]: CallOf<T> } = {
  "publication.register": { type: "publication.register", publication: w.publication },
  "round.open": {
    type: "round.open",
    round: 1,
    publication: w.hash(36),
    windows,
    issuerKey: "c1".repeat(256),
    seeders: [seeder, seeder],
  },
  "trade.offer": { ...w.offer(), token },
  "trade.request": { ...w.request(), token },
  "matching.seed": { type: "matching.seed", round: 1, share: w.hash(37) },
  "trade.settle": w.settle({ sites: [w.siteA], most: 5 }),
  "access.setPolicy": w.policy({ rules: [rule] }) as CallOf<"access.setPolicy">,
  "access.grant": w.grant() as CallOf<"access.grant">,
  "access.read": {
    type: "access.read",
    round: 1,
    reads: [{ site: w.siteA, oneTimeKey: w.hash(0x46) }],
  },
  "access.missing": w.missing(w.siteA) as CallOf<"access.missing">,
  "access.release": w.release() as CallOf<"access.release">,
  "access.claim": {
    type: "access.claim",
    round: 1,
    site: w.siteA,
    evidence: {
      kind: "chunk",
      chunks: [{ index: 2, ciphertext: "0a0b", key: w.hash(38), path }],
    },
  },
  "access.revoke": w.revoke() as CallOf<"access.revoke">,
  "evaluation.rate": w.rate() as CallOf<"evaluation.rate">,
  "identity.register": { type: "identity.register", recovery: w.hash(33) },
  "identity.changeKey": { type: "identity.changeKey", name: w.siteA, change },
  "ledger.batch": { type: "ledger.batch", calls: [w.settle(), { type: "trade.offer", round: 1 }] },
};

/** The other kind of claim. */
export const keyClaim: CallOf<"access.claim"> = {
  type: "access.claim",
  round: 1,
  site: w.siteA,
  evidence: {
    kind: "key",
    secret: w.hash(39),
    leaf: { index: 1, ciphertextHash: w.hash(40), keyHash: w.hash(41), path },
  },
};

type EventOf<T extends LedgerEventType> = Extract<LedgerEvent, { readonly type: T }>;
const [round, site, requester] = [1, w.siteA, w.labX];
const pair = { round, site, requester };

export const events: { readonly [T in LedgerEventType]: EventOf<T> } = {
  "publication.registered": {
    type: "publication.registered",
    publication: w.hash(36),
    by: w.stranger,
  },
  "round.opened": {
    type: "round.opened",
    round,
    opener: w.opener,
    publication: w.hash(36),
    held: "44",
  },
  "trade.offered": { type: "trade.offered", round, site, root: w.hash(3), units: 8, held: "24" },
  "trade.requested": { type: "trade.requested", round, requester, quota: 8, held: "424" },
  "trade.withdrawn": {
    type: "trade.withdrawn",
    round,
    party: requester,
    what: "request",
    returned: "424",
  },
  "matching.seeded": { type: "matching.seeded", round, seeder: w.hash(42) },
  "access.policySet": { type: "access.policySet", site, policyId: "main", version: 1 },
  "access.granted": {
    type: "access.granted",
    ...pair,
    root: w.hash(10),
    policyId: "main",
    policyVersion: 1,
  },
  "access.decided": {
    type: "access.decided",
    ...pair,
    purpose: "HRESCH",
    decision: "deny",
    reason: "EMRX_GRANT_REVOKED",
    obligations: ["DELAFTER"],
    policyId: "main",
    policyVersion: 2,
  },
  "access.missed": { type: "access.missed", ...pair },
  "access.released": { type: "access.released", ...pair },
  "access.claimed": { type: "access.claimed", ...pair, kind: "chunk" },
  "access.revoked": { type: "access.revoked", ...pair, released: true },
  "item.refused": { type: "item.refused", ...pair, item: "grant", reason: "EMRX_NOT_ALLOCATED" },
  "trade.settled": {
    type: "trade.settled",
    ...pair,
    outcome: "paid",
    units: 6,
    toSite: "318",
    toRequester: "18",
    forfeited: "0",
  },
  "trade.returned": {
    type: "trade.returned",
    round,
    party: w.hash(42),
    what: "seeder",
    returned: "0",
    forfeited: "7",
  },
  "round.settled": { type: "round.settled", round },
  "evaluation.rated": {
    type: "evaluation.rated",
    round,
    rater: requester,
    subject: site,
    role: "site",
    predictedQuality: 500_000,
    measuredQuality: 850_000,
  },
  "identity.registered": { type: "identity.registered", name: site },
  "identity.keyChanged": {
    type: "identity.keyChanged",
    name: site,
    kind: "rotation",
    key: w.hash(30),
  },
};

type QueryOf<T extends Query["type"]> = Extract<Query, { readonly type: T }>;

export const queries: { readonly [T in Query["type"]]: QueryOf<T> } = {
  "publication.document": { type: "publication.document", publication: w.hash(36) },
  "publication.list": { type: "publication.list" },
  "round.state": { type: "round.state", round, time: 5 },
  "round.list": { type: "round.list" },
  "trade.escrow": { type: "trade.escrow" },
  "trade.credit": { type: "trade.credit", party: site },
  "access.policy": { type: "access.policy", site, policyId: "main" },
  "access.policies": { type: "access.policies" },
  "access.decision": {
    type: "access.decision",
    site,
    policyId: "main",
    requester,
    purpose: "HRESCH",
    attributes: ["bmi"],
    levels: ["L1"],
    time: 5,
  },
  "evaluation.score": { type: "evaluation.score", role: "site", subject: site },
  "evaluation.scores": { type: "evaluation.scores" },
  "identity.keys": { type: "identity.keys", name: site },
  "identity.party": { type: "identity.party", key: site },
  "ledger.digest": { type: "ledger.digest" },
};
