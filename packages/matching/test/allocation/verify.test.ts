import { fc, property } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import {
  allocationFromRows,
  certifyAllocation,
  checkAllocationCertificate,
  createAllocationMarket,
  hashAllocation,
  stableAllocation,
  verifyAllocation,
} from "../../src/allocation.js";
import { failure } from "../errors.js";
import {
  allStable,
  type Input,
  inputOf,
  mutualPairs,
  oracleBlockingPairs,
  type Row,
  smallMarkets,
  sorted,
} from "./oracle.js";

const sides = ["proposers", "reviewers"] as const;
const code = (code: string) => expect.objectContaining({ code });

/** Any rows at all: over quantities and capacities, and between agents who do not list each other. */
const anyRows = (input: Input): fc.Arbitrary<Row[]> => {
  const pairs = Object.keys(input.proposers).flatMap((p) =>
    Object.keys(input.reviewers).map((r): [string, string] => [p, r]),
  );
  return fc
    .array(fc.nat({ max: 3 }), { minLength: pairs.length, maxLength: pairs.length })
    .map((amounts) => pairs.map(([p, r], i): Row => [p, r, amounts[i] as number]));
};

describe("verifying an allocation", () => {
  property(
    "lists exactly the blocking pairs of any rows, feasible or not",
    [smallMarkets({}).chain((input) => fc.tuple(fc.constant(input), anyRows(input)))],
    ([input, rows]) => {
      const market = createAllocationMarket(inputOf(input));
      const { blockingPairs, blockingCount, feasible, stable } = verifyAllocation(market, rows);
      const expected = oracleBlockingPairs(input, rows).sort();
      expect([...blockingPairs].sort()).toEqual(expected);
      expect(blockingCount).toBe(expected.length);
      const total = (end: 0 | 1, id: string): number =>
        rows.reduce((sum, row) => sum + (row[end] === id ? row[2] : 0), 0);
      const mutual = mutualPairs(input).map((pair) => pair.join(" "));
      const isFeasible =
        Object.entries(input.proposers).every(([p, { quantity }]) => total(0, p) <= quantity) &&
        Object.entries(input.reviewers).every(([r, { quantity }]) => total(1, r) <= quantity) &&
        rows.every(
          ([p, r, amount]) =>
            amount === 0 ||
            (mutual.includes(`${p} ${r}`) && amount <= (input.capacities[`${p} ${r}`] as number)),
        );
      expect(feasible).toBe(isFeasible);
      expect(stable).toBe(isFeasible && expected.length === 0);
    },
    { numRuns: 300 },
  );

  const market = createAllocationMarket({
    proposers: {
      a: { quantity: 4, capacity: { x: 2 }, prefs: ["x", "y"] },
      b: { quantity: 1, prefs: ["y"] },
    },
    reviewers: { x: { quantity: 9, prefs: ["a"] }, y: { quantity: 3, capacity: 3, prefs: ["a"] } },
  });

  test("says which quantity, capacity or list is broken, and by whom", () => {
    expect(
      verifyAllocation(market, [
        ["a", "x", 3],
        ["a", "y", 2],
        ["b", "y", 2],
      ]).violations,
    ).toEqual([
      { kind: "capacity", side: "proposers", agent: "a", partner: "x" },
      { kind: "quantity", side: "proposers", agent: "a" },
      { kind: "quantity", side: "proposers", agent: "b" },
      { kind: "unacceptable", side: "reviewers", agent: "y", partner: "b" },
      { kind: "quantity", side: "reviewers", agent: "y" },
    ]);
    expect(verifyAllocation(market, [["b", "x", 1]]).violations).toEqual([
      { kind: "unacceptable", side: "proposers", agent: "b", partner: "x" },
      { kind: "unacceptable", side: "reviewers", agent: "x", partner: "b" },
    ]);
  });

  test("lists as many blocking pairs as are asked for, and counts all", () => {
    expect(verifyAllocation(market, [])).toMatchObject({
      blockingCount: 2,
      blockingPairs: [
        ["a", "x"],
        ["a", "y"],
      ],
    });
    expect(verifyAllocation(market, [], { limit: 1 })).toMatchObject({
      blockingCount: 2,
      blockingPairs: [["a", "x"]],
    });
    expect(verifyAllocation(market, [], { limit: 0 }).blockingPairs).toEqual([]);
  });
});

describe("an allocation of rows", () => {
  const market = createAllocationMarket({
    proposers: { a: { quantity: 4, prefs: ["x", "y"] }, b: { quantity: 4, prefs: ["y"] } },
    reviewers: { x: { quantity: 9, prefs: ["a"] }, y: { quantity: 3, prefs: ["b", "a"] } },
  });

  test("keeps rows in the order of the market's agents, and leaves out those of nothing", () => {
    const given: Row[] = [
      ["b", "y", 2],
      ["a", "y", 1],
      ["b", "x", 0],
      ["a", "x", 3],
    ];
    const allocation = allocationFromRows(market, given);
    expect([...allocation]).toEqual([
      ["a", "x", 3],
      ["a", "y", 1],
      ["b", "y", 2],
    ]);
    expect(allocation).toMatchObject({ size: 3, total: 6 });
    expect([
      allocation.amount("a", "x"),
      allocation.amount("b", "x"),
      allocation.amount("b", "y"),
    ]).toEqual([3, 0, 2]);
    expect([...allocation.proposers.ids, ...allocation.reviewers.ids]).toEqual([
      "a",
      "b",
      "x",
      "y",
    ]);
    expect([...allocation.reviewers.offsets]).toEqual([0, 1, 3]);
    expect([...allocation.reviewers.partners]).toEqual([0, 0, 1]);
    expect([...allocation.reviewers.amounts]).toEqual([3, 1, 2]);
  });

  test("refuses what is no row, names nobody, or stands twice", () => {
    const made = (rows: unknown) => () => allocationFromRows(market, rows as Row[]);
    expect(made([["a", "x"]])).toThrow(code("EMRX_MATCHING_ARGUMENT"));
    expect(made(["ax1"])).toThrow(code("EMRX_MATCHING_ARGUMENT"));
    expect(made([["z", "x", 1]])).toThrow(code("EMRX_MATCHING_UNKNOWN_ID"));
    expect(made([["a", "z", 1]])).toThrow(code("EMRX_MATCHING_UNKNOWN_ID"));
    expect(
      made([
        ["a", "x", 1],
        ["a", "x", 0],
      ]),
    ).toThrow(failure({ code: "EMRX_MATCHING_DUPLICATE", agent: "a", entry: "x" }));
    for (const amount of [-1, 0.5, Number.NaN, 2 ** 53, "1"])
      expect(made([["a", "x", amount]])).toThrow(code("EMRX_MATCHING_AMOUNT"));
    expect(
      made([
        ["a", "x", 2 ** 53 - 1],
        ["a", "y", 1],
      ]),
    ).toThrow(code("EMRX_MATCHING_AMOUNT"));
    expect(allocationFromRows(market, [["a", "x", 2 ** 53 - 1]]).total).toBe(2 ** 53 - 1);
    expect(() => verifyAllocation(market, null as unknown as Row[])).toThrow(
      code("EMRX_MATCHING_ARGUMENT"),
    );
    expect(() => verifyAllocation(market, 1 as unknown as Row[])).toThrow(
      code("EMRX_MATCHING_ARGUMENT"),
    );
  });

  test("of another market is taken by its ids", () => {
    const smaller = createAllocationMarket({
      proposers: { b: { quantity: 4, prefs: ["y"] } },
      reviewers: { y: { quantity: 3, prefs: ["b"] } },
    });
    expect(verifyAllocation(market, stableAllocation(smaller)).blockingPairs).toEqual([["a", "x"]]);
  });
});

describe("a certificate", () => {
  property(
    "is made for the best stable allocation of a side, for no other, and proves it",
    [smallMarkets({})],
    (input) => {
      const market = createAllocationMarket(inputOf(input));
      const stable = allStable(input).map(sorted);
      for (const bestFor of sides) {
        const best = stableAllocation(market, { proposing: bestFor });
        const certificate = certifyAllocation(market, best, { bestFor });
        expect(JSON.parse(JSON.stringify(certificate))).toEqual(certificate);
        const checked = checkAllocationCertificate(market, certificate);
        expect(checked).toMatchObject({ valid: true });
        if (checked.valid) expect(checked.allocation.rows()).toEqual(best.rows());
        for (const rival of stable)
          if (JSON.stringify(rival) !== JSON.stringify(best.rows()))
            expect(() => certifyAllocation(market, rival, { bestFor })).toThrow(
              code("EMRX_MATCHING_NOT_OPTIMAL"),
            );
      }
    },
    { numRuns: 300 },
  );

  property(
    "with any other numbers proves nothing but the best stable allocation",
    [
      smallMarkets({ agents: 3 }),
      fc.array(fc.tuple(fc.nat({ max: 3 }), fc.integer({ min: -1, max: 3 })), {
        minLength: 3,
        maxLength: 3,
      }),
      fc.array(fc.nat({ max: 4 }), { minLength: 3, maxLength: 3 }),
      fc.constantFrom(...sides),
    ],
    (input, cutoffs, potentials, bestFor) => {
      const market = createAllocationMarket(inputOf(input));
      const best = stableAllocation(market, { proposing: bestFor });
      const certificate = certifyAllocation(market, best, { bestFor });
      const count = certificate.cutoffs.length;
      const forged = {
        ...certificate,
        cutoffs: cutoffs.slice(0, count),
        potentials: potentials.slice(0, count),
      };
      // A forger may name any allocation, so its hash is made to fit every stable one.
      for (const rows of allStable(input)) {
        const checked = checkAllocationCertificate(market, {
          ...forged,
          allocation: hashAllocation(market, rows),
        });
        if (checked.valid) expect(checked.allocation.rows()).toEqual(best.rows());
      }
    },
    { numRuns: 500 },
  );

  const market = createAllocationMarket({
    proposers: { a: { quantity: 2, prefs: ["x", "y"] }, b: { quantity: 2, prefs: ["y", "x"] } },
    reviewers: { x: { quantity: 2, prefs: ["b", "a"] }, y: { quantity: 2, prefs: ["a", "b"] } },
  });
  const best = stableAllocation(market);
  const worst = stableAllocation(market, { proposing: "reviewers" });

  test("of a stable allocation that is not the best falls with its potentials alone", () => {
    // What would certify the worst one, but for the exchange of x with y and back.
    const forged = {
      ...certifyAllocation(market, best),
      allocation: hashAllocation(market, worst),
      cutoffs: [
        [1, 2],
        [1, 2],
      ] as [number, number][],
    };
    for (const potentials of [
      [0, 0],
      [1, 0],
      [0, 1],
    ])
      expect(checkAllocationCertificate(market, { ...forged, potentials })).toEqual({
        valid: false,
        reason: expect.stringContaining("potential does not fall"),
      });
  });

  test("is refused with the reason where anything is wrong with it", () => {
    const certificate = certifyAllocation(market, best);
    const reason = (changed: Record<string, unknown>): string => {
      const checked = checkAllocationCertificate(market, {
        ...certificate,
        ...changed,
      } as typeof certificate);
      return checked.valid ? "valid" : checked.reason;
    };
    expect(reason({})).toBe("valid");
    expect(reason({ version: 2 })).toMatch("version 1");
    expect(reason({ bestFor: "all" })).toMatch("which side");
    expect(reason({ market: "" })).toMatch("another market");
    expect(reason({ allocation: "" })).toMatch("another allocation");
    for (const cutoffs of ["no", undefined, [[2, 2], [1]], [[2, 2], null], [[2, 2], 1]])
      expect(reason({ cutoffs })).toMatch("certificate.cutoffs");
    for (const cutoffs of [[[2, 2]]]) expect(reason({ cutoffs })).toMatch("for each of 2");
    for (const potentials of [[0], [0, 0, 0]])
      expect(reason({ potentials })).toMatch("for each of 2");
    for (const cutoff of [
      [3, 1],
      [-1, 1],
      [1, -2],
      [0.5, 1],
      [1, 2 ** 53],
    ])
      expect(reason({ cutoffs: [[2, 2], cutoff] })).toMatch('cutoff of "y"');
    for (const potential of [-1, 0.5, "1", null])
      expect(reason({ potentials: [0, potential] })).toMatch('potential of "y"');
    expect(
      reason({
        cutoffs: [
          [2, 1],
          [2, 2],
        ],
      }),
    ).toMatch("left over");
    expect(
      reason({
        cutoffs: [
          [2, -1],
          [1, 2],
        ],
      }),
    ).toMatch("would trade 4");
    expect(checkAllocationCertificate(market, null as unknown as typeof certificate)).toMatchObject(
      { valid: false },
    );
  });

  test("is not made for what is not stable", () => {
    expect(() => certifyAllocation(market, [])).toThrow(/4 such pairs/);
    expect(() => certifyAllocation(market, [["a", "x", 3]])).toThrow(/quantity of "a"/);
    expect(() => certifyAllocation(market, [], { bestFor: "all" as "proposers" })).toThrow(
      code("EMRX_MATCHING_ARGUMENT"),
    );
  });

  test("has a potential that falls along every exchange, and by no more than one", () => {
    // Three reviewers who hand on to one another: x could go where y is, y where z is, z nowhere.
    const chain = createAllocationMarket({
      proposers: {
        a: { quantity: 1, prefs: ["x"] },
        b: { quantity: 1, prefs: ["x", "y"] },
        c: { quantity: 1, prefs: ["y", "z"] },
      },
      reviewers: {
        x: { quantity: 1, prefs: ["a", "b"] },
        y: { quantity: 1, prefs: ["b", "c"] },
        z: { quantity: 1, prefs: ["c"] },
      },
    });
    expect(certifyAllocation(chain, stableAllocation(chain))).toMatchObject({
      cutoffs: [
        [1, 1],
        [1, 1],
        [1, 1],
      ],
      potentials: [2, 1, 0],
    });
  });
});
