// Proposals where lists have ties: proposers propose to whole tiers, reviewers turn away whole tiers.
import { type Acceptance, acceptanceOf, noEdge } from "../graph/acceptance.js";
import type { Market, Side } from "../market/market.js";

/**
 * The state of proposing tier by tier. An edge is alive until its reviewer's cutoff tier has come down to it. `held`
 * marks the alive edges that have been proposed: for every proposer, those with fewer alive edges in strictly better
 * tiers than it has seats.
 */
export interface TieProposals {
  readonly graph: Acceptance;
  readonly held: Uint8Array;
  /** Tier of each edge in its proposer's list. */
  readonly proposerTiers: Uint32Array;
  /** Tier of each edge in its reviewer's list. */
  readonly reviewerTiers: Uint32Array;
  /** How many held edges each reviewer has. */
  readonly heldBy: Uint32Array;
  /** How many of a reviewer's held edges are in its worst held tier. */
  inWorst(reviewer: number): number;
  /** Lets everybody with seats left propose on, until nobody has whom to propose to. */
  proceed(): void;
  /** Turns away a reviewer's worst held tier, and whoever is not better than it for ever. */
  dropWorst(reviewer: number): void;
}

/**
 * Sets up the proposals.
 *
 * @param overfull Whether a reviewer that holds more than its quota must turn away its worst held tier: from how many
 * it holds, how many of these are in the worst tier, and its quota.
 */
export function tieProposals(
  market: Market,
  overfull: (held: number, inWorst: number, quota: number) => boolean,
): TieProposals {
  const { proposers, reviewers } = market;
  const graph = acceptanceOf(market);
  const size = graph.reviewers.length;
  const listTiers = { proposers: tiersOf(proposers), reviewers: tiersOf(reviewers) };
  const proposerTiers = new Uint32Array(size);
  const reviewerTiers = new Uint32Array(size);
  for (let e = 0; e < size; e++) {
    const p = proposers.offsets[graph.proposers[e] as number] as number;
    const r = reviewers.offsets[graph.reviewers[e] as number] as number;
    proposerTiers[e] = listTiers.proposers[p + (graph.proposerRanks[e] as number) - 1] as number;
    reviewerTiers[e] = listTiers.reviewers[r + (graph.reviewerRanks[e] as number) - 1] as number;
  }
  const held = new Uint8Array(size);
  const heldBy = new Uint32Array(reviewers.count);
  const heldInTier = new Uint32Array(reviewers.lists.length); // at a reviewer's offset + tier
  const next = graph.starts.slice(0, proposers.count);
  const kept = new Uint32Array(proposers.count);
  // Tiers from here on are dead, and so are places in the list from `alive` on; both only come down.
  const cutoff = new Uint32Array(reviewers.count);
  const alive = new Uint32Array(reviewers.count);
  for (let r = 0; r < reviewers.count; r++)
    if ((reviewers.quotas[r] as number) > 0) {
      alive[r] = (reviewers.offsets[r + 1] as number) - (reviewers.offsets[r] as number);
      cutoff[r] = alive[r] as number;
    }
  const waiting: number[] = [...Array(proposers.count).keys()];

  /** The worst tier of which the reviewer, who holds somebody, holds somebody. */
  const worstTier = (r: number): number => {
    const base = reviewers.offsets[r] as number;
    let tier = (cutoff[r] as number) - 1;
    while (heldInTier[base + tier] === 0) tier--;
    // Once all seats are taken, nobody strictly worse will ever be wanted.
    if ((heldBy[r] as number) >= (reviewers.quotas[r] as number)) cutoff[r] = tier + 1;
    return tier;
  };
  const inWorst = (r: number): number =>
    heldInTier[(reviewers.offsets[r] as number) + worstTier(r)] as number;

  const dropWorst = (r: number): void => {
    const base = reviewers.offsets[r] as number;
    const tier = worstTier(r);
    let place = alive[r] as number;
    for (; place > 0 && (listTiers.reviewers[base + place - 1] as number) >= tier; place--) {
      const e = graph.edgeAt[base + place - 1] as number;
      if (e === noEdge || held[e] === 0) continue;
      const p = graph.proposers[e] as number;
      held[e] = 0;
      (kept[p] as number) -= 1;
      waiting.push(p);
    }
    (heldBy[r] as number) -= heldInTier[base + tier] as number;
    heldInTier[base + tier] = 0;
    alive[r] = place;
    cutoff[r] = tier;
  };

  /** Proposes to one tier after another while seats are left; returns the reviewers who got a proposal. */
  const propose = (p: number): number[] => {
    const proposedTo: number[] = [];
    const stop = graph.starts[p + 1] as number;
    let e = next[p] as number;
    while (e < stop && (kept[p] as number) < (proposers.quotas[p] as number)) {
      const tier = proposerTiers[e];
      for (; e < stop && proposerTiers[e] === tier; e++) {
        const r = graph.reviewers[e] as number;
        const own = reviewerTiers[e] as number;
        if (own >= (cutoff[r] as number)) continue;
        held[e] = 1;
        (kept[p] as number) += 1;
        (heldBy[r] as number) += 1;
        (heldInTier[(reviewers.offsets[r] as number) + own] as number) += 1;
        proposedTo.push(r);
      }
    }
    next[p] = e;
    return proposedTo;
  };

  return {
    graph,
    held,
    proposerTiers,
    reviewerTiers,
    heldBy,
    inWorst,
    dropWorst,
    proceed() {
      for (let p = waiting.pop(); p !== undefined; p = waiting.pop())
        for (const r of propose(p)) {
          const quota = reviewers.quotas[r] as number;
          while ((heldBy[r] as number) > quota && overfull(heldBy[r] as number, inWorst(r), quota))
            dropWorst(r);
        }
    },
  };
}

/** A side's tiers; in strict lists every entry is a tier of its own. */
function tiersOf({ tiers, lists, offsets, count }: Side): Uint32Array {
  if (tiers) return tiers;
  const own = new Uint32Array(lists.length);
  for (let a = 0; a < count; a++)
    for (let k = offsets[a] as number; k < (offsets[a + 1] as number); k++)
      own[k] = k - (offsets[a] as number);
  return own;
}
