// Where money goes back: to one requester, or to all of a round.
import type { LedgerEvent } from "../codec/events.js";
import type { Amount, Hex32, Round } from "../codec/fields.js";
import { emptyMap, mapEntries, mapGet, mapSet, type PersistentMap } from "./persistent-map.js";
import { add, setIn, subtract } from "./result.js";
import type { RequestState, TradeState } from "./state.js";

/** Credits with an amount more for a party. */
export function credit(
  credits: PersistentMap<Amount>,
  party: Hex32,
  amount: string | bigint,
): PersistentMap<Amount> {
  return mapSet(credits, party, add(mapGet(credits, party) ?? "0", amount));
}

/** Gives back all that is held for an open request. */
export function refundRequest(
  trade: TradeState,
  request: RequestState,
  status: "withdrawn" | "refunded",
): TradeState {
  const { round, requester, held: refunded } = request;
  return {
    ...trade,
    requests: setIn(trade.requests, round, requester, {
      ...request,
      status,
      held: "0",
      refunded,
      version: request.version + 1,
    }),
    credits: credit(trade.credits, requester, refunded),
    escrow: {
      ...trade.escrow,
      held: subtract(trade.escrow.held, refunded),
      refunded: add(trade.escrow.refunded, refunded),
    },
  };
}

/** Gives back all that is held in a round. */
export function refundRound(
  before: TradeState,
  round: Round,
): { readonly trade: TradeState; readonly events: readonly LedgerEvent[] } {
  let trade = before;
  const events: LedgerEvent[] = [];
  const requests = mapGet(before.requests, String(round)) ?? emptyMap<RequestState>();
  for (const [requester, request] of mapEntries(requests)) {
    if (request.status !== "open") continue;
    trade = refundRequest(trade, request, "refunded");
    events.push({ type: "trade.refunded", round, requester, refunded: request.held });
  }
  return { trade, events };
}
