import { fc, matchingOracle, property, sharedJson, testWithShared } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import { createMarket, isStable, solve } from "../src/index.js";
import { egalitarian, join, meet, minimumRegret, sexEqual, stableLattice } from "../src/lattice.js";
import { failure } from "./errors.js";
import { sidesOf } from "./instances.js";

const { allStable, canonical, smallMarkets, sortedPairs, tierOf } = matchingOracle;
type OracleAgent = matchingOracle.OracleAgent;
type OracleMarket = matchingOracle.OracleMarket;
type Pair = matchingOracle.Pair;

/** Markets where several stable matchings are likely: complete lists, equal sides, the sides' wishes opposed. */
const opposedMarkets = (agents: number, quota: number): fc.Arbitrary<OracleMarket> =>
  fc
    .tuple(
      fc.integer({ min: 2, max: agents }),
      fc.integer({ min: 1, max: quota }),
      fc.nat(),
      fc.boolean(),
    )
    .chain(([n, most, shift, shuffle]) => {
      const ids = (prefix: string) => Array.from({ length: n }, (_, i) => prefix + i);
      const agent = (prefix: string, i: number): fc.Arbitrary<OracleAgent> =>
        fc.record({
          quota: fc.integer({ min: Math.max(1, most - 1), max: most }),
          prefs: shuffle
            ? fc.shuffledSubarray(ids(prefix), { minLength: n })
            : fc.constant(
                ids(prefix).map(
                  (_, k) =>
                    `${prefix}${(i * (prefix === "r" ? 1 : n - 1) + k * (prefix === "r" ? 1 : 1) + (prefix === "r" ? 0 : shift)) % n}`,
                ),
              ),
        });
      const side = (own: string, other: string) =>
        fc
          .tuple(...ids(own).map((_, i) => agent(other, i)))
          .map((agents) => Object.fromEntries(agents.map((made, i) => [`${own}${i}`, made])));
      return fc.record({ proposers: side("p", "r"), reviewers: side("r", "p") });
    });

const rankSums = (input: OracleMarket, matching: readonly Pair[]): [number, number] => [
  matching.reduce(
    (sum, [p, r]) => sum + (tierOf(input.proposers[p] as OracleAgent, r) as number),
    0,
  ),
  matching.reduce(
    (sum, [p, r]) => sum + (tierOf(input.reviewers[r] as OracleAgent, p) as number),
    0,
  ),
];

const regretOf = (input: OracleMarket, matching: readonly Pair[]): number =>
  Math.max(
    0,
    ...matching.flatMap(([p, r]) => [
      tierOf(input.proposers[p] as OracleAgent, r) as number,
      tierOf(input.reviewers[r] as OracleAgent, p) as number,
    ]),
  );

describe("the lattice of stable matchings", () => {
  testWithShared(
    "matching/instances.json",
    "all listed stable matchings are enumerated, once each",
    () => {
      type Instance = OracleMarket & {
        name: string;
        kind: string;
        invalidInput?: string;
        allStableMatchings: Pair[][];
      };
      for (const instance of sharedJson("matching/instances.json") as Instance[]) {
        if (!["strict", "setwise"].includes(instance.kind) || instance.invalidInput) continue;
        const lattice = stableLattice(createMarket(sidesOf(instance)));
        expect(canonical(lattice.matchings()), instance.name).toEqual(
          canonical(instance.allStableMatchings),
        );
        expect(lattice.stablePairs(), instance.name).toEqual(
          sortedPairs(
            new Map(
              instance.allStableMatchings.flat().map((pair) => [pair.join("\0"), pair]),
            ).values(),
          ),
        );
      }
    },
  );

  for (const [what, markets] of [
    ["markets of every shape", smallMarkets({ agents: 4, quota: 3 })],
    ["markets with opposed wishes", opposedMarkets(4, 2)],
  ] as const) {
    property(
      `is exactly the set of stable matchings that trying all sets of pairs finds, on ${what}`,
      [markets],
      (input) => {
        const stable = allStable(input);
        const market = createMarket(input);
        const lattice = stableLattice(market);
        const found = [...lattice.matchings()];
        expect(found[0]?.pairs()).toEqual(solve(market).pairs());
        expect(canonical(found)).toEqual(stable);
        expect(lattice.reviewerOptimal.pairs()).toEqual(
          solve(market, { proposing: "reviewers" }).pairs(),
        );
        expect(lattice.stablePairs()).toEqual(
          sortedPairs(new Map(stable.flat().map((pair) => [pair.join(), pair])).values()),
        );

        const sums = stable.map((matching) => rankSums(input, matching));
        const fair = egalitarian(lattice);
        expect(fair.cost).toBe(Math.min(...sums.map(([p, r]) => p + r)));
        const [p, r] = rankSums(input, fair.matching.pairs());
        expect(p + r).toBe(fair.cost);
        expect(isStable(market, fair.matching)).toBe(true);

        const calm = minimumRegret(lattice);
        expect(calm.regret).toBe(Math.min(...stable.map((matching) => regretOf(input, matching))));
        expect(regretOf(input, calm.matching.pairs())).toBe(calm.regret);
        expect(isStable(market, calm.matching)).toBe(true);

        const equal = sexEqual(lattice);
        expect(equal.exact).toBe(true);
        expect(Math.abs(equal.difference)).toBe(Math.min(...sums.map(([a, b]) => Math.abs(a - b))));
        const [x, y] = rankSums(input, equal.matching.pairs());
        expect(x - y).toBe(equal.difference);
        expect(isStable(market, equal.matching)).toBe(true);
        expect(equal.examined).toBeLessThanOrEqual(stable.length);
      },
      { numRuns: 200 },
    );
  }

  property(
    "join and meet of stable matchings are stable, and best and worst for every proposer",
    [opposedMarkets(4, 2), fc.nat(), fc.nat()],
    (input, i, j) => {
      const market = createMarket(input);
      const all = [...stableLattice(market).matchings()];
      const [a, b] = [all[i % all.length], all[j % all.length]] as const;
      if (!a || !b) throw new Error("there is always a stable matching");
      const [above, below] = [join(market, a, b), meet(market, a, b)];
      expect(isStable(market, above)).toBe(true);
      expect(isStable(market, below)).toBe(true);
      for (const [id, agent] of Object.entries(input.proposers)) {
        const union = new Set([...a.partnersOf(id), ...b.partnersOf(id)]);
        const best = agent.prefs.filter((r) => union.has(r as string)).slice(0, agent.quota);
        expect(above.partnersOf(id)).toEqual(best.sort());
        const both = [...a.partnersOf(id), ...b.partnersOf(id)].sort();
        expect([...above.partnersOf(id), ...below.partnersOf(id)].sort()).toEqual(both);
      }
    },
  );

  property(
    "every rotation comes after its predecessors, loses what somebody held, and gains at most once what it gains",
    [opposedMarkets(6, 3)],
    (input) => {
      const { rotations, proposerOptimal } = stableLattice(createMarket(input));
      const held = new Set(proposerOptimal.pairs().map((pair) => pair.join()));
      const gainedEver = new Set(held);
      rotations.forEach(({ gained, lost, predecessors }, turn) => {
        expect(predecessors.every((before) => before < turn)).toBe(true);
        expect(gained).toHaveLength(lost.length);
        for (const pair of lost) expect(held.delete(pair.join())).toBe(true);
        for (const pair of gained) {
          expect(gainedEver.has(pair.join())).toBe(false);
          gainedEver.add(pair.join());
          held.add(pair.join());
        }
      });
    },
  );

  test("sizes of the Irving-Leather construction are 2, 10, 268, as published", () => {
    // Doubling (Irving and Leather 1986): the blocks' own lists first, then the other block's; reviewers reversed.
    let men = [
      [0, 1],
      [1, 0],
    ];
    let women = [
      [1, 0],
      [0, 1],
    ];
    const counts = [];
    for (let n = 2; n <= 8; n *= 2) {
      const ids = (lists: number[][], own: string, other: string) =>
        Object.fromEntries(
          lists.map((list, i) => [own + i, { prefs: list.map((id) => other + id) }]),
        );
      const lattice = stableLattice(
        createMarket({ proposers: ids(men, "m", "w"), reviewers: ids(women, "w", "m") }),
      );
      let count = 0;
      for (const _ of lattice.matchings()) count++;
      counts.push(count);
      const shifted = (list: number[]) => list.map((id) => id + n);
      const [m, w] = [men, women];
      men = [...m.map((l) => [...l, ...shifted(l)]), ...m.map((l) => [...shifted(l), ...l])];
      women = [...w.map((l) => [...shifted(l), ...l]), ...w.map((l) => [...l, ...shifted(l)])];
    }
    expect(counts).toEqual([2, 10, 268]);
  });

  test("a bounded search says when it is not exact", () => {
    const ids = [0, 1, 2, 3, 4, 5];
    const side = (other: string, turn: number) =>
      ids.map((i) => ({
        prefs: ids.map((k) => `${other}${(i * turn + k + (turn === 1 ? 0 : 1) + 6) % 6}`),
      }));
    const input = {
      proposers: side("r", 1).map((agent, i) => ({ id: `p${i}`, ...agent })),
      reviewers: ids.map((i) => ({ id: `r${i}`, prefs: ids.map((k) => `p${(i + 1 + k) % 6}`) })),
    };
    const lattice = stableLattice(createMarket(input));
    expect([...lattice.matchings()]).toHaveLength(6);
    expect(sexEqual(lattice, { limit: 2 })).toMatchObject({ exact: false, examined: 2 });
    expect(sexEqual(lattice)).toMatchObject({ exact: true, difference: -6, examined: 4 });
    expect(() => sexEqual(lattice, { limit: 0 })).toThrow(
      expect.objectContaining({ code: "EMRX_MATCHING_LIMIT" }),
    );
  });

  test("nobody moves past a reviewer with a free seat that would take it", () => {
    // Without x, exchanging a and b would be a rotation; with it, p1 would rather go to x, which is free.
    const lattice = stableLattice(
      createMarket({
        proposers: { p1: { prefs: ["a", "x", "b"] }, p2: { prefs: ["b", "a"] } },
        reviewers: { a: { prefs: ["p2", "p1"] }, b: { prefs: ["p1", "p2"] }, x: { prefs: ["p1"] } },
      }),
    );
    expect([...lattice.matchings()].map((matching) => matching.pairs())).toEqual([
      [
        ["p1", "a"],
        ["p2", "b"],
      ],
    ]);
  });

  test("only closed sets of rotations lead to a stable matching", () => {
    const chain = createMarket({
      proposers: Object.fromEntries(
        ["a", "b", "c"].map((id, i) => [
          id,
          { prefs: ["x", "y", "z"].map((_, k) => "xyz"[(i + k) % 3] as string) },
        ]),
      ),
      reviewers: Object.fromEntries(
        ["x", "y", "z"].map((id, i) => [
          id,
          { prefs: ["a", "b", "c"].map((_, k) => "abc"[(i + 1 + k) % 3] as string) },
        ]),
      ),
    });
    const lattice = stableLattice(chain);
    expect(lattice.rotations).toHaveLength(2);
    expect(lattice.rotations[1]?.predecessors).toEqual([0]);
    expect(() => lattice.after([1])).toThrow(
      expect.objectContaining({ code: "EMRX_MATCHING_ARGUMENT" }),
    );
    expect(() => lattice.after([2])).toThrow(
      expect.objectContaining({ code: "EMRX_MATCHING_ARGUMENT" }),
    );
    expect(lattice.after([0]).pairs()).toEqual([
      ["a", "y"],
      ["b", "z"],
      ["c", "x"],
    ]);
    expect(() => join(chain, [["a", "x"]], [])).toThrow(
      expect.objectContaining({ code: "EMRX_MATCHING_NOT_STABLE" }),
    );
  });

  test("costs are asked once for each pair in question, by ids and ranks, and must be whole numbers", () => {
    const market = createMarket({
      proposers: { a: { prefs: ["z", "x", "y"] }, b: { prefs: ["y", "x"] } },
      reviewers: { x: { prefs: ["b", "a"] }, y: { prefs: ["a", "b"] }, z: {} },
    });
    const lattice = stableLattice(market);
    const asked = new Map<string, [number, number]>();
    const { cost, matching } = egalitarian(lattice, (proposer, reviewer, ...ranks) => {
      asked.set(`${proposer}${reviewer}`, ranks);
      return { ax: 7, by: 5, ay: 4, bx: 6 }[`${proposer}${reviewer}`] as number;
    });
    // Ranks are places in the lists as given: a has z, who does not want it, first.
    expect(Object.fromEntries(asked)).toEqual({ ax: [2, 2], by: [1, 2], ay: [3, 1], bx: [2, 1] });
    expect([cost, matching.pairs()]).toEqual([
      10,
      [
        ["a", "y"],
        ["b", "x"],
      ],
    ]);
    // Of equally cheap ones, the proposers' best.
    expect(egalitarian(lattice, () => 1).matching.pairs()).toEqual(solve(market).pairs());
    expect(egalitarian(lattice, () => -3).cost).toBe(-6);
    for (const wrong of [0.5, Number.NaN, 2 ** 53, "1"])
      expect(() => egalitarian(lattice, (p) => (p === "b" ? (wrong as number) : 0))).toThrow(
        failure({ code: "EMRX_MATCHING_SCORE", agent: "b" }),
      );
  });

  test("what is no lattice, no stable matching, or has ties, is refused", () => {
    const code = (run: () => unknown, expected: string) =>
      expect(run).toThrow(expect.objectContaining({ code: expected }));
    for (const choose of [egalitarian, minimumRegret, sexEqual])
      code(() => choose({} as never), "EMRX_MATCHING_ARGUMENT");
    const market = createMarket({
      proposers: { a: { prefs: ["x"] } },
      reviewers: { x: { prefs: ["a"] } },
    });
    const lattice = stableLattice(market);
    for (const limit of [0, -1, 1.5, Number.NaN, 2 ** 53])
      code(() => sexEqual(lattice, { limit }), "EMRX_MATCHING_LIMIT");
    const stable: Pair[] = [["a", "x"]];
    for (const both of [join, meet]) {
      code(() => both(market, [], stable), "EMRX_MATCHING_NOT_STABLE");
      code(() => both(market, stable, []), "EMRX_MATCHING_NOT_STABLE");
      expect(both(market, stable, stable).pairs()).toEqual(stable);
    }
    const tied = createMarket({
      proposers: { a: { prefs: [["x", "y"]] } },
      reviewers: { x: { prefs: ["a"] }, y: {} },
    });
    for (const run of [
      () => stableLattice(tied),
      () => join(tied, [], []),
      () => meet(tied, [], []),
    ])
      code(run, "EMRX_MATCHING_TIES");
    // An empty market has one stable matching, the empty one, at no regret and no cost.
    const nobody = stableLattice(createMarket({ proposers: {}, reviewers: {} }));
    expect([...nobody.matchings()].map(({ size }) => size)).toEqual([0]);
    expect([
      minimumRegret(nobody).regret,
      egalitarian(nobody).cost,
      sexEqual(nobody).difference,
    ]).toEqual([0, 0, 0]);
  });

  test("a bounded search that ends in time is exact, and one that needs a single look more is not", () => {
    const input = {
      proposers: { a: { prefs: ["x", "y"] }, b: { prefs: ["y", "x"] } },
      reviewers: { x: { prefs: ["b", "a"] }, y: { prefs: ["a", "b"] } },
    };
    const lattice = stableLattice(createMarket(input));
    // Two stable matchings, of differences -2 and 2.
    expect(sexEqual(lattice, { limit: 2 })).toMatchObject({
      exact: true,
      examined: 2,
      difference: -2,
    });
    expect(sexEqual(lattice, { limit: 1 })).toMatchObject({
      exact: false,
      examined: 1,
      difference: -2,
    });
  });

  test("a closed set may be given in any order, and doubled; a part of it may not, whatever its shape", () => {
    const n = 5;
    const ring = (own: string, other: string, shift: number) =>
      Object.fromEntries(
        Array.from({ length: n }, (_, i) => [
          `${own}${i}`,
          { prefs: Array.from({ length: n }, (_, k) => `${other}${(i + k + shift) % n}`) },
        ]),
      );
    const lattice = stableLattice(
      createMarket({ proposers: ring("p", "r", 0), reviewers: ring("r", "p", 1) }),
    );
    expect(lattice.rotations.map(({ predecessors }) => predecessors)).toEqual([[], [0], [1], [2]]);
    expect(lattice.after([2, 0, 1, 2]).pairs()).toEqual(lattice.after([0, 1, 2]).pairs());
    expect(lattice.after([0, 1, 2, 3]).pairs()).toEqual(lattice.reviewerOptimal.pairs());
    for (const [chosen, message] of [
      [[1], /Rotation 1 needs its predecessor 0/],
      [[0, 2], /Rotation 2 needs its predecessor 1/],
      [[4], /no rotation 4; there are 4/],
      [[-1], /no rotation -1/],
      [[0.5], /no rotation 0.5/],
    ] as const)
      expect(() => lattice.after(chosen)).toThrow(message);
  });
});
