// Large random markets for measuring, from a seeded generator: the same on every machine.
import type { createMarket } from "../src/index.js";
import { type MarketArrays, marketFromArrays, type marketFromColumns } from "../src/market.js";

type Market = ReturnType<typeof marketFromArrays>;

/** A small seeded generator (xorshift32): enough to make markets to measure, never to be used where chance matters. */
export function generator(seed: number): () => number {
  let x = seed | 0 || 1;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
}

/** Sizes of a random market. */
export interface Sizes {
  readonly proposers: number;
  readonly reviewers: number;
  /** Length of every proposer's list. */
  readonly list: number;
  readonly proposerQuota: number;
  readonly reviewerQuota: number;
  /**
   * 1, or nothing: all reviewers are as popular as each other. Larger: reviewer `floor(reviewers * u ** skew)` is listed, for
   * uniform u, so that some are on nearly all lists and most on few.
   */
  readonly skew?: number;
}

/** Every proposer lists `list` reviewers at random; every reviewer ranks who lists it in random order. */
export function randomArrays(sizes: Sizes, seed = 1): MarketArrays {
  const { proposers: n, reviewers: m, list } = sizes;
  const random = generator(seed);
  const proposerLists = new Uint32Array(n * list);
  const proposerOffsets = Uint32Array.from({ length: n + 1 }, (_, i) => i * list);
  const reviewerOffsets = new Uint32Array(m + 1);
  const draw = sizes.skew === undefined ? evenly(m, random) : skewed(m, sizes.skew, random);
  for (let p = 0; p < n; p++)
    for (let k = 0; k < list; k++) {
      const r = draw(k);
      proposerLists[p * list + k] = r;
      (reviewerOffsets[r + 1] as number)++;
    }
  for (let r = 0; r < m; r++) (reviewerOffsets[r + 1] as number) += reviewerOffsets[r] as number;
  const next = reviewerOffsets.slice(0, m);
  const reviewerLists = new Uint32Array(n * list);
  for (let k = 0; k < proposerLists.length; k++)
    reviewerLists[(next[proposerLists[k] as number] as number)++] = Math.floor(k / list);
  for (let r = 0; r < m; r++) {
    const start = reviewerOffsets[r] as number;
    for (let k = (reviewerOffsets[r + 1] as number) - 1; k > start; k--) {
      const at = start + (random() % (k - start + 1));
      const p = reviewerLists[at] as number;
      reviewerLists[at] = reviewerLists[k] as number;
      reviewerLists[k] = p;
    }
  }
  return {
    proposers: n,
    reviewers: m,
    proposerQuotas: new Uint32Array(n).fill(sizes.proposerQuota),
    reviewerQuotas: new Uint32Array(m).fill(sizes.reviewerQuota),
    proposerOffsets,
    proposerLists,
    reviewerOffsets,
    reviewerLists,
  };
}

/** Draws entry k of a list: any of m reviewers that is not among entries 0 to k - 1. */
type Draw = (k: number) => number;

function evenly(m: number, random: () => number): Draw {
  const pool = Uint32Array.from({ length: m }, (_, i) => i);
  return (k) => {
    const at = k + (random() % (m - k));
    const r = pool[at] as number;
    pool[at] = pool[k] as number;
    pool[k] = r;
    return r;
  };
}

function skewed(m: number, skew: number, random: () => number): Draw {
  const lastList = new Uint32Array(m);
  let list = 0;
  return (k) => {
    if (k === 0) list++;
    for (;;) {
      const r = Math.floor(m * (random() / 2 ** 32) ** skew);
      if (lastList[r] === list) continue;
      lastList[r] = list;
      return r;
    }
  };
}

/** {@link randomArrays} as a market. */
export const randomMarket = (sizes: Sizes, seed = 1): Market =>
  marketFromArrays(randomArrays(sizes, seed));

/** A market as people give it: agents with ids and lists of ids. */
export function stringInput(arrays: MarketArrays): Parameters<typeof createMarket>[0] {
  const ids = (prefix: string, count: number): string[] =>
    Array.from({ length: count }, (_, i) => prefix + i);
  const proposers = ids("patient-", arrays.proposers);
  const reviewers = ids("lab-", arrays.reviewers);
  const agents = (
    own: string[],
    others: string[],
    quotas: Uint32Array,
    offsets: Uint32Array,
    lists: Uint32Array,
  ): { id: string; quota: number; prefs: string[] }[] =>
    own.map((id, a) => ({
      id,
      quota: quotas[a] as number,
      prefs: Array.from(lists.subarray(offsets[a], offsets[a + 1]), (b) => others[b] as string),
    }));
  return {
    proposers: agents(
      proposers,
      reviewers,
      arrays.proposerQuotas,
      arrays.proposerOffsets,
      arrays.proposerLists,
    ),
    reviewers: agents(
      reviewers,
      proposers,
      arrays.reviewerQuotas,
      arrays.reviewerOffsets,
      arrays.reviewerLists,
    ),
  };
}

/** A market as a table with dictionary columns, each side's scores falling down its lists. */
export function columnsOf(arrays: MarketArrays): Parameters<typeof marketFromColumns>[0] {
  const rows = arrays.proposerLists.length;
  const proposers = new Uint32Array(rows);
  const proposerScore = new Float64Array(rows);
  const reviewerScore = new Float64Array(rows);
  const rankAt = new Map<number, number>();
  for (let r = 0; r < arrays.reviewers; r++)
    for (
      let k = arrays.reviewerOffsets[r] as number;
      k < (arrays.reviewerOffsets[r + 1] as number);
      k++
    )
      rankAt.set((arrays.reviewerLists[k] as number) * arrays.reviewers + r, k);
  for (let p = 0; p < arrays.proposers; p++)
    for (
      let k = arrays.proposerOffsets[p] as number;
      k < (arrays.proposerOffsets[p + 1] as number);
      k++
    ) {
      proposers[k] = p;
      proposerScore[k] = -k;
      reviewerScore[k] = -(rankAt.get(
        p * arrays.reviewers + (arrays.proposerLists[k] as number),
      ) as number);
    }
  return {
    proposer: {
      codes: proposers,
      values: Array.from({ length: arrays.proposers }, (_, i) => `patient-${i}`),
    },
    reviewer: {
      codes: arrays.proposerLists,
      values: Array.from({ length: arrays.reviewers }, (_, i) => `lab-${i}`),
    },
    proposerScore,
    reviewerScore,
    proposerQuota: 5,
    reviewerQuota: 2_000,
  };
}
