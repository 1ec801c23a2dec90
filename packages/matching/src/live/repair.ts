// Repairing a stable matching after a change: proposals go on from where they are needed (Blum, Roth and Rothblum 1997).
import { type MutableMarket, mutual, opposite, type SideNumber } from "./mutable-market.js";

/** The pairs that changed since the journal was opened: an edge taken and given back leaves no trace. */
export class Journal {
  readonly #changed = new Map<number, boolean>();

  note(e: number, taken: boolean): void {
    if (this.#changed.get(e) === !taken) this.#changed.delete(e);
    else this.#changed.set(e, taken);
  }

  /** The edges that are now held and were not (`taken`), or the other way round. */
  edges(taken: boolean): number[] {
    return [...this.#changed].filter(([, now]) => now === taken).map(([e]) => e);
  }
}

/** Makes an edge a pair. */
export function hold(state: MutableMarket, e: number, journal?: Journal): void {
  for (const side of [0, 1] as const) {
    const held = state.sides[side].held[state.ends[side][e] as number] as number[];
    held.splice(state.after(side, held, state.keys[side][e] as number), 0, e);
  }
  journal?.note(e, true);
}

/** Ends a pair. */
export function release(state: MutableMarket, e: number, journal?: Journal): void {
  for (const side of [0, 1] as const) {
    const held = state.sides[side].held[state.ends[side][e] as number] as number[];
    held.splice(state.after(side, held, state.keys[side][e] as number) - 1, 1);
  }
  journal?.note(e, false);
}

/** Agents of one side that have free seats to fill, each with the key in its list from where to look on. */
export type Vacancies = Map<number, number>;

/**
 * Ends a pair for good, and notes that the agent on `side` has a vacancy that somebody may want: only if it was full
 * before, since whoever it would take has turned it down otherwise, and only below its worst partner, likewise.
 */
export function vacate(
  state: MutableMarket,
  journal: Journal,
  side: SideNumber,
  e: number,
  vacancies: Vacancies,
): void {
  const a = state.ends[side][e] as number;
  const { held, quotas } = state.sides[side];
  const own = held[a] as number[];
  const worst = state.keys[side][own[own.length - 1] as number] as number;
  if (own.length >= (quotas[a] as number)) vacancies.set(a, worst);
  release(state, e, journal);
}

/**
 * Lets the agents of one side with vacancies propose down their lists; who is turned away because of it proposes on in
 * turn. If nothing else was unstable before, the matching is stable after: the other side only gains, so whoever was
 * turned down once would be turned down again, and each of this side is left with the best it can get.
 */
export function fill(
  state: MutableMarket,
  journal: Journal,
  side: SideNumber,
  vacancies: Vacancies,
): void {
  const other = opposite(side);
  const { held, quotas } = state.sides[side];
  const facing = state.sides[other];
  for (const [a, from] of vacancies) {
    vacancies.delete(a);
    for (const e of state.edgesAfter(side, a, from)) {
      if ((held[a] as number[]).length >= (quotas[a] as number)) break;
      if (state.listed[e] !== mutual) continue;
      const b = state.ends[other][e] as number;
      const quota = facing.quotas[b] as number;
      const theirs = facing.held[b] as number[];
      if (quota === 0) continue;
      if (theirs.length >= quota) {
        const worst = theirs[theirs.length - 1] as number;
        const keys = state.keys[other];
        if ((keys[e] as number) >= (keys[worst] as number)) continue;
        vacate(state, journal, side, worst, vacancies);
      }
      hold(state, e, journal);
    }
  }
}
