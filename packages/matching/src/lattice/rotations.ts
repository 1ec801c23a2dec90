// All rotations of a many-to-many market, and which must come before which (Gusfield and Irving 1989 for one-to-one;
// Bansal, Agrawal and Malhotra 2007 for many-to-many).

import { type Acceptance, noEdge } from "../graph/acceptance.js";
import type { Market } from "../market/market.js";
import { type Matching, rowsOf } from "../matching.js";
import type { Steps, Work } from "../steps.js";

/**
 * A rotation: a cycle of pairs that turns one stable matching into a next one that is worse for its proposers and
 * better for its reviewers. Proposer i of the cycle loses the edge `lost[i]` and gains the edge `gained[i]`.
 */
export interface RotationEdges {
  readonly gained: readonly number[];
  readonly lost: readonly number[];
  /** Rotations (by number, all smaller than its own) that must be applied before it. */
  readonly predecessors: readonly number[];
}

const none = -1;

/**
 * Walks from the proposers' best stable matching to their worst, taking every rotation once, in linear time.
 *
 * In a stable matching let a proposer without free seats look below its worst partner for the first reviewer that
 * would take it, and let that reviewer name its own worst partner. Following this leads from proposer to proposer
 * and, where it does not end, into a cycle: an exposed rotation. Agents with a free seat have the same partners in
 * every stable matching (rural hospitals theorem) and are dead ends. Whatever a proposer skipped, it will skip for
 * ever, since reviewers only gain on the way. A unit of work is an edge that is passed.
 */
export function* findRotations(
  market: Market,
  graph: Acceptance,
  best: Matching,
  work: Work,
): Steps<RotationEdges[]> {
  const { proposers, reviewers } = market;
  const held = new Uint8Array(graph.reviewers.length);
  // The edge to each proposer's worst partner; `stuck` proposers never change partners again.
  const last = new Int32Array(proposers.count).fill(none);
  const next = new Uint32Array(proposers.count);
  const stuck = new Uint8Array(proposers.count);
  // The rank of each reviewer's worst partner; 0 for a reviewer without seats, which takes nobody.
  const worst = new Uint32Array(reviewers.count);
  const settled = new Uint8Array(reviewers.count);
  markHeld(graph, best, held);
  const { offsets } = rowsOf(best).reviewers;
  for (let p = 0; p < proposers.count; p++) {
    for (let e = graph.starts[p] as number; e < (graph.starts[p + 1] as number); e++)
      if (held[e]) last[p] = e;
    next[p] = (last[p] as number) + 1;
    if (last[p] === none) stuck[p] = 1; // nobody to lose; one with a free seat finds nobody to gain
  }
  for (let r = 0; r < reviewers.count; r++) {
    const size = (offsets[r + 1] as number) - (offsets[r] as number);
    if (size < (reviewers.quotas[r] as number)) settled[r] = 1;
  }
  for (let e = 0; e < held.length; e++)
    if (held[e]) {
      const r = graph.reviewers[e] as number;
      worst[r] = Math.max(worst[r] as number, graph.reviewerRanks[e] as number);
    }

  const rotations: RotationEdges[] = [];
  const proposerTurn = new Int32Array(proposers.count).fill(none);
  const reviewerTurn = new Int32Array(reviewers.count).fill(none);
  // The rotation after which a reviewer has only partners better than the edge's proposer.
  const closedBy = new Int32Array(held.length).fill(none);

  /** The edge to the first reviewer below the worst partner that would take p, or none. */
  const wanting = (p: number): number => {
    const stop = graph.starts[p + 1] as number;
    let e = next[p] as number;
    while (e < stop) {
      const r = graph.reviewers[e] as number;
      if (settled[r]) return none;
      if ((graph.reviewerRanks[e] as number) < (worst[r] as number)) break;
      e++;
    }
    next[p] = e;
    return e < stop ? e : none;
  };
  const worstPartner = (r: number): number =>
    reviewers.lists[(reviewers.offsets[r] as number) + (worst[r] as number) - 1] as number;

  const eliminate = (cycle: readonly number[]): void => {
    const turn = rotations.length;
    const gained = cycle.map((p) => next[p] as number);
    const before = new Set<number>();
    const after = (earlier: number | undefined): void => {
      if (earlier !== undefined && earlier !== none && earlier !== turn) before.add(earlier);
    };
    const lost = new Array<number>(cycle.length);
    cycle.forEach((p, i) => {
      const edge = gained[i] as number;
      after(proposerTurn[p]);
      proposerTurn[p] = turn;
      // Reviewers that p passes over had to stop wanting it first.
      for (let e = (last[p] as number) + 1; e < edge; e++) after(closedBy[e]);
      last[p] = edge;
      next[p] = edge + 1;
    });
    cycle.forEach((_, i) => {
      const edge = gained[i] as number;
      const r = graph.reviewers[edge] as number;
      after(reviewerTurn[r]);
      reviewerTurn[r] = turn;
      const base = (reviewers.offsets[r] as number) - 1;
      const dropped = graph.edgeAt[base + (worst[r] as number)] as number;
      lost[(i + 1) % cycle.length] = dropped;
      held[dropped] = 0;
      held[edge] = 1;
      for (let rank = worst[r] as number; ; rank--) {
        const e = graph.edgeAt[base + rank] as number;
        if (e !== noEdge && held[e]) {
          worst[r] = rank;
          break;
        }
        if (e !== noEdge) closedBy[e] = turn;
      }
    });
    rotations.push({ gained, lost, predecessors: [...before].sort((a, b) => a - b) });
  };

  const place = new Int32Array(proposers.count).fill(none); // where a proposer stands on the path
  const path: number[] = [];
  for (let start = 0; start < proposers.count; start++) {
    if (stuck[start]) continue;
    path.push(start);
    place[start] = 0;
    while (path.length > 0) {
      const p = path[path.length - 1] as number;
      const before = next[p] as number;
      const edge = wanting(p);
      if (work.did((next[p] as number) - before, 1)) yield;
      const rival = edge === none ? none : worstPartner(graph.reviewers[edge] as number);
      if (rival === none || stuck[rival]) {
        // Nobody will ever take p, or only in place of one who cannot leave; so for all who wait for p.
        for (const waiting of path) {
          stuck[waiting] = 1;
          place[waiting] = none;
        }
        path.length = 0;
      } else if (place[rival] !== none) {
        const cycle = path.splice(place[rival] as number);
        for (const member of cycle) place[member] = none;
        eliminate(cycle);
        if (path.length === 0 && !stuck[start]) {
          path.push(start);
          place[start] = 0;
        }
      } else {
        place[rival] = path.length;
        path.push(rival);
      }
    }
  }
  return rotations;
}

/** Marks the edges of a matching. */
export function markHeld(graph: Acceptance, matching: Matching, held: Uint8Array): void {
  const { offsets, partners } = rowsOf(matching).proposers;
  for (let p = 0; p + 1 < offsets.length; p++) {
    const row = new Set(partners.subarray(offsets[p], offsets[p + 1]));
    if (row.size === 0) continue;
    for (let e = graph.starts[p] as number; e < (graph.starts[p + 1] as number); e++)
      if (row.has(graph.reviewers[e] as number)) held[e] = 1;
  }
}
