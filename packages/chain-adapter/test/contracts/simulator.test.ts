// The properties of a round over random parties, and that each is seen to fail where a rule is missing.
import { fc, property } from "@emrx/testkit";
import { expect, test, vi } from "vitest";
import { type Call, type PairState, publicationHash, type RequestTerms } from "../../src/calls.js";
import { mapEntries, mapGet, mapSet } from "../../src/contracts/persistent-map.js";
import { applyCall, type CallResult, type ContractState } from "../../src/contracts.js";
import { publication, Simulation } from "./simulator.js";
import { open } from "./world.js";

vi.mock("../../src/payload/claim.js", async () => ({
  decideClaim: (await import("./model-claim.js")).modelClaim,
}));

property(
  "whatever deviating parties do, a round keeps its promises to the honest",
  [fc.integer({ min: 1, max: 2 ** 31 - 1 })],
  (seed) => {
    expect(new Simulation(seed, applyCall).run().violated).toEqual([]);
  },
  { numRuns: 300 },
);

type Apply = typeof applyCall;
type Round = NonNullable<ReturnType<typeof roundOf>>;
const roundOf = (state: ContractState) => mapGet(state.rounds, "1");

/** The state with its round changed. */
function changed(state: ContractState, change: (round: Round) => Round): ContractState {
  const round = roundOf(state);
  return round === undefined
    ? state
    : { ...state, rounds: mapSet(state.rounds, "1", change(round)) };
}

/** The state with every pair of its round changed. */
const withPairs = (state: ContractState, change: (pair: PairState) => PairState): ContractState =>
  changed(state, (round) => {
    const pairs = mapEntries(round.pairs).reduce(
      (map, [key, pair]) => mapSet(map, key, change(pair)),
      round.pairs,
    );
    return { ...round, pairs };
  });

/** Contracts before whose calls of a type something in the state is changed. */
const before =
  (
    types: readonly Call["type"][],
    change: (state: ContractState, call: Call) => ContractState,
  ): Apply =>
  (state, call, context) =>
    applyCall(types.includes(call.type) ? change(state, call) : state, call, context);

/** Contracts after whose calls of a type the result is another. */
const after =
  (type: Call["type"], change: (result: CallResult, state: ContractState) => CallResult): Apply =>
  (state, call, context) => {
    const result = applyCall(state, call, context);
    return call.type === type ? change(result, state) : result;
  };

const { windows } = await open({ publication: publicationHash(publication) });

/** Contracts that see some calls as if they came at another moment. */
const asIfAt =
  (type: Call["type"], seen: (time: number) => number): Apply =>
  (state, call, context) =>
    applyCall(state, call, call.type === type ? { ...context, time: seen(context.time) } : context);

/** Contracts that see other requests than were made. */
const asIf =
  (seen: (terms: RequestTerms) => RequestTerms): Apply =>
  (state, call, context) =>
    applyCall(
      state,
      call.type === "trade.request" && call.terms ? { ...call, terms: seen(call.terms) } : call,
      context,
    );

const garbage = "4 an honest requester pays for garbage or for nothing";
const balance = "3, 4 a balance is not what the pairs' outcomes say";

/** Rules left out or put wrong, each with a property that must be seen to break. */
const mistakes: Readonly<Record<string, readonly [property: string, contracts: Apply]>> = {
  "nobody can settle but the opener": [
    "1 money is locked after the round",
    (state, call, context) =>
      call.type === "trade.settle" && call.sites === undefined
        ? { rejection: { code: "EMRX_NO_ROUND", message: "" } }
        : applyCall(state, call, context),
  ],
  "one bad item makes a call fail": [
    "2 an honest access.read is refused",
    (state, call, context) => {
      const bad = call.type === "access.read" && call.reads.length > 1;
      return bad
        ? { rejection: { code: "EMRX_NO_GRANT", message: "" } }
        : applyCall(state, call, context);
    },
  ],
  "money that a pair pays stays with the ledger": [
    "3 money is not conserved",
    after("trade.settle", (result) =>
      "state" in result
        ? {
            ...result,
            state: {
              ...result.state,
              money: {
                ...result.state.money,
                escrow: { ...result.state.money.escrow, paid: "0" },
              },
            },
          }
        : result,
    ),
  ],
  "what was settled can be settled again": [
    "8 doing trade.settle twice is not doing it once",
    before(["trade.settle"], (state) =>
      changed(
        withPairs(state, ({ outcome: _, ...pair }) => pair),
        (round) => ({ ...round, settled: 0 }),
      ),
    ),
  ],
  "a denied pair is paid": [
    garbage,
    before(["trade.settle"], (state) =>
      withPairs(state, ({ read, ...pair }) =>
        read === undefined || read.decision === "deny" ? pair : { ...pair, read },
      ),
    ),
  ],
  "a pair whose key was not released is paid": [
    garbage,
    before(["trade.settle"], (state) =>
      withPairs(state, (pair) =>
        pair.read?.decision === "permit" ? { wrappedKey: "ee".repeat(80), ...pair } : pair,
      ),
    ),
  ],
  "a claim changes nothing": [
    garbage,
    after("access.claim", (result) =>
      "state" in result
        ? { ...result, state: withPairs(result.state, ({ claimed: _, ...pair }) => pair) }
        : result,
    ),
  ],
  "a key claim is not taken": [
    garbage,
    (state, call, context) =>
      call.type === "access.claim" && call.evidence.kind === "key"
        ? { rejection: { code: "EMRX_CLAIM_UNPROVEN", message: "" } }
        : applyCall(state, call, context),
  ],
  "a site may grant anew after the read": [
    garbage,
    (state, call, context) =>
      call.type === "access.grant" && context.time >= windows.read
        ? applyCall(
            withPairs(state, ({ grant: _, ...pair }) => pair),
            call,
            { ...context, time: windows.seed },
          )
        : applyCall(state, call, context),
  ],
  "a revocation after the release takes the pay": [
    "4 a requester has the data unpaid",
    before(["trade.settle"], (state) =>
      withPairs(state, (pair) => (pair.revoked ? { ...pair, revoked: "before" } : pair)),
    ),
  ],
  "an early payment does not end claims": [
    "4 a requester has the data unpaid",
    before(["trade.settle"], (state, call) =>
      call.type === "trade.settle" && call.sites === undefined
        ? withPairs(state, (pair) => (pair.wrappedKey ? { ...pair, claimed: "chunk" } : pair))
        : state,
    ),
  ],
  "a key may be released after the grant was revoked": [
    "9 something opens after revocation",
    before(["trade.settle"], (state) =>
      withPairs(state, (pair) => (pair.revoked ? { ...pair, revoked: "after" } : pair)),
    ),
  ],
  "a report of what is missing costs the site alone": [
    balance,
    after("trade.settle", (result) => {
      if (!("state" in result)) return result;
      const { money } = result.state;
      let { escrow, credits } = money;
      for (const event of result.events) {
        if (event.type !== "trade.settled" || event.outcome !== "missing") continue;
        const back = BigInt(event.forfeited) / 2n;
        const credit = BigInt(mapGet(credits, event.requester) ?? "0") + back;
        credits = mapSet(credits, event.requester, credit.toString());
        escrow = {
          ...escrow,
          forfeited: (BigInt(escrow.forfeited) - back).toString(),
          returned: (BigInt(escrow.returned) + back).toString(),
        };
      }
      return { ...result, state: { ...result.state, money: { escrow, credits } } };
    }),
  ],
  "a key may be released without a permit": [
    "5 a key without a permit",
    (state, call, context) =>
      call.type === "access.release"
        ? after("access.release", (result) =>
            "state" in result
              ? {
                  ...result,
                  state: withPairs(result.state, ({ read, ...pair }) =>
                    pair.wrappedKey && read
                      ? { ...pair, read: { ...read, decision: "deny" } }
                      : pair,
                  ),
                }
              : result,
          )(state, call, context)
        : applyCall(state, call, context),
  ],
  "a profile refuses nothing": [
    "5 a refused purpose is matched",
    after("publication.register", (result) =>
      "state" in result
        ? {
            ...result,
            state: {
              ...result.state,
              publications: mapSet(result.state.publications, publicationHash(publication), {
                publication: publicationHash(publication),
                document: {
                  ...publication,
                  profiles: publication.profiles.map((profile) => ({ ...profile, refuses: [] })),
                },
                by: "",
                registeredAt: 0,
              }),
            },
          }
        : result,
    ),
  ],
  "a purpose above a refused one is permitted": [
    "5 a refused purpose is matched",
    // As if a code that is not below a refused one were as harmless as any other.
    asIf((terms) => (terms.purpose === "PurposeOfUse" ? { ...terms, purpose: "TREAT" } : terms)),
  ],
  "offers may change after closing": [
    "6 inputs changed after closing",
    asIfAt("trade.offer", () => 1000),
  ],
  "requests may change after closing": [
    "6 inputs changed after closing",
    asIfAt("trade.request", () => 1000),
  ],
  "lots take whoever pays least": [
    "7 a patient and a requester both prefer each other",
    asIf((terms) => ({ ...terms, price: 210 - terms.price })),
  ],
  "requesters take whatever is worth least": [
    "7 a patient and a requester both prefer each other",
    asIf((terms) => {
      const { bmi = 0, sex = 0 } = terms.weights;
      return { ...terms, weights: sex > bmi ? terms.weights : { sex: 1 }, minimumWorth: 1 };
    }),
  ],
};

/** Rounds until a property is seen to break. */
function seenToBreak(property: string, contracts: Apply, most = 2000): number | undefined {
  for (let seed = 1; seed <= most; seed++)
    if (new Simulation(seed, contracts).run().violated.includes(property)) return seed;
  return undefined;
}

test.each(Object.entries(mistakes))("%s: seen", (_, [property, contracts]) => {
  expect(seenToBreak(property, contracts)).toBeDefined();
});

test("every outcome of a pair occurs", () => {
  const seen = new Set<string | undefined>();
  for (let seed = 1; seed <= 200; seed++)
    for (const { outcome } of new Simulation(seed, applyCall).run().view().pairs) seen.add(outcome);
  expect([...seen].sort()).toEqual([
    "denied",
    "missing",
    "paid",
    "revoked",
    "ungranted",
    "unreleased",
    "wrong",
  ]);
});
