// A small world to try the contracts in: two sites, two requesters, an opener, two seeders, and one clock.
import {
  type Call,
  type CallOf,
  createGenesis,
  type Genesis,
  type GrantItem,
  type LedgerEvent,
  type OfferedClass,
  type Publication,
  publicationHash,
  type RequestTerms,
  type RoundTerms,
  type RoundView,
  type Rule,
  signSeeder,
} from "../../src/calls.js";
import { answer } from "../../src/contracts/view.js";
import {
  applyCall,
  type CallResult,
  type ContractState,
  initialState,
} from "../../src/contracts.js";
import type { RejectionCode } from "../../src/errors.js";
import { createIdentity, partyId } from "../../src/identity.js";
import { oneTimePublicKey } from "../../src/payload.js";
import { oneTimeSecret } from "./model-claim.js";

export const ledger: string = "1e".repeat(32);
export const siteA: string = "a1".repeat(32);
export const siteB: string = "a2".repeat(32);
export const labX: string = "b1".repeat(32);
export const labY: string = "b2".repeat(32);
export const opener: string = "0c".repeat(32);
export const stranger: string = "ff".repeat(32);
export const hash = (byte: number): string => byte.toString(16).padStart(2, "0").repeat(32);

const identities = await Promise.all(
  [61, 62].map((byte) => createIdentity({ secretKey: new Uint8Array(32).fill(byte) })),
);
/** The seeders; their shares are `hash(61)` and `hash(62)`. */
export const seeders = identities.map(partyId) as [string, string];
export const shares = [hash(61), hash(62)] as const;

export const genesis: Genesis = createGenesis({ name: "world", salt: hash(0), openers: [opener] });

/** Two profiles, of which requesters like the first better; lots of four patients in chunks of two. */
export const publication: Publication = {
  format: "emrx-publication/1",
  name: "world",
  schemaHash: hash(1),
  attributes: ["bmi", "sex"],
  levels: ["L1", "L2"],
  profiles: [
    {
      name: "open",
      levels: [0, 1],
      bytes: [1, 1],
      refuses: ["HMARKT"],
      disclosed: 2,
      worth: [600_000, 300_000],
      exposure: [3000, 60_000],
    },
    {
      name: "strict",
      levels: [1, -1],
      bytes: [1, 0],
      refuses: ["HMARKT", "TREAT"],
      disclosed: 1,
      worth: [300_000, 0],
      exposure: [1500, 0],
    },
  ],
  floors: [10, 60],
  buyers: [1, 2],
  purposeCosts: { HRESCH: 5 },
  lotSize: 4,
  leastGroup: 4,
  chunk: { length: 2, bytes: 500, withdrawn: 0 },
  suite: 1,
  limits: { sites: 4, lots: 4, requests: 4, price: 1000 },
  bonds: { unit: 3, seeder: 7, opener: 30 },
  counts: { epsilon: "0.5", delta: "0.000001", rounds: 10 },
};

export const register: Call = { type: "publication.register", publication };

/** A round of this number: windows of 100 from 1,000 on. */
export const roundTerms = (changes: Partial<RoundTerms> = {}): RoundTerms => ({
  round: 1,
  publication: publicationHash(publication),
  windows: { offer: 1100, seed: 1200, grant: 1300, read: 1400, release: 1500, claim: 1600 },
  ...changes,
});

export const open = async (changes: Partial<RoundTerms> = {}): Promise<CallOf<"round.open">> => {
  const terms = roundTerms(changes);
  const consents = identities.map((who, i) =>
    signSeeder(ledger, who, terms, { share: shares[i] as string }),
  );
  return { type: "round.open", ...terms, seeders: await Promise.all(consents) };
};
const opening: Call = await open();

export const seed = (of: 0 | 1): Call => ({ type: "matching.seed", round: 1, share: shares[of] });

export const offered = (changes: Partial<OfferedClass> = {}): OfferedClass => ({
  profile: 0,
  floor: 0,
  buyers: 0,
  lots: 2,
  ...changes,
});

export const offer = (...classes: readonly OfferedClass[]): CallOf<"trade.offer"> => ({
  type: "trade.offer",
  round: 1,
  batch: { root: hash(3), classes: classes.length === 0 ? [offered()] : classes },
});

export const request = (changes: Partial<RequestTerms> = {}): CallOf<"trade.request"> => ({
  type: "trade.request",
  round: 1,
  terms: {
    purpose: "HRESCH",
    weights: { bmi: 2, sex: 1 },
    minimumWorth: 1,
    price: 50,
    quota: 8,
    ...changes,
  },
});

export const withdraw = (what: "offer" | "request"): Call => ({ type: `trade.${what}`, round: 1 });

/** Permits everybody everything for one purpose. */
export const anybody: Rule = {
  effect: "permit",
  attributes: ["*"],
  levels: ["*"],
  purposes: ["HRESCH"],
  actors: ["*"],
};

export const policy = (changes: Partial<CallOf<"access.setPolicy">> = {}): Call => ({
  type: "access.setPolicy",
  policyId: "main",
  version: 1,
  schemaHash: hash(1),
  rules: [anybody],
  ...changes,
});

export const granted = (changes: Partial<GrantItem> = {}): GrantItem => ({
  requester: labX,
  root: hash(10),
  keyCommitment: hash(11),
  policyId: "main",
  policyVersion: 1,
  ...changes,
});

export const grant = (...to: readonly string[]): Call => ({
  type: "access.grant",
  round: 1,
  grants: (to.length === 0 ? [labX] : to).map((requester) => granted({ requester })),
});

const oneTimeKey = await oneTimePublicKey(new Uint8Array(32).fill(0x46));

export const read = (...from: readonly string[]): Call => ({
  type: "access.read",
  round: 1,
  reads: (from.length === 0 ? [siteA] : from).map((site) => ({ site, oneTimeKey })),
});

export const missing = (...sites: readonly string[]): Call => ({
  type: "access.missing",
  round: 1,
  sites,
});

/** Keys that open with nothing. */
export const release = (...to: readonly string[]): Call => ({
  type: "access.release",
  round: 1,
  releases: (to.length === 0 ? [labX] : to).map((requester) => ({
    requester,
    wrappedKey: "ee".repeat(80),
  })),
});

export const claim = (site: string = siteA, secret: string = oneTimeSecret): Call => ({
  type: "access.claim",
  round: 1,
  site,
  evidence: { kind: "key", secret },
});

export const revoke = (...requesters: readonly string[]): Call => ({
  type: "access.revoke",
  round: 1,
  requesters: requesters.length === 0 ? [labX] : requesters,
});

export const settle = (changes: Partial<CallOf<"trade.settle">> = {}): CallOf<"trade.settle"> => ({
  type: "trade.settle",
  round: 1,
  ...changes,
});

export const rate = (changes: Partial<CallOf<"evaluation.rate">> = {}): Call => ({
  type: "evaluation.rate",
  round: 1,
  subject: siteA,
  role: "site",
  measuredQuality: 850_000,
  evidenceHash: hash(11),
  ...changes,
});

/** State and clock; calls are tried one after the other. */
export class World {
  state: ContractState = initialState();
  time = 1000;
  genesis: Genesis = genesis;

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

  at(time: number): this {
    this.time = time;
    return this;
  }

  /** Round 1 as it stands. */
  round(): RoundView {
    const view = answer(this.state, { type: "round.state", round: 1 }, this.time);
    if (view === null) throw new Error("no round 1");
    return view;
  }

  /** Units and outcome of each pair, by the last two digits of site and requester. */
  pairs(): Record<string, string> {
    return Object.fromEntries(
      this.round().pairs.map(({ site, requester, units, outcome = "open" }) => [
        `${site.slice(-2)} ${requester.slice(-2)}`,
        `${units} ${outcome}`,
      ]),
    );
  }

  credit(party: string): string {
    return answer(this.state, { type: "trade.credit", party }, this.time);
  }
}

/** How far a round has come. */
export type Stage = "opened" | "offered" | "seeded" | "granted" | "read" | "released" | "settled";

/** A world at a stage of round 1, its window still open: siteA sells 6 records to labX and 2 to labY, siteB 2 to labX. */
export function worldAt(stage: Stage): World {
  const world = new World();
  const steps: [Stage, () => void][] = [
    [
      "opened",
      () => {
        world.ok(stranger, register);
        world.ok(opener, opening);
      },
    ],
    [
      "offered",
      () => {
        world.ok(siteA, policy());
        world.ok(siteB, policy());
        world.ok(siteA, offer());
        world.ok(siteB, offer(offered({ profile: 1, lots: 1 })));
        world.ok(labX, request());
        world.ok(labY, request({ price: 70, quota: 2 }));
      },
    ],
    [
      "seeded",
      () => {
        world.at(1100).ok(seeders[0], seed(0));
        world.ok(seeders[1], seed(1));
      },
    ],
    [
      "granted",
      () => {
        world.at(1200).ok(siteA, grant(labX, labY));
        world.ok(siteB, grant());
      },
    ],
    [
      "read",
      () => {
        world.at(1300).ok(labX, read(siteA, siteB));
        world.ok(labY, read());
      },
    ],
    [
      "released",
      () => {
        world.at(1400).ok(siteA, release(labX, labY));
        world.ok(siteB, release());
      },
    ],
    ["settled", () => world.at(1600).ok(stranger, settle())],
  ];
  for (const [name, step] of steps) {
    step();
    if (name === stage) return world;
  }
  throw new Error(stage);
}
