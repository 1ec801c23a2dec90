// A matching: who is partnered with whom, as typed arrays inside and ids outside.
import { iterable, typedArray } from "@emrx/internal/shape";
import { check, sideName } from "./check.js";
import { MatchingError } from "./errors.js";
import { type Rows, transpose } from "./graph/transpose.js";
import { checkMarket } from "./market/check-market.js";
import {
  idText,
  indexOf,
  indexOfIds,
  type Market,
  otherSide,
  quoted,
  type SideName,
} from "./market/market.js";

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
  /** The proposers' partners: a copy, made when first asked for, so that writing to it changes nothing else. */
  readonly proposers: Partners;
  /** The reviewers' partners, likewise. */
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

/** The inside of a matching: its rows by the indices of a market. */
export interface MatchingRows {
  readonly market: Market;
  readonly size: number;
  readonly proposers: Rows;
  readonly reviewers: Rows;
}

/**
 * Makes a matching from rows of indices, one row a reviewer; the way in for millions of pairs. Linear; the rows are
 * copied.
 *
 * @param market The market whose indices the rows use.
 * @param offsets Where each reviewer's row starts in `partners`; one more entry than reviewers.
 * @param partners Proposer indices, in any order within a row, none twice.
 * @returns The matching.
 * @throws EMRX_MATCHING_ARGUMENT where the offsets do not add up, EMRX_MATCHING_UNKNOWN_ID for an index that is no
 * proposer's, EMRX_MATCHING_DUPLICATE for a pair given twice.
 *
 * @example
 * ```ts
 * import { createMarket, matchingFromReviewers } from "@emrx/matching/market";
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
  const { proposers, reviewers } = checkMarket(market);
  check(typedArray("Uint32Array", reviewers.count + 1), offsets, "offsets");
  check(typedArray("Uint32Array"), partners, "partners");
  for (let r = 0; r < reviewers.count; r++)
    if ((offsets[r] as number) > (offsets[r + 1] as number) || (r === 0 && offsets[0] !== 0))
      throw wrong("offsets must start at 0 and never fall.");
  if (offsets[reviewers.count] !== partners.length)
    throw wrong(`offsets must end at the length of partners, ${partners.length}.`);
  for (let k = 0; k < partners.length; k++)
    if ((partners[k] as number) >= proposers.count)
      throw new MatchingError(
        "EMRX_MATCHING_UNKNOWN_ID",
        `partners has the index ${partners[k]} at ${k}, and there are only ${proposers.count} proposers.`,
        { entry: String(partners[k]) },
      );
  return matchingOfRows(market, "reviewers", { offsets, partners });
}

/** Makes a matching from one side's checked rows (any order within a row), which are copied; linear. */
export function matchingOfRows(market: Market, side: SideName, rows: Rows): Matching {
  const other = transpose(rows.offsets, rows.partners, market[otherSide(side)].count);
  const own = transpose(other.offsets, other.partners, market[side].count);
  for (let k = 1, a = 0; k < own.partners.length; k++) {
    while (k >= (own.offsets[a + 1] as number)) a++;
    if (k > (own.offsets[a] as number) && own.partners[k] === own.partners[k - 1]) {
      const ids = [
        market[side].ids[a],
        market[otherSide(side)].ids[own.partners[k] as number],
      ] as string[];
      if (side === "reviewers") ids.reverse();
      throw givenTwice(...(ids as [string, string]));
    }
  }
  return makeMatching({
    market,
    size: own.partners.length,
    ...(side === "proposers"
      ? { proposers: own, reviewers: other }
      : { proposers: other, reviewers: own }),
  });
}

const givenTwice = (proposer: string, reviewer: string): MatchingError =>
  new MatchingError(
    "EMRX_MATCHING_DUPLICATE",
    `The pair of ${JSON.stringify(proposer)} and ${JSON.stringify(reviewer)} is given twice.`,
    { agent: proposer, entry: reviewer },
  );

// What a matching is made of: nobody else can write to it.
const insides = /* @__PURE__ */ new WeakMap<Matching, MatchingRows>();

/** The rows of a matching that this package made. */
export const rowsOf = (matching: Matching): MatchingRows => insides.get(matching) as MatchingRows;

function makeMatching(rows: MatchingRows): Matching {
  const { market, size } = rows;
  const copies: Partial<Record<SideName, Partners>> = {};
  const copyOf = (side: SideName): Partners => {
    copies[side] ??= {
      get ids() {
        return market[side].ids;
      },
      offsets: rows[side].offsets.slice(),
      partners: rows[side].partners.slice(),
    };
    return copies[side];
  };
  function* iterate(): IterableIterator<[string, string]> {
    const { offsets, partners } = rows.proposers;
    const [own, others] = [market.proposers.ids, market.reviewers.ids];
    for (let p = 0; p + 1 < offsets.length; p++)
      for (let k = offsets[p] as number; k < (offsets[p + 1] as number); k++)
        yield [own[p] as string, others[partners[k] as number] as string];
  }
  const matching: Matching = {
    size,
    get proposers() {
      return copyOf("proposers");
    },
    get reviewers() {
      return copyOf("reviewers");
    },
    pairs: () => [...iterate()],
    partnersOf(id, side) {
      const where = sideOf(market, id, side);
      const { offsets, partners } = rows[where];
      const ids = market[otherSide(where)].ids;
      const a = indexOf(market, where, id);
      return Array.from(partners.subarray(offsets[a], offsets[a + 1]), (b) => ids[b] as string);
    },
    has(proposer, reviewer) {
      const p = indexOf(market, "proposers", proposer);
      const r = indexOf(market, "reviewers", reviewer);
      const { offsets, partners } = rows.proposers;
      return partners.subarray(offsets[p], offsets[p + 1]).includes(r);
    },
    [Symbol.iterator]: iterate,
  };
  insides.set(matching, rows);
  return matching;
}

/** The side of an agent: the one that is named, or the only one that has the id. */
export function sideOf(market: Market, id: string, named?: SideName): SideName {
  if (named !== undefined) {
    const side = check(sideName, named, "side");
    indexOf(market, side, id);
    return side;
  }
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
      `There is no agent with the id ${quoted(id)} in this market.`,
      { entry: idText(id) },
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
  checkMarket(market);
  check(iterable(), pairs, "pairs");
  const proposers = indexOfIds(market.proposers);
  const reviewers = indexOfIds(market.reviewers);
  let ends = new Uint32Array(1024);
  let size = 0;
  const offsets = new Uint32Array(market.proposers.count + 1);
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2)
      throw wrong("pairs must be pairs of ids [proposer, reviewer].");
    const [proposer, reviewer] = pair as [string, string];
    const p = proposers.get(proposer) ?? indexOf(market, "proposers", proposer);
    const r = reviewers.get(reviewer) ?? indexOf(market, "reviewers", reviewer);
    if (2 * size === ends.length) {
      const larger = new Uint32Array(2 * ends.length);
      larger.set(ends);
      ends = larger;
    }
    ends[2 * size] = p;
    ends[2 * size + 1] = r;
    size++;
    (offsets[p + 1] as number) += 1;
  }
  for (let p = 0; p < market.proposers.count; p++)
    (offsets[p + 1] as number) += offsets[p] as number;
  const next = offsets.slice();
  const partners = new Uint32Array(size);
  for (let i = 0; i < size; i++)
    partners[(next[ends[2 * i] as number] as number)++] = ends[2 * i + 1] as number;
  return matchingOfRows(market, "proposers", { offsets, partners });
}

/** The rows of a matching by the indices of `market`: those it has where it was made for the same agents, else by id. */
export function matchingIn(market: Market, matching: MatchingLike): MatchingRows {
  checkMarket(market);
  check(iterable(), matching, "matching");
  const made = insides.get(matching as Matching);
  if (
    made?.market === market ||
    (made?.market.proposers.ids === market.proposers.ids &&
      made?.market.reviewers.ids === market.reviewers.ids)
  )
    return made as MatchingRows;
  return rowsOf(matchingFromPairs(market, matching));
}

const wrong = (message: string): MatchingError =>
  new MatchingError("EMRX_MATCHING_ARGUMENT", message);
