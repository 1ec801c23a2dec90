// A small world to try the contracts in: two sites, two requesters, an operator, and one clock.
import {
  type Allocation,
  type Call,
  type CallOf,
  createGenesis,
  type Genesis,
  type GrantTerms,
  type LedgerEvent,
  type Query,
  type Rule,
} from "../../src/calls.js";
import {
  applyCall,
  type CallResult,
  type ContractState,
  initialState,
  seedCommitment,
} from "../../src/contracts.js";
import type { RejectionCode } from "../../src/errors.js";

export const ledger: string = "1e".repeat(32);
export const siteA: string = "a1".repeat(32);
export const siteB: string = "a2".repeat(32);
export const labX: string = "b1".repeat(32);
export const labY: string = "b2".repeat(32);
export const operator: string = "0c".repeat(32);
/** Two who were passed something on. */
export const helper: string = "d1".repeat(32);
export const assistant: string = "d2".repeat(32);
export const stranger: string = "ff".repeat(32);
export const hash = (byte: number): string => byte.toString(16).padStart(2, "0").repeat(32);
export const cid = (name: string): string => `b${name.padEnd(58, "a")}`;

export const genesis: Genesis = createGenesis({
  name: "world",
  salt: hash(0),
  operators: [operator],
  revealWindow: 100,
  challengeWindow: 50,
  deliveryWindow: 1000,
});

export const offer = (changes: Partial<CallOf<"trade.offerBatch">> = {}): Call => ({
  type: "trade.offerBatch",
  round: 1,
  schemaHash: hash(1),
  parametersHash: hash(2),
  epsilon: "4",
  root: hash(3),
  count: 10,
  menusHash: hash(4),
  offers: cid("offers"),
  offersRoot: hash(12),
  ...changes,
});

export const request = (changes: Partial<CallOf<"trade.request">> = {}): Call => ({
  type: "trade.request",
  round: 1,
  purpose: "HRESCH",
  weights: { bmi: 2, sex: 1 },
  tolerance: "0.01",
  pricePerRecord: "50",
  quota: 8,
  hpkePublicKey: hash(5),
  ...changes,
});

/** Permits everybody everything for one purpose. */
export const anybody: Rule = {
  effect: "permit",
  attributes: ["*"],
  levels: ["*"],
  purposes: ["HRESCH"],
  actors: ["*"],
};

/** What siteA's policy says of labX's reading. */
export const question = (changes: Partial<Extract<Query, { type: "access.decision" }>>): Query => ({
  type: "access.decision",
  site: siteA,
  policyId: "main",
  requester: labX,
  purpose: "HRESCH",
  attributes: ["bmi"],
  levels: ["L1"],
  ...changes,
});

export const policy = (changes: Partial<CallOf<"access.setPolicy">> = {}): Call => ({
  type: "access.setPolicy",
  policyId: "main",
  version: 1,
  schemaHash: hash(1),
  rules: [anybody],
  ...changes,
});

export const seed: string = hash(6);
export const nonce: string = hash(7);

export const commit = (changes: Partial<CallOf<"matching.commit">> = {}): Call => {
  const round = changes.round ?? 1;
  return {
    type: "matching.commit",
    round,
    inputsRoot: hash(8),
    inputsCount: 15,
    seedCommitment: seedCommitment({ ledger, round, operator, seed, nonce }),
    ...changes,
  };
};

/** siteA gives 5 records to labX and 2 to labY, siteB 3 to labX. */
export const allocation: Allocation = {
  sites: [siteA, siteB],
  requesters: [labX, labY],
  counts: [
    [5, 2],
    [3, 0],
  ],
};

export const reveal = (changes: Partial<CallOf<"matching.reveal">> = {}): Call => ({
  type: "matching.reveal",
  round: 1,
  inputs: cid("inputs"),
  inputsRoot: hash(8),
  inputsCount: 15,
  seed,
  nonce,
  matching: cid("matching"),
  matchingRoot: hash(9),
  pairs: 10,
  allocation,
  ...changes,
});

export const terms = (changes: Partial<GrantTerms> = {}): GrantTerms => ({
  requester: labX,
  policyId: "main",
  attributes: ["bmi", "sex"],
  levels: ["L1", "L2"],
  bundle: cid("bundle"),
  root: hash(10),
  count: 5,
  wrappedKey: "ee".repeat(64),
  ...changes,
});

export const grant = (...grants: readonly GrantTerms[]): Call => ({
  type: "access.grantBatch",
  round: 1,
  grants: grants.length === 0 ? [terms()] : grants,
});

export const delegate = (changes: Partial<CallOf<"access.delegate">> = {}): Call => ({
  type: "access.delegate",
  round: 1,
  site: siteA,
  grantee: labX,
  to: helper,
  attributes: ["bmi"],
  purposes: ["CLINTRCH"],
  depth: 1,
  ...changes,
});

export const revokeDelegation = (to: string = helper): Call => ({
  type: "access.revokeDelegation",
  round: 1,
  site: siteA,
  grantee: labX,
  to,
});

export const deliver = (changes: Partial<CallOf<"trade.deliver">> = {}): Call => ({
  type: "trade.deliver",
  round: 1,
  requester: labX,
  count: 5,
  bundle: cid("bundle"),
  ...changes,
});

export const settle = (requester: string = labX): Call => ({
  type: "trade.settle",
  round: 1,
  requester,
});

export const revoke = (requester: string = labX): Call => ({
  type: "access.revoke",
  round: 1,
  requester,
});

export const withdraw = (what: "offer" | "request"): Call => ({
  type: "trade.withdraw",
  round: 1,
  what,
});

export const read = (changes: Partial<CallOf<"access.logAccess">> = {}): Call => ({
  type: "access.logAccess",
  round: 1,
  site: siteA,
  grantVersion: 1,
  purpose: "HRESCH",
  attributes: ["bmi"],
  ...changes,
});

/** A challenge whose evidence is none. */
export const challenge = (changes: Partial<CallOf<"matching.challenge">> = {}): Call => ({
  type: "matching.challenge",
  round: 1,
  claim: { kind: "overQuota", agent: { place: 0 } },
  ...changes,
});

export const finalize: Call = { type: "matching.finalize", round: 1 };

export const rate = (changes: Partial<CallOf<"evaluation.rate">> = {}): Call => ({
  type: "evaluation.rate",
  round: 1,
  subject: siteA,
  role: "site",
  predictedQuality: 900_000,
  measuredQuality: 850_000,
  evidenceHash: hash(11),
  ...changes,
});

/** State and clock; calls are tried one after the other. */
export class World {
  state: ContractState;
  time: number = 1000;
  genesis: Genesis = genesis;

  /** Under the latest rules unless told otherwise. */
  constructor(rules?: number) {
    this.state = initialState(rules);
  }

  /** Tries a call; a refused one changes nothing. */
  try(signer: string, call: Call): CallResult {
    const context = { ledger, genesis: this.genesis, signer, time: this.time };
    const result = applyCall(this.state, call, context);
    if ("state" in result) this.state = result.state;
    return result;
  }

  /** Makes a call that must be accepted; its events. */
  ok(signer: string, call: Call): readonly LedgerEvent[] {
    const result = this.try(signer, call);
    if ("rejection" in result) throw new Error(`${call.type}: ${result.rejection.message}`);
    return result.events;
  }

  /** Makes a call that must be refused; the code. */
  refused(signer: string, call: Call): RejectionCode {
    const before = this.state;
    const result = this.try(signer, call);
    if (!("rejection" in result)) throw new Error(`${call.type} was accepted`);
    if (this.state !== before) throw new Error("a refused call changed the state");
    return result.rejection.code;
  }

  wait(milliseconds: number): this {
    this.time += milliseconds;
    return this;
  }
}

/** A world at a stage of round 1. */
export function worldAt(
  stage: "offered" | "committed" | "revealed" | "finalized" | "granted" | "delivered" | "settled",
  /** How many times the grant of siteA to labX may be passed on. */
  delegation?: number,
): World {
  const world = new World();
  const steps: [string, () => void][] = [
    [
      "offered",
      () => {
        world.ok(siteA, policy());
        world.ok(siteB, policy());
        world.ok(siteA, offer());
        world.ok(siteB, offer({ count: 3 }));
        world.ok(labX, request());
        world.ok(labY, request({ pricePerRecord: "70", quota: 2 }));
      },
    ],
    ["committed", () => world.ok(operator, commit())],
    ["revealed", () => world.ok(operator, reveal())],
    ["finalized", () => world.wait(50).ok(stranger, finalize)],
    [
      "granted",
      () => {
        const passable = terms(delegation === undefined ? {} : { delegation });
        world.ok(siteA, grant(passable, terms({ requester: labY, count: 2, bundle: cid("y") })));
        world.ok(siteB, grant(terms({ count: 3, bundle: cid("b") })));
      },
    ],
    [
      "delivered",
      () => {
        world.ok(siteA, deliver());
        world.ok(siteA, deliver({ requester: labY, count: 2, bundle: cid("y") }));
        world.ok(siteB, deliver({ count: 3, bundle: cid("b") }));
      },
    ],
    [
      "settled",
      () => {
        world.ok(labX, settle());
        world.ok(labY, settle(labY));
      },
    ],
  ];
  for (const [name, step] of steps) {
    step();
    if (name === stage) return world;
  }
  throw new Error(stage);
}
