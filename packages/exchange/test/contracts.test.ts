import { ExchangeError } from "@emrx/exchange";
import {
  type BudgetedRequest,
  contractMarket,
  expectedQuality,
  type LeveledOffer,
} from "@emrx/exchange/rounds";
import { policyFor } from "@emrx/ldp-core";
import { checkSubstitutable, solveContracts, verifyContracts } from "@emrx/matching/contracts";
import { fc, property } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import { schema } from "./fixture.js";

const menu = [
  { name: "precise", preferences: {}, price: "0.60" },
  {
    name: "coarse",
    preferences: { smoker: "strict" as const, age: "strict" as const },
    price: "0.30",
  },
];
const ann: LeveledOffer = { id: "ann", menu, buyers: 2 };
const lab: BudgetedRequest = {
  id: "lab",
  purpose: "HRESCH",
  weights: { smoker: 1 },
  tolerance: "0.05",
  budget: "5.00",
  quota: 400,
};
const cost = { exposureCost: "0.02" };

const offer = (id: string): fc.Arbitrary<LeveledOffer> =>
  fc.record({
    id: fc.constant(id),
    buyers: fc.integer({ min: 1, max: 2 }),
    menu: fc
      .tuple(fc.integer({ min: 3, max: 90 }), fc.integer({ min: 3, max: 90 }))
      .map(([a, b]) => [
        { name: "precise", preferences: {}, price: (a / 100).toFixed(2) },
        { name: "coarse", preferences: { smoker: "strict" }, price: (b / 100).toFixed(2) },
      ]),
    refuses: fc.constantFrom<NonNullable<LeveledOffer["refuses"]>>([], ["HRESCH"]),
  });

const request = (id: string): fc.Arbitrary<BudgetedRequest> =>
  fc.record({
    id: fc.constant(id),
    purpose: fc.constantFrom("CLINTRCH" as const, "PUBHLTH" as const),
    weights: fc.constantFrom<Record<string, number>>({ smoker: 1 }, { smoker: 1, sex: 2 }),
    tolerance: fc.constant("0.05"),
    budget: fc.integer({ min: 10, max: 200 }).map((minor) => (minor / 100).toFixed(2)),
    quota: fc.integer({ min: 1, max: 3 }),
  });

describe("markets with terms", () => {
  test("with money enough both agree on the terms that the patient likes better", () => {
    const [contract] = solveContracts(contractMarket(schema, [ann], [lab], cost));
    // 60 cents less 2 x 2 cents of exposure leave more than 30 less 1 x 2.
    expect(contract?.terms).toMatchObject({ name: "precise", price: 60, net: 560_000 });
  });

  test("with little money they agree on the coarser level", () => {
    const market = contractMarket(schema, [ann], [{ ...lab, budget: "0.40" }], cost);
    expect(solveContracts(market).map(({ terms }) => terms?.name)).toEqual(["coarse"]);
  });

  test("a looser level is worth more to the requester, as the expected attainment says", () => {
    const { contracts } = contractMarket(schema, [ann], [lab], cost);
    const quality = Object.fromEntries(
      contracts.map(({ terms }) => [terms?.name, terms?.quality ?? 0]),
    );
    expect(quality["precise"]).toBeGreaterThan(quality["coarse"] ?? 0);
  });

  test("by hand: one attribute, everybody disclosing it with probability 1/2, GRR with d = 4 at epsilon 2", () => {
    const E = Math.exp(2);
    const n = 400 / 2;
    const V = (2 + E) / (E - 1) ** 2 + (2 / (E - 1)) * 0.25 + 0.1875;
    // erf by its Taylor series, written here
    const x = 0.05 / Math.sqrt((2 * V) / n);
    let [term, sum] = [x, x];
    for (let k = 1; k < 60; k++) {
      term *= -(x * x) / k;
      sum += term / (2 * k + 1);
    }
    expect(expectedQuality(schema, policyFor(schema), lab, 400)).toBeCloseTo(
      (2 / Math.sqrt(Math.PI)) * sum,
      6,
    );
  });

  property(
    "the allocation is stable, keeps every budget, quota and refusal, and every choice is substitutable",
    [fc.tuple(offer("a"), offer("b"), offer("c")), fc.tuple(request("x"), request("y"))],
    (offers, requests) => {
      const market = contractMarket(schema, offers, requests, cost);
      const allocation = solveContracts(market);
      expect(verifyContracts(market, allocation, { maxSize: 2 }).stable).toBe(true);
      for (const { id, budget, quota, purpose } of requests) {
        const bought = allocation.filter(({ reviewer }) => reviewer === id);
        expect(bought.reduce((sum, { terms }) => sum + (terms?.price ?? 0), 0)).toBeLessThanOrEqual(
          Math.round(Number(budget) * 100),
        );
        expect(bought.length).toBeLessThanOrEqual(quota);
        expect(new Set(bought.map(({ proposer }) => proposer)).size).toBe(bought.length);
        if (purpose === "CLINTRCH")
          for (const { proposer } of bought)
            expect(offers.find((one) => one.id === proposer)?.refuses).toEqual([]);
        const own = market.contracts.filter(({ reviewer }) => reviewer === id);
        const choose = market.reviewers.get(id);
        if (choose !== undefined)
          expect(checkSubstitutable(choose, own).substitutability).toBe(undefined);
      }
      for (const { id, buyers } of offers)
        expect(allocation.filter(({ proposer }) => proposer === id).length).toBeLessThanOrEqual(
          buyers,
        );
    },
  );

  test.each([
    [
      "a menu with one name twice",
      [{ ...ann, menu: [menu[0], menu[0]] as typeof menu }],
      [lab],
      /menu\[1\]/,
    ],
    ["no buyers", [{ ...ann, buyers: 0 }], [lab], /buyers/],
    [
      "a price that is none",
      [{ ...ann, menu: [{ ...menu[0], price: "free" }] as typeof menu }],
      [lab],
      /menu\[0\]\.price/,
    ],
    ["an unknown attribute", [ann], [{ ...lab, weights: { shoe: 1 } }], /weights\.shoe/],
    ["no weights", [ann], [{ ...lab, weights: {} }], /weights/],
    ["a tolerance of zero", [ann], [{ ...lab, tolerance: "0" }], /tolerance/],
    ["no quota", [ann], [{ ...lab, quota: 0 }], /quota/],
    ["a budget that is none", [ann], [{ ...lab, budget: "-1" }], /budget/],
  ] as const)("%s is refused by name", (_, offers, requests, message) => {
    const build = (): unknown => contractMarket(schema, offers, requests, cost);
    expect(build).toThrow(ExchangeError);
    expect(build).toThrow(message);
  });
});
