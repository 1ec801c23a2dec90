// Deferred acceptance with quantities, in a number of steps that depends on the agents and lists alone.
import { otherSide, type SideName } from "../market/market.js";
import type { Steps, Work } from "../steps.js";
import type { AllocationMarket } from "./market.js";
import { counterpartSteps, noPlace } from "./pairs.js";

/** What {@link augment} found, and how much work it was. */
export interface Augmented {
  /** For each place in the lists of the side that does not propose, how much the pair trades. */
  readonly amounts: Float64Array;
  /** How many times something was moved along a path or round a cycle. */
  readonly moves: number;
  /** How many steps these paths and cycles had together. */
  readonly hops: number;
}

/**
 * Finds the stable allocation that is best for every active agent, the proposing side, and worst for every passive one.
 *
 * Active agents propose down their lists what they have left; a full passive agent that is offered something better
 * gives back the same amount of the worst it holds, whose owner proposes it on, and so forth. Plain deferred acceptance
 * passes units on as they come, and may send them round a cycle as often as there are units. Here the whole path that
 * a unit would take is followed first, from an agent with something left over to where it ends: at a passive agent
 * with room, at an active agent with nobody left to propose to, or in a cycle. Then the path, or the cycle alone, is
 * moved along at once by as much as it can carry (Baïou and Balinski 2002; Dean and Munshi 2010).
 *
 * Every move fills a pair, empties a pair for good, fills a passive agent, or uses up what the first agent had left.
 * Each of these happens once a pair or agent, so there are at most 2 |pairs| + |agents| moves, and no path or cycle is
 * longer than the smaller side plus one, since no agent is on it twice: O(|pairs| min(|active|, |passive|)) in all,
 * whatever the quantities. The page "Lots" has the proof that the result is the best stable allocation.
 */
export function* augment(
  market: AllocationMarket,
  proposing: SideName,
  work: Work,
): Steps<Augmented> {
  const active = market[proposing];
  const passive = market[otherSide(proposing)];
  const capacities = market.capacities;
  const capacitiesAreActive = proposing === "proposers";
  const counterpart = yield* counterpartSteps(active, passive, work);
  const amounts = new Float64Array(passive.lists.length);
  const left = active.quantities.slice();
  const room = passive.quantities.slice();
  const next = active.offsets.slice(0, active.count);
  // A full passive agent takes nothing from its limit on; it is the place of the worst that it holds.
  const limit = new Uint32Array(passive.count);
  for (let b = 0; b < passive.count; b++)
    limit[b] = passive.offsets[(room[b] as number) > 0 ? b + 1 : b] as number;

  // The path: hop i offers the pair at the place `offered[i]` of the list of the full agent `through[i]`, which may
  // trade `capacity[i]`, and gives back the pair at its limit.
  const depthOf = new Int32Array(passive.count).fill(-1);
  const through = new Uint32Array(passive.count);
  const offered = new Uint32Array(passive.count);
  const capacity = new Float64Array(passive.count);
  let depth = 0;
  let moves = 0;
  let hops = 0;
  let hopsBefore = 0;

  const worst = (i: number): number => limit[through[i] as number] as number;
  /** Brings a full agent's limit up to the worst place before it that holds something. */
  const raise = (b: number): void => {
    let place = (limit[b] as number) - 1;
    while (amounts[place] === 0) place--;
    limit[b] = place;
  };
  /** Takes hops off the path's end. */
  const cut = (to: number): void => {
    for (; depth > to; depth--) depthOf[through[depth - 1] as number] = -1;
  };
  /**
   * Moves as much as they can carry, and `most`, along the path's hops from `from` on; hop `from` itself makes its
   * offer only where the whole path is moved (in a cycle, that offer comes from the last agent). Then the path ends
   * before the first hop that can carry no more.
   */
  const move = (from: number, most: number, isCycle: boolean): number => {
    const first = isCycle ? from + 1 : from;
    let by = most;
    for (let i = first; i < depth; i++)
      by = Math.min(by, (capacity[i] as number) - (amounts[offered[i] as number] as number));
    for (let i = from; i < depth; i++) by = Math.min(by, amounts[worst(i)] as number);
    for (let i = first; i < depth; i++) (amounts[offered[i] as number] as number) += by;
    for (let i = from; i < depth; i++) (amounts[worst(i)] as number) -= by;
    moves++;
    hops += depth - from + 1;
    return by;
  };
  /** Ends the path before the first of its hops from `from` on that can carry no more. */
  const shorten = (from: number): void => {
    let keep = depth;
    for (let i = depth - 1; i >= from; i--) {
      const place = offered[i] as number;
      if (amounts[worst(i)] === 0) {
        raise(through[i] as number);
        keep = i + 1;
      }
      if ((amounts[place] as number) >= (capacity[i] as number) || place >= worst(i)) keep = i;
    }
    cut(keep);
  };

  for (let start = 0; start < active.count; start++) {
    while ((left[start] as number) > 0) {
      // The agent at the path's end proposes to the first on its list that takes something.
      const a = depth === 0 ? start : (passive.lists[worst(depth - 1)] as number);
      const stop = active.offsets[a + 1] as number;
      let entry = next[a] as number;
      let place = noPlace;
      let b = 0;
      let most = 0;
      let spare = 0;
      for (; entry < stop; entry++) {
        place = counterpart[entry] as number;
        b = active.lists[entry] as number;
        if (place >= (limit[b] as number)) continue; // `noPlace` too
        most = capacities[capacitiesAreActive ? entry : place] as number;
        spare = most - (amounts[place] as number);
        if (spare > 0) break;
      }
      const passed = entry - (next[a] as number);
      next[a] = entry;
      if (work.did(passed, hops - hopsBefore)) yield;
      hopsBefore = hops;
      if (entry === stop) {
        if (depth === 0) break; // what is left stays left
        (left[start] as number) -= move(0, left[start] as number, false);
        shorten(0);
      } else if ((room[b] as number) > 0) {
        const by = move(0, Math.min(left[start] as number, room[b] as number, spare), false);
        (left[start] as number) -= by;
        (room[b] as number) -= by;
        (amounts[place] as number) += by;
        if (room[b] === 0) raise(b);
        shorten(0);
      } else if ((depthOf[b] as number) >= 0) {
        // Round the cycle that begins where b gives something back and ends with this offer to b.
        const from = depthOf[b] as number;
        (amounts[place] as number) += move(from, spare, true);
        shorten(from);
      } else {
        through[depth] = b;
        offered[depth] = place;
        capacity[depth] = most;
        depthOf[b] = depth++;
      }
    }
    cut(0);
  }
  return { amounts, moves, hops };
}
