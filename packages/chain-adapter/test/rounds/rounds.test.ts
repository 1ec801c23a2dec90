// The trees of a round against a construction of their own with Node's hashes, and what is found in published rounds.
import { fc, property } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import type { Claim } from "../../src/calls.js";
import { decide } from "../../src/contracts/challenge/decide.js";
import type { MatchingRound, OfferState, RequestState } from "../../src/contracts.js";
import { LedgerError } from "../../src/errors.js";
import {
  commitPartners,
  commitRound,
  decodeMarketBook,
  decodeMatchingBook,
  encodeMarketBook,
  encodeMatchingBook,
  findChallenge,
  offersRoot,
  type RevealedRound,
} from "../../src/rounds.js";
import { leafHash, root as referenceRoot, u32 } from "../merkle/reference.js";
import {
  allClaims,
  allocationOf,
  bookOf,
  factsOf,
  hex,
  hexOf,
  isTrue,
  matchingOf,
  offersOf,
  type PlainRound,
  type PlainSide,
  plainRounds,
  siteKeys,
} from "./small-market.js";

const mth = (leaves: readonly Uint8Array[]): Buffer =>
  Buffer.from(referenceRoot(leaves.map(leafHash)));

/** The root of a sequence of pairs, in blocks of 64, from the words of the documentation. */
function sequenceRoot(pairs: readonly (readonly [number, number])[]): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at < pairs.length; at += 64)
    blocks.push(u32(...pairs.slice(at, at + 64).flat()));
  return mth(blocks);
}

const rankOn = (side: PlainSide, agent: number, other: number): number => {
  const rank = side.lists[agent]?.indexOf(other) ?? -1;
  return rank < 0 ? 0xffff_ffff : rank;
};

/** The two roots of a round with mutual lists. */
function rootsOf({ publishers, requesters }: PlainRound): { inputs: string; matching: string } {
  const inputs: Buffer[] = [];
  const matching: Buffer[] = [];
  for (const [side, mine, theirs] of [
    [0, publishers, requesters],
    [1, requesters, publishers],
  ] as const)
    for (const [agent, list] of mine.lists.entries()) {
      const entries = list.map((other) => [other, rankOn(theirs, other, agent)] as const);
      inputs.push(
        Buffer.concat([
          Buffer.of(side),
          Buffer.alloc(32, mine.ids[agent]),
          u32(mine.quotas[agent] ?? 0, list.length),
          sequenceRoot(entries),
        ]),
      );
      const held = (mine.partners[agent] ?? []).map(
        (other) => [other, rankOn(mine, agent, other)] as const,
      );
      matching.push(Buffer.concat([u32(held.length), sequenceRoot(held)]));
    }
  return { inputs: mth(inputs).toString("hex"), matching: mth(matching).toString("hex") };
}

property("both roots are those of the documented leaves", [plainRounds], (round) => {
  const roots = rootsOf(round);
  const { root, count } = commitRound(bookOf(round));
  expect(hex(root)).toBe(roots.inputs);
  expect(count).toBe(round.publishers.ids.length + round.requesters.ids.length);
  expect(hex(commitPartners(bookOf(round), matchingOf(round)))).toBe(roots.matching);
});

test("long lists are split into blocks of 64", () => {
  const count = 150;
  const range = Array.from({ length: count }, (_, i) => i);
  const round: PlainRound = {
    offered: [],
    requested: [],
    publishers: {
      ids: range.map((i) => i),
      quotas: range.map(() => 1),
      lists: range.map(() => [0]),
      partners: range.map((i) => (i < 65 ? [0] : [])),
    },
    requesters: {
      ids: [200],
      quotas: [65],
      lists: [[...range].reverse()],
      partners: [range.slice(0, 65)],
    },
    counts: [],
  };
  const roots = rootsOf(round);
  expect(hex(commitRound(bookOf(round)).root)).toBe(roots.inputs);
  expect(hex(commitPartners(bookOf(round), matchingOf(round)))).toBe(roots.matching);
});

property(
  "the root over public offers is that of the documented leaves",
  [
    fc.array(
      fc.record({
        id: fc.nat({ max: 255 }),
        quota: fc.nat(),
        terms: fc.nat(),
        leaf: fc.nat({ max: 255 }),
      }),
      { minLength: 1, maxLength: 9 },
    ),
  ],
  (offers) => {
    const bytes32 = (byte: number): number[] => new Array<number>(32).fill(byte);
    const root = offersRoot({
      ids: Uint8Array.from(offers.flatMap(({ id }) => bytes32(id))),
      quotas: Uint32Array.from(offers, ({ quota }) => quota),
      terms: Uint32Array.from(offers, ({ terms }) => terms),
      leaves: Uint8Array.from(offers.flatMap(({ leaf }) => bytes32(leaf))),
    });
    const leaves = offers.map(({ id, quota, terms, leaf }) =>
      Buffer.concat([Buffer.alloc(32, id), u32(quota, terms), Buffer.alloc(32, leaf)]),
    );
    expect(hex(root)).toBe(mth(leaves).toString("hex"));
  },
);

/** The round as the ledger and the operator publish it. */
function revealedOf(round: PlainRound): RevealedRound {
  const { inputsRoot, matchingRoot } = factsOf(round);
  const batches = round.offered.map((batch, s) => ({ site: siteKeys[s], count: batch.length }));
  const requesters = round.requested.map(({ id }) => hexOf(id));
  return {
    matching: {
      round: 1,
      members: { sites: siteKeys, requesters },
      reveal: { inputsRoot, matchingRoot },
      allocation: allocationOf(round),
    } as unknown as MatchingRound,
    requests: round.requested.map(({ id, quota }) => ({
      requester: hexOf(id),
      quota,
    })) as unknown as RequestState[],
    batches: batches as unknown as OfferState[],
    offers: new Map(round.offered.map((batch, s) => [siteKeys[s] as string, offersOf(batch)])),
    book: bookOf(round),
    partners: matchingOf(round),
  };
}

const found = new Map<string, number>();

property(
  "something is found exactly if something is true, and what is found is proven",
  [plainRounds],
  (round) => {
    const claim = findChallenge(revealedOf(round));
    found.set(claim?.kind ?? "nothing", (found.get(claim?.kind ?? "nothing") ?? 0) + 1);
    if (claim === undefined) {
      expect(allClaims(round).filter((other) => isTrue(round, other))).toEqual([]);
    } else {
      expect(isTrue(round, claim)).toBe(true);
      expect(decide(factsOf(round), claim, allocationOf(round))).toBe("proven");
    }
  },
  { numRuns: 150, seed: 4 }, // the same rounds each time, so that the next test does not hang on chance
);

test("the search came upon every kind of mistake, and upon none", () => {
  for (const kind of ["nothing", "blocking", "oneSided", "omitted", "altered", "overQuota"])
    expect(found.get(kind) ?? 0, kind).toBeGreaterThan(1);
});

describe("lists that no honest operator writes", () => {
  const base: PlainRound = {
    offered: [[{ id: 10, quota: 1 }], [{ id: 11, quota: 1 }]],
    requested: [
      { id: 200, quota: 2 },
      { id: 201, quota: 2 },
    ],
    publishers: { ids: [10, 11], quotas: [1, 1], lists: [[0, 1], [0]], partners: [[0], [0]] },
    requesters: { ids: [200, 201], quotas: [2, 2], lists: [[1, 0], [0]], partners: [[0, 1], []] },
    counts: [
      [1, 0],
      [1, 0],
    ],
  };
  const search = (round: PlainRound): Claim | undefined => {
    const claim = findChallenge(revealedOf(round));
    if (claim !== undefined)
      expect(decide(factsOf(round), claim, allocationOf(round))).toBe("proven");
    return claim;
  };
  const side = (name: "publishers" | "requesters", changes: Partial<PlainSide>): PlainRound => ({
    ...base,
    [name]: { ...base[name], ...changes },
  });

  test("an honest one has nothing", () => {
    expect(search(base)).toBeUndefined();
  });

  test.each<[string, PlainRound, object]>([
    [
      "a repeat on a list",
      side("publishers", { lists: [[0, 1, 0], [0]] }),
      { kind: "duplicate", among: "list", first: 0, second: 2 },
    ],
    [
      "a repeat among partners",
      side("requesters", { partners: [[0, 1, 1], []] }),
      { kind: "duplicate", among: "partners", first: 1, second: 2 },
    ],
    [
      "partners out of order",
      side("requesters", { partners: [[1, 0], []] }),
      { kind: "duplicate", among: "partners", first: 0, second: 1 },
    ],
    [
      "a number on a list that nobody has",
      side("publishers", { lists: [[0, 2, 1], [0]] }),
      { kind: "unadmitted", among: "list", at: 1 },
    ],
    [
      "a partner that nobody is",
      side("publishers", { partners: [[0, 2], [0]] }),
      { kind: "unadmitted", among: "partners", at: 1 },
    ],
    [
      "a requester's list that lacks a publisher",
      side("requesters", { lists: [[0], [0]] }),
      { kind: "unmutual", rank: 0 },
    ],
    [
      "a publisher's list that lacks a requester",
      side("publishers", { lists: [[0], [0]] }),
      { kind: "unmutual", rank: 0 },
    ],
    [
      "an allocation for another site",
      {
        ...base,
        counts: [
          [2, 0],
          [0, 0],
        ],
      },
      { kind: "misallocated", site: siteKeys[0], from: 0, to: 1 },
    ],
    [
      "an allocation for another requester",
      {
        ...base,
        counts: [
          [1, 0],
          [1, 1],
        ],
      },
      { kind: "misallocated", site: siteKeys[1], from: 0, to: 0 },
    ],
    [
      "a publisher with more partners than its quota",
      {
        ...base,
        publishers: { ...base.publishers, partners: [[0, 1], [0]] },
        requesters: { ...base.requesters, partners: [[0, 1], [0]] },
      },
      { kind: "overQuota", agent: { place: 0 } },
    ],
    [
      "a requester with more partners than its quota",
      {
        ...base,
        requested: [
          { id: 200, quota: 1 },
          { id: 201, quota: 2 },
        ],
        requesters: { ...base.requesters, quotas: [1, 2] },
      },
      { kind: "overQuota", agent: { place: 2 } },
    ],
    [
      "a publisher with another quota than it offered",
      side("publishers", { quotas: [1, 2] }),
      { kind: "altered", agent: { place: 1 } },
    ],
    [
      "a requester with another quota than it asked for",
      side("requesters", { quotas: [2, 3] }),
      { kind: "altered", agent: { place: 3 } },
    ],
    [
      "somebody else in a publisher's place",
      side("publishers", { ids: [10, 99] }),
      { kind: "omitted", agent: { place: 1 } },
    ],
    [
      "somebody else in a requester's place",
      side("requesters", { ids: [99, 201] }),
      { kind: "omitted", agent: { place: 2 } },
    ],
    [
      "partners who are not on each other's lists",
      {
        ...base,
        publishers: { ...base.publishers, partners: [[0], [1]] },
        requesters: { ...base.requesters, partners: [[0], [1]] },
      },
      { kind: "unacceptable", agent: { place: 1 }, partner: 0 },
    ],
    [
      "a partner who knows nothing of it",
      side("publishers", { partners: [[0], []] }),
      { kind: "oneSided", agent: { place: 2 }, partner: 1, other: { place: 1 }, gap: 0 },
    ],
    [
      "two who would rather have each other",
      {
        ...base,
        publishers: { ...base.publishers, partners: [[], [0]] },
        requesters: { ...base.requesters, partners: [[1], []] },
      },
      { kind: "blocking", publisher: { place: 0 }, requester: { place: 2 }, rank: 0, gap: 0 },
    ],
  ])("%s", (_, round, expected) => {
    expect(search(round)).toMatchObject(expected);
  });

  test("entries of a site whose offers are not known are passed over, those of others are not", () => {
    const wrong = side("publishers", { ids: [99, 98] });
    const revealed = revealedOf(wrong);
    const offers = new Map([[siteKeys[1] as string, revealed.offers.get(siteKeys[1] as string)]]);
    const claim = findChallenge({ ...revealed, offers: offers as RevealedRound["offers"] });
    expect(claim).toMatchObject({ kind: "omitted", agent: { place: 1 } });
    expect(findChallenge({ ...revealed, offers: new Map() })).toBeUndefined();
  });

  test("what was published with other roots proves nothing", () => {
    const revealed = revealedOf(base);
    for (const other of [
      side("publishers", { quotas: [1, 2] }),
      side("requesters", { partners: [[0], []] }),
    ]) {
      const { book, partners } = revealedOf(other);
      expect(() => findChallenge({ ...revealed, book, partners })).toThrow(
        expect.objectContaining({ code: "EMRX_NOT_CHALLENGEABLE" }),
      );
    }
    const { reveal: _, ...matching } = revealed.matching;
    expect(() => findChallenge({ ...revealed, matching })).toThrow(LedgerError);
  });
});

describe("the bytes of a round", () => {
  property("books survive encoding, and no other bytes mean them", [plainRounds], (round) => {
    const [book, matching] = [bookOf(round), matchingOf(round)];
    const [inputs, output] = [encodeMarketBook(book), encodeMatchingBook(matching)];
    expect(decodeMarketBook(inputs)).toEqual(book);
    expect(decodeMatchingBook(output)).toEqual(matching);
    const agents = round.publishers.ids.length + round.requesters.ids.length;
    const entries = (rows: keyof PlainSide): number =>
      [...round.publishers[rows], ...round.requesters[rows]].flat().length;
    expect(inputs).toHaveLength(24 + 40 * agents + 4 * entries("lists"));
    expect(output).toHaveLength(24 + 4 * agents + 4 * entries("partners"));
  });

  property(
    "bytes cut, lengthened or changed give a book of the same bytes or EMRX_INVALID_ROUND",
    [plainRounds, fc.nat(), fc.integer({ min: 1, max: 255 })],
    (round, at, change) => {
      for (const [bytes, again] of [
        [
          encodeMarketBook(bookOf(round)),
          (given: Uint8Array) => encodeMarketBook(decodeMarketBook(given)),
        ],
        [
          encodeMatchingBook(matchingOf(round)),
          (given: Uint8Array) => encodeMatchingBook(decodeMatchingBook(given)),
        ],
      ] as const)
        for (const wrong of [
          bytes.map((byte, i) => (i === at % bytes.length ? byte ^ change : byte)),
          bytes.slice(0, at % bytes.length),
          Uint8Array.of(...bytes, change),
        ])
          try {
            expect(again(wrong)).toEqual(wrong);
          } catch (error) {
            expect(error).toBeInstanceOf(LedgerError);
            expect((error as LedgerError).code).toBe("EMRX_INVALID_ROUND");
          }
    },
  );

  test("columns that do not go together are refused", () => {
    const good = {
      ids: new Uint8Array(64),
      quotas: Uint32Array.of(1, 1),
      offsets: Uint32Array.of(0, 1, 1),
      lists: Uint32Array.of(0),
    };
    const code = expect.objectContaining({ code: "EMRX_INVALID_ROUND" });
    const wrong = [
      { ...good, ids: new Uint8Array(63) },
      { ...good, quotas: Uint32Array.of(1) },
      { ...good, offsets: Uint32Array.of(0, 1) },
      { ...good, offsets: Uint32Array.of(0, 1, 0) },
      { ...good, offsets: Uint32Array.of(1, 1, 1) },
      { ...good, offsets: Uint32Array.of(0, 0, 0) },
    ];
    commitRound({ publishers: good, requesters: good });
    for (const bad of wrong)
      for (const book of [
        { publishers: bad, requesters: good },
        { publishers: good, requesters: bad },
      ]) {
        expect(() => commitRound(book)).toThrow(code);
        expect(() => encodeMarketBook(book)).toThrow(code);
      }
    const book = { publishers: good, requesters: good };
    const none = { offsets: Uint32Array.of(0, 0, 0), partners: new Uint32Array(0) };
    commitPartners(book, { publishers: none, requesters: none });
    for (const offsets of [
      Uint32Array.of(0, 0),
      Uint32Array.of(0, 0, 0, 0),
      Uint32Array.of(0, 0, 1),
    ])
      for (const matching of [
        { publishers: { ...none, offsets }, requesters: none },
        { publishers: none, requesters: { ...none, offsets } },
      ])
        expect(() => commitPartners(book, matching)).toThrow(code);
  });
});
