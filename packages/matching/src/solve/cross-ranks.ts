// Cross ranks: for a proposal to be answered in constant time, the place of the proposer in the other's list.
import type { Side } from "../market/market.js";

/**
 * The answer to "at which place does b list a?", in one of two forms. Sparse: for every place k in the active
 * side's lists, `byEntry[k]` is the place (from 1) of the agent in the list of the agent at k, or 0 where it is
 * not listed. Dense, for nearly complete lists: `table[b * active + a]`.
 */
export interface CrossRanks {
  readonly byEntry?: Uint32Array;
  readonly table?: Uint16Array;
}

/** Computes the cross ranks in linear time; about 20 ns an entry. */
export function crossRanks(active: Side, passive: Side): CrossRanks {
  const cells = active.count * passive.count;
  if (active.count < 0xffff && cells <= 4 * passive.lists.length)
    return { table: denseRanks(active, passive) };
  return { byEntry: sparseRanks(active, passive) };
}

/** One row a passive agent; a row is small enough to stay in the cache while it is filled. */
function denseRanks(active: Side, passive: Side): Uint16Array {
  const { offsets, lists, count } = passive;
  const width = active.count;
  const table = new Uint16Array(width * count);
  for (let b = 0; b < count; b++) {
    const row = b * width;
    const start = offsets[b] as number;
    const end = offsets[b + 1] as number;
    for (let k = start; k < end; k++) table[row + (lists[k] as number)] = k - start + 1;
  }
  return table;
}

/**
 * Turns the passive lists into columns by active agent, then, for each active agent, writes its column into a
 * small table indexed by passive agent and reads its list off it. Scattering straight into the entries would
 * touch memory at random twice.
 */
function sparseRanks(active: Side, passive: Side): Uint32Array {
  const starts = new Uint32Array(active.count + 1);
  const given = passive.lists;
  for (let k = 0; k < given.length; k++) (starts[given[k] as number] as number)++;
  let total = 0;
  for (let a = 0; a <= active.count; a++) {
    const size = starts[a] as number;
    starts[a] = total;
    total += size;
  }
  // Each column entry is a pair (passive agent, place), side by side so that one cache line takes both.
  const columns = new Uint32Array(2 * given.length);
  for (let b = 0; b < passive.count; b++) {
    const start = passive.offsets[b] as number;
    const end = passive.offsets[b + 1] as number;
    for (let k = start; k < end; k++) {
      const a = given[k] as number;
      const at = 2 * (starts[a] as number);
      columns[at] = b;
      columns[at + 1] = k - start + 1;
      starts[a] = at / 2 + 1; // starts[a] ends up where column a + 1 starts
    }
  }
  const ranks = new Uint32Array(active.lists.length);
  const place = new Uint32Array(passive.count);
  const lists = active.lists;
  let from = 0;
  for (let a = 0; a < active.count; a++) {
    const to = 2 * (starts[a] as number);
    for (let c = from; c < to; c += 2) place[columns[c] as number] = columns[c + 1] as number;
    const end = active.offsets[a + 1] as number;
    for (let k = active.offsets[a] as number; k < end; k++)
      ranks[k] = place[lists[k] as number] as number;
    for (let c = from; c < to; c += 2) place[columns[c] as number] = 0;
    from = to;
  }
  return ranks;
}
