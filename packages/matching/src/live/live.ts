// A market that changes while its matching is kept stable: arrivals, departures, new quotas, new lists.
import {
  anything,
  described,
  object,
  optional,
  recordOf,
  type Shape,
  text,
} from "@emrx/internal/shape";
import { check, sideName } from "../check.js";
import { MatchingError } from "../errors.js";
import { checkMarket } from "../market/check-market.js";
import { checkQuota, unknown } from "../market/create.js";
import {
  idText,
  type Market,
  quoted,
  requireStrict,
  type SideName,
  singular,
} from "../market/market.js";
import { type Matching, matchingOfRows } from "../matching.js";
import { solve } from "../solve/solve.js";
import { lengthOf } from "./edge-list.js";
import { MutableMarket, opposite, type SideNumber, sideNames } from "./mutable-market.js";
import { fill, hold, Journal, release, type Vacancies, vacate } from "./repair.js";
import { Snapshot } from "./snapshot.js";

const arrivalShape: Shape<Arrival> = /* @__PURE__ */ object({
  id: /* @__PURE__ */ text(),
  quota: /* @__PURE__ */ optional(anything as Shape<number>),
  prefs: anything as Shape<readonly string[]>,
  positions: /* @__PURE__ */ recordOf(anything as Shape<number>),
});

/** An agent that joins a live market. */
export interface Arrival {
  readonly id: string;
  /** The most partners the agent can have; 1 where absent. */
  readonly quota?: number;
  /** Ids of the other side, best first. */
  readonly prefs: readonly string[];
  /**
   * At which position each agent of the other side puts the newcomer in its list: 0 for the top, the list's length for
   * the end. Who is not named here does not list the newcomer.
   */
  readonly positions: Readonly<Record<string, number>>;
}

/** What a change did to the matching. */
export interface Repair {
  /** New pairs [proposer id, reviewer id]. */
  readonly added: readonly (readonly [string, string])[];
  /** Pairs that are no more. */
  readonly removed: readonly (readonly [string, string])[];
  /** How many pairs that is together. */
  readonly changed: number;
  /** Whether the matching is known to be the proposers' best stable one. */
  readonly optimal: boolean;
}

/**
 * A market that changes, with a matching that is stable after every change. Work and memory traffic of a change are
 * proportional to the lists of the agents it touches, not to the market.
 *
 * While `optimal` is true the matching is exactly what `solve(live.market())` would give. Arrivals of proposers, and
 * seats added to proposers, keep that; every other change leaves a stable matching that need not be the best for the
 * proposers, until `reoptimise()`.
 */
export interface LiveMatching {
  /** How many pairs there are. */
  readonly size: number;
  /** Whether the matching is known to be the proposers' best stable one. */
  readonly optimal: boolean;
  /** The ids of an agent's partners, best first; name the side where the id is on both. */
  partnersOf(id: string, side?: SideName): string[];
  /** An agent joins. @throws EMRX_MATCHING_DUPLICATE, EMRX_MATCHING_UNKNOWN_ID, EMRX_MATCHING_QUOTA, EMRX_MATCHING_ARGUMENT for a position outside a list; a wrong call changes nothing. */
  arrive(side: SideName, agent: Arrival): Repair;
  /** An agent leaves, and everybody's list loses it. @throws EMRX_MATCHING_UNKNOWN_ID. */
  depart(side: SideName, id: string): Repair;
  /** An agent gets more or fewer seats. @throws EMRX_MATCHING_UNKNOWN_ID, EMRX_MATCHING_QUOTA. */
  setQuota(side: SideName, id: string, quota: number): Repair;
  /** An agent ranks the other side anew; what others think of it stays. @throws EMRX_MATCHING_UNKNOWN_ID, EMRX_MATCHING_DUPLICATE. */
  setPrefs(side: SideName, id: string, prefs: readonly string[]): Repair;
  /** Solves anew, so that the matching is the proposers' best stable one; linear in the whole market. */
  reoptimise(): Repair;
  /**
   * The market as it is now, agents in the order of their ids: the same object until something changes. Only the lists
   * that changed are read anew; the others are copied, which is linear but takes a few nanoseconds an entry.
   */
  market(): Market;
  /** The matching as it is now, in the market as it is now; linear. */
  matching(): Matching;
}

/**
 * Solves a market and keeps the matching stable while the market changes.
 *
 * @param market A market with strict lists; it is copied, never changed.
 * @returns The live matching, at first the proposers' best stable one.
 * @throws EMRX_MATCHING_TIES where a list has ties.
 *
 * @example
 * ```ts
 * import { createMarket } from "@emrx/matching";
 * import { liveMatching } from "@emrx/matching/live";
 *
 * const live = liveMatching(createMarket({
 *   proposers: { ann: { prefs: ["city"] } },
 *   reviewers: { city: { prefs: ["ann"] } },
 * }));
 * // Bob comes, and the city puts him before Ann.
 * live.arrive("proposers", { id: "bob", prefs: ["city"], positions: { city: 0 } }).changed; // => 2
 * live.partnersOf("city"); // => ["bob"]
 * live.setQuota("reviewers", "city", 2).added; // => [["ann", "city"]]
 * live.depart("proposers", "bob").removed; // => [["bob", "city"]]
 * ```
 */
export function liveMatching(market: Market): LiveMatching {
  requireStrict(checkMarket(market), "liveMatching");
  const state = new MutableMarket(market);
  const snapshot = new Snapshot(state, market);
  let now: Market | undefined;
  let optimal = true;
  let size = 0;

  const take = ({ proposers, reviewers, size: pairs }: Matching, journal?: Journal): void => {
    // The matching's market lists agents by id, the state in the order of their coming.
    const numbers = reviewers.ids.map((id) => state.sides[1].index.get(id) as number);
    const partnerOf = new Int32Array(state.sides[1].ids.length).fill(-1);
    proposers.ids.forEach((id, i) => {
      for (let k = proposers.offsets[i] as number; k < (proposers.offsets[i + 1] as number); k++)
        partnerOf[numbers[proposers.partners[k] as number] as number] = i;
      for (const block of state.listOf(0, state.sides[0].index.get(id) as number))
        for (const e of block)
          if (partnerOf[state.ends[1][e] as number] === i) hold(state, e, journal);
    });
    size = pairs;
  };
  const numberOf = (side: SideName, id: string): [SideNumber, number] => {
    const number = sideNumber(side);
    const agent = state.sides[number].index.get(id);
    if (agent === undefined)
      throw new MatchingError(
        "EMRX_MATCHING_UNKNOWN_ID",
        `There is no ${singular(side)} with the id ${quoted(id)} in this market.`,
        { entry: idText(id) },
      );
    return [number, agent];
  };
  const pairOf = (e: number): [string, string] => [
    state.sides[0].ids[state.ends[0][e] as number] as string,
    state.sides[1].ids[state.ends[1][e] as number] as string,
  ];
  const report = (journal: Journal, stillOptimal: boolean): Repair => {
    optimal = optimal && stillOptimal;
    now = undefined;
    const added = journal.edges(true).map(pairOf);
    const removed = journal.edges(false).map(pairOf);
    size += added.length - removed.length;
    return { added, removed, changed: added.length + removed.length, optimal };
  };
  /** The numbers of those an agent lists, checked. */
  const checkedList = (side: SideNumber, id: string, prefs: readonly string[]): number[] => {
    if (!Array.isArray(prefs))
      throw new MatchingError(
        "EMRX_MATCHING_ARGUMENT",
        `prefs of ${JSON.stringify(id)} is ${described(prefs)}; expected an array of ids.`,
        { agent: id },
      );
    const seen = new Set<string>();
    return prefs.map((entry) => {
      const b = state.sides[opposite(side)].index.get(entry);
      if (b === undefined) throw unknown(sideNames[side], id, entry);
      if (seen.has(entry))
        throw new MatchingError(
          "EMRX_MATCHING_DUPLICATE",
          `${JSON.stringify(id)} lists ${JSON.stringify(entry)} twice; remove one of the entries.`,
          { agent: id, entry },
        );
      seen.add(entry);
      return b;
    });
  };
  /** Ends all pairs of an agent; its partners get vacancies. */
  const releaseAll = (side: SideNumber, a: number, journal: Journal): Vacancies => {
    const vacancies: Vacancies = new Map();
    for (const e of [...(state.sides[side].held[a] as number[])])
      vacate(state, journal, opposite(side), e, vacancies);
    return vacancies;
  };
  const edge = (side: SideNumber, a: number, b: number): number =>
    side === 0 ? state.connect(a, b) : state.connect(b, a);

  take(solve(market));
  const live: LiveMatching = {
    get size() {
      return size;
    },
    get optimal() {
      return optimal;
    },
    partnersOf(id, side) {
      const known = sideNames.filter((name) => state.sides[sideNumber(name)].index.has(id));
      if (side === undefined && known.length === 2)
        throw new MatchingError(
          "EMRX_MATCHING_ARGUMENT",
          `${JSON.stringify(id)} is on both sides of this market; name the side.`,
          { agent: id },
        );
      const [number, a] = numberOf(side ?? known[0] ?? "proposers", id);
      const other = opposite(number);
      return (state.sides[number].held[a] as number[]).map(
        (e) => state.sides[other].ids[state.ends[other][e] as number] as string,
      );
    },
    arrive(side, given) {
      const number = sideNumber(side);
      const agent = check(arrivalShape, given, "agent");
      const facing = state.sides[opposite(number)];
      const { id } = agent;
      if (state.sides[number].index.has(id))
        throw new MatchingError(
          "EMRX_MATCHING_DUPLICATE",
          `There is a ${singular(side)} with the id ${JSON.stringify(id)} already.`,
          { agent: id },
        );
      const quota = checkQuota(side, id, agent.quota === undefined ? 1 : agent.quota);
      const listed = checkedList(number, id, agent.prefs);
      const positions = new Map<number, number>();
      for (const entry of Object.keys(agent.positions)) {
        const position = agent.positions[entry] as number;
        const b = facing.index.get(entry);
        if (b === undefined) throw unknown(side, id, entry);
        const length = lengthOf(state.listOf(opposite(number), b));
        if (!Number.isInteger(position) || position < 0 || position > length)
          throw new MatchingError(
            "EMRX_MATCHING_ARGUMENT",
            `The position of ${JSON.stringify(id)} in the list of ${JSON.stringify(entry)} must be a whole number from 0 to ${length}; it is ${described(position)}.`,
            { agent: id, entry },
          );
        positions.set(b, position);
      }
      const a = state.add(number, id, quota);
      listed.forEach((b, rank) => {
        const position = positions.get(b);
        if (position === undefined) state.insert(number, edge(number, a, b), rank);
        else if (number === 0) state.connectBoth(a, rank, b, position);
        else state.connectBoth(b, position, a, rank);
        positions.delete(b);
      });
      // Those who list the newcomer and are not listed by it.
      for (const [b, position] of positions)
        state.insert(opposite(number), edge(number, a, b), position);
      const journal = new Journal();
      fill(state, journal, number, new Map([[a, Number.NEGATIVE_INFINITY]]));
      return report(journal, number === 0);
    },
    depart(side, id) {
      const [number, a] = numberOf(side, id);
      const journal = new Journal();
      const vacancies = releaseAll(number, a, journal);
      // Named before the agent is forgotten and its edges are used again.
      const lost = journal.edges(false).map(pairOf);
      for (const e of state.edgesOf(number, a))
        for (const end of [0, 1] as const)
          if ((state.listed[e] as number) & (end + 1)) state.remove(end, e);
      state.forget(number, a);
      const rest = new Journal();
      fill(state, rest, opposite(number), vacancies);
      size -= lost.length;
      const { added, removed } = report(rest, false);
      return {
        added,
        removed: [...lost, ...removed],
        changed: added.length + removed.length + lost.length,
        optimal,
      };
    },
    setQuota(side, id, quota) {
      const [number, a] = numberOf(side, id);
      const seats = checkQuota(side, id, quota);
      const own = state.sides[number];
      const held = own.held[a] as number[];
      const journal = new Journal();
      const more = seats >= (own.quotas[a] as number);
      if (more) {
        const last = held[held.length - 1];
        const wasFull = held.length >= (own.quotas[a] as number);
        own.quotas[a] = seats;
        const from =
          last === undefined ? Number.NEGATIVE_INFINITY : (state.keys[number][last] as number);
        if (wasFull) fill(state, journal, number, new Map([[a, from]]));
      } else {
        own.quotas[a] = seats;
        const vacancies: Vacancies = new Map();
        while (held.length > seats)
          vacate(state, journal, opposite(number), held[held.length - 1] as number, vacancies);
        fill(state, journal, opposite(number), vacancies);
      }
      return report(journal, more && number === 0);
    },
    setPrefs(side, id, prefs) {
      const [number, a] = numberOf(side, id);
      const listed = checkedList(number, id, prefs);
      const other = opposite(number);
      const journal = new Journal();
      // As if the agent left and came again, except that others keep it in their lists.
      const vacancies = releaseAll(number, a, journal);
      for (const e of state.listOf(number, a).flat().reverse()) state.remove(number, e);
      fill(state, journal, other, vacancies);
      const known = new Map<number, number>();
      for (const e of state.unansweredOf(number, a)) known.set(state.ends[other][e] as number, e);
      listed.forEach((b, rank) => {
        state.insert(number, known.get(b) ?? edge(number, a, b), rank);
      });
      fill(state, journal, number, new Map([[a, Number.NEGATIVE_INFINITY]]));
      return report(journal, false);
    },
    reoptimise() {
      const journal = new Journal();
      const best = solve(live.market());
      for (const held of state.sides[0].held) for (const e of [...held]) release(state, e, journal);
      take(best, journal);
      const added = journal.edges(true).map(pairOf);
      const removed = journal.edges(false).map(pairOf);
      optimal = true;
      return { added, removed, changed: added.length + removed.length, optimal };
    },
    market() {
      now ??= snapshot.market();
      return now;
    },
    matching: () => matchingOfRows(live.market(), "proposers", snapshot.pairs()),
  };
  return live;
}

const sideNumber = (side: SideName): SideNumber =>
  check(sideName, side, "side") === "proposers" ? 0 : 1;
