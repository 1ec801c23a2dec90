import { fc, matchingOracle, property } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import { createMarket, isStable, solve } from "../src/index.js";
import { type LiveMatching, liveMatching, type Repair } from "../src/live.js";
import { hashMarket, marketFromArrays } from "../src/market.js";
import { failure } from "./errors.js";

const { smallMarkets, sortedPairs } = matchingOracle;
type OracleMarket = matchingOracle.OracleMarket;
type Lists = Record<"proposers" | "reviewers", Record<string, { quota: number; prefs: string[] }>>;
const sides = ["proposers", "reviewers"] as const;
const facing = { proposers: "reviewers", reviewers: "proposers" } as const;

/** A change, in numbers that are read modulo whatever there is at the time. */
const change = fc.record({
  what: fc.constantFrom("arrive", "depart", "setQuota", "setPrefs", "reoptimise" as const),
  side: fc.constantFrom(...sides),
  agent: fc.nat(),
  quota: fc.nat({ max: 3 }),
  draws: fc.array(fc.nat(), { minLength: 24, maxLength: 24 }),
});

/** Applies a change to plain lists, kept beside the live market, and to the live market. */
function apply(
  live: LiveMatching,
  lists: Lists,
  {
    what,
    side,
    agent,
    quota,
    draws,
  }: Omit<typeof change extends fc.Arbitrary<infer T> ? T : never, "draws"> & { draws: number[] },
  name: string,
): Repair | undefined {
  const others = Object.keys(lists[facing[side]]).sort();
  const draw = [...draws];
  const shuffled = others
    .map((id) => [draw.pop() ?? 0, id] as const)
    .sort(([a], [b]) => a - b)
    .filter(([key]) => key % 4 !== 0)
    .map(([, id]) => id);
  const ids = Object.keys(lists[side]).sort();
  const id = ids[agent % Math.max(1, ids.length)];
  if (what === "arrive") {
    const positions: Record<string, number> = {};
    for (const other of others) {
      const list = lists[facing[side]][other]?.prefs as string[];
      const key = draw.pop() ?? 0;
      if (key % 4 === 0) continue;
      positions[other] = key % (list.length + 1);
      list.splice(positions[other], 0, name);
    }
    lists[side][name] = { quota, prefs: shuffled };
    return live.arrive(side, { id: name, quota, prefs: shuffled, positions });
  }
  if (what === "reoptimise") return live.reoptimise();
  if (id === undefined) return undefined;
  if (what === "depart") {
    delete lists[side][id];
    for (const other of Object.values(lists[facing[side]]))
      other.prefs = other.prefs.filter((x) => x !== id);
    return live.depart(side, id);
  }
  if (what === "setQuota") {
    (lists[side][id] as { quota: number }).quota = quota;
    return live.setQuota(side, id, quota);
  }
  (lists[side][id] as { prefs: string[] }).prefs = shuffled;
  return live.setPrefs(side, id, shuffled);
}

const plain = (input: OracleMarket): Lists => structuredClone(input) as unknown as Lists;

describe("a live matching", () => {
  property(
    "stays stable through any changes, reports exactly what changed, and holds the market that the changes make",
    [smallMarkets({ agents: 4, quota: 2 }), fc.array(change, { maxLength: 12 })],
    (input, changes) => {
      const lists = plain(input);
      const live = liveMatching(createMarket(input));
      let before = live.matching().pairs();
      changes.forEach((step, i) => {
        const repair = apply(live, lists, step, `new${i}`);
        const market = live.market();
        const after = live.matching().pairs();
        expect(hashMarket(market)).toBe(hashMarket(createMarket(lists)));
        expect(isStable(market, after)).toBe(true);
        if (live.optimal) expect(after).toEqual(solve(market).pairs());
        expect(live.size).toBe(after.length);
        const key = (pair: readonly [string, string]) => pair.join("\0");
        const old = new Set(before.map(key));
        const now = new Set(after.map(key));
        expect(sortedPairs(repair?.added ?? [])).toEqual(
          sortedPairs(after.filter((pair) => !old.has(key(pair)))),
        );
        expect(sortedPairs(repair?.removed ?? [])).toEqual(
          sortedPairs(before.filter((pair) => !now.has(key(pair)))),
        );
        expect(repair?.changed ?? 0).toBe(
          (repair?.added.length ?? 0) + (repair?.removed.length ?? 0),
        );
        for (const side of sides)
          for (const [id, agent] of Object.entries(lists[side])) {
            const partners = live.partnersOf(id, side);
            expect(partners).toEqual(agent.prefs.filter((other) => partners.includes(other)));
            expect([...partners].sort()).toEqual(live.matching().partnersOf(id, side));
          }
        before = after;
      });
    },
    { numRuns: 300 },
  );

  property(
    "gives the market that the whole changes make, whenever it is looked at, agents in the order of their ids",
    [
      smallMarkets({ agents: 5, quota: 2 }),
      fc.array(fc.tuple(change, fc.constantFrom("", "market", "matching")), { maxLength: 20 }),
    ],
    (input, changes) => {
      const lists = plain(input);
      const given = createMarket(input);
      // The same agents with indices that are not in the order of their ids.
      const reversed = (side: "proposers" | "reviewers") => {
        const agents = Object.keys(input[side]).sort().reverse();
        const others = Object.keys(input[facing[side]]).sort().reverse();
        const rows = agents.map((id) =>
          lists[side][id]?.prefs.map((other) => others.indexOf(other)),
        );
        return {
          ids: agents,
          quotas: Uint32Array.from(agents, (id) => lists[side][id]?.quota as number),
          lists: Uint32Array.from(rows.flat() as number[]),
          offsets: Uint32Array.from([0, ...rows], (_, i) => rows.slice(0, i).flat().length),
        };
      };
      const [own, others] = [reversed("proposers"), reversed("reviewers")];
      const live = liveMatching(
        marketFromArrays({
          proposers: own.ids.length,
          reviewers: others.ids.length,
          proposerIds: own.ids,
          reviewerIds: others.ids,
          proposerQuotas: own.quotas,
          reviewerQuotas: others.quotas,
          proposerOffsets: own.offsets,
          proposerLists: own.lists,
          reviewerOffsets: others.offsets,
          reviewerLists: others.lists,
        }),
      );
      const expectSame = () => {
        const [market, expected] = [live.market(), createMarket(lists)];
        for (const side of sides) {
          expect({ ...market[side] }).toEqual({ ...expected[side] });
          for (const [i, id] of expected[side].ids.entries())
            expect(live.matching().partnersOf(id, side)).toEqual(
              live.partnersOf(expected[side].ids[i] as string, side).sort(),
            );
        }
        expect(live.market()).toBe(market);
      };
      expect(hashMarket(live.market())).toBe(hashMarket(given));
      changes.forEach(([step, look], i) => {
        // Newcomers come first, last and in between.
        apply(live, lists, step, `${"azm"[i % 3]}${i}`);
        if (look === "market") expectSame();
        if (look === "matching") expect(isStable(createMarket(lists), live.matching())).toBe(true);
      });
      expectSame();
    },
    { numRuns: 300 },
  );

  property(
    "is exactly the proposers' best stable matching after arrivals of proposers and seats added to them",
    [smallMarkets({ agents: 4, quota: 2 }), fc.array(change, { maxLength: 10 })],
    (input, changes) => {
      const lists = plain(input);
      const live = liveMatching(createMarket(input));
      changes.forEach((step, i) => {
        const what = i % 3 === 2 ? "setQuota" : "arrive";
        const ids = Object.keys(lists.proposers).sort();
        const now = lists.proposers[ids[step.agent % ids.length] as string]?.quota ?? 0;
        const quota = what === "setQuota" ? now + (step.quota % 2) : step.quota;
        const repair = apply(live, lists, { ...step, what, side: "proposers", quota }, `new${i}`);
        expect(repair?.optimal).toBe(true);
        expect(live.matching().pairs()).toEqual(solve(createMarket(lists)).pairs());
      });
    },
  );

  property(
    "is the best again after reoptimise, which reports the difference",
    [smallMarkets({ agents: 4, quota: 2 }), fc.array(change, { minLength: 1, maxLength: 6 })],
    (input, changes) => {
      const lists = plain(input);
      const live = liveMatching(createMarket(input));
      changes.forEach((step, i) => {
        apply(live, lists, step, `new${i}`);
      });
      live.reoptimise();
      expect(live.optimal).toBe(true);
      expect(live.matching().pairs()).toEqual(solve(live.market()).pairs());
      expect(live.reoptimise()).toEqual({ added: [], removed: [], changed: 0, optimal: true });
    },
  );

  test("a departure may leave a stable matching that is not the proposers' best, and says so", () => {
    // With c there, a and b are held to their second choices; the reviewers keep what they have when c leaves.
    const live = liveMatching(
      createMarket({
        proposers: { a: { prefs: ["x", "y"] }, b: { prefs: ["y", "x"] }, c: { prefs: ["x"] } },
        reviewers: { x: { prefs: ["b", "c", "a"] }, y: { prefs: ["a", "b"] } },
      }),
    );
    expect(live.matching().pairs()).toEqual([
      ["a", "y"],
      ["b", "x"],
    ]);
    expect(live.depart("proposers", "c")).toEqual({
      added: [],
      removed: [],
      changed: 0,
      optimal: false,
    });
    expect(live.optimal).toBe(false);
    expect(isStable(live.market(), live.matching())).toBe(true);
    expect(live.reoptimise()).toMatchObject({ changed: 4, optimal: true });
    expect(live.matching().pairs()).toEqual([
      ["a", "x"],
      ["b", "y"],
    ]);
  });

  test("two thousand arrivals at the same place keep their order, though no double lies between the keys any more", () => {
    const live = liveMatching(
      createMarket({ proposers: { p: { prefs: ["r"] } }, reviewers: { r: { prefs: ["p"] } } }),
    );
    const n = 2000;
    for (let i = 0; i < n; i++)
      live.arrive("proposers", { id: `n${i}`, prefs: ["r"], positions: { r: 1 } });
    const market = live.market();
    const order = [...market.reviewers.lists].map((p) => market.proposers.ids[p]);
    expect(order).toEqual(["p", ...Array.from({ length: n }, (_, i) => `n${n - 1 - i}`)]);
    expect(live.partnersOf("r")).toEqual(["p"]);
    live.depart("proposers", "p");
    expect(live.partnersOf("r")).toEqual([`n${n - 1}`]);
  });

  test("a wrong change is refused by name and changes nothing", () => {
    const live = liveMatching(
      createMarket({ proposers: { p: { prefs: ["r"] } }, reviewers: { r: { prefs: ["p"] } } }),
    );
    const hash = hashMarket(live.market());
    const code = (run: () => unknown, expected: object) => expect(run).toThrow(failure(expected));
    const arrive = (agent: object) => () =>
      live.arrive("proposers", { id: "q", prefs: ["r"], positions: { r: 0 }, ...agent });
    code(arrive({ id: "p" }), { code: "EMRX_MATCHING_DUPLICATE", agent: "p" });
    code(arrive({ id: 7 }), { code: "EMRX_MATCHING_ARGUMENT" });
    code(arrive({ id: "\ud800" }), { code: "EMRX_MATCHING_ARGUMENT" });
    code(arrive({ quota: -1 }), { code: "EMRX_MATCHING_QUOTA", agent: "q" });
    code(arrive({ prefs: ["s"] }), { code: "EMRX_MATCHING_UNKNOWN_ID", agent: "q", entry: "s" });
    code(arrive({ prefs: ["r", "r"] }), {
      code: "EMRX_MATCHING_DUPLICATE",
      agent: "q",
      entry: "r",
    });
    code(arrive({ prefs: "r" }), { code: "EMRX_MATCHING_ARGUMENT", agent: "q" });
    code(arrive({ positions: { s: 0 } }), { code: "EMRX_MATCHING_UNKNOWN_ID", entry: "s" });
    for (const place of [-1, 2, 0.5])
      code(arrive({ positions: { r: place } }), {
        code: "EMRX_MATCHING_ARGUMENT",
        agent: "q",
        entry: "r",
      });
    code(() => live.depart("reviewers", "p"), { code: "EMRX_MATCHING_UNKNOWN_ID" });
    code(() => live.depart("both" as never, "p"), { code: "EMRX_MATCHING_ARGUMENT" });
    code(() => live.setQuota("proposers", "p", 0.5), { code: "EMRX_MATCHING_QUOTA", agent: "p" });
    code(() => live.setPrefs("proposers", "p", ["p"]), { code: "EMRX_MATCHING_UNKNOWN_ID" });
    code(() => live.partnersOf("nobody"), { code: "EMRX_MATCHING_UNKNOWN_ID" });
    expect(hashMarket(live.market())).toBe(hash);
    expect(live.partnersOf("p")).toEqual(["r"]);
    const tied = createMarket({
      proposers: { p: { prefs: [["r", "s"]] } },
      reviewers: { r: {}, s: {} },
    });
    code(() => liveMatching(tied), { code: "EMRX_MATCHING_TIES" });
  });

  test("an agent on both sides is asked for by side, and wrong changes name whom they are about", () => {
    const code = (run: () => unknown, expected: object) => expect(run).toThrow(failure(expected));
    const both = { h: { quota: 2, prefs: ["k"] }, k: { prefs: ["h"] } };
    const live = liveMatching(createMarket({ proposers: both, reviewers: both }));
    expect([live.partnersOf("h", "proposers"), live.partnersOf("h", "reviewers")]).toEqual([
      ["k"],
      ["k"],
    ]);
    code(() => live.partnersOf("h"), { code: "EMRX_MATCHING_ARGUMENT", agent: "h" });
    code(() => live.partnersOf("h", "all" as never), { code: "EMRX_MATCHING_ARGUMENT" });
    code(() => live.partnersOf("z"), { code: "EMRX_MATCHING_UNKNOWN_ID", entry: "z" });
    code(() => live.setQuota("reviewers", "z", 1), {
      code: "EMRX_MATCHING_UNKNOWN_ID",
      entry: "z",
    });
    code(() => live.setQuota("reviewers", "h", -1), { code: "EMRX_MATCHING_QUOTA", agent: "h" });
    code(() => live.setPrefs("reviewers", "k", ["h", "h"]), {
      code: "EMRX_MATCHING_DUPLICATE",
      agent: "k",
      entry: "h",
    });
    code(() => live.setPrefs("reviewers", "k", ["z"]), {
      code: "EMRX_MATCHING_UNKNOWN_ID",
      agent: "k",
      entry: "z",
    });
    code(() => live.setPrefs("proposers", "k", "h" as never), {
      code: "EMRX_MATCHING_ARGUMENT",
      agent: "k",
    });
    const newcomer = { id: "n", prefs: ["h"], positions: { k: 0 } };
    code(() => live.arrive("reviewers", { ...newcomer, positions: { z: 0 } }), {
      code: "EMRX_MATCHING_UNKNOWN_ID",
      agent: "n",
      entry: "z",
    });
    code(() => live.arrive("reviewers", { ...newcomer, positions: { n: 0 } }), {
      code: "EMRX_MATCHING_UNKNOWN_ID",
      agent: "n",
    });
    code(() => live.arrive("reviewers", { ...newcomer, positions: { k: 2 } }), {
      code: "EMRX_MATCHING_ARGUMENT",
      agent: "n",
      entry: "k",
    });
    expect(live.size).toBe(2);
    // The same id may come on the other side; a departed id may come again.
    expect(live.arrive("reviewers", newcomer).optimal).toBe(false);
    expect(live.arrive("proposers", { ...newcomer, positions: {} }).changed).toBe(0);
    live.depart("reviewers", "n");
    live.arrive("reviewers", { ...newcomer, quota: 0, positions: { k: 1 } });
    expect(hashMarket(live.market())).toBe(
      hashMarket(
        createMarket({
          proposers: { h: both.h, k: { prefs: ["h", "n"] }, n: { prefs: ["h"] } },
          reviewers: { ...both, n: { quota: 0, prefs: ["h"] } },
        }),
      ),
    );
  });

  property(
    "holds the same market and stays stable where lists are long and the positions of newcomers are anywhere",
    [fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat({ max: 2 })), { minLength: 1, maxLength: 20 })],
    (newcomers) => {
      const ids = Array.from({ length: 1_300 }, (_, i) => `p${i}`);
      const lists = { r: [...ids], s: [...ids].reverse() };
      const proposers: Record<string, { quota: number; prefs: string[] }> = Object.fromEntries(
        ids.map((id, i) => [id, { quota: 1, prefs: i % 2 ? ["r", "s"] : ["s", "r"] }]),
      );
      const market = () =>
        createMarket({
          proposers,
          reviewers: {
            r: { quota: 600, prefs: lists.r },
            s: { quota: 600, prefs: lists.s },
          },
        });
      const live = liveMatching(market());
      newcomers.forEach(([first, second, quota], i) => {
        const id = `n${i}`;
        const positions = {
          r: first % (lists.r.length + 1),
          s: second % (lists.s.length + 1),
        };
        lists.r.splice(positions.r, 0, id);
        lists.s.splice(positions.s, 0, id);
        proposers[id] = { quota, prefs: ["s", "r"] };
        live.arrive("proposers", { id, quota, prefs: ["s", "r"], positions });
      });
      expect(hashMarket(live.market())).toBe(hashMarket(market()));
      expect(live.matching().pairs()).toEqual(solve(market()).pairs());
      const gone = newcomers.length > 3 ? "n1" : "p7";
      live.depart("proposers", gone);
      delete proposers[gone];
      lists.r = lists.r.filter((id) => id !== gone);
      lists.s = lists.s.filter((id) => id !== gone);
      expect(hashMarket(live.market())).toBe(hashMarket(market()));
      expect(isStable(live.market(), live.matching())).toBe(true);
    },
    { numRuns: 15 },
  );
});
