// Parties whose keys follow one another, rounds that need tokens, and calls in one batch.
import { describe, expect, test } from "vitest";
import type { Call } from "../../src/calls.js";
import { applySignedCall, targetVersion } from "../../src/contracts/apply.js";
import { answer } from "../../src/contracts/view.js";
import { initialState } from "../../src/contracts.js";
import type { KeyChange } from "../../src/identity.js";
import * as actors from "./actors.js";
import * as w from "./world.js";
import { World, worldAt } from "./world.js";

const { first, second, third } = actors.keys;
const changeKey = (change: KeyChange): Call => ({
  type: "identity.changeKey",
  name: first,
  change,
});

function registered(): World {
  const world = new World();
  expect(world.ok(first, { type: "identity.register", recovery: actors.recoveryHash })).toEqual([
    { type: "identity.registered", name: first },
  ]);
  return world;
}

describe("a key that follows another", () => {
  test("acts for the party from then on: its policies, offers and money are the first key's", () => {
    const world = registered();
    world.ok(first, w.policy());
    expect(world.ok(w.stranger, changeKey(actors.rotation))).toEqual([
      { type: "identity.keyChanged", name: first, kind: "rotation", key: second },
    ]);
    // The second version of the first key's policy, not a first version of another's.
    expect(world.ok(second, w.policy({ version: 2 }))).toEqual([
      { type: "access.policySet", site: first, policyId: "main", version: 2 },
    ]);
    expect(world.ok(second, w.offer())[0]).toMatchObject({ site: first });
    expect(world.refused(second, w.offer())).toBe("EMRX_DUPLICATE_OFFER");
    world.ok(w.stranger, changeKey(actors.secondRotation));
    expect(world.refused(second, w.policy({ version: 3 }))).toBe("EMRX_KEY_RETIRED");
    world.ok(third, w.policy({ version: 3 }));
    expect(answer(world.state, { type: "identity.keys", name: first }, 0)).toEqual({
      ledger: w.ledger,
      name: first,
      current: third,
      recovery: actors.recoveryHash,
      sequence: 2,
    });
    const party = (key: string) => answer(world.state, { type: "identity.party", key }, 0);
    expect([first, second, third, w.labX].map(party)).toEqual([null, null, first, w.labX]);
    expect(answer(world.state, { type: "identity.keys", name: w.labX }, 0)).toBeNull();
  });

  test("may come by the recovery key when the current one is lost", () => {
    const world = registered();
    expect(world.ok(w.stranger, changeKey(actors.rescue))).toEqual([
      { type: "identity.keyChanged", name: first, kind: "recovery", key: third },
    ]);
    expect(world.refused(first, w.policy())).toBe("EMRX_KEY_RETIRED");
    expect(world.ok(third, w.policy())[0]).toMatchObject({ site: first });
  });

  test("expected versions are those of the party's things", () => {
    const world = registered();
    world.ok(first, w.policy());
    world.ok(w.stranger, changeKey(actors.rotation));
    const { ledger, genesis } = w;
    const signed = {
      format: "emrx-call/1",
      ledger,
      call: w.policy({ version: 2 }),
      signer: second,
      key: "k",
      expectedVersion: 1,
      signature: "",
    } as const;
    const context = { ledger, genesis, signer: second, time: world.time };
    expect(applySignedCall(world.state, signed, context)).toHaveProperty("state");
    const versions = () => [
      targetVersion(world.state, { type: "identity.register", recovery: "" }, first),
      targetVersion(world.state, changeKey(actors.secondRotation), w.stranger),
      targetVersion(world.state, { type: "identity.register", recovery: "" }, w.labX),
    ];
    expect(versions()).toEqual([2, 2, 0]);
  });

  test("an operator may rotate its key, too", () => {
    const world = new World();
    const genesis = { ...w.genesis, operators: [first] };
    const state = registered().state;
    const succeeded = worldWith(state, genesis);
    succeeded.ok(w.stranger, changeKey(actors.rotation));
    succeeded.ok(second, { type: "trade.openRound", round: 9, issuerKey: actors.issuerKey });
    expect(world.refused(second, { type: "trade.openRound", round: 9, issuerKey: "" })).toBe(
      "EMRX_NOT_OPERATOR",
    );
  });
});

/** A world with another genesis. */
function worldWith(state: World["state"], genesis: typeof w.genesis): World {
  const world = new World();
  world.state = state;
  world.genesis = genesis;
  return world;
}

describe("a round that needs tokens", () => {
  test("takes each token of its issuer once, and remembers who spent it", () => {
    const world = new World();
    expect(answer(world.state, { type: "trade.admission", round: 1 }, 0)).toBeNull();
    const open = { type: "trade.openRound", round: 1, issuerKey: actors.issuerKey } as const;
    expect(targetVersion(world.state, open, w.operator)).toBe(0);
    expect(world.ok(w.operator, open)).toEqual([{ ...open, type: "trade.roundOpened" }]);
    expect(targetVersion(world.state, open, w.operator)).toBe(1);
    world.ok(w.siteA, w.offer({ token: actors.tokenA }));
    world.ok(w.labX, w.request({ token: actors.tokenB }));
    expect(answer(world.state, { type: "trade.admission", round: 1 }, 0)).toEqual({
      round: 1,
      issuerKey: actors.issuerKey,
      openedAt: 1000,
      spent: 2,
    });
    // The state of offers and requests has no token in it: who looks there learns nothing of it.
    expect(
      answer(world.state, { type: "trade.offer", round: 1, site: w.siteA }, 0),
    ).not.toHaveProperty("token");
    expect(
      answer(world.state, { type: "trade.request", round: 1, requester: w.labX }, 0),
    ).not.toHaveProperty("token");
    // Another round is not concerned.
    world.ok(w.siteB, w.offer({ round: 2 }));
  });

  test("on a ledger without operators anyone may publish the key, first come, first served", () => {
    const world = worldWith(initialState(), { ...w.genesis, operators: [] });
    const open = { type: "trade.openRound", round: 1, issuerKey: actors.issuerKey } as const;
    world.ok(w.stranger, open);
    expect(world.refused(w.operator, open)).toBe("EMRX_ROUND_STARTED");
  });
});

describe("several calls in one batch", () => {
  const batch = (...calls: readonly Exclude<Call, { type: "ledger.batch" }>[]): Call => ({
    type: "ledger.batch",
    calls,
  });
  const one = w.policy() as Exclude<Call, { type: "ledger.batch" }>;
  const two = w.offer() as Exclude<Call, { type: "ledger.batch" }>;

  test("take effect one after the other, and give all their events", () => {
    const [batched, single] = [new World(), new World()];
    const events = batched.ok(w.siteA, batch(one, two));
    expect(events).toEqual([...single.ok(w.siteA, one), ...single.ok(w.siteA, two)]);
    expect(batched.state).toEqual(single.state);
  });

  test("take no effect if one is refused, and the refusal says which", () => {
    const world = new World();
    const before = world.state;
    const result = world.try(w.siteA, batch(one, two, two));
    expect(result).toMatchObject({
      rejection: { code: "EMRX_DUPLICATE_OFFER", details: { item: 2 } },
    });
    expect(world.state).toBe(before);
  });

  test("details of the refused call stay", () => {
    const result = worldAt("revealed").try(w.operator, batch(w.finalize as never));
    expect(result).toMatchObject({ rejection: { details: { item: 0, until: 1050 } } });
  });

  test("expect the version of what the first would change", () => {
    const world = new World();
    world.ok(w.siteA, one);
    expect(targetVersion(world.state, batch(one, two), w.siteA)).toBe(1);
    expect(targetVersion(world.state, { type: "ledger.adopt", rules: 3 }, w.siteA)).toBe(2);
  });
});

test("the version of a call is that of what it would change, 0 if that is not there yet", () => {
  const [start, end] = [new World(), worldAt("settled")];
  end.ok(w.labX, w.rate());
  const grants = w.grant(w.terms({ requester: w.stranger }), w.terms());
  const table: readonly (readonly [string, Call, number])[] = [
    [w.siteA, w.offer(), 1],
    [w.labX, w.request(), 4], // made, delivered to by two sites, settled
    [w.siteA, w.deliver(), 4],
    [w.stranger, w.settle(), 4],
    [w.siteA, w.withdraw("offer"), 1],
    [w.labX, w.withdraw("request"), 4],
    [w.siteA, w.policy(), 1],
    [w.siteA, grants, 1], // the highest of those in the batch
    [w.siteA, w.revoke(), 1],
    [w.labX, w.read(), 1],
    [w.operator, w.commit(), 3],
    [w.operator, w.reveal(), 3],
    [w.stranger, w.challenge(), 3],
    [w.stranger, w.finalize, 3],
    [w.labX, w.rate(), 1],
    [w.labX, w.rate({ subject: w.siteB }), 0],
  ];
  for (const [signer, call, version] of table) {
    expect(targetVersion(end.state, call, signer), call.type).toBe(version);
    expect(targetVersion(start.state, call, signer), call.type).toBe(0);
  }
  end.ok(w.siteA, w.revoke());
  expect(targetVersion(end.state, w.revoke(), w.siteA)).toBe(2);
});

test("versions of what is passed on", () => {
  const world = worldAt("granted", 2);
  const give = w.delegate();
  const read = w.read({ grantee: w.labX });
  const versions = () => [
    targetVersion(world.state, give, w.labX),
    targetVersion(world.state, w.revokeDelegation(), w.labX),
    targetVersion(world.state, read, w.helper),
    targetVersion(world.state, w.read(), w.labX),
  ];
  expect(versions()).toEqual([0, 0, 0, 1]);
  world.ok(w.labX, give);
  expect(versions()).toEqual([1, 1, 1, 1]);
  world.ok(w.siteA, w.revokeDelegation());
  expect(versions()).toEqual([2, 2, 2, 1]);
  const { type: _, ...terms } = give as Extract<Call, { type: "access.delegate" }>;
  const { round, site, grantee, to } = terms;
  const query = { type: "access.delegation", round, site, grantee, to } as const;
  expect(answer(world.state, query, 0)).toEqual({
    ...terms,
    from: w.labX,
    status: "revoked",
    version: 2,
    parentVersion: 1,
  });
  expect(answer(world.state, { ...query, to: w.stranger }, 0)).toBeNull();
  expect(answer(world.state, { type: "access.delegations", round: 1 }, 0)).toHaveLength(1);
  expect(answer(world.state, { type: "access.delegations", round: 2 }, 0)).toEqual([]);
  expect(answer(world.state, { type: "ledger.rules" }, 0)).toBe(2);
});
