// What a proven challenge does to a round, and evidence that an operator prepared to mislead.
import { createHash } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import type { AgentOpening, Claim } from "../../src/calls.js";
import { decide } from "../../src/contracts/challenge/decide.js";
import type { RoundFacts } from "../../src/contracts/challenge/opening.js";
import { answer } from "../../src/contracts/view.js";
import { u32 } from "../merkle/reference.js";
import { batchA, evidenceOf, greed, greedy, honest, playedRound, refutedRound } from "./played.js";
import * as w from "./world.js";

describe("a refuted matching", () => {
  test("gives every open request its money back, in the ledger's order, and says what was proven by whom", () => {
    const world = playedRound(greedy);
    expect(world.ok(w.stranger, greed(greedy))).toEqual([
      { type: "matching.refuted", round: 1, claim: "overQuota", challenger: w.stranger },
      { type: "trade.refunded", round: 1, requester: w.labX, refunded: "400" },
      { type: "trade.refunded", round: 1, requester: w.labY, refunded: "140" },
    ]);
    expect(world.state.trade.escrow).toEqual({
      deposited: "540",
      held: "0",
      paid: "0",
      refunded: "540",
    });
    expect(answer(world.state, { type: "trade.credit", party: w.labY }, 0)).toBe("140");
    expect(
      answer(world.state, { type: "trade.request", round: 1, requester: w.labX }, 0),
    ).toMatchObject({ status: "refunded", held: "0", refunded: "400", version: 2 });
    expect(answer(world.state, { type: "matching.round", round: 1 }, 0)).toMatchObject({
      phase: "refuted",
      refutation: { claim: "overQuota", challenger: w.stranger, at: 1000 },
      version: 3,
    });
  });

  test("leaves nothing to grant, deliver, settle, rate or commit again; offers may be withdrawn", () => {
    const world = refutedRound().wait(5000);
    expect(world.refused(w.siteA, w.grant())).toBe("EMRX_NOT_FINALIZED");
    expect(world.refused(w.siteA, w.deliver())).toBe("EMRX_NOT_FINALIZED");
    expect(world.refused(w.stranger, w.settle())).toBe("EMRX_REQUEST_CLOSED");
    expect(world.refused(w.labX, w.rate())).toBe("EMRX_NOT_CONSUMER");
    expect(world.refused(w.operator, w.commit())).toBe("EMRX_ALREADY_COMMITTED");
    expect(world.refused(w.operator, w.reveal())).toBe("EMRX_ALREADY_REVEALED");
    expect(world.refused(w.stranger, w.request())).toBe("EMRX_ROUND_CLOSED");
    world.ok(w.siteA, w.withdraw("offer"));
  });

  test("can be proven after parties withdrew: places are those of the commitment", () => {
    const world = playedRound(greedy);
    world.ok(w.siteA, w.withdraw("offer"));
    world.ok(w.labX, w.withdraw("request"));
    expect(world.ok(w.labY, greed(greedy)).slice(1)).toEqual([
      { type: "trade.refunded", round: 1, requester: w.labY, refunded: "140" },
    ]);
  });

  test("can be proven until it is finalized, even after the window", () => {
    const world = playedRound(greedy).wait(5000);
    world.ok(w.labY, greed(greedy));
  });

  test("other rounds are not concerned", () => {
    const world = playedRound(greedy);
    world.ok(w.labX, w.request({ round: 2 }));
    world.ok(w.stranger, greed(greedy));
    expect(world.state.trade.escrow.held).toBe("400");
  });
});

const sha256 = (...parts: readonly (Buffer | number[])[]): string => {
  const hash = createHash("sha256").update(Buffer.of(0));
  for (const part of parts) hash.update(Buffer.from(part));
  return hash.digest("hex");
};

/** A round of one requester, whose partners the operator wrote as it liked. */
function oddRound(
  count: number,
  pairs: readonly number[],
): {
  readonly facts: RoundFacts;
  readonly agent: AgentOpening;
} {
  const root = sha256(u32(...pairs));
  const input = { id: w.labX, quota: 1, count: 0, root: w.hash(0), proof: [], blocks: [] };
  const id = Buffer.from(w.labX, "hex");
  const inputsRoot = sha256([1], id, u32(1, 0), Buffer.from(w.hash(0), "hex"));
  const matchingRoot = sha256(u32(count), Buffer.from(root, "hex"));
  const requesters = [{ id: w.labX, quota: 1 }];
  return {
    facts: { inputsRoot, matchingRoot, sites: [], requesters, publishers: 0 },
    agent: {
      place: 0,
      input,
      partners: { count, root, proof: [], blocks: [{ block: 0, pairs, proof: [] }] },
    },
  };
}

const nothing = { sites: [], requesters: [], counts: [] };

describe("evidence of trees that are not well made", () => {
  const unadmitted = (agent: AgentOpening): Claim => ({
    kind: "unadmitted",
    agent,
    among: "partners",
    at: 0,
  });

  test("a block holds as many pairs as its sequence says, neither fewer nor more", () => {
    const right = oddRound(2, [7, 0, 8, 0]);
    expect(decide(right.facts, unadmitted(right.agent), nothing)).toBe("proven");
    for (const { facts, agent } of [oddRound(2, [7, 0]), oddRound(1, [7, 0, 8, 0])])
      expect(decide(facts, unadmitted(agent), nothing)).toBe("unproven");
  });

  test("an agent's place lies in the round, and its side is that of the place", () => {
    const { facts, agent } = oddRound(2, [7, 0, 8, 0]);
    expect(decide(facts, { kind: "overQuota", agent }, nothing)).toBe("proven");
    for (const claim of [
      { kind: "overQuota", agent: { ...agent, place: 1 } },
      { kind: "overQuota", agent: { place: 0 } },
    ] as const)
      expect(decide(facts, claim, nothing)).toBe("unproven");
    // The same leaf read as a publisher's: its first byte says otherwise.
    const asPublisher = { ...facts, publishers: 1, requesters: [] };
    expect(decide(asPublisher, { kind: "overQuota", agent }, nothing)).toBe("unproven");
  });

  test("each part that a claim needs must be shown", () => {
    const { facts, agent } = oddRound(2, [7, 0, 8, 0]);
    const { input: _, ...withoutInput } = agent;
    const { partners: __, ...withoutPartners } = agent;
    for (const lacking of [withoutInput, withoutPartners])
      for (const claim of [
        { kind: "overQuota", agent: lacking },
        { kind: "unacceptable", agent: lacking, partner: 0 },
      ] as const)
        expect(decide(facts, claim, nothing)).toBe("unproven");
    expect(decide(facts, { kind: "unacceptable", agent, partner: 0 }, nothing)).toBe("proven");
    expect(decide(facts, { kind: "omitted", agent: withoutInput }, nothing)).toBe("unproven");
    const misallocated = { kind: "misallocated", site: w.siteA, from: 0, to: 0 } as const;
    expect(decide(facts, { ...misallocated, requester: withoutPartners }, nothing)).toBe(
      "unproven",
    );
  });
});

describe("who belongs at a place", () => {
  const facts = (offersRoot: string | undefined): RoundFacts => {
    const { inputsRoot, matchingRoot } = evidenceOf(honest);
    return {
      inputsRoot,
      matchingRoot,
      sites: [
        { site: w.siteA, start: 0, end: 10, offersRoot },
        { site: w.siteB, start: 10, end: 13, offersRoot: undefined },
      ],
      requesters: [
        { id: w.labX, quota: 8 },
        { id: w.labY, quota: 3 },
      ],
      publishers: 13,
    };
  };
  let agent: AgentOpening;
  beforeAll(() => {
    agent = evidenceOf(honest).open({ side: "publishers", number: 3, list: [] });
  });
  // Another offer than the book has, alone in its batch: as if the site had offered only that.
  const offer = { id: w.hash(77), quota: 1, terms: 5, leaf: w.hash(78), proof: [] };
  const bytes = (text: string): Buffer => Buffer.from(text, "hex");
  const root = sha256(bytes(offer.id), u32(1, 5), bytes(offer.leaf));

  test("is known only by the root that the site stated, and only for its own places", () => {
    const claim: Claim = { kind: "omitted", agent, offer };
    const alone = {
      ...facts(undefined),
      sites: [
        { site: w.siteA, start: 0, end: 3, offersRoot: undefined },
        { site: w.siteB, start: 3, end: 4, offersRoot: root },
      ],
    };
    expect(decide(alone, claim, nothing)).toBe("proven");
    expect(
      decide(
        { ...alone, sites: [{ ...alone.sites[1], site: w.siteA, start: 2 } as never] },
        claim,
        nothing,
      ),
    ).toBe("unproven");
    expect(decide(facts(undefined), claim, nothing)).toBe("unproven");
    expect(decide(facts(w.hash(1)), claim, nothing)).toBe("unproven");
    expect(decide(alone, { kind: "omitted", agent }, nothing)).toBe("unproven");
  });

  test("a requester's quota is that of its request", () => {
    const labY = evidenceOf(honest).open({ side: "requesters", number: 1, list: [] });
    expect(decide(facts(undefined), { kind: "altered", agent: labY }, nothing)).toBe("proven");
    expect(decide(facts(undefined), { kind: "omitted", agent: labY }, nothing)).toBe("unfounded");
    const labX = evidenceOf(honest).open({ side: "requesters", number: 0, list: [] });
    expect(decide(facts(undefined), { kind: "altered", agent: labX }, nothing)).toBe("unfounded");
  });

  test("the batches of the played round are those on its ledger", () => {
    expect(batchA.quotas).toHaveLength(10);
    const world = playedRound();
    expect(world.refused(w.labX, greed(honest))).toBe("EMRX_CHALLENGE_UNFOUNDED");
  });
});
