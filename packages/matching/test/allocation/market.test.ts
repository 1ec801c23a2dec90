import { createHash } from "node:crypto";
import { property } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import {
  allocationMarketFromArrays,
  createAllocationMarket,
  hashAllocation,
  hashAllocationMarket,
  stableAllocation,
} from "../../src/allocation.js";
import { failure } from "../errors.js";
import { type Agent, type Input, inputOf, smallMarkets } from "./oracle.js";

const code = (code: string) => expect.objectContaining({ code });

const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const wide = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
};
const text = (value: string): Buffer => {
  const bytes = Buffer.from(value, "utf8");
  return Buffer.concat([number(bytes.length), bytes]);
};
const sha256 = (parts: readonly Buffer[]): string =>
  createHash("sha256").update(Buffer.concat(parts)).digest("hex");

/** The stated bytes of a market, written from the description. */
function marketBytes(input: Input): Buffer[] {
  const bytes = [text("emrx/matching/allocation-market/v1")];
  for (const side of ["proposers", "reviewers"] as const) {
    const ids = Object.keys(side === "proposers" ? input.reviewers : input.proposers).sort();
    bytes.push(number(Object.keys(input[side]).length));
    for (const id of Object.keys(input[side]).sort()) {
      const { quantity, prefs } = input[side][id] as Agent;
      bytes.push(text(id), wide(quantity), number(prefs.length));
      for (const other of prefs) {
        bytes.push(number(ids.indexOf(other)));
        if (side === "proposers") bytes.push(wide(input.capacities[`${id} ${other}`] as number));
      }
    }
  }
  return bytes;
}

describe("the hash", () => {
  property(
    "of a market is SHA-256 of the stated bytes",
    [smallMarkets({ quantity: 2 ** 50 })],
    (input) => {
      expect(hashAllocationMarket(createAllocationMarket(inputOf(input)))).toBe(
        sha256(marketBytes(input)),
      );
    },
  );

  property(
    "of an allocation is SHA-256 of the stated bytes",
    [smallMarkets({ quantity: 2 ** 40, capacity: 2 ** 40 })],
    (input) => {
      const market = createAllocationMarket(inputOf(input));
      const allocation = stableAllocation(market);
      const bytes = [text("emrx/matching/allocation/v1"), number(allocation.size)];
      for (const p of Object.keys(input.proposers).sort()) {
        const rows = allocation.rows().filter(([id]) => id === p);
        if (rows.length > 0) bytes.push(text(p), number(rows.length));
        for (const [, r, amount] of rows) bytes.push(text(r), wide(amount));
      }
      expect(hashAllocation(market, allocation)).toBe(sha256(bytes));
    },
  );

  test("does not depend on the order of agents in typed arrays", () => {
    const arrays = {
      proposers: 1,
      reviewers: 2,
      proposerQuantities: Float64Array.of(5),
      reviewerQuantities: Float64Array.of(1, 2),
      proposerOffsets: Uint32Array.of(0, 2),
      proposerLists: Uint32Array.of(0, 1),
      reviewerOffsets: Uint32Array.of(0, 1, 2),
      reviewerLists: Uint32Array.of(0, 0),
      capacities: Float64Array.of(3, 4),
      proposerIds: ["p"],
      reviewerIds: ["a", "b"],
    };
    const turned = {
      ...arrays,
      reviewerQuantities: Float64Array.of(2, 1),
      proposerLists: Uint32Array.of(1, 0),
      reviewerIds: ["b", "a"],
    };
    const [one, two] = [allocationMarketFromArrays(arrays), allocationMarketFromArrays(turned)];
    expect(hashAllocationMarket(one)).toBe(hashAllocationMarket(two));
    expect(hashAllocation(one, stableAllocation(one))).toBe(
      hashAllocation(two, stableAllocation(two)),
    );
  });
});

describe("an allocation market", () => {
  const one = { quantity: 1, prefs: ["x"] };

  test("has for a pair the lower of the two capacities that its agents state", () => {
    const capacities = (a: object, x: object): number[] =>
      Array.from(
        createAllocationMarket({
          proposers: { a: { ...one, ...a } },
          reviewers: { x: { quantity: 1, prefs: ["a"], ...x } },
        }).capacities,
      );
    expect(capacities({}, {})).toEqual([Number.MAX_SAFE_INTEGER]);
    expect(capacities({ capacity: 3 }, {})).toEqual([3]);
    expect(capacities({ capacity: 3 }, { capacity: 2 })).toEqual([2]);
    expect(capacities({ capacity: { x: 4 } }, { capacity: { a: 5 } })).toEqual([4]);
    expect(capacities({ capacity: { x: 4 } }, { capacity: {} })).toEqual([4]);
  });

  test("refuses quantities and capacities that are no whole numbers, and sides that add up too far", () => {
    const made =
      (a: object, x: object = {}) =>
      () =>
        createAllocationMarket({
          proposers: { a: { ...one, ...a } },
          reviewers: { x: { quantity: 1, prefs: ["a"], ...x } },
        });
    for (const wrong of [-1, 0.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY]) {
      expect(made({ quantity: wrong })).toThrow(
        failure({ code: "EMRX_MATCHING_AMOUNT", agent: "a" }),
      );
      expect(made({}, { quantity: wrong })).toThrow(
        failure({ code: "EMRX_MATCHING_AMOUNT", agent: "x" }),
      );
      expect(made({ capacity: wrong })).toThrow(code("EMRX_MATCHING_AMOUNT"));
      expect(made({ capacity: { x: wrong } })).toThrow(code("EMRX_MATCHING_AMOUNT"));
    }
    const two = (quantity: number) => () =>
      createAllocationMarket({
        proposers: { a: { quantity, prefs: [] }, b: { quantity: 1, prefs: [] } },
        reviewers: {},
      });
    expect(two(2 ** 53 - 1)).toThrow(/add up/);
    expect(two(2 ** 53 - 2)).not.toThrow();
  });

  test("refuses ties", () => {
    expect(() =>
      createAllocationMarket({
        proposers: { a: { quantity: 1, prefs: [["x", "y"]] } },
        reviewers: { x: { quantity: 1, prefs: ["a"] }, y: { quantity: 1, prefs: ["a"] } },
      }),
    ).toThrow(code("EMRX_MATCHING_TIES"));
  });

  test("of typed arrays checks their kinds and lengths, entries and amounts", () => {
    const arrays = {
      proposers: 2,
      reviewers: 1,
      proposerQuantities: Float64Array.of(5, 5),
      reviewerQuantities: Float64Array.of(7),
      proposerOffsets: Uint32Array.of(0, 1, 2),
      proposerLists: Uint32Array.of(0, 0),
      reviewerOffsets: Uint32Array.of(0, 2),
      reviewerLists: Uint32Array.of(1, 0),
      capacities: Float64Array.of(5, 4),
    };
    const made = (changed: object) => () => allocationMarketFromArrays({ ...arrays, ...changed });
    expect(made({})().proposers.ids).toEqual(["p0", "p1"]);
    expect(made({ proposerIds: ["a", "b"] })().proposers.ids).toEqual(["a", "b"]);
    for (const changed of [
      { proposerQuantities: Float64Array.of(5) },
      { reviewerQuantities: Uint32Array.of(7) },
      { proposerOffsets: Uint32Array.of(0, 2) },
      { proposerLists: [0, 0] },
      { capacities: Float64Array.of(5) },
      { capacities: [5, 4] },
      { proposers: -1 },
    ])
      expect(made(changed)).toThrow(code("EMRX_MATCHING_ARGUMENT"));
    expect(made({ proposerLists: Uint32Array.of(0, 1) })).toThrow(code("EMRX_MATCHING_UNKNOWN_ID"));
    expect(made({ reviewerLists: Uint32Array.of(1, 1) })).toThrow(code("EMRX_MATCHING_DUPLICATE"));
    for (const wrong of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(made({ capacities: Float64Array.of(5, wrong) })).toThrow(code("EMRX_MATCHING_AMOUNT"));
      expect(made({ proposerQuantities: Float64Array.of(wrong, 1) })).toThrow(
        code("EMRX_MATCHING_AMOUNT"),
      );
    }
  });
});
