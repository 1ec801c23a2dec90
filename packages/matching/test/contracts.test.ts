import { fc, matchingOracle, property, sharedJson, testWithShared } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import { solveByChoice } from "../src/contracts/solve.js";
import {
  bestTerms,
  budgetAdditive,
  type ChoiceFunction,
  type Contract,
  checkSubstitutable,
  createContractMarket,
  groupQuotas,
  responsive,
  solveContracts,
  verifyContracts,
  withinBudget,
} from "../src/contracts.js";
import { createMarket, solve } from "../src/index.js";
import { failure } from "./errors.js";

const { allStableAllocations, smallContractMarkets, smallMarkets } = matchingOracle;
const idsOf = (contracts: Iterable<Contract>): string[] => [...contracts].map(({ id }) => id);

describe("contract markets", () => {
  testWithShared(
    "matching/instances.json",
    "the listed instances give the listed allocations from both sides",
    () => {
      type Instance = matchingOracle.OracleContractMarket & {
        name: string;
        kind: string;
        allStableMatchings: string[][];
        proposerOptimal: string[];
        reviewerOptimal: string[];
      };
      let checked = 0;
      for (const instance of sharedJson("matching/instances.json") as Instance[]) {
        if (instance.kind !== "contracts") continue;
        const market = createContractMarket({
          contracts: instance.contracts,
          proposers: instance.proposers,
          reviewers: instance.reviewers,
        });
        expect(idsOf(solveContracts(market)), instance.name).toEqual(instance.proposerOptimal);
        expect(idsOf(solveContracts(market, { proposing: "reviewers" })), instance.name).toEqual(
          instance.reviewerOptimal,
        );
        const ids = idsOf(market.contracts);
        const stable = [];
        for (let mask = 0; mask < 2 ** ids.length; mask++) {
          const allocation = ids.filter((_, i) => (mask >> i) & 1);
          if (verifyContracts(market, allocation).stable) stable.push(allocation);
        }
        expect(stable.sort(), instance.name).toEqual(instance.allStableMatchings.sort());
        checked++;
      }
      expect(checked).toBe(3);
    },
  );

  property(
    "allocations are stable exactly by the Hatfield-Kominers definition, and both sides' proposals end in the extremes",
    [smallContractMarkets(7)],
    (input) => {
      const market = createContractMarket(input);
      const stable = allStableAllocations(input);
      const ids = idsOf(market.contracts);
      const found = [];
      for (let mask = 0; mask < 2 ** ids.length; mask++) {
        const allocation = ids.filter((_, i) => (mask >> i) & 1);
        const single = verifyContracts(market, allocation);
        expect(verifyContracts(market, allocation, { maxSize: 3 }).stable).toBe(single.stable);
        if (single.stable) found.push(allocation);
      }
      expect(found.sort()).toEqual(stable.sort());
      for (const [proposing, role] of [
        ["proposers", "proposer"],
        ["reviewers", "reviewer"],
      ] as const) {
        const best = idsOf(solveContracts(market, { proposing }));
        expect(idsOf(solveByChoice(market, proposing))).toEqual(best);
        expect(stable).toContainEqual(best);
        // Offered its contracts of any other stable allocation as well, nobody on the proposing side takes them.
        for (const other of stable)
          for (const id of Object.keys(input[proposing])) {
            const own = (set: string[]) => set.filter((c) => input.contracts[c]?.[role] === id);
            const both = new Set([...own(best), ...own(other)]);
            const choose = market[proposing].get(id) as ChoiceFunction;
            expect(
              idsOf(choose(market.contracts.filter((contract) => both.has(contract.id)))).sort(),
            ).toEqual(own(best).sort());
          }
      }
    },
    { numRuns: 100 },
  );

  property(
    "a market with one contract a pair is an ordinary market",
    [smallMarkets({ agents: 4, quota: 3 })],
    (input) => {
      const contracts: Record<string, { proposer: string; reviewer: string }> = {};
      for (const proposer of Object.keys(input.proposers))
        for (const reviewer of Object.keys(input.reviewers))
          contracts[`${proposer}-${reviewer}`] = { proposer, reviewer };
      const side = (
        agents: matchingOracle.OracleMarket["proposers"],
        id: (own: string, other: string) => string,
      ) =>
        Object.fromEntries(
          Object.entries(agents).map(([own, { quota, prefs }]) => [
            own,
            { quota, prefs: (prefs as string[]).map((other) => id(own, other)) },
          ]),
        );
      const market = createContractMarket({
        contracts,
        proposers: side(input.proposers, (p, r) => `${p}-${r}`),
        reviewers: side(input.reviewers, (r, p) => `${p}-${r}`),
      });
      for (const proposing of ["proposers", "reviewers"] as const)
        expect(idsOf(solveContracts(market, { proposing }))).toEqual(
          solve(createMarket(input), { proposing })
            .pairs()
            .map((pair) => pair.join("-")),
        );
    },
  );

  test("a choice function that is not substitutable is found out, not believed", () => {
    // The hospital wants both doctors or none; each doctor prefers it, and doctor b has no other wish.
    const market = createContractMarket({
      contracts: {
        a: { proposer: "ann", reviewer: "hospital" },
        b: { proposer: "bob", reviewer: "hospital" },
      },
      proposers: { ann: { prefs: ["a"] }, bob: { prefs: ["b"] } },
      reviewers: { hospital: { choose: (offered) => (offered.length === 2 ? offered : []) } },
    });
    // Offered at once both are taken; and the empty allocation is blocked only by the set of both.
    expect(idsOf(solveContracts(market))).toEqual(["a", "b"]);
    expect(verifyContracts(market, []).stable).toBe(true);
    expect(verifyContracts(market, [], { maxSize: 2 }).blocking.map(idsOf)).toEqual([["a", "b"]]);
    // One doctor goes elsewhere after the hospital counted on both.
    const late = createContractMarket({
      contracts: {
        a: { proposer: "ann", reviewer: "hospital" },
        b: { proposer: "bob", reviewer: "hospital" },
        c: { proposer: "ann", reviewer: "clinic" },
        d: { proposer: "bob", reviewer: "clinic" },
      },
      proposers: { ann: { prefs: ["a", "c"] }, bob: { prefs: ["d", "b"] } },
      reviewers: {
        hospital: { choose: (offered) => (offered.length === 2 ? offered : []) },
        clinic: { prefs: ["c", "d"] },
      },
    });
    expect(() => solveContracts(late)).toThrow(
      expect.objectContaining({ code: "EMRX_MATCHING_NOT_SUBSTITUTABLE" }),
    );
  });

  test("agents who would rather drop a contract are named with what they would keep", () => {
    const market = createContractMarket({
      contracts: { x: { proposer: "p", reviewer: "r" }, y: { proposer: "p", reviewer: "r" } },
      proposers: { p: { quota: 2, prefs: ["y", "x"] } },
      reviewers: { r: { quota: 2, prefs: ["x", "y"] } },
    });
    const { irrational, stable } = verifyContracts(market, ["x", "y"]);
    expect(stable).toBe(false);
    expect(irrational.map(({ side, agent, keeps }) => [side, agent, idsOf(keeps)])).toEqual([
      ["proposers", "p", ["y"]],
      ["reviewers", "r", ["x"]],
    ]);
  });

  test("wrong input names the agent and the contract", () => {
    const contracts = { x: { proposer: "p", reviewer: "r" } };
    const r = { r: { prefs: ["x"] } };
    const code = (make: () => unknown, expected: object) => expect(make).toThrow(failure(expected));
    code(() => createContractMarket({ contracts, proposers: {}, reviewers: r }), {
      code: "EMRX_MATCHING_UNKNOWN_ID",
      agent: "p",
      entry: "x",
    });
    code(
      () => createContractMarket({ contracts, proposers: { p: { prefs: ["z"] } }, reviewers: r }),
      {
        code: "EMRX_MATCHING_UNKNOWN_ID",
        agent: "p",
        entry: "z",
      },
    );
    const both = { contracts: { ...contracts, y: { proposer: "q", reviewer: "r" } }, reviewers: r };
    code(
      () => createContractMarket({ ...both, proposers: { p: { prefs: ["y"] }, q: { prefs: [] } } }),
      {
        code: "EMRX_MATCHING_UNKNOWN_ID",
        entry: "y",
      },
    );
    code(
      () =>
        createContractMarket({ contracts, proposers: { p: { prefs: ["x", "x"] } }, reviewers: r }),
      {
        code: "EMRX_MATCHING_DUPLICATE",
        entry: "x",
      },
    );
    code(
      () =>
        createContractMarket({
          contracts,
          proposers: { p: { quota: 0.5, prefs: ["x"] } },
          reviewers: r,
        }),
      {
        code: "EMRX_MATCHING_QUOTA",
        agent: "p",
      },
    );
    const x = { id: "x", proposer: "p", reviewer: "r" };
    const p = { p: { prefs: ["x"] } };
    code(() => createContractMarket({ contracts: [x, x], proposers: p, reviewers: r }), {
      code: "EMRX_MATCHING_DUPLICATE",
    });
    code(
      () =>
        createContractMarket({ contracts: [{ ...x, id: 1 as never }], proposers: p, reviewers: r }),
      {
        code: "EMRX_MATCHING_ARGUMENT",
      },
    );
    code(
      () =>
        createContractMarket({
          contracts: [x],
          proposers: { p: { choose: 1 as never } },
          reviewers: r,
        }),
      { code: "EMRX_MATCHING_ARGUMENT", message: expect.stringMatching(/^proposers\.p\.choose/) },
    );
    for (const agent of [{}, { prefs: [], choose: () => [] }, { quota: 2, choose: () => [] }])
      code(
        () =>
          createContractMarket({ contracts: [x], proposers: { p: agent as never }, reviewers: r }),
        { code: "EMRX_MATCHING_ARGUMENT", agent: "p" },
      );
    for (const nothing of [undefined, null, Promise.resolve([x]), 5])
      code(
        () =>
          solveContracts(
            createContractMarket({
              contracts: [x],
              proposers: { p: { choose: () => nothing as never } },
              reviewers: r,
            }),
          ),
        { code: "EMRX_MATCHING_ARGUMENT" },
      );
    const cheat = createContractMarket({
      contracts: [x],
      proposers: { p: { choose: () => [{ ...x }] } },
      reviewers: r,
    });
    code(() => solveContracts(cheat), { code: "EMRX_MATCHING_ARGUMENT", agent: "p", entry: "x" });
    code(() => solveContracts(cheat, { proposing: "both" as never }), {
      code: "EMRX_MATCHING_ARGUMENT",
    });
    const market = createContractMarket({ contracts: [x], proposers: p, reviewers: r });
    code(() => verifyContracts(market, ["y"]), { code: "EMRX_MATCHING_UNKNOWN_ID", entry: "y" });
    code(() => verifyContracts(market, [], { maxSize: 0 }), { code: "EMRX_MATCHING_LIMIT" });
  });
});

describe("what may be handed in as contracts", () => {
  const agents = {
    proposers: { p: { quota: 2, prefs: ["b", "a"] }, q: { prefs: ["c"] } },
    reviewers: { r: { quota: 3, prefs: ["c", "a"] }, s: { prefs: ["b"] } },
  };
  const [a, b, c] = [
    { id: "a", proposer: "p", reviewer: "r" },
    { id: "b", proposer: "p", reviewer: "s" },
    { id: "c", proposer: "q", reviewer: "r" },
  ] as const;
  const code = (run: () => unknown, expected: object) => expect(run).toThrow(failure(expected));

  test("a list in any order, or an object by id; nothing given is changed", () => {
    const given = [c, a, b];
    const { id: _a, ...ofA } = a;
    const { id: _b, ...ofB } = b;
    const { id: _c, ...ofC } = c;
    for (const contracts of [given, new Set([b, c, a]), { c: ofC, b: ofB, a: ofA }]) {
      const market = createContractMarket({ contracts, ...agents });
      expect(idsOf(market.contracts)).toEqual(["a", "b", "c"]);
      expect(idsOf(solveContracts(market))).toEqual(["a", "b", "c"]);
      expect([...market.proposers.keys()]).toEqual(["p", "q"]);
    }
    expect(given).toEqual([c, a, b]);
    const backwards = createContractMarket({
      contracts: given,
      proposers: { q: agents.proposers.q, p: agents.proposers.p },
      reviewers: agents.reviewers,
    });
    expect([...backwards.proposers.keys()]).toEqual(["p", "q"]);
  });

  test("what is wrong is named on either side", () => {
    const make = (change: object) => () =>
      createContractMarket({ contracts: [a, b, c], ...agents, ...change });
    code(make({ reviewers: { r: { prefs: [] } } }), {
      code: "EMRX_MATCHING_UNKNOWN_ID",
      agent: "s",
      entry: "b",
    });
    code(make({ reviewers: { ...agents.reviewers, s: { prefs: ["a"] } } }), {
      code: "EMRX_MATCHING_UNKNOWN_ID",
      agent: "s",
      entry: "a",
    });
    code(make({ contracts: [a, b, c, a] }), {
      code: "EMRX_MATCHING_DUPLICATE",
      agent: "p",
      entry: "a",
    });
    code(make({ contracts: [{ ...a, proposer: "toString" }] }), {
      code: "EMRX_MATCHING_UNKNOWN_ID",
      agent: "toString",
    });
    code(make({ reviewers: { ...agents.reviewers, s: { quota: -1, prefs: ["b"] } } }), {
      code: "EMRX_MATCHING_QUOTA",
      agent: "s",
    });
  });

  test("a choice is of what was offered, each once", () => {
    const chosen = (choose: ChoiceFunction) => () =>
      solveContracts(
        createContractMarket({
          contracts: [a, b, c],
          ...agents,
          reviewers: { ...agents.reviewers, r: { choose } },
        }),
      );
    code(
      chosen((offered) => [...offered, ...offered]),
      { code: "EMRX_MATCHING_ARGUMENT", agent: "r" },
    );
    code(
      chosen(() => [b]),
      { code: "EMRX_MATCHING_ARGUMENT", agent: "r", entry: "b" },
    );
    code(
      chosen(() => [undefined as never]),
      {
        code: "EMRX_MATCHING_ARGUMENT",
        agent: "r",
        entry: "undefined",
      },
    );
    expect(idsOf(chosen((offered) => new Set(offered))())).toEqual(["a", "b", "c"]);
  });

  test("an allocation is checked by ids or contracts, with sets of the size asked for", () => {
    const market = createContractMarket({ contracts: [a, b, c], ...agents });
    expect(verifyContracts(market, [a, "b", { ...c }]).stable).toBe(true);
    expect(verifyContracts(market, [a]).blocking.map(idsOf)).toEqual([["b"], ["c"]]);
    expect(verifyContracts(market, ["a", "b", "c"], { maxSize: 9 }).stable).toBe(true);
    for (const entry of ["z", { id: "z" }, null, undefined])
      code(() => verifyContracts(market, [entry as never]), { code: "EMRX_MATCHING_UNKNOWN_ID" });
    code(() => verifyContracts(market, [{ id: "z" } as never]), { entry: "z" });
    for (const maxSize of [0, -1, 1.5, Number.NaN])
      code(() => verifyContracts(market, [], { maxSize }), { code: "EMRX_MATCHING_LIMIT" });
  });

  test("the smallest blocking sets are listed, and larger ones are looked for only where there is none", () => {
    // The lab wants both records of a pair or none, and each patient would give theirs.
    const pairs = createContractMarket({
      contracts: [a, c],
      proposers: { p: { prefs: ["a"] }, q: { prefs: ["c"] } },
      reviewers: { r: { choose: (offered) => (offered.length === 2 ? offered : []) } },
    });
    expect(verifyContracts(pairs, [], { maxSize: 1 })).toMatchObject({
      stable: true,
      blocking: [],
    });
    expect(verifyContracts(pairs, [], { maxSize: 2 }).blocking.map(idsOf)).toEqual([["a", "c"]]);
    expect(verifyContracts(pairs, ["a"])).toMatchObject({
      stable: false,
      irrational: [{ side: "reviewers", agent: "r", keeps: [] }],
    });
    expect(verifyContracts(pairs, ["a"]).blocking.map(idsOf)).toEqual([["c"]]);
  });
});

describe("large contract markets", () => {
  property(
    "ranked by place and asked by choice function, the allocation is the same, and stable",
    [
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 3 }),
      fc.infiniteStream(fc.nat()),
    ],
    (n, m, levels, stream) => {
      const draw = () => stream.next().value as number;
      const contracts: Record<string, { proposer: string; reviewer: string }> = {};
      const lists = new Map<string, [number, string][]>();
      const add = (agent: string, id: string) => {
        if (draw() % 8 > 0) lists.set(agent, [...(lists.get(agent) ?? []), [draw(), id]]);
      };
      for (let p = 0; p < n; p++)
        for (let r = 0; r < m; r++)
          for (let level = 0; level < levels; level++) {
            const id = `p${p} r${r} ${level}`;
            contracts[id] = { proposer: `p${p}`, reviewer: `r${r}` };
            add(`p${p}`, id);
            add(`r${r}`, id);
          }
      const side = (prefix: string, count: number) =>
        Object.fromEntries(
          Array.from({ length: count }, (_, i) => {
            const list = lists.get(prefix + i) ?? [];
            const prefs = list.sort(([a], [b]) => a - b).map(([, id]) => id);
            return [prefix + i, { quota: draw() % 5, prefs }];
          }),
        );
      const market = createContractMarket({
        contracts,
        proposers: side("p", n),
        reviewers: side("r", m),
      });
      for (const proposing of ["proposers", "reviewers"] as const) {
        const found = solveContracts(market, { proposing });
        expect(idsOf(found)).toEqual(idsOf(solveByChoice(market, proposing)));
        expect(verifyContracts(market, found).stable).toBe(true);
      }
    },
    { numRuns: 60 },
  );
});

describe("choice functions", () => {
  const many: Contract<number>[] = Array.from({ length: 8 }, (_, i) => ({
    id: `c${i}`,
    proposer: "p",
    reviewer: `r${i % 3}`,
    terms: 1 + ((i * 5) % 7),
  }));
  const order = fc.shuffledSubarray(idsOf(many));
  const quota = fc.nat({ max: 5 });

  property(
    "the built-in ones are substitutable, and all but withinBudget obey the law of aggregate demand",
    [order, quota, fc.record({ r0: quota, r1: quota }), fc.nat({ max: 30 })],
    (prefs, seats, quotas, budget) => {
      const value = ({ terms = 0 }: Contract<number>) => (terms > 1 ? terms : undefined);
      const price = ({ id }: Contract<number>) => 1 + (Number(id.slice(1)) % 4);
      for (const choose of [
        responsive<number>({ quota: seats, prefs }),
        bestTerms<number>({ quota: seats, prefs, counterpart: "reviewer" }),
        groupQuotas<number>({ quota: seats, prefs, groupOf: ({ reviewer }) => reviewer, quotas }),
        budgetAdditive<number>(many, { value, price: () => 4, budget }),
      ])
        expect(checkSubstitutable(choose, many)).toEqual({ wellBehaved: true });
      const check = checkSubstitutable(withinBudget<number>(many, { value, price, budget }), many);
      expect(check.substitutability).toBeUndefined();
      expect(check.irrelevance).toBeUndefined();
      const spent = [...withinBudget<number>(many, { value, price, budget })(many)].reduce(
        (sum, contract) => sum + price(contract),
        0,
      );
      expect(spent).toBeLessThanOrEqual(budget);
    },
    { numRuns: 30 },
  );

  test("values, prices and budgets that are none are refused, by contract", () => {
    const [first] = many as [Contract<number>];
    const code = (change: object, expected: object) => {
      for (const make of [withinBudget, budgetAdditive])
        expect(() =>
          make([first], { value: () => 1, price: () => 1, budget: 3, ...change } as never),
        ).toThrow(failure({ code: "EMRX_MATCHING_SCORE", ...expected }));
    };
    for (const budget of [-1, 0.5, Number.NaN, 2 ** 53, "3"]) code({ budget }, {});
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, "3", null])
      code({ value: () => value }, { entry: "c0" });
    for (const price of [0, -1, 0.5, Number.NaN, 2 ** 53])
      code({ price: () => price }, { entry: "c0" });
    // Nothing is asked about the price of what nobody wants.
    for (const value of [0, -2, undefined])
      expect([
        ...withinBudget([first], { value: () => value, price: () => Number.NaN, budget: 3 })([
          first,
        ]),
      ]).toEqual([]);
    // A budget of nothing buys nothing; one of exactly the price buys.
    const bought = (budget: number) =>
      idsOf(withinBudget(many, { value: () => 1, price: () => 5, budget })(many));
    expect([bought(0), bought(4), bought(5), bought(9), bought(10)]).toEqual([
      [],
      [],
      ["c0"],
      ["c0"],
      ["c0", "c1"],
    ]);
    // Equal values: the lower id first, in whatever order they are offered.
    expect(
      idsOf(
        withinBudget(many, { value: () => 1, price: () => 5, budget: 10 })([...many].reverse()),
      ),
    ).toEqual(["c0", "c1"]);
  });

  test("groups that are not named are not limited, and a limit of 0 shuts a group out", () => {
    const prefs = idsOf(many); // reviewers r0 r1 r2 r0 r1 r2 r0 r1
    const choose = (quota: number, quotas: Record<string, number>) =>
      idsOf(
        groupQuotas<number>({ quota, prefs, groupOf: ({ reviewer }) => reviewer, quotas })(many),
      );
    expect(choose(8, {})).toEqual(prefs);
    expect(choose(3, {})).toEqual(["c0", "c1", "c2"]);
    expect(choose(8, { r0: 0 })).toEqual(["c1", "c2", "c4", "c5", "c7"]);
    expect(choose(4, { r0: 1, r1: 2 })).toEqual(["c0", "c1", "c2", "c4"]);
    expect(choose(0, { r0: 1 })).toEqual([]);
    const named = groupQuotas<number>({ quota: 8, prefs, groupOf: () => "toString", quotas: {} });
    expect(idsOf(named(many))).toEqual(prefs);
    // Whoever is not ranked is not taken.
    expect(idsOf(responsive<number>({ quota: 8, prefs: ["c5"] })(many))).toEqual(["c5"]);
    expect(idsOf(bestTerms<number>({ quota: 2, prefs, counterpart: "reviewer" })(many))).toEqual([
      "c0",
      "c1",
    ]);
    for (const [make, more] of [
      [responsive, {}],
      [bestTerms, { counterpart: "proposer" }],
      [groupQuotas, { groupOf: () => "", quotas: {} }],
    ] as const)
      expect(() => make({ quota: 1, prefs: ["x", "y", "x"], ...more } as never)).toThrow(
        failure({ code: "EMRX_MATCHING_DUPLICATE", entry: "x" }),
      );
  });

  test("sixteen contracts can be checked, by all sets of offers", () => {
    const sixteen = Array.from({ length: 16 }, (_, i) => ({
      id: `${i}`,
      proposer: "p",
      reviewer: "r",
    }));
    let asked = 0;
    const check = checkSubstitutable((offered) => {
      asked++;
      return offered.length < 16 ? offered : offered.slice(1);
    }, sixteen);
    expect(asked).toBe(2 ** 16);
    expect(check.wellBehaved).toBe(true);
  });

  test("the counterexample is of the fewest offers", () => {
    const three = many.slice(0, 3);
    // Takes the last it is offered; of three, the first, which it turns down of two.
    const odd: ChoiceFunction<number> = (offered) =>
      offered.length === 3 ? offered.slice(0, 1) : offered.slice(-1);
    expect(checkSubstitutable(odd, three)).toEqual({
      wellBehaved: false,
      substitutability: {
        offered: ["c0", "c1"],
        added: "c2",
        chosenBefore: ["c1"],
        chosenAfter: ["c0"],
      },
      irrelevance: {
        offered: ["c0", "c1"],
        added: "c2",
        chosenBefore: ["c1"],
        chosenAfter: ["c0"],
      },
    });
  });

  test("budgetAdditive takes the most valuable set that the money allows, as trying all sets shows", () => {
    const value = ({ terms }: Contract<number>) => terms;
    for (let budget = 0; budget <= 30; budget++) {
      const chosen = [...budgetAdditive(many, { value, price: () => 4, budget })(many)];
      let best = 0;
      for (let mask = 0; mask < 2 ** many.length; mask++) {
        const set = many.filter((_, i) => (mask >> i) & 1);
        if (4 * set.length <= budget)
          best = Math.max(
            best,
            set.reduce((sum, { terms = 0 }) => sum + terms, 0),
          );
      }
      expect(chosen.reduce((sum, { terms = 0 }) => sum + terms, 0)).toBe(best);
    }
  });

  test("a knapsack with different prices is refused, since it is not substitutable", () => {
    const items = [
      { id: "big", proposer: "p", reviewer: "r", terms: [6, 3] as const },
      { id: "mid", proposer: "p", reviewer: "r", terms: [4, 2] as const },
      { id: "small", proposer: "p", reviewer: "r", terms: [3, 2] as const },
    ];
    const knapsack: ChoiceFunction<readonly [number, number]> = (offered) => {
      let best: Contract<readonly [number, number]>[] = [];
      const total = (set: Contract<readonly [number, number]>[], i: 0 | 1) =>
        set.reduce((sum, { terms }) => sum + (terms?.[i] ?? 0), 0);
      for (let mask = 0; mask < 2 ** offered.length; mask++) {
        const set = offered.filter((_, i) => (mask >> i) & 1);
        if (total(set, 1) <= 4 && total(set, 0) > total(best, 0)) best = set;
      }
      return best;
    };
    expect(checkSubstitutable(knapsack, items)).toMatchObject({
      wellBehaved: false,
      substitutability: {
        offered: ["big", "mid"],
        added: "small",
        chosenBefore: ["big"],
        chosenAfter: ["mid", "small"],
      },
    });
  });

  test("each law has its counterexample", () => {
    const [a, b, c] = many as [Contract<number>, Contract<number>, Contract<number>];
    // Takes a alone; once c is there, a is dropped although c is not taken.
    const fickle: ChoiceFunction<number> = (offered) =>
      offered.includes(c) ? offered.filter((x) => x === b) : offered.filter((x) => x !== c);
    expect(checkSubstitutable(fickle, [a, b, c])).toEqual({
      wellBehaved: false,
      irrelevance: { offered: ["c0"], added: "c2", chosenBefore: ["c0"], chosenAfter: [] },
      aggregateDemand: { offered: ["c0"], added: "c2", chosenBefore: ["c0"], chosenAfter: [] },
    });
    expect(() => checkSubstitutable(fickle, Array(17).fill(a))).toThrow(
      expect.objectContaining({ code: "EMRX_MATCHING_LIMIT" }),
    );
    const value = () => 1;
    const code = (make: () => unknown, expected: string) =>
      expect(make).toThrow(expect.objectContaining({ code: expected }));
    code(
      () => budgetAdditive(many, { value, price: ({ terms = 0 }) => terms, budget: 9 }),
      "EMRX_MATCHING_NOT_SUBSTITUTABLE",
    );
    code(() => withinBudget(many, { value, price: () => 1, budget: 0.5 }), "EMRX_MATCHING_SCORE");
    code(() => withinBudget([a], { value, price: () => 0, budget: 5 }), "EMRX_MATCHING_SCORE");
    code(
      () => withinBudget([a], { value: () => Number.NaN, price: () => 1, budget: 5 }),
      "EMRX_MATCHING_SCORE",
    );
    code(() => responsive({ quota: 1, prefs: ["x", "x"] }), "EMRX_MATCHING_DUPLICATE");
    expect(
      idsOf(
        withinBudget<number>(many, {
          value: ({ terms = 0 }) => 3 - terms,
          price: () => 1,
          budget: 5,
        })(many),
      ),
    ).toEqual(["c0", "c7", "c3"]);
    expect(idsOf(responsive<number>({ quota: 2, prefs: ["c3", "c1", "c2"] })(many))).toEqual([
      "c3",
      "c1",
    ]);
    expect(
      idsOf(
        withinBudget<number>(many, {
          value: ({ terms }) => terms,
          price: ({ terms = 0 }) => terms,
          budget: 14,
        })(many),
      ),
    ).toEqual(["c4", "c1"]);
  });
});
