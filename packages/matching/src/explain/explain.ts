// Why two agents are not partners, and what would have to change.
import { indexOf, type Market, otherSide, type SideName } from "../market/market.js";
import { type MatchingLike, type MatchingRows, matchingIn } from "../matching.js";
import { preferredBefore } from "../verify/preferred.js";

/** How one end of a pair stands to the other. */
export interface PairEnd {
  /** Place of the other in its list, from 1; undefined where it does not list the other. */
  readonly rank: number | undefined;
  /** Its cutoff: from how many places at the top of its list it would take somebody else; from all with a free seat. */
  readonly cutoff: number;
  /** How many partners it can have, and has. */
  readonly quota: number;
  readonly partners: number;
  /** Whether it would take the other, who is not its partner: it has a free seat or a partner that it likes less. */
  readonly wants: boolean;
  /** With how many more seats it would, where all others stayed as they are; 0 where it would now, undefined where never. */
  readonly seatsMissing: number | undefined;
}

/** Why two agents are, or are not, partners. */
export interface Explanation {
  /**
   * "partners": they are. "not-listed": one of them, or both, do not list the other. "proposer" or "reviewer": that one
   * has partners it likes better, and the other would. "both": neither would. "blocking": both would, so the matching
   * is not stable.
   */
  readonly reason: "partners" | "not-listed" | "proposer" | "reviewer" | "both" | "blocking";
  readonly proposer: PairEnd;
  readonly reviewer: PairEnd;
}

/**
 * Explains why a proposer and a reviewer are not partners. In a stable matching one of them always would rather not: its
 * rank for the other is beyond its cutoff. To be taken, the other would have to stand at the cutoff or better in its
 * list, or it would need `seatsMissing` more seats.
 *
 * @param market The market.
 * @param matching The matching, or its pairs.
 * @param proposer The proposer's id.
 * @param reviewer The reviewer's id.
 * @returns Ranks, cutoffs and seats of both, and which of them is the reason; linear.
 * @throws EMRX_MATCHING_UNKNOWN_ID for an id that the market does not have.
 *
 * @example
 * ```ts
 * import { createMarket, solve } from "@emrx/matching";
 * import { explain } from "@emrx/matching/explain";
 *
 * const market = createMarket({
 *   proposers: { ann: { prefs: ["city"] }, bob: { prefs: ["city"] } },
 *   reviewers: { city: { quota: 1, prefs: ["bob", "ann"] } },
 * });
 * const { reason, reviewer } = explain(market, solve(market), "ann", "city");
 * reason; // => "reviewer"
 * reviewer; // => { rank: 2, cutoff: 0, quota: 1, partners: 1, wants: false, seatsMissing: 1 }
 * ```
 */
export function explain(
  market: Market,
  matching: MatchingLike,
  proposer: string,
  reviewer: string,
): Explanation {
  const rows = matchingIn(market, matching);
  const p = indexOf(market, "proposers", proposer);
  const r = indexOf(market, "reviewers", reviewer);
  const ends = {
    proposer: endOf(market, rows, "proposers", p, r),
    reviewer: endOf(market, rows, "reviewers", r, p),
  };
  const { offsets, partners } = rows.proposers;
  const arePartners = partners.subarray(offsets[p], offsets[p + 1]).includes(r);
  const reason = (): Explanation["reason"] => {
    if (arePartners) return "partners";
    if (ends.proposer.rank === undefined || ends.reviewer.rank === undefined) return "not-listed";
    if (ends.proposer.wants) return ends.reviewer.wants ? "blocking" : "reviewer";
    return ends.reviewer.wants ? "proposer" : "both";
  };
  return { reason: reason(), ...ends };
}

function endOf(market: Market, rows: MatchingRows, side: SideName, a: number, b: number): PairEnd {
  const own = market[side];
  const [start, end] = [own.offsets[a] as number, own.offsets[a + 1] as number];
  const list = own.lists.subarray(start, end);
  const row = rows[side].partners.subarray(rows[side].offsets[a], rows[side].offsets[a + 1]);
  const quota = own.quotas[a] as number;
  // The agent alone on its side: only its list is gone through.
  const alone = {
    ids: [""],
    count: 1,
    quotas: Uint32Array.of(quota),
    offsets: Uint32Array.of(0, list.length),
    lists: list,
    ...(own.tiers ? { tiers: own.tiers.subarray(start, end) } : {}),
  };
  const held = { offsets: Uint32Array.of(0, row.length), partners: row };
  const cutoff = preferredBefore(alone, held, market[otherSide(side)].count, false)[0] as number;
  const place = list.indexOf(b);
  const isPartner = row.includes(b);
  const tier = (k: number): number => own.tiers?.[start + k] ?? k;
  const partnersAsGood = Array.from(row).filter((partner) => {
    const at = list.indexOf(partner);
    return at >= 0 && tier(at) <= tier(place);
  }).length;
  return {
    rank: place < 0 ? undefined : place + 1,
    cutoff,
    quota,
    partners: row.length,
    wants: place >= 0 && place < cutoff && !isPartner,
    seatsMissing: place < 0 ? undefined : isPartner ? 0 : Math.max(0, partnersAsGood + 1 - quota),
  };
}
