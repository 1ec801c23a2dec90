import { describe, expect, test } from "vitest";
import {
  allocationMarketFromArrays,
  allocationMarketFromArraysAsync,
  createAllocationMarket,
  createAllocationMarketAsync,
  hashAllocation,
  hashAllocationMarket,
  stableAllocation,
  stableAllocationAsync,
} from "../src/allocation.js";
import { stableLattice, stableLatticeAsync } from "../src/lattice.js";
import {
  type AsyncOptions,
  createMarket,
  createMarketAsync,
  hashMarket,
  hashMatching,
  marketFromArrays,
  marketFromArraysAsync,
  marketFromColumns,
  marketFromColumnsAsync,
} from "../src/market.js";
import { solve, solveAsync } from "../src/solve.js";
import { failure } from "./errors.js";

// Complete lists of 900 x 500, so that all work takes several steps: each agent's list starts at another place.
const [n, m] = [900, 500];
const turned = (count: number, others: number, stride: number): Uint32Array =>
  Uint32Array.from(
    { length: count * others },
    (_, k) => ((Math.floor(k / others) * stride + k) * 7) % others,
  );
const arrays = {
  proposers: n,
  reviewers: m,
  proposerQuotas: new Uint32Array(n).fill(2),
  reviewerQuotas: new Uint32Array(m).fill(3),
  proposerOffsets: Uint32Array.from({ length: n + 1 }, (_, i) => i * m),
  proposerLists: turned(n, m, 37),
  reviewerOffsets: Uint32Array.from({ length: m + 1 }, (_, i) => i * n),
  reviewerLists: turned(m, n, 11),
};
const { proposerQuotas, reviewerQuotas, ...lists } = arrays;
const quantities = {
  ...lists,
  proposerQuantities: new Float64Array(n).fill(50),
  reviewerQuantities: new Float64Array(m).fill(70),
  capacities: Float64Array.from({ length: n * m }, (_, k) => 1 + (k % 9)),
};
const idsOf = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, i) => prefix + i);
const [proposerIds, reviewerIds] = [idsOf("p", n), idsOf("r", m)];
const agents = <Own extends object>(
  own: string[],
  others: string[],
  given: Uint32Array,
  each: Own,
) =>
  own.map((id, i) => ({
    id,
    ...each,
    prefs: Array.from(
      given.subarray(i * others.length, (i + 1) * others.length),
      (b) => others[b] as string,
    ),
  }));
const input = <P extends object, R extends object>(proposer: P, reviewer: R) => ({
  proposers: agents(proposerIds, reviewerIds, arrays.proposerLists, proposer),
  reviewers: agents(reviewerIds, proposerIds, arrays.reviewerLists, reviewer),
});
const columns = {
  proposer: {
    codes: Array.from(arrays.proposerLists, (_, k) => Math.floor(k / m)),
    values: proposerIds,
  },
  reviewer: { codes: arrays.proposerLists, values: reviewerIds },
  proposerScore: Float64Array.from(arrays.proposerLists, (_, k) => -k),
  reviewerScore: Float64Array.from(arrays.proposerLists, (_, k) => (k * 7919) % 104_729),
};

const market = marketFromArrays(arrays);
const lots = allocationMarketFromArrays(quantities);
const quotas = input({ quota: 2 }, { quota: 3 });
const amounts = input({ quantity: 50 }, { quantity: 70, capacity: 9 });

/** Each function, and what it makes of the same input at once and in turns, by its hash. */
const functions: Record<
  string,
  { atOnce: () => unknown; inTurns: (options: AsyncOptions) => Promise<unknown> }
> = {
  marketFromArraysAsync: {
    atOnce: () => hashMarket(marketFromArrays(arrays)),
    inTurns: async (options) => hashMarket(await marketFromArraysAsync(arrays, options)),
  },
  marketFromColumnsAsync: {
    atOnce: () => hashMarket(marketFromColumns(columns)),
    inTurns: async (options) => hashMarket(await marketFromColumnsAsync(columns, options)),
  },
  createMarketAsync: {
    atOnce: () => hashMarket(createMarket(quotas)),
    inTurns: async (options) => hashMarket(await createMarketAsync(quotas, options)),
  },
  solveAsync: {
    atOnce: () => hashMatching(market, solve(market, { proposing: "reviewers" })),
    inTurns: async (options) =>
      hashMatching(market, await solveAsync(market, { proposing: "reviewers", ...options })),
  },
  stableLatticeAsync: {
    atOnce: () => stableLattice(market).rotations,
    inTurns: async (options) => (await stableLatticeAsync(market, options)).rotations,
  },
  allocationMarketFromArraysAsync: {
    atOnce: () => hashAllocationMarket(allocationMarketFromArrays(quantities)),
    inTurns: async (options) =>
      hashAllocationMarket(await allocationMarketFromArraysAsync(quantities, options)),
  },
  createAllocationMarketAsync: {
    atOnce: () => hashAllocationMarket(createAllocationMarket(amounts)),
    inTurns: async (options) =>
      hashAllocationMarket(await createAllocationMarketAsync(amounts, options)),
  },
  stableAllocationAsync: {
    atOnce: () => hashAllocation(lots, stableAllocation(lots, { proposing: "reviewers" })),
    inTurns: async (options) =>
      hashAllocation(
        lots,
        await stableAllocationAsync(lots, { proposing: "reviewers", ...options }),
      ),
  },
};

describe.each(Object.entries(functions))("%s", (_, { atOnce, inTurns }) => {
  test("gives what is given at once, reports progress up to all of it, and lets other work run", async () => {
    const reports: [number, number][] = [];
    let ticks = 0;
    const timer = setInterval(() => ticks++);
    const result = await inTurns({ onProgress: (done, total) => reports.push([done, total]) });
    clearInterval(timer);
    expect(result).toEqual(atOnce());
    expect(reports.length).toBeGreaterThan(1);
    expect(ticks).toBeGreaterThan(1);
    const [, total] = reports[0] as [number, number];
    expect(reports.at(-1)).toEqual([total, total]);
    reports.reduce(([before], [done, of]) => {
      expect(of).toBe(total);
      expect(done).toBeGreaterThanOrEqual(before);
      expect(done).toBeLessThanOrEqual(total);
      return [done, of];
    });
    expect(reports[0]?.[0]).toBeLessThan(total);
  });

  test("ends before its next step once the signal says so, with the signal's reason", async () => {
    const controller = new AbortController();
    let reports = 0;
    const onProgress = () => {
      reports++;
      controller.abort("enough");
    };
    const aborted = expect.objectContaining({ code: "EMRX_MATCHING_ABORTED", cause: "enough" });
    await expect(inTurns({ onProgress, signal: controller.signal })).rejects.toThrow(aborted);
    expect(reports).toBe(1);
    await expect(inTurns({ onProgress, signal: controller.signal })).rejects.toThrow(aborted);
    expect(reports).toBe(1);
  });

  test("refuses options that are none", async () => {
    const refused = failure({ code: "EMRX_MATCHING_ARGUMENT" });
    await expect(inTurns({ onprogress: () => {} } as AsyncOptions)).rejects.toThrow(refused);
    await expect(inTurns({ signal: new AbortController() as never })).rejects.toThrow(refused);
  });
});

describe("matchingsAsync", () => {
  // Each couple of couples can be matched in two ways: 2^40 stable matchings.
  const couples = Array.from({ length: 40 }, (_, i) => i);
  const two = (own: string, other: string, turn: boolean) =>
    Object.fromEntries(
      couples.flatMap((i) => {
        const prefs = [`${other}${i}a`, `${other}${i}b`];
        return [
          [`${own}${i}a`, { prefs: turn ? [...prefs].reverse() : prefs }],
          [`${own}${i}b`, { prefs: turn ? prefs : [...prefs].reverse() }],
        ];
      }),
    );
  const lattice = stableLattice(
    createMarket({ proposers: two("m", "w", false), reviewers: two("w", "m", true) }),
  );

  test("gives the matchings in the order in which they come at once", async () => {
    const expected = lattice.matchings();
    let count = 0;
    for await (const matching of lattice.matchingsAsync()) {
      expect(matching.pairs()).toEqual(expected.next().value?.pairs());
      if (++count === 100) break;
    }
    expect(count).toBe(100);
  });

  test("lets other work run, which can end it", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort("enough"));
    const all = async () => {
      for await (const matching of lattice.matchingsAsync({ signal: controller.signal }))
        expect(matching.size).toBe(80);
    };
    await expect(all()).rejects.toThrow(
      expect.objectContaining({ code: "EMRX_MATCHING_ABORTED", cause: "enough" }),
    );
    await expect(lattice.matchingsAsync({ onProgress: () => {} } as object).next()).rejects.toThrow(
      failure({ code: "EMRX_MATCHING_ARGUMENT" }),
    );
  });
});
