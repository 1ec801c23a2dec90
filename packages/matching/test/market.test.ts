import { describe, expect, test } from "vitest";
import {
  createMarket,
  hashMarket,
  hashMatching,
  type MarketArrays,
  MatchingError,
  marketFromArrays,
  solve,
} from "../src/index.js";

type Input = Parameters<typeof createMarket>[0];
const fine: Input = {
  proposers: { p: { quota: 1, prefs: ["r"] } },
  reviewers: { r: { quota: 1, prefs: ["p"] }, s: { quota: 1 } },
};
const refused = (run: () => unknown, expected: object) => {
  expect(run).toThrow(MatchingError);
  expect(run).toThrow(expect.objectContaining(expected));
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

  test("agents who list themselves, whether or not they are on the other side as well", () => {
    refusedAgent({ prefs: ["p"] }, { code: "EMRX_MATCHING_SELF_REFERENCE", entry: "p" });
    const both = { h: { prefs: ["k"] }, k: { prefs: ["h"] } };
    expect(solve(createMarket({ proposers: both, reviewers: both })).size).toBe(2);
    refused(() => createMarket({ proposers: { h: { prefs: ["h"] } }, reviewers: both }), {
      code: "EMRX_MATCHING_SELF_REFERENCE",
      agent: "h",
      entry: "h",
    });
    // A utility function is not asked about oneself.
    const asked: string[] = [];
    createMarket({
      proposers: { h: { utility: (id) => void asked.push(id) } },
      reviewers: { h: {}, k: {} },
    });
    expect(asked).toEqual(["k"]);
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
      { prefs: "r" },
      { scores: 3 },
      { utility: 3 },
      { prefs: ["r"], scores: { r: 1 } },
    ])
      refused(() => createMarket({ ...fine, proposers: { p: agent as never } }), argument);
    for (const input of [null, 3, {}, { proposers: {} }, { proposers: 3, reviewers: {} }])
      refused(() => createMarket(input as never), argument);
    refused(() => createMarket({ ...fine, proposers: { p: null as never } }), argument);
    refused(() => createMarket({ ...fine, proposers: [{ prefs: [] } as never] }), argument);
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
  });

  test("are refused with the place named", () => {
    const bad = (change: object, expected: object) =>
      refused(() => marketFromArrays({ ...arrays(), ...change } as MarketArrays), expected);
    const argument = { code: "EMRX_MATCHING_ARGUMENT" };
    bad({ proposers: -1 }, argument);
    bad({ reviewers: 2.5 }, argument);
    bad({ proposerQuotas: Uint32Array.of(1) }, argument);
    bad({ proposerQuotas: [1, 2] }, argument);
    bad({ proposerLists: undefined }, argument);
    bad({ proposerOffsets: Uint32Array.of(0, 2) }, argument);
    bad({ proposerOffsets: Uint32Array.of(1, 2, 4) }, argument);
    bad({ proposerOffsets: Uint32Array.of(0, 2, 3) }, argument);
    bad({ reviewerOffsets: Uint32Array.of(0, 2, 1, 4) }, argument);
    bad({ reviewerOffsets: Uint32Array.of(0, 9, 9, 4) }, argument);
    bad(
      { proposerLists: Uint32Array.of(0, 1, 3, 0) },
      {
        code: "EMRX_MATCHING_UNKNOWN_ID",
        agent: "p1",
        entry: "3",
      },
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
    bad({ proposerTiers: Uint32Array.of(1, 1, 0, 0) }, argument);
    bad({ proposerTiers: Uint32Array.of(0, 2, 0, 0) }, argument);
    bad({ proposerTiers: Uint32Array.of(0, 1, 1, 0) }, argument);
    bad({ proposerIds: ["a"] }, argument);
    bad({ proposerIds: "ab" }, argument);
    bad({ proposerIds: ["a", 3] }, argument);
    bad({ proposerIds: ["a", "a"] }, { code: "EMRX_MATCHING_DUPLICATE", agent: "a" });
    bad(
      { proposerIds: ["a", "b"], reviewerIds: ["x", "y", "b"] },
      {
        code: "EMRX_MATCHING_SELF_REFERENCE",
        agent: "b",
      },
    );
    // The same id on both sides is fine as long as it does not list itself.
    const both = { ...arrays(), proposerIds: ["a", "b"], reviewerIds: ["x", "b", "y"] };
    expect(marketFromArrays(both).reviewers.ids).toEqual(["x", "b", "y"]);
  });
});
