// Many-to-many deferred acceptance (Gale and Shapley 1962; Roth 1984 for quotas on both sides).
import type { Side } from "../market/market.js";
import type { Steps, Work } from "../steps.js";
import { denseRanks, isDense, type MutualEntries, mutualEntries } from "./cross-ranks.js";

/** Rows of the accepting side: the partners of agent b are `partners[offsets[b] ..]`, best first. */
export interface AcceptedRows {
  readonly offsets: Uint32Array;
  readonly partners: Uint32Array;
}

/**
 * Active agents go down their lists while they have free seats; a passive agent holds the best proposals so far
 * and turns away the worst when it holds too many. What is held at the end is stable, best for every active and
 * worst for every passive agent, whatever the order in which agents propose.
 *
 * A unit of work is a list entry that is passed; there are at most {@link acceptanceUnits} of them.
 *
 * Two choices make it fast. A passive agent needs no heap: once it is full its worst held place only moves up its
 * list, so a bit for each place and a limit that walks up are enough, and all walks together are no longer than
 * the list. And agents that were turned away propose again in rounds, in the order of their index while there are
 * many of them, so that memory is read nearly in sequence.
 */
export function* deferredAcceptance(active: Side, passive: Side, work: Work): Steps<AcceptedRows> {
  const table = isDense(active, passive) ? yield* denseRanks(active, passive, work) : undefined;
  const { entries, starts, stops } = table
    ? wholeLists(active)
    : yield* mutualEntries(active, passive, work);
  const width = active.count;
  const next = starts.slice(0, width);
  const free = active.quotas.slice();

  const bases = passive.offsets;
  const words = wordOffsets(passive);
  const held = new Uint32Array(words[passive.count] as number);
  const room = passive.quotas.slice();
  const limit = new Uint32Array(passive.count); // places from here on are turned away
  for (let b = 0; b < passive.count; b++)
    limit[b] = (bases[b + 1] as number) - (bases[b] as number);

  let round = new Uint32Array(width);
  let again = new Uint32Array(width);
  let count = width;
  let sweep = true; // all agents in order, instead of those in `round`
  while (count > 0) {
    [round, again] = [again, round];
    const size = sweep ? width : count;
    count = 0;
    for (let i = 0; i < size; i++) {
      const a = sweep ? i : (round[i] as number);
      let open = free[a] as number;
      if (open === 0) continue;
      const stop = stops[a] as number;
      let k = next[a] as number;
      while (open > 0 && k < stop) {
        const b = table ? (entries[k] as number) : (entries[2 * k] as number);
        const rank = table ? (table[b * width + a] as number) : (entries[2 * k + 1] as number);
        k++;
        if (rank === 0 || rank > (limit[b] as number)) continue;
        const first = words[b] as number;
        (held[first + ((rank - 1) >>> 5)] as number) |= 1 << ((rank - 1) & 31);
        if ((room[b] as number) > 0) {
          (room[b] as number) -= 1;
          open--;
          continue;
        }
        const worst = lastHeld(held, first, limit[b] as number);
        (held[first + (worst >>> 5)] as number) &= ~(1 << (worst & 31));
        limit[b] = worst;
        const turnedAway = passive.lists[(bases[b] as number) + worst] as number;
        if (turnedAway === a) continue;
        open--;
        // It waits for its next turn, unless it is waiting already or has nobody left to propose to: an agent
        // whose list is exhausted keeps its seat free and never proposes past its end.
        (free[turnedAway] as number) += 1;
        if (
          free[turnedAway] === 1 &&
          (next[turnedAway] as number) < (stops[turnedAway] as number) &&
          !(sweep && turnedAway > i)
        )
          again[count++] = turnedAway;
      }
      const proposals = k - (next[a] as number);
      next[a] = k;
      free[a] = open;
      if (work.did(proposals)) yield;
    }
    sweep = 8 * count >= width;
  }
  return rowsOf(passive, held, words, room);
}

/** The most units of work that deferred acceptance can take: the passive lists once, the active ones twice. */
export const acceptanceUnits = (active: Side, passive: Side): number =>
  passive.lists.length + 2 * active.lists.length;

/** Lists as they are, for the dense table, which says by itself what is mutual. */
const wholeLists = (active: Side): MutualEntries => ({
  entries: active.lists,
  starts: active.offsets,
  stops: active.offsets.subarray(1),
});

/** Where each agent's bits start, in 32-bit words. */
function wordOffsets({ count, offsets }: Side): Uint32Array {
  const words = new Uint32Array(count + 1);
  for (let b = 0; b < count; b++)
    words[b + 1] =
      (words[b] as number) + Math.ceil(((offsets[b + 1] as number) - (offsets[b] as number)) / 32);
  return words;
}

/** The last place whose bit is set; there must be one, and it must be before `limit`. */
function lastHeld(held: Uint32Array, first: number, limit: number): number {
  let word = first + ((limit - 1) >>> 5);
  while (held[word] === 0) word--;
  return (word - first) * 32 + 31 - Math.clz32(held[word] as number);
}

function rowsOf(
  passive: Side,
  held: Uint32Array,
  words: Uint32Array,
  room: Uint32Array,
): AcceptedRows {
  const { count, quotas, lists } = passive;
  const offsets = new Uint32Array(count + 1);
  for (let b = 0; b < count; b++)
    offsets[b + 1] = (offsets[b] as number) + (quotas[b] as number) - (room[b] as number);
  const partners = new Uint32Array(offsets[count] as number);
  let size = 0;
  for (let b = 0; b < count; b++)
    for (let word = words[b] as number; word < (words[b + 1] as number); word++)
      for (let bits = held[word] as number; bits !== 0; bits &= bits - 1) {
        const place = (word - (words[b] as number)) * 32 + 31 - Math.clz32(bits & -bits);
        partners[size++] = lists[(passive.offsets[b] as number) + place] as number;
      }
  return { offsets, partners };
}
