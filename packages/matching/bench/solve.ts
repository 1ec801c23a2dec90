// Solving, checking and building large random markets. Cross ranks are part of solving and of nothing else: a market
// keeps none. Making the market, from typed arrays or from string ids, is measured apart.
import { type BenchEntry, benchEntry } from "../../../bench/entry.js";
import { createMarket, matchingFromPairs, solve, verify } from "../src/index.js";
import { marketFromArrays, marketFromColumns } from "../src/market.js";
import { columnsOf, randomArrays, randomMarket, type Sizes, stringInput } from "./markets.js";

const sparse = (proposers: number, reviewers: number, reviewerQuota: number): Sizes => ({
  proposers,
  reviewers,
  list: 20,
  proposerQuota: 5,
  reviewerQuota,
});

const markets: Readonly<Record<string, Sizes>> = {
  "10kx1k": sparse(10_000, 1_000, 100),
  "200kx1k": sparse(200_000, 1_000, 2_000),
  "200kx1k-tight": sparse(200_000, 1_000, 500),
  "200kx1k-skewed": { ...sparse(200_000, 1_000, 1_000), skew: 3 },
  "1Mx10k": sparse(1_000_000, 10_000, 1_000),
  "10kx10k": {
    proposers: 10_000,
    reviewers: 10_000,
    list: 10_000,
    proposerQuota: 1,
    reviewerQuota: 1,
  },
};

const entry = (name: string, sizes: Sizes): BenchEntry =>
  benchEntry({
    name,
    unit: "s",
    work: sizes.proposers * sizes.list,
    baseline: "limit/mix32",
    setup: () => randomMarket(sizes),
    run: (market) => solve(market),
  });

const entries: readonly BenchEntry[] = [
  ...Object.entries(markets).map(([name, sizes]) => entry(`matching/${name}/solve`, sizes)),
  // How cost grows: ten times the proposers, and seats, is ten times the entries.
  ...["20k", "60k", "200k", "600k"].map((text) => {
    const proposers = 1_000 * Number.parseInt(text, 10);
    return entry(`matching/growing/solve/n=${text}`, sparse(proposers, 1_000, proposers / 200));
  }),
  ...["10kx1k", "200kx1k", "200kx1k-tight", "200kx1k-skewed"].map((name) => {
    const sizes = markets[name] as Sizes;
    return benchEntry({
      name: `matching/${name}/verify`,
      unit: "s",
      work: sizes.proposers * sizes.list,
      baseline: "limit/mix32",
      setup() {
        const market = randomMarket(sizes);
        return { market, matching: solve(market) };
      },
      run({ market, matching }) {
        if (!verify(market, matching).stable) throw new Error("not stable");
      },
    });
  }),
  // Every pair of a list blocks the empty matching: its check may cost at most half as much again as a stable one's.
  benchEntry({
    name: "matching/200kx1k/verify-unstable",
    unit: "s",
    work: 4_000_000,
    baseline: "limit/mix32",
    setup() {
      const market = randomMarket(markets["200kx1k"] as Sizes);
      return { market, matching: matchingFromPairs(market, []) };
    },
    run({ market, matching }) {
      if (verify(market, matching).blockingCount !== 4_000_000) throw new Error("not all found");
    },
  }),
  benchEntry({
    name: "matching/200kx1k/verify-pairs",
    unit: "s",
    work: 4_000_000,
    baseline: "limit/mix32",
    setup() {
      const market = randomMarket(markets["200kx1k"] as Sizes);
      return { market, pairs: solve(market).pairs() };
    },
    run({ market, pairs }) {
      if (!verify(market, pairs).stable) throw new Error("not stable");
    },
  }),
  benchEntry({
    name: "matching/200kx1k/build",
    unit: "s",
    work: 8_000_000,
    baseline: "limit/mix32",
    setup: () => columnsOf(randomArrays(markets["200kx1k"] as Sizes)),
    run: (columns) => marketFromColumns(columns),
  }),
  benchEntry({
    name: "matching/200kx1k/build-from-arrays",
    unit: "s",
    work: 8_000_000,
    baseline: "limit/mix32",
    setup: () => randomArrays(markets["200kx1k"] as Sizes),
    run: (arrays) => marketFromArrays(arrays),
  }),
  benchEntry({
    name: "matching/200kx1k/build-from-ids",
    unit: "s",
    work: 8_000_000,
    baseline: "limit/mix32",
    setup: () => stringInput(randomArrays(markets["200kx1k"] as Sizes)),
    run: (input) => createMarket(input),
  }),
];
export default entries;
