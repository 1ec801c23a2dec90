// Challenges: what the ledger takes as proven is exactly what is true, and nothing made up is taken for proof.
import { fc, property } from "@emrx/testkit";
import { beforeAll, describe, expect, test } from "vitest";
import { type Claim, type ClaimKind, parseCall } from "../../src/calls.js";
import { decide } from "../../src/contracts/challenge/decide.js";
import type { RoundFacts } from "../../src/contracts/challenge/opening.js";
import { type RoundEvidence, roundEvidence } from "../../src/rounds.js";
import {
  allClaims,
  allocationOf,
  bookOf,
  factsOf,
  isTrue,
  matchingOf,
  type PlainRound,
  plainRounds,
} from "../rounds/small-market.js";
import { requireDecided } from "./decided.js";

const proven = new Map<ClaimKind, number>();

property(
  "a claim with all evidence is proven exactly if it is true of the round, whatever is claimed of whom",
  [plainRounds, fc.nat({ max: 15 })],
  (round, part) => {
    requireDecided(
      {
        facts: factsOf(round),
        allocation: allocationOf(round),
        claims: allClaims(round),
        holds: (claim) => isTrue(round, claim),
      },
      { step: 16, part },
      proven,
    );
  },
  { numRuns: 60, seed: 4 }, // the same rounds each time, so that the next test does not hang on chance
);

test("the rounds had every kind of mistake", () => {
  for (const kind of [
    "blocking",
    "overQuota",
    "unacceptable",
    "oneSided",
    "omitted",
    "altered",
    "misallocated",
  ] as const)
    expect(proven.get(kind) ?? 0, kind).toBeGreaterThan(1);
});

/** One requester wants both publishers, each of whom wants it. */
const base: PlainRound = {
  offered: [[{ id: 10, quota: 1 }], [{ id: 11, quota: 1 }]],
  requested: [{ id: 200, quota: 2 }],
  publishers: { ids: [10, 11], quotas: [1, 1], lists: [[0], [0]], partners: [[0], [0]] },
  requesters: { ids: [200], quotas: [2], lists: [[1, 0]], partners: [[0, 1]] },
  counts: [[1], [1]],
};

const everything = Array.from({ length: 200 }, (_, i) => i).filter((i) => i % 60 === 0 || i < 3);

/** The verdict on a claim about a round, with blocks for the positions that the claim may need. */
function verdictOn(
  round: PlainRound,
  make: (open: (side: "publishers" | "requesters", number: number) => never) => Claim,
): string {
  const evidence = roundEvidence(bookOf(round), matchingOf(round));
  const open = (side: "publishers" | "requesters", number: number) =>
    evidence.open({ side, number, list: everything, partners: everything }) as never;
  return decide(factsOf(round), make(open), allocationOf(round));
}

const withSide = (
  round: PlainRound,
  side: "publishers" | "requesters",
  changes: Partial<PlainRound["publishers"]>,
): PlainRound => ({ ...round, [side]: { ...round[side], ...changes } });

describe("lists and partners that no honest operator writes", () => {
  test("an agent twice on a list, or among partners", () => {
    const twice = withSide(base, "requesters", { lists: [[1, 0, 1]], partners: [[0, 1, 1]] });
    const claim =
      (among: "list" | "partners", first: number, second: number) =>
      (open: (side: "publishers" | "requesters", number: number) => never): Claim => ({
        kind: "duplicate",
        agent: open("requesters", 0),
        among,
        first,
        second,
      });
    expect(verdictOn(twice, claim("list", 0, 2))).toBe("proven");
    expect(verdictOn(twice, claim("list", 2, 0))).toBe("unfounded");
    expect(verdictOn(twice, claim("list", 1, 2))).toBe("unfounded");
    expect(verdictOn(twice, claim("list", 2, 2))).toBe("unfounded");
    expect(verdictOn(twice, claim("list", 2, 3))).toBe("unproven");
    expect(verdictOn(twice, claim("partners", 1, 2))).toBe("proven");
    expect(verdictOn(twice, claim("partners", 0, 1))).toBe("unfounded");
    expect(verdictOn(twice, claim("partners", 2, 1))).toBe("unfounded");
    expect(verdictOn(base, claim("partners", 0, 1))).toBe("unfounded");
    const disorder = withSide(base, "requesters", { partners: [[1, 0]] });
    expect(verdictOn(disorder, claim("partners", 0, 1))).toBe("proven");
  });

  test("numbers that nobody in the round has", () => {
    const claim =
      (side: "publishers" | "requesters", among: "list" | "partners", at: number) =>
      (open: (side: "publishers" | "requesters", number: number) => never): Claim => ({
        kind: "unadmitted",
        agent: open(side, 0),
        among,
        at,
      });
    const listed = withSide(base, "publishers", { lists: [[0, 1], [0]] });
    expect(verdictOn(listed, claim("publishers", "list", 1))).toBe("proven");
    expect(verdictOn(listed, claim("publishers", "list", 0))).toBe("unfounded");
    expect(verdictOn(listed, claim("publishers", "list", 2))).toBe("unproven");
    const held = withSide(base, "requesters", { partners: [[0, 1, 2]] });
    expect(verdictOn(held, claim("requesters", "partners", 2))).toBe("proven");
    expect(verdictOn(held, claim("requesters", "partners", 1))).toBe("unfounded");
  });

  test("a list that the other's list does not answer", () => {
    const claim =
      (side: "publishers" | "requesters", number: number, rank: number, other: number) =>
      (open: (side: "publishers" | "requesters", number: number) => never): Claim => ({
        kind: "unmutual",
        agent: open(side, number),
        rank,
        other: open(side === "publishers" ? "requesters" : "publishers", other),
      });
    const forgotten = withSide(base, "requesters", { lists: [[1]] });
    expect(verdictOn(forgotten, claim("publishers", 0, 0, 0))).toBe("proven");
    expect(verdictOn(forgotten, claim("publishers", 1, 0, 0))).toBe("unfounded");
    expect(verdictOn(forgotten, claim("requesters", 0, 0, 1))).toBe("unfounded");
    expect(verdictOn(forgotten, claim("requesters", 0, 0, 0))).toBe("unfounded"); // not the one named
    const unanswered = withSide(base, "publishers", { lists: [[], [0]] });
    expect(verdictOn(unanswered, claim("requesters", 0, 1, 0))).toBe("proven");
    // The rank stated points to somebody else: the first of two equal entries is answered, the second is not.
    const twice = withSide(base, "publishers", { lists: [[0, 0], [0]] });
    expect(verdictOn(twice, claim("publishers", 0, 0, 0))).toBe("unfounded");
    expect(verdictOn(twice, claim("publishers", 0, 1, 0))).toBe("proven");
    expect(verdictOn(base, claim("publishers", 0, 1, 0))).toBe("unproven");
  });

  test("claims between two agents of one side say nothing", () => {
    expect(
      verdictOn(base, (open) => ({
        kind: "oneSided",
        agent: open("publishers", 0),
        partner: 0,
        other: open("publishers", 0),
        gap: 0,
      })),
    ).toBe("unfounded");
    expect(
      verdictOn(base, (open) => ({
        kind: "unmutual",
        agent: open("publishers", 0),
        rank: 0,
        other: open("publishers", 0),
      })),
    ).toBe("unfounded");
    expect(
      verdictOn(base, (open) => ({
        kind: "misallocated",
        requester: open("publishers", 0),
        site: "a1".repeat(32),
        from: 0,
        to: 1,
      })),
    ).toBe("unfounded");
    for (const [publisher, requester] of [
      ["publishers", "publishers"],
      ["requesters", "requesters"],
    ] as const)
      expect(
        verdictOn(base, (open) => ({
          kind: "blocking",
          publisher: open(publisher, 0),
          requester: open(requester, 0),
          rank: 0,
          gap: 0,
        })),
      ).toBe("unfounded");
  });

  test("a site that takes no part cannot be misallocated", () => {
    const claim = (site: string, from: number, to: number) =>
      verdictOn(base, (open) => ({
        kind: "misallocated",
        requester: open("requesters", 0),
        site,
        from,
        to,
      }));
    expect(claim("a3".repeat(32), 0, 0)).toBe("unproven");
    expect(claim("a1".repeat(32), 0, 1)).toBe("unfounded");
    expect(claim("a1".repeat(32), 1, 0)).toBe("unproven");
    expect(claim("a1".repeat(32), 0, 2)).toBe("unproven");
    expect(claim("a2".repeat(32), 1, 2)).toBe("unfounded");
    expect(claim("a2".repeat(32), 0, 2)).toBe("unproven");
  });
});

describe("long lists, of more than one block", () => {
  const count = 150;
  const many: PlainRound = {
    offered: [Array.from({ length: count }, () => ({ id: 10, quota: 1 })), []],
    requested: [{ id: 200, quota: count - 1 }],
    publishers: {
      ids: new Array<number>(count).fill(10),
      quotas: new Array<number>(count).fill(1),
      lists: Array.from({ length: count }, () => [0]),
      partners: Array.from({ length: count }, (_, p) => (p === 40 ? [] : [0])),
    },
    requesters: {
      ids: [200],
      quotas: [count - 1],
      // The publisher left out is ranked 63rd, before somebody who was taken.
      lists: [[...Array.from({ length: count }, (_, p) => p)]],
      partners: [Array.from({ length: count }, (_, p) => p).filter((p) => p !== 40)],
    },
    counts: [[count - 1], []],
  };
  let facts: RoundFacts;
  let evidence: RoundEvidence;
  beforeAll(() => {
    facts = factsOf(many);
    evidence = roundEvidence(bookOf(many), matchingOf(many));
  });
  const claim = (givesUp: number, positions: readonly number[]): Claim => ({
    kind: "blocking",
    publisher: evidence.open({ side: "publishers", number: 40, list: [0], partners: [] }),
    requester: evidence.open({ side: "requesters", number: 0, list: [40], partners: positions }),
    rank: 0,
    gap: 0,
    requesterGivesUp: givesUp,
  });
  const verdict = (shown: Claim): string => decide(facts, shown, allocationOf(many));

  test("a partner is found in the block that shows it, and only there", () => {
    // Among the requester's 149 partners, number 40 and later stand one place earlier.
    expect(verdict(claim(148, [148]))).toBe("proven");
    expect(verdict(claim(127, [127]))).toBe("proven");
    expect(verdict(claim(128, [128]))).toBe("proven");
    expect(verdict(claim(40, [40]))).toBe("proven");
    expect(verdict(claim(39, [39]))).toBe("unfounded");
    expect(verdict(claim(148, [127]))).toBe("unproven");
    expect(verdict(claim(149, [148]))).toBe("unproven");
    expect(verdict(claim(148, []))).toBe("unproven");
  });

  test("each block holds 64 pairs but the last, which holds the rest", () => {
    const { blocks } = evidence.open({
      side: "requesters",
      number: 0,
      list: [0, 64, 149],
    }).input as NonNullable<ReturnType<typeof evidence.open>["input"]>;
    expect(blocks.map(({ block, pairs }) => [block, pairs.length])).toEqual([
      [0, 128],
      [1, 128],
      [2, 44],
    ]);
    expect(blocks[1]?.pairs.slice(0, 2)).toEqual([64, 0]);
  });
});

/** Every place in a claim where evidence stands, as a path. */
function leavesOf(value: unknown, path: readonly (string | number)[] = []): (string | number)[][] {
  if (typeof value !== "object" || value === null) return [[...path]];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]));
}

function replaced(value: unknown, path: readonly (string | number)[], by: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return by;
  const inner = (value as Record<string, unknown>)[key];
  const copy = Array.isArray(value) ? [...value] : { ...(value as object) };
  (copy as Record<string, unknown>)[key] = replaced(inner, rest, by);
  return copy;
}

property(
  "evidence that was altered in any place proves nothing",
  [plainRounds, fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 })],
  (round, pick, at, change) => {
    const facts: RoundFacts = factsOf(round);
    const true_ = allClaims(round).filter((claim) => isTrue(round, claim));
    const claim = true_[pick % Math.max(1, true_.length)];
    if (claim === undefined) return;
    // What shows an agent or an offer, but for parts that this claim does not look at.
    const shown = leavesOf(claim).filter((path) => path.length > 1);
    const path = shown[at % shown.length] as (string | number)[];
    const old = path.reduce<unknown>(
      (value, key) => (value as Record<string, unknown>)[key],
      claim,
    );
    const by =
      typeof old === "number"
        ? old + change
        : `${(Number.parseInt((old as string).slice(0, 2), 16) ^ change).toString(16).padStart(2, "0")}${(old as string).slice(2)}`;
    const forged = replaced(claim, path, by) as Claim;
    expect(decide(facts, forged, allocationOf(round)), path.join(".")).not.toBe("proven");
  },
  { numRuns: 150 },
);

property(
  "claims survive the codec, and their kinds are a closed list",
  [plainRounds, fc.nat()],
  (round, pick) => {
    const claims = allClaims(round);
    const call = {
      type: "matching.challenge",
      round: 1,
      claim: claims[pick % claims.length],
    };
    expect(parseCall(call)).toEqual(call);
    for (const wrong of [{ ...call.claim, kind: "other" }, { ...call.claim, extra: 1 }, undefined])
      expect(() => parseCall({ ...call, claim: wrong })).toThrow(
        expect.objectContaining({ code: "EMRX_INVALID_CALL" }),
      );
  },
);
