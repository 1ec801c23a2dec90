// trade: how a round's money goes, once its windows are over: a fixed list of steps, of which each call does the next.
import type { Settle } from "../codec/calls.js";
import type { LedgerEvent, PairOutcome } from "../codec/events.js";
import type { Hex32 } from "../codec/fields.js";
import type { PairState } from "../codec/round-view.js";
import { type Decided, decisionOf, pairKey } from "./decision.js";
import { forfeit, give } from "./money.js";
import { type Done, decideItems, type Matched, matchedPair } from "./pairs.js";
import { mapSet, mapValues } from "./persistent-map.js";
import { type CallResult, reject } from "./result.js";
import type { CallContext, ContractState, MoneyState, RoundInputs } from "./state.js";
import { type HeldRound, phaseOf, roundIn, withRound } from "./windows.js";

/** How a pair ends: it is paid unless something is wrong with it. */
function outcomeOf(pair: PairState): PairOutcome {
  if (pair.missing) return "missing";
  if (pair.grant === undefined) return "ungranted";
  if (pair.claimed !== undefined) return "wrong";
  if (pair.revoked === "before") return "revoked";
  if (pair.read?.decision === "deny") return "denied";
  if (pair.read?.decision === "permit" && pair.wrappedKey === undefined) return "unreleased";
  return "paid";
}

/** Moves the money of one pair: its price and both sides' bonds. */
function settlePair(
  { round, publication, pair, allotment, request }: Matched,
  outcome: PairOutcome,
  before: MoneyState,
): Required<Done> {
  const { site, requester, units } = allotment;
  const price = BigInt(request.price) * BigInt(units);
  const bond = BigInt(publication.bonds.unit) * BigInt(units);
  let money = before;
  let [toSite, toRequester, forfeited] = [0n, price + bond, 0n];
  if (outcome === "paid") {
    [toSite, toRequester] = [price + bond, bond];
    money = give(money, site, price, "paid");
    money = give(money, site, bond, "returned");
    money = give(money, requester, bond, "returned");
  } else if (outcome === "missing") {
    [toRequester, forfeited] = [price, 2n * bond];
    money = forfeit(give(money, requester, price, "returned"), forfeited);
  } else {
    toRequester += bond;
    money = give(money, requester, price + bond, "returned");
    money = give(money, requester, bond, "paid");
  }
  return {
    money,
    pair: { ...pair, outcome },
    event: {
      type: "trade.settled",
      round: round.round,
      site,
      requester,
      outcome,
      units,
      toSite: toSite.toString(),
      toRequester: toRequester.toString(),
      forfeited: forfeited.toString(),
    },
  };
}

/** A step of a settlement: a pair, or what is left of somebody's deposit. */
type Step =
  | { readonly pair: string; readonly site: Hex32; readonly requester: Hex32 }
  | {
      readonly party: Hex32;
      readonly what: "request" | "offer" | "seeder" | "opener";
      readonly amount: bigint;
      readonly lost: boolean;
    };

// What the steps follow from stands still once the seed window is over, so they are listed once.
const known = /* @__PURE__ */ new WeakMap<RoundInputs, readonly Step[]>();

/** All steps in their order; `decided` is undefined of a void round. */
function stepsOf(held: HeldRound, decided: Decided | undefined): readonly Step[] {
  const { inputs } = held.round;
  const steps = known.get(inputs) ?? listSteps(held, decided);
  known.set(inputs, steps);
  return steps;
}

function listSteps({ round, publication }: HeldRound, decided: Decided | undefined): Step[] {
  const { bonds } = publication;
  const unit = BigInt(bonds.unit);
  const { requests, offers, seeders } = round.inputs;
  const left = (all: number, taken: number | undefined): bigint => BigInt(all - (taken ?? 0));
  return [
    ...[...(decided?.pairs ?? [])].map(([pair, { site, requester }]) => ({
      pair,
      site,
      requester,
    })),
    ...mapValues(requests).map(({ requester: party, quota, price }) => ({
      party,
      what: "request" as const,
      amount: left(quota, decided?.requesterUnits.get(party)) * (BigInt(price) + unit),
      lost: false,
    })),
    ...mapValues(offers).map(({ site: party, units }) => ({
      party,
      what: "offer" as const,
      amount: left(units, decided?.siteUnits.get(party)) * unit,
      lost: false,
    })),
    ...seeders.map(({ seeder: party, share }) => ({
      party,
      what: "seeder" as const,
      amount: BigInt(bonds.seeder),
      lost: share === undefined,
    })),
    { party: round.opener, what: "opener", amount: BigInt(round.held), lost: false },
  ];
}

/** How many steps the settlement of a round has; undefined until its matching is decided. */
export function stepCount(held: HeldRound, time: number): number | undefined {
  const decided = decisionOf(held, time);
  if (decided === undefined && phaseOf(held.round, time) !== "void") return undefined;
  return stepsOf(held, decided).length;
}

/** Pays in full for what sites have released to the signer, which gives up claims on it. */
function accept(
  state: ContractState,
  { round, sites }: Required<Pick<Settle, "round" | "sites">>,
  { signer: requester, time }: CallContext,
): CallResult {
  return decideItems(
    state,
    {
      round,
      item: "settle",
      phases: ["release", "claim", "settle"],
      items: sites,
      pairOf: (site) => ({ site, requester }),
    },
    time,
    (matched, site, money) => {
      const { wrappedKey, claimed, outcome } = matched.pair;
      if (outcome !== undefined) {
        return reject("EMRX_ALREADY_SETTLED", `the pair with ${site} is settled already`);
      }
      if (wrappedKey === undefined) {
        return reject("EMRX_NOT_RELEASED", `${site} has released nothing to ${requester}`);
      }
      if (claimed !== undefined) {
        return reject("EMRX_ALREADY_CLAIMED", `what ${site} released is proven wrong`);
      }
      return settlePair(matched, "paid", money);
    },
  );
}

export function settle(
  state: ContractState,
  { round: number, sites, most = 1000 }: Settle,
  context: CallContext,
): CallResult {
  if (sites !== undefined) return accept(state, { round: number, sites }, context);
  const { time } = context;
  const held = roundIn(state, number, ["settle", "void"], time);
  if ("rejection" in held) return held;
  const { round } = held;
  const steps = stepsOf(held, decisionOf(held, time));
  const slice = steps.slice(round.settled, round.settled + most);
  if (slice.length === 0) {
    return reject("EMRX_ALREADY_SETTLED", `round ${number} is settled already`);
  }
  let { money } = state;
  let { pairs } = round;
  const events: LedgerEvent[] = [];
  for (const step of slice) {
    if ("pair" in step) {
      const matched = matchedPair({ ...held, round: { ...round, pairs } }, step, time);
      // Every step is of the matching; a pair that its requester settled before is done.
      if ("rejection" in matched || matched.pair.outcome !== undefined) continue;
      const done = settlePair(matched, outcomeOf(matched.pair), money);
      money = done.money;
      pairs = mapSet(pairs, pairKey(step.site, step.requester), done.pair);
      events.push(done.event);
    } else {
      const { party, what, amount, lost } = step;
      money = lost ? forfeit(money, amount) : give(money, party, amount, "returned");
      const [returned, forfeited] = lost ? ["0", amount.toString()] : [amount.toString(), "0"];
      events.push({ type: "trade.returned", round: number, party, what, returned, forfeited });
    }
  }
  const settled = round.settled + slice.length;
  if (settled === steps.length) events.push({ type: "round.settled", round: number });
  return { state: { ...withRound(state, round, { pairs, settled }), money }, events };
}
