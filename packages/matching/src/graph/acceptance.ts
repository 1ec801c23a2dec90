// The graph of mutually acceptable pairs with both sides' ranks: what everything about the lattice walks on.
import type { TwoSided } from "../market/market.js";
import { mutualEntries } from "../solve/cross-ranks.js";
import { atOnce, type Steps, type Work } from "../steps.js";

/**
 * Every mutually acceptable pair is an edge; the edges of proposer p are numbered `starts[p] .. starts[p + 1] - 1`,
 * best first.
 */
export interface Acceptance {
  readonly starts: Uint32Array;
  /** The proposer of each edge. */
  readonly proposers: Uint32Array;
  /** The reviewer of each edge. */
  readonly reviewers: Uint32Array;
  /** The place, from 1, of the reviewer in the proposer's list as given. */
  readonly proposerRanks: Uint32Array;
  /** The place, from 1, of the proposer in the reviewer's list as given. */
  readonly reviewerRanks: Uint32Array;
  /** For each place in the reviewers' lists, its edge, or `noEdge`. */
  readonly edgeAt: Uint32Array;
}

/** Stands in `edgeAt` where the proposer does not list the reviewer. */
export const noEdge = 0xffffffff;

/** Builds the graph in linear time. */
export const acceptanceOf = (market: TwoSided): Acceptance =>
  atOnce((work) => acceptanceSteps(market, work));

/** {@link acceptanceOf} in steps. */
export function* acceptanceSteps(
  { proposers, reviewers }: TwoSided,
  work: Work,
): Steps<Acceptance> {
  const mutual = yield* mutualEntries(proposers, reviewers, work);
  const starts = new Uint32Array(proposers.count + 1);
  for (let p = 0; p < proposers.count; p++)
    starts[p + 1] =
      (starts[p] as number) + (mutual.stops[p] as number) - (mutual.starts[p] as number);
  const size = starts[proposers.count] as number;
  const graph = {
    starts,
    proposers: new Uint32Array(size),
    reviewers: new Uint32Array(size),
    proposerRanks: new Uint32Array(size),
    reviewerRanks: new Uint32Array(size),
    edgeAt: new Uint32Array(reviewers.lists.length).fill(noEdge),
  };
  for (let p = 0; p < proposers.count; p++) {
    const first = proposers.offsets[p] as number;
    let k = first;
    let entry = 2 * (mutual.starts[p] as number);
    for (let e = starts[p] as number; e < (starts[p + 1] as number); e++, entry += 2) {
      const r = mutual.entries[entry] as number;
      const rank = mutual.entries[entry + 1] as number;
      while (proposers.lists[k] !== r) k++;
      graph.proposers[e] = p;
      graph.reviewers[e] = r;
      graph.proposerRanks[e] = k - first + 1;
      graph.reviewerRanks[e] = rank;
      graph.edgeAt[(reviewers.offsets[r] as number) + rank - 1] = e;
    }
    if (work.did((starts[p + 1] as number) - (starts[p] as number))) yield;
  }
  return graph;
}
