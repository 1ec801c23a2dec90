// One of every call, event and query, with every member that it can have. The types make the lists complete.
import type { CallOf, CallType, LedgerEvent, LedgerEventType, Query } from "../../src/calls.js";
import * as w from "../contracts/world.js";

const proof = [w.hash(20), w.hash(21)];
const block = { block: 1, pairs: [3, 4, 5, 6], proof };
const agent = {
  place: 7,
  input: { id: w.hash(22), quota: 2, count: 66, root: w.hash(23), proof, blocks: [block] },
  partners: { count: 1, root: w.hash(24), proof: [], blocks: [] },
};
const offer = { id: w.hash(25), quota: 1, terms: 65_793, leaf: w.hash(26), proof };

/** Every kind of claim, as the calls that make them. */
export const claims: readonly CallOf<"matching.challenge">["claim"][] = [
  {
    kind: "blocking",
    publisher: agent,
    requester: agent,
    rank: 0,
    gap: 1,
    publisherGivesUp: 2,
    requesterGivesUp: 3,
  },
  { kind: "overQuota", agent },
  { kind: "unacceptable", agent, partner: 0 },
  { kind: "oneSided", agent, partner: 0, other: { place: 0 }, gap: 0 },
  { kind: "unmutual", agent, rank: 0, other: agent },
  { kind: "duplicate", agent, among: "list", first: 0, second: 1 },
  { kind: "unadmitted", agent, among: "partners", at: 4_294_967_295 },
  { kind: "omitted", agent, offer },
  { kind: "altered", agent },
  { kind: "misallocated", requester: agent, site: w.siteA, from: 0, to: 2 },
];

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

export const calls: { readonly [T in CallType]: CallOf<T> } = {
  "trade.openRound": { type: "trade.openRound", round: 1, issuerKey: "c1".repeat(256) },
  "trade.offerBatch": w.offer({ token }) as CallOf<"trade.offerBatch">,
  "trade.request": w.request({ token }) as CallOf<"trade.request">,
  "trade.deliver": w.deliver() as CallOf<"trade.deliver">,
  "trade.settle": w.settle() as CallOf<"trade.settle">,
  "trade.withdraw": w.withdraw("offer") as CallOf<"trade.withdraw">,
  "access.setPolicy": w.policy({ rules: [rule] }) as CallOf<"access.setPolicy">,
  "access.grantBatch": w.grant(w.terms({ delegation: 2 })) as CallOf<"access.grantBatch">,
  "access.revoke": w.revoke() as CallOf<"access.revoke">,
  "access.delegate": w.delegate({ notAfter: 9 }) as CallOf<"access.delegate">,
  "access.revokeDelegation": w.revokeDelegation() as CallOf<"access.revokeDelegation">,
  "access.logAccess": w.read({ grantee: w.labY }) as CallOf<"access.logAccess">,
  "matching.commit": w.commit() as CallOf<"matching.commit">,
  "matching.reveal": w.reveal() as CallOf<"matching.reveal">,
  "matching.challenge": {
    type: "matching.challenge",
    round: 1,
    claim: claims[0] as (typeof claims)[number],
  },
  "matching.finalize": { type: "matching.finalize", round: 1 },
  "evaluation.rate": w.rate() as CallOf<"evaluation.rate">,
  "identity.register": { type: "identity.register", recovery: w.hash(33) },
  "identity.changeKey": { type: "identity.changeKey", name: w.siteA, change },
  "ledger.adopt": { type: "ledger.adopt", rules: 2 },
  "ledger.batch": {
    type: "ledger.batch",
    calls: [{ type: "matching.finalize", round: 1 }, w.settle() as CallOf<"trade.settle">],
  },
};

type EventOf<T extends LedgerEventType> = Extract<LedgerEvent, { readonly type: T }>;
const [round, site, requester] = [1, w.siteA, w.labX];

export const events: { readonly [T in LedgerEventType]: EventOf<T> } = {
  "trade.roundOpened": { type: "trade.roundOpened", round, issuerKey: "c1".repeat(256) },
  "trade.offered": { type: "trade.offered", round, site, root: w.hash(3), count: 10 },
  "trade.requested": { type: "trade.requested", round, requester, quota: 8, held: "400" },
  "trade.delivered": {
    type: "trade.delivered",
    round,
    site,
    requester,
    count: 5,
    bundle: w.cid("bundle"),
  },
  "trade.paid": { type: "trade.paid", round, site, requester, amount: "250" },
  "trade.settled": { type: "trade.settled", round, requester, paid: "250", refunded: "150" },
  "trade.withdrawn": {
    type: "trade.withdrawn",
    round,
    party: requester,
    what: "request",
    refunded: "400",
  },
  "trade.refunded": { type: "trade.refunded", round, requester, refunded: "400" },
  "access.policySet": { type: "access.policySet", site, policyId: "main", version: 1 },
  "access.granted": {
    type: "access.granted",
    round,
    site,
    requester,
    version: 1,
    policyVersion: 2,
    bundle: w.cid("bundle"),
  },
  "access.revoked": { type: "access.revoked", round, site, requester, version: 2 },
  "access.delegated": {
    type: "access.delegated",
    round,
    site,
    grantee: requester,
    from: requester,
    to: w.helper,
    version: 1,
  },
  "access.delegationRevoked": {
    type: "access.delegationRevoked",
    round,
    site,
    grantee: requester,
    to: w.helper,
    version: 2,
  },
  "access.decided": {
    type: "access.decided",
    round,
    site,
    requester: w.helper,
    purpose: "HRESCH",
    attributes: ["bmi"],
    decision: "deny",
    reason: "EMRX_GRANT_REVOKED",
    obligations: ["DELAFTER"],
    grantee: requester,
    grantVersion: 1,
    policyVersion: 2,
  },
  "matching.committed": {
    type: "matching.committed",
    round,
    operator: w.operator,
    inputsRoot: w.hash(8),
  },
  "matching.revealed": {
    type: "matching.revealed",
    round,
    inputs: w.cid("inputs"),
    matching: w.cid("matching"),
    pairs: 10,
  },
  "matching.refuted": {
    type: "matching.refuted",
    round,
    claim: "blocking",
    challenger: w.stranger,
  },
  "matching.finalized": { type: "matching.finalized", round },
  "evaluation.rated": {
    type: "evaluation.rated",
    round,
    rater: requester,
    subject: site,
    role: "site",
    predictedQuality: 900_000,
    measuredQuality: 850_000,
  },
  "identity.registered": { type: "identity.registered", name: site },
  "identity.keyChanged": {
    type: "identity.keyChanged",
    name: site,
    kind: "rotation",
    key: w.hash(30),
  },
  "ledger.adopted": { type: "ledger.adopted", rules: 2 },
};

type QueryOf<T extends Query["type"]> = Extract<Query, { readonly type: T }>;

export const queries: { readonly [T in Query["type"]]: QueryOf<T> } = {
  "trade.admission": { type: "trade.admission", round },
  "trade.offer": { type: "trade.offer", round, site },
  "trade.offers": { type: "trade.offers", round },
  "trade.request": { type: "trade.request", round, requester },
  "trade.requests": { type: "trade.requests", round },
  "trade.deliveries": { type: "trade.deliveries", round },
  "trade.escrow": { type: "trade.escrow" },
  "trade.credit": { type: "trade.credit", party: site },
  "access.policy": { type: "access.policy", site, policyId: "main" },
  "access.policies": { type: "access.policies" },
  "access.grant": { type: "access.grant", round, site, requester },
  "access.grants": { type: "access.grants", round, site, requester },
  "access.delegation": {
    type: "access.delegation",
    round,
    site,
    grantee: requester,
    to: w.helper,
  },
  "access.delegations": { type: "access.delegations", round },
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
  "matching.round": { type: "matching.round", round },
  "matching.rounds": { type: "matching.rounds" },
  "evaluation.score": { type: "evaluation.score", role: "site", subject: site },
  "evaluation.scores": { type: "evaluation.scores" },
  "identity.keys": { type: "identity.keys", name: site },
  "identity.party": { type: "identity.party", key: site },
  "ledger.rules": { type: "ledger.rules" },
  "ledger.digest": { type: "ledger.digest" },
};
