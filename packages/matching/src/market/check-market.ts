// Whether a value is a market: those that this package made are known, all others are checked once.
import { integer, object, optional, type Shape, typedArray } from "@emrx/internal/shape";
import { check } from "../check.js";
import { idsShape, marketFromArrays } from "./arrays.js";
import { isKnown, remember } from "./known.js";
import type { Market, Side } from "./market.js";

const side: Shape<unknown> = /* @__PURE__ */ object({
  ids: idsShape,
  count: /* @__PURE__ */ integer(0, 0xffffffff),
  quotas: /* @__PURE__ */ typedArray("Uint32Array"),
  offsets: /* @__PURE__ */ typedArray("Uint32Array"),
  lists: /* @__PURE__ */ typedArray("Uint32Array"),
  tiers: /* @__PURE__ */ optional(/* @__PURE__ */ typedArray("Uint32Array")),
});
const shape: Shape<unknown> = /* @__PURE__ */ object({ proposers: side, reviewers: side });

/**
 * Throws unless the value is a market. One that came from elsewhere, for example by a message to a worker, is checked in
 * full, once: linear.
 */
export function checkMarket(market: Market): Market {
  if (isKnown(market)) return market;
  check(shape, market, "market");
  const { proposers, reviewers } = market as Market;
  const tiersOf = ({ tiers }: Side): Uint32Array | undefined => tiers;
  const [proposerTiers, reviewerTiers] = [tiersOf(proposers), tiersOf(reviewers)];
  marketFromArrays({
    proposers: proposers.count,
    reviewers: reviewers.count,
    proposerQuotas: proposers.quotas,
    reviewerQuotas: reviewers.quotas,
    proposerOffsets: proposers.offsets,
    proposerLists: proposers.lists,
    reviewerOffsets: reviewers.offsets,
    reviewerLists: reviewers.lists,
    proposerIds: proposers.ids,
    reviewerIds: reviewers.ids,
    ...(proposerTiers ? { proposerTiers } : {}),
    ...(reviewerTiers ? { reviewerTiers } : {}),
  });
  return remember(market);
}
