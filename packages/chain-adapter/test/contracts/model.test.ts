// Random walks through the contracts (fast-check commands), with invariants that must hold after every step. What the
// invariants compare with is kept by this test itself, from the calls that were accepted.
import { fc } from "@emrx/testkit";
import { afterAll, expect, test } from "vitest";
import { mapEntries, mapValues, type PersistentMap } from "../../src/contracts/persistent-map.js";
import type { Allocation, Call, CallType, ContractState, LedgerEvent } from "../../src/index.js";
import * as w from "./world.js";
import { World } from "./world.js";

const sites = [w.siteA, w.siteB];
const labs = [w.labX, w.labY];

/** What the test itself knows. */
interface Model {
  deposited: bigint;
  /** Escrow of each open request, by "round/requester". */
  readonly open: Map<string, bigint>;
  /** Grants that are live, by "round/site/requester", with the version that readers must present. */
  readonly live: Map<string, number>;
  /** Highest version ever seen of anything. */
  readonly versions: Map<string, number>;
  readonly phases: Map<number, { phase: string; at: number; operator: string }>;
  readonly delivered: Map<string, bigint>;
  readonly rated: Set<string>;
}

const newModel = (): Model => ({
  deposited: 0n,
  open: new Map(),
  live: new Map(),
  versions: new Map(),
  phases: new Map(),
  delivered: new Map(),
  rated: new Set(),
});

const acceptedCalls = new Map<CallType, number>();
const decisions = { permit: 0, deny: 0 };

/** Numbers from which a step makes up its call. */
interface Dice {
  readonly kind: number;
  readonly site: number;
  readonly lab: number;
  readonly round: number;
  /** 0 to 5: something is wrong about the call; otherwise it is made to fit the state. */
  readonly twist: number;
  readonly wait: number;
  readonly amount: number;
}

/** An allocation that gives each open requester a fair part of what each open site offers. */
function fittingAllocation(state: ContractState, round: number, amount: number): Allocation {
  const inRound = <V>(map: PersistentMap<PersistentMap<V>>): V[] =>
    mapEntries(map).flatMap(([key, inner]) => (key === String(round) ? mapValues(inner) : []));
  const offers = inRound(state.trade.offers).filter(({ status }) => status === "open");
  const requests = inRound(state.trade.requests).filter(({ status }) => status === "open");
  return {
    sites: offers.map(({ site }) => site),
    requesters: requests.map(({ requester }) => requester),
    counts: offers.map(({ count }) =>
      requests.map(({ quota }) => Math.min(count, Math.floor(quota / offers.length), amount)),
    ),
  };
}

/** Offers and requests that are open in a round, one at least so that the call is well formed. */
function openInputs(state: ContractState, round: number): number {
  const open = <V extends { readonly status: string }>(map: PersistentMap<PersistentMap<V>>): V[] =>
    mapEntries(map)
      .flatMap(([key, inner]) => (key === String(round) ? mapValues(inner) : []))
      .filter(({ status }) => status === "open");
  const offers = open(state.trade.offers).reduce((sum, { count }) => sum + count, 0);
  return Math.max(1, offers + open(state.trade.requests).length);
}

function makeCall(state: ContractState, dice: Dice): { signer: string; call: Call } {
  const site = sites[dice.site] as string;
  const lab = labs[dice.lab] as string;
  const { round, twist, amount } = dice;
  const grants = mapEntries(state.access.grants).flatMap(([key, inner]) =>
    key === String(round) ? mapEntries(inner) : [],
  );
  const held = grants.find(([key]) => key === `${site}/${lab}`)?.[1];
  const matching = mapEntries(state.matching.rounds).find(([key]) => key === String(round))?.[1];
  const { allocation } = matching ?? {};
  const matched =
    allocation?.counts[allocation.sites.indexOf(site)]?.[allocation.requesters.indexOf(lab)] ?? 1;
  const policies = mapEntries(state.access.policies);
  const version = policies.find(([key]) => key === `${site}/main`)?.[1].version ?? 0;
  const off = twist === 1 ? 1 : 0;
  switch (dice.kind) {
    case 0:
      return { signer: site, call: w.offer({ round, count: amount }) };
    case 1:
      return {
        signer: lab,
        call: w.request({ round, quota: amount, pricePerRecord: String(7 * amount) }),
      };
    case 2:
      return {
        signer: site,
        call: w.policy({
          version: version + 1 + off,
          ...(twist === 2 ? { rules: [] } : {}),
        }),
      };
    case 3:
      return {
        signer: twist === 3 ? w.stranger : w.operator,
        call: w.commit({ round, inputsCount: openInputs(state, round) + off }),
      };
    case 4: {
      const plan = fittingAllocation(state, round, amount);
      const pairs = plan.counts.flat().reduce((sum, n) => sum + n, 0);
      return {
        signer: w.operator,
        call: w.reveal({
          round,
          inputsCount: matching?.commit.inputsCount ?? 1,
          allocation: plan,
          pairs: pairs + off,
          ...(twist === 2 ? { seed: w.hash(1) } : {}),
        }),
      };
    }
    case 5:
      return { signer: w.stranger, call: { type: "matching.finalize", round } };
    case 6:
      return {
        signer: site,
        call: {
          type: "access.grantBatch",
          round,
          grants: [
            w.terms({
              requester: lab,
              count: Math.max(1, matched + off),
              bundle: w.cid(`x${round}`),
            }),
          ],
        },
      };
    case 7:
      return {
        signer: site,
        call: w.deliver({
          round,
          requester: lab,
          count: (held?.count ?? 1) + off,
          bundle: w.cid(`x${round}`),
        }),
      };
    case 8:
      return {
        signer: twist === 2 ? w.stranger : lab,
        call: { type: "trade.settle", round, requester: lab },
      };
    case 9:
      return { signer: site, call: { type: "access.revoke", round, requester: lab } };
    case 10:
      return dice.amount % 2 === 0
        ? { signer: site, call: { type: "trade.withdraw", round, what: "offer" } }
        : { signer: lab, call: { type: "trade.withdraw", round, what: "request" } };
    case 11:
      return {
        signer: lab,
        call: w.read({
          round,
          site,
          grantVersion: Math.max(1, (held?.version ?? 1) - off),
          purpose: twist === 2 ? "HMARKT" : "HRESCH",
        }),
      };
    default:
      return dice.amount % 2 === 0
        ? { signer: lab, call: w.rate({ round, subject: site }) }
        : { signer: site, call: w.rate({ round, subject: lab, role: "requester" }) };
  }
}

/** Takes over what an accepted call means, from the call and not from the state. */
function learn(
  model: Model,
  signer: string,
  call: Call,
  time: number,
  events: readonly LedgerEvent[],
): void {
  switch (call.type) {
    case "trade.request": {
      const money = BigInt(call.pricePerRecord) * BigInt(call.quota);
      model.deposited += money;
      model.open.set(`${call.round}/${signer}`, money);
      break;
    }
    case "trade.settle":
      model.open.delete(`${call.round}/${call.requester}`);
      break;
    case "trade.withdraw":
      if (call.what === "request") model.open.delete(`${call.round}/${signer}`);
      break;
    case "access.grantBatch":
      for (const { requester } of call.grants) {
        const key = `${call.round}/${signer}/${requester}`;
        const event = events.find((e) => e.type === "access.granted" && e.requester === requester);
        expect(model.phases.get(call.round)?.phase).toBe("finalized");
        model.live.set(key, event?.type === "access.granted" ? event.version : -1);
      }
      break;
    case "access.revoke":
      expect(model.live.delete(`${call.round}/${signer}/${call.requester}`)).toBe(true);
      break;
    case "trade.deliver":
      expect(model.live.has(`${call.round}/${signer}/${call.requester}`)).toBe(true);
      break;
    case "matching.commit":
      model.phases.set(call.round, { phase: "committed", at: time, operator: signer });
      break;
    case "matching.reveal": {
      const before = model.phases.get(call.round);
      expect(before?.phase).toBe("committed");
      expect(before?.operator).toBe(signer);
      expect(call.seed).toBe(w.seed); // what every commitment here opens to
      expect(time).toBeLessThan((before?.at ?? 0) + w.genesis.revealWindow);
      model.phases.set(call.round, { phase: "revealed", at: time, operator: signer });
      break;
    }
    case "matching.finalize": {
      const before = model.phases.get(call.round);
      expect(before?.phase).toBe("revealed");
      expect(time).toBeGreaterThanOrEqual((before?.at ?? 0) + w.genesis.challengeWindow);
      model.phases.set(call.round, { phase: "finalized", at: time, operator: signer });
      break;
    }
    case "evaluation.rate": {
      const key = `${call.round}/${signer}/${call.subject}`;
      expect(model.rated.has(key)).toBe(false);
      model.rated.add(key);
      const [site, lab] = call.role === "site" ? [call.subject, signer] : [signer, call.subject];
      expect(model.delivered.has(`${call.round}/${site}/${lab}`)).toBe(true);
      break;
    }
    case "access.logAccess":
      for (const event of events) {
        if (event.type !== "access.decided") continue;
        decisions[event.decision]++;
        if (event.decision === "deny") continue;
        // No read without a live grant, and only under its latest version.
        expect(model.live.get(`${call.round}/${call.site}/${signer}`)).toBe(call.grantVersion);
        expect(call.purpose).toBe("HRESCH");
      }
      break;
    case "trade.offerBatch":
    case "access.setPolicy":
    case "trade.openRound":
    case "access.delegate":
    case "access.revokeDelegation":
    case "matching.challenge":
    case "identity.register":
    case "identity.succeed":
    case "ledger.adopt":
    case "ledger.batch":
      break;
    default:
      call satisfies never;
  }
  for (const event of events) {
    if (event.type !== "trade.paid") continue;
    const key = `${event.round}/${event.site}/${event.requester}`;
    expect(model.live.has(key)).toBe(true); // nobody is paid for what was revoked
    expect(model.delivered.has(key)).toBe(false); // nor twice
    model.delivered.set(key, BigInt(event.amount));
  }
}

/** Every versioned thing in a state. */
function versionsOf(state: ContractState): Map<string, number> {
  const found = new Map<string, number>();
  const note = (
    kind: string,
    entries: readonly (readonly [string, { version: number }])[],
  ): void => {
    for (const [key, { version }] of entries) found.set(`${kind} ${key}`, version);
  };
  note("policy", mapEntries(state.access.policies));
  note("round", mapEntries(state.matching.rounds));
  for (const [round, inner] of mapEntries(state.access.grants))
    note(`grant ${round}`, mapEntries(inner));
  for (const [round, inner] of mapEntries(state.trade.offers))
    note(`offer ${round}`, mapEntries(inner));
  for (const [round, inner] of mapEntries(state.trade.requests))
    note(`request ${round}`, mapEntries(inner));
  return found;
}

function checkInvariants(model: Model, state: ContractState): void {
  const { escrow, credits } = state.trade;
  const held = [...model.open.values()].reduce((sum, money) => sum + money, 0n);
  const credited = mapValues(credits).reduce((sum, money) => sum + BigInt(money), 0n);
  expect(escrow.deposited).toBe(model.deposited.toString());
  expect(escrow.held).toBe(held.toString());
  expect(credited).toBe(model.deposited - held);
  expect(BigInt(escrow.paid) + BigInt(escrow.refunded)).toBe(credited);
  expect(BigInt(escrow.paid)).toBe([...model.delivered.values()].reduce((sum, n) => sum + n, 0n));
  for (const inner of mapValues(state.trade.requests)) {
    for (const request of mapValues(inner)) {
      expect(request.delivered).toBeLessThanOrEqual(request.quota);
      for (const part of [request.held, request.paid, request.refunded]) {
        expect(BigInt(part)).toBeGreaterThanOrEqual(0n);
      }
    }
  }
  const versions = versionsOf(state);
  for (const [key, before] of model.versions) {
    expect(versions.get(key) ?? 0, key).toBeGreaterThanOrEqual(before);
  }
  for (const [key, version] of versions) model.versions.set(key, version);
  for (const score of mapValues(state.evaluation.scores)) {
    expect(BigInt(score.measuredSum)).toBe(BigInt(score.count) * 850_000n);
  }
}

class Step implements fc.Command<Model, World> {
  readonly dice: Dice;

  constructor(dice: Dice) {
    this.dice = dice;
  }

  check(): boolean {
    return true;
  }

  run(model: Model, world: World): void {
    world.wait(this.dice.wait);
    const { signer, call } = makeCall(world.state, this.dice);
    const before = world.state;
    const result = world.try(signer, call);
    if ("rejection" in result) {
      expect(world.state).toBe(before);
    } else {
      acceptedCalls.set(call.type, (acceptedCalls.get(call.type) ?? 0) + 1);
      learn(model, signer, call, world.time, result.events);
    }
    checkInvariants(model, world.state);
  }

  toString(): string {
    return `Step(${JSON.stringify(this.dice)})`;
  }
}

/** Mostly the next step of a round, sometimes anything. */
const steps = fc
  .record({
    kind: fc.nat({ max: 12 }),
    site: fc.nat({ max: 1 }),
    lab: fc.nat({ max: 1 }),
    round: fc.constantFrom(1, 1, 1, 2),
    twist: fc.nat({ max: 12 }),
    wait: fc.constantFrom(0, 0, 1, 30, 60, 1100),
    amount: fc.integer({ min: 1, max: 9 }),
  })
  .map((dice) => new Step(dice));

const script = (...kinds: readonly number[]): Step[] =>
  kinds.flatMap((kind) =>
    [0, 1].flatMap((site) =>
      [0, 1].map(
        (lab) =>
          new Step({
            kind,
            site,
            lab,
            round: 1,
            twist: 9,
            wait: kind === 5 ? 20 : 0,
            amount: 4 + lab,
          }),
      ),
    ),
  );

test("contracts keep their invariants on any walk from an empty ledger", () => {
  fc.assert(
    fc.property(fc.commands([steps], { maxCommands: 80 }), (commands) => {
      fc.modelRun(() => ({ model: newModel(), real: new World() }), commands);
    }),
    { numRuns: 150 },
  );
});

test("contracts keep their invariants on any walk from anywhere in a round", () => {
  const order = [0, 1, 2, 3, 4, 5, 6, 7, 8, 12];
  const starts = fc.nat({ max: order.length });
  fc.assert(
    fc.property(starts, fc.commands([steps], { maxCommands: 60 }), (start, commands) => {
      const real = new World();
      const model = newModel();
      for (const step of script(...order.slice(0, start))) step.run(model, real);
      fc.modelRun(() => ({ model, real }), commands);
    }),
    { numRuns: 250, endOnFailure: true },
  );
});

afterAll(() => {
  // The walks are worth nothing unless they get everywhere.
  const all: readonly CallType[] = [
    "trade.offerBatch",
    "trade.request",
    "trade.deliver",
    "trade.settle",
    "trade.withdraw",
    "access.setPolicy",
    "access.grantBatch",
    "access.revoke",
    "access.logAccess",
    "matching.commit",
    "matching.reveal",
    "matching.finalize",
    "evaluation.rate",
  ];
  for (const type of all) expect(acceptedCalls.get(type) ?? 0, type).toBeGreaterThan(10);
  expect(decisions.permit).toBeGreaterThan(10);
  expect(decisions.deny).toBeGreaterThan(10);
});
