// The world's round 1 with real trees behind it, honest or with a third record sold to labY, who asked for two.
import type { Call } from "../../src/calls.js";
import {
  commitPartners,
  commitRound,
  type MarketBook,
  type MatchingBook,
  offersRoot,
  type RoundEvidence,
  roundEvidence,
} from "../../src/rounds.js";
import { rowsOf } from "../rounds/small-market.js";
import * as w from "./world.js";
import { World } from "./world.js";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const fromHex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));

const offersOf = (first: number, count: number) => ({
  ids: Uint8Array.from({ length: 32 * count }, (_, i) => first + Math.floor(i / 32)),
  quotas: new Uint32Array(count).fill(1),
  terms: new Uint32Array(count),
  leaves: new Uint8Array(32 * count),
});

export const batchA = offersOf(1, 10);
export const batchB = offersOf(11, 3);

// labX is wanted by siteA's first five and all of siteB, labY by siteA's sixth to eighth; nobody wants the other.
const xs = [0, 1, 2, 3, 4, 10, 11, 12];
const ys = [5, 6, 7];
const wanted = Array.from({ length: 13 }, (_, p) =>
  xs.includes(p) ? [0] : ys.includes(p) ? [1] : [],
);

const [mine, theirs] = [rowsOf(wanted), rowsOf([xs, ys])];

export const book: MarketBook = {
  publishers: {
    ids: Uint8Array.from([...batchA.ids, ...batchB.ids]),
    quotas: new Uint32Array(13).fill(1),
    offsets: mine.offsets,
    lists: mine.entries,
  },
  requesters: {
    ids: Uint8Array.from([...fromHex(w.labX), ...fromHex(w.labY)]),
    quotas: Uint32Array.of(8, 2),
    offsets: theirs.offsets,
    lists: theirs.entries,
  },
};

const matchingOf = (toY: readonly number[]): MatchingBook => {
  const publishers = rowsOf(wanted.map((row, p) => (xs.includes(p) || toY.includes(p) ? row : [])));
  const requesters = rowsOf([xs, toY]);
  return {
    publishers: { offsets: publishers.offsets, partners: publishers.entries },
    requesters: { offsets: requesters.offsets, partners: requesters.entries },
  };
};

export const honest: MatchingBook = matchingOf([5, 6]);
export const greedy: MatchingBook = matchingOf([5, 6, 7]);

/** The world at the reveal of a matching. */
export function playedRound(partners: MatchingBook = honest): World {
  const world = new World();
  world.ok(w.siteA, w.policy());
  world.ok(w.siteB, w.policy());
  world.ok(w.siteA, w.offer({ offersRoot: hex(offersRoot(batchA)) }));
  world.ok(w.siteB, w.offer({ count: 3, offersRoot: hex(offersRoot(batchB)) }));
  world.ok(w.labX, w.request());
  world.ok(w.labY, w.request({ pricePerRecord: "70", quota: 2 }));
  const { root, count: inputsCount } = commitRound(book);
  const inputs = { inputsRoot: hex(root), inputsCount };
  world.ok(w.operator, w.commit(inputs));
  const matchingRoot = hex(commitPartners(book, partners));
  world.ok(w.operator, w.reveal({ ...inputs, matchingRoot }));
  return world;
}

export const evidenceOf = (partners: MatchingBook): RoundEvidence => roundEvidence(book, partners);

/** That labY has more than its quota of two. */
export const greed = (partners: MatchingBook): Call => ({
  type: "matching.challenge",
  round: 1,
  claim: {
    kind: "overQuota",
    agent: evidenceOf(partners).open({ side: "requesters", number: 1, list: [], partners: [] }),
  },
});

/** The world after that was proven. */
export function refutedRound(): World {
  const world = playedRound(greedy);
  world.ok(w.stranger, greed(greedy));
  return world;
}
