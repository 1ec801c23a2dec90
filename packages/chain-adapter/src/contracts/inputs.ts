// trade: offers of lots and requests for records, with their bonds, until the offer window is over.
import type { Offer, OfferedBatch, RequestRecords, RequestTerms } from "../codec/calls.js";
import type { LedgerEvent } from "../codec/events.js";
import type { OfferState, RequestState } from "../codec/round-view.js";
import { admit } from "./admission.js";
import { give, hold } from "./money.js";
import { mapDelete, mapGet, mapSet, type PersistentMap } from "./persistent-map.js";
import { type CallResult, type Refusal, reject } from "./result.js";
import type { CallContext, ContractState } from "./state.js";
import { type HeldRound, roundIn, withRound } from "./windows.js";

/** An input before it has its version. */
type Made<T> = Omit<T, "version">;

/** An offer that the publication allows, or why not. */
function checkedOffer(
  { round, publication }: HeldRound,
  batch: OfferedBatch,
  site: string,
): Made<OfferState> | Refusal {
  const { profiles, floors, buyers, limits, lotSize, bonds } = publication;
  const seen = new Set<string>();
  let [lots, units] = [0, 0];
  for (const [i, chosen] of batch.classes.entries()) {
    const b = buyers[chosen.buyers];
    if (profiles[chosen.profile] === undefined || floors[chosen.floor] === undefined || !b) {
      return reject("EMRX_CHOICE", `classes[${i}] is not of the publication's menus`, { item: i });
    }
    const choice = `${chosen.profile}/${chosen.floor}/${chosen.buyers}`;
    if (seen.has(choice)) {
      return reject("EMRX_CHOICE", `classes[${i}] has the choices of an earlier one`, { item: i });
    }
    seen.add(choice);
    lots += chosen.lots;
    units += chosen.lots * lotSize * b;
  }
  if (lots > limits.lots) {
    return reject("EMRX_OVER_LIMIT", `a site offers at most ${limits.lots} lots, not ${lots}`);
  }
  const { offers } = round.inputs;
  if (mapGet(offers, site) === undefined && offers.size >= limits.sites) {
    return reject("EMRX_ROUND_FULL", `round ${round.round} has ${limits.sites} sites already`);
  }
  return { ...batch, site, units, held: (BigInt(units) * BigInt(bonds.unit)).toString() };
}

/** A request that the publication allows, or why not. */
function checkedRequest(
  { round, publication }: HeldRound,
  terms: RequestTerms,
  requester: string,
): Made<RequestState> | Refusal {
  const { attributes, limits, lotSize, bonds } = publication;
  const unknown = Object.keys(terms.weights).find((name) => !attributes.includes(name));
  if (unknown !== undefined) {
    return reject("EMRX_UNKNOWN_ATTRIBUTE", `weights names ${unknown}; the publication does not`);
  }
  if (terms.price > limits.price) {
    return reject("EMRX_OVER_LIMIT", `price is ${terms.price}, at most ${limits.price}`);
  }
  const most = limits.sites * limits.lots * lotSize;
  if (terms.quota > most) {
    return reject("EMRX_OVER_LIMIT", `quota is ${terms.quota}, at most ${most}`);
  }
  const { requests } = round.inputs;
  if (mapGet(requests, requester) === undefined && requests.size >= limits.requests) {
    return reject("EMRX_ROUND_FULL", `round ${round.round} has ${limits.requests} requesters`);
  }
  const each = BigInt(terms.price) + BigInt(bonds.unit);
  return { ...terms, requester, held: (BigInt(terms.quota) * each).toString() };
}

/** Takes the place of the party's earlier input, whose money goes back; where nothing is made, the earlier is withdrawn. */
function replace(
  state: ContractState,
  { round }: HeldRound,
  kind: "offers" | "requests",
  made: Made<OfferState> | Made<RequestState> | undefined,
  token: string | undefined,
  context: CallContext,
): CallResult {
  const { signer: party } = context;
  // Both maps hold what has `held` and `version`; which of them it is goes with `made`.
  const inputs = round.inputs[kind] as PersistentMap<OfferState | RequestState>;
  const what = kind === "offers" ? "offer" : "request";
  const earlier = mapGet(inputs, party);
  if (made === undefined && earlier === undefined) {
    const code = kind === "offers" ? "EMRX_NO_OFFER" : "EMRX_NO_REQUEST";
    return reject(code, `${party} has no ${what} in round ${round.round} to withdraw`);
  }
  const admission = admit(round, token, context);
  if ("rejection" in admission) return admission;
  let { money } = state;
  let map = made === undefined ? mapDelete(inputs, party) : inputs;
  const events: LedgerEvent[] = [];
  if (earlier !== undefined) {
    const { held: returned } = earlier;
    money = give(money, party, returned, "returned");
    events.push({ type: "trade.withdrawn", round: round.round, party, what, returned });
  }
  if (made !== undefined) {
    const { held } = made;
    money = hold(money, held);
    map = mapSet(map, party, { ...made, version: (earlier?.version ?? 0) + 1 });
    const at = { round: round.round, held };
    events.push(
      "site" in made
        ? { type: "trade.offered", ...at, site: party, root: made.root, units: made.units }
        : { type: "trade.requested", ...at, requester: party, quota: made.quota },
    );
  }
  const changed = withRound(state, round, {
    ...admission,
    inputs: { ...round.inputs, [kind]: map },
  });
  return { state: { ...changed, money }, events };
}

export function offer(state: ContractState, call: Offer, context: CallContext): CallResult {
  const held = roundIn(state, call.round, ["offer"], context.time);
  if ("rejection" in held) return held;
  const made = call.batch && checkedOffer(held, call.batch, context.signer);
  if (made !== undefined && "rejection" in made) return made;
  return replace(state, held, "offers", made, call.token, context);
}

export function requestRecords(
  state: ContractState,
  call: RequestRecords,
  context: CallContext,
): CallResult {
  const held = roundIn(state, call.round, ["offer"], context.time);
  if ("rejection" in held) return held;
  const made = call.terms && checkedRequest(held, call.terms, context.signer);
  if (made !== undefined && "rejection" in made) return made;
  return replace(state, held, "requests", made, call.token, context);
}
