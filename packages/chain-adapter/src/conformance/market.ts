// The small market that the cases play in: two sites, two requesters, an operator, on one ledger under test.

import type { Call, CallOf, GrantTerms } from "../codec/calls.js";
import { createGenesis, type Genesis } from "../codec/genesis.js";
import { type CallOptions, type SignedCall, signCall } from "../codec/signed-call.js";
import { seedCommitment } from "../contracts/matching.js";
import { LedgerError } from "../errors.js";
import { createIdentity, type Identity, partyId } from "../identity.js";
import type { OrderedLog } from "../ledger/ordered-log.js";
import type { ChainAdapter, Checkpoint, Receipt } from "../ledger/port.js";
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

/** Numbered content ids. */
export const contentId = (number: number): string =>
  `b${"abcdefghijklmnopqrstuvwxyz"[number % 26]}`.padEnd(59, "a");

export type Role = "siteA" | "siteB" | "labX" | "labY" | "operator" | "stranger";

const roles: readonly Role[] = ["siteA", "siteB", "labX", "labY", "operator", "stranger"];

/** How far a round has come. */
export type Stage =
  | "offered"
  | "committed"
  | "revealed"
  | "finalized"
  | "granted"
  | "delivered"
  | "settled";

const stages: readonly Stage[] = [
  "offered",
  "committed",
  "revealed",
  "finalized",
  "granted",
  "delivered",
  "settled",
];

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
    const genesis = Market.genesis(harness, people.operator);
    return new Market(harness, await harness.create(genesis), people);
  }

  static genesis(harness: ConformanceHarness, operator: Identity): Genesis {
    const window = harness.window ?? 200;
    return createGenesis({
      name: "conformance",
      operators: [partyId(operator)],
      revealWindow: 20 * window,
      challengeWindow: window,
      deliveryWindow: 20 * window,
    });
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

  offer(changes: Partial<CallOf<"trade.offerBatch">> = {}): Call {
    return {
      type: "trade.offerBatch",
      round: 1,
      schemaHash: bytes32(1),
      parametersHash: bytes32(2),
      epsilon: "4",
      root: bytes32(3),
      count: 10,
      menusHash: bytes32(4),
      offers: contentId(0),
      offersRoot: bytes32(12),
      ...changes,
    };
  }

  request(changes: Partial<CallOf<"trade.request">> = {}): Call {
    return {
      type: "trade.request",
      round: 1,
      purpose: "HRESCH",
      weights: { bmi: 2, sex: 1 },
      tolerance: "0.01",
      pricePerRecord: "50",
      quota: 8,
      hpkePublicKey: bytes32(5),
      ...changes,
    };
  }

  commit(changes: Partial<CallOf<"matching.commit">> = {}): Call {
    const opening = {
      ledger: this.ledger.id,
      round: 1,
      operator: this.key("operator"),
      seed: bytes32(6),
      nonce: bytes32(7),
    };
    return {
      type: "matching.commit",
      round: 1,
      inputsRoot: bytes32(8),
      inputsCount: 15,
      seedCommitment: seedCommitment(opening),
      ...changes,
    };
  }

  /** siteA gives 5 records to labX and 2 to labY, siteB 3 to labX. */
  reveal(changes: Partial<CallOf<"matching.reveal">> = {}): Call {
    return {
      type: "matching.reveal",
      round: 1,
      inputs: contentId(1),
      inputsRoot: bytes32(8),
      inputsCount: 15,
      seed: bytes32(6),
      nonce: bytes32(7),
      matching: contentId(2),
      matchingRoot: bytes32(9),
      pairs: 10,
      allocation: {
        sites: [this.key("siteA"), this.key("siteB")],
        requesters: [this.key("labX"), this.key("labY")],
        counts: [
          [5, 2],
          [3, 0],
        ],
      },
      ...changes,
    };
  }

  terms(changes: Partial<GrantTerms> = {}): GrantTerms {
    return {
      requester: this.key("labX"),
      policyId: "main",
      attributes: ["bmi", "sex"],
      levels: ["L1"],
      bundle: contentId(3),
      root: bytes32(10),
      count: 5,
      wrappedKey: "ee".repeat(64),
      ...changes,
    };
  }

  grant(...grants: readonly GrantTerms[]): Call {
    return {
      type: "access.grantBatch",
      round: 1,
      grants: grants.length === 0 ? [this.terms()] : grants,
    };
  }

  revoke(requester: Role = "labX"): Call {
    return { type: "access.revoke", round: 1, requester: this.key(requester) };
  }

  read(changes: Partial<CallOf<"access.logAccess">> = {}): Call {
    return {
      type: "access.logAccess",
      round: 1,
      site: this.key("siteA"),
      grantVersion: 1,
      purpose: "HRESCH",
      attributes: ["bmi"],
      ...changes,
    };
  }

  deliver(changes: Partial<CallOf<"trade.deliver">> = {}): Call {
    return {
      type: "trade.deliver",
      round: 1,
      requester: this.key("labX"),
      count: 5,
      bundle: contentId(3),
      ...changes,
    };
  }

  settle(requester: Role = "labX"): Call {
    return { type: "trade.settle", round: 1, requester: this.key(requester) };
  }

  rate(changes: Partial<CallOf<"evaluation.rate">> = {}): Call {
    return {
      type: "evaluation.rate",
      round: 1,
      subject: this.key("siteA"),
      role: "site",
      predictedQuality: 900_000,
      measuredQuality: 850_000,
      evidenceHash: bytes32(11),
      ...changes,
    };
  }

  /** What the ledger decided on a declared read: "permit", or the reason of the denial. */
  async decides(call: Call = this.read(), reader: Role = "labX"): Promise<string> {
    const { events } = await this.send(reader, call);
    const [event] = events;
    if (event?.type !== "access.decided")
      fail(`logAccess gave ${JSON.stringify(events)}, not a decision`);
    return event.decision === "permit" ? "permit" : (event.reason ?? "deny");
  }

  /** Plays round 1 up to a stage. */
  async play(until: Stage): Promise<this> {
    const steps: Record<Stage, () => Promise<unknown>> = {
      offered: async () => {
        await this.send("siteA", this.policy());
        await this.send("siteB", this.policy());
        await this.send("siteA", this.offer());
        await this.send("siteB", this.offer({ count: 3 }));
        await this.send("labX", this.request());
        await this.send("labY", this.request({ pricePerRecord: "70", quota: 2 }));
      },
      committed: () => this.send("operator", this.commit()),
      revealed: () => this.send("operator", this.reveal()),
      finalized: async () => {
        await this.wait(this.window);
        await this.send("stranger", { type: "matching.finalize", round: 1 });
      },
      granted: async () => {
        const toY = this.terms({ requester: this.key("labY"), count: 2, bundle: contentId(4) });
        await this.send("siteA", this.grant(this.terms(), toY));
        await this.send("siteB", this.grant(this.terms({ count: 3, bundle: contentId(5) })));
      },
      delivered: async () => {
        await this.send("siteA", this.deliver());
        await this.send(
          "siteA",
          this.deliver({ requester: this.key("labY"), count: 2, bundle: contentId(4) }),
        );
        await this.send("siteB", this.deliver({ count: 3, bundle: contentId(5) }));
      },
      settled: async () => {
        await this.send("labX", this.settle());
        await this.send("labY", this.settle("labY"));
      },
    };
    for (const stage of stages) {
      await steps[stage]();
      if (stage === until) break;
    }
    return this;
  }
}
