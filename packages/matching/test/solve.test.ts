import { fc, matchingOracle, property, sharedJson, testWithShared } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import { blockingPairs, createMarket, isStable, solve, verify } from "../src/index.js";
import { hashMarket, hashMatching, marketFromArrays } from "../src/market.js";
import { isDense } from "../src/solve/cross-ranks.js";
import { failure } from "./errors.js";
import { sidesOf } from "./instances.js";

const { allStable, bestFor, canonical, oracleBlockingPairs, smallMarkets, sortedPairs } =
  matchingOracle;
type OracleMarket = matchingOracle.OracleMarket;
type Pair = matchingOracle.Pair;

interface Instance extends OracleMarket {
  readonly name: string;
  readonly kind: string;
  readonly invalidInput?: string;
  readonly allStableMatchings: Pair[][];
  readonly proposerOptimal: Pair[];
  readonly reviewerOptimal: Pair[];
}

describe("the published instances", () => {
  testWithShared("matching/instances.json", "strict instances give both listed optima", () => {
    let checked = 0;
    for (const instance of sharedJson("matching/instances.json") as Instance[]) {
      if (!["strict", "setwise"].includes(instance.kind) || instance.invalidInput) continue;
      const market = createMarket(sidesOf(instance));
      expect(solve(market).pairs(), instance.name).toEqual(sortedPairs(instance.proposerOptimal));
      expect(solve(market, { proposing: "reviewers" }).pairs(), instance.name).toEqual(
        sortedPairs(instance.reviewerOptimal),
      );
      for (const stable of instance.allStableMatchings)
        expect(verify(market, stable), instance.name).toEqual({
          stable: true,
          individuallyRational: true,
          violationCount: 0,
          violations: [],
          blockingCount: 0,
          blockingPairs: [],
        });
      checked++;
    }
    expect(checked).toBe(30);
  });

  testWithShared("matching/instances.json", "invalid instances give typed errors", () => {
    const codes: Record<string, string> = {
      duplicate: "EMRX_MATCHING_DUPLICATE",
      "unknown-id": "EMRX_MATCHING_UNKNOWN_ID",
    };
    const invalid = (sharedJson("matching/instances.json") as Instance[]).filter(
      (instance) => instance.invalidInput,
    );
    expect(invalid).toHaveLength(2);
    for (const instance of invalid)
      expect(() => createMarket(sidesOf(instance))).toThrow(
        failure({
          code: codes[instance.invalidInput as string] as string,
          agent: "p1",
          entry: instance.invalidInput === "duplicate" ? "r1" : "ghost",
        }),
      );
  });
});

describe("against the brute force, on small markets of every shape", () => {
  property(
    "either side's proposals end in the stable matching that is best for it and worst for the other",
    [smallMarkets({ agents: 3, quota: 3 })],
    (input) => {
      const stable = allStable(input);
      const market = createMarket(input);
      const proposing = solve(market);
      const reviewing = solve(market, { proposing: "reviewers" });
      expect(proposing.pairs()).toEqual(sortedPairs(bestFor(input, stable, "proposers") ?? []));
      expect(reviewing.pairs()).toEqual(sortedPairs(bestFor(input, stable, "reviewers") ?? []));
      for (const matching of stable) expect(isStable(market, matching)).toBe(true);
      // Among many who list nobody the lists are sparse, and cross ranks are found in another way.
      const idle = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [i, { prefs: [] }]));
      const crowd = (prefix: string) =>
        Object.fromEntries(Object.entries(idle).map(([id, agent]) => [prefix + id, agent]));
      const sparse = createMarket({
        proposers: { ...crowd("n"), ...input.proposers, ...crowd("z") },
        reviewers: { ...crowd("m"), ...input.reviewers, ...crowd("y") },
      });
      expect(solve(sparse).pairs()).toEqual(proposing.pairs());
      expect(solve(sparse, { proposing: "reviewers" }).pairs()).toEqual(reviewing.pairs());
    },
    { numRuns: 400 },
  );

  property(
    "the verifier lists exactly the blocking pairs of any matching",
    [
      smallMarkets({ agents: 4, quota: 3 }).chain((input) =>
        fc.tuple(fc.constant(input), fc.subarray(matchingOracle.mutualPairs(input))),
      ),
    ],
    ([input, pairs]) => {
      const market = createMarket(input);
      expect(canonical([blockingPairs(market, pairs)])).toEqual(
        canonical([oracleBlockingPairs(input, pairs)]),
      );
      const over = [...Object.entries(input.proposers), ...Object.entries(input.reviewers)].filter(
        ([id, agent]) => pairs.filter((pair) => pair.includes(id)).length > agent.quota,
      );
      expect(
        verify(market, pairs)
          .violations.map((violation) => violation.agent)
          .sort(),
      ).toEqual(over.map(([id]) => id).sort());
    },
    { numRuns: 400 },
  );

  property(
    "rural hospitals: everybody has equally many partners in all stable matchings, and the same ones where seats stay free",
    [smallMarkets({ agents: 4, quota: 2 })],
    (input) => {
      const market = createMarket(input);
      const [best, worst] = [solve(market), solve(market, { proposing: "reviewers" })];
      for (const side of ["proposers", "reviewers"] as const)
        for (const [id, agent] of Object.entries(input[side])) {
          const partners = best.partnersOf(id);
          expect(worst.partnersOf(id)).toHaveLength(partners.length);
          if (partners.length < agent.quota) expect(worst.partnersOf(id)).toEqual(partners);
        }
    },
  );
});

/** Gale and Shapley's procedure by the book: one proposal at a time, from lists of numbers. */
function byTheBook(
  proposers: readonly { quota: number; list: readonly number[] }[],
  reviewers: readonly { quota: number; list: readonly number[] }[],
): number[][] {
  const held = reviewers.map((): number[] => []);
  const next = new Uint32Array(proposers.length);
  const seats = Uint32Array.from(proposers, ({ quota }) => quota);
  const waiting = [...proposers.keys()];
  for (let p = waiting.pop(); p !== undefined; p = waiting.pop()) {
    const { list } = proposers[p] as (typeof proposers)[number];
    while ((seats[p] as number) > 0 && (next[p] as number) < list.length) {
      const r = list[(next[p] as number)++] as number;
      const { quota, list: ranking } = reviewers[r] as (typeof reviewers)[number];
      if (!ranking.includes(p)) continue;
      const own = held[r] as number[];
      own.push(p);
      own.sort((a, b) => ranking.indexOf(a) - ranking.indexOf(b));
      (seats[p] as number)--;
      if (own.length <= quota) continue;
      const turnedAway = own.pop() as number;
      (seats[turnedAway] as number)++;
      waiting.push(turnedAway);
    }
  }
  return held;
}

describe("against the procedure by the book, on larger markets", () => {
  property(
    "the result is the same, with few or many seats, short or long lists",
    [
      fc.record({
        proposers: fc.integer({ min: 1, max: 80 }),
        reviewers: fc.integer({ min: 1, max: 80 }),
        proposerQuota: fc.constantFrom(1, 3, 40),
        reviewerQuota: fc.constantFrom(1, 3, 40),
        share: fc.constantFrom(0.1, 0.5, 1),
        seed: fc.nat(),
      }),
    ],
    ({ proposers, reviewers, proposerQuota, reviewerQuota, share, seed }) => {
      let state = seed;
      const next = () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return state / 2 ** 32;
      };
      const side = (own: number, others: number, most: number) =>
        Array.from({ length: own }, () => ({
          quota: Math.floor(next() * (most + 1)),
          list: Array.from({ length: others }, (_, b) => b)
            .filter(() => next() < share)
            .map((b) => [next(), b] as const)
            .sort(([a], [b]) => a - b)
            .map(([, b]) => b),
        }));
      const active = side(proposers, reviewers, proposerQuota);
      const passive = side(reviewers, proposers, reviewerQuota);
      const rows = (agents: typeof active) => ({
        quotas: Uint32Array.from(agents, ({ quota }) => quota),
        offsets: Uint32Array.from([0, ...agents].keys(), (i) =>
          agents.slice(0, i).reduce((sum, { list }) => sum + list.length, 0),
        ),
        lists: Uint32Array.from(agents.flatMap(({ list }) => list)),
      });
      const [p, r] = [rows(active), rows(passive)];
      const market = marketFromArrays({
        proposers,
        reviewers,
        proposerQuotas: p.quotas,
        proposerOffsets: p.offsets,
        proposerLists: p.lists,
        reviewerQuotas: r.quotas,
        reviewerOffsets: r.offsets,
        reviewerLists: r.lists,
      });
      const found = (side: "proposers" | "reviewers", proposing: "proposers" | "reviewers") => {
        const { offsets, partners } = solve(market, { proposing })[side];
        return Array.from(offsets.subarray(1), (end, a) => [...partners.subarray(offsets[a], end)]);
      };
      const ascending = (rows: number[][]) => rows.map((row) => row.sort((a, b) => a - b));
      expect(found("reviewers", "proposers")).toEqual(ascending(byTheBook(active, passive)));
      expect(found("proposers", "reviewers")).toEqual(ascending(byTheBook(passive, active)));
      expect(isStable(market, solve(market))).toBe(true);
    },
    { numRuns: 200 },
  );

  test("many seats lost in one round are all filled again", () => {
    // c takes every first choice of a and b away from them, one after the other; their second choices take them.
    const seats = 40;
    const ids = (prefix: string) => Array.from({ length: seats }, (_, i) => `${prefix}${i}`);
    const [x, y, z] = [ids("x"), ids("y"), ids("z")];
    const market = createMarket({
      proposers: {
        a: { quota: seats, prefs: [...x, ...z] },
        b: { quota: seats, prefs: [...y, ...z] },
        c: { quota: 2 * seats, prefs: [...x, ...y] },
      },
      reviewers: [...x, ...y, ...z].map((id) => ({
        id,
        quota: id.startsWith("z") ? 2 : 1,
        prefs: ["c", "a", "b"],
      })),
    });
    const matching = solve(market);
    expect(matching.partnersOf("a").sort()).toEqual([...z].sort());
    expect(matching.partnersOf("b").sort()).toEqual([...z].sort());
    expect(matching.partnersOf("c").sort()).toEqual([...x, ...y].sort());
  });

  test("a table of ranks is used where it fits 16 bits and is not mostly empty", () => {
    const side = (count: number, entries = 0) =>
      ({ count, lists: { length: entries } }) as unknown as Parameters<typeof isDense>[0];
    expect(isDense(side(100), side(40, 1_000))).toBe(true);
    expect(isDense(side(100), side(40, 999))).toBe(false);
    expect(isDense(side(0xffff), side(4, 0xffff))).toBe(true);
    expect(isDense(side(0x10000), side(4, 0x40000))).toBe(false);
    // The last rank that fits: the worst of 65,535 is still told from nobody.
    const n = 0xffff;
    const many = Uint32Array.from({ length: n }, (_, i) => n - 1 - i);
    const market = marketFromArrays({
      proposers: n,
      reviewers: 1,
      proposerQuotas: new Uint32Array(n).fill(1),
      proposerOffsets: Uint32Array.from({ length: n + 1 }, (_, i) => i),
      proposerLists: new Uint32Array(n),
      reviewerQuotas: Uint32Array.of(n),
      reviewerOffsets: Uint32Array.of(0, n),
      reviewerLists: many,
    });
    expect(solve(market).size).toBe(n);
  });
});

describe("more than 16 bits of agents or of places", () => {
  const n = 0x10000;
  const one = { quotas: Uint32Array.of(n), offsets: Uint32Array.of(0, n) };
  const many = {
    quotas: new Uint32Array(n).fill(1),
    offsets: Uint32Array.from({ length: n + 1 }, (_, i) => i),
    lists: new Uint32Array(n),
  };
  const all = Uint32Array.from({ length: n }, (_, i) => i);
  const backwards = Uint32Array.from(all).reverse();

  test("the last place of a list of 65,536 is told from nobody, and the last of 65,536 agents from the first", () => {
    for (const lists of [all, backwards])
      for (const seats of [n, n - 1, 1]) {
        const longList = marketFromArrays({
          proposers: n,
          reviewers: 1,
          proposerQuotas: many.quotas,
          proposerOffsets: many.offsets,
          proposerLists: many.lists,
          reviewerQuotas: Uint32Array.of(seats),
          reviewerOffsets: one.offsets,
          reviewerLists: lists,
        });
        const best = Array.from(lists.subarray(0, seats)).sort((a, b) => a - b);
        for (const proposing of ["proposers", "reviewers"] as const)
          expect([...solve(longList, { proposing }).reviewers.partners]).toEqual(best);
      }
  });
});

describe("the order in which agents are given", () => {
  property(
    "never changes the result or the hashes",
    [
      smallMarkets({ agents: 5, quota: 3 }).chain((input) =>
        fc.record({
          input: fc.constant(input),
          proposers: fc.shuffledSubarray(Object.entries(input.proposers), {
            minLength: Object.keys(input.proposers).length,
          }),
          reviewers: fc.shuffledSubarray(Object.entries(input.reviewers), {
            minLength: Object.keys(input.reviewers).length,
          }),
        }),
      ),
    ],
    ({ input, proposers, reviewers }) => {
      const market = createMarket(input);
      const list = (entries: [string, matchingOracle.OracleAgent][]) =>
        entries.map(([id, agent]) => ({ id, ...agent }));
      const shuffled = createMarket({ proposers: list(proposers), reviewers: list(reviewers) });
      expect(solve(shuffled).pairs()).toEqual(solve(market).pairs());
      expect(hashMarket(shuffled)).toBe(hashMarket(market));
      expect(hashMatching(shuffled, solve(shuffled))).toBe(hashMatching(market, solve(market)));

      // The same market as arrays, agents in shuffled order.
      const rows = (own: [string, matchingOracle.OracleAgent][], others: [string, unknown][]) => {
        const index = new Map(others.map(([id], i) => [id, i]));
        const lists = own.map(([, agent]) =>
          agent.prefs.map((id) => index.get(id as string) as number),
        );
        const offsets = [0];
        for (const row of lists) offsets.push((offsets.at(-1) as number) + row.length);
        return {
          quotas: Uint32Array.from(own, ([, agent]) => agent.quota),
          offsets: Uint32Array.from(offsets),
          lists: Uint32Array.from(lists.flat()),
        };
      };
      const p = rows(proposers, reviewers);
      const r = rows(reviewers, proposers);
      const arrays = marketFromArrays({
        proposers: proposers.length,
        reviewers: reviewers.length,
        proposerQuotas: p.quotas,
        proposerOffsets: p.offsets,
        proposerLists: p.lists,
        proposerIds: proposers.map(([id]) => id),
        reviewerQuotas: r.quotas,
        reviewerOffsets: r.offsets,
        reviewerLists: r.lists,
        reviewerIds: reviewers.map(([id]) => id),
      });
      expect(sortedPairs(solve(arrays))).toEqual(sortedPairs(solve(market)));
      expect(hashMarket(arrays)).toBe(hashMarket(market));
      expect(hashMatching(arrays, solve(arrays))).toBe(hashMatching(market, solve(market)));
    },
  );
});

describe("where other systems answer wrongly", () => {
  test("a proposer whose list is exhausted and who is then turned away proposes to nobody past its list", () => {
    // p1 has two seats and one acceptable reviewer; p2 proposes later and takes that seat.
    const market = createMarket({
      proposers: {
        p1: { quota: 2, prefs: ["r1"] },
        p2: { quota: 1, prefs: ["r1"] },
        p3: { quota: 1, prefs: ["r3"] },
      },
      reviewers: {
        r1: { quota: 1, prefs: ["p2", "p1"] },
        r2: { quota: 1, prefs: ["p1"] },
        r3: { quota: 1, prefs: ["p1", "p3"] },
      },
    });
    expect(solve(market).pairs()).toEqual([
      ["p2", "r1"],
      ["p3", "r3"],
    ]);
  });

  test("partners who are already matched do not block each other", () => {
    const everybody = { quota: 2, prefs: ["a", "b"] };
    const market = createMarket({
      proposers: { x: everybody, y: everybody },
      reviewers: { a: { quota: 2, prefs: ["x", "y"] }, b: { quota: 2, prefs: ["x", "y"] } },
    });
    expect(solve(market).size).toBe(4);
    expect([...blockingPairs(market, solve(market))]).toEqual([]);
  });

  test("an acceptable free seat makes a blocking pair", () => {
    const market = createMarket({
      proposers: { s: { prefs: ["c"] }, t: { prefs: ["c"] } },
      reviewers: { c: { quota: 2, prefs: ["s", "t"] } },
    });
    expect([...blockingPairs(market, [["s", "c"]])]).toEqual([["t", "c"]]);
  });

  test("agents with quota 0 stay unmatched and never block", () => {
    const market = createMarket({
      proposers: { s: { quota: 0, prefs: ["c", "d"] }, t: { prefs: ["c", "d"] } },
      reviewers: { c: { quota: 0, prefs: ["s", "t"] }, d: { quota: 2, prefs: ["s", "t"] } },
    });
    for (const proposing of ["proposers", "reviewers"] as const)
      expect(solve(market, { proposing }).pairs()).toEqual([["t", "d"]]);
    expect([...blockingPairs(market, [])]).toEqual([["t", "d"]]);
  });

  test("unanswered entries are ignored and solving changes no input", () => {
    const input = {
      proposers: { s: { quota: 1, prefs: ["c", "d"] }, t: { quota: 1, prefs: ["d"] } },
      reviewers: { c: { quota: 1, prefs: ["t"] }, d: { quota: 1, prefs: ["t", "s"] } },
    };
    const before = structuredClone(input);
    const market = createMarket(input);
    expect(solve(market).pairs()).toEqual([["t", "d"]]);
    expect(input).toEqual(before);
    expect(solve(market).pairs()).toEqual([["t", "d"]]);
  });

  test("ten thousand agents that all turn each other away one by one need no deep recursion", () => {
    // Everybody wants r0; each later proposer is preferred: a chain of 10,000 refusals.
    const n = 10_000;
    const backwards = Array.from({ length: n }, (_, i) => n - 1 - i);
    const market = marketFromArrays({
      proposers: n,
      reviewers: 2,
      proposerQuotas: new Uint32Array(n).fill(1),
      proposerOffsets: Uint32Array.from({ length: n + 1 }, (_, i) => 2 * i),
      proposerLists: Uint32Array.from({ length: 2 * n }, (_, i) => i % 2),
      reviewerQuotas: Uint32Array.of(1, 1),
      reviewerOffsets: Uint32Array.of(0, n, 2 * n),
      reviewerLists: Uint32Array.from([...backwards, ...backwards]),
    });
    expect(solve(market).pairs()).toEqual([
      [`p${n - 2}`, "r1"],
      [`p${n - 1}`, "r0"],
    ]);
    expect(isStable(market, solve(market))).toBe(true);
  });
});
