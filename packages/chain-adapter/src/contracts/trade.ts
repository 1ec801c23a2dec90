// trade: offers and requests until the round is committed, escrow, delivery under a live grant, settlement.
// Money enters with a request, as `pricePerRecord * quota`, and leaves to sites or back to the requester; the
// ledger counts claims, and whoever keeps the money pays by them. deposited = held + paid + refunded, always.
import type { Deliver, OfferBatch, RequestRecords, Settle, Withdraw } from "../codec/calls.js";
import type { LedgerEvent } from "../codec/events.js";
import type { Hex32 } from "../codec/fields.js";
import { admit } from "./admission.js";
import { allocated, isVoid, matchingRound } from "./matching.js";
import { credit, refundRequest } from "./refund.js";
import { add, type CallResult, getIn, reject, setIn, subtract } from "./result.js";
import type { CallContext, ContractState, DeliveryState, TradeState } from "./state.js";

const withTrade = (state: ContractState, changes: Partial<TradeState>): ContractState => ({
  ...state,
  trade: { ...state.trade, ...changes },
});

export function offerBatch(
  state: ContractState,
  call: OfferBatch,
  context: CallContext,
): CallResult {
  const { type: _, token, ...offer } = call;
  const { round, root, count } = offer;
  const { signer: site, time } = context;
  if (matchingRound(state, round) !== undefined) {
    return reject("EMRX_ROUND_CLOSED", `round ${round} is closed for offers`);
  }
  if (getIn(state.trade.offers, round, site) !== undefined) {
    return reject("EMRX_DUPLICATE_OFFER", `${site} has offered in round ${round} already`);
  }
  if (state.rules > 1 && offer.offersRoot === undefined) {
    return reject("EMRX_NO_OFFERS_ROOT", "a batch states the root of its public offers");
  }
  const admitted = admit(state.trade, round, token, context);
  if ("rejection" in admitted) return admitted;
  const offers = setIn(state.trade.offers, round, site, {
    ...offer,
    site,
    offeredAt: time,
    status: "open",
    version: 1,
  });
  return {
    state: withTrade(state, { ...admitted, offers }),
    events: [{ type: "trade.offered", round, site, root, count }],
  };
}

export function requestRecords(
  state: ContractState,
  call: RequestRecords,
  context: CallContext,
): CallResult {
  const { type: _, token, ...request } = call;
  const { round, quota, pricePerRecord } = request;
  const { signer: requester, time } = context;
  if (matchingRound(state, round) !== undefined) {
    return reject("EMRX_ROUND_CLOSED", `round ${round} is closed for requests`);
  }
  if (getIn(state.trade.requests, round, requester) !== undefined) {
    return reject("EMRX_DUPLICATE_REQUEST", `${requester} has a request in round ${round} already`);
  }
  const admitted = admit(state.trade, round, token, context);
  if ("rejection" in admitted) return admitted;
  const held = (BigInt(pricePerRecord) * BigInt(quota)).toString();
  const { escrow } = state.trade;
  return {
    state: withTrade(state, {
      ...admitted,
      requests: setIn(state.trade.requests, round, requester, {
        ...request,
        requester,
        requestedAt: time,
        status: "open",
        held,
        paid: "0",
        refunded: "0",
        delivered: 0,
        version: 1,
      }),
      escrow: { ...escrow, deposited: add(escrow.deposited, held), held: add(escrow.held, held) },
    }),
    events: [{ type: "trade.requested", round, requester, quota, held }],
  };
}

export function deliver(
  state: ContractState,
  call: Deliver,
  { signer: site, time, genesis }: CallContext,
): CallResult {
  const { round, requester, count, bundle } = call;
  const finalizedAt = matchingRound(state, round)?.finalizedAt;
  if (finalizedAt === undefined) {
    return reject("EMRX_NOT_FINALIZED", `the matching of round ${round} is not finalized`);
  }
  const grant = getIn(state.access.grants, round, `${site}/${requester}`);
  if (grant === undefined)
    return reject("EMRX_NO_GRANT", `${site} granted nothing to ${requester}`);
  if (grant.status !== "live") return reject("EMRX_GRANT_REVOKED", "the grant was revoked");
  if (grant.count !== count || grant.bundle !== bundle) {
    return reject("EMRX_COUNT_MISMATCH", `granted were ${grant.count} records in ${grant.bundle}`);
  }
  const key = `${site}/${requester}`;
  if (getIn(state.trade.deliveries, round, key) !== undefined) {
    return reject("EMRX_DUPLICATE_DELIVERY", `${site} has delivered to ${requester} already`);
  }
  // A grant implies that the request exists; settled means that nobody will pay for this delivery any more.
  const request = getIn(state.trade.requests, round, requester);
  if (request?.status !== "open") {
    return reject("EMRX_REQUEST_CLOSED", `the request of ${requester} is not open`);
  }
  if (time >= finalizedAt + genesis.deliveryWindow) {
    return reject("EMRX_DELIVERY_LATE", `the delivery window of round ${round} is over`);
  }
  const delivery: DeliveryState = {
    site,
    requester,
    count,
    bundle,
    deliveredAt: time,
    status: "delivered",
  };
  return {
    state: withTrade(state, {
      deliveries: setIn(state.trade.deliveries, round, key, delivery),
      requests: setIn(state.trade.requests, round, requester, {
        ...request,
        delivered: request.delivered + count,
        version: request.version + 1,
      }),
    }),
    events: [{ type: "trade.delivered", round, site, requester, count, bundle }],
  };
}

export function settle(state: ContractState, call: Settle, context: CallContext): CallResult {
  const { round, requester } = call;
  const request = getIn(state.trade.requests, round, requester);
  if (request === undefined) {
    return reject("EMRX_NO_REQUEST", `${requester} has no request in round ${round}`);
  }
  if (request.status !== "open") {
    return reject("EMRX_REQUEST_CLOSED", `the request of ${requester} is ${request.status}`);
  }
  const matching = matchingRound(state, round);
  if (matching?.finalizedAt === undefined) {
    return reject("EMRX_NOT_FINALIZED", `the matching of round ${round} is not finalized`);
  }
  const { allocation } = matching;
  const expected = (allocation?.sites ?? []).filter(
    (site) =>
      allocated(allocation, site, requester) > 0 &&
      getIn(state.trade.offers, round, site)?.status === "open",
  );
  const delivered = expected.flatMap(
    (site) => getIn(state.trade.deliveries, round, `${site}/${requester}`) ?? [],
  );
  const end = matching.finalizedAt + context.genesis.deliveryWindow;
  const complete = delivered.length === expected.length;
  if (context.time < end && !(complete && context.signer === requester)) {
    return reject(
      "EMRX_DELIVERY_PENDING",
      `${delivered.length} of ${expected.length} sites have delivered; before ${end} only the requester may settle, and only when all have`,
      { until: end },
    );
  }
  let { deliveries, credits, escrow } = state.trade;
  const events: LedgerEvent[] = [];
  let paid = 0n;
  for (const delivery of delivered) {
    const key = `${delivery.site}/${requester}`;
    // Who revoked what was delivered is not paid for it.
    const live = getIn(state.access.grants, round, key)?.status === "live";
    const status = live ? "paid" : "cancelled";
    deliveries = setIn(deliveries, round, key, { ...delivery, status });
    if (!live) continue;
    const amount = BigInt(request.pricePerRecord) * BigInt(delivery.count);
    paid += amount;
    credits = credit(credits, delivery.site, amount);
    const { site } = delivery;
    events.push({ type: "trade.paid", round, site, requester, amount: amount.toString() });
  }
  const refunded = subtract(request.held, paid);
  escrow = {
    deposited: escrow.deposited,
    held: subtract(escrow.held, request.held),
    paid: add(escrow.paid, paid),
    refunded: add(escrow.refunded, refunded),
  };
  const requests = setIn(state.trade.requests, round, requester, {
    ...request,
    status: "settled",
    held: "0",
    paid: paid.toString(),
    refunded,
    version: request.version + 1,
  });
  credits = credit(credits, requester, refunded);
  events.push({ type: "trade.settled", round, requester, paid: paid.toString(), refunded });
  return { state: withTrade(state, { deliveries, credits, escrow, requests }), events };
}

/** Whether anything was ever granted to this requester or by this site in the round. */
function granted(state: ContractState, call: Withdraw, party: Hex32): boolean {
  const { sites = [], requesters = [] } = matchingRound(state, call.round)?.allocation ?? {};
  const pairs =
    call.what === "offer"
      ? requesters.map((requester) => `${party}/${requester}`)
      : sites.map((site) => `${site}/${party}`);
  return pairs.some((pair) => getIn(state.access.grants, call.round, pair) !== undefined);
}

export function withdraw(state: ContractState, call: Withdraw, context: CallContext): CallResult {
  const { round, what } = call;
  const { signer: party, time, genesis } = context;
  const { trade } = state;
  const offer = getIn(trade.offers, round, party);
  const request = getIn(trade.requests, round, party);
  if (what === "offer" && offer === undefined) {
    return reject("EMRX_NO_OFFER", `${party} has no offer in round ${round}`);
  }
  if (what === "request" && request === undefined) {
    return reject("EMRX_NO_REQUEST", `${party} has no request in round ${round}`);
  }
  const status = what === "offer" ? offer?.status : request?.status;
  if (status !== "open") {
    const code = what === "offer" ? "EMRX_OFFER_WITHDRAWN" : "EMRX_REQUEST_CLOSED";
    return reject(code, `the ${what} of ${party} is ${status} already`);
  }
  const matching = matchingRound(state, round);
  // Between commit and reveal the inputs stand still; after a grant its reader could walk away without paying.
  if (matching?.phase === "committed" && !isVoid(matching, time, genesis.revealWindow)) {
    return reject("EMRX_TOO_LATE_TO_WITHDRAW", `round ${round} is being matched`);
  }
  if (granted(state, call, party)) {
    return reject("EMRX_TOO_LATE_TO_WITHDRAW", `something was granted under this ${what} already`);
  }
  if (what === "offer" && offer !== undefined) {
    const withdrawn = { ...offer, status: "withdrawn", version: offer.version + 1 } as const;
    return {
      state: withTrade(state, { offers: setIn(trade.offers, round, party, withdrawn) }),
      events: [{ type: "trade.withdrawn", round, party, what, refunded: "0" }],
    };
  }
  if (request === undefined) return reject("EMRX_NO_REQUEST", `${party} has no request`);
  return {
    state: { ...state, trade: refundRequest(trade, request, "withdrawn") },
    events: [{ type: "trade.withdrawn", round, party, what, refunded: request.held }],
  };
}
