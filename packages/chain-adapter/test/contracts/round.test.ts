import { expect, test } from "vitest";
import { answer } from "../../src/contracts/view.js";
import * as w from "./world.js";
import { worldAt } from "./world.js";

test("a whole round pays each site count * price and refunds the rest", () => {
  const { state } = worldAt("settled");
  // labX: escrow 50 * 8 = 400; siteA 5 * 50 = 250, siteB 3 * 50 = 150. labY: escrow 70 * 2 = 140, all to siteA.
  expect(state.trade.escrow).toEqual({ deposited: "540", held: "0", paid: "540", refunded: "0" });
  expect(answer(state, { type: "trade.credit", party: w.siteA }, 0)).toBe("390");
  expect(answer(state, { type: "trade.credit", party: w.siteB }, 0)).toBe("150");
  expect(answer(state, { type: "trade.credit", party: w.labX }, 0)).toBe("0");
});

test("after the delivery window anyone may settle, and who did not deliver is not paid", () => {
  const world = worldAt("granted");
  world.ok(w.siteA, w.deliver());
  world.wait(1000).ok(w.stranger, w.settle());
  expect(world.state.trade.escrow).toEqual({
    deposited: "540",
    held: "140",
    paid: "250",
    refunded: "150",
  });
});

test("a site that revokes before settlement is not paid", () => {
  const world = worldAt("delivered");
  world.ok(w.siteA, w.revoke());
  const events = world.ok(w.labX, w.settle());
  expect(events).toEqual([
    { type: "trade.paid", round: 1, site: w.siteB, requester: w.labX, amount: "150" },
    { type: "trade.settled", round: 1, requester: w.labX, paid: "150", refunded: "250" },
  ]);
});

test("a requester that nobody was matched with settles at once and gets everything back", () => {
  const world = worldAt("offered");
  world.ok(w.stranger, w.request({ pricePerRecord: "3", quota: 7 }));
  world.ok(w.operator, w.commit({ inputsCount: 16 }));
  world.ok(w.operator, w.reveal({ inputsCount: 16 }));
  world.wait(50).ok(w.operator, w.finalize);
  expect(world.ok(w.stranger, w.settle(w.stranger))).toEqual([
    { type: "trade.settled", round: 1, requester: w.stranger, paid: "0", refunded: "21" },
  ]);
});

test("a commitment not revealed in time is void: parties may leave and the round may be committed anew", () => {
  const world = worldAt("committed").wait(100);
  expect(world.ok(w.labX, w.withdraw("request"))).toEqual([
    { type: "trade.withdrawn", round: 1, party: w.labX, what: "request", refunded: "400" },
  ]);
  world.ok(w.operator, w.commit({ inputsCount: 14 }));
  const counts = [[2], [0]];
  const allocation = { ...w.allocation, requesters: [w.labY], counts };
  world.ok(w.operator, w.reveal({ inputsCount: 14, pairs: 2, allocation }));
  expect(world.state.matching.rounds.size).toBe(1);
});

test("a batch of grants takes effect wholly or not at all", () => {
  const world = worldAt("finalized");
  const bad = w.terms({ requester: w.labY, count: 99 });
  expect(world.refused(w.siteA, w.grant(w.terms(), bad))).toBe("EMRX_COUNT_MISMATCH");
  expect(answer(world.state, { type: "access.grants", round: 1 }, 0)).toEqual([]);
});

test("every read is decided by the policy and grant of that moment, and logged either way", () => {
  const world = worldAt("granted");
  const decision = (call = w.read(), reader = w.labX): unknown => {
    const [event] = world.ok(reader, call);
    return event?.type === "access.decided"
      ? [event.decision, event.reason, event.grantVersion, event.policyVersion]
      : event;
  };
  expect(decision()).toEqual(["permit", undefined, 1, 1]);
  expect(decision(w.read({ purpose: "CLINTRCH" }))).toEqual(["permit", undefined, 1, 1]);
  expect(decision(w.read({ purpose: "HMARKT" }))).toEqual(["deny", "EMRX_POLICY_DENIES", 1, 1]);
  expect(decision(w.read({ attributes: ["age"] }))).toEqual(["deny", "EMRX_POLICY_DENIES", 1, 1]);
  expect(decision(w.read(), w.stranger)).toEqual(["deny", "EMRX_NO_GRANT", 0, 0]);
  // A new policy version without rules stops reading at once, without touching the grant.
  world.ok(w.siteA, w.policy({ version: 2, rules: [] }));
  expect(decision()).toEqual(["deny", "EMRX_POLICY_DENIES", 1, 2]);
  const ends = {
    effect: "permit",
    attributes: ["bmi"],
    levels: ["*"],
    purposes: ["HRESCH"],
    actors: [w.labX],
    notAfter: world.time + 10,
  } as const;
  world.ok(w.siteA, w.policy({ version: 3, rules: [ends] }));
  world.wait(9);
  expect(decision()).toEqual(["permit", undefined, 1, 3]);
  world.wait(1);
  expect(decision()).toEqual(["deny", "EMRX_POLICY_DENIES", 1, 3]);
  world.ok(w.siteA, w.policy({ version: 4, rules: [{ ...ends, notAfter: world.time + 1000 }] }));
  world.ok(w.siteA, w.revoke());
  expect(decision()).toEqual(["deny", "EMRX_GRANT_REVOKED", 2, 4]);
  // A grant anew needs permission for all that it names, and gets a higher version.
  world.ok(w.siteA, w.grant(w.terms({ attributes: ["bmi"] })));
  expect(decision()).toEqual(["deny", "EMRX_GRANT_STALE", 3, 4]);
  expect(decision(w.read({ grantVersion: 3 }))).toEqual(["permit", undefined, 3, 4]);
  const grant = answer(
    world.state,
    { type: "access.grant", round: 1, site: w.siteA, requester: w.labX },
    0,
  );
  expect([grant?.permitted, grant?.denied]).toEqual([4, 6]);
});

test("scores are exact sums of both sides' ratings", () => {
  const world = worldAt("settled");
  world.ok(w.labX, w.rate({ predictedQuality: 900_000, measuredQuality: 850_000 }));
  world.ok(w.labY, w.rate({ predictedQuality: 500_000, measuredQuality: 600_001 }));
  world.ok(w.siteA, w.rate({ subject: w.labX, role: "requester", measuredQuality: 1_000_000 }));
  expect(
    answer(world.state, { type: "evaluation.score", role: "site", subject: w.siteA }, 0),
  ).toEqual({
    subject: w.siteA,
    role: "site",
    count: 2,
    predictedSum: "1400000",
    measuredSum: "1450001",
    absoluteErrorSum: "150001",
  });
  expect(answer(world.state, { type: "evaluation.scores" }, 0)).toHaveLength(2);
});

test("the largest price and quota do not overflow", () => {
  const world = worldAt("offered");
  const price = (2n ** 96n - 1n).toString();
  world.ok(w.stranger, w.request({ round: 2, pricePerRecord: price, quota: 0xffff_ffff }));
  expect(world.state.trade.escrow.held).toBe(
    ((2n ** 96n - 1n) * (2n ** 32n - 1n) + 540n).toString(),
  );
});

test("where the genesis names operators only they commit; where it names none, anybody may", () => {
  const world = worldAt("offered");
  expect(world.refused(w.stranger, w.commit())).toBe("EMRX_NOT_OPERATOR");
  world.genesis = { ...w.genesis, operators: [] };
  expect(world.ok(w.stranger, w.commit())).toMatchObject([
    { type: "matching.committed", operator: w.stranger },
  ]);
});
