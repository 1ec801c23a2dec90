import { describe, expect, test } from "vitest";
import { createMarket, MatchingError, solve, verify } from "../src/index.js";
import { idIndex } from "../src/market/market.js";
import {
  hashMarket,
  hashMatching,
  type MarketArrays,
  marketFromArrays,
  matchingFromReviewers,
} from "../src/market.js";
import { failure } from "./errors.js";

type Input = Parameters<typeof createMarket>[0];
const fine: Input = {
  proposers: { p: { quota: 1, prefs: ["r"] } },
  reviewers: { r: { quota: 1, prefs: ["p"] }, s: { quota: 1 } },
};
const refused = (run: () => unknown, expected: object) => {
  expect(run).toThrow(MatchingError);
  expect(run).toThrow(failure(expected));
};
const refusedAgent = (agent: object, expected: object) =>
  refused(() => createMarket({ ...fine, proposers: { p: agent } }), { agent: "p", ...expected });

describe("what createMarket refuses, by name of agent and entry", () => {
  test("unknown ids", () => {
    refusedAgent({ prefs: ["ghost"] }, { code: "EMRX_MATCHING_UNKNOWN_ID", entry: "ghost" });
    refusedAgent({ scores: { ghost: 1 } }, { code: "EMRX_MATCHING_UNKNOWN_ID", entry: "ghost" });
    refusedAgent({ prefs: [["r", "ghost"]] }, { code: "EMRX_MATCHING_UNKNOWN_ID", entry: "ghost" });
    refused(() => createMarket({ ...fine, reviewers: { r: { prefs: ["q"] } } }), {
      code: "EMRX_MATCHING_UNKNOWN_ID",
      agent: "r",
      entry: "q",
    });
    // Names that every object inherits are nobody's.
    refusedAgent({ prefs: ["constructor"] }, { code: "EMRX_MATCHING_UNKNOWN_ID" });
  });

  test("entries given twice, also inside and across ties", () => {
    refusedAgent({ prefs: ["r", "s", "r"] }, { code: "EMRX_MATCHING_DUPLICATE", entry: "r" });
    refusedAgent({ prefs: [["r", "r"]] }, { code: "EMRX_MATCHING_DUPLICATE", entry: "r" });
    refusedAgent({ prefs: ["s", ["r", "s"]] }, { code: "EMRX_MATCHING_DUPLICATE", entry: "s" });
    refused(() => createMarket({ ...fine, proposers: [{ id: "p" }, { id: "p" }] }), {
      code: "EMRX_MATCHING_DUPLICATE",
      agent: "p",
    });
  });

  test("the same ids on both sides are different agents, who may list each other", () => {
    const both = { h: { prefs: ["h", "k"] }, k: { prefs: ["h", "k"] } };
    expect(solve(createMarket({ proposers: both, reviewers: both })).pairs()).toEqual([
      ["h", "h"],
      ["k", "k"],
    ]);
    refusedAgent({ prefs: ["p"] }, { code: "EMRX_MATCHING_UNKNOWN_ID", entry: "p" });
    const asked: string[] = [];
    createMarket({
      proposers: { h: { utility: (id) => void asked.push(id) } },
      reviewers: { h: {}, k: {} },
    });
    expect(asked).toEqual(["h", "k"]);
  });

  test("unknown members, options and sides of another kind, which would make another market", () => {
    const argument = (input: unknown, options: unknown, message: RegExp) =>
      refused(() => createMarket(input as typeof fine, options as never), {
        code: "EMRX_MATCHING_ARGUMENT",
        message: expect.stringMatching(message),
      });
    for (const [agent, message] of [
      [{ capacity: 3 }, /unknown member "capacity"/],
      [{ preferences: ["r"] }, /unknown member "preferences"/],
      [{ qouta: 2 }, /"qouta".* only .*quota/],
      [{ utility: 3 }, /utility is 3/],
    ] as const) {
      argument({ ...fine, proposers: { p: agent } }, {}, message);
      argument({ ...fine, reviewers: [{ id: "r", ...agent }] }, {}, message);
    }
    argument({ ...fine, proposers: new Map([["p", {}]]) }, {}, /is a Map/);
    argument({ ...fine, proposers: "p" }, {}, /proposers is "p"/);
    argument({ ...fine, requesters: {} }, {}, /unknown member "requesters"/);
    argument(fine, { ties: "2024" }, /options\.ties/);
    argument(fine, { ties: { seeds: "2024" } }, /options\.ties/);
    argument(fine, { tie: "keep" }, /only .*ties/);
  });

  test("utility functions that throw, with what they threw as the cause", () => {
    const cause = new Error("no");
    const throwing = () => {
      throw cause;
    };
    expect(() => createMarket({ ...fine, proposers: { p: { utility: throwing } } })).toThrow(
      expect.objectContaining({ code: "EMRX_MATCHING_SCORE", cause }),
    );
  });

  test("quotas that are not whole numbers from 0 up", () => {
    for (const quota of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, "1", null])
      refusedAgent({ quota }, { code: "EMRX_MATCHING_QUOTA" });
    const roomy = createMarket({ ...fine, proposers: { p: { quota: 2 ** 40, prefs: ["r"] } } });
    expect(solve(roomy).pairs()).toEqual([["p", "r"]]);
    expect([...roomy.proposers.quotas, ...roomy.reviewers.quotas]).toEqual([2 ** 32 - 1, 1, 1]);
    expect([...createMarket({ ...fine, proposers: { p: {} } }).proposers.quotas]).toEqual([1]);
  });

  test("scores and utilities that are not finite numbers", () => {
    for (const score of [Number.NaN, Number.POSITIVE_INFINITY, "3", null]) {
      refusedAgent({ scores: { r: score } }, { code: "EMRX_MATCHING_SCORE", entry: "r" });
      refusedAgent(
        { scores: new Map([["r", score]]) },
        { code: "EMRX_MATCHING_SCORE", entry: "r" },
      );
      refusedAgent({ utility: () => score }, { code: "EMRX_MATCHING_SCORE", entry: "r" });
    }
  });

  test("input of another shape", () => {
    const argument = { code: "EMRX_MATCHING_ARGUMENT" };
    for (const agent of [
      3,
      { prefs: "r" },
      { scores: 3 },
      { scores: null },
      { utility: 3 },
      { prefs: ["r"], scores: { r: 1 } },
    ])
      refused(() => createMarket({ ...fine, proposers: { p: agent as never } }), argument);
    for (const input of [
      undefined,
      null,
      3,
      {},
      { proposers: {} },
      { proposers: 3, reviewers: {} },
      { proposers: null, reviewers: {} },
    ])
      refused(() => createMarket(input as never), argument);
    refused(() => createMarket({ ...fine, proposers: { p: null as never } }), argument);
    for (const agent of [null, undefined, { prefs: [] }, { id: 3 }])
      refused(() => createMarket({ ...fine, proposers: [agent as never] }), argument);
    refused(() => createMarket({ proposers: { "\udc00": {} }, reviewers: {} }), argument);
    refused(() => solve(createMarket(fine), { proposing: "nobody" as never }), argument);
  });
});

describe("what markets are made of", () => {
  test("ids of any kind keep their own places", () => {
    const ids = ["", " ", "10", "2", "__proto__", "toString", "é", "ü", "💊"];
    const market = createMarket({
      proposers: ids.map((id) => ({ id: `p${id}`, prefs: [...ids].reverse() })),
      reviewers: ids.map((id) => ({ id, prefs: ids.map((other) => `p${other}`) })),
    });
    expect(market.reviewers.ids).toEqual([...ids].sort());
    expect(solve(market).size).toBe(ids.length);
    expect(solve(market).partnersOf("p")).toEqual(["💊"]);
  });

  test("scores rank from high to low, and ties of scores are ties of the list", () => {
    const market = createMarket({
      proposers: { p: { scores: { a: -1, b: 5, c: 5, d: 0 } } },
      reviewers: { a: {}, b: {}, c: {}, d: {} },
    });
    expect([...market.proposers.lists]).toEqual([1, 2, 3, 0]);
    expect([...(market.proposers.tiers as Uint32Array)]).toEqual([0, 0, 1, 2]);
    const inLists = createMarket({
      proposers: { p: { prefs: [[], ["c", "b"], "d", [], ["a"]] } },
      reviewers: { a: {}, b: {}, c: {}, d: {} },
    });
    expect(hashMarket(inLists)).toBe(hashMarket(market));
    expect([...(inLists.proposers.tiers as Uint32Array)]).toEqual([0, 0, 1, 2]);
    // However they are given, tied entries lie in the order of ids.
    const given = new Map([
      ["d", 0],
      ["c", 5],
      ["b", 5],
      ["a", 5],
    ]);
    const reordered = createMarket({
      proposers: { p: { scores: given } },
      reviewers: { a: {}, b: {}, c: {}, d: {} },
    });
    expect([...reordered.proposers.lists]).toEqual([0, 1, 2, 3]);
  });

  test("lists may hold any number of entries", () => {
    const ids = Array.from({ length: 2_500 }, (_, i) => `r${i}`);
    const market = createMarket({
      proposers: {
        p: { prefs: ids },
        q: { prefs: ids.slice(0, 1_024).map((id, i) => (i === 7 ? [id] : id)) },
        s: { prefs: [ids.slice(2), ["r0"]] },
      },
      reviewers: ids.map((id) => ({ id })),
    });
    const list = (a: number) =>
      [...market.proposers.lists]
        .slice(market.proposers.offsets[a], market.proposers.offsets[a + 1])
        .map((r) => market.reviewers.ids[r]);
    expect([list(0), list(1), list(2)]).toEqual([
      ids,
      ids.slice(0, 1_024),
      [...ids.slice(2), "r0"],
    ]);
    const tiers = [...(market.proposers.tiers as Uint32Array)];
    expect(tiers.slice(0, 2_500)).toEqual(ids.map((_, i) => i));
    expect(tiers.slice(-2)).toEqual([0, 1]);
  });

  test("an agent is looked up by its id, and nothing else", () => {
    const market = marketFromArrays({
      proposers: 1,
      reviewers: 1,
      proposerQuotas: Uint32Array.of(1),
      reviewerQuotas: Uint32Array.of(1),
      proposerOffsets: Uint32Array.of(0, 1),
      reviewerOffsets: Uint32Array.of(0, 1),
      proposerLists: Uint32Array.of(0),
      reviewerLists: Uint32Array.of(0),
    });
    const matching = solve(market);
    expect(matching.has("p0", "r0")).toBe(true);
    for (const id of ["p1", undefined])
      refused(() => matching.has(id as never, "r0"), {
        code: "EMRX_MATCHING_UNKNOWN_ID",
        entry: String(id),
      });
  });

  test("hashes tell apart whatever differs", () => {
    const with_ = (change: object) => hashMarket(createMarket({ ...fine, ...change }));
    const hashes = [
      with_({}),
      with_({ proposers: { p: { quota: 2, prefs: ["r"] } } }),
      with_({ proposers: { p: { prefs: ["s"] } } }),
      with_({ proposers: { p: { prefs: ["r", "s"] } } }),
      with_({ proposers: { p: { prefs: ["s", "r"] } } }),
      with_({ proposers: { p: { prefs: [["r", "s"]] } } }),
      with_({ proposers: { p: { prefs: ["r"] }, q: {} } }),
      with_({ proposers: { p: { prefs: ["r"] }, "q\u00e9": {} } }),
      with_({ proposers: { p: { prefs: ["r"] }, ["x".repeat(70_000)]: {} } }),
      with_({ proposers: { p: { prefs: ["r"] }, ["é".repeat(70_000)]: {} } }),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
    for (const hash of hashes) expect(hash).toMatch(/^[0-9a-f]{64}$/);
    const market = createMarket(fine);
    expect(hashMatching(market, [])).not.toBe(hashMatching(market, [["p", "r"]]));
    expect(hashMatching(market, [["p", "s"]])).not.toBe(hashMatching(market, [["p", "r"]]));
  });

  test("hashes are the stated bytes", () => {
    // Written out by hand from the description, hashed by sha256sum.
    expect(hashMatching(createMarket(fine), [["p", "r"]])).toBe(
      "ba2882f1115f483b585961e9afbfaef7d1b44d28ab73f413440ce2a8f1cbdf33",
    );
    expect(hashMarket(createMarket(fine))).toBe(
      "648eed80f5273468769b61a1b4949b8f3729ccfcaed026a074a249355a6dd632",
    );
    const tied = createMarket({ ...fine, proposers: { p: { prefs: [["s", "r"]] } } });
    expect(hashMarket(tied)).toBe(
      "2f4e9f45109a11ba8ac567508ed40060486daae485023b15d289f4c23ae346d7",
    );
  });
});

describe("markets from typed arrays", () => {
  const arrays = (): MarketArrays => ({
    proposers: 2,
    reviewers: 3,
    proposerQuotas: Uint32Array.of(1, 2),
    proposerOffsets: Uint32Array.of(0, 2, 4),
    proposerLists: Uint32Array.of(0, 1, 2, 0),
    reviewerQuotas: Uint32Array.of(1, 1, 1),
    reviewerOffsets: Uint32Array.of(0, 2, 3, 4),
    reviewerLists: Uint32Array.of(1, 0, 0, 1),
  });

  test("are the same market as from ids", () => {
    const named = createMarket({
      proposers: { p0: { prefs: ["r0", "r1"] }, p1: { quota: 2, prefs: ["r2", "r0"] } },
      reviewers: { r0: { prefs: ["p1", "p0"] }, r1: { prefs: ["p0"] }, r2: { prefs: ["p1"] } },
    });
    const market = marketFromArrays(arrays());
    expect(hashMarket(market)).toBe(hashMarket(named));
    expect(solve(market).pairs()).toEqual([
      ["p0", "r1"],
      ["p1", "r0"],
      ["p1", "r2"],
    ]);
    const tied = marketFromArrays({ ...arrays(), reviewerTiers: Uint32Array.of(0, 0, 0, 0) });
    expect([...(tied.reviewers.tiers as Uint32Array)]).toEqual([0, 0, 0, 0]);
    const strict = marketFromArrays({ ...arrays(), reviewerTiers: Uint32Array.of(0, 1, 0, 0) });
    expect(strict.reviewers.tiers).toBeUndefined();
    const none = new Uint32Array(0);
    const zero = Uint32Array.of(0);
    const empty = {
      proposers: 0,
      reviewers: 0,
      proposerQuotas: none,
      reviewerQuotas: none,
      proposerOffsets: zero,
      reviewerOffsets: zero,
      proposerLists: none,
      reviewerLists: none,
    };
    expect(solve(marketFromArrays(empty)).size).toBe(0);
    // Tiers stay or rise by one within a list, and start anew with the next.
    const three =
      (...tiers: number[]) =>
      () =>
        marketFromArrays({
          ...empty,
          proposers: 2,
          reviewers: 3,
          proposerQuotas: Uint32Array.of(1, 1),
          reviewerQuotas: Uint32Array.of(1, 1, 1),
          proposerOffsets: Uint32Array.of(0, 3, 6),
          reviewerOffsets: new Uint32Array(4),
          proposerLists: Uint32Array.of(0, 1, 2, 2, 1, 0),
          proposerTiers: Uint32Array.from(tiers),
        });
    for (const tiers of [
      [0, 1, 2, 0, 0, 1],
      [0, 0, 0, 0, 1, 1],
    ])
      expect([...(three(...tiers)().proposers.tiers ?? [])]).toEqual(tiers);
    for (const tiers of [
      [0, 1, 0, 0, 1, 2],
      [0, 0, 2, 0, 1, 2],
      [0, 0, 0, 0, 2, 1],
    ])
      refused(three(...tiers), { code: "EMRX_MATCHING_ARGUMENT" });
  });

  test("are refused with the place named", () => {
    const bad = (change: object, expected: object) =>
      refused(() => marketFromArrays({ ...arrays(), ...change } as MarketArrays), expected);
    const argument = { code: "EMRX_MATCHING_ARGUMENT" };
    const message = (change: object, expected: RegExp) =>
      bad(change, { ...argument, message: expect.stringMatching(expected) });
    for (const proposers of [-1, 2.5, Number.NaN, "2", 2 ** 32])
      message({ proposers }, /^arrays\.proposers is .*; expected a whole number from 0/);
    message({ proposers: 2 ** 32 - 1 }, /^proposerQuotas/);
    message({ reviewers: 2.5 }, /^arrays\.reviewers is/);
    message(
      { proposerQuotas: Uint32Array.of(1) },
      /^proposerQuotas must have 2 entries; it has 1\.$/,
    );
    message(
      { proposerQuotas: [1, 2] },
      /^arrays\.proposerQuotas is an array of 2 items; expected a Uint32Array/,
    );
    message({ proposerLists: undefined }, /^arrays\.proposerLists is missing/);
    message({ proposerOffsets: Uint32Array.of(0, 2) }, /^proposerOffsets must have 3 entries/);
    message({ proposerOffsets: Uint32Array.of(1, 2, 4) }, /start at 0 and end/);
    message({ proposerOffsets: Uint32Array.of(0, 2, 3) }, /start at 0 and end/);
    message(
      { reviewerOffsets: Uint32Array.of(0, 2, 1, 4) },
      /never fall; they do after reviewer "r1"/,
    );
    message(
      { reviewerOffsets: Uint32Array.of(0, 9, 9, 4) },
      /never fall; they do after reviewer "r0"/,
    );
    bad(
      { proposerLists: Uint32Array.of(0, 1, 3, 0) },
      {
        code: "EMRX_MATCHING_UNKNOWN_ID",
        agent: "p1",
        entry: "3",
        message: expect.stringContaining("index 3 at place 0, and there are only 3 reviewers"),
      },
    );
    bad(
      { proposerIds: ["a", "b"], reviewerLists: Uint32Array.of(1, 0, 0, 2) },
      { code: "EMRX_MATCHING_UNKNOWN_ID", agent: "r2", entry: "2" },
    );
    bad(
      { proposerIds: ["a", "b"], proposerLists: Uint32Array.of(0, 1, 2, 3) },
      { code: "EMRX_MATCHING_UNKNOWN_ID", agent: "b", entry: "3" },
    );
    bad(
      { reviewerLists: Uint32Array.of(0, 0, 0, 1) },
      { code: "EMRX_MATCHING_DUPLICATE", agent: "r0", entry: "p0" },
    );
    bad(
      { proposerLists: Uint32Array.of(0, 1, 2, 2) },
      {
        code: "EMRX_MATCHING_DUPLICATE",
        agent: "p1",
        entry: "r2",
      },
    );
    bad({ proposerTiers: Uint32Array.of(0, 0, 0) }, argument);
    bad({ proposerTiers: [0, 1, 0, 1] }, argument);
    bad({ proposerTiers: Uint32Array.of(1, 1, 0, 0) }, argument);
    message({ proposerTiers: Uint32Array.of(0, 1, 0, 2) }, /at place 1 of proposer "p1"/);
    bad({ proposerTiers: Uint32Array.of(0, 1, 1, 0) }, argument);
    bad({ proposerIds: ["a"] }, argument);
    bad({ proposerIds: "ab" }, argument);
    message({ proposerIds: ["a", 3] }, /of proposer number 1 must .* it is 3 \(a number\)\.$/);
    message(
      { proposerIds: ["\ud83d", "a"] },
      /of proposer number 0 must .* it is "\\ud83d" \(a string\)\.$/,
    );
    bad({ proposerIds: ["a", "a"] }, { code: "EMRX_MATCHING_DUPLICATE", agent: "a" });
    // The same id on both sides names two agents.
    const both = { ...arrays(), proposerIds: ["a", "b"], reviewerIds: ["x", "b", "y"] };
    expect(marketFromArrays(both).reviewers.ids).toEqual(["x", "b", "y"]);
  });
});

describe("the index of ids", () => {
  test("is the same whatever number of maps it takes, and tells of ids that occur again", () => {
    const ids = Array.from({ length: 50 }, (_, i) => `id${i}`);
    for (const size of [1, 7, 50, 100]) {
      const twice: string[] = [];
      const index = idIndex([...ids, "id3", "id49"], (id) => twice.push(id), size);
      expect(twice).toEqual(["id3", "id49"]);
      expect(ids.map((id) => index.get(id))).toEqual([...ids.keys()]);
      expect([index.has("id0"), index.has("id50"), index.get("id50")]).toEqual([
        true,
        false,
        undefined,
      ]);
    }
  });
});

describe("a market from elsewhere", () => {
  test("is taken when it is whole, and refused when it is not, by every check", () => {
    const market = createMarket(fine);
    const copy = structuredClone({
      proposers: { ...market.proposers },
      reviewers: { ...market.reviewers },
    });
    expect(solve(copy).pairs()).toEqual(solve(market).pairs());
    const wild = { ...copy, proposers: { ...copy.proposers, lists: Uint32Array.of(7) } };
    refused(() => solve(wild), { code: "EMRX_MATCHING_UNKNOWN_ID" });
    refused(() => solve({ ...copy, proposers: undefined as never }), {
      code: "EMRX_MATCHING_ARGUMENT",
    });
  });

  test("a matching cannot be changed by writing to what it shows", () => {
    const market = createMarket(fine);
    const matching = solve(market);
    const pairs = matching.pairs();
    expect(pairs.length).toBeGreaterThan(0);
    matching.proposers.partners.fill(9);
    matching.reviewers.offsets.fill(0);
    expect(matching.pairs()).toEqual(pairs);
    expect(verify(market, matching).stable).toBe(true);
    expect([...matching.proposers.partners]).toEqual(pairs.map(() => 9));
  });

  test("rows of indices are checked", () => {
    const market = createMarket(fine);
    const count = market.reviewers.count;
    const rows = (offsets: number[], partners: number[]) => () =>
      matchingFromReviewers(market, Uint32Array.from(offsets), Uint32Array.from(partners));
    const ends = (...last: number[]) => [...new Array(count + 1 - last.length).fill(0), ...last];
    refused(rows(ends(1), [99]), { code: "EMRX_MATCHING_UNKNOWN_ID", entry: "99" });
    refused(rows(ends(2), [0]), { code: "EMRX_MATCHING_ARGUMENT" });
    refused(rows(ends(2), [0, 0]), { code: "EMRX_MATCHING_DUPLICATE" });
    refused(rows([1, ...ends(1).slice(1)], [0]), { code: "EMRX_MATCHING_ARGUMENT" });
    refused(rows([0], []), { code: "EMRX_MATCHING_ARGUMENT" });
    expect(rows(ends(1), [0])().size).toBe(1);
  });
});
