// Strongly stable matchings (Irving 1994; Manlove 1999; many-to-many: Malhotra 2004, Chen and Ghosh 2010).
import { connect, emptyNetwork, maximumFlow } from "../graph/flow.js";
import { checkMarket } from "../market/check-market.js";
import type { Market } from "../market/market.js";
import type { Matching } from "../matching.js";
import { isStable } from "../verify/verify.js";
import { type TieProposals, tieProposals } from "./proposals.js";
import { matchingOfHeld } from "./super-stable.js";

/**
 * Finds a strongly stable matching: no two agents who are not partners would be better off together for one of them
 * and at least as well off for the other. There may be none. Polynomial: one maximum flow for each time that
 * reviewers must turn away a tier; many-to-many.
 *
 * @param market Any market; with strict lists the result is that of `solve`.
 * @returns A strongly stable matching, one of the best for the proposers, or undefined where there is none.
 *
 * @example
 * ```ts
 * import { createMarket } from "@emrx/matching";
 * import { stronglyStable } from "@emrx/matching/ties";
 *
 * const tied = [["c", "d"]];
 * const market = createMarket({
 *   proposers: { ann: { prefs: tied }, bob: { prefs: tied } },
 *   reviewers: { c: { prefs: [["ann", "bob"]] }, d: { prefs: [["ann", "bob"]] } },
 * });
 * stronglyStable(market)?.size; // => 2
 * const one = { c: { prefs: [["ann", "bob"]] } };
 * stronglyStable(createMarket({ proposers: { ann: { prefs: ["c"] }, bob: { prefs: ["c"] } }, reviewers: one })); // => undefined
 * ```
 */
export function stronglyStable(market: Market): Matching | undefined {
  checkMarket(market);
  // Only whoever comes after enough strictly better proposals is turned away at once; ties are left to the flow.
  const state = tieProposals(market, (held, inWorst, quota) => held - inWorst >= quota);
  for (;;) {
    state.proceed();
    const { chosen, contested } = share(market, state);
    if (contested.length > 0) {
      for (const r of contested) state.dropWorst(r);
      continue;
    }
    const found = matchingOfHeld(market, { ...state, held: chosen });
    return isStable(market, found, { stability: "strong" }) ? found : undefined;
  }
}

/**
 * Shares the held proposals out. Every proposer must get all that it holds in tiers before its last one, and as many
 * as it has seats left in the last one; a reviewer has seats left for its worst tier after all better ones. A maximum
 * flow tells whether that can be.
 *
 * If not, the proposers who went short, and those with whom they compete, hold proposals in the worst tiers of some
 * reviewers: those on the source's side of the minimum cut. Counting seats shows that in a strongly stable matching
 * none of these tiers is served at all, since somebody of it would be left out who is as good to the reviewer and
 * would be better off with it; so all of them are turned away.
 *
 * @returns The edges chosen, and the reviewers that must turn away their worst tier.
 */
function share(market: Market, state: TieProposals): { chosen: Uint8Array; contested: number[] } {
  const { graph, held } = state;
  const { proposers, reviewers } = market;
  const [source, sink] = [0, 1];
  const sureOf = (p: number): number => 2 + 2 * p;
  const lastOf = (p: number): number => 3 + 2 * p;
  const worstOf = (r: number): number => 2 + 2 * proposers.count + r;
  const network = emptyNetwork(worstOf(reviewers.count));

  // A reviewer that has seats for all it holds has no worst tier to share out.
  const worst = new Float64Array(reviewers.count).fill(Number.POSITIVE_INFINITY);
  for (let e = 0; e < held.length; e++) {
    const r = graph.reviewers[e] as number;
    if (held[e] === 0 || (state.heldBy[r] as number) <= (reviewers.quotas[r] as number)) continue;
    const tier = state.reviewerTiers[e] as number;
    if (worst[r] === Number.POSITIVE_INFINITY || tier > (worst[r] as number)) worst[r] = tier;
  }
  for (let r = 0; r < reviewers.count; r++)
    if (worst[r] !== Number.POSITIVE_INFINITY)
      connect(
        network,
        worstOf(r),
        sink,
        (reviewers.quotas[r] as number) - (state.heldBy[r] as number) + state.inWorst(r),
      );

  const arcs = new Map<number, number>();
  let demand = 0;
  for (let p = 0; p < proposers.count; p++) {
    const own: number[] = [];
    for (let e = graph.starts[p] as number; e < (graph.starts[p + 1] as number); e++)
      if (held[e] === 1) own.push(e);
    const quota = proposers.quotas[p] as number;
    const lastTier = state.proposerTiers[own[own.length - 1] as number];
    const isSure = (e: number): boolean => state.proposerTiers[e] !== lastTier;
    const sure = own.filter(isSure).length;
    const last = Math.min(quota, own.length) - sure;
    connect(network, source, sureOf(p), sure);
    connect(network, source, lastOf(p), last);
    demand += sure + last;
    for (const e of own) {
      const r = graph.reviewers[e] as number;
      const to = state.reviewerTiers[e] === worst[r] ? worstOf(r) : sink;
      arcs.set(e, connect(network, isSure(e) ? sureOf(p) : lastOf(p), to, 1));
    }
  }
  const short = maximumFlow(network, source, sink);
  const chosen = new Uint8Array(held.length);
  let served = 0;
  for (const [e, arc] of arcs)
    if (network.capacity[arc] === 0) {
      chosen[e] = 1;
      served++;
    }
  const contested =
    served === demand
      ? []
      : [...Array(reviewers.count).keys()].filter(
          (r) => worst[r] !== Number.POSITIVE_INFINITY && short[worstOf(r)],
        );
  return { chosen, contested };
}
