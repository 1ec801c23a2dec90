import { fc, property, sharedPath, testWithShared } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import { augment } from "../../src/allocation/augment.js";
import {
  type AllocationMarket,
  allocationMarketFromArrays,
  createAllocationMarket,
  dealRound,
  stableAllocation,
  verifyAllocation,
} from "../../src/allocation.js";
import { createMarket } from "../../src/market.js";
import { solve } from "../../src/solve.js";
import { atOnce } from "../../src/steps.js";
import { isStable } from "../../src/verify.js";
import {
  allStable,
  atLeastAsGood,
  type Input,
  inputOf,
  type Row,
  smallMarkets,
  sorted,
} from "./oracle.js";

const sides = ["proposers", "reviewers"] as const;
const pathsOf = (market: AllocationMarket, side: (typeof sides)[number]) =>
  atOnce((work) => augment(market, side, work));
const best = (input: Input, proposing: (typeof sides)[number]): Row[] =>
  stableAllocation(createAllocationMarket(inputOf(input)), { proposing }).rows();

describe("the stable allocation", () => {
  property(
    "is of all stable ones the best for every agent that proposes and the worst for every other",
    [smallMarkets({})],
    (input) => {
      const stable = allStable(input).map(sorted);
      for (const side of sides) {
        const found = best(input, side);
        const other = side === "proposers" ? "reviewers" : "proposers";
        expect(stable).toContainEqual(found);
        for (const rival of stable) {
          expect(atLeastAsGood(input, found, rival, side)).toBe(true);
          expect(atLeastAsGood(input, rival, found, other)).toBe(true);
        }
      }
    },
    { numRuns: 300 },
  );

  property(
    "gives every agent the same in all, and one that is not full the same from everybody (rural hospitals)",
    [smallMarkets({})],
    (input) => {
      const [first, second] = sides.map((side) => best(input, side)) as [Row[], Row[]];
      sides.forEach((side, end) => {
        for (const [id, { quantity }] of Object.entries(input[side])) {
          const [one, two] = [first, second].map((rows) =>
            rows.filter((row) => row[end] === id),
          ) as [Row[], Row[]];
          const total = (rows: Row[]): number => rows.reduce((sum, row) => sum + row[2], 0);
          expect(total(one)).toBe(total(two));
          if (total(one) < quantity) expect(one).toEqual(two);
        }
      });
    },
  );

  property(
    "of which every proposer takes the better of two stable ones is stable again (lattice)",
    [smallMarkets({ agents: 3, quantity: 3 })],
    (input) => {
      const stable = allStable(input).map(sorted);
      for (const one of stable)
        for (const two of stable) {
          const joined = Object.keys(input.proposers).flatMap((p) => {
            const [a, b] = [one, two].map((rows) => rows.filter((row) => row[0] === p)) as [
              Row[],
              Row[],
            ];
            const alone = {
              ...input,
              proposers: { [p]: input.proposers[p] as Input["proposers"][string] },
            };
            const better = atLeastAsGood(alone, a, b, "proposers");
            expect(better || atLeastAsGood(alone, b, a, "proposers")).toBe(true);
            return better ? a : b;
          });
          expect(stable).toContainEqual(joined);
        }
    },
  );

  property(
    "with pair capacities of 1 is many-to-many matching",
    [smallMarkets({ agents: 6, quantity: 3, capacity: 1 })],
    (input) => {
      const ones = Object.fromEntries(Object.keys(input.capacities).map((pair) => [pair, 1]));
      const side = (name: (typeof sides)[number]) =>
        Object.fromEntries(
          Object.entries(input[name]).map(([id, { quantity, prefs }]) => [
            id,
            { quota: quantity, prefs },
          ]),
        );
      const market = createMarket({ proposers: side("proposers"), reviewers: side("reviewers") });
      for (const proposing of sides)
        expect(best({ ...input, capacities: ones }, proposing)).toEqual(
          solve(market, { proposing })
            .pairs()
            .map((pair) => [...pair, 1]),
        );
    },
  );

  property(
    "is the only one where no quantities and capacities add up to the same: both sides' best are equal",
    // All different powers of 2: sums of different sets of them differ.
    [smallMarkets({ agents: 5 }), fc.shuffledSubarray([...Array(36).keys()], { minLength: 36 })],
    (input, powers) => {
      let i = 0;
      const next = (): number => 2 ** (powers[i++] as number);
      const generic: Input = {
        ...Object.fromEntries(
          sides.map((side) => [
            side,
            Object.fromEntries(
              Object.entries(input[side]).map(([id, agent]) => [
                id,
                { ...agent, quantity: next() },
              ]),
            ),
          ]),
        ),
        capacities: Object.fromEntries(Object.keys(input.capacities).map((pair) => [pair, next()])),
      } as Input;
      expect(best(generic, "proposers")).toEqual(best(generic, "reviewers"));
    },
  );

  property(
    "is exact with quantities up to the largest whole numbers, and scales with them",
    [smallMarkets({ agents: 4 }), fc.integer({ min: 2, max: 2 ** 48 })],
    (input, factor) => {
      const scaled: Input = {
        proposers: Object.fromEntries(
          Object.entries(input.proposers).map(([id, a]) => [
            id,
            { ...a, quantity: a.quantity * factor },
          ]),
        ),
        reviewers: Object.fromEntries(
          Object.entries(input.reviewers).map(([id, a]) => [
            id,
            { ...a, quantity: a.quantity * factor },
          ]),
        ),
        capacities: Object.fromEntries(
          Object.entries(input.capacities).map(([pair, capacity]) => [pair, capacity * factor]),
        ),
      };
      for (const side of sides)
        expect(best(scaled, side)).toEqual(
          best(input, side).map(([p, r, amount]) => [p, r, amount * factor]),
        );
    },
  );

  test("does not depend on the order in which agents are given", () => {
    const input = {
      proposers: { a: { quantity: 2, prefs: ["x", "y"] }, b: { quantity: 2, prefs: ["y", "x"] } },
      reviewers: { x: { quantity: 2, prefs: ["b", "a"] }, y: { quantity: 2, prefs: ["a", "b"] } },
    };
    const turned = {
      proposers: { b: input.proposers.b, a: input.proposers.a },
      reviewers: { y: input.reviewers.y, x: input.reviewers.x },
    };
    const rows = [
      ["a", "x", 2],
      ["b", "y", 2],
    ];
    expect(stableAllocation(createAllocationMarket(input)).rows()).toEqual(rows);
    expect(stableAllocation(createAllocationMarket(turned)).rows()).toEqual(rows);
  });

  test("refuses a side that is none", () => {
    const market = createAllocationMarket({ proposers: {}, reviewers: {} });
    expect(() => stableAllocation(market, { proposing: "lots" as "proposers" })).toThrow(
      expect.objectContaining({ code: "EMRX_MATCHING_ARGUMENT" }),
    );
    expect(stableAllocation(market).rows()).toEqual([]);
  });
});

/** A market of `size` agents a side in which plain deferred acceptance sends single units round and round. */
function slowMarket(size: number, quantity: number): AllocationMarket {
  // Everybody begins full; one unit more, of the last proposer, chases one unit of everybody round the circle.
  const index = (i: number): number => ((i % size) + size) % size;
  const proposerLists = [...Array(size).keys()].flatMap((p) =>
    [...Array(size).keys()].map((i) => index(p + i)),
  );
  const reviewerLists = [...Array(size).keys()].flatMap((r) => [
    ...(r === 0 ? [size] : []),
    ...[...Array(size).keys()].map((i) => index(r + 1 + i)),
  ]);
  return allocationMarketFromArrays({
    proposers: size + 1,
    reviewers: size,
    proposerQuantities: Float64Array.from([...Array(size).fill(quantity), 1]),
    reviewerQuantities: new Float64Array(size).fill(quantity),
    proposerOffsets: Uint32Array.from({ length: size + 2 }, (_, i) =>
      i <= size ? i * size : size * size + 1,
    ),
    proposerLists: Uint32Array.from([...proposerLists, 0]),
    reviewerOffsets: Uint32Array.from({ length: size + 1 }, (_, i) => i * size + (i > 0 ? 1 : 0)),
    reviewerLists: Uint32Array.from(reviewerLists),
    capacities: new Float64Array(size * size + 1).fill(quantity),
  });
}

describe("the number of steps", () => {
  const bound = (market: AllocationMarket): { moves: number; length: number } => ({
    moves: 2 * market.proposers.lists.length + market.proposers.count + market.reviewers.count,
    length: Math.min(market.proposers.count, market.reviewers.count) + 1,
  });

  property(
    "is bounded by lists and agents, and the same for quantities a million million times as large",
    [smallMarkets({ agents: 7, quantity: 20, capacity: 9 })],
    (input) => {
      const times = (factor: number): AllocationMarket =>
        createAllocationMarket(
          inputOf({
            proposers: Object.fromEntries(
              Object.entries(input.proposers).map(([id, a]) => [
                id,
                { ...a, quantity: a.quantity * factor },
              ]),
            ),
            reviewers: Object.fromEntries(
              Object.entries(input.reviewers).map(([id, a]) => [
                id,
                { ...a, quantity: a.quantity * factor },
              ]),
            ),
            capacities: Object.fromEntries(
              Object.entries(input.capacities).map(([pair, capacity]) => [pair, capacity * factor]),
            ),
          }),
        );
      for (const side of sides) {
        const { moves, hops } = pathsOf(times(1), side);
        const most = bound(times(1));
        expect(moves).toBeLessThanOrEqual(most.moves);
        expect(hops).toBeLessThanOrEqual(moves * most.length);
        expect(pathsOf(times(1e12), side)).toMatchObject({ moves, hops });
      }
    },
  );

  test.each([2, 3, 10, 40])(
    "is bounded where %i agents a side chase single units round",
    (size) => {
      const market = slowMarket(size, 1e12);
      const most = bound(market);
      for (const side of sides) {
        const { moves, hops } = pathsOf(market, side);
        expect(moves).toBeLessThanOrEqual(most.moves);
        expect(hops).toBeLessThanOrEqual(moves * most.length);
        expect(verifyAllocation(market, stableAllocation(market, { proposing: side })).stable).toBe(
          true,
        );
      }
    },
  );
});

describe("dealing round", () => {
  /** Lots of alike members, who all rank the takers as their lot does and may have `each` of them. */
  const lots = fc
    .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 4 }))
    .chain(([n, m]) => {
      const takers = Array.from({ length: m }, (_, i) => `r${i}`);
      const names = Array.from({ length: n }, (_, i) => `l${i}`);
      return fc.record({
        lots: fc.array(
          fc.record({
            members: fc.integer({ min: 1, max: 4 }),
            each: fc.integer({ min: 1, max: 3 }),
            prefs: fc.shuffledSubarray(takers),
          }),
          { minLength: n, maxLength: n },
        ),
        takers: fc.array(
          fc.record({
            quantity: fc.nat({ max: 8 }),
            prefs: fc.shuffledSubarray(names, { minLength: n }),
          }),
          { minLength: m, maxLength: m },
        ),
      });
    });
  const named = <T>(prefix: string, agents: readonly T[]): Record<string, T> =>
    Object.fromEntries(agents.map((agent, i) => [prefix + i, agent]));

  property(
    "gives every member at most as many as it may have, all different, and no member and taker who would both rather have each other",
    [lots],
    (input) => {
      const market = createAllocationMarket({
        proposers: named(
          "l",
          input.lots.map(({ members, each, prefs }) => ({
            quantity: members * each,
            capacity: members,
            prefs,
          })),
        ),
        reviewers: named("r", input.takers),
      });
      for (const proposing of sides) {
        const allocation = stableAllocation(market, { proposing });
        const pairs: [string, string][] = [];
        input.lots.forEach(({ members, each }, i) => {
          const rows = allocation.rows().filter(([lot]) => lot === `l${i}`);
          const counts = new Array<number>(members).fill(0);
          dealRound(
            members,
            rows.map(([, , amount]) => amount),
          ).forEach((ranges, j) => {
            const [, taker, amount] = rows[j] as [string, string, number];
            const dealt = ranges.flatMap(({ from, to }) =>
              Array.from({ length: to - from }, (_, k) => from + k),
            );
            expect(new Set(dealt).size).toBe(amount);
            expect([...dealt].sort((a, b) => a - b)).toEqual(dealt);
            for (const member of dealt) {
              pairs.push([`l${i}m${member}`, taker]);
              (counts[member] as number)++;
            }
          });
          expect(Math.max(...counts)).toBeLessThanOrEqual(each);
          expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        });
        // Every member an agent of its own; a taker is indifferent among the members of a lot.
        const members = (lot: string): string[] =>
          Array.from(
            { length: (input.lots[Number(lot.slice(1))] as { members: number }).members },
            (_, k) => `${lot}m${k}`,
          );
        const expanded = createMarket({
          proposers: Object.fromEntries(
            input.lots.flatMap(({ each, prefs }, i) =>
              members(`l${i}`).map((id) => [id, { quota: each, prefs }]),
            ),
          ),
          reviewers: named(
            "r",
            input.takers.map(({ quantity, prefs }) => ({
              quota: quantity,
              prefs: prefs.map(members),
            })),
          ),
        });
        expect(isStable(expanded, pairs, { stability: "weak" })).toBe(true);
      }
    },
  );

  property(
    "where members may have one each, lots get what their members would in a market of their own",
    [lots],
    (input) => {
      const market = createAllocationMarket({
        proposers: named(
          "l",
          input.lots.map(({ members, prefs }) => ({ quantity: members, capacity: members, prefs })),
        ),
        reviewers: named("r", input.takers),
      });
      const members = (lot: string): string[] =>
        Array.from(
          { length: (input.lots[Number(lot.slice(1))] as { members: number }).members },
          (_, k) => `${lot}m${k}`,
        );
      const expanded = createMarket({
        proposers: Object.fromEntries(
          input.lots.flatMap(({ prefs }, i) =>
            members(`l${i}`).map((id) => [id, { quota: 1, prefs }]),
          ),
        ),
        reviewers: named(
          "r",
          input.takers.map(({ quantity, prefs }) => ({
            quota: quantity,
            prefs: prefs.flatMap(members),
          })),
        ),
      });
      const sums = new Map<string, number>();
      for (const [member, taker] of solve(expanded)) {
        const key = `${member.split("m")[0]} ${taker}`;
        sums.set(key, (sums.get(key) ?? 0) + 1);
      }
      expect(
        new Map(
          stableAllocation(market)
            .rows()
            .map(([l, r, amount]) => [`${l} ${r}`, amount]),
        ),
      ).toEqual(sums);
    },
  );

  test("goes on where the last taker ended, and again from the first member", () => {
    expect(dealRound(4, [3, 0, 4, 1, 4])).toEqual([
      [{ from: 0, to: 3 }],
      [],
      [
        { from: 0, to: 3 },
        { from: 3, to: 4 },
      ],
      [{ from: 3, to: 4 }],
      [{ from: 0, to: 4 }],
    ]);
  });

  test("refuses lots without members, and takers of more than all members", () => {
    const code = { code: "EMRX_MATCHING_AMOUNT" };
    for (const members of [0, -1, 1.5, Number.NaN])
      expect(() => dealRound(members, [])).toThrow(expect.objectContaining(code));
    for (const amount of [-1, 4, 0.5, Number.NaN])
      expect(() => dealRound(3, [1, amount])).toThrow(/^amounts\[1\] is .* 0 to 3/);
  });
});

describe("the models of the round's design", () => {
  interface Model {
    readonly int: (n: number) => number;
    readonly shuffle: (items: number[]) => number[];
    readonly market: (lots: Lot[], requesters: Requester[]) => { x: Map<number, number>[] };
    readonly reqOptimal: (lots: Lot[], requesters: Requester[]) => Map<number, number>[];
  }
  interface Lot {
    readonly m: number;
    readonly b: number;
    readonly prefs: number[];
  }
  interface Requester {
    readonly q: number;
    readonly rank: Map<number, number>;
  }
  testWithShared(
    "protocol-model/lots.mjs",
    "find the same allocations, on 2,000 markets",
    async () => {
      const path = sharedPath("protocol-model/lots.mjs") as string;
      const model = (await import(/* @vite-ignore */ path)) as Model;
      const range = (n: number): number[] => [...Array(n).keys()];
      for (let t = 0; t < 2_000; t++) {
        const [n, m] = [1 + model.int(5), 1 + model.int(5)];
        const lots: Lot[] = range(n).map(() => ({
          m: 1 + model.int(9),
          b: 1 + model.int(3),
          prefs: model.shuffle(range(m)).slice(0, 1 + model.int(m)),
        }));
        const requesters: Requester[] = range(m).map((r) => ({
          q: model.int(40),
          rank: new Map(
            model
              .shuffle(range(n).filter((l) => (lots[l] as Lot).prefs.includes(r)))
              .map((l, i) => [l, i]),
          ),
        }));
        const market = createAllocationMarket({
          proposers: Object.fromEntries(
            lots.map(({ m: members, b, prefs }, l) => [
              `l${l}`,
              { quantity: members * b, capacity: members, prefs: prefs.map((r) => `r${r}`) },
            ]),
          ),
          reviewers: Object.fromEntries(
            requesters.map(({ q, rank }, r) => [
              `r${r}`,
              {
                quantity: q,
                prefs: [...rank].sort(([, i], [, j]) => i - j).map(([l]) => `l${l}`),
              },
            ]),
          ),
        });
        const rows = (x: Map<number, number>[]): Row[] =>
          sorted(
            x.flatMap((row, l) =>
              [...row]
                .filter(([, amount]) => amount > 0)
                .map(([r, amount]): Row => [`l${l}`, `r${r}`, amount]),
            ),
          );
        expect(stableAllocation(market).rows()).toEqual(rows(model.market(lots, requesters).x));
        expect(stableAllocation(market, { proposing: "reviewers" }).rows()).toEqual(
          rows(model.reqOptimal(lots, requesters)),
        );
      }
    },
  );
});
