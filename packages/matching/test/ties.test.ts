import { fc, matchingOracle, property, sharedJson, testWithShared } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import { blockingPairs, createMarket, isStable, solve } from "../src/index.js";
import {
  breakTies,
  lotteryNumbers,
  pairLottery,
  stronglyStable,
  superStable,
} from "../src/ties.js";
import { sidesOf } from "./instances.js";

const {
  allMatchings,
  allStable,
  bestFor,
  canonical,
  mutualPairs,
  oracleBlockingPairs,
  smallMarkets,
  sortedPairs,
} = matchingOracle;
type OracleMarket = matchingOracle.OracleMarket;
type Pair = matchingOracle.Pair;
const strengths = ["weak", "strong", "super"] as const;

describe("ties", () => {
  testWithShared(
    "matching/instances.json",
    "every matching of the listed instances is stable exactly as listed",
    () => {
      type Instance = OracleMarket & {
        name: string;
        kind: string;
        weaklyStable: Pair[][];
        stronglyStable: Pair[][];
        superStable: Pair[][];
      };
      let checked = 0;
      for (const instance of sharedJson("matching/instances.json") as Instance[]) {
        if (instance.kind !== "ties") continue;
        const market = createMarket(sidesOf(instance));
        for (const [stability, listed] of [
          ["weak", instance.weaklyStable],
          ["strong", instance.stronglyStable],
          ["super", instance.superStable],
        ] as const) {
          const found = [...allMatchings(instance)].filter((pairs) =>
            isStable(market, pairs, { stability }),
          );
          expect(canonical(found), `${instance.name} ${stability}`).toEqual(canonical(listed));
        }
        const strong = stronglyStable(market)?.pairs();
        expect(strong === undefined, instance.name).toBe(instance.stronglyStable.length === 0);
        if (strong) expect(canonical(instance.stronglyStable)).toContainEqual(strong);
        const superb = superStable(market)?.pairs();
        expect(superb === undefined, instance.name).toBe(instance.superStable.length === 0);
        if (superb) expect(canonical(instance.superStable)).toContainEqual(superb);
        expect(canonical(instance.weaklyStable)).toContainEqual(
          solve(breakTies(market, "seed")).pairs(),
        );
        checked++;
      }
      expect(checked).toBe(6);
    },
  );

  property(
    "the verifier lists exactly the blocking pairs of each kind, for any matching",
    [
      smallMarkets({ agents: 4, quota: 3, ties: true }).chain((input) =>
        fc.tuple(fc.constant(input), fc.subarray(mutualPairs(input))),
      ),
    ],
    ([input, pairs]) => {
      const market = createMarket(input);
      for (const stability of strengths)
        expect(sortedPairs(blockingPairs(market, pairs, { stability }))).toEqual(
          sortedPairs(oracleBlockingPairs(input, pairs, stability)),
        );
    },
    { numRuns: 400 },
  );

  for (const [find, stability] of [
    [superStable, "super"],
    [stronglyStable, "strong"],
  ] as const)
    property(
      `a ${stability} stable matching is found exactly where trying all matchings finds one, and it is best for the proposers`,
      [smallMarkets({ agents: 4, quota: 3, ties: true })],
      (input) => {
        const stable = allStable(input, stability);
        const found = find(createMarket(input));
        expect(found === undefined).toBe(stable.length === 0);
        if (!found) return;
        expect(stable).toContainEqual(found.pairs());
        const best = bestFor(input, stable, "proposers");
        expect(best).toBeDefined();
        const ranks = (pairs: readonly Pair[]) => [
          ...matchingOracle.ranksOf(input, pairs, "proposers"),
        ];
        expect(ranks(found.pairs())).toEqual(ranks(best as Pair[]));
      },
      { numRuns: 500 },
    );

  test("a contested tie is turned away where nobody of it can be served alone, and no other tie with it", () => {
    // x cannot choose between ann and bob; turned away, ann drives ivy from w to x. c, d, y and z like each other alike.
    const market = createMarket({
      proposers: {
        ann: { prefs: ["x", "w"] },
        bob: { prefs: ["x", "v"] },
        ivy: { prefs: ["w", "x"] },
        c: { prefs: [["y", "z"]] },
        d: { prefs: [["y", "z"]] },
      },
      reviewers: {
        x: { prefs: ["ivy", ["ann", "bob"]] },
        w: { prefs: ["ann", "ivy"] },
        v: { prefs: ["bob"] },
        y: { prefs: [["c", "d"]] },
        z: { prefs: [["c", "d"]] },
      },
    });
    const found = stronglyStable(market);
    expect(["ann", "bob", "ivy"].map((id) => found?.partnersOf(id))).toEqual([["w"], ["v"], ["x"]]);
    expect(found?.size).toBe(5);
    expect(superStable(market)).toBeUndefined();
  });

  property(
    "where lists are strict, all kinds of stability are one",
    [smallMarkets({ agents: 5, quota: 3 })],
    (input) => {
      const market = createMarket(input);
      const pairs = solve(market).pairs();
      expect(superStable(market)?.pairs()).toEqual(pairs);
      expect(stronglyStable(market)?.pairs()).toEqual(pairs);
    },
  );

  property(
    "breaking ties by lottery gives a weakly stable matching, keeps every list's tiers, and does not depend on input order",
    [
      smallMarkets({ agents: 4, quota: 2, ties: true }),
      fc.string({ minLength: 1, maxLength: 8 }).filter((seed) => !seed.includes("\0")),
    ],
    (input, seed) => {
      const market = createMarket(input);
      const strict = breakTies(market, seed);
      expect(isStable(market, solve(strict))).toBe(true);
      const { tiers } = market.proposers;
      if (tiers)
        for (let k = 0; k < tiers.length; k++) {
          const place = market.proposers.lists.indexOf(strict.proposers.lists[k] as number);
          expect(place).toBeGreaterThanOrEqual(0);
        }
      const reversed = (side: OracleMarket["proposers"]) =>
        Object.entries(side)
          .reverse()
          .map(([id, agent]) => ({
            id,
            quota: agent.quota,
            prefs: agent.prefs.map((entry) =>
              Array.isArray(entry) ? [...entry].reverse() : entry,
            ),
          }));
      const other = createMarket(
        { proposers: reversed(input.proposers), reviewers: reversed(input.reviewers) },
        { ties: { seed } },
      );
      expect(solve(other).pairs()).toEqual(solve(strict).pairs());
    },
  );

  test("lottery numbers are the stated hash", () => {
    // printf 'emrx/matching/lottery/v1\0proposer\0seed\0ann' | sha256sum
    expect([...lotteryNumbers("seed", "proposers", ["ann"])]).toEqual([0x07ed1088]);
    expect([...lotteryNumbers("seed", "reviewers", ["ann"])]).toEqual([0xb0faabae]);
    for (const seed of ["", 3, undefined, "a\0b", "\ud83d"])
      expect(() => lotteryNumbers(seed as never, "proposers", [])).toThrow(
        expect.objectContaining({ code: "EMRX_MATCHING_ARGUMENT" }),
      );
  });

  test("ties are broken by lottery, as computed by hand, in each list anew, and the market given stays as it was", () => {
    // Lots of p0 .. p5 with the seed "2026-11-22", computed in another language; lower comes first.
    const orders = {
      x: ["p4", "p0", "p3", "p1", "p2", "p5"],
      y: ["p3", "p2", "p1", "p4", "p5", "p0"],
    };
    const ids = ["p0", "p1", "p2", "p3", "p4", "p5"];
    const proposers = Object.fromEntries(ids.map((id) => [id, { prefs: [["x", "y"]] }]));
    const market = createMarket({
      proposers,
      reviewers: { x: { prefs: [ids] }, y: { prefs: ["p2", ["p0", "p4", "p3"], ["p5", "p1"]] } },
    });
    const before = structuredClone(market);
    const strict = breakTies(market, "2026-11-22");
    const after = (id: string, among: string[]) =>
      orders[id as "x" | "y"].filter((p) => among.includes(p));
    const list = (side: "proposers" | "reviewers", a: number) =>
      Array.from(
        strict[side].lists.subarray(strict[side].offsets[a], strict[side].offsets[a + 1]),
        (b) => strict[side === "proposers" ? "reviewers" : "proposers"].ids[b],
      );
    expect(list("reviewers", 0)).toEqual(orders.x);
    expect(list("reviewers", 1)).toEqual([
      "p2",
      ...after("y", ["p0", "p4", "p3"]),
      ...after("y", ["p5", "p1"]),
    ]);
    expect([strict.reviewers.tiers, strict.proposers.tiers]).toEqual([undefined, undefined]);
    for (const a of ids.keys()) expect(list("proposers", a).sort()).toEqual(["x", "y"]);
    expect(market).toEqual(before); // not by hash, which an order within ties does not change
  });

  test("of equal lottery numbers the lower id comes first", () => {
    // Two ids whose SHA-256 starts with the same 32 bits; found by trying 122,001 of them.
    const twins = ["119760", "122000"];
    expect([...lotteryNumbers("seed", "proposers", twins)]).toEqual([2980952848, 2980952848]);
    for (const tie of [twins, [...twins].reverse()]) {
      const market = createMarket({
        proposers: { [twins[0] as string]: {}, [twins[1] as string]: {} },
        reviewers: { r: { prefs: [tie] } },
      });
      expect([...breakTies(market, "seed").reviewers.lists]).toEqual([0, 1]);
    }
  });

  test("the lottery treats all of a tie alike: each of four tied proposers comes first about equally often", () => {
    const ids = ["a", "b", "c", "d"];
    const firsts = new Map<string, number>(ids.map((id) => [id, 0]));
    for (let seed = 0; seed < 2000; seed++) {
      const numbers = lotteryNumbers(`s${seed}`, "proposers", ids);
      const [own = 0] = lotteryNumbers(`s${seed}`, "reviewers", ["r"]);
      const draws = [...numbers].map((number) => pairLottery(own, number));
      const first = ids[draws.indexOf(Math.min(...draws))] as string;
      firsts.set(first, (firsts.get(first) as number) + 1);
    }
    // 500 each; the standard deviation is 19.4, so 100 away would be more than five of them.
    for (const count of firsts.values()) expect(Math.abs(count - 500)).toBeLessThan(100);
  });

  test("the same scores break to the same market whatever the shape of the input", () => {
    const byScore = createMarket({
      proposers: { p: { scores: { a: 2, b: 2, c: 3 } }, q: { scores: new Map([["a", 1]]) } },
      reviewers: {
        a: { utility: (id) => (id === "p" ? 5 : undefined) },
        b: {},
        c: { prefs: ["p", "q"] },
      },
    });
    expect([...(byScore.proposers.tiers as Uint32Array)]).toEqual([0, 1, 1, 0]);
    expect(byScore.reviewers.tiers).toBeUndefined();
    expect(() => solve(byScore)).toThrow(expect.objectContaining({ code: "EMRX_MATCHING_TIES" }));
    expect(solve(breakTies(byScore, "x")).pairs()).toEqual([["p", "c"]]);
  });
});
