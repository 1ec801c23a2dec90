// What one seat more would give.

import { check, sideName } from "../check.js";
import { checkMarket } from "../market/check-market.js";
import { remember } from "../market/known.js";
import { indexOf, type Market, otherSide, type SideName } from "../market/market.js";
import { type Matching, rowsOf } from "../matching.js";
import { solve } from "../solve/solve.js";
import { compareMatchings, type MatchingComparison } from "./ranks.js";

/** What changes when one agent has one seat more. */
export interface SeatMore {
  /** The proposers' best stable matching with the seat. */
  readonly matching: Matching;
  /** Pairs [proposer id, reviewer id] that are new, and that are no more. */
  readonly added: readonly (readonly [string, string])[];
  readonly removed: readonly (readonly [string, string])[];
  /** How the agents of each side fare with the seat. */
  readonly proposers: MatchingComparison;
  readonly reviewers: MatchingComparison;
}

/**
 * Solves a market with one seat more for one agent, and says what it changes. A seat more at a reviewer makes no proposer
 * worse off, and no other reviewer better off (and the other way round).
 *
 * @param market A market with strict lists.
 * @param side The agent's side.
 * @param id The agent's id.
 * @returns The matching with the seat, compared with the one without it; linear, by solving twice.
 * @throws EMRX_MATCHING_UNKNOWN_ID for an id that the market does not have, EMRX_MATCHING_TIES where a list has ties.
 *
 * @example
 * ```ts
 * import { createMarket } from "@emrx/matching";
 * import { oneSeatMore } from "@emrx/matching/explain";
 *
 * const market = createMarket({
 *   proposers: { ann: { prefs: ["x", "y"] }, bob: { prefs: ["x"] } },
 *   reviewers: { x: { prefs: ["bob", "ann"] }, y: { prefs: ["ann"] } },
 * });
 * const { added, removed, proposers } = oneSeatMore(market, "reviewers", "x");
 * [added, removed]; // => [[["ann", "x"]], [["ann", "y"]]]
 * proposers.better; // => ["ann"]
 * ```
 */
export function oneSeatMore(market: Market, side: SideName, id: string): SeatMore {
  checkMarket(market);
  const name = check(sideName, side, "side");
  const agent = indexOf(market, name, id);
  const before = solve(market);
  const quotas = market[name].quotas.slice();
  quotas[agent] = Math.min((quotas[agent] as number) + 1, 0xffffffff);
  const own = market[name];
  const larger = {
    get ids() {
      return own.ids;
    },
    count: own.count,
    quotas,
    offsets: own.offsets,
    lists: own.lists,
  };
  const other = market[otherSide(name)];
  const changed: Market = remember(
    name === "proposers"
      ? { proposers: larger, reviewers: other }
      : { proposers: other, reviewers: larger },
  );
  const matching = solve(changed);
  return {
    matching,
    added: difference(matching, before),
    removed: difference(before, matching),
    proposers: compareMatchings(changed, before, matching, "proposers"),
    reviewers: compareMatchings(changed, before, matching, "reviewers"),
  };
}

/** Pairs of the first matching that the second, of the same agents, does not have. */
function difference(first: Matching, second: Matching): [string, string][] {
  const [one, two] = [rowsOf(first), rowsOf(second)];
  const { proposers, reviewers } = one.market;
  const found: [string, string][] = [];
  for (let p = 0; p < proposers.count; p++) {
    const has = new Set(
      two.proposers.partners.subarray(two.proposers.offsets[p], two.proposers.offsets[p + 1]),
    );
    for (const r of one.proposers.partners.subarray(
      one.proposers.offsets[p],
      one.proposers.offsets[p + 1],
    ))
      if (!has.has(r)) found.push([proposers.ids[p] as string, reviewers.ids[r] as string]);
  }
  return found;
}
