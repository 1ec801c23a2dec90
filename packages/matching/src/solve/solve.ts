// Solving a market: the stable matching that is best for everybody on the side that proposes.
import { check, proposingAsyncOptions, proposingOption } from "../check.js";
import { checkMarket } from "../market/check-market.js";
import { type Market, otherSide, requireStrict, type SideName } from "../market/market.js";
import { type Matching, matchingOfRows } from "../matching.js";
import { type AsyncOptions, atOnce, inTurns, type Steps, type Work } from "../steps.js";
import { acceptanceUnits, deferredAcceptance } from "./deferred-acceptance.js";

/**
 * Finds the stable matching that every agent of the proposing side likes best among all stable ones, and every
 * agent of the other side least, by many-to-many deferred acceptance. Hospitals/residents (quotas on one side)
 * and stable marriage (all quotas 1) are special cases of it.
 *
 * @param market A market with strict lists.
 * @param options `proposing`: the side that proposes, "proposers" where absent.
 * @returns The matching. It exists always, is unique, and takes time linear in the number of list entries.
 * @throws EMRX_MATCHING_TIES where a list has ties, EMRX_MATCHING_ARGUMENT for an unknown side.
 *
 * @example
 * ```ts
 * import { createMarket, solve } from "@emrx/matching";
 *
 * const market = createMarket({
 *   proposers: { m1: { prefs: ["w1", "w2"] }, m2: { prefs: ["w2", "w1"] } },
 *   reviewers: { w1: { prefs: ["m2", "m1"] }, w2: { prefs: ["m1", "m2"] } },
 * });
 * solve(market).pairs(); // => [["m1", "w1"], ["m2", "w2"]]
 * solve(market, { proposing: "reviewers" }).pairs(); // => [["m1", "w2"], ["m2", "w1"]]
 * ```
 */
export function solve(market: Market, options: { readonly proposing?: SideName } = {}): Matching {
  const { proposing = "proposers" } = check(proposingOption, options, "options");
  return atOnce((work) => solveSteps(market, proposing, work));
}

/**
 * {@link solve}, in turns with whatever else the program has to do.
 *
 * @param market A market with strict lists.
 * @param options `proposing`, as in `solve`; `onProgress`, `signal`.
 * @returns The matching that `solve` returns.
 * @throws EMRX_MATCHING_ABORTED, and what `solve` throws.
 *
 * @example
 * ```ts
 * import { createMarket } from "@emrx/matching";
 * import { solveAsync } from "@emrx/matching/solve";
 *
 * const market = createMarket({
 *   proposers: { ann: { prefs: ["city"] } },
 *   reviewers: { city: { prefs: ["ann"] } },
 * });
 * let progress = 0;
 * const matching = await solveAsync(market, {
 *   onProgress: (done, total) => { progress = done / total; },
 *   signal: new AbortController().signal,
 * });
 * matching.pairs(); // => [["ann", "city"]]
 * progress; // => 1
 * ```
 */
export async function solveAsync(
  market: Market,
  options: AsyncOptions & { readonly proposing?: SideName } = {},
): Promise<Matching> {
  const { proposing = "proposers", ...turns } = check(proposingAsyncOptions, options, "options");
  return inTurns((work) => solveSteps(market, proposing, work), turns);
}

/** {@link solve} in steps; one unit for each time that a list entry is passed. */
export function* solveSteps(market: Market, proposing: SideName, work: Work): Steps<Matching> {
  requireStrict(checkMarket(market), "solve");
  const passive = otherSide(proposing);
  work.total = work.done + acceptanceUnits(market[proposing], market[passive]);
  const rows = yield* deferredAcceptance(market[proposing], market[passive], work);
  return matchingOfRows(market, passive, rows);
}
