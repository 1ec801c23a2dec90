import { fc, property } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import {
  createMarket,
  hashMarket,
  type MarketColumns,
  marketFromColumns,
  matchingColumns,
  matchingCsv,
} from "../src/market.js";
import { failure } from "./errors.js";

const rows = fc.uniqueArray(
  fc.record({
    proposer: fc.constantFrom("a", "b", "c", "d", "ä"),
    reviewer: fc.constantFrom("x", "y", "z", "a"),
    proposerScore: fc.integer({ min: -3, max: 3 }),
    reviewerScore: fc.integer({ min: -3, max: 3 }),
  }),
  { selector: ({ proposer, reviewer }) => `${proposer} ${reviewer}` },
);
type Row = { proposer: string; reviewer: string; proposerScore: number; reviewerScore: number };
const dictionary = (ids: string[]) => {
  const values = ["unused", ...new Set(ids)].reverse();
  return { codes: ids.map((id) => values.indexOf(id)), values };
};
const columnsOf = (table: Row[]): MarketColumns => ({
  proposer: table.map(({ proposer }) => proposer),
  reviewer: table.map(({ reviewer }) => reviewer),
  proposerScore: table.map(({ proposerScore }) => proposerScore),
  reviewerScore: Float64Array.from(table, ({ reviewerScore }) => reviewerScore),
});

describe("a market from columns", () => {
  property(
    "is the market that createMarket makes of the same scores, in any form of column",
    [rows],
    (table) => {
      const side = (own: "proposer" | "reviewer", other: "proposer" | "reviewer", quota: number) =>
        Object.fromEntries(
          [...new Set(table.map((row) => row[own]))].map((id) => [
            id,
            {
              quota: id === "a" ? 3 : quota,
              scores: Object.fromEntries(
                table
                  .filter((row) => row[own] === id)
                  .map((row) => [row[other], row[`${own}Score`]]),
              ),
            },
          ]),
        );
      const expected = hashMarket(
        createMarket({
          proposers: side("proposer", "reviewer", 1),
          reviewers: side("reviewer", "proposer", 1),
        }),
      );
      const quotas = { proposerQuota: { a: 3 }, reviewerQuota: { a: 3 } };
      const columns = columnsOf(table);
      expect(hashMarket(marketFromColumns({ ...columns, ...quotas }))).toBe(expected);
      expect(
        hashMarket(
          marketFromColumns({
            ...columns,
            ...quotas,
            proposer: dictionary(columns.proposer as string[]),
            reviewer: dictionary(columns.reviewer as string[]),
          }),
        ),
      ).toBe(expected);
    },
  );

  test("sorts long lists by score, equal ones being tied", () => {
    const proposer = Array.from({ length: 500 }, (_, i) => `p${i}`);
    const score = proposer.map((_, i) => (i * 7919) % 83);
    const market = marketFromColumns({
      proposer,
      reviewer: proposer.map(() => "r"),
      proposerScore: score,
      reviewerScore: score,
      reviewerQuota: 9,
    });
    const ids = [...market.reviewers.lists].map((p) => market.proposers.ids[p] as string);
    const ordered = [...proposer].sort(
      (a, b) =>
        (score[proposer.indexOf(b)] as number) - (score[proposer.indexOf(a)] as number) ||
        (a < b ? -1 : 1),
    );
    expect(ids).toEqual(ordered);
    expect([...market.reviewers.quotas]).toEqual([9]);
    expect([...market.proposers.quotas.subarray(0, 2)]).toEqual([1, 1]);
  });

  property(
    "sorts doubles of any size and sign as comparing them does, few or many to a list",
    [
      fc.uniqueArray(
        fc.tuple(
          fc.integer({ min: 0, max: 70_000 }),
          fc.oneof(
            fc.double({ noNaN: true, noDefaultInfinity: true }),
            fc.constantFrom(0, -0, 5e-324, -5e-324, 1, -1, Number.MAX_VALUE, -Number.MAX_VALUE),
          ),
        ),
        { selector: ([name]) => name, maxLength: 300, size: "max" },
      ),
    ],
    (agents) => {
      const proposer = agents.map(([name]) => String(name));
      const score = agents.map(([, each]) => each);
      const market = marketFromColumns({
        proposer,
        reviewer: proposer.map(() => "r"),
        proposerScore: score,
        reviewerScore: score,
      });
      const expected = agents
        .map(([name, each]) => ({ id: String(name), each }))
        .sort((a, b) => b.each - a.each || (a.id < b.id ? -1 : 1));
      expect([...market.reviewers.lists].map((p) => market.proposers.ids[p])).toEqual(
        expected.map(({ id }) => id),
      );
      const tiers = expected.map(({ each }) => expected.findIndex((other) => other.each === each));
      const isTied = new Set(tiers).size < tiers.length;
      expect(market.reviewers.tiers?.length).toBe(isTied ? tiers.length : undefined);
      market.reviewers.tiers?.forEach((tier, i) => {
        expect(tier === market.reviewers.tiers?.[i - 1]).toBe(tiers[i] === tiers[i - 1]);
      });
    },
  );

  test("refuses rows and columns that do not make one, by name", () => {
    const fine = columnsOf([
      { proposer: "a", reviewer: "x", proposerScore: 1, reviewerScore: 2 },
      { proposer: "b", reviewer: "x", proposerScore: 1, reviewerScore: 2 },
    ]);
    const refused = (change: object, code: string, message: RegExp) =>
      expect(() => marketFromColumns({ ...fine, ...change })).toThrow(
        failure({ code, message: expect.stringMatching(message) }),
      );
    refused({ proposer: ["a"] }, "EMRX_MATCHING_ARGUMENT", /reviewer has 2 rows; expected 1/);
    refused({ proposer: ["a", 3] }, "EMRX_MATCHING_ARGUMENT", /proposer\[1\]/);
    refused({ proposer: ["a", "a"] }, "EMRX_MATCHING_DUPLICATE", /twice/);
    refused({ proposerScore: [1] }, "EMRX_MATCHING_SCORE", /proposerScore/);
    refused({ reviewerScore: [1, Number.NaN] }, "EMRX_MATCHING_SCORE", /reviewerScore\[1\]/);
    refused({ reviewerScore: [1, null] }, "EMRX_MATCHING_SCORE", /missing in row 1/);
    refused({ reviewerQuota: -1 }, "EMRX_MATCHING_QUOTA", /-1/);
    refused({ reviewerQuota: { x: 0.5 } }, "EMRX_MATCHING_QUOTA", /0.5/);
    refused({ score: [1, 2] }, "EMRX_MATCHING_ARGUMENT", /unknown member "score"/);
  });
});

describe("a matching as a table", () => {
  const market = createMarket({
    proposers: { a: { quota: 2 }, b: {} },
    reviewers: { x: {}, 'y "1", the': {} },
  });
  const pairs: [string, string][] = [
    ["b", "x"],
    ["a", 'y "1", the'],
    ["a", "x"],
  ];

  test("has a row for each pair, in the order of the market", () => {
    expect(matchingColumns(market, pairs)).toEqual({
      proposer: { codes: Uint32Array.of(0, 0, 1), values: ["a", "b"] },
      reviewer: { codes: Uint32Array.of(0, 1, 0), values: ["x", 'y "1", the'] },
    });
  });

  test("quotes what CSV needs quoted", () => {
    expect([...matchingCsv(pairs)].join("")).toBe(
      'proposer,reviewer\r\nb,x\r\na,"y ""1"", the"\r\na,x\r\n',
    );
  });
});
