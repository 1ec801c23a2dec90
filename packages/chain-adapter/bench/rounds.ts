// The trees of a large round, and looking through it for anything that a challenge could prove.

import { toHex } from "@emrx/internal/bytes";
import { type BenchEntry, benchEntry } from "../../../bench/entry.js";
import type { MatchingRound } from "../src/contracts.js";
import {
  commitPartners,
  commitRound,
  findChallenge,
  type MarketBook,
  type MatchingBook,
  type RevealedRound,
} from "../src/rounds.js";

const PUBLISHERS = 250_000;
const REQUESTERS = 40;
const LISTED = 20;

/** Rows laid end to end. */
function columns(rows: readonly (readonly number[])[]): {
  offsets: Uint32Array;
  entries: Uint32Array;
} {
  const offsets = new Uint32Array(rows.length + 1);
  for (const [i, row] of rows.entries()) offsets[i + 1] = (offsets[i] as number) + row.length;
  const entries = new Uint32Array(offsets.at(-1) as number);
  for (const [i, row] of rows.entries()) entries.set(row, offsets[i]);
  return { offsets, entries };
}

/** Every publisher lists 20 of 40 requesters and sells to its first choice; requesters take all who come. */
function largeRound(): RevealedRound {
  const rows: number[][] = Array.from({ length: REQUESTERS }, () => []);
  const held: number[][] = Array.from({ length: REQUESTERS }, () => []);
  const lists = new Uint32Array(PUBLISHERS * LISTED);
  const offsets = Uint32Array.from({ length: PUBLISHERS + 1 }, (_, p) => p * LISTED);
  for (let p = 0; p < PUBLISHERS; p++)
    for (let k = 0; k < LISTED; k++) {
      const r = (p * 7 + k) % REQUESTERS;
      lists[p * LISTED + k] = r;
      rows[r]?.push(p);
      if (k === 0) held[r]?.push(p);
    }
  const [theirs, taken] = [columns(rows), columns(held)];
  const side = (count: number, quota: number) => ({
    ids: new Uint8Array(32 * count),
    quotas: new Uint32Array(count).fill(quota),
  });
  const book: MarketBook = {
    publishers: { ...side(PUBLISHERS, 1), offsets, lists },
    requesters: { ...side(REQUESTERS, PUBLISHERS), offsets: theirs.offsets, lists: theirs.entries },
  };
  const partners: MatchingBook = {
    publishers: {
      offsets: Uint32Array.from({ length: PUBLISHERS + 1 }, (_, p) => p),
      partners: Uint32Array.from({ length: PUBLISHERS }, (_, p) => (p * 7) % REQUESTERS),
    },
    requesters: { offsets: taken.offsets, partners: taken.entries },
  };
  const reveal = {
    inputsRoot: toHex(commitRound(book).root),
    matchingRoot: toHex(commitPartners(book, partners)),
  };
  // No members: their entries and the allocation are compared with the ledger, which takes no time to speak of.
  const matching = { round: 1, reveal } as unknown as MatchingRound;
  return { matching, requests: [], batches: [], offers: new Map(), book, partners };
}

const entry = (name: string, run: (round: RevealedRound) => unknown): BenchEntry =>
  benchEntry({
    name: `chain-adapter/rounds/${name}/publishers=250k,listed=20`,
    unit: "publishers",
    work: PUBLISHERS,
    baseline: "limit/mix32",
    setup: largeRound,
    run,
  });

const rounds: readonly BenchEntry[] = [
  entry("commit-inputs", ({ book }) => commitRound(book)),
  entry("commit-matching", ({ book, partners }) => commitPartners(book, partners)),
  entry("find-challenge", (round) => {
    const claim = findChallenge(round);
    if (claim !== undefined) throw new Error(`an honest round has a ${claim.kind}`);
  }),
];
export default rounds;
