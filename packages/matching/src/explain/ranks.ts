// How well a side does in a matching, and whether it does better in another.
import { check, sideName } from "../check.js";
import { type Market, otherSide, type SideName } from "../market/market.js";
import { type MatchingLike, type MatchingRows, matchingIn } from "../matching.js";

/** How many of a side's partners are their first, second, ... choices. */
export interface RankDistribution {
  /** `counts[k]` partners are at place k + 1 of the agent's list; the place of a tie is that of its first entry. */
  readonly counts: readonly number[];
  /** How many partners are not in the agent's list at all. */
  readonly unlisted: number;
  /** How many seats stay free. */
  readonly free: number;
  /** How many agents have no partner. */
  readonly unmatched: number;
}

/**
 * The rank distribution of one side of a matching.
 *
 * @param market The market.
 * @param matching The matching, or its pairs.
 * @param side Whose ranks.
 * @returns How many partners are first choices, second choices, and so on; linear.
 * @throws EMRX_MATCHING_ARGUMENT for an unknown side.
 *
 * @example
 * ```ts
 * import { createMarket, solve } from "@emrx/matching";
 * import { rankDistribution } from "@emrx/matching/explain";
 *
 * const market = createMarket({
 *   proposers: { ann: { prefs: ["x", "y"] }, bob: { prefs: ["x", "y"] }, cleo: { prefs: ["x"] } },
 *   reviewers: { x: { prefs: ["bob", "ann", "cleo"] }, y: { prefs: ["ann"] } },
 * });
 * rankDistribution(market, solve(market), "proposers"); // => { counts: [1, 1], unlisted: 0, free: 1, unmatched: 1 }
 * ```
 */
export function rankDistribution(
  market: Market,
  matching: MatchingLike,
  side: SideName,
): RankDistribution {
  const rows = matchingIn(market, matching);
  const name = check(sideName, side, "side");
  const counts: number[] = [];
  let [unlisted, free, unmatched] = [0, 0, 0];
  const { count, quotas } = market[name];
  forEachAgent(market, rows, name, (a, ranks, partners) => {
    for (const rank of ranks) {
      while (counts.length < rank) counts.push(0);
      (counts[rank - 1] as number) += 1;
    }
    unlisted += partners - ranks.length;
    free += Math.max(0, (quotas[a] as number) - partners);
    if (partners === 0) unmatched++;
  });
  return { counts, unlisted, free: count === 0 ? 0 : free, unmatched };
}

/** How a side's agents fare in a second matching, compared with a first. */
export interface MatchingComparison {
  /** Ids of those who are better off in the second: seat by seat at least as well, and somewhere better. */
  readonly better: readonly string[];
  readonly worse: readonly string[];
  /** Ids of those for whom lists alone do not say. */
  readonly unclear: readonly string[];
  /** How many fare alike. */
  readonly same: number;
}

/**
 * Compares two matchings for one side: an agent is better off when its best partner, its second best, and so on down to
 * its last seat are all at least as good, and one is better. A free seat is worse than any partner in its list.
 *
 * @param market The market.
 * @param first A matching, or its pairs.
 * @param second Another.
 * @param side Whose agents.
 * @returns Who is better and who is worse off in the second; linear but for sorting partners.
 * @throws EMRX_MATCHING_ARGUMENT for an unknown side.
 *
 * @example
 * ```ts
 * import { createMarket, solve } from "@emrx/matching";
 * import { compareMatchings } from "@emrx/matching/explain";
 *
 * const market = createMarket({
 *   proposers: { m1: { prefs: ["w1", "w2"] }, m2: { prefs: ["w2", "w1"] } },
 *   reviewers: { w1: { prefs: ["m2", "m1"] }, w2: { prefs: ["m1", "m2"] } },
 * });
 * const [men, women] = [solve(market), solve(market, { proposing: "reviewers" })];
 * compareMatchings(market, men, women, "reviewers").better; // => ["w1", "w2"]
 * ```
 */
export function compareMatchings(
  market: Market,
  first: MatchingLike,
  second: MatchingLike,
  side: SideName,
): MatchingComparison {
  const [one, two] = [matchingIn(market, first), matchingIn(market, second)];
  const name = check(sideName, side, "side");
  const { ids, count } = market[name];
  const before: (readonly number[])[] = new Array(count);
  forEachAgent(market, one, name, (a, ranks) => {
    before[a] = ranks;
  });
  const found = { better: [] as string[], worse: [] as string[], unclear: [] as string[], same: 0 };
  forEachAgent(market, two, name, (a, ranks) => {
    const old = before[a] as readonly number[];
    let [gains, losses] = [false, false];
    for (let i = 0; i < Math.max(old.length, ranks.length); i++) {
      const [was, is] = [old[i] ?? Number.POSITIVE_INFINITY, ranks[i] ?? Number.POSITIVE_INFINITY];
      gains ||= is < was;
      losses ||= is > was;
    }
    if (!gains && !losses) found.same++;
    else found[gains ? (losses ? "unclear" : "better") : "worse"].push(ids[a] as string);
  });
  return found;
}

/** For every agent the places of its partners in its list, ascending from 1, and how many partners it has. */
function forEachAgent(
  market: Market,
  rows: MatchingRows,
  side: SideName,
  visit: (agent: number, ranks: readonly number[], partners: number) => void,
): void {
  const { count, offsets, lists, tiers } = market[side];
  const { offsets: starts, partners } = rows[side];
  const ofAgent = new Uint32Array(market[otherSide(side)].count);
  for (let a = 0; a < count; a++) {
    const [from, to] = [starts[a] as number, starts[a + 1] as number];
    for (let k = from; k < to; k++) ofAgent[partners[k] as number] = a + 1;
    const ranks: number[] = [];
    const start = offsets[a] as number;
    let first = start; // of the tie
    for (let k = start; k < (offsets[a + 1] as number) && ranks.length < to - from; k++) {
      if (tiers === undefined || tiers[k] !== tiers[first]) first = k;
      if (ofAgent[lists[k] as number] === a + 1) ranks.push(first - start + 1);
    }
    visit(a, ranks, to - from);
  }
}
