// Where the entries of one side's lists stand in the lists of the other: how a pair is found from either end.
import type { RankedLists, SideName } from "../market/market.js";
import { atOnce, type Steps, type Work } from "../steps.js";
import type { AllocationMarket } from "./market.js";

/** Stands in for the place of an entry that the other agent does not return. */
export const noPlace = 0xffffffff;

/**
 * For each place in one side's lists, the place in the other side's lists where the same pair stands, or `noPlace`.
 * Linear: the other side's entries are first sorted by agent of this side, by counting.
 */
export const counterparts = (own: RankedLists, other: RankedLists): Uint32Array =>
  atOnce((work) => counterpartSteps(own, other, work));

/** {@link counterparts} in steps. */
export function* counterpartSteps(
  own: RankedLists,
  other: RankedLists,
  work: Work,
): Steps<Uint32Array> {
  const starts = new Uint32Array(own.count + 1);
  const given = other.lists;
  for (let k = 0; k < given.length; k++) (starts[(given[k] as number) + 1] as number) += 1;
  for (let a = 0; a < own.count; a++) (starts[a + 1] as number) += starts[a] as number;
  const next = starts.slice(0, own.count);
  const agents = new Uint32Array(given.length);
  const places = new Uint32Array(given.length);
  for (let b = 0; b < other.count; b++) {
    const [from, to] = [other.offsets[b] as number, other.offsets[b + 1] as number];
    for (let k = from; k < to; k++) {
      const at = (next[given[k] as number] as number)++;
      agents[at] = b;
      places[at] = k;
    }
    if (work.did(to - from)) yield;
  }
  const found = new Uint32Array(own.lists.length);
  const placeAt = new Uint32Array(other.count).fill(noPlace); // of the agent that is looked at, in each other list
  for (let a = 0; a < own.count; a++) {
    const [from, to] = [starts[a] as number, starts[a + 1] as number];
    for (let k = from; k < to; k++) placeAt[agents[k] as number] = places[k] as number;
    for (let k = own.offsets[a] as number; k < (own.offsets[a + 1] as number); k++)
      found[k] = placeAt[own.lists[k] as number] as number;
    for (let k = from; k < to; k++) placeAt[agents[k] as number] = noPlace;
    if (work.did((own.offsets[a + 1] as number) - (own.offsets[a] as number))) yield;
  }
  return found;
}

/** The capacity of the pair at a place of a side's lists, whose other place is `counterpart`. */
export const capacityAt = (
  market: AllocationMarket,
  side: SideName,
): ((place: number, counterpart: number) => number) =>
  side === "proposers"
    ? (place) => market.capacities[place] as number
    : (_, counterpart) => market.capacities[counterpart] as number;
