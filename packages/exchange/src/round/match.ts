// The matching of a round as a pure function of its public inputs: the operator runs it, and so can everybody else.

import type { Schema } from "@emrx/ldp-core";
import { type Market, type Matching, marketFromArrays, solve } from "@emrx/matching";
import type { OfferBook } from "../offers/book.js";
import type { Menus } from "../offers/menus.js";
import { preferenceLists } from "./lists.js";
import { mutualTerms, type RequestTerms } from "./terms.js";

/** The market that public inputs and the seed define. */
export function roundMarket(
  schema: Schema,
  menus: Menus,
  books: readonly OfferBook[],
  requests: readonly RequestTerms[],
  seed: Uint8Array,
): Market {
  const lists = preferenceLists(books, requests, menus, mutualTerms(schema, menus, requests), seed);
  const offers = lists.offerOffsets.length - 1;
  const quotas = new Uint32Array(offers);
  let offer = 0;
  for (const { buyers } of books)
    for (const choice of buyers) quotas[offer++] = menus.document.buyers[choice] ?? 0;
  return marketFromArrays({
    proposers: offers,
    reviewers: requests.length,
    proposerQuotas: quotas,
    reviewerQuotas: Uint32Array.from(requests, ({ quota }) => quota),
    proposerOffsets: lists.offerOffsets,
    proposerLists: lists.offerLists,
    reviewerOffsets: lists.requestOffsets,
    reviewerLists: lists.requestLists,
  });
}

/** The patient-proposing stable matching of a market. */
export function solveRound(market: Market): Matching {
  return solve(market, { proposing: "proposers" });
}
