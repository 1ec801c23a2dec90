import { fc, matchingOracle, property, sharedJson, testWithShared } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import {
  blockingPairs,
  createMarket,
  isStable,
  matchingFromPairs,
  solve,
  verify,
} from "../src/index.js";
import { stableLattice } from "../src/lattice.js";
import { hashMatching } from "../src/market.js";
import {
  additiveUtility,
  certify,
  checkCertificate,
  envyOf,
  envyReport,
  findBlockingCoalition,
} from "../src/verify.js";
import { failure } from "./errors.js";
import { sidesOf } from "./instances.js";

const { allMatchings, allStable, oracleBlockingPairs, smallMarkets, sortedPairs, tierOf } =
  matchingOracle;
type OracleAgent = matchingOracle.OracleAgent;
type OracleMarket = matchingOracle.OracleMarket;
type Pair = matchingOracle.Pair;
type Values = Record<"proposers" | "reviewers", Record<string, Record<string, number>>>;

const anyMatching = (agents: number): fc.Arbitrary<[OracleMarket, Pair[]]> =>
  smallMarkets({ agents, quota: 2 }).chain((input) =>
    fc.nat().map((n): [OracleMarket, Pair[]] => {
      const all = [...allMatchings(input)];
      return [input, all[n % all.length] as Pair[]];
    }),
  );

describe("a verification", () => {
  const market = createMarket({
    proposers: { ann: { prefs: ["city", "home"] }, bob: { prefs: ["city"] } },
    reviewers: { city: { quota: 1, prefs: ["bob", "ann"] }, home: { prefs: ["ann"] } },
  });

  test("calls stable what keeps every quota and list and has no blocking pair, and nothing else", () => {
    const rational = { individuallyRational: true, violationCount: 0, violations: [] };
    expect(
      verify(market, [
        ["bob", "city"],
        ["ann", "home"],
      ]),
    ).toEqual({ ...rational, stable: true, blockingCount: 0, blockingPairs: [] });
    expect(verify(market, [["bob", "city"]])).toEqual({
      ...rational,
      blockingCount: 1,
      stable: false,
      blockingPairs: [["ann", "home"]],
    });
    const over = verify(market, [
      ["ann", "city"],
      ["bob", "city"],
    ]);
    expect(over).toMatchObject({ stable: false, individuallyRational: false });
    expect(over.violations).toEqual([{ kind: "quota", side: "reviewers", agent: "city" }]);
    const unlisted = verify(market, [
      ["bob", "home"],
      ["ann", "city"],
    ]);
    expect(unlisted).toMatchObject({ stable: false, individuallyRational: false });
  });

  property("agrees with looking at every pair", [anyMatching(3)], ([input, pairs]) => {
    const blocking = oracleBlockingPairs(input, pairs);
    const {
      stable,
      individuallyRational,
      blockingPairs: found,
    } = verify(createMarket(input), pairs);
    expect(individuallyRational).toBe(true); // these matchings keep quotas and lists
    expect(stable).toBe(blocking.length === 0);
    expect(sortedPairs(found)).toEqual(sortedPairs(blocking));
  });
});

describe("the envy report", () => {
  property(
    "says of everybody what they have, whom they would rather have, and how much of that is justified",
    [anyMatching(3)],
    ([input, pairs]) => {
      const market = createMarket(input);
      const blocking = oracleBlockingPairs(input, pairs);
      for (const line of envyReport(market, pairs)) {
        const agent = input[line.side][line.agent] as OracleAgent;
        const [own, other] = line.side === "proposers" ? [0, 1] : [1, 0];
        const partners = pairs
          .filter((pair) => pair[own] === line.agent)
          .map((pair) => pair[other] as string);
        const ranks = partners.map((id) => tierOf(agent, id) as number);
        const preferred = (agent.prefs as string[]).filter(
          (id) =>
            !partners.includes(id) &&
            ranks.filter((rank) => rank < (tierOf(agent, id) as number)).length < agent.quota,
        );
        const justified = blocking.filter((pair) => pair[own] === line.agent);
        expect(line).toMatchObject({
          partners: partners.length,
          bestRank: ranks.length ? Math.min(...ranks) : 0,
          worstRank: ranks.length ? Math.max(...ranks) : 0,
          preferred: preferred.length,
          justified: justified.length,
        });
        const detail = envyOf(market, pairs, line.agent);
        expect(detail.map((envy) => envy.preferred)).toEqual(preferred);
        const just = detail.filter((envy) => envy.seatFree || envy.justified.length > 0);
        expect(just.map((envy) => envy.preferred).sort()).toEqual(
          justified.map((pair) => pair[other]).sort(),
        );
        for (const envy of detail) {
          expect(envy.rank).toBe(tierOf(agent, envy.preferred));
          expect(envy.envied).toEqual(
            pairs
              .filter((pair) => pair[other] === envy.preferred)
              .map((pair) => pair[own])
              .sort(),
          );
        }
      }
    },
    { numRuns: 200 },
  );
});

describe("blocking coalitions", () => {
  testWithShared(
    "matching/instances.json",
    "the pairwise stable matching outside the core is blocked by the listed four",
    () => {
      type Instance = {
        kind: string;
        proposers: Record<string, OracleAgent & { utilities: Record<string, number> }>;
        reviewers: Record<string, OracleAgent & { utilities: Record<string, number> }>;
        allStableMatchings: Pair[][];
        blockingCoalition: { members: string[]; newPairs: Pair[] };
      };
      const instance = (sharedJson("matching/instances.json") as Instance[]).find(
        ({ kind }) => kind === "setwise",
      ) as Instance;
      const market = createMarket(sidesOf(instance));
      const values = (side: Instance["proposers"]) =>
        Object.fromEntries(Object.entries(side).map(([id, agent]) => [id, agent.utilities]));
      const utility = additiveUtility({
        proposers: values(instance.proposers),
        reviewers: values(instance.reviewers),
      });
      const stable = solve(market);
      expect([...stableLattice(market).matchings()]).toHaveLength(1);
      expect(findBlockingCoalition(market, stable, { utility, maxSize: 3 })).toBeUndefined();
      const found = findBlockingCoalition(market, stable, { utility });
      expect([...(found?.proposers ?? []), ...(found?.reviewers ?? [])]).toEqual(
        instance.blockingCoalition.members,
      );
      expect(found?.newPairs).toEqual(sortedPairs(instance.blockingCoalition.newPairs));
    },
  );

  /** Utilities that agree with the lists: positive, strictly falling. */
  const valued = fc
    .tuple(anyMatching(3), fc.infiniteStream(fc.integer({ min: 1, max: 9 })))
    .map(([[input, pairs], steps]): [OracleMarket, Pair[], Values] => {
      const side = (agents: OracleMarket["proposers"]) =>
        Object.fromEntries(
          Object.entries(agents).map(([id, agent]) => {
            const values: Record<string, number> = {};
            let worth = 0;
            for (const other of [...(agent.prefs as string[])].reverse()) {
              worth += steps.next().value;
              values[other] = worth;
            }
            return [id, values];
          }),
        );
      return [input, pairs, { proposers: side(input.proposers), reviewers: side(input.reviewers) }];
    });

  /** By the definition: some feasible other matching in which a set of agents all gain by pairs among themselves. */
  const blockedBySomeSet = (input: OracleMarket, pairs: Pair[], values: Values): boolean => {
    const worth = (matching: readonly Pair[], side: "proposers" | "reviewers", id: string) =>
      matching
        .filter((pair) => pair[side === "proposers" ? 0 : 1] === id)
        .reduce(
          (sum, pair) => sum + (values[side][id]?.[pair[side === "proposers" ? 1 : 0]] as number),
          0,
        );
    const old = new Set(pairs.map((pair) => pair.join()));
    for (const other of allMatchings(input)) {
      const gains = (side: "proposers" | "reviewers") =>
        new Set(
          Object.keys(input[side]).filter((id) => worth(other, side, id) > worth(pairs, side, id)),
        );
      const set = { proposers: gains("proposers"), reviewers: gains("reviewers") };
      const fresh = other.filter((pair) => !old.has(pair.join()));
      for (let changed = true; changed; ) {
        changed = false;
        for (const [p, r] of fresh) {
          if (set.proposers.has(p) && !set.reviewers.has(r)) changed = set.proposers.delete(p);
          if (set.reviewers.has(r) && !set.proposers.has(p)) changed = set.reviewers.delete(r);
        }
      }
      if (set.proposers.size + set.reviewers.size > 0) return true;
    }
    return false;
  };

  property(
    "a coalition is found exactly where the definition, tried on all matchings, has one",
    [valued],
    ([input, pairs, values]) => {
      const market = createMarket(input);
      const utility = additiveUtility(values);
      for (const matching of [pairs, solve(market).pairs()]) {
        const found = findBlockingCoalition(market, matching, { utility, maxSize: 6 });
        expect(found !== undefined).toBe(blockedBySomeSet(input, matching, values));
        if (!found) continue;
        const members = new Set([...found.proposers, ...found.reviewers]);
        for (const pair of found.newPairs)
          for (const id of pair) expect(members.has(id)).toBe(true);
        for (const side of ["proposers", "reviewers"] as const)
          for (const id of found[side]) {
            const before = matching
              .filter((pair) => pair.includes(id))
              .map(([p, r]) => (p === id ? r : p));
            const after = found.partners.get(id) as string[];
            expect(utility(side, id, after)).toBeGreaterThan(utility(side, id, before));
            expect(after.length).toBeLessThanOrEqual((input[side][id] as OracleAgent).quota);
          }
      }
    },
    { numRuns: 150 },
  );

  test("bad bounds and values are refused", () => {
    const market = createMarket({
      proposers: { a: { prefs: ["x"] } },
      reviewers: { x: { prefs: ["a"] } },
    });
    const code = (run: () => unknown, expected: string) =>
      expect(run).toThrow(expect.objectContaining({ code: expected }));
    code(
      () => findBlockingCoalition(market, [], { utility: () => 0, maxSize: 0 }),
      "EMRX_MATCHING_LIMIT",
    );
    code(
      () => findBlockingCoalition(market, [], { utility: () => Number.NaN }),
      "EMRX_MATCHING_SCORE",
    );
  });
});

describe("certificates", () => {
  property(
    "every stable matching has one that checks, and it checks for no other market",
    [smallMarkets({ agents: 3, quota: 3 }), smallMarkets({ agents: 3, quota: 3 })],
    (input, other) => {
      const market = createMarket(input);
      for (const pairs of allStable(input)) {
        const certificate = JSON.parse(JSON.stringify(certify(market, pairs)));
        const check = checkCertificate(market, certificate);
        expect(check.valid && check.matching.pairs()).toEqual(pairs);
        expect(certificate.cutoffs).toHaveLength(Object.keys(input.reviewers).length);
        if (JSON.stringify(other) !== JSON.stringify(input))
          expect(checkCertificate(createMarket(other), certificate).valid).toBe(false);
      }
    },
    { numRuns: 200 },
  );

  property(
    "whatever the cutoffs, a certificate that checks proves a stable matching",
    [
      smallMarkets({ agents: 3, quota: 2 }),
      fc.array(fc.nat({ max: 4 }), { minLength: 3, maxLength: 3 }),
    ],
    (input, numbers) => {
      const market = createMarket(input);
      const honest = certify(market, solve(market));
      const cutoffs = honest.cutoffs.map((_, i) => numbers[i] as number);
      // Forge the hash as well: try it with the hash of every matching.
      for (const pairs of allMatchings(input)) {
        const stable = oracleBlockingPairs(input, pairs).length === 0;
        const forged = { ...honest, matching: stable ? "" : hashMatching(market, pairs), cutoffs };
        expect(checkCertificate(market, forged).valid).toBe(false);
      }
    },
    { numRuns: 50 },
  );

  test("each thing that can be wrong has a reason", () => {
    const market = createMarket({
      proposers: { a: { prefs: ["x", "y"] }, b: { prefs: ["x", "y"] } },
      reviewers: { x: { prefs: ["a", "b"] }, y: { prefs: ["a", "b"] } },
    });
    const good = certify(market, solve(market));
    expect(good.cutoffs).toEqual([1, 2]);
    const reason = (wrong: object) => {
      const check = checkCertificate(market, { ...good, ...wrong });
      return check.valid ? "valid" : check.reason;
    };
    expect(reason({})).toBe("valid");
    expect(reason({ version: 2 })).toMatch(/version/);
    expect(reason({ cutoffs: [1] })).toMatch(/1 cutoffs for 2/);
    expect(reason({ cutoffs: [1, 3] })).toMatch(/"y" is not a place/);
    expect(reason({ cutoffs: [1, -1] })).toMatch(/not a place/);
    expect(reason({ cutoffs: [1, 1.5] })).toMatch(/not a place/);
    expect(reason({ cutoffs: [2, 2] })).toMatch(/"x" would have 2 partners and has 1/);
    expect(reason({ cutoffs: [1, 1] })).toMatch(/"y" would have a free seat/);
    expect(reason({ matching: "00" })).toMatch(/another matching/);
    expect(reason({ market: "00" })).toMatch(/another market/);
    for (const pairs of [
      [
        ["a", "y"],
        ["b", "x"],
      ],
      [
        ["a", "x"],
        ["b", "x"],
      ],
    ] as Pair[][])
      expect(() => certify(market, pairs)).toThrow(
        expect.objectContaining({ code: "EMRX_MATCHING_NOT_STABLE" }),
      );
  });
});

describe("checks of large and odd markets", () => {
  const code = (run: () => unknown, expected: object) => expect(run).toThrow(failure(expected));

  test("the empty matching of everybody with everybody is blocked by all pairs, in order", () => {
    const ids = (prefix: string) =>
      Array.from({ length: 50 }, (_, i) => `${prefix}${String(i).padStart(2, "0")}`);
    const [proposers, reviewers] = [ids("p"), ids("r")];
    const everybody = (own: string[], others: string[]) =>
      Object.fromEntries(
        own.map((id, i) => [id, { prefs: [...others.slice(i), ...others.slice(0, i)] }]),
      );
    const market = createMarket({
      proposers: everybody(proposers, reviewers),
      reviewers: everybody(reviewers, proposers),
    });
    const all = proposers.flatMap((p) => reviewers.map((r) => [p, r]));
    for (const stability of ["weak", "strong", "super"] as const)
      expect(sortedPairs(blockingPairs(market, [], { stability }))).toEqual(all);
    expect(verify(market, [])).toMatchObject({ stable: false, blockingCount: 2_500 });
    expect(verify(market, []).blockingPairs).toHaveLength(1_000);
    expect(verify(market, [], { limit: 3_000 }).blockingPairs).toEqual(all);
    // Everybody with their first choice: proposer i with reviewer i.
    expect(
      isStable(
        market,
        proposers.map((p, i): Pair => [p, reviewers[i] as string]),
      ),
    ).toBe(true);
  });

  test("a coalition of one is an agent that would rather drop a partner, and the bound counts agents", () => {
    const market = createMarket({
      proposers: { a: { prefs: ["x"] }, b: { prefs: ["x"] } },
      reviewers: { x: { quota: 2, prefs: ["a", "b"] } },
    });
    // x likes a alone better than a and b together.
    const utility = (side: string, agent: string, partners: readonly string[]) =>
      agent === "x" ? { "": 0, a: 3, b: 1, "a,b": 2 }[partners.join()] : side ? partners.length : 0;
    const search = (pairs: Pair[], maxSize?: number) =>
      findBlockingCoalition(market, pairs, {
        utility: utility as never,
        ...(maxSize === undefined ? {} : { maxSize }),
      });
    const both: Pair[] = [
      ["a", "x"],
      ["b", "x"],
    ];
    expect(search(both, 1)).toEqual({
      proposers: [],
      reviewers: ["x"],
      newPairs: [],
      partners: new Map([["x", ["a"]]]),
    });
    expect(search([["a", "x"]])).toBeUndefined();
    expect(search([["b", "x"]], 1)).toBeUndefined();
    expect(search([["b", "x"]], 2)).toEqual({
      proposers: ["a"],
      reviewers: ["x"],
      newPairs: [["a", "x"]],
      partners: new Map([
        ["a", ["x"]],
        ["x", ["a", "b"]],
      ]),
    });
  });

  test("the search for coalitions refuses what it cannot do, by name", () => {
    const seats = (n: number) => {
      const ids = Array.from({ length: n }, (_, i) => `r${i}`);
      const market = createMarket({
        proposers: { p: { quota: n, prefs: ids } },
        reviewers: ids.map((id) => ({ id, prefs: ["p"] })),
      });
      return () =>
        findBlockingCoalition(market, solve(market), {
          utility: (_, __, partners) => partners.length,
          maxSize: 1,
        });
    };
    expect(seats(12)()).toBeUndefined();
    code(seats(21), { code: "EMRX_MATCHING_LIMIT", agent: "p" });
    const market = createMarket({
      proposers: { a: { prefs: ["x"] } },
      reviewers: { x: { prefs: ["a"] } },
    });
    for (const maxSize of [0, 1.5, -1, Number.NaN])
      code(() => findBlockingCoalition(market, [], { utility: () => 0, maxSize }), {
        code: "EMRX_MATCHING_LIMIT",
      });
    for (const value of [Number.NaN, "1", undefined])
      code(() => findBlockingCoalition(market, [], { utility: () => value as never }), {
        code: "EMRX_MATCHING_SCORE",
        agent: "a",
      });
    // Minus infinity is a number: an unacceptable set.
    expect(
      findBlockingCoalition(market, [], { utility: () => Number.NEGATIVE_INFINITY }),
    ).toBeUndefined();
  });

  test("envy counts ties as no envy, tells sides apart, and asks for the side where the id is on both", () => {
    const both = createMarket({
      proposers: { h: { prefs: [["k", "m"]] }, k: { prefs: ["h", "m"] } },
      reviewers: { h: { prefs: ["k"] }, k: { prefs: ["h"] }, m: { prefs: [["k", "h"]] } },
    });
    const pairs: Pair[] = [
      ["h", "k"],
      ["k", "m"],
    ];
    expect(envyOf(both, pairs, "h", "proposers")).toEqual([]);
    expect(envyOf(both, pairs, "k", "proposers")).toEqual([
      { preferred: "h", rank: 1, envied: [], justified: [], seatFree: true },
    ]);
    expect(envyOf(both, pairs, "h", "reviewers")).toEqual([
      { preferred: "k", rank: 1, envied: ["m"], justified: ["m"], seatFree: false },
    ]);
    code(() => envyOf(both, pairs, "h"), { code: "EMRX_MATCHING_ARGUMENT", agent: "h" });
    code(() => envyOf(both, pairs, "zz"), { code: "EMRX_MATCHING_UNKNOWN_ID", entry: "zz" });
    expect(
      envyReport(both, pairs).map(({ side, agent, preferred }) => [side, agent, preferred]),
    ).toEqual([
      ["proposers", "h", 0],
      ["proposers", "k", 1],
      ["reviewers", "h", 1],
      ["reviewers", "k", 0],
      ["reviewers", "m", 0],
    ]);
    // A tied rival has no better right, one in a worse tier has; a full reviewer has no free seat.
    const tied = createMarket({
      proposers: { a: { prefs: ["x"] }, b: { prefs: ["x"] }, c: { prefs: ["x"] }, d: {} },
      reviewers: { x: { quota: 2, prefs: [["a", "b"], "c"] } },
    });
    const held: Pair[] = [
      ["b", "x"],
      ["c", "x"],
    ];
    expect(envyOf(tied, held, "a")).toEqual([
      { preferred: "x", rank: 1, envied: ["b", "c"], justified: ["c"], seatFree: false },
    ]);
    // A partner that the reviewer does not even list comes after all it lists.
    expect(
      envyOf(
        tied,
        [
          ["d", "x"],
          ["b", "x"],
        ],
        "a",
      )[0]?.justified,
    ).toEqual(["d"]);
    expect(envyOf(tied, [["b", "x"]], "a")[0]).toMatchObject({ justified: [], seatFree: true });
  });

  test("certificates of another shape are invalid, and so are markets with ties", () => {
    const market = createMarket({
      proposers: { a: { prefs: ["x"] } },
      reviewers: { x: { prefs: ["a"] } },
    });
    const good = certify(market, solve(market));
    for (const shape of [
      null,
      undefined,
      {},
      { ...good, cutoffs: undefined },
      { ...good, cutoffs: 1 },
    ])
      expect(checkCertificate(market, shape as never)).toEqual({
        valid: false,
        reason: "It is not a certificate of version 1.",
      });
    const tied = createMarket({
      proposers: { a: { prefs: [["x", "y"]] } },
      reviewers: { x: { prefs: ["a"] }, y: { prefs: ["a"] } },
    });
    code(() => certify(tied, []), { code: "EMRX_MATCHING_TIES" });
    code(() => checkCertificate(tied, good), { code: "EMRX_MATCHING_TIES" });
    code(() => certify(market, []), {
      code: "EMRX_MATCHING_NOT_STABLE",
      message: expect.stringContaining('blocked by ["a","x"].'),
    });
    const full = createMarket({
      proposers: { a: { prefs: ["x"] }, b: { prefs: ["x"] }, c: {} },
      reviewers: { x: { prefs: ["a", "b"] } },
    });
    code(
      () =>
        certify(full, [
          ["a", "x"],
          ["b", "x"],
        ]),
      { message: expect.stringContaining('breaks the quota of "x"') },
    );
    code(() => certify(full, [["c", "x"]]), {
      message: expect.stringContaining('breaks the list of "c"'),
    });
  });
});

describe("matchings of any origin", () => {
  const market = createMarket({
    proposers: { a: { quota: 2, prefs: ["x"] }, b: { prefs: ["y", "x"] } },
    reviewers: { x: { prefs: ["b", "a"] }, y: { quota: 0, prefs: ["a"] } },
  });

  test("verify names every broken quota and unacceptable partner", () => {
    expect(
      verify(market, [
        ["a", "x"],
        ["b", "x"],
        ["b", "y"],
      ]).violations,
    ).toEqual([
      { kind: "quota", side: "proposers", agent: "b" },
      { kind: "quota", side: "reviewers", agent: "x" },
      { kind: "quota", side: "reviewers", agent: "y" },
      { kind: "unacceptable", side: "reviewers", agent: "y", partner: "b" },
    ]);
    expect(
      isStable(market, [
        ["b", "x"],
        ["a", "y"],
      ]),
    ).toBe(false);
    expect(isStable(market, [["b", "x"]])).toBe(true);
  });

  test("pairs are looked up by id: unknown ids, doubled pairs and other shapes are refused", () => {
    const code = (pairs: unknown, expected: string) =>
      expect(() => matchingFromPairs(market, pairs as Pair[])).toThrow(
        expect.objectContaining({ code: expected }),
      );
    code([["x", "a"]], "EMRX_MATCHING_UNKNOWN_ID");
    code(
      [
        ["a", "x"],
        ["a", "x"],
      ],
      "EMRX_MATCHING_DUPLICATE",
    );
    code([["a"]], "EMRX_MATCHING_ARGUMENT");
    code(["ax"], "EMRX_MATCHING_ARGUMENT");
    expect(() => blockingPairs(market, 5 as never)).toThrow(
      expect.objectContaining({ code: "EMRX_MATCHING_ARGUMENT" }),
    );
    expect(() => blockingPairs(market, [], { stability: "total" as never })).toThrow(
      expect.objectContaining({ code: "EMRX_MATCHING_ARGUMENT" }),
    );
  });

  test("a matching answers by id, and moves between markets by id", () => {
    const matching = matchingFromPairs(market, [
      ["b", "x"],
      ["a", "x"],
    ]);
    expect(matching.size).toBe(2);
    expect([...matching]).toEqual([
      ["a", "x"],
      ["b", "x"],
    ]);
    expect(matching.partnersOf("x")).toEqual(["a", "b"]);
    expect(matching.partnersOf("a")).toEqual(["x"]);
    expect(matching.partnersOf("y")).toEqual([]);
    expect([matching.has("a", "x"), matching.has("a", "y")]).toEqual([true, false]);
    expect(() => matching.partnersOf("z")).toThrow(
      expect.objectContaining({ code: "EMRX_MATCHING_UNKNOWN_ID" }),
    );
    const larger = createMarket({
      proposers: { "0": { prefs: ["x"] }, a: { prefs: ["x"] }, b: { prefs: ["x"] } },
      reviewers: { x: { quota: 2, prefs: ["0", "a", "b"] } },
    });
    expect([...blockingPairs(larger, matching)]).toEqual([["0", "x"]]);
    const shared = createMarket({
      proposers: { h: { prefs: ["k"] }, k: { prefs: ["h"] } },
      reviewers: { h: { prefs: ["k"] }, k: { prefs: ["h"] } },
    });
    const both = solve(shared);
    expect(both.partnersOf("h", "proposers")).toEqual(["k"]);
    expect(both.partnersOf("h", "reviewers")).toEqual(["k"]);
    expect(() => both.partnersOf("h")).toThrow(
      failure({ code: "EMRX_MATCHING_ARGUMENT", agent: "h" }),
    );
  });
});
