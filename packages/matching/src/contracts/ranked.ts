// Contract markets in which everybody takes the best terms with each counterpart: deferred acceptance over places in
// lists, in time linear in the number of contracts.
import { otherSide, type SideName } from "../market/market.js";
import { type Ranking, rankingOf } from "./choice.js";
import type { Contract } from "./contract.js";
import type { ContractMarket } from "./create.js";

const unseen = 0;
/** Offered and kept, or waiting behind a better contract with the same counterpart that is. */
const pending = 1;
const rejected = 2;

/**
 * The stable allocation best for the proposing side, where all choice functions come from `bestTerms`; undefined where
 * one does not.
 *
 * A proposer goes down its ranking and passes over contracts with a reviewer that has kept a better one of it. If that
 * one is turned down, the next with the same reviewer, if it was passed over, takes its seat before anything further
 * down. So a reviewer never holds two contracts with one proposer, and only has to keep its `quota` best.
 */
export function solveRanked<Terms>(
  market: ContractMarket<Terms>,
  proposing: SideName,
): Contract<Terms>[] | undefined {
  const actives = rankingsOf(market, proposing);
  const passives = rankingsOf(market, otherSide(proposing));
  if (actives === undefined || passives === undefined) return undefined;
  const { contracts } = market;
  const indexOf = new Map(contracts.map(({ id }, c) => [id, c]));
  const places = <K>(
    rankings: readonly Ranking[],
    then: (agent: number, c: number, rank: number) => K,
  ): void => {
    rankings.forEach(({ ranks }, agent) => {
      for (const [id, rank] of ranks) then(agent, indexOf.get(id) as number, rank);
    });
  };
  const passiveOf = new Int32Array(contracts.length).fill(-1);
  const rankOf = new Uint32Array(contracts.length);
  places(passives, (b, c, rank) => {
    passiveOf[c] = b;
    rankOf[c] = rank;
  });
  // The lists of the active side without what the other end would never take, and each contract's place in its list.
  const lists: number[][] = actives.map(() => []);
  const activeOf = new Uint32Array(contracts.length);
  const placeOf = new Uint32Array(contracts.length);
  const previous = new Int32Array(contracts.length).fill(-1); // the next better, and the next worse, contract of the
  const following = new Int32Array(contracts.length).fill(-1); // same two agents in the active agent's list
  const latest = new Map<number, number>();
  places(actives, (a, c) => {
    if (passiveOf[c] === -1) return;
    const list = lists[a] as number[];
    if (list.length === 0) latest.clear();
    activeOf[c] = a;
    placeOf[c] = list.length;
    list.push(c);
    const better = latest.get(passiveOf[c] as number);
    latest.set(passiveOf[c] as number, c);
    if (better === undefined) return;
    previous[c] = better;
    following[better] = c;
  });

  // At each passive agent's places, the contract held; the limit walks up the places as they are taken (see
  // `deferredAcceptance`).
  const held = passives.map(({ size }) => new Int32Array(size).fill(-1));
  const limit = passives.map(({ quota, size }) => (quota > 0 ? size : 0));
  const room = passives.map(({ quota }) => quota);
  const free = actives.map(({ quota }) => quota);
  const next = new Uint32Array(actives.length);
  const state = new Uint8Array(contracts.length);
  const passedOver: number[][] = actives.map(() => []); // whose better contract was turned down since

  /** Offers a contract; returns the one that is turned down for it (or it itself), or -1. */
  const offer = (c: number): number => {
    const b = passiveOf[c] as number;
    const places = held[b] as Int32Array;
    if ((rankOf[c] as number) >= (limit[b] as number)) return c;
    places[rankOf[c] as number] = c;
    if ((room[b] as number) > 0) {
      (room[b] as number) -= 1;
      return -1;
    }
    let worst = (limit[b] as number) - 1;
    while (places[worst] === -1) worst--;
    const out = places[worst] as number;
    places[worst] = -1;
    limit[b] = worst;
    return out;
  };

  const waiting = [...actives.keys()].reverse();
  for (let a = waiting.pop(); a !== undefined; a = waiting.pop()) {
    const list = lists[a] as number[];
    const before = passedOver[a] as number[];
    while ((free[a] as number) > 0) {
      let c = before.pop();
      if (c === undefined) {
        if ((next[a] as number) === list.length) break;
        c = list[next[a] as number] as number;
        (next[a] as number) += 1;
        state[c] = pending;
        const better = previous[c] as number;
        if (better !== -1 && state[better] === pending) continue;
      }
      (free[a] as number) -= 1;
      const out = offer(c);
      if (out === -1) continue;
      state[out] = rejected;
      const loser = activeOf[out] as number;
      (free[loser] as number) += 1;
      const worse = following[out] as number;
      if (worse !== -1 && state[worse] !== unseen) (passedOver[loser] as number[]).push(worse);
      if (loser !== a) waiting.push(loser);
    }
  }
  return contracts.filter(
    (_, c) => passiveOf[c] !== -1 && held[passiveOf[c] as number]?.[rankOf[c] as number] === c,
  );
}

function rankingsOf<Terms>(market: ContractMarket<Terms>, side: SideName): Ranking[] | undefined {
  const counterpart = side === "proposers" ? "reviewer" : "proposer";
  const rankings: Ranking[] = [];
  for (const choose of market[side].values()) {
    const ranking = rankingOf(choose);
    if (ranking?.counterpart !== counterpart) return undefined;
    rankings.push(ranking);
  }
  return rankings;
}
