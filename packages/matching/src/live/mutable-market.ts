// The agents and lists of a market that changes: every list entry is an edge with a place on both sides.
import { acceptanceOf, noEdge } from "../graph/acceptance.js";
import type { Market, SideName } from "../market/market.js";
import {
  type EdgeList,
  edgeList,
  edgesAfter,
  firstAfter,
  insertAt,
  keysAround,
  removeKey,
} from "./edge-list.js";

/** A side by number: 0 for proposers, 1 for reviewers. */
export type SideNumber = 0 | 1;
export const sideNames: readonly [SideName, SideName] = ["proposers", "reviewers"];
export const opposite = (side: SideNumber): SideNumber => (1 - side) as SideNumber;

/** One side's agents. An agent that has left keeps its number, with no id, no seats and empty lists. */
export interface MutableSide {
  readonly index: Map<string, number>;
  readonly ids: (string | undefined)[];
  readonly quotas: number[];
  /** Each agent's list as edges, best first. */
  readonly lists: EdgeList[];
  /** Each agent's present partners as edges, best first. */
  readonly held: number[][];
  /** The agents whose lists changed since the last snapshot. */
  readonly touched: Set<number>;
}

/** A bit for each side that lists the other: an edge is mutual when both bits are set. */
export const mutual = 3;

/**
 * Edges by number. An edge's key on a side says where it stands in that agent's list: lower is better. A new edge gets
 * a key between its neighbours', so that nobody else's place has to be written anew; only when two keys have no double
 * between them is that one list numbered again.
 */
export class MutableMarket {
  readonly sides: readonly [MutableSide, MutableSide];
  /** The agent at each end of an edge. */
  ends: [Uint32Array, Uint32Array];
  keys: [Float64Array, Float64Array];
  /** Which sides list the edge. */
  listed: Uint8Array;
  /** For each agent, the edges that only the other end lists, so that they are found when the agent leaves. */
  readonly #unanswered: readonly [Map<number, Set<number>>, Map<number, Set<number>>] = [
    new Map(),
    new Map(),
  ];
  readonly #unused: number[] = [];
  #size = 0;

  constructor(market: Market) {
    const graph = acceptanceOf(market);
    const room = market.proposers.lists.length + market.reviewers.lists.length + 1024;
    this.ends = [new Uint32Array(room), new Uint32Array(room)];
    this.keys = [new Float64Array(room), new Float64Array(room)];
    this.listed = new Uint8Array(room);
    this.sides = [mutableSide(market, "proposers"), mutableSide(market, "reviewers")];
    const { proposers, reviewers } = market;
    let e = 0;
    for (let p = 0; p < proposers.count; p++) {
      const start = proposers.offsets[p] as number;
      const list = new Array<number>((proposers.offsets[p + 1] as number) - start);
      for (let place = 0; place < list.length; place++) {
        const isMutual = graph.proposers[e] === p && graph.proposerRanks[e] === place + 1;
        const r = proposers.lists[start + place] as number;
        list[place] = isMutual ? e++ : this.#edge(graph.reviewers.length, p, r);
        this.keys[0][list[place] as number] = place + 1;
      }
      this.sides[0].lists[p] = edgeList(list);
    }
    for (let i = 0; i < graph.reviewers.length; i++) {
      this.ends[0][i] = graph.proposers[i] as number;
      this.ends[1][i] = graph.reviewers[i] as number;
      this.keys[1][i] = graph.reviewerRanks[i] as number;
      this.listed[i] = mutual;
    }
    this.#size = Math.max(this.#size, graph.reviewers.length);
    for (let r = 0; r < reviewers.count; r++) {
      const start = reviewers.offsets[r] as number;
      const list = new Array<number>((reviewers.offsets[r + 1] as number) - start);
      for (let place = 0; place < list.length; place++) {
        const known = graph.edgeAt[start + place] as number;
        const p = reviewers.lists[start + place] as number;
        list[place] = known !== noEdge ? known : this.#oneSided(1, p, r);
        this.keys[1][list[place] as number] = place + 1;
      }
      this.sides[1].lists[r] = edgeList(list);
    }
  }

  /** A new edge that only a proposer lists, numbered after the mutual ones. */
  #edge(mutualEdges: number, p: number, r: number): number {
    this.#size = Math.max(this.#size, mutualEdges);
    return this.#oneSided(0, p, r);
  }

  #oneSided(side: SideNumber, p: number, r: number): number {
    const e = this.#size++;
    this.ends[0][e] = p;
    this.ends[1][e] = r;
    this.#list(side, e, true);
    return e;
  }

  /** Notes that a side lists an edge, or no longer does. */
  #list(side: SideNumber, e: number, on: boolean): void {
    const bit = side + 1;
    const now = on ? (this.listed[e] as number) | bit : (this.listed[e] as number) & ~bit;
    this.listed[e] = now;
    for (const end of [0, 1] as const) {
      const agent = this.ends[end][e] as number;
      const edges = this.#unanswered[end].get(agent);
      if (now === opposite(end) + 1) {
        if (edges) edges.add(e);
        else this.#unanswered[end].set(agent, new Set([e]));
      } else edges?.delete(e);
    }
  }

  /** An agent's list. */
  listOf(side: SideNumber, agent: number): EdgeList {
    return this.sides[side].lists[agent] as EdgeList;
  }

  /** All edges of an agent, whichever end lists them. */
  edgesOf(side: SideNumber, agent: number): number[] {
    return [...this.listOf(side, agent).flat(), ...this.unansweredOf(side, agent)];
  }

  /** The edges of an agent that only the other end lists. */
  unansweredOf(side: SideNumber, agent: number): Iterable<number> {
    return this.#unanswered[side].get(agent) ?? [];
  }

  /** A new agent with an empty list, and its number. */
  add(side: SideNumber, id: string, quota: number): number {
    const { index, ids, quotas, lists, held } = this.sides[side];
    const agent = ids.push(id) - 1;
    index.set(id, agent);
    quotas.push(quota);
    lists.push([]);
    held.push([]);
    return agent;
  }

  /** Forgets an agent that no edge touches any more. */
  forget(side: SideNumber, agent: number): void {
    this.#unanswered[side].delete(agent);
    const { ids, index, quotas } = this.sides[side];
    index.delete(ids[agent] as string);
    ids[agent] = undefined;
    quotas[agent] = 0;
  }

  /** A new edge between two agents that no list holds yet. */
  connect(p: number, r: number): number {
    const e = this.#unused.pop() ?? this.#size++;
    if (e === this.listed.length) this.#grow();
    this.ends[0][e] = p;
    this.ends[1][e] = r;
    this.listed[e] = 0;
    return e;
  }

  /** Puts an edge into an agent's list, at a place from 0 to the list's length. */
  insert(side: SideNumber, e: number, place: number): void {
    this.#put(side, e, place);
    this.#list(side, e, true);
  }

  /** Makes a new edge that both ends list, at a place in each list. */
  connectBoth(p: number, placeOfR: number, r: number, placeOfP: number): void {
    const e = this.connect(p, r);
    this.#put(0, e, placeOfR);
    this.#put(1, e, placeOfP);
    this.listed[e] = mutual;
  }

  #put(side: SideNumber, e: number, place: number): void {
    const agent = this.ends[side][e] as number;
    const list = this.listOf(side, agent);
    this.sides[side].touched.add(agent);
    const keys = this.keys[side];
    let [low, high] = keysAround(list, place, keys);
    if (!isBetween(low, high)) {
      list.flat().forEach((other, i) => {
        keys[other] = i + 1;
      });
      [low, high] = keysAround(list, place, keys);
    }
    keys[e] = (low + high) / 2;
    insertAt(list, place, e);
  }

  /** Takes an edge out of an agent's list; it is free for another use once neither side lists it. */
  remove(side: SideNumber, e: number): void {
    const keys = this.keys[side];
    const agent = this.ends[side][e] as number;
    this.sides[side].touched.add(agent);
    removeKey(this.listOf(side, agent), keys[e] as number, keys);
    this.#list(side, e, false);
    if (this.listed[e] === 0) this.#unused.push(e);
  }

  /** The edges of an agent's list whose key is above `key`, in order; the list must not change meanwhile. */
  edgesAfter(side: SideNumber, agent: number, key: number): Iterable<number> {
    return edgesAfter(this.listOf(side, agent), key, this.keys[side]);
  }

  /** The first place in a sorted array of edges whose key on a side is above `key`. */
  after(side: SideNumber, edges: readonly number[], key: number): number {
    return firstAfter(edges, key, this.keys[side]);
  }

  #grow(): void {
    const wider = <T extends Uint32Array | Float64Array | Uint8Array>(array: T, made: T): T => {
      made.set(array as never);
      return made;
    };
    const room = 2 * this.listed.length;
    this.ends = [
      wider(this.ends[0], new Uint32Array(room)),
      wider(this.ends[1], new Uint32Array(room)),
    ];
    this.keys = [
      wider(this.keys[0], new Float64Array(room)),
      wider(this.keys[1], new Float64Array(room)),
    ];
    this.listed = wider(this.listed, new Uint8Array(room));
  }
}

/** Whether there is a double between two keys, and their mean is one. */
const isBetween = (low: number, high: number): boolean => {
  const mean = (low + high) / 2;
  return low < mean && mean < high;
};

function mutableSide(market: Market, name: SideName): MutableSide {
  const { ids, quotas, count } = market[name];
  return {
    index: new Map(ids.map((id, i) => [id, i])),
    ids: [...ids],
    quotas: Array.from(quotas),
    lists: Array.from({ length: count }, () => []),
    held: Array.from({ length: count }, () => []),
    touched: new Set(),
  };
}
