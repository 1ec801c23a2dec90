// Many-to-many deferred acceptance (Gale and Shapley 1962; Roth 1984 for quotas on both sides).
import type { Side } from "../market/market.js";
import type { CrossRanks } from "./cross-ranks.js";

/** Rows of the accepting side: the partners of agent b are `partners[offsets[b] ..]`, best first. */
export interface AcceptedRows {
  readonly offsets: Uint32Array;
  readonly partners: Uint32Array;
}

/**
 * Active agents go down their lists while they have free seats; a passive agent holds the best proposals so far
 * and turns away the worst when it holds too many. What is held at the end is stable, best for every active and
 * worst for every passive agent.
 *
 * A passive agent needs no heap: once it is full its worst held place only moves up its list, so a byte for each
 * place and a limit that walks up are enough, and all walks together are no longer than the list.
 */
export function deferredAcceptance(active: Side, passive: Side, ranks: CrossRanks): AcceptedRows {
  const { byEntry, table } = ranks;
  const activeLists = active.lists;
  const passiveLists = passive.lists;
  const bases = passive.offsets;
  const seats = passive.quotas;
  const width = active.count;
  const held = new Uint8Array(passiveLists.length);
  const holding = new Uint32Array(passive.count);
  // Places from limit[b] on are turned away. It starts past the list, or at 0 where there is no seat at all.
  const limit = new Uint32Array(passive.count);
  for (let b = 0; b < passive.count; b++)
    limit[b] = seats[b] === 0 ? 0 : (bases[b + 1] as number) - (bases[b] as number);
  const next = active.offsets.slice(0, width);
  const free = active.quotas.slice();
  // A freed agent proposes again at once; at most one is waiting for each agent that is proposing.
  const waiting = new Uint32Array(width + 1);
  const queued = new Uint8Array(width);

  for (let first = 0; first < width; first++) {
    let depth = 0;
    waiting[depth++] = first;
    queued[first] = 1;
    while (depth > 0) {
      const a = waiting[--depth] as number;
      queued[a] = 0;
      const end = active.offsets[a + 1] as number;
      let k = next[a] as number;
      let open = free[a] as number;
      while (open > 0 && k < end) {
        const b = activeLists[k] as number;
        const rank = byEntry
          ? (byEntry[k] as number)
          : ((table as Uint16Array)[b * width + a] as number);
        k++;
        if (rank === 0 || rank > (limit[b] as number)) continue;
        const base = bases[b] as number;
        held[base + rank - 1] = 1;
        open--;
        if ((holding[b] as number) < (seats[b] as number)) {
          (holding[b] as number)++;
          continue;
        }
        let worst = (limit[b] as number) - 1;
        while (held[base + worst] === 0) worst--;
        held[base + worst] = 0;
        limit[b] = worst;
        const turnedAway = passiveLists[base + worst] as number;
        if (turnedAway === a) open++;
        else {
          (free[turnedAway] as number)++;
          // An agent whose list is exhausted keeps its seat free and never proposes past its end.
          if (
            queued[turnedAway] === 0 &&
            (next[turnedAway] as number) < (active.offsets[turnedAway + 1] as number)
          ) {
            queued[turnedAway] = 1;
            waiting[depth++] = turnedAway;
          }
        }
      }
      next[a] = k;
      free[a] = open;
    }
  }
  return rowsOf(passive, held, holding);
}

function rowsOf(passive: Side, held: Uint8Array, holding: Uint32Array): AcceptedRows {
  const offsets = new Uint32Array(passive.count + 1);
  for (let b = 0; b < passive.count; b++)
    offsets[b + 1] = (offsets[b] as number) + (holding[b] as number);
  const partners = new Uint32Array(offsets[passive.count] as number);
  let size = 0;
  for (let k = 0; k < held.length; k++)
    if (held[k] === 1) partners[size++] = passive.lists[k] as number;
  return { offsets, partners };
}
