// Checking a matching from scratch: quotas, lists and blocking pairs.
import { object, optional, type Shape } from "@emrx/internal/shape";
import { check, listLimit } from "../check.js";
import { type Market, otherSide, type SideName } from "../market/market.js";
import { type MatchingLike, type MatchingRows, matchingIn } from "../matching.js";
import { blockingSearch, type Stability, stabilityName } from "./blocking-pairs.js";

const stableOptions: Shape<{ readonly stability?: Stability }> = /* @__PURE__ */ object({
  stability: /* @__PURE__ */ optional(stabilityName),
});
const verifyOptions: Shape<{ readonly stability?: Stability; readonly limit?: number }> =
  /* @__PURE__ */ object({
    stability: /* @__PURE__ */ optional(stabilityName),
    limit: /* @__PURE__ */ optional(listLimit),
  });

/**
 * Whether a matching is pairwise stable: it respects all quotas and lists, and no pair blocks it.
 *
 * @param market The market.
 * @param matching The matching, or its pairs.
 * @param given `stability`: which kind of stability where there are ties, "weak" where absent.
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
  given: { readonly stability?: Stability } = {},
): boolean {
  const { stability = "weak" } = check(stableOptions, given, "options");
  return rowsAreStable(market, matchingIn(market, matching), stability);
}

/** {@link isStable} of rows: stops at the first violation or blocking pair. */
export function rowsAreStable(market: Market, rows: MatchingRows, stability: Stability): boolean {
  for (const _ of violationsOf(market, rows)) return false;
  const { side, of } = blockingSearch(market, rows, stability);
  for (let a = 0; a < market[side].count; a++) if (of(a) > 0) return false;
  return true;
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
export function* violationsOf(market: Market, matching: MatchingRows): Generator<Violation> {
  for (const side of ["proposers", "reviewers"] as const) {
    const { count, quotas, offsets, lists, ids } = market[side];
    const rows = matching[side];
    const others = market[otherSide(side)];
    const listed = new Uint32Array(others.count); // listed[b] = a + 1 where a lists b
    for (let a = 0; a < count; a++) {
      const from = rows.offsets[a] as number;
      const to = rows.offsets[a + 1] as number;
      if (from === to) continue;
      if (to - from > (quotas[a] as number)) yield { kind: "quota", side, agent: ids[a] as string };
      const end = offsets[a + 1] as number;
      for (let k = offsets[a] as number; k < end; k++) listed[lists[k] as number] = a + 1;
      for (let k = from; k < to; k++) {
        const b = rows.partners[k] as number;
        if (listed[b] !== a + 1)
          yield {
            kind: "unacceptable",
            side,
            agent: ids[a] as string,
            partner: others.ids[b] as string,
          };
      }
    }
  }
}

/** What {@link verify} found. */
export interface Verification {
  /** Individually rational and without a blocking pair. */
  readonly stable: boolean;
  /** All quotas are kept and all partners are in each other's lists. */
  readonly individuallyRational: boolean;
  /** In how many ways that fails. */
  readonly violationCount: number;
  /** The first of these, as many as were asked for. */
  readonly violations: readonly Violation[];
  /** How many pairs block the matching. */
  readonly blockingCount: number;
  /** Some of them, [proposer id, reviewer id], as many as were asked for, in the order of the market's agents. */
  readonly blockingPairs: readonly (readonly [string, string])[];
}

/**
 * Checks a matching from scratch: quotas, lists, and every blocking pair, in time and memory linear in the list entries
 * whatever the matching is.
 *
 * @param market The market.
 * @param matching The matching, or its pairs.
 * @param given `stability`: which kind of stability where there are ties, "weak" where absent; `limit`: how many violations
 * and how many blocking pairs to list at most, 1,000 where absent; all are counted.
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
  given: { readonly stability?: Stability; readonly limit?: number } = {},
): Verification {
  const { stability = "weak", limit = 1_000 } = check(verifyOptions, given, "options");
  const rows = matchingIn(market, matching);
  const violations: Violation[] = [];
  let violationCount = 0;
  for (const violation of violationsOf(market, rows))
    if (++violationCount <= limit) violations.push(violation);
  const pairs: [number, number][] = [];
  let blockingCount = 0;
  const { side, of, found } = blockingSearch(market, rows, stability);
  for (let a = 0; a < market[side].count; a++) {
    const size = of(a);
    blockingCount += size;
    for (let i = 0; i < size && pairs.length < limit; i++)
      pairs.push(side === "proposers" ? [a, found[i] as number] : [found[i] as number, a]);
  }
  pairs.sort(([p, r], [q, s]) => p - q || r - s);
  return {
    stable: violationCount === 0 && blockingCount === 0,
    individuallyRational: violationCount === 0,
    violationCount,
    violations,
    blockingCount,
    blockingPairs: pairs.map(([p, r]) => [
      market.proposers.ids[p] as string,
      market.reviewers.ids[r] as string,
    ]),
  };
}
