// What every query answers about a played round, and what the steps of a round say happened; expected from the calls alone.
import { beforeAll, expect, test } from "vitest";
import type { CallOf, Query } from "../../src/calls.js";
import { roundFacts } from "../../src/contracts/challenge/opening.js";
import { answer } from "../../src/contracts/view.js";
import type { MatchingRound } from "../../src/contracts.js";
import { batchA, batchB, playedRound } from "./played.js";
import * as w from "./world.js";
import { World, worldAt } from "./world.js";

let world: World;
beforeAll(() => {
  world = worldAt("delivered", 2);
  world.ok(w.siteA, w.revoke(w.labY));
  world.ok(w.labX, w.delegate());
  world.ok(w.siteB, w.offer({ round: 2, count: 4 }));
  world.ok(w.labY, w.request({ round: 2, quota: 3 }));
});
const ask = (query: Query, time = 0): unknown => answer(world.state, query, time);
const members = (call: object): object => {
  const { type, ...rest } = call as { type: string };
  expect(typeof type).toBe("string");
  return rest;
};

test("lists hold what is of the round, and no more; single entries are the members of the lists", () => {
  const offers = [
    { ...members(w.offer()), site: w.siteA, offeredAt: 1000, status: "open", version: 1 },
    {
      ...members(w.offer({ count: 3 })),
      site: w.siteB,
      offeredAt: 1000,
      status: "open",
      version: 1,
    },
  ];
  expect(ask({ type: "trade.offers", round: 1 })).toEqual(offers);
  expect(ask({ type: "trade.offer", round: 1, site: w.siteB })).toEqual(offers[1]);
  expect(ask({ type: "trade.offers", round: 2 })).toMatchObject([{ site: w.siteB, count: 4 }]);
  expect(ask({ type: "trade.offers", round: 3 })).toEqual([]);
  expect(ask({ type: "trade.offer", round: 2, site: w.siteA })).toBeNull();

  const requests = ask({ type: "trade.requests", round: 1 }) as readonly object[];
  expect(requests).toMatchObject([
    { requester: w.labX, quota: 8, held: "400", delivered: 8 },
    { requester: w.labY, quota: 2, held: "140", delivered: 2 },
  ]);
  expect(ask({ type: "trade.request", round: 1, requester: w.labY })).toEqual(requests[1]);
  expect(ask({ type: "trade.requests", round: 2 })).toMatchObject([
    { requester: w.labY, quota: 3 },
  ]);
  expect(ask({ type: "trade.request", round: 2, requester: w.labX })).toBeNull();

  expect(ask({ type: "trade.deliveries", round: 1 })).toEqual(
    [
      [w.siteA, w.labX, 5, w.cid("bundle")],
      [w.siteA, w.labY, 2, w.cid("y")],
      [w.siteB, w.labX, 3, w.cid("b")],
    ].map(([site, requester, count, bundle]) => ({
      site,
      requester,
      count,
      bundle,
      deliveredAt: 1050,
      status: "delivered",
    })),
  );
  expect(ask({ type: "trade.deliveries", round: 2 })).toEqual([]);
  expect(ask({ type: "trade.credit", party: w.siteA })).toBe("0");
  expect(ask({ type: "trade.admission", round: 1 })).toBeNull();
  expect(ask({ type: "trade.escrow" })).toEqual({
    deposited: "690",
    held: "690",
    paid: "0",
    refunded: "0",
  });
});

test("policies and grants are found by whose they are", () => {
  const policyOf = (site: string) => ({ ...members(w.policy()), site, setAt: 1000 });
  expect(ask({ type: "access.policies" })).toEqual([policyOf(w.siteA), policyOf(w.siteB)]);
  expect(ask({ type: "access.policy", site: w.siteA, policyId: "main" })).toEqual(
    policyOf(w.siteA),
  );
  expect(ask({ type: "access.policy", site: w.siteA, policyId: "other" })).toBeNull();

  const found = (query: object): unknown =>
    (
      ask({ type: "access.grants", round: 1, ...query }) as readonly {
        readonly site: string;
        readonly requester: string;
        readonly status: string;
      }[]
    ).map(({ site, requester, status }) => [site, requester, status]);
  const [ax, ay, bx] = [
    [w.siteA, w.labX, "live"],
    [w.siteA, w.labY, "revoked"],
    [w.siteB, w.labX, "live"],
  ];
  expect(found({})).toEqual([ax, ay, bx]);
  expect(found({ site: w.siteA })).toEqual([ax, ay]);
  expect(found({ requester: w.labX })).toEqual([ax, bx]);
  expect(found({ site: w.siteA, requester: w.labY })).toEqual([ay]);
  expect(found({ site: w.siteB, requester: w.labY })).toEqual([]);
  expect(found({ round: 2 })).toEqual([]);
  expect(ask({ type: "access.grant", round: 1, site: w.siteA, requester: w.labY })).toMatchObject({
    status: "revoked",
    version: 2,
    count: 2,
  });
  expect(ask({ type: "access.grant", round: 1, site: w.siteB, requester: w.labY })).toBeNull();

  const delegation = { ...members(w.delegate()), from: w.labX, status: "live", version: 1 };
  const passed = { type: "access.delegation", round: 1, site: w.siteA, grantee: w.labX } as const;
  expect(ask({ ...passed, to: w.helper })).toMatchObject(delegation);
  expect(ask({ ...passed, to: w.assistant })).toBeNull();
  expect(ask({ type: "access.delegations", round: 1 })).toMatchObject([delegation]);
  expect(ask({ type: "access.delegations", round: 2 })).toEqual([]);
});

test("a decision is asked of the site's policy at a time: no policy and no rule mean deny", () => {
  const own = new World();
  own.ok(
    w.siteA,
    w.policy({
      version: 1,
      rules: [
        {
          ...w.anybody,
          attributes: ["bmi"],
          notBefore: 100,
          notAfter: 200,
          obligations: ["delete-after-study"],
        },
        { ...w.anybody, attributes: ["sex"] },
      ],
    }),
  );
  const decide = (changes: object, now: number): unknown =>
    answer(own.state, w.question(changes), now);
  const permitted = {
    decision: "permit",
    policyVersion: 1,
    obligations: ["delete-after-study"],
  };
  const denied = { decision: "deny", reason: "EMRX_POLICY_DENIES", policyVersion: 1 };
  expect(decide({}, 150)).toEqual(permitted);
  expect(decide({}, 300)).toEqual(denied);
  expect(decide({ time: 150 }, 300)).toEqual(permitted); // the time asked about, where one is given
  expect(decide({ time: 300 }, 150)).toEqual(denied);
  expect(decide({ attributes: ["sex"] }, 300)).toEqual({ decision: "permit", policyVersion: 1 });
  expect(decide({ purpose: "TREAT" }, 150)).toEqual(denied);
  for (const other of [{ site: w.siteB }, { policyId: "other" }])
    expect(decide(other, 150)).toEqual({
      decision: "deny",
      reason: "EMRX_NO_POLICY",
      policyVersion: 0,
    });
});

test("rounds, scores, keys, rules and an unknown question", () => {
  const [first] = ask({ type: "matching.rounds" }) as readonly MatchingRound[];
  expect(first).toEqual(ask({ type: "matching.round", round: 1 }));
  expect(first).toMatchObject({ round: 1, phase: "finalized", operator: w.operator });
  expect(ask({ type: "matching.round", round: 2 })).toBeNull();
  expect(ask({ type: "evaluation.scores" })).toEqual([]);
  expect(ask({ type: "evaluation.score", role: "site", subject: w.siteA })).toBeNull();
  expect(ask({ type: "identity.keys", name: w.siteA })).toBeNull();
  expect(ask({ type: "identity.party", key: w.siteA })).toBe(w.siteA);
  expect(ask({ type: "ledger.rules" })).toBe(2);
  expect(ask({ type: "ledger.digest" })).toMatch(/^[0-9a-f]{64}$/);
  expect(() => ask({ type: "trade.everything" } as never)).toThrow(
    expect.objectContaining({ code: "EMRX_INVALID_QUERY" }),
  );
});

test("every step of a matching says what happened", () => {
  const stage = worldAt("offered");
  expect(stage.ok(w.operator, w.commit())).toEqual([
    { type: "matching.committed", round: 1, operator: w.operator, inputsRoot: w.hash(8) },
  ]);
  expect(stage.ok(w.operator, w.reveal())).toEqual([
    {
      type: "matching.revealed",
      round: 1,
      inputs: w.cid("inputs"),
      matching: w.cid("matching"),
      pairs: 10,
    },
  ]);
  expect(stage.wait(50).ok(w.stranger, w.finalize)).toEqual([
    { type: "matching.finalized", round: 1 },
  ]);
});

test("every step of a trade, of access and of evaluation says what happened, to whom and how much", () => {
  const round = 1;
  const stage = new World();
  expect(stage.ok(w.siteA, w.policy())).toEqual([
    { type: "access.policySet", site: w.siteA, policyId: "main", version: 1 },
  ]);
  expect(stage.ok(w.labX, w.request())).toEqual([
    { type: "trade.requested", round, requester: w.labX, quota: 8, held: "400" },
  ]);
  stage.ok(w.siteA, w.offer());
  expect(stage.ok(w.siteA, w.withdraw("offer"))).toEqual([
    { type: "trade.withdrawn", round, party: w.siteA, what: "offer", refunded: "0" },
  ]);
  expect(stage.ok(w.labX, w.withdraw("request"))).toEqual([
    { type: "trade.withdrawn", round, party: w.labX, what: "request", refunded: "400" },
  ]);

  const granted = worldAt("granted", 1);
  expect(granted.ok(w.siteA, w.deliver())).toEqual([
    {
      type: "trade.delivered",
      round,
      site: w.siteA,
      requester: w.labX,
      count: 5,
      bundle: w.cid("bundle"),
    },
  ]);
  const passed = { round, site: w.siteA, grantee: w.labX, to: w.helper };
  expect(granted.ok(w.labX, w.delegate({ depth: 0 }))).toEqual([
    { type: "access.delegated", ...passed, from: w.labX, version: 1 },
  ]);
  expect(granted.ok(w.labX, w.revokeDelegation())).toEqual([
    { type: "access.delegationRevoked", ...passed, version: 2 },
  ]);
  expect(granted.ok(w.siteA, w.revoke())).toEqual([
    { type: "access.revoked", round, site: w.siteA, requester: w.labX, version: 2 },
  ]);

  expect(worldAt("settled").ok(w.labX, w.rate())).toEqual([
    {
      type: "evaluation.rated",
      round,
      rater: w.labX,
      subject: w.siteA,
      role: "site",
      predictedQuality: 900_000,
      measuredQuality: 850_000,
    },
  ]);
});

test("rules are adopted one after the other, by operators, and the ledger says so", () => {
  const old = new World(1);
  const adopt = (rules: number): CallOf<"ledger.adopt"> => ({ type: "ledger.adopt", rules });
  expect(old.refused(w.stranger, adopt(2))).toBe("EMRX_NOT_OPERATOR");
  expect(old.try(w.operator, adopt(1))).toEqual({
    rejection: expect.objectContaining({
      code: "EMRX_RULES_VERSION",
      message: expect.stringContaining("rules 1 are in force; the next are 2, not 1"),
      details: { actual: 1 },
    }),
  });
  expect(old.ok(w.operator, adopt(2))).toEqual([{ type: "ledger.adopted", rules: 2 }]);
  expect(old.state.rules).toBe(2);
  expect(() => old.try(w.operator, adopt(3))).toThrow(
    expect.objectContaining({ code: "EMRX_RULES_UNKNOWN", details: { rules: 3 } }),
  );
});

test("what the ledger itself knows of a round is who was in it, with how much, in its order", () => {
  const { state } = playedRound();
  const round = answer(state, { type: "matching.round", round: 1 }, 0) as MatchingRound;
  const offered = [w.siteA, w.siteB].map(
    (site) =>
      (answer(state, { type: "trade.offer", round: 1, site }, 0) ?? {}) as { offersRoot: string },
  );
  expect([batchA, batchB].map(({ quotas }) => quotas.length)).toEqual([10, 3]);
  expect(roundFacts(state, round)).toEqual({
    inputsRoot: round.reveal?.inputsRoot,
    matchingRoot: round.reveal?.matchingRoot,
    sites: [
      { site: w.siteA, start: 0, end: 10, offersRoot: offered[0]?.offersRoot },
      { site: w.siteB, start: 10, end: 13, offersRoot: offered[1]?.offersRoot },
    ],
    requesters: [
      { id: w.labX, quota: 8 },
      { id: w.labY, quota: 2 },
    ],
    publishers: 13,
  });
  const { reveal, members: of, ...rest } = round;
  expect(roundFacts(state, { ...rest, ...(of && { members: of }) })).toBeUndefined();
  expect(roundFacts(state, { ...rest, ...(reveal && { reveal }) })).toBeUndefined();
});
