// Who envies whom, and with what right: what each agent would rather have, and whether it could get it.
import { indexOf, type Market, otherSide, type SideName } from "../market/market.js";
import { type MatchingLike, type MatchingRows, matchingIn, sideOf } from "../matching.js";
import { blockingSearch } from "./blocking-pairs.js";
import { preferredBefore } from "./preferred.js";

/** One agent's line in the envy report. */
export interface EnvySummary {
  readonly side: SideName;
  /** The agent's id. */
  readonly agent: string;
  /** How many partners it has. */
  readonly partners: number;
  /** Place in its list, from 1, of its best and of its worst partner; 0 where it has none of its list. */
  readonly bestRank: number;
  readonly worstRank: number;
  /** How many agents of its list it would take if it could: not partners, and liked better than a partner or a free seat. */
  readonly preferred: number;
  /** How many of those want it as well: its blocking pairs; 0 in a stable matching. */
  readonly justified: number;
}

/**
 * The envy report of a matching: for every agent, what it has and what it would rather have. In a stable matching some
 * envy may remain, but none is justified. Linear.
 *
 * @param market The market (strict or with ties; a tied partner is not envied).
 * @param matching The matching, or its pairs.
 * @returns One line an agent, proposers first, in the order of the market's agents.
 * @throws EMRX_MATCHING_UNKNOWN_ID where the matching names an agent that the market does not have.
 *
 * @example
 * ```ts
 * import { createMarket } from "@emrx/matching";
 * import { envyReport } from "@emrx/matching/verify";
 *
 * const market = createMarket({
 *   proposers: { ann: { prefs: ["city", "mercy"] } },
 *   reviewers: { city: { prefs: ["ann"] }, mercy: { prefs: ["ann"] } },
 * });
 * const [ann] = envyReport(market, [["ann", "mercy"]]);
 * ann; // => { side: "proposers", agent: "ann", partners: 1, bestRank: 2, worstRank: 2, preferred: 1, justified: 1 }
 * ```
 */
export function envyReport(market: Market, matching: MatchingLike): EnvySummary[] {
  const own = matchingIn(market, matching);
  const justified = {
    proposers: counts(market, "proposers"),
    reviewers: counts(market, "reviewers"),
  };
  const { side: searched, of, found } = blockingSearch(market, own, "weak");
  for (let a = 0; a < market[searched].count; a++) {
    const size = of(a);
    justified[searched][a] = size;
    for (let i = 0; i < size; i++)
      (justified[otherSide(searched)][found[i] as number] as number) += 1;
  }
  return (["proposers", "reviewers"] as const).flatMap((name) => {
    const side = market[name];
    const rows = own[name];
    const before = preferredBefore(side, rows, market[otherSide(name)].count, false);
    const isPartner = new Uint32Array(market[otherSide(name)].count);
    return Array.from({ length: side.count }, (_, a) => {
      const partners = rows.partners.subarray(rows.offsets[a], rows.offsets[a + 1]);
      for (const b of partners) isPartner[b] = a + 1;
      const start = side.offsets[a] as number;
      let [bestRank, worstRank, preferred] = [0, 0, 0];
      for (let k = start; k < (side.offsets[a + 1] as number); k++)
        if (isPartner[side.lists[k] as number] === a + 1) {
          worstRank = k - start + 1;
          bestRank ||= worstRank;
        } else if (k < (before[a] as number)) preferred++;
      return {
        side: name,
        agent: side.ids[a] as string,
        partners: partners.length,
        bestRank,
        worstRank,
        preferred,
        justified: justified[name][a] as number,
      };
    });
  });
}

const counts = (market: Market, side: SideName): Uint32Array => new Uint32Array(market[side].count);

/** Somebody an agent would rather have, and who has a seat there instead. */
export interface Envy {
  /** The id of the agent that it would rather have. */
  readonly preferred: string;
  /** Its place, from 1, in the list of the agent that wants it. */
  readonly rank: number;
  /** Its partners: those who are envied. */
  readonly envied: readonly string[];
  /** Those of them that it likes less than the agent, so that the envy is justified. */
  readonly justified: readonly string[];
  /** Whether it has a free seat and lists the agent, so that the pair wastes a seat. */
  readonly seatFree: boolean;
}

/**
 * One agent's envy in detail.
 *
 * @param market The market.
 * @param matching The matching, or its pairs.
 * @param id The agent's id.
 * @param side The agent's side, where the id is on both.
 * @returns Everybody the agent would rather have, best first.
 * @throws EMRX_MATCHING_UNKNOWN_ID for an id that the market does not have.
 *
 * @example
 * ```ts
 * import { createMarket, solve } from "@emrx/matching";
 * import { envyOf } from "@emrx/matching/verify";
 *
 * const market = createMarket({
 *   proposers: { ann: { prefs: ["city"] }, bob: { prefs: ["city"] } },
 *   reviewers: { city: { prefs: ["bob", "ann"] } },
 * });
 * envyOf(market, solve(market), "ann"); // => [{ preferred: "city", rank: 1, envied: ["bob"], justified: [], seatFree: false }]
 * ```
 */
export function envyOf(
  market: Market,
  matching: MatchingLike,
  id: string,
  side?: SideName,
): Envy[] {
  const own = matchingIn(market, matching);
  const name = sideOf(market, id, side);
  const { count, ids, offsets, lists } = market[name];
  const others = market[otherSide(name)];
  const a = indexOf(market, name, id);
  const bound = preferredBefore(market[name], own[name], others.count, false)[a] as number;
  const has = new Set(rowOf(own, name, a));
  const found: Envy[] = [];
  for (let k = offsets[a] as number; k < bound; k++) {
    const b = lists[k] as number;
    if (has.has(b)) continue;
    const listOfB = others.lists.subarray(others.offsets[b], others.offsets[b + 1]);
    const rank = (agent: number): number => {
      const place = listOfB.indexOf(agent);
      if (place < 0) return count + 1;
      return others.tiers ? (others.tiers[(others.offsets[b] as number) + place] as number) : place;
    };
    const partners = rowOf(own, otherSide(name), b);
    found.push({
      preferred: others.ids[b] as string,
      rank: k - (offsets[a] as number) + 1,
      envied: Array.from(partners, (partner) => ids[partner] as string),
      justified: Array.from(partners)
        .filter((partner) => rank(partner) > rank(a))
        .map((partner) => ids[partner] as string),
      seatFree: listOfB.includes(a) && partners.length < (others.quotas[b] as number),
    });
  }
  return found;
}

const rowOf = (matching: MatchingRows, side: SideName, a: number): Uint32Array =>
  matching[side].partners.subarray(matching[side].offsets[a], matching[side].offsets[a + 1]);
