// Checking a matching from scratch: quotas, lists and blocking pairs.
import { type Market, otherSide, type SideName } from "../market/market.js";
import { type Matching, type MatchingLike, matchingIn } from "../matching.js";
import { blockingIndices, blockingPairs, type Stability } from "./blocking-pairs.js";

/**
 * Whether a matching is pairwise stable: it respects all quotas and lists, and no pair blocks it.
 *
 * @param market The market.
 * @param matching The matching, or its pairs.
 * @param options `stability`: which kind of stability where there are ties, "weak" where absent.
 * @returns True or false; linear.
 * @throws EMRX_MATCHING_UNKNOWN_ID where the matching names an agent that the market does not have.
 *
 * @example
 * ```ts
 * import { createMarket, isStable } from "@emrx/matching";
 *
 * const market = createMarket({
 *   proposers: { ann: { prefs: ["city"] }, bob: { prefs: ["city"] } },
 *   reviewers: { city: { prefs: [["ann", "bob"]] } },
 * });
 * isStable(market, [["ann", "city"]]); // => true
 * isStable(market, [["ann", "city"]], { stability: "super" }); // => false
 * ```
 */
export function isStable(
  market: Market,
  matching: MatchingLike,
  options: { readonly stability?: Stability } = {},
): boolean {
  const own = matchingIn(market, matching);
  return (
    violationsOf(market, own).length === 0 &&
    blockingIndices(market, own, options.stability ?? "weak").length === 0
  );
}

/** A way in which a matching is not individually rational, or not feasible. */
export interface Violation {
  /** "quota": the agent has more partners than seats; "unacceptable": a partner is not in the agent's list. */
  readonly kind: "quota" | "unacceptable";
  /** The side of the agent. */
  readonly side: SideName;
  /** The agent's id. */
  readonly agent: string;
  /** The id of the unacceptable partner. */
  readonly partner?: string;
}

/** Every agent with too many partners, and every partner outside an agent's list; linear. */
export function violationsOf(market: Market, matching: Matching): Violation[] {
  const found: Violation[] = [];
  for (const side of ["proposers", "reviewers"] as const) {
    const { count, quotas, offsets, lists } = market[side];
    const rows = matching[side];
    const others = market[otherSide(side)];
    const listed = new Uint32Array(others.count); // listed[b] = a + 1 where a lists b
    for (let a = 0; a < count; a++) {
      const from = rows.offsets[a] as number;
      const to = rows.offsets[a + 1] as number;
      if (from === to) continue;
      if (to - from > (quotas[a] as number))
        found.push({ kind: "quota", side, agent: market[side].ids[a] as string });
      const end = offsets[a + 1] as number;
      for (let k = offsets[a] as number; k < end; k++) listed[lists[k] as number] = a + 1;
      for (let k = from; k < to; k++) {
        const b = rows.partners[k] as number;
        if (listed[b] !== a + 1)
          found.push({
            kind: "unacceptable",
            side,
            agent: market[side].ids[a] as string,
            partner: others.ids[b] as string,
          });
      }
    }
  }
  return found;
}

/** What {@link verify} found. */
export interface Verification {
  /** Individually rational and without a blocking pair. */
  readonly stable: boolean;
  /** All quotas are kept and all partners are in each other's lists. */
  readonly individuallyRational: boolean;
  /** Where that fails. */
  readonly violations: readonly Violation[];
  /** Every pair that blocks the matching, [proposer id, reviewer id]. */
  readonly blockingPairs: readonly (readonly [string, string])[];
}

/**
 * Checks a matching from scratch: quotas, lists, and every blocking pair, in time linear in the list entries.
 *
 * @param market The market.
 * @param matching The matching, or its pairs.
 * @param options `stability`: which kind of stability where there are ties, "weak" where absent.
 * @returns What was found.
 * @throws EMRX_MATCHING_UNKNOWN_ID where the matching names an agent that the market does not have.
 *
 * @example
 * ```ts
 * import { createMarket, solve, verify } from "@emrx/matching";
 *
 * const market = createMarket({
 *   proposers: { ann: { prefs: ["city"] }, bob: { prefs: ["city"] } },
 *   reviewers: { city: { quota: 1, prefs: ["bob", "ann"] } },
 * });
 * verify(market, solve(market)).stable; // => true
 * verify(market, [["ann", "city"]]).blockingPairs; // => [["bob", "city"]]
 * verify(market, [["ann", "city"], ["bob", "city"]]).violations; // => [{ kind: "quota", side: "reviewers", agent: "city" }]
 * ```
 */
export function verify(
  market: Market,
  matching: MatchingLike,
  options: { readonly stability?: Stability } = {},
): Verification {
  const own = matchingIn(market, matching);
  const violations = violationsOf(market, own);
  const blocking = blockingPairs(market, own, options);
  return {
    stable: violations.length === 0 && blocking.length === 0,
    individuallyRational: violations.length === 0,
    violations,
    blockingPairs: blocking,
  };
}
