// What a two-sided market is in memory: two sides of agents, each with quotas and ranked lists of the other side.
import { described } from "@emrx/internal/shape";
import { MatchingError } from "../errors.js";

/** Which side of a market: the two are treated alike; the names only tell them apart. */
export type SideName = "proposers" | "reviewers";

/**
 * The ranked lists of one side's agents as typed arrays (compressed sparse rows). Agent `a` ranks the agents
 * `lists[offsets[a] .. offsets[a + 1] - 1]` of the other side, best first.
 */
export interface RankedLists {
  /** The agents' ids; the position in this array is the agent's index. */
  readonly ids: readonly string[];
  /** How many agents there are. */
  readonly count: number;
  /** Where each agent's list starts in `lists`; one more entry than agents. */
  readonly offsets: Uint32Array;
  /** All lists one after the other: indices of agents of the other side, best first. */
  readonly lists: Uint32Array;
}

/** One side of a market: its agents' lists and quotas. */
export interface Side extends RankedLists {
  /** The most partners each agent can have. */
  readonly quotas: Uint32Array;
  /**
   * Absent when all lists are strict. Otherwise, for each place in `lists`, the number of its indifference
   * class (tier) within the agent's list: 0 for the best, never falling; equal numbers are ties.
   */
  readonly tiers?: Uint32Array;
}

/** A two-sided market: who there is, how many partners each can have, and whom each ranks how. */
export interface Market {
  /** The side that proposes by default. */
  readonly proposers: Side;
  /** The other side. */
  readonly reviewers: Side;
}

/** Ranked lists on both sides, whatever else a market of them states. */
export interface TwoSided {
  readonly proposers: RankedLists;
  readonly reviewers: RankedLists;
}

/** The name of the side facing `side`. */
export const otherSide = (side: SideName): SideName =>
  side === "proposers" ? "reviewers" : "proposers";

/** "proposer" or "reviewer", for messages. */
export const singular = (side: SideName): string => side.slice(0, -1);

/** Where each id stands. A Map holds 2^24 entries at most, so more ids than that take several. */
export interface IdIndex {
  has(id: string): boolean;
  get(id: string): number | undefined;
}

const indices = /* @__PURE__ */ new WeakMap<readonly string[], IdIndex>();

/** The index of every id of a side, built once for each side. */
export function indexOfIds({ ids }: Pick<RankedLists, "ids">): IdIndex {
  let index = indices.get(ids);
  if (index === undefined) {
    index = idIndex(ids, () => {});
    indices.set(ids, index);
  }
  return index;
}

/** Builds the index of ids, and remembers it; `twice` is called for an id that occurs again. */
export function idIndex(
  ids: readonly string[],
  twice: (id: string) => void,
  shardSize: number = 1 << 23,
): IdIndex {
  const shards: Map<string, number>[] = [];
  const get = (id: string): number | undefined => {
    for (const shard of shards) {
      const found = shard.get(id);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const index = { get, has: (id: string) => get(id) !== undefined };
  let last = new Map<string, number>();
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i] as string;
    if (i % shardSize === 0) {
      last = new Map();
      shards.push(last);
    }
    if (get(id) === undefined) last.set(id, i);
    else twice(id);
  }
  indices.set(ids, index);
  return index;
}

/** An id in a message, also where it is none. */
export const quoted = (id: unknown): string =>
  typeof id === "string" ? JSON.stringify(id) : described(id);

/** An id among an error's facts, also where it is none. */
export const idText = (id: unknown): string => (typeof id === "string" ? id : described(id));

/** The index of one id, or an error that names it. */
export function indexOf(market: TwoSided, side: SideName, id: string): number {
  const index = indexOfIds(market[side]).get(id);
  if (index === undefined)
    throw new MatchingError(
      "EMRX_MATCHING_UNKNOWN_ID",
      `There is no ${singular(side)} with the id ${quoted(id)} in this market.`,
      { entry: idText(id) },
    );
  return index;
}

/** Throws unless every list of the market is strict. */
export function requireStrict(
  market: Readonly<Record<SideName, RankedLists & { readonly tiers?: Uint32Array }>>,
  what: string,
): void {
  if (market.proposers.tiers || market.reviewers.tiers)
    throw new MatchingError(
      "EMRX_MATCHING_TIES",
      `${what} needs strict lists, and this market has ties: break them with breakTies(market, seed), ` +
        "or ask for a stronger kind of stability with stronglyStable(market) or superStable(market).",
    );
}
