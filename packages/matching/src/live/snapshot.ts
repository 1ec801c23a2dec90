// The market that a live matching holds, as typed arrays: after a change only the lists that it touched are read anew.
import type { Rows } from "../graph/transpose.js";
import { idOrder } from "../market/hash.js";
import { remember } from "../market/known.js";
import type { Market, Side } from "../market/market.js";
import { lengthOf } from "./edge-list.js";
import { type MutableMarket, opposite, type SideNumber, sideNames } from "./mutable-market.js";

/** The agents of a side in the order in which a market has them. */
interface Order {
  /** The number of the agent at each place. */
  readonly agents: Uint32Array;
  /** The place of each number; whatever for those that have left. */
  readonly places: Uint32Array;
  readonly ids: readonly string[];
}

/** What a live market was when it was last looked at, from which it is brought up to date. */
export class Snapshot {
  readonly #state: MutableMarket;
  #market: Market;
  #orders: readonly [Order, Order];
  #isById = false;

  /** Starts from the market that the live one was made of, whose indices are its agents' numbers. */
  constructor(state: MutableMarket, given: Market) {
    this.#state = state;
    this.#market = given;
    const asGiven = ({ count, ids }: Side): Order => {
      const agents = Uint32Array.from({ length: count }, (_, i) => i);
      return { agents, places: agents, ids };
    };
    this.#orders = [asGiven(given.proposers), asGiven(given.reviewers)];
  }

  /** The market as it is now, agents in the order of their ids. */
  market(): Market {
    const orders = [this.#orderNow(0), this.#orderNow(1)] as const;
    this.#market = remember({
      proposers: this.#sideNow(0, orders),
      reviewers: this.#sideNow(1, orders),
    });
    this.#orders = orders;
    this.#isById = true;
    for (const { touched } of this.#state.sides) touched.clear();
    return this.#market;
  }

  /** The pairs that are held now, by the places of the last market. */
  pairs(): Rows {
    const { sides, ends } = this.#state;
    const [{ agents }, { places }] = this.#orders;
    const offsets = new Uint32Array(agents.length + 1);
    agents.forEach((p, i) => {
      offsets[i + 1] = (offsets[i] as number) + (sides[0].held[p] as number[]).length;
    });
    const partners = new Uint32Array(offsets[agents.length] as number);
    let at = 0;
    for (const p of agents)
      for (const e of sides[0].held[p] as number[])
        partners[at++] = places[ends[1][e] as number] as number;
    return { offsets, partners };
  }

  #orderNow(side: SideNumber): Order {
    const { ids, index } = this.#state.sides[side];
    const before = this.#orders[side];
    const known = before.places.length;
    if (this.#isById && known === ids.length && before.agents.length === index.size) return before;
    const isHere = (a: number): boolean => ids[a] !== undefined;
    const byId = this.#isById ? before.agents : idOrder(this.#market, sideNames[side]);
    const kept = byId.filter(isHere);
    const newcomers = Array.from({ length: ids.length - known }, (_, i) => known + i)
      .filter(isHere)
      .sort((a, b) => ((ids[a] as string) < (ids[b] as string) ? -1 : 1));
    const agents = new Uint32Array(index.size);
    let from = 0;
    newcomers.forEach((a, i) => {
      const to = placeAmong(kept, ids, ids[a] as string);
      agents.set(kept.subarray(from, to), from + i);
      agents[to + i] = a;
      from = to;
    });
    agents.set(kept.subarray(from), from + newcomers.length);
    const places = new Uint32Array(ids.length);
    const idsNow = new Array<string>(agents.length);
    for (let i = 0; i < agents.length; i++) {
      const a = agents[i] as number;
      places[a] = i;
      idsNow[i] = ids[a] as string;
    }
    return { agents, places, ids: idsNow };
  }

  #sideNow(side: SideNumber, orders: readonly [Order, Order]): Side {
    const { touched, quotas } = this.#state.sides[side];
    const other = opposite(side);
    const { offsets: starts, lists: before } = this.#market[sideNames[side]];
    const { places: placesBefore } = this.#orders[side];
    const { agents, ids } = orders[side];
    const { places } = orders[other];
    const ends = this.#state.ends[other];
    const moved = this.#orders[other].agents.map((b) => places[b] as number);
    const isNew = (a: number): boolean => a >= placesBefore.length || touched.has(a);
    const offsets = new Uint32Array(agents.length + 1);
    agents.forEach((a, i) => {
      const was = placesBefore[a] as number;
      const length = isNew(a)
        ? lengthOf(this.#state.listOf(side, a))
        : (starts[was + 1] as number) - (starts[was] as number);
      offsets[i + 1] = (offsets[i] as number) + length;
    });
    const lists = new Uint32Array(offsets[agents.length] as number);
    let at = 0;
    for (const a of agents) {
      if (isNew(a)) {
        for (const block of this.#state.listOf(side, a))
          for (const e of block) lists[at++] = places[ends[e] as number] as number;
        continue;
      }
      const was = placesBefore[a] as number;
      const end = starts[was + 1] as number;
      for (let k = starts[was] as number; k < end; k++)
        lists[at++] = moved[before[k] as number] as number;
    }
    return {
      ids,
      count: agents.length,
      quotas: Uint32Array.from(agents, (a) => quotas[a] as number),
      offsets,
      lists,
    };
  }
}

/** How many of the agents, in the order of their ids, come before an id. */
function placeAmong(agents: Uint32Array, ids: readonly (string | undefined)[], id: string): number {
  let [low, high] = [0, agents.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ids[agents[middle] as number] as string) < id) low = middle + 1;
    else high = middle;
  }
  return low;
}
