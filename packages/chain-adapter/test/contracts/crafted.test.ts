// What a challenge proves where the operator wrote anything at all, and what becomes of a claim that does not show enough.
import { fc, property } from "@emrx/testkit";
import { expect, test } from "vitest";
import type { AgentOpening, Claim, ClaimKind } from "../../src/calls.js";
import { decide } from "../../src/contracts/challenge/decide.js";
import {
  type CraftedRound,
  craftedRounds,
  everyClaim,
  evidenceOf,
  holds,
  type PlainAgent,
} from "./crafted-round.js";
import { requireDecided } from "./decided.js";

const proven = new Map<ClaimKind, number>();

property(
  "whatever the operator wrote, a claim is proven exactly if it holds of it",
  [craftedRounds, fc.nat({ max: 7 })],
  (round, part) => {
    const evidence = evidenceOf(round);
    const claims = everyClaim(evidence);
    requireDecided(
      { ...evidence, claims, holds: (claim) => holds(round, claim) },
      { step: 8, part },
      proven,
    );
  },
  { numRuns: 40, seed: 4 }, // the same rounds each time, so that the next test does not hang on chance
);

test("the rounds had every kind of mistake", () => {
  const kinds = [...proven.keys()].sort();
  expect(kinds).toEqual([
    "altered",
    "blocking",
    "duplicate",
    "misallocated",
    "omitted",
    "oneSided",
    "overQuota",
    "unacceptable",
    "unadmitted",
    "unmutual",
  ]);
});

/** What of whom a claim cannot do without. */
function needs(claim: Claim): readonly (readonly [who: string, part: "input" | "partners"])[] {
  switch (claim.kind) {
    case "blocking":
      return ["publisher", "requester"].flatMap((who) => [
        [who, "input"] as const,
        [who, "partners"] as const,
      ]);
    case "overQuota":
    case "unacceptable":
      return [
        ["agent", "input"],
        ["agent", "partners"],
      ];
    case "oneSided":
      return [
        ["agent", "partners"],
        ["other", "partners"],
      ];
    case "unmutual":
      return [
        ["agent", "input"],
        ["other", "input"],
      ];
    case "duplicate":
    case "unadmitted":
      return [["agent", claim.among === "list" ? "input" : "partners"]];
    case "omitted":
    case "altered":
      return [["agent", "input"]];
    case "misallocated":
      return [["requester", "partners"]];
    default:
      return claim satisfies never;
  }
}

property(
  "a claim that holds is unproven without any one thing that it needs, and proven without all that it does not",
  [craftedRounds],
  (round) => {
    const { facts, allocation, open, offers } = evidenceOf(round);
    const seen = new Set<string>();
    for (const claim of everyClaim({ facts, allocation, open, offers })) {
      if (!holds(round, claim) || seen.has(claim.kind)) continue;
      seen.add(claim.kind);
      const verdict = (change: Record<string, unknown>): string =>
        decide(facts, { ...claim, ...change } as Claim, allocation);
      const shown = claim as unknown as Record<string, Required<AgentOpening>>;
      const needed = needs(claim);
      const parties = [...new Set(needed.map(([who]) => who))];
      for (const who of parties) {
        const whole = shown[who] as Required<AgentOpening>;
        const { place } = whole;
        // Nothing but the place; the place of nobody; the place of somebody else.
        expect(verdict({ [who]: { place } }), claim.kind).toBe("unproven");
        expect(verdict({ [who]: { ...whole, place: 5 } }), claim.kind).toBe("unproven");
        expect(verdict({ [who]: { ...whole, place: (place + 1) % 5 } })).toBe("unproven");
        for (const part of ["input", "partners"] as const) {
          const { [part]: left, ...rest } = whole;
          const isNeeded = needed.some(([name, what]) => name === who && what === part);
          const message = `${claim.kind} without ${who}.${part}`;
          expect(verdict({ [who]: rest }), message).toBe(isNeeded ? "unproven" : "proven");
          // Only the head of the sequence, or a block of nobody's: enough for some claims, misleading for none.
          const head = verdict({ [who]: { ...rest, [part]: { ...left, blocks: [] } } });
          expect(["proven", "unproven"], message).toContain(head);
          const [block] = left.blocks;
          if (block === undefined) continue;
          for (const wrong of [
            { ...block, block: 1 },
            { ...block, pairs: block.pairs.slice(2) },
            { ...block, pairs: [...block.pairs, 0, 0] },
            { ...block, pairs: block.pairs.map((number) => number + 1) },
          ])
            expect(
              verdict({ [who]: { ...rest, [part]: { ...left, blocks: [wrong] } } }),
              message,
            ).toBe("unproven");
        }
      }
      // An offer shows what the ledger knows of a place; without it, or with another's, nothing is known.
      if (claim.kind !== "omitted" && claim.kind !== "altered") continue;
      const own = offers[claim.agent.place];
      if (own === undefined) continue;
      for (const offer of [
        undefined,
        offers[(claim.agent.place + 1) % 3],
        { ...own, quota: own.quota + 1 },
        { ...own, terms: 8 },
        { ...own, leaf: "00".repeat(32) },
      ])
        expect(verdict({ offer }), `${claim.kind} by another offer`).toBe("unproven");
    }
  },
  { numRuns: 25, seed: 4 },
);

test("coincidences prove nothing: another's answer, an answer to another entry, a stretch that ends before it begins", () => {
  const known = { id: 1, quota: 2 };
  const nobody: PlainAgent = { ...known, list: [], partners: [], known };
  const roundOf = (changes: Record<number, Partial<PlainAgent>>): CraftedRound => ({
    agents: [0, 1, 2, 3, 4].map((place) => ({ ...nobody, ...changes[place] })),
    counts: [
      [0, 0],
      [0, 0],
    ],
  });
  const verdict = (
    round: CraftedRound,
    make: (open: readonly Required<AgentOpening>[]) => Claim,
  ): string => {
    const { facts, allocation, open } = evidenceOf(round);
    return decide(facts, make(open), allocation);
  };
  const blocking =
    (requester: number, rank: number) =>
    (open: readonly Required<AgentOpening>[]): Claim => ({
      kind: "blocking",
      publisher: open[0] as Required<AgentOpening>,
      requester: open[requester] as Required<AgentOpening>,
      rank,
      gap: 0,
    });
  // The publisher lists the first requester; the second answers as if it were meant.
  const meant = roundOf({ 0: { list: [[0, 0]] }, 3: { list: [[0, 0]] }, 4: { list: [[0, 0]] } });
  expect(verdict(meant, blocking(3, 0))).toBe("proven");
  expect(verdict(meant, blocking(4, 0))).toBe("unfounded");
  // The publisher lists the requester twice, who answers the first entry.
  const twice = roundOf({
    0: {
      list: [
        [0, 0],
        [0, 0],
      ],
    },
    3: { list: [[0, 0]] },
  });
  expect(verdict(twice, blocking(3, 0))).toBe("proven");
  expect(verdict(twice, blocking(3, 1))).toBe("unfounded");
  // Partners out of order, so that a site's numbers seem to end before they begin.
  const disorder = roundOf({
    3: {
      partners: [
        [3, 0],
        [0, 0],
      ],
    },
  });
  const misallocated =
    (from: number, to: number) =>
    (open: readonly Required<AgentOpening>[]): Claim => ({
      kind: "misallocated",
      requester: open[3] as Required<AgentOpening>,
      site: "a2".repeat(32),
      from,
      to,
    });
  expect(verdict(disorder, misallocated(2, 0))).toBe("unproven");
  expect(verdict(disorder, misallocated(0, 2))).toBe("proven");
});
