// A round from its opening to its settlement, with every figure worked out by hand.
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Call } from "../../src/calls.js";
import { applyCall } from "../../src/contracts/apply.js";
import { dumpState, loadState } from "../../src/contracts/snapshot.js";
import { answer } from "../../src/contracts/view.js";
import { initialState, stateDigest } from "../../src/contracts.js";
import * as w from "./world.js";
import { World, worldAt } from "./world.js";

const escrow = (world: World) => answer(world.state, { type: "trade.escrow" }, world.time);

describe("what goes in", () => {
  test("bonds a unit and a seeder, prices and bonds of a request; a named opener gives none", () => {
    const world = worldAt("offered");
    // 2 seeders x 7; siteA 8 units x 3, siteB 4 x 3; labX 8 x (50 + 3), labY 2 x (70 + 3).
    expect(escrow(world)).toMatchObject({ deposited: String(14 + 24 + 12 + 424 + 146) });
    expect(world.round()).toMatchObject({ phase: "offer", held: "0", pairs: [] });
  });

  test("an opener that the genesis does not name gives a bond and gets it back", async () => {
    const world = new World();
    world.ok(w.stranger, w.register);
    expect(world.ok(w.stranger, await w.open())[0]).toMatchObject({ held: "44" });
    world.at(1200).ok(w.siteA, w.settle());
    expect(world.credit(w.stranger)).toBe("30");
    expect(escrow(world)).toMatchObject({ held: "0", returned: "30", forfeited: "14" });
  });

  test("a replacement gives the earlier money back, and a withdrawal leaves nothing", () => {
    const world = worldAt("offered");
    expect(world.ok(w.siteA, w.offer(w.offered({ lots: 1, buyers: 1 })))).toEqual([
      { type: "trade.withdrawn", round: 1, party: w.siteA, what: "offer", returned: "24" },
      { type: "trade.offered", round: 1, site: w.siteA, root: w.hash(3), units: 8, held: "24" },
    ]);
    expect(world.ok(w.labX, w.withdraw("request"))).toEqual([
      { type: "trade.withdrawn", round: 1, party: w.labX, what: "request", returned: "424" },
    ]);
    expect(world.round().requests.map(({ requester }) => requester)).toEqual([w.labY]);
    expect(world.credit(w.labX)).toBe("424");
  });
});

describe("the decision", () => {
  test("the seed is the hash of the frozen inputs and of the shares, zeros for one not shown", () => {
    const world = worldAt("offered");
    world.at(1100).ok(w.seeders[1], w.seed(1));
    const { seed, offers, requests, publication } = world.at(1200).round();
    const text = JSON.stringify(
      {
        domain: "emrx seed 1",
        offers: offers.map(({ classes, root, site }) => ({ classes, root, site })),
        publication,
        requests: requests.map(({ held: _, version: __, ...request }) => request),
        round: 1,
        shares: [w.hash(0), w.shares[1]],
      },
      (_, value) =>
        typeof value === "object" && value !== null && !Array.isArray(value)
          ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
          : value,
    );
    expect(seed).toBe(createHash("sha256").update(text).digest("hex"));
  });

  test("lots prefer who pays more, requesters the better profile", () => {
    expect(worldAt("granted").pairs()).toEqual({
      "a1 b1": "6 open",
      "a1 b2": "2 open",
      "a2 b1": "2 open",
    });
  });

  test("a price below the floor, a loss and too little worth are not matched", () => {
    const play = (...calls: readonly (readonly [string, ReturnType<typeof w.request>])[]) => {
      const world = worldAt("opened");
      world.ok(w.siteA, w.offer(w.offered({ lots: 1 })));
      world.ok(w.siteB, w.offer(w.offered({ profile: 1, floor: 1, lots: 1 })));
      for (const [who, call] of calls) world.ok(who, call);
      world.at(1100).ok(w.seeders[0], w.seed(0));
      return world.at(1200).pairs();
    };
    expect(play([w.labX, w.request({ price: 59 })])).toEqual({ "a1 b1": "4 open" });
    expect(play([w.labX, w.request({ price: 60 })])).toEqual({
      "a1 b1": "4 open",
      "a2 b1": "4 open",
    });
    // The floor of 10 asks for more than the purpose, which costs 5, and the exposure of bmi, 3.
    expect(play([w.labX, w.request({ price: 9, weights: { bmi: 1 } })])).toEqual({});
    expect(play([w.labX, w.request({ price: 10, weights: { bmi: 1 } })])).toEqual({
      "a1 b1": "4 open",
    });
    // The exposure of sex is 60: below 65 a patient loses, at 65 it gains nothing and loses nothing.
    expect(play([w.labX, w.request({ price: 64, weights: { sex: 1 } })])).toEqual({});
    expect(play([w.labX, w.request({ price: 65, weights: { sex: 1 } })])).toEqual({
      "a1 b1": "4 open",
    });
    expect(play([w.labX, w.request({ price: 60, minimumWorth: 500_000 })])).toEqual({
      "a1 b1": "4 open",
    });
    expect(play([w.labX, w.request({ price: 60, minimumWorth: 500_001 })])).toEqual({});
    expect(play([w.labX, w.request({ price: 99, purpose: "HMARKT" })])).toEqual({});
    expect(play([w.labX, w.request({ price: 99, purpose: "PurposeOfUse" })])).toEqual({});
    expect(play([w.labX, w.request({ price: 99, purpose: "ETREAT" })])).toEqual({
      "a1 b1": "4 open",
    });
    // Nobody buys from itself.
    expect(play([w.siteA, w.request({ price: 99 })])).toEqual({ "a2 a1": "4 open" });
  });

  test("sites share a tie in proportion: every second lot of equal classes", () => {
    const world = worldAt("opened");
    world.ok(w.siteA, w.offer(w.offered({ lots: 4 })));
    world.ok(w.siteB, w.offer(w.offered({ lots: 4 })));
    world.ok(w.labX, w.request({ quota: 16 }));
    world.at(1100).ok(w.seeders[0], w.seed(0));
    expect(world.at(1200).pairs()).toEqual({ "a1 b1": "8 open", "a2 b1": "8 open" });
  });

  /** Where ties are cut: the documented hash, over Node's SHA-256. Names come sorted. */
  const draw = (members: string, seed: string | undefined): string =>
    createHash("sha256")
      .update(`{${members.replace("SEED", `"seed":"${seed}"`)}}`)
      .digest("hex");

  test("equal gains are cut by a hash of seed and name", () => {
    const winners = [1, 2, 3, 4, 5, 6, 7, 8].map((root) => {
      const world = worldAt("opened");
      const batch = { root: w.hash(root), classes: [w.offered({ lots: 1 })] };
      world.ok(w.siteA, { type: "trade.offer", round: 1, batch });
      // Weights are relative: twice as much of each is the same gain.
      world.ok(w.labX, w.request({ quota: 4 }));
      world.ok(w.labY, w.request({ quota: 4, weights: { bmi: 4, sex: 2 } }));
      world.at(1100).ok(w.seeders[0], w.seed(0));
      const { seed } = world.at(1200).round();
      const [x, y] = [w.labX, w.labY].map((lab) =>
        draw(`"domain":"emrx tie 1","requester":"${lab}",SEED`, seed),
      ) as [string, string];
      const expected = x < y ? "a1 b1" : "a1 b2";
      expect(world.pairs()).toEqual({ [expected]: "4 open" });
      return expected;
    });
    expect(new Set(winners).size).toBe(2);
  });

  test("lots that are worth the same come in the order (j + u) / n, u a class from the seed", () => {
    const found = [1, 2, 3, 4, 5, 6, 7, 8].map((root) => {
      const world = worldAt("opened");
      const batch = (lots: number) => ({ root: w.hash(root), classes: [w.offered({ lots })] });
      world.ok(w.siteA, { type: "trade.offer", round: 1, batch: batch(4) });
      world.ok(w.siteB, { type: "trade.offer", round: 1, batch: batch(3) });
      world.ok(w.labX, w.request({ quota: 8 }));
      world.at(1100).ok(w.seeders[0], w.seed(0));
      const { seed, pairs } = world.at(1200).round();
      const places = [
        [w.siteA, 4],
        [w.siteB, 3],
      ].flatMap(([site, n]) => {
        const hash = draw(`"class":0,"domain":"emrx tie 1",SEED,"site":"${site}"`, seed);
        const u = Number.parseInt(hash.slice(0, 5), 16) / 2 ** 20;
        return Array.from({ length: n as number }, (_, j) => ({
          lot: `${site} ${4 * j}`,
          at: (j + u) / (n as number),
        }));
      });
      const first = places.sort((a, b) => a.at - b.at).slice(0, 2);
      const taken = pairs.flatMap(({ site, ranges }) =>
        ranges.map(({ from }) => `${site} ${from}`),
      );
      expect(taken.sort()).toEqual(first.map(({ lot }) => lot).sort());
      return taken.join();
    });
    expect(new Set(found).size).toBeGreaterThan(1);
  });

  test("a round without a share is void, and everything goes back but the seeders' bonds", () => {
    const world = worldAt("offered").at(1200);
    expect(world.round()).toMatchObject({ phase: "void", pairs: [], settled: { done: 0, of: 7 } });
    world.ok(w.stranger, w.settle());
    expect(escrow(world)).toMatchObject({ held: "0", paid: "0", returned: "606", forfeited: "14" });
    expect(world.credit(w.labX)).toBe("424");
  });
});

describe("how pairs end", () => {
  test("all paid: prices and bonds", () => {
    const world = worldAt("settled");
    expect(world.pairs()).toEqual({ "a1 b1": "6 paid", "a1 b2": "2 paid", "a2 b1": "2 paid" });
    // siteA 6 x 50 + 2 x 70 + its bond of 24, siteB 2 x 50 + its bond of 12; requesters their bonds; seeders theirs.
    const credits = [w.siteA, w.siteB, w.labX, w.labY, ...w.seeders].map((who) =>
      world.credit(who),
    );
    expect(credits).toEqual(["464", "112", "24", "6", "7", "7"]);
    expect(escrow(world)).toMatchObject({ held: "0", paid: "540" });
  });

  const play = (change: (world: World) => void): World => {
    const world = worldAt("granted");
    change(world);
    world.at(1600).ok(w.stranger, w.settle());
    return world;
  };
  const lab = (world: World): string => world.credit(w.labX);

  test("granted and never asked for is paid", () => {
    expect(play(() => undefined).pairs()["a1 b1"]).toBe("6 paid");
  });

  test("not granted, denied, not released, revoked or proven wrong: price and both bonds to the requester", () => {
    // labX: 8 x 53 in; 2 x 50 to siteB; back 8 x 3 and 6 x 50, and siteA's 6 x 3.
    const expected = String(24 + 300 + 18);
    const denied = play((world) => {
      world.at(1300).ok(w.siteA, w.policy({ version: 2, rules: [] }));
      const [event] = world.ok(w.labX, w.read());
      expect(event).toMatchObject({
        decision: "deny",
        reason: "EMRX_POLICY_DENIES",
        policyVersion: 2,
      });
    });
    expect([denied.pairs()["a1 b1"], lab(denied)]).toEqual(["6 denied", expected]);
    const unreleased = play((world) => world.at(1300).ok(w.labX, w.read()));
    expect([unreleased.pairs()["a1 b1"], lab(unreleased)]).toEqual(["6 unreleased", expected]);
    const revoked = play((world) => {
      world.at(1300).ok(w.labX, w.read());
      expect(world.ok(w.siteA, w.revoke())[0]).toMatchObject({ released: false });
    });
    expect([revoked.pairs()["a1 b1"], lab(revoked)]).toEqual(["6 revoked", expected]);
    const wrong = play((world) => {
      world.at(1300).ok(w.labX, w.read());
      world.at(1400).ok(w.siteA, w.release());
      world.at(1500).ok(w.labX, w.claim());
    });
    expect([wrong.pairs()["a1 b1"], lab(wrong)]).toEqual(["6 wrong", expected]);
    const ungranted = worldAt("seeded");
    ungranted.at(1200).ok(w.siteB, w.grant());
    ungranted.at(1600).ok(w.stranger, w.settle());
    expect([ungranted.pairs()["a1 b1"], lab(ungranted)]).toEqual(["6 ungranted", expected]);
  });

  test("missing costs both sides the same bond, for nobody", () => {
    const world = play((at) => at.at(1300).ok(w.labX, w.missing(w.siteA)));
    expect(world.pairs()["a1 b1"]).toBe("6 missing");
    expect([lab(world), world.credit(w.siteA)]).toEqual([String(6 + 300), String(140 + 6)]);
    expect(escrow(world)).toMatchObject({ forfeited: "36" });
  });

  test("a revocation after the release changes nothing about the money", () => {
    const world = play((at) => {
      at.at(1300).ok(w.labX, w.read());
      at.at(1400).ok(w.siteA, w.release());
      expect(at.ok(w.siteA, w.revoke())[0]).toMatchObject({ released: true });
    });
    expect(world.pairs()["a1 b1"]).toBe("6 paid");
  });

  test("a requester that pays early gives up claims, and the settlement does not pay again", () => {
    const world = worldAt("released");
    const [event] = world.ok(w.labX, w.settle({ sites: [w.siteA] }));
    expect(event).toMatchObject({ outcome: "paid", toSite: "318", toRequester: "18" });
    world.at(1600).ok(w.stranger, w.settle());
    expect(world.credit(w.siteA)).toBe("464");
  });

  test("every step says whose money went where", () => {
    const world = worldAt("granted");
    world.at(1300).ok(w.labX, w.read());
    world.ok(w.labY, w.missing(w.siteA));
    const events = world.at(1600).ok(w.stranger, w.settle());
    const names = new Map([
      [w.siteA, "siteA"],
      [w.siteB, "siteB"],
      [w.labX, "labX"],
      [w.labY, "labY"],
      [w.seeders[0], "seeder 1"],
      [w.seeders[1], "seeder 2"],
      [w.opener, "opener"],
    ]);
    expect(
      events.map((event) => {
        if (event.type === "trade.settled") {
          const { site, requester, outcome, toSite, toRequester, forfeited } = event;
          return [names.get(site), names.get(requester), outcome, toSite, toRequester, forfeited];
        }
        if (event.type !== "trade.returned") return [event.type];
        return [names.get(event.party), event.what, event.returned, event.forfeited];
      }),
    ).toEqual([
      ["siteA", "labX", "unreleased", "0", String(6 * 50 + 2 * 18), "0"],
      ["siteA", "labY", "missing", "0", "140", "12"],
      ["siteB", "labX", "paid", String(100 + 6), "6", "0"],
      ["labX", "request", "0", "0"],
      ["labY", "request", "0", "0"],
      ["siteA", "offer", "0", "0"],
      ["siteB", "offer", "6", "0"],
      ["seeder 1", "seeder", "7", "0"],
      ["seeder 2", "seeder", "7", "0"],
      ["opener", "opener", "0", "0"],
      ["round.settled"],
    ]);
  });

  test("a seeder that showed nothing loses its bond", () => {
    const world = worldAt("offered");
    world.at(1100).ok(w.seeders[1], w.seed(1));
    const events = world.at(1600).ok(w.stranger, w.settle());
    expect(
      events.filter((event) => event.type === "trade.returned" && event.what === "seeder"),
    ).toEqual([
      {
        type: "trade.returned",
        round: 1,
        party: w.seeders[0],
        what: "seeder",
        returned: "0",
        forfeited: "7",
      },
      {
        type: "trade.returned",
        round: 1,
        party: w.seeders[1],
        what: "seeder",
        returned: "7",
        forfeited: "0",
      },
    ]);
  });

  test("an item that is refused says why, and harms no other, wherever it stands", () => {
    const [granted, again] = [
      { type: "access.granted", requester: w.labX },
      {
        type: "item.refused",
        item: "grant",
        site: w.siteA,
        requester: w.labX,
        reason: "EMRX_DUPLICATE_GRANT",
      },
    ];
    const stranger = { type: "item.refused", requester: w.stranger, reason: "EMRX_NOT_ALLOCATED" };
    const decide = (...to: readonly string[]) =>
      worldAt("seeded")
        .at(1200)
        .ok(w.siteA, w.grant(...to));
    expect(decide(w.stranger, w.labX, w.labX)).toMatchObject([stranger, granted, again]);
    expect(decide(w.labX, w.labX, w.stranger)).toMatchObject([granted, again, stranger]);
  });

  test("slices of any size come to the same", () => {
    for (const most of [1, 2, 3, 100]) {
      const world = worldAt("released").at(1600);
      const { of } = world.round().settled;
      for (let done = 0; done < of; done += most) {
        const events = world.ok(w.stranger, w.settle({ most }));
        const isLast = done + most >= of;
        expect(events.some(({ type }) => type === "round.settled")).toBe(isLast);
      }
      const whole = worldAt("settled");
      expect(world.state.money).toEqual(whole.state.money);
      expect(world.round()).toMatchObject({
        settled: { done: of, of },
        pairs: whole.round().pairs,
      });
    }
  });
});

describe("reads", () => {
  const pair = { round: 1, site: w.siteA, requester: w.labX } as const;
  const decided = { type: "access.decided", ...pair, purpose: "HRESCH", policyId: "main" } as const;

  test("obligations of all rules that permit go with a permit, each once and sorted; none, where there are none", () => {
    const plain = worldAt("granted").at(1300);
    expect(plain.ok(w.labX, w.read())).toEqual([
      { ...decided, decision: "permit", policyVersion: 1 },
    ]);
    const world = worldAt("granted").at(1300);
    const rules = [
      { ...w.anybody, attributes: ["sex"], obligations: ["NOREUSE", "DELAFTER"] },
      { ...w.anybody, obligations: ["DELAFTER"] },
    ];
    world.ok(w.siteA, w.policy({ version: 2, rules }));
    const obligations = ["DELAFTER", "NOREUSE"];
    expect(world.ok(w.labX, w.read())).toEqual([
      { ...decided, decision: "permit", obligations, policyVersion: 2 },
    ]);
  });

  test("of a revoked grant are denied, and logged with the reason", () => {
    const world = worldAt("granted").at(1300);
    world.ok(w.siteA, w.revoke());
    expect(world.ok(w.labX, w.read())).toEqual([
      { ...decided, decision: "deny", reason: "EMRX_GRANT_REVOKED", policyVersion: 1 },
    ]);
  });

  test("reports of missing content and releases are logged pair by pair", () => {
    const world = worldAt("granted").at(1300);
    expect(world.ok(w.labX, w.missing(w.siteA))).toEqual([{ type: "access.missed", ...pair }]);
    const released = worldAt("read").at(1400);
    expect(released.ok(w.siteA, w.release())).toEqual([{ type: "access.released", ...pair }]);
  });
});

test("what is just within the limits is taken, and a full round still lets its own change their minds", () => {
  const world = worldAt("offered");
  const most = w.request({ price: 1000, quota: 4 * 4 * 4 });
  const held = String(64 * 1003);
  expect(world.ok(w.hash(1), most)).toEqual([
    { type: "trade.requested", round: 1, requester: w.hash(1), quota: 64, held },
  ]);
  world.ok(w.hash(2), w.request());
  for (const byte of [1, 2]) world.ok(w.hash(byte), w.offer());
  world.ok(w.labX, w.request({ quota: 1 }));
  world.ok(w.siteA, w.offer(w.offered({ lots: 4 })));
});

test("refusals tell programs what to act on", async () => {
  const details = (world: World, signer: string, call: Call): unknown => {
    const result = world.try(signer, call);
    return "rejection" in result ? result.rejection.details : undefined;
  };
  const twice = w.offer(w.offered(), w.offered({ lots: 1 }));
  const beyond = w.offer(w.offered(), w.offered({ profile: 9 }));
  expect(details(worldAt("opened"), w.siteA, twice)).toEqual({ item: 1 });
  expect(details(worldAt("opened"), w.siteA, beyond)).toEqual({ item: 1 });
  expect(details(worldAt("seeded"), w.siteA, w.grant())).toEqual({ until: 1200 });
  expect(details(worldAt("settled"), w.siteA, w.grant())).toEqual({});
  const late = new World();
  late.ok(w.stranger, w.register);
  expect(details(late.at(1100), w.opener, await w.open())).toEqual({ until: 1100 });
  const changed = worldAt("seeded").at(1200);
  changed.ok(w.siteA, w.policy({ version: 2 }));
  expect(details(changed, w.siteA, w.grant())).toEqual({ actual: 2 });
});

test("ratings: the value predicted is the weighted mean over the pair's records, rounded down", () => {
  const world = worldAt("settled");
  // siteA's profile: (2 x 600,000 + 300,000) / 3.
  expect(world.ok(w.labX, w.rate())[0]).toMatchObject({ predictedQuality: 500_000 });
  // siteB's: 2 x 300,000 / 3, whoever rates.
  const requester = { subject: w.labX, role: "requester" } as const;
  expect(world.ok(w.siteB, w.rate(requester))[0]).toMatchObject({ predictedQuality: 200_000 });
  const query = { type: "evaluation.score", role: "site", subject: w.siteA } as const;
  expect(answer(world.state, query, 0)).toEqual({
    subject: w.siteA,
    role: "site",
    count: 1,
    predictedSum: "500000",
    measuredSum: "850000",
    absoluteErrorSum: "350000",
  });
  expect(answer(world.state, { type: "evaluation.scores" }, 0)).toHaveLength(2);
});

describe("the state", () => {
  test("is the same after a snapshot, at every stage, and goes on from there", () => {
    for (const stage of ["opened", "offered", "seeded", "granted", "read", "released"] as const) {
      const world = worldAt(stage);
      world.ok(w.labY, w.policy());
      const loaded = loadState(JSON.parse(JSON.stringify(dumpState(world.state))));
      expect(stateDigest(loaded)).toBe(stateDigest(world.state));
      const context = { ledger: w.ledger, genesis: w.genesis, signer: w.stranger, time: 1600 };
      const [a, b] = [loaded, world.state].map((state) => applyCall(state, w.settle(), context));
      expect(a).toEqual(b);
    }
    expect(loadState(dumpState(initialState()))).toEqual(initialState());
  });

  test("differs wherever a call was accepted", () => {
    const digests = (
      ["opened", "offered", "seeded", "granted", "read", "released", "settled"] as const
    ).map((stage) => stateDigest(worldAt(stage).state));
    expect(new Set(digests).size).toBe(digests.length);
  });

  test("lists publications and rounds", () => {
    const world = worldAt("opened");
    const { publication } = world.round();
    expect(answer(world.state, { type: "publication.list" }, 0)).toEqual([publication]);
    expect(answer(world.state, { type: "publication.document", publication }, 0)).toEqual({
      publication,
      document: w.publication,
      by: w.stranger,
      registeredAt: 1000,
    });
    expect(answer(world.state, { type: "round.list" }, 0)).toEqual([1]);
    expect(answer(world.state, { type: "round.state", round: 2 }, 0)).toBeNull();
    // A moment may be asked about that the ledger has not reached.
    const later = answer(world.state, { type: "round.state", round: 1, time: 1150 }, 1000);
    expect(later?.phase).toBe("seed");
  });
});
