// The lattice of a large market, and changes of a live one.
import { type BenchEntry, benchEntry } from "../../../bench/entry.js";
import { solve } from "../src/index.js";
import { stableLattice } from "../src/lattice.js";
import { liveMatching } from "../src/live.js";
import { generator, randomMarket } from "./markets.js";

const complete = {
  proposers: 1_000,
  reviewers: 1_000,
  list: 1_000,
  proposerQuota: 1,
  reviewerQuota: 1,
};
/** How many stable matchings the market of this seed has; the enumeration below is of all of them. */
const stableMatchings = 1_166;

const sizes = {
  proposers: 200_000,
  reviewers: 1_000,
  list: 20,
  proposerQuota: 5,
  reviewerQuota: 500,
};
const arrivals = 1_000;

/** A thousand newcomers with lists of 20, each at random positions in the lists of those it lists. */
function newcomers(): { prefs: string[]; positions: Record<string, number> }[] {
  const random = generator(7);
  return Array.from({ length: arrivals }, () => {
    const prefs = new Set<string>();
    while (prefs.size < sizes.list) prefs.add(`r${random() % sizes.reviewers}`);
    const positions = Object.fromEntries([...prefs].map((r) => [r, random() % 3_000]));
    return { prefs: [...prefs], positions };
  });
}

const entries: readonly BenchEntry[] = [
  benchEntry({
    name: "matching/1kx1k/enumerate",
    unit: "matchings",
    work: stableMatchings,
    baseline: "limit/mix32",
    setup: () => stableLattice(randomMarket(complete)),
    run(lattice) {
      let count = 0;
      for (const matching of lattice.matchings()) count += Math.sign(matching.size);
      if (count !== stableMatchings) throw new Error(`${count} stable matchings`);
    },
  }),
  benchEntry({
    name: "matching/1kx1k/lattice",
    unit: "s",
    work: 1_000_000,
    baseline: "limit/mix32",
    setup: () => randomMarket(complete),
    run: (market) => stableLattice(market),
  }),
  benchEntry({
    name: "matching/200kx1k-tight/arrive",
    unit: "arrivals",
    work: arrivals,
    baseline: "limit/mix32",
    setup: () => ({ live: liveMatching(randomMarket(sizes)), agents: newcomers(), round: 0 }),
    run(state) {
      state.round++;
      state.agents.forEach((agent, i) => {
        state.live.arrive("proposers", { id: `new${state.round}-${i}`, quota: 5, ...agent });
      });
    },
    teardown({ live }) {
      const anew = solve(live.market());
      const now = live.matching();
      if (anew.pairs().join() !== now.pairs().join()) throw new Error("not equal to solving anew");
    },
  }),
  // The market and the matching after each arrival.
  benchEntry({
    name: "matching/200kx1k-tight/arrive-and-look",
    unit: "s",
    work: 2 * sizes.proposers * sizes.list,
    baseline: "limit/mix32",
    setup: () => ({ live: liveMatching(randomMarket(sizes)), agents: newcomers(), next: 0 }),
    run(state) {
      const agent = state.agents[state.next % arrivals];
      if (agent === undefined) throw new Error("no newcomer");
      const { live } = state;
      live.arrive("proposers", { id: `new${state.next++}`, quota: 5, ...agent });
      if (live.matching().size !== live.size) throw new Error("not the same matching");
    },
  }),
];
export default entries;
