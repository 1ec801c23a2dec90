// Fair choices among all stable matchings: egalitarian, minimum-regret, sex-equal.
import { coded, described, integer, object, optional, type Shape } from "@emrx/internal/shape";
import { anyFunction, check } from "../check.js";
import { MatchingError } from "../errors.js";
import type { Acceptance } from "../graph/acceptance.js";
import type { Matching } from "../matching.js";
import { cheapestClosedSet } from "./cheapest-closed-set.js";
import { closedSets } from "./closed-sets.js";
import { partsOf, type StableLattice } from "./lattice.js";
import { markHeld, type RotationEdges } from "./rotations.js";

const optionsShape: Shape<{ readonly limit?: number }> = /* @__PURE__ */ object({
  limit: /* @__PURE__ */ optional(
    /* @__PURE__ */ coded("EMRX_MATCHING_LIMIT", /* @__PURE__ */ integer(1)),
  ),
});

/**
 * The stable matching with the least sum of ranks, over all pairs and both their agents (rank 1 is the first place of
 * a list as given). Polynomial: the cheapest closed set of rotations, by a minimum cut (Irving, Leather and Gusfield
 * 1987). Of several, the one that proposers like best.
 *
 * @param lattice From `stableLattice`.
 * @param cost Another cost of a pair, instead of the sum of the two ranks: a whole number, negative for a gain.
 * @returns The matching and its total cost.
 * @throws EMRX_MATCHING_SCORE where a cost is not a whole number that is exact as a double.
 *
 * @example
 * ```ts
 * import { createMarket } from "@emrx/matching";
 * import { egalitarian, stableLattice } from "@emrx/matching/lattice";
 *
 * const lattice = stableLattice(createMarket({
 *   proposers: { m1: { prefs: ["w1", "w2"] }, m2: { prefs: ["w2", "w1"] } },
 *   reviewers: { w1: { prefs: ["m2", "m1"] }, w2: { prefs: ["m1", "m2"] } },
 * }));
 * egalitarian(lattice).cost; // => 6
 * egalitarian(lattice, (proposer, reviewer) => (proposer === "m1" && reviewer === "w1" ? 5 : 0)).matching.pairs(); // => [["m1", "w2"], ["m2", "w1"]]
 * ```
 */
export function egalitarian(
  lattice: StableLattice,
  cost?: (proposer: string, reviewer: string, proposerRank: number, reviewerRank: number) => number,
): { readonly matching: Matching; readonly cost: number } {
  const { graph, rotations } = partsOf(lattice);
  if (cost !== undefined) check(anyFunction, cost, "cost");
  const costOf = (e: number): number => {
    const ranks = [graph.proposerRanks[e] as number, graph.reviewerRanks[e] as number] as const;
    if (cost === undefined) return ranks[0] + ranks[1];
    const proposer = lattice.market.proposers.ids[graph.proposers[e] as number] as string;
    const reviewer = lattice.market.reviewers.ids[graph.reviewers[e] as number] as string;
    const value = cost(proposer, reviewer, ...ranks);
    if (!Number.isSafeInteger(value))
      throw new MatchingError(
        "EMRX_MATCHING_SCORE",
        `The cost of ${JSON.stringify(proposer)} and ${JSON.stringify(reviewer)} must be a whole number; it is ${described(value)}.`,
        { agent: proposer, entry: reviewer },
      );
    return value;
  };
  const weights = rotations.map((rotation) => change(rotation, costOf));
  const chosen = cheapestClosedSet(
    weights,
    rotations.map(({ predecessors }) => predecessors),
  );
  const total = heldEdges(lattice, graph).reduce((sum, e) => sum + costOf(e), 0);
  return {
    matching: lattice.after(chosen),
    cost: chosen.reduce((sum, turn) => sum + (weights[turn] as number), total),
  };
}

/**
 * The stable matching in which the agent that is worst off, by the rank of its worst partner, is best off. Polynomial
 * (Gusfield 1987): for a bound on that rank, reviewers that exceed it force rotations, and the fewest forced ones are
 * best for the proposers. Of several, the one that proposers like best. Agents without partners do not count.
 *
 * @param lattice From `stableLattice`.
 * @returns The matching and its regret, the largest rank of a partner; 0 where nobody is matched.
 *
 * @example
 * ```ts
 * import { createMarket } from "@emrx/matching";
 * import { minimumRegret, stableLattice } from "@emrx/matching/lattice";
 *
 * const lattice = stableLattice(createMarket({
 *   proposers: { m1: { prefs: ["w1", "w2"] }, m2: { prefs: ["w2", "w1"] } },
 *   reviewers: { w1: { prefs: ["m2", "m1"] }, w2: { prefs: ["m1", "m2"] } },
 * }));
 * minimumRegret(lattice).regret; // => 2
 * ```
 */
export function minimumRegret(lattice: StableLattice): {
  readonly matching: Matching;
  readonly regret: number;
} {
  const { graph, rotations } = partsOf(lattice);
  const proposerWorst = new Uint32Array(lattice.market.proposers.count);
  const reviewerWorst = new Uint32Array(lattice.market.reviewers.count);
  const edges = heldEdges(lattice, graph);
  const raise = (worst: Uint32Array, agent: number, rank: number): void => {
    if (rank > (worst[agent] as number)) worst[agent] = rank;
  };
  for (const e of edges) {
    raise(proposerWorst, graph.proposers[e] as number, graph.proposerRanks[e] as number);
    raise(reviewerWorst, graph.reviewers[e] as number, graph.reviewerRanks[e] as number);
  }
  // What a reviewer's worst rank is before each of its rotations: the rank of what that rotation takes from it.
  const drops = Array.from(
    { length: reviewerWorst.length },
    (): { turn: number; rank: number }[] => [],
  );
  rotations.forEach(({ lost }, turn) => {
    for (const e of lost)
      (drops[graph.reviewers[e] as number] as { turn: number; rank: number }[]).push({
        turn,
        rank: graph.reviewerRanks[e] as number,
      });
  });
  const atEnd = finalWorst(graph, edges, rotations, reviewerWorst.length);

  /** The smallest closed set in which no reviewer's worst rank is above the bound. */
  const forced = (bound: number): Set<number> => {
    const set = new Set<number>();
    for (const list of drops)
      for (const { turn, rank } of list) if (rank > bound) addClosed(rotations, turn, set);
    return set;
  };
  const meets = (bound: number): boolean => {
    if (atEnd.some((rank) => rank > bound)) return false;
    if (proposerWorst.some((rank) => rank > bound)) return false;
    for (const turn of forced(bound))
      for (const e of (rotations[turn] as RotationEdges).gained)
        if ((graph.proposerRanks[e] as number) > bound) return false;
    return true;
  };
  // A higher bound forces fewer rotations and allows more, so the good bounds are those from some point on.
  let low = 0;
  let high = [...proposerWorst, ...reviewerWorst].reduce((a, b) => Math.max(a, b), 0);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (meets(middle)) high = middle;
    else low = middle + 1;
  }
  return { matching: lattice.after(forced(low)), regret: low };
}

/** The worst rank of every reviewer after all rotations. */
function finalWorst(
  graph: Acceptance,
  edges: readonly number[],
  rotations: readonly RotationEdges[],
  reviewers: number,
): Uint32Array {
  const held = new Set(edges);
  for (const { gained, lost } of rotations) {
    for (const e of lost) held.delete(e);
    for (const e of gained) held.add(e);
  }
  const worst = new Uint32Array(reviewers);
  for (const e of held) {
    const r = graph.reviewers[e] as number;
    worst[r] = Math.max(worst[r] as number, graph.reviewerRanks[e] as number);
  }
  return worst;
}

function addClosed(rotations: readonly RotationEdges[], turn: number, set: Set<number>): void {
  const waiting = [turn];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (set.has(next)) continue;
    set.add(next);
    waiting.push(...(rotations[next] as RotationEdges).predecessors);
  }
}

/**
 * The stable matching in which both sides do most nearly equally well: the sum of the proposers' ranks differs least
 * from the sum of the reviewers'. This is NP-hard (Kato 1993), so it is a bounded search: rotations only ever raise the
 * difference, so a matching where it is no longer negative is not looked beyond; the rest is enumerated.
 *
 * @param lattice From `stableLattice`.
 * @param given `limit`: how many stable matchings to look at at most, 100,000 where absent.
 * @returns The best matching found, the difference (proposers' sum minus reviewers'), how many were examined, and
 * whether the search was complete, so that the result is `exact`.
 * @throws EMRX_MATCHING_LIMIT where the limit is not a whole number from 1 up.
 *
 * @example
 * ```ts
 * import { createMarket } from "@emrx/matching";
 * import { sexEqual, stableLattice } from "@emrx/matching/lattice";
 *
 * const lattice = stableLattice(createMarket({
 *   proposers: { m1: { prefs: ["w1", "w2"] }, m2: { prefs: ["w2", "w1"] } },
 *   reviewers: { w1: { prefs: ["m2", "m1"] }, w2: { prefs: ["m1", "m2"] } },
 * }));
 * const { difference, exact } = sexEqual(lattice);
 * [difference, exact]; // => [-2, true]
 * ```
 */
export function sexEqual(
  lattice: StableLattice,
  given: { readonly limit?: number } = {},
): {
  readonly matching: Matching;
  readonly difference: number;
  readonly exact: boolean;
  readonly examined: number;
} {
  const { limit = 100_000 } = check(optionsShape, given, "options");
  const { graph, rotations } = partsOf(lattice);
  const gap = (e: number): number =>
    (graph.proposerRanks[e] as number) - (graph.reviewerRanks[e] as number);
  const weights = rotations.map((rotation) => change(rotation, gap));
  let difference = heldEdges(lattice, graph).reduce((sum, e) => sum + gap(e), 0);
  let best = { difference, chosen: [] as number[] };
  let examined = 1;
  let exact = true;
  const chosen = new Set<number>();
  const walk = closedSets(rotations);
  let step = difference >= 0 ? undefined : walk.next();
  while (step && !step.done) {
    const { rotation, added } = step.value;
    if (!added) {
      chosen.delete(rotation);
      difference -= weights[rotation] as number;
      step = walk.next();
      continue;
    }
    if (examined === limit) {
      exact = false;
      break;
    }
    examined++;
    chosen.add(rotation);
    difference += weights[rotation] as number;
    if (Math.abs(difference) < Math.abs(best.difference))
      best = { difference, chosen: [...chosen] };
    step = walk.next(difference >= 0 ? true : undefined);
  }
  return {
    matching: lattice.after(best.chosen),
    difference: best.difference,
    exact,
    examined,
  };
}

/** What applying a rotation adds to a sum over pairs. */
const change = ({ gained, lost }: RotationEdges, costOf: (e: number) => number): number =>
  gained.reduce((sum, e) => sum + costOf(e), 0) - lost.reduce((sum, e) => sum + costOf(e), 0);

/** The edges of the proposers' best stable matching. */
function heldEdges(lattice: StableLattice, graph: Acceptance): number[] {
  const held = new Uint8Array(graph.reviewers.length);
  markHeld(graph, lattice.proposerOptimal, held);
  const edges: number[] = [];
  for (let e = 0; e < held.length; e++) if (held[e]) edges.push(e);
  return edges;
}
