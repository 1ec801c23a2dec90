// Parties whose keys follow one another, rounds that need tokens, calls in one batch, and versions.
import { describe, expect, test } from "vitest";
import { type Call, signSeeder } from "../../src/calls.js";
import { applySignedCall, targetVersion } from "../../src/contracts/apply.js";
import { answer } from "../../src/contracts/view.js";
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
  test("acts for the party from then on: its policies are the first key's", () => {
    const world = registered();
    world.ok(first, w.policy());
    expect(world.ok(w.stranger, changeKey(actors.rotation))).toEqual([
      { type: "identity.keyChanged", name: first, kind: "rotation", key: second },
    ]);
    // The second version of the first key's policy, not a first version of another's.
    expect(world.ok(second, w.policy({ version: 2 }))).toEqual([
      { type: "access.policySet", site: first, policyId: "main", version: 2 },
    ]);
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

  test("an opener or a seeder may rotate its key, too", async () => {
    const world = registered();
    world.genesis = { ...w.genesis, openers: [first] };
    world.ok(w.stranger, changeKey(actors.rotation));
    world.ok(w.stranger, w.register);
    const terms = w.roundTerms();
    const consents = await Promise.all([
      signSeeder(w.ledger, actors.identities.second, terms, { share: w.hash(1), party: first }),
      signSeeder(w.ledger, actors.identities.other, terms, { share: w.hash(2) }),
    ]);
    const open = { type: "round.open", ...terms, seeders: consents } as const;
    world.ok(second, open);
    expect(world.round()).toMatchObject({ opener: first, held: "0" });
    expect(world.round().seeders[0]).toMatchObject({ seeder: first });
    world.at(1100);
    const share = { type: "matching.seed", round: 1, share: w.hash(1) } as const;
    expect(world.refused(first, share)).toBe("EMRX_KEY_RETIRED");
    expect(world.ok(second, share)).toEqual([{ type: "matching.seeded", round: 1, seeder: first }]);
  });

  test("a retired key consents to nothing", async () => {
    const world = registered();
    world.ok(w.stranger, changeKey(actors.rotation));
    world.ok(w.stranger, w.register);
    const terms = w.roundTerms();
    const consents = await Promise.all(
      [actors.identities.first, actors.identities.other].map((who) =>
        signSeeder(w.ledger, who, terms, { share: w.hash(1) }),
      ),
    );
    const open = { type: "round.open", ...terms, seeders: consents } as const;
    expect(world.refused(w.opener, open)).toBe("EMRX_KEY_RETIRED");
  });
});

describe("a round that needs tokens", () => {
  const opened = async (issuerKey: string = actors.issuerKey): Promise<World> => {
    const world = new World();
    world.ok(w.stranger, w.register);
    world.ok(w.opener, await w.open({ issuerKey }));
    return world;
  };

  test("takes one token a party, with the first offer or request; a replacement needs none", async () => {
    const world = await opened();
    expect(world.refused(w.siteA, w.offer())).toBe("EMRX_ADMISSION_REQUIRED");
    world.ok(w.siteA, { ...w.offer(), token: actors.tokenA });
    world.ok(w.siteA, w.offer(w.offered({ lots: 1 })));
    world.ok(w.siteA, w.withdraw("offer"));
    world.ok(w.siteA, w.request());
    world.ok(w.labX, { ...w.request(), token: actors.tokenB });
    const { admitted, offers, requests } = world.round();
    expect(admitted).toEqual([w.siteA, w.labX]);
    // What stands of offers and requests has no token in it: who looks there learns nothing of it.
    expect(JSON.stringify([offers, requests])).not.toContain("token");
  });

  test("takes no token of another issuer, round or holder, nor a damaged one", async () => {
    const world = await opened();
    const refused = (who: string, token: string) => world.refused(who, { ...w.offer(), token });
    expect(refused(w.siteA, actors.foreignToken)).toBe("EMRX_TOKEN_REFUSED");
    expect(refused(w.siteA, actors.otherRoundToken)).toBe("EMRX_TOKEN_REFUSED");
    expect(refused(w.siteB, actors.tokenA)).toBe("EMRX_TOKEN_REFUSED");
    expect(refused(w.labX, actors.damagedToken)).toBe("EMRX_TOKEN_REFUSED");
  });

  test("a round without issuer takes none, and a key that is none opens no round", async () => {
    const world = worldAt("opened");
    expect(world.refused(w.siteA, { ...w.offer(), token: actors.tokenA })).toBe(
      "EMRX_NO_ADMISSION",
    );
    await expect(opened("00".repeat(256))).rejects.toThrow(/modulus|key/);
  });
});

describe("several calls in one batch", () => {
  const batch = (...calls: readonly Exclude<Call, { type: "ledger.batch" }>[]): Call => ({
    type: "ledger.batch",
    calls,
  });
  const one = w.policy() as Exclude<Call, { type: "ledger.batch" }>;
  const two = w.policy({ version: 2 }) as Exclude<Call, { type: "ledger.batch" }>;

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
      rejection: { code: "EMRX_POLICY_VERSION", details: { item: 2, actual: 2 } },
    });
    expect(world.state).toBe(before);
  });

  test("details of the refused call stay", () => {
    const result = worldAt("offered").try(w.opener, batch(w.settle()));
    expect(result).toMatchObject({ rejection: { details: { item: 0, until: 1100 } } });
  });

  test("expect the version of what the first would change", () => {
    const world = new World();
    world.ok(w.siteA, one);
    expect(targetVersion(world.state, batch(one, two), w.siteA)).toBe(1);
  });
});

test("the version of a call is that of what it would change, 0 if that is not there yet", async () => {
  const [start, end] = [new World(), worldAt("settled")];
  end.ok(w.labX, w.rate());
  // Opened, four offers and requests, two shares, two grants, two reads, two releases, one settlement.
  const round = 1 + 4 + 2 + 2 + 2 + 2 + 1;
  const table: readonly (readonly [string, Call, number])[] = [
    [w.stranger, w.register, 1],
    [w.opener, await w.open(), round],
    [w.siteA, w.offer(), 1],
    [w.siteB, w.withdraw("offer"), 1],
    [w.labX, w.request(), 1],
    [w.siteA, w.policy(), 1],
    [w.seeders[0], w.seed(0), round],
    [w.siteA, w.grant(), round],
    [w.labX, w.read(), round],
    [w.labX, w.missing(w.siteA), round],
    [w.siteA, w.release(), round],
    [w.labX, w.claim(), round],
    [w.siteA, w.revoke(), round],
    [w.stranger, w.settle(), round],
    [w.labX, w.rate(), 1],
    [w.labX, w.rate({ subject: w.siteB }), 0],
  ];
  for (const [signer, call, version] of table) {
    expect(targetVersion(end.state, call, signer), call.type).toBe(version);
    expect(targetVersion(start.state, call, signer), call.type).toBe(0);
  }
  const world = worldAt("offered");
  world.ok(w.siteA, w.offer());
  expect(targetVersion(world.state, w.offer(), w.siteA)).toBe(2);
});
