// The market of a round as a pure function of its public facts: the operator computes it, and so can everybody else.

import type { MarketBook } from "@emrx/chain-adapter/rounds";
import type { Schema } from "@emrx/ldp-core";
import { type Market, type Matching, solve } from "@emrx/matching";
import { marketFromArrays } from "@emrx/matching/market";
import { hexToBytes } from "@noble/hashes/utils.js";
import type { OfferBook } from "../offers/book.js";
import type { Menus } from "../offers/menus.js";
import { preferenceLists } from "./lists.js";
import { mutualTerms, type RequestTerms } from "./terms.js";

/** All agents of a round with their quotas and lists, as the public rule gives them: what the operator commits to. */
export function marketBook(
  schema: Schema,
  menus: Menus,
  books: readonly OfferBook[],
  requests: readonly RequestTerms[],
  seed: Uint8Array,
): MarketBook {
  const lists = preferenceLists(books, requests, menus, mutualTerms(schema, menus, requests), seed);
  const offers = lists.offerOffsets.length - 1;
  const quotas = new Uint32Array(offers);
  const ids = new Uint8Array(32 * offers);
  let offer = 0;
  for (const { buyers, pseudonyms } of books) {
    ids.set(pseudonyms, 32 * offer);
    for (const choice of buyers) quotas[offer++] = menus.document.buyers[choice] ?? 0;
  }
  return {
    publishers: { ids, quotas, offsets: lists.offerOffsets, lists: lists.offerLists },
    requesters: {
      ids: Uint8Array.from(requests.flatMap(({ requester }) => [...hexToBytes(requester)])),
      quotas: Uint32Array.from(requests, ({ quota }) => quota),
      offsets: lists.requestOffsets,
      lists: lists.requestLists,
    },
  };
}

/** The same as a market to solve. */
export function roundMarket({ publishers, requesters }: MarketBook): Market {
  return marketFromArrays({
    proposers: publishers.quotas.length,
    reviewers: requesters.quotas.length,
    proposerQuotas: publishers.quotas,
    reviewerQuotas: requesters.quotas,
    proposerOffsets: publishers.offsets,
    proposerLists: publishers.lists,
    reviewerOffsets: requesters.offsets,
    reviewerLists: requesters.lists,
  });
}

/** The patient-proposing stable matching of a market. */
export function solveRound(market: Market): Matching {
  return solve(market, { proposing: "proposers" });
}
