// Cross ranks: for a proposal to be answered in constant time, the place of the proposer in the other's list.
import type { RankedLists } from "../market/market.js";
import type { Steps, Work } from "../steps.js";

/**
 * The active side's lists with the entries that are not mutual left out: those of agent a are the pairs
 * (passive agent b, place of a in b's list counted from 1) at `entries[2 * k]`, `entries[2 * k + 1]` for
 * `starts[a] <= k < stops[a]`. The two numbers lie side by side, so that one cache line takes both; 16 bits each where
 * they fit, which halves the memory.
 */
export interface MutualEntries {
  readonly entries: Uint16Array | Uint32Array;
  readonly starts: Uint32Array;
  readonly stops: Uint32Array;
}

/**
 * Finds the mutual entries and their cross ranks in linear time. It turns the passive lists into columns by active
 * agent; then, for each active agent, it writes the column into a small table indexed by passive agent and reads
 * the agent's list off it, over the column, which it never outgrows. (Scattering straight into the entries would
 * touch memory at random twice.)
 */
export function* mutualEntries(
  active: RankedLists,
  passive: RankedLists,
  work: Work,
): Steps<MutualEntries> {
  const given = passive.lists;
  const stops = new Uint32Array(active.count);
  for (let k = 0; k < given.length; k++) (stops[given[k] as number] as number) += 1;
  const starts = new Uint32Array(active.count);
  for (let a = 0, total = 0; a < active.count; a++) {
    starts[a] = total;
    total += stops[a] as number;
    stops[a] = starts[a] as number;
  }
  let longest = 0;
  for (let b = 0; b < passive.count; b++)
    longest = Math.max(
      longest,
      (passive.offsets[b + 1] as number) - (passive.offsets[b] as number),
    );
  const fits = Math.max(passive.count, longest) <= 0xffff;
  const entries = new (fits ? Uint16Array : Uint32Array)(2 * given.length);
  for (let b = 0; b < passive.count; b++) {
    const start = passive.offsets[b] as number;
    const end = passive.offsets[b + 1] as number;
    for (let k = start; k < end; k++) {
      const a = given[k] as number;
      const at = stops[a] as number;
      entries[2 * at] = b;
      entries[2 * at + 1] = k - start + 1;
      stops[a] = at + 1;
    }
    if (work.did(end - start)) yield;
  }
  const place = new Uint32Array(passive.count);
  const listsActive = new Uint32Array(passive.count); // a + 1 where b lists a: place[b] is of this a
  const lists = active.lists;
  for (let a = 0; a < active.count; a++) {
    let write = 2 * (starts[a] as number);
    const column = 2 * (stops[a] as number);
    for (let c = write; c < column; c += 2) {
      const b = entries[c] as number;
      listsActive[b] = a + 1;
      place[b] = entries[c + 1] as number;
    }
    const end = active.offsets[a + 1] as number;
    for (let k = active.offsets[a] as number; k < end; k++) {
      const b = lists[k] as number;
      if (listsActive[b] !== a + 1) continue;
      entries[write] = b;
      entries[write + 1] = place[b] as number;
      write += 2;
    }
    stops[a] = write / 2;
    if (work.did(end - (active.offsets[a] as number))) yield;
  }
  return { entries, starts, stops };
}

/** Whether {@link denseRanks} is the better way: ranks fit 16 bits, and lists are at least a quarter of all they could be. */
export const isDense = (active: RankedLists, passive: RankedLists): boolean =>
  active.count <= 0xffff && active.count * passive.count <= 4 * passive.lists.length;

/**
 * For nearly complete lists: `table[b * active.count + a]` is the place of a in b's list counted from 1, or 0.
 * One row an agent b, small enough to stay in the cache while it is filled.
 */
export function* denseRanks(
  active: RankedLists,
  passive: RankedLists,
  work: Work,
): Steps<Uint16Array> {
  const { offsets, lists, count } = passive;
  const width = active.count;
  const table = new Uint16Array(width * count);
  for (let b = 0; b < count; b++) {
    const row = table.subarray(b * width, (b + 1) * width);
    const list = lists.subarray(offsets[b], offsets[b + 1]);
    for (let k = 0; k < list.length; k++) row[list[k] as number] = k + 1;
    if (work.did(list.length)) yield;
  }
  return table;
}
