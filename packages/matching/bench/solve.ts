// Solving and checking large random markets: ranks and deferred acceptance from typed arrays, then every blocking pair.
import { type BenchEntry, benchEntry } from "../../../bench/entry.js";
import { blockingPairs, marketFromArrays, solve } from "../src/index.js";
import { randomArrays, type Sizes } from "./markets.js";

const markets: Readonly<Record<string, Sizes>> = {
  "10kx1k": { proposers: 10_000, reviewers: 1_000, list: 20, proposerQuota: 5, reviewerQuota: 100 },
  "200kx1k": {
    proposers: 200_000,
    reviewers: 1_000,
    list: 20,
    proposerQuota: 5,
    reviewerQuota: 2_000,
  },
};

const entries: readonly BenchEntry[] = Object.entries(markets).flatMap(([name, sizes]) => [
  benchEntry({
    name: `matching/${name}/solve`,
    unit: "s",
    work: sizes.proposers * sizes.list,
    baseline: "limit/mix32",
    setup: () => randomArrays(sizes),
    // Checking the arrays and ranking both sides for each other are part of the work.
    run: (arrays) => solve(marketFromArrays(arrays)),
  }),
  benchEntry({
    name: `matching/${name}/verify`,
    unit: "s",
    work: sizes.proposers * sizes.list,
    baseline: "limit/mix32",
    setup() {
      const market = marketFromArrays(randomArrays(sizes));
      return { market, matching: solve(market) };
    },
    run({ market, matching }) {
      const blocking = blockingPairs(market, matching);
      if (blocking.length > 0) throw new Error(`${blocking.length} blocking pairs`);
    },
  }),
]);
export default entries;
