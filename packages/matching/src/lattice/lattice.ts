// The lattice of all stable matchings: from the proposers' best to the reviewers' best, by rotations.
import { described, iterable, object, type Shape } from "@emrx/internal/shape";
import { check } from "../check.js";
import { MatchingError } from "../errors.js";
import { type Acceptance, acceptanceSteps } from "../graph/acceptance.js";
import { checkMarket } from "../market/check-market.js";
import { type Market, requireStrict } from "../market/market.js";
import { type Matching, matchingOfRows, rowsOf } from "../matching.js";
import { acceptanceUnits, deferredAcceptance } from "../solve/deferred-acceptance.js";
import {
  type AsyncOptions,
  asyncOptions,
  atOnce,
  inTurns,
  pause,
  type Steps,
  signalMember,
  Work,
} from "../steps.js";
import { closedSets } from "./closed-sets.js";
import { findRotations, type RotationEdges } from "./rotations.js";

/** A rotation by ids: applying it replaces the pairs `lost` by the pairs `gained`, [proposer id, reviewer id]. */
export interface Rotation {
  readonly gained: readonly (readonly [string, string])[];
  readonly lost: readonly (readonly [string, string])[];
  /** The numbers of the rotations that must be applied before this one. */
  readonly predecessors: readonly number[];
}

/**
 * All stable matchings of a market in compact form. They correspond one to one to the closed sets of rotations:
 * those that hold, with each rotation, its predecessors.
 */
export interface StableLattice {
  readonly market: Market;
  /** The stable matching that every proposer likes best: no rotation applied. */
  readonly proposerOptimal: Matching;
  /** The stable matching that every reviewer likes best: all rotations applied. */
  readonly reviewerOptimal: Matching;
  /** All rotations, each after its predecessors. */
  readonly rotations: readonly Rotation[];
  /** Every pair that is in some stable matching, [proposer id, reviewer id], in the order of the market's agents. */
  stablePairs(): [string, string][];
  /**
   * The stable matching after a closed set of rotations.
   * @throws EMRX_MATCHING_ARGUMENT where a number is no rotation or a predecessor is missing.
   */
  after(rotations: Iterable<number>): Matching;
  /** Every stable matching once, lazily; the first is the proposers' best. There may be exponentially many. */
  matchings(): IterableIterator<Matching>;
  /** The same, in turns with whatever else the program has to do, until a signal ends it with EMRX_MATCHING_ABORTED. */
  matchingsAsync(options?: { readonly signal?: AbortSignal }): AsyncIterableIterator<Matching>;
}

const signalOption: Shape<{ readonly signal?: AbortSignal }> = /* @__PURE__ */ object({
  signal: signalMember,
});

/** What the functions of this folder need besides the public part. */
export interface LatticeParts {
  readonly graph: Acceptance;
  readonly rotations: readonly RotationEdges[];
}

const parts = /* @__PURE__ */ new WeakMap<StableLattice, LatticeParts>();

/** The inside of a lattice. */
export function partsOf(lattice: StableLattice): LatticeParts {
  const own = parts.get(lattice);
  if (own === undefined)
    throw new MatchingError(
      "EMRX_MATCHING_ARGUMENT",
      "lattice must be what stableLattice(market) returned.",
    );
  return own;
}

/**
 * Finds the structure of all stable matchings of a market in linear time, many-to-many included.
 *
 * @param market A market with strict lists.
 * @returns The lattice: both optima, the rotations and their order, all stable pairs, and a lazy enumeration.
 * @throws EMRX_MATCHING_TIES where a list has ties.
 *
 * @example
 * ```ts
 * import { createMarket } from "@emrx/matching";
 * import { stableLattice } from "@emrx/matching/lattice";
 *
 * const lattice = stableLattice(createMarket({
 *   proposers: { m1: { prefs: ["w1", "w2"] }, m2: { prefs: ["w2", "w1"] } },
 *   reviewers: { w1: { prefs: ["m2", "m1"] }, w2: { prefs: ["m1", "m2"] } },
 * }));
 * lattice.rotations.length; // => 1
 * lattice.stablePairs().length; // => 4
 * [...lattice.matchings()].map((matching) => matching.partnersOf("m1")); // => [["w1"], ["w2"]]
 * ```
 */
export function stableLattice(market: Market): StableLattice {
  return atOnce((work) => latticeSteps(market, work));
}

/**
 * {@link stableLattice}, in turns with whatever else the program has to do.
 *
 * @param market A market with strict lists.
 * @param options `onProgress`, `signal`.
 * @returns The lattice; its `matchingsAsync` enumerates in turns as well.
 * @throws EMRX_MATCHING_ABORTED, and what `stableLattice` throws.
 *
 * @example
 * ```ts
 * import { createMarket } from "@emrx/matching";
 * import { stableLatticeAsync } from "@emrx/matching/lattice";
 *
 * const lattice = await stableLatticeAsync(createMarket({
 *   proposers: { m1: { prefs: ["w1", "w2"] }, m2: { prefs: ["w2", "w1"] } },
 *   reviewers: { w1: { prefs: ["m2", "m1"] }, w2: { prefs: ["m1", "m2"] } },
 * }));
 * let count = 0;
 * for await (const _ of lattice.matchingsAsync()) count++;
 * count; // => 2
 * ```
 */
export async function stableLatticeAsync(
  market: Market,
  options: AsyncOptions = {},
): Promise<StableLattice> {
  return inTurns((work) => latticeSteps(market, work), check(asyncOptions, options, "options"));
}

function* latticeSteps(market: Market, work: Work): Steps<StableLattice> {
  const { proposers, reviewers } = checkMarket(market);
  requireStrict(market, "stableLattice");
  // The graph, the best matching, and all that proposers pass on the way to their worst.
  work.total = 2 * acceptanceUnits(proposers, reviewers) + 2 * proposers.lists.length;
  const graph = yield* acceptanceSteps(market, work);
  const best = yield* deferredAcceptance(proposers, reviewers, work);
  const proposerOptimal = matchingOfRows(market, "reviewers", best);
  const rotations = yield* findRotations(market, graph, proposerOptimal, work);
  const idsOf = (edges: readonly number[]): [string, string][] =>
    edges.map((e) => [
      market.proposers.ids[graph.proposers[e] as number] as string,
      market.reviewers.ids[graph.reviewers[e] as number] as string,
    ]);
  let named: Rotation[] | undefined;
  const lattice: StableLattice = {
    market,
    proposerOptimal,
    get reviewerOptimal() {
      return walkFrom(market, graph, proposerOptimal, rotations).apply(rotations.keys()).matching();
    },
    get rotations() {
      named ??= rotations.map(({ gained, lost, predecessors }) => ({
        gained: idsOf(gained),
        lost: idsOf(lost),
        predecessors,
      }));
      return named;
    },
    stablePairs() {
      const { offsets, partners } = rowsOf(proposerOptimal).proposers;
      const rows = Array.from({ length: market.proposers.count }, (_, p) => [
        ...partners.subarray(offsets[p], offsets[p + 1]),
      ]);
      for (const { gained } of rotations)
        for (const e of gained)
          (rows[graph.proposers[e] as number] as number[]).push(graph.reviewers[e] as number);
      return rows.flatMap((row, p) =>
        row
          .sort((a, b) => a - b)
          .map((r): [string, string] => [
            market.proposers.ids[p] as string,
            market.reviewers.ids[r] as string,
          ]),
      );
    },
    after(chosen) {
      const set = new Set<number>(check(iterable(), chosen, "rotations") as Iterable<number>);
      for (const turn of set) {
        const missing = rotations[turn]?.predecessors.find((before) => !set.has(before));
        if (rotations[turn] === undefined || missing !== undefined)
          throw new MatchingError(
            "EMRX_MATCHING_ARGUMENT",
            rotations[turn] === undefined
              ? `There is no rotation ${typeof turn === "number" ? turn : described(turn)}; there are ${rotations.length}, numbered from 0.`
              : `Rotation ${turn} needs its predecessor ${missing} applied before it.`,
          );
      }
      return walkFrom(market, graph, proposerOptimal, rotations)
        .apply([...set].sort((a, b) => a - b))
        .matching();
    },
    async *matchingsAsync(options = {}) {
      const { signal } = check(signalOption, options, "options");
      const work = new Work();
      await pause(signal);
      for (const matching of lattice.matchings()) {
        if (work.did(1 + matching.size)) await pause(signal);
        yield matching;
      }
    },
    *matchings() {
      const walk = walkFrom(market, graph, proposerOptimal, rotations);
      yield proposerOptimal;
      for (const step of closedSets(rotations)) {
        if (step.added) walk.apply([step.rotation]);
        else walk.undo(step.rotation);
        if (step.added) yield walk.matching();
      }
    },
  };
  parts.set(lattice, { graph, rotations });
  return lattice;
}

/** A stable matching that rotations are applied to and taken back from. */
interface Walk {
  apply(turns: Iterable<number>): Walk;
  undo(turn: number): void;
  matching(): Matching;
}

function walkFrom(
  market: Market,
  graph: Acceptance,
  from: Matching,
  rotations: readonly RotationEdges[],
): Walk {
  // Everybody has equally many partners in all stable matchings, so rows never change their length.
  const { offsets, partners: start } = rowsOf(from).proposers;
  const partners = start.slice();
  const replace = (from: readonly number[], to: readonly number[]): void => {
    from.forEach((old, i) => {
      const p = graph.proposers[old] as number;
      const row = partners.subarray(offsets[p], offsets[p + 1]);
      row[row.indexOf(graph.reviewers[old] as number)] = graph.reviewers[to[i] as number] as number;
    });
  };
  const walk: Walk = {
    apply(turns) {
      for (const turn of turns) {
        const { gained, lost } = rotations[turn] as RotationEdges;
        replace(lost, gained);
      }
      return walk;
    },
    undo(turn) {
      const { gained, lost } = rotations[turn] as RotationEdges;
      replace(gained, lost);
    },
    matching: () => matchingOfRows(market, "proposers", { offsets, partners }),
  };
  return walk;
}
