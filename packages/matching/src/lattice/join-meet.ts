// The lattice operations: the best and the worst of two stable matchings, agent by agent.
import { MatchingError } from "../errors.js";
import { checkMarket } from "../market/check-market.js";
import { type Market, requireStrict, type SideName } from "../market/market.js";
import { type Matching, type MatchingLike, matchingIn, matchingOfRows } from "../matching.js";
import { rowsAreStable } from "../verify/verify.js";

/**
 * The join of two stable matchings: every proposer keeps the better of its two partner sets. It is stable again,
 * and the least stable matching that every proposer likes at least as much as both.
 *
 * @param market The market.
 * @param first A stable matching.
 * @param second Another one.
 * @returns The join.
 * @throws EMRX_MATCHING_NOT_STABLE where one of them is not stable, EMRX_MATCHING_TIES where a list has ties.
 *
 * @example
 * ```ts
 * import { createMarket, solve } from "@emrx/matching";
 * import { join, meet } from "@emrx/matching/lattice";
 *
 * const market = createMarket({
 *   proposers: { m1: { prefs: ["w1", "w2"] }, m2: { prefs: ["w2", "w1"] } },
 *   reviewers: { w1: { prefs: ["m2", "m1"] }, w2: { prefs: ["m1", "m2"] } },
 * });
 * const [best, worst] = [solve(market), solve(market, { proposing: "reviewers" })];
 * join(market, best, worst).pairs(); // => [["m1", "w1"], ["m2", "w2"]]
 * meet(market, best, worst).pairs(); // => [["m1", "w2"], ["m2", "w1"]]
 * ```
 */
export function join(market: Market, first: MatchingLike, second: MatchingLike): Matching {
  return choiceFromBoth(market, first, second, "proposers");
}

/**
 * The meet of two stable matchings: every reviewer keeps the better of its two partner sets, which is the worse one
 * for every proposer. It is stable again.
 *
 * @param market The market.
 * @param first A stable matching.
 * @param second Another one.
 * @returns The meet.
 * @throws EMRX_MATCHING_NOT_STABLE where one of them is not stable, EMRX_MATCHING_TIES where a list has ties.
 *
 * @example
 * ```ts
 * import { createMarket, solve } from "@emrx/matching";
 * import { meet } from "@emrx/matching/lattice";
 *
 * const market = createMarket({
 *   proposers: { ann: { prefs: ["city"] } },
 *   reviewers: { city: { prefs: ["ann"] } },
 * });
 * meet(market, solve(market), solve(market)).pairs(); // => [["ann", "city"]]
 * ```
 */
export function meet(market: Market, first: MatchingLike, second: MatchingLike): Matching {
  return choiceFromBoth(market, first, second, "reviewers");
}

function choiceFromBoth(
  market: Market,
  first: MatchingLike,
  second: MatchingLike,
  choosing: SideName,
): Matching {
  requireStrict(checkMarket(market), choosing === "proposers" ? "join" : "meet");
  const both = [first, second].map((matching) => matchingIn(market, matching));
  for (const rows of both)
    if (!rowsAreStable(market, rows, "weak"))
      throw new MatchingError(
        "EMRX_MATCHING_NOT_STABLE",
        "join and meet are defined for stable matchings, and this one is not; verify(market, matching) says why.",
      );
  const side = market[choosing];
  const offsets = new Uint32Array(side.count + 1);
  const partners: number[] = [];
  for (let a = 0; a < side.count; a++) {
    const offered = new Set<number>();
    for (const matching of both) {
      const rows = matching[choosing];
      for (const b of rows.partners.subarray(rows.offsets[a], rows.offsets[a + 1])) offered.add(b);
    }
    let seats = side.quotas[a] as number;
    const end = side.offsets[a + 1] as number;
    for (let k = side.offsets[a] as number; k < end && seats > 0; k++)
      if (offered.has(side.lists[k] as number)) {
        partners.push(side.lists[k] as number);
        seats--;
      }
    offsets[a + 1] = partners.length;
  }
  return matchingOfRows(market, choosing, { offsets, partners: Uint32Array.from(partners) });
}
