// A matching: who is partnered with whom, as typed arrays inside and ids outside.
import { MatchingError } from "./errors.js";
import { indexOf, indexOfIds, type Market, type SideName } from "./market/market.js";

/** The partners of one side's agents as compressed sparse rows, ascending by index within each agent. */
export interface Partners {
  /** The agents' ids. */
  readonly ids: readonly string[];
  /** Where each agent's partners start; one more entry than agents. */
  readonly offsets: Uint32Array;
  /** Indices of agents of the other side. */
  readonly partners: Uint32Array;
}

/** Who is partnered with whom; iterating over it gives the pairs [proposer id, reviewer id]. */
export interface Matching extends Iterable<[string, string]> {
  /** How many pairs there are. */
  readonly size: number;
  /** The proposers' partners. */
  readonly proposers: Partners;
  /** The reviewers' partners. */
  readonly reviewers: Partners;
  /** All pairs [proposer id, reviewer id], in the order of the market's agents (which `createMarket` sorts by id). */
  pairs(): [string, string][];
  /**
   * The ids of an agent's partners, in the order of the market's agents.
   * Name the side where the same id occurs on both.
   */
  partnersOf(id: string, side?: SideName): string[];
  /** Whether this proposer and this reviewer are partners. */
  has(proposer: string, reviewer: string): boolean;
}

/** What functions take as a matching: one of ours, or any iterable of pairs [proposer id, reviewer id]. */
export type MatchingLike = Matching | Iterable<readonly [string, string]>;

/**
 * Makes a matching from rows of indices, one row a reviewer; the way in for millions of pairs. Linear; the rows are
 * copied. Indices are not checked.
 *
 * @param market The market whose indices the rows use.
 * @param offsets Where each reviewer's row starts in `partners`; one more entry than reviewers.
 * @param partners Proposer indices, in any order within a row, none twice.
 * @returns The matching.
 *
 * @example
 * ```ts
 * import { createMarket } from "@emrx/matching";
 * import { matchingFromReviewers } from "@emrx/matching/market";
 *
 * const market = createMarket({
 *   proposers: { ann: { prefs: ["city"] }, bob: { prefs: ["city"] } },
 *   reviewers: { city: { prefs: ["bob", "ann"] } },
 * });
 * matchingFromReviewers(market, Uint32Array.of(0, 1), Uint32Array.of(1)).pairs(); // => [["bob", "city"]]
 * ```
 */
export function matchingFromReviewers(
  market: Market,
  offsets: Uint32Array,
  partners: Uint32Array,
): Matching {
  const proposers = transpose(offsets, partners, market.proposers.count);
  const reviewers = transpose(proposers.offsets, proposers.partners, market.reviewers.count);
  return makeMatching(market, proposers, reviewers);
}

/** Makes a matching from its proposers' rows (any order within a row); linear. */
export function matchingFromProposers(
  market: Market,
  offsets: Uint32Array,
  partners: Uint32Array,
): Matching {
  const reviewers = transpose(offsets, partners, market.reviewers.count);
  const proposers = transpose(reviewers.offsets, reviewers.partners, market.proposers.count);
  return makeMatching(market, proposers, reviewers);
}

interface Rows {
  readonly offsets: Uint32Array;
  readonly partners: Uint32Array;
}

/** Turns rows into columns by counting; columns come out ascending. */
export function transpose(offsets: Uint32Array, partners: Uint32Array, columns: number): Rows {
  const starts = new Uint32Array(columns + 1);
  for (let k = 0; k < partners.length; k++) (starts[(partners[k] as number) + 1] as number) += 1;
  for (let c = 0; c < columns; c++) (starts[c + 1] as number) += starts[c] as number;
  const next = starts.slice(0, columns);
  const rows = new Uint32Array(partners.length);
  for (let row = 0; row + 1 < offsets.length; row++)
    for (let k = offsets[row] as number; k < (offsets[row + 1] as number); k++) {
      const column = partners[k] as number;
      const at = next[column] as number;
      rows[at] = row;
      next[column] = at + 1;
    }
  return { offsets: starts, partners: rows };
}

// Which market's indices a matching uses, so that ids need not be made or compared where it is the same one.
const madeFor = /* @__PURE__ */ new WeakMap<Matching, Market>();

function makeMatching(market: Market, proposerRows: Rows, reviewerRows: Rows): Matching {
  const proposers: Partners = withIds(market, "proposers", proposerRows);
  const reviewers: Partners = withIds(market, "reviewers", reviewerRows);
  function* iterate(): IterableIterator<[string, string]> {
    for (let p = 0; p + 1 < proposerRows.offsets.length; p++)
      for (
        let k = proposerRows.offsets[p] as number;
        k < (proposerRows.offsets[p + 1] as number);
        k++
      )
        yield [
          proposers.ids[p] as string,
          reviewers.ids[proposerRows.partners[k] as number] as string,
        ];
  }
  const matching: Matching = {
    size: proposerRows.partners.length,
    proposers,
    reviewers,
    pairs: () => [...iterate()],
    partnersOf(id, side) {
      const where = side ?? sideOfId(market, id);
      const { offsets, partners } = where === "proposers" ? proposers : reviewers;
      const ids = where === "proposers" ? reviewers.ids : proposers.ids;
      const a = indexOf(market, where, id);
      return Array.from(partners.subarray(offsets[a], offsets[a + 1]), (b) => ids[b] as string);
    },
    has(proposer, reviewer) {
      const p = indexOf(market, "proposers", proposer);
      const r = indexOf(market, "reviewers", reviewer);
      return proposers.partners
        .subarray(proposers.offsets[p], proposers.offsets[p + 1])
        .includes(r);
    },
    [Symbol.iterator]: iterate,
  };
  madeFor.set(matching, market);
  return matching;
}

const withIds = (market: Market, side: SideName, rows: Rows): Partners => ({
  get ids() {
    return market[side].ids;
  },
  ...rows,
});

/** The side an id is on; an error where it is on none or on both. */
export function sideOfId(market: Market, id: string): SideName {
  const proposer = indexOfIds(market.proposers).has(id);
  const reviewer = indexOfIds(market.reviewers).has(id);
  if (proposer && reviewer)
    throw new MatchingError(
      "EMRX_MATCHING_ARGUMENT",
      `${JSON.stringify(id)} is on both sides of this market; name the side.`,
      { agent: id },
    );
  if (!proposer && !reviewer)
    throw new MatchingError(
      "EMRX_MATCHING_UNKNOWN_ID",
      `There is no agent with the id ${JSON.stringify(id)} in this market.`,
      { entry: String(id) },
    );
  return proposer ? "proposers" : "reviewers";
}

/**
 * Makes a matching of given pairs, stable or not; for checking what somebody else found.
 *
 * @param market The market the ids are of.
 * @param pairs Pairs [proposer id, reviewer id] in any order. They may break quotas or lists: that is for
 * `verify` to find.
 * @returns The matching.
 * @throws EMRX_MATCHING_UNKNOWN_ID for an id the market does not have, EMRX_MATCHING_DUPLICATE for a pair given twice.
 *
 * @example
 * ```ts
 * import { createMarket, isStable, matchingFromPairs } from "@emrx/matching";
 *
 * const market = createMarket({
 *   proposers: { ann: { prefs: ["city"] } },
 *   reviewers: { city: { prefs: ["ann"] } },
 * });
 * isStable(market, matchingFromPairs(market, [["ann", "city"]])); // => true
 * isStable(market, matchingFromPairs(market, [])); // => false
 * ```
 */
export function matchingFromPairs(
  market: Market,
  pairs: Iterable<readonly [string, string]>,
): Matching {
  const rows: number[][] = [];
  const seen = new Set<number>();
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2)
      throw new MatchingError(
        "EMRX_MATCHING_ARGUMENT",
        "pairs must be pairs of ids [proposer, reviewer].",
      );
    const [proposer, reviewer] = pair as [string, string];
    const p = indexOf(market, "proposers", proposer);
    const r = indexOf(market, "reviewers", reviewer);
    const key = p * market.reviewers.count + r;
    if (seen.has(key))
      throw new MatchingError(
        "EMRX_MATCHING_DUPLICATE",
        `The pair of ${JSON.stringify(proposer)} and ${JSON.stringify(reviewer)} is given twice.`,
        { agent: proposer, entry: reviewer },
      );
    seen.add(key);
    rows.push([p, r]);
  }
  rows.sort(([p = 0], [q = 0]) => p - q);
  const offsets = new Uint32Array(market.proposers.count + 1);
  for (const [p = 0] of rows) (offsets[p + 1] as number) += 1;
  for (let p = 0; p < market.proposers.count; p++)
    (offsets[p + 1] as number) += offsets[p] as number;
  return matchingFromProposers(
    market,
    offsets,
    Uint32Array.from(rows, ([, r = 0]) => r),
  );
}

/** A matching whose indices are those of `market`: itself where it was made for the same agents, else translated by id. */
export function matchingIn(market: Market, matching: MatchingLike): Matching {
  if (matching === null || typeof matching !== "object" || !(Symbol.iterator in matching))
    throw new MatchingError(
      "EMRX_MATCHING_ARGUMENT",
      "matching must be a Matching or an iterable of pairs [proposer id, reviewer id].",
    );
  const made = madeFor.get(matching as Matching);
  if (
    made === market ||
    (made?.proposers.ids === market.proposers.ids && made?.reviewers.ids === market.reviewers.ids)
  )
    return matching as Matching;
  return matchingFromPairs(market, matching);
}
