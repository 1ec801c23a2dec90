// Blocking pairs of any matching, in time and memory linear in the lists, sharing nothing with the solver but the market.
import { object, oneOf, optional, type Shape } from "@emrx/internal/shape";
import { check } from "../check.js";
import { type Market, otherSide, type Side, type SideName } from "../market/market.js";
import { type MatchingLike, type MatchingRows, matchingIn } from "../matching.js";
import { preferredBefore } from "./preferred.js";

/**
 * What counts as blocking where lists have ties: `"weak"` stability is broken only by two agents who both gain,
 * `"strong"` also where one gains and the other is indifferent, `"super"` also where both are indifferent
 * (Irving 1994). For strict lists the three are one.
 */
export type Stability = "weak" | "strong" | "super";

/** The name of a kind of stability. */
export const stabilityName: Shape<Stability> = /* @__PURE__ */ oneOf(["weak", "strong", "super"]);

const options: Shape<{ readonly stability?: Stability }> = /* @__PURE__ */ object({
  stability: /* @__PURE__ */ optional(stabilityName),
});

/**
 * Every pair that would leave the matching together: not partners, each in the other's list, and each with
 * a free seat or a partner it likes less. It works for any matching, also one that breaks quotas or lists (a
 * partner outside an agent's own list never keeps the agent from wanting somebody better).
 *
 * @param market The market.
 * @param matching The matching, or its pairs.
 * @param given `stability`: what counts as blocking where there are ties, "weak" where absent.
 * @returns Pairs [proposer id, reviewer id], each once, in no stated order, found while one iterates: a market can have
 * more of them than memory could hold. None when the matching is pairwise stable (and respects quotas and lists: see
 * `verify`).
 * @throws EMRX_MATCHING_UNKNOWN_ID where the matching names an agent that the market does not have.
 *
 * @example
 * ```ts
 * import { blockingPairs, createMarket } from "@emrx/matching";
 *
 * const market = createMarket({
 *   proposers: { ann: { prefs: ["city", "mercy"] }, bob: { prefs: ["city"] } },
 *   reviewers: { city: { prefs: ["ann", "bob"] }, mercy: { prefs: ["ann"] } },
 * });
 * [...blockingPairs(market, [["ann", "mercy"], ["bob", "city"]])]; // => [["ann", "city"]]
 * [...blockingPairs(market, [["ann", "city"]])]; // => []
 * ```
 */
export function blockingPairs(
  market: Market,
  matching: MatchingLike,
  given: { readonly stability?: Stability } = {},
): Iterable<[string, string]> {
  const { stability = "weak" } = check(options, given, "options");
  const rows = matchingIn(market, matching);
  return {
    *[Symbol.iterator]() {
      const { side, of, found } = blockingSearch(market, rows, stability);
      const [own, others] = [market[side].ids, market[otherSide(side)].ids];
      for (let a = 0; a < own.length; a++) {
        const row = found.slice(0, of(a));
        for (const b of row) {
          const [one, other] = [own[a] as string, others[b] as string];
          yield side === "proposers" ? [one, other] : [other, one];
        }
      }
    },
  };
}

/** A search for blocking pairs, one agent of a side after the other. */
export interface BlockingSearch {
  /** The side whose agents are asked for. */
  readonly side: SideName;
  /** How many blocking pairs an agent of that side is in; its partners in them are at the beginning of `found`. */
  of(agent: number): number;
  readonly found: Uint32Array;
}

const weakly = 1;
const strictly = 2;

/**
 * Sets the search up. Whom the agents of one side would rather have is sorted by the agents of the other, by counting;
 * then an agent of the other side only goes down its own list to its last seat. They are sorted by the side of fewer agents,
 * which memory likes better, unless that is more than twice as many.
 */
export function blockingSearch(
  market: Market,
  rows: MatchingRows,
  stability: Stability,
): BlockingSearch {
  const boundsOf = (side: SideName): Bounds => {
    const strict = preferredBefore(market[side], rows[side], market[otherSide(side)].count, false);
    const weak =
      stability === "weak" || market[side].tiers === undefined
        ? strict
        : preferredBefore(market[side], rows[side], market[otherSide(side)].count, true);
    return { strict, weak };
  };
  const bounds = { proposers: boundsOf("proposers"), reviewers: boundsOf("reviewers") };
  const entries = (side: SideName): number =>
    bounds[side].weak.reduce(
      (sum, bound, a) => sum + bound - (market[side].offsets[a] as number),
      0,
    );
  const fewer = market.reviewers.count <= market.proposers.count ? "reviewers" : "proposers";
  const side = entries(otherSide(fewer)) <= 2 * entries(fewer) ? fewer : otherSide(fewer);
  const [own, other] = [market[side], market[otherSide(side)]];
  const admirers = sortedByEntry(other, bounds[otherSide(side)], own.count);
  const { strict, weak } = bounds[side];
  const { offsets, partners } = rows[side];

  // How much each agent of the other side would like the one that is looked at.
  const wish = new Uint8Array(other.count);
  const found = new Uint32Array(other.count);
  return {
    side,
    found,
    of(a) {
      const [from, to] = [admirers.starts[a] as number, admirers.starts[a + 1] as number];
      if (from === to) return 0;
      for (let k = from; k < to; k++)
        wish[admirers.agents[k] as number] = admirers.isStrict?.[k] === 0 ? weakly : strictly;
      for (let k = offsets[a] as number; k < (offsets[a + 1] as number); k++)
        wish[partners[k] as number] = 0;
      let size = 0;
      const [strictEnd, end] = [strict[a] as number, weak[a] as number];
      for (let k = own.offsets[a] as number; k < end; k++) {
        const b = own.lists[k] as number;
        const theirs = wish[b] as number;
        if (theirs === 0) continue;
        const gains = (theirs === strictly ? 1 : 0) + (k < strictEnd ? 1 : 0);
        if (gains >= (stability === "weak" ? 2 : stability === "strong" ? 1 : 0)) found[size++] = b;
      }
      for (let k = from; k < to; k++) wish[admirers.agents[k] as number] = 0;
      return size;
    },
  };
}

/** For each agent, before which place of its list it would rather have everybody than what it has, or just as well. */
interface Bounds {
  readonly strict: Uint32Array;
  readonly weak: Uint32Array;
}

/** The entries before the bounds, sorted by who is listed; with whether they are before the strict bound, where it differs. */
function sortedByEntry(
  { lists, offsets, count }: Side,
  { strict, weak }: Bounds,
  others: number,
): { starts: Uint32Array; agents: Uint32Array; isStrict?: Uint8Array } {
  const starts = new Uint32Array(others + 1);
  for (let b = 0; b < count; b++)
    for (let k = offsets[b] as number; k < (weak[b] as number); k++)
      (starts[(lists[k] as number) + 1] as number) += 1;
  for (let a = 0; a < others; a++) (starts[a + 1] as number) += starts[a] as number;
  const next = starts.slice(0, others);
  const agents = new Uint32Array(starts[others] as number);
  const isStrict = strict === weak ? undefined : new Uint8Array(agents.length);
  for (let b = 0; b < count; b++)
    for (let k = offsets[b] as number; k < (weak[b] as number); k++) {
      const at = (next[lists[k] as number] as number)++;
      agents[at] = b;
      if (isStrict && k < (strict[b] as number)) isStrict[at] = 1;
    }
  return { starts, agents, ...(isStrict ? { isStrict } : {}) };
}
