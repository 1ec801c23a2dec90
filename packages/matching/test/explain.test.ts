import { fc, matchingOracle, property } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import { compareMatchings, explain, oneSeatMore, rankDistribution } from "../src/explain.js";
import { createMarket, solve } from "../src/index.js";
import { stableLattice } from "../src/lattice.js";
import { breakTies, lotteryNumbers } from "../src/ties.js";
import { failure } from "./errors.js";

const { mutualPairs, oracleBlockingPairs, smallMarkets, tierOf } = matchingOracle;
type Input = Parameters<typeof oracleBlockingPairs>[0];
type Pair = readonly [string, string];

const sides = [
  ["proposers", 0],
  ["reviewers", 1],
] as const;
const partnersOf = (pairs: readonly Pair[], end: 0 | 1, id: string): string[] =>
  pairs.filter((pair) => pair[end] === id).map((pair) => pair[1 - end] as string);

describe("an explanation", () => {
  property(
    "says of every pair of any matching whether it is one, blocks, or whom it is up to",
    [
      smallMarkets({ agents: 3, quota: 2, ties: true }).chain((input) =>
        fc.tuple(fc.constant(input), fc.subarray(mutualPairs(input))),
      ),
    ],
    ([input, pairs]) => {
      const market = createMarket(input);
      const blocking = oracleBlockingPairs(input, pairs);
      const has = (list: readonly Pair[], p: string, r: string): boolean =>
        list.some(([a, b]) => a === p && b === r);
      for (const p of Object.keys(input.proposers))
        for (const r of Object.keys(input.reviewers)) {
          const found = explain(market, pairs, p, r);
          const ends = [
            [found.proposer, input.proposers[p], partnersOf(pairs, 0, p), r],
            [found.reviewer, input.reviewers[r], partnersOf(pairs, 1, r), p],
          ] as const;
          const wants = ends.map(([end, agent, partners, other]) => {
            if (agent === undefined) throw new Error("no such agent");
            expect([end.quota, end.partners]).toEqual([agent.quota, partners.length]);
            const flat = agent.prefs.flat();
            expect(end.rank).toBe(flat.includes(other) ? flat.indexOf(other) + 1 : undefined);
            const own = tierOf(agent, other);
            if (own === undefined) {
              expect(end.seatsMissing).toBe(undefined);
              return false;
            }
            const asGood = partners.filter((id) => (tierOf(agent, id) as number) <= own).length;
            const would = !partners.includes(other) && asGood < agent.quota;
            expect(end.wants).toBe(would);
            if (!partners.includes(other))
              expect(end.seatsMissing).toBe(Math.max(0, asGood + 1 - agent.quota));
            if (!partners.includes(other)) expect(would).toBe((end.rank as number) <= end.cutoff);
            return would;
          });
          const expected = has(pairs, p, r)
            ? "partners"
            : !has(mutualPairs(input), p, r)
              ? "not-listed"
              : has(blocking, p, r)
                ? "blocking"
                : wants[0]
                  ? "reviewer"
                  : wants[1]
                    ? "proposer"
                    : "both";
          expect(found.reason).toBe(expected);
        }
    },
  );

  test("asks for agents that there are", () => {
    const market = createMarket({ proposers: { a: {} }, reviewers: { x: {} } });
    expect(() => explain(market, [], "x", "a")).toThrow(
      failure({ code: "EMRX_MATCHING_UNKNOWN_ID", entry: "x" }),
    );
    expect(() => explain(market, [], "a", "a")).toThrow(
      failure({ code: "EMRX_MATCHING_UNKNOWN_ID", entry: "a" }),
    );
  });
});

describe("ranks", () => {
  property(
    "are counted by the place of each partner, the first of a tie",
    [
      smallMarkets({ agents: 4, quota: 3, ties: true }).chain((input) =>
        fc.tuple(fc.constant(input), fc.subarray(mutualPairs(input))),
      ),
    ],
    ([input, pairs]) => {
      const market = createMarket(input);
      for (const [side, end] of sides) {
        const places = pairs.map((pair) => {
          const { prefs } = (input as Input)[side][pair[end]] as Input["proposers"][string];
          const tier = prefs.findIndex((entry) => [entry].flat().includes(pair[1 - end] as string));
          return prefs.slice(0, tier).flat().length;
        });
        const counts = Array.from(
          { length: Math.max(-1, ...places) + 1 },
          (_, place) => places.filter((other) => other === place).length,
        );
        const agents = Object.entries(input[side]).map(([id, { quota }]) => ({
          quota,
          partners: partnersOf(pairs, end, id).length,
        }));
        expect(rankDistribution(market, pairs, side)).toEqual({
          counts,
          unlisted: 0,
          free: agents.reduce((sum, { quota, partners }) => sum + Math.max(0, quota - partners), 0),
          unmatched: agents.filter(({ partners }) => partners === 0).length,
        });
      }
    },
  );

  test("of partners that an agent does not list are counted apart", () => {
    const market = createMarket({
      proposers: { a: { prefs: ["x"] }, b: {} },
      reviewers: { x: { quota: 3, prefs: ["a"] } },
    });
    const pairs: Pair[] = [
      ["b", "x"],
      ["a", "x"],
    ];
    expect(rankDistribution(market, pairs, "reviewers")).toEqual({
      counts: [1],
      unlisted: 1,
      free: 1,
      unmatched: 0,
    });
    expect(() => rankDistribution(market, [], "lots" as "proposers")).toThrow(
      failure({ code: "EMRX_MATCHING_ARGUMENT" }),
    );
  });

  property(
    "of two stable matchings are compared: on the way to the reviewers' best nobody of them loses and no proposer gains",
    [smallMarkets({ agents: 5, quota: 2 })],
    (input) => {
      const market = createMarket(input);
      const { proposerOptimal, reviewerOptimal } = stableLattice(market);
      const [p, r] = sides.map(([side]) =>
        compareMatchings(market, proposerOptimal, reviewerOptimal, side),
      );
      expect([p?.better, p?.unclear, r?.worse, r?.unclear]).toEqual([[], [], [], []]);
      const moved = (end: 0 | 1, id: string): boolean =>
        partnersOf(proposerOptimal.pairs(), end, id).join() !==
        partnersOf(reviewerOptimal.pairs(), end, id).join();
      expect(p?.worse).toEqual(Object.keys(input.proposers).filter((id) => moved(0, id)));
      expect(r?.better).toEqual(Object.keys(input.reviewers).filter((id) => moved(1, id)));
    },
  );

  test("that lists alone do not compare are said to be unclear", () => {
    const market = createMarket({
      proposers: { a: { quota: 2, prefs: ["w", "x", "y", "z"] } },
      reviewers: { w: {}, x: {}, y: {}, z: {} },
    });
    const two = (one: string, other: string): Pair[] => [
      ["a", one],
      ["a", other],
    ];
    expect(compareMatchings(market, two("w", "z"), two("x", "y"), "proposers").unclear).toEqual([
      "a",
    ]);
    expect(compareMatchings(market, two("w", "z"), two("w", "y"), "proposers").better).toEqual([
      "a",
    ]);
    expect(compareMatchings(market, two("w", "z"), [["a", "w"]], "proposers").worse).toEqual(["a"]);
    expect(compareMatchings(market, two("w", "z"), two("z", "w"), "proposers").same).toBe(1);
  });
});

describe("one seat more", () => {
  property(
    "gives what solving the larger market gives, and makes nobody of the other side worse off",
    [smallMarkets({ agents: 4, quota: 2 })],
    (input) => {
      const market = createMarket(input);
      for (const [side] of sides)
        for (const [id, agent] of Object.entries(input[side])) {
          const found = oneSeatMore(market, side, id);
          const larger = createMarket({
            ...input,
            [side]: { ...input[side], [id]: { ...agent, quota: agent.quota + 1 } },
          });
          const [before, after] = [solve(market).pairs(), solve(larger).pairs()];
          expect(found.matching.pairs()).toEqual(after);
          const without = (pairs: Pair[], others: Pair[]): Pair[] =>
            pairs.filter(([p, r]) => !others.some(([a, b]) => a === p && b === r));
          expect(found.added).toEqual(without(after, before));
          expect(found.removed).toEqual(without(before, after));
          expect(found[side === "proposers" ? "reviewers" : "proposers"].worse).toEqual([]);
        }
    },
  );
});

describe("a single lottery", () => {
  const students = Array.from({ length: 400 }, (_, i) => `s${i}`);
  const names = Array.from({ length: 20 }, (_, i) => `school${i}`);
  let x = 7;
  const next = (n: number): number => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    return Math.floor((x / 2 ** 32) * n);
  };
  const shuffled = (): string[] => {
    const list = [...names];
    for (let i = list.length - 1; i > 0; i--) {
      const j = next(i + 1);
      [list[i], list[j]] = [list[j] as string, list[i] as string];
    }
    return list;
  };
  const market = createMarket({
    proposers: Object.fromEntries(students.map((id) => [id, { prefs: shuffled() }])),
    reviewers: Object.fromEntries(names.map((id) => [id, { quota: 20, prefs: [students] }])),
  });

  test("orders every list by the same numbers", () => {
    const numbers = lotteryNumbers("s", "proposers", market.proposers.ids);
    const { lists, offsets } = breakTies(market, "s", { lottery: "single" }).reviewers;
    for (let r = 0; r < names.length; r++) {
      const drawn = [...lists.subarray(offsets[r], offsets[r + 1])].map(
        (s) => numbers[s] as number,
      );
      expect(drawn).toEqual([...drawn].sort((a, b) => a - b));
    }
  });

  test("gives many more first choices than a lottery a school, among 400 students and 20 indifferent schools", () => {
    const firsts = (lottery: "single" | "multiple"): number =>
      rankDistribution(market, solve(breakTies(market, "seed", { lottery })), "proposers")
        .counts[0] as number;
    expect(firsts("single")).toBeGreaterThan(firsts("multiple") + 30);
    expect(() => breakTies(market, "seed", { lottery: "double" as "single" })).toThrow(
      failure({ code: "EMRX_MATCHING_ARGUMENT" }),
    );
  });
});
