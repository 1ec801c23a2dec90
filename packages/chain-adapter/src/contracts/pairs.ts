// Calls that bring an item a pair: each item is decided by itself, and what is wrong with one harms no other.
import type { ItemOf, LedgerEvent } from "../codec/events.js";
import type { Hex32, LedgerTime, Round } from "../codec/fields.js";
import type { PairState, Phase, RequestState } from "../codec/round-view.js";
import { type Allotment, decisionOf, pairKey } from "./decision.js";
import { mapGet, mapSet } from "./persistent-map.js";
import { type CallResult, type Refusal, reject } from "./result.js";
import type { ContractState, MoneyState } from "./state.js";
import { type HeldRound, roundIn, withRound } from "./windows.js";

/** An item's pair, as it stands and as the matching made it. */
export interface Matched extends HeldRound {
  readonly pair: PairState;
  readonly allotment: Allotment;
  readonly request: RequestState;
}

/** What an item did. */
export interface Done {
  readonly pair: PairState;
  readonly event: LedgerEvent;
  readonly money?: MoneyState;
}

/** Which items of which call, and when it may come. */
export interface ItemsOf<T> {
  readonly round: Round;
  readonly item: ItemOf;
  readonly phases: readonly Phase[];
  readonly items: readonly T[];
  readonly pairOf: (item: T) => { readonly site: Hex32; readonly requester: Hex32 };
}

/** A pair that the matching made, or why not. */
export function matchedPair(
  held: HeldRound,
  { site, requester }: { readonly site: Hex32; readonly requester: Hex32 },
  time: LedgerTime,
): Matched | Refusal {
  const key = pairKey(site, requester);
  const allotment = decisionOf(held, time)?.pairs.get(key);
  const request = mapGet(held.round.inputs.requests, requester);
  if (allotment === undefined || request === undefined) {
    const message = `${requester} is not matched with ${site} in round ${held.round.round}`;
    return reject("EMRX_NOT_ALLOCATED", message);
  }
  return {
    ...held,
    pair: mapGet(held.round.pairs, key) ?? { site, requester },
    allotment,
    request,
  };
}

/** Decides items one by one. A call of which every item is refused is refused, with the reason of the first. */
export function decideItems<T>(
  state: ContractState,
  { round: number, item, phases, items, pairOf }: ItemsOf<T>,
  time: LedgerTime,
  decide: (matched: Matched, item: T, money: MoneyState) => Done | Refusal,
): CallResult {
  const held = roundIn(state, number, phases, time);
  if ("rejection" in held) return held;
  let { round } = held;
  let { money } = state;
  let first: Refusal | undefined;
  let isAccepted = false;
  const events = items.map((given): LedgerEvent => {
    const names = pairOf(given);
    const matched = matchedPair({ ...held, round }, names, time);
    const done = "rejection" in matched ? matched : decide(matched, given, money);
    if ("rejection" in done) {
      first ??= done;
      return { type: "item.refused", item, round: number, ...names, reason: done.rejection.code };
    }
    isAccepted = true;
    money = done.money ?? money;
    const pairs = mapSet(round.pairs, pairKey(names.site, names.requester), done.pair);
    round = { ...round, pairs };
    return done.event;
  });
  if (!isAccepted && first !== undefined) return first;
  return { state: { ...withRound(state, held.round, { pairs: round.pairs }), money }, events };
}
