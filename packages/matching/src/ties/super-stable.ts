// Super-stable matchings: stable however the ties are broken (Irving 1994; Irving, Manlove and Scott 2000).
import { checkMarket } from "../market/check-market.js";
import type { Market } from "../market/market.js";
import { type Matching, matchingOfRows } from "../matching.js";
import { isStable } from "../verify/verify.js";
import { type TieProposals, tieProposals } from "./proposals.js";

/**
 * Finds a super-stable matching: no two agents who are not partners would both be at least as well off together. Such
 * a matching is stable however ties are broken; there may be none. Linear time; many-to-many.
 *
 * A reviewer with more proposals than seats turns away its whole worst tier: if one of that tier were kept, one of the
 * others would be as good and would block. So no pair that is turned away is in any super-stable matching, and what
 * is left at the end is one, the best for the proposers, or there is none.
 *
 * @param market Any market; with strict lists the result is that of `solve`.
 * @returns The super-stable matching that is best for the proposers, or undefined where there is none.
 *
 * @example
 * ```ts
 * import { createMarket } from "@emrx/matching";
 * import { superStable } from "@emrx/matching/ties";
 *
 * const proposers = { ann: { prefs: ["city"] }, bob: { prefs: ["city"] } };
 * superStable(createMarket({ proposers, reviewers: { city: { prefs: [["ann", "bob"]] } } })); // => undefined
 * const roomy = { city: { quota: 2, prefs: [["ann", "bob"]] } };
 * superStable(createMarket({ proposers, reviewers: roomy }))?.size; // => 2
 * ```
 */
export function superStable(market: Market): Matching | undefined {
  checkMarket(market);
  const state = tieProposals(market, (held, _, quota) => held > quota);
  state.proceed();
  const found = matchingOfHeld(market, state);
  // A proposer holding too many, or one turned away by a tier that was then not needed, tells that there is none.
  return isStable(market, found, { stability: "super" }) ? found : undefined;
}

/** The held edges as a matching, whether or not it keeps the quotas. */
export function matchingOfHeld(market: Market, { graph, held }: TieProposals): Matching {
  const offsets = new Uint32Array(market.proposers.count + 1);
  const partners: number[] = [];
  for (let p = 0; p < market.proposers.count; p++) {
    for (let e = graph.starts[p] as number; e < (graph.starts[p + 1] as number); e++)
      if (held[e] === 1) partners.push(graph.reviewers[e] as number);
    offsets[p + 1] = partners.length;
  }
  return matchingOfRows(market, "proposers", { offsets, partners: Uint32Array.from(partners) });
}
