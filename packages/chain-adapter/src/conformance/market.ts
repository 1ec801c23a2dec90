// The small market that the cases play in: two sites, two requesters, an opener and a seeder, on one ledger under test.
import type {
  Call,
  CallOf,
  GrantItem,
  OfferedClass,
  RequestTerms,
  RoundTerms,
  Settle,
  Windows,
} from "../codec/calls.js";
import { createGenesis } from "../codec/genesis.js";
import { fromHex } from "../codec/hex.js";
import { type Publication, publicationHash } from "../codec/publication.js";
import type { RoundView } from "../codec/round-view.js";
import { signSeeder } from "../codec/seeder.js";
import { type CallOptions, type SignedCall, signCall } from "../codec/signed-call.js";
import { LedgerError } from "../errors.js";
import { createIdentity, type Identity, partyId } from "../identity.js";
import type { OrderedLog } from "../ledger/ordered-log.js";
import type { ChainAdapter, Checkpoint, Receipt } from "../ledger/port.js";
import { oneTimePublicKey } from "../payload/one-time-key.js";
import type { ConformanceHarness } from "./harness.js";

/** Stops a case with what was expected and what was found. */
export function fail(message: string): never {
  throw new LedgerError("EMRX_NOT_CONFORMING", message);
}

/** Fails the case unless the condition holds. */
export function check(condition: boolean, message: string): asserts condition {
  if (!condition) fail(message);
}

/** Fails the case unless two values have the same JSON. */
export function same(found: unknown, expected: unknown, what: string): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  if (a !== b) fail(`${what}: expected ${b}, found ${a}`);
}

/** The code of the error that a promise ends in; fails the case if it does not. */
export async function codeOf(promise: Promise<unknown>, what: string): Promise<string> {
  let result: unknown;
  try {
    result = await promise;
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    if (typeof code === "string" && code.startsWith("EMRX_")) return code;
    fail(`${what}: expected a LedgerError, found ${String(error)}`);
  }
  const found = (JSON.stringify(result) ?? "undefined").slice(0, 200);
  return fail(`${what}: expected a LedgerError, found ${found}`);
}

/** Fails the case unless a promise ends in an error with the code. */
export async function refused(
  promise: Promise<unknown>,
  code: string,
  what: string,
): Promise<void> {
  same(await codeOf(promise, what), code, what);
}

/** Numbered 32 bytes. */
export const bytes32 = (number: number): string => number.toString(16).padStart(64, "0");

export type Role = "siteA" | "siteB" | "labX" | "labY" | "opener" | "seeder" | "stranger";

const roles: readonly Role[] = ["siteA", "siteB", "labX", "labY", "opener", "seeder", "stranger"];

/** How far a round has come: the stage's calls are made, and its window is still open. */
export type Stage = "opened" | "offered" | "seeded" | "granted" | "read" | "released" | "settled";

const stages: readonly Stage[] = [
  "opened",
  "offered",
  "seeded",
  "granted",
  "read",
  "released",
  "settled",
];

/** Numbers of short windows from the opening until each window of a round is over. */
const lengths = { offer: 6, seed: 9, grant: 12, read: 15, release: 18, claim: 21 } as const;

/** Two profiles, of which requesters like the first better; lots of four patients. */
const publication: Publication = {
  format: "emrx-publication/1",
  name: "conformance",
  schemaHash: bytes32(1),
  attributes: ["bmi", "sex"],
  levels: ["L1"],
  profiles: [
    {
      name: "open",
      levels: [0, 0],
      bytes: [1, 1],
      refuses: ["HMARKT"],
      disclosed: 2,
      worth: [600_000, 300_000],
      exposure: [1500, 0],
    },
    {
      name: "strict",
      levels: [0, -1],
      bytes: [1, 0],
      refuses: ["HMARKT"],
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
  limits: { sites: 3, lots: 4, requests: 3, price: 1_000_000_000 },
  bonds: { unit: 1, seeder: 7, opener: 30 },
  counts: { epsilon: "1", delta: "0.000001", rounds: 10 },
};

/** A ledger under test with people who use it. */
export class Market {
  readonly harness: ConformanceHarness;
  readonly people: Readonly<Record<Role, Identity>>;
  readonly window: number;
  ledger: ChainAdapter;
  #keys = 0;

  constructor(
    harness: ConformanceHarness,
    ledger: ChainAdapter,
    people: Readonly<Record<Role, Identity>>,
  ) {
    this.harness = harness;
    this.ledger = ledger;
    this.people = people;
    this.window = harness.window ?? 200;
  }

  /** Founds a new ledger. */
  static async open(harness: ConformanceHarness): Promise<Market> {
    const identity = harness.identity ?? ((secretKey: Uint8Array) => createIdentity({ secretKey }));
    const people = Object.fromEntries(
      await Promise.all(
        roles.map(
          async (role, i) => [role, await identity(new Uint8Array(32).fill(i + 1))] as const,
        ),
      ),
    ) as Record<Role, Identity>;
    const openers = [partyId(people.opener)];
    const genesis = createGenesis({ name: "conformance", openers });
    return new Market(harness, await harness.create(genesis), people);
  }

  key(role: Role): string {
    return partyId(this.people[role]);
  }

  /** Signs a call under a fresh key unless one is given. */
  sign(
    role: Role,
    call: Call,
    options: Partial<CallOptions> = {},
    ledger: string = this.ledger.id,
  ): Promise<SignedCall> {
    return signCall(ledger, this.people[role], call, { key: `call-${this.#keys++}`, ...options });
  }

  /** Signs and submits. */
  async send(role: Role, call: Call, options: Partial<CallOptions> = {}): Promise<Receipt> {
    return this.ledger.submit(await this.sign(role, call, options));
  }

  /** Signs and submits; fails the case unless it is refused with the code. */
  async refuses(
    role: Role,
    call: Call,
    code: string,
    options: Partial<CallOptions> = {},
  ): Promise<void> {
    await refused(this.send(role, call, options), code, `${call.type} by ${role}`);
  }

  /** Closes the ledger and opens it again. */
  async reopen(): Promise<void> {
    await this.ledger.close();
    this.ledger = await this.#made("reopen", this.harness.reopen?.(this.ledger));
  }

  /** A second client of the ledger. */
  another(): Promise<ChainAdapter> {
    return this.#made("another", this.harness.another?.(this.ledger));
  }

  /** Another client of the log under the ledger. */
  openLog(): Promise<OrderedLog> {
    return this.#made("openLog", this.harness.openLog?.(this.ledger));
  }

  #made<T>(name: string, made: Promise<T> | undefined): Promise<T> {
    return made ?? fail(`the harness has no ${name}`);
  }

  /** Most entries that a case may write. */
  get mostEntries(): number {
    return this.harness.limits?.entries ?? 1100;
  }

  /** Bytes of the largest record that is tried. */
  get mostBytes(): number {
    return this.harness.limits?.recordBytes ?? this.ledger.manifest.limits.maxCallBytes;
  }

  /** How long something that must come about by itself may take, milliseconds. */
  get patience(): number {
    return (this.harness.timeLimit ?? 10_000) / 4;
  }

  /** Waits until something has come about by itself; fails the case if it takes too long. */
  async eventually(what: string, condition: () => Promise<boolean> | boolean): Promise<void> {
    const until = Date.now() + this.patience;
    while (!(await condition())) {
      if (Date.now() > until) fail(`${what}: not within ${this.patience} ms`);
      await new Promise((done) => setTimeout(done, 5));
    }
  }

  /** Takes the last `depth` entries back, keeps some of them, and waits until the ledger has taken notice. */
  async reorganize(depth: number, keep: readonly number[]): Promise<void> {
    const before: Checkpoint = await this.ledger.checkpoint();
    await this.harness.reorganize?.(this.ledger, depth, keep);
    await this.harness.caughtUp?.(this.ledger);
    const size = before.size - depth + keep.length;
    await this.eventually(
      `the ledger takes notice of a reorganization of ${depth} entries`,
      async () => {
        const now = await this.ledger.checkpoint();
        return now.size === size && now.root !== before.root;
      },
    );
  }

  async wait(milliseconds: number): Promise<void> {
    if (this.harness.wait !== undefined) return this.harness.wait(this.ledger, milliseconds);
    await new Promise((done) => setTimeout(done, milliseconds + 5));
  }

  policy(changes: Partial<CallOf<"access.setPolicy">> = {}): CallOf<"access.setPolicy"> {
    return {
      type: "access.setPolicy",
      policyId: "main",
      version: 1,
      schemaHash: bytes32(1),
      rules: [
        { effect: "permit", attributes: ["*"], levels: ["*"], purposes: ["HRESCH"], actors: ["*"] },
      ],
      ...changes,
    };
  }

  /** Names and versions of all policies: the simplest effect that a call has. */
  async policies(ledger: ChainAdapter = this.ledger): Promise<string[]> {
    const found = await ledger.view({ type: "access.policies" });
    return found.map(({ policyId, version }) => `${policyId} ${version}`).sort();
  }

  /** The terms of a round whose windows begin at a moment. */
  terms(time: number, changes: Partial<RoundTerms> = {}): RoundTerms {
    const ends = Object.entries(lengths).map(([name, n]) => [name, time + n * this.window]);
    const windows = Object.fromEntries(ends) as unknown as Windows;
    return { round: 1, publication: publicationHash(publication), windows, ...changes };
  }

  /** The share of a seeder. */
  share(role: Role): string {
    return bytes32(1000 + roles.indexOf(role));
  }

  /** Opens a round that opener and seeder agree to, whose commitments are to these shares. */
  async opening(
    terms: RoundTerms,
    commit: (role: Role) => { readonly share: string } = (role) => ({ share: this.share(role) }),
  ): Promise<CallOf<"round.open">> {
    const seeders = (["opener", "seeder"] as const).map((role) =>
      signSeeder(this.ledger.id, this.people[role], terms, commit(role)),
    );
    return { type: "round.open", ...terms, seeders: await Promise.all(seeders) };
  }

  register(changes: Partial<Publication> = {}): Call {
    return { type: "publication.register", publication: { ...publication, ...changes } };
  }

  seed(role: Role): Call {
    return { type: "matching.seed", round: 1, share: this.share(role) };
  }

  /** An offer of lots of the first profile. */
  offer(lots = 2, changes: Partial<OfferedClass> = {}): Call {
    const classes = [{ profile: 0, floor: 0, buyers: 0, lots, ...changes }];
    return { type: "trade.offer", round: 1, batch: { root: bytes32(3), classes } };
  }

  request(changes: Partial<RequestTerms> = {}): Call {
    return {
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
    };
  }

  /** A grant to these, or with other terms. */
  grant(to: readonly Role[] = ["labX"], changes: Partial<GrantItem> = {}): Call {
    const terms = { root: bytes32(10), keyCommitment: bytes32(11), policyId: "main" };
    const grants = to.map((role) => ({
      ...terms,
      requester: this.key(role),
      policyVersion: 1,
      ...changes,
    }));
    return { type: "access.grant", round: 1, grants };
  }

  /** The secret of a requester's one-time key. */
  secret(role: Role): string {
    return bytes32(2000 + roles.indexOf(role));
  }

  async read(from: readonly Role[] = ["siteA"], role: Role = "labX"): Promise<Call> {
    const oneTimeKey = await oneTimePublicKey(fromHex(this.secret(role)));
    const reads = from.map((site) => ({ site: this.key(site), oneTimeKey }));
    return { type: "access.read", round: 1, reads };
  }

  release(...to: readonly Role[]): Call {
    const wrappedKey = "ee".repeat(80);
    const releases = to.map((role) => ({ requester: this.key(role), wrappedKey }));
    return { type: "access.release", round: 1, releases };
  }

  revoke(requester: Role = "labX"): Call {
    return { type: "access.revoke", round: 1, requesters: [this.key(requester)] };
  }

  settle(changes: Partial<Settle> = {}): Call {
    return { type: "trade.settle", round: 1, ...changes };
  }

  rate(changes: Partial<CallOf<"evaluation.rate">> = {}): Call {
    return {
      type: "evaluation.rate",
      round: 1,
      subject: this.key("siteA"),
      role: "site",
      measuredQuality: 450_000,
      evidenceHash: bytes32(12),
      ...changes,
    };
  }

  /** Round 1 as it stands. */
  async round(): Promise<RoundView> {
    return (await this.ledger.view({ type: "round.state", round: 1 })) ?? fail("no round 1");
  }

  /** Units and outcome of each pair, by the roles' names. */
  async pairs(): Promise<Readonly<Record<string, readonly [units: number, outcome: string]>>> {
    const name = (key: string): string => roles.find((role) => this.key(role) === key) ?? key;
    const found = (await this.round()).pairs.map(
      ({ site, requester, units, outcome = "open" }): [string, readonly [number, string]] => [
        `${name(site)} ${name(requester)}`,
        [units, outcome],
      ],
    );
    return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Money by where it is, by name. */
  async escrow(): Promise<Readonly<Record<string, string>>> {
    const found = await this.ledger.view({ type: "trade.escrow" });
    return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  credit(role: Role): Promise<string> {
    return this.ledger.view({ type: "trade.credit", party: this.key(role) });
  }

  /** What the ledger decided on a read: "permit", or the reason of the denial. */
  async decides(call: Call, reader: Role = "labX"): Promise<string> {
    const { events } = await this.send(reader, call);
    const [event] = events;
    if (event?.type !== "access.decided")
      fail(`access.read gave ${JSON.stringify(events)}, not a decision`);
    return event.decision === "permit" ? "permit" : (event.reason ?? "deny");
  }

  /** Waits until a window of round 1 is over. */
  async over(window: keyof Windows): Promise<void> {
    const { windows } = await this.round();
    const { time } = await this.ledger.checkpoint();
    if (time < windows[window]) await this.wait(windows[window] - time);
  }

  /** Plays round 1 up to a stage: siteA sells 6 records to labX and 2 to labY, siteB 2 to labX. */
  async play(until: Stage): Promise<this> {
    const steps: Record<Stage, () => Promise<unknown>> = {
      opened: async () => {
        const { time } = await this.send("stranger", this.register());
        await this.send("opener", await this.opening(this.terms(time)));
      },
      offered: async () => {
        await this.send("siteA", this.policy());
        await this.send("siteB", this.policy());
        await this.send("siteA", this.offer());
        await this.send("siteB", this.offer(1, { profile: 1 }));
        await this.send("labX", this.request());
        await this.send("labY", this.request({ price: 70, quota: 2 }));
      },
      seeded: async () => {
        await this.over("offer");
        await this.send("opener", this.seed("opener"));
        await this.send("seeder", this.seed("seeder"));
      },
      granted: async () => {
        await this.over("seed");
        await this.send("siteA", this.grant(["labX", "labY"]));
        await this.send("siteB", this.grant());
      },
      read: async () => {
        await this.over("grant");
        await this.send("labX", await this.read(["siteA", "siteB"]));
        await this.send("labY", await this.read(["siteA"], "labY"));
      },
      released: async () => {
        await this.over("read");
        await this.send("siteA", this.release("labX", "labY"));
        await this.send("siteB", this.release("labX"));
      },
      settled: async () => {
        await this.over("claim");
        await this.send("stranger", this.settle());
      },
    };
    for (const stage of stages) {
      await steps[stage]();
      if (stage === until) break;
    }
    return this;
  }
}
