// Stable matchings by trying every set of pairs: slow, literal, and written for the tests alone, so that it shares no
// idea (let alone code) with the package under test.
import fc from "fast-check";

export interface OracleAgent {
  readonly quota: number;
  /** Best first; an array inside the list is a tie. */
  readonly prefs: readonly (string | readonly string[])[];
}

export interface OracleMarket {
  readonly proposers: Readonly<Record<string, OracleAgent>>;
  readonly reviewers: Readonly<Record<string, OracleAgent>>;
}

export type Pair = readonly [string, string];
export type Strength = "weak" | "strong" | "super";

/** 1 for the best tier, and so on; undefined for an agent that is not listed. */
export function tierOf(agent: OracleAgent, other: string): number | undefined {
  for (let i = 0; i < agent.prefs.length; i++) {
    const entry = agent.prefs[i];
    if (entry === other || (Array.isArray(entry) && entry.includes(other))) return i + 1;
  }
  return undefined;
}

/** All pairs that are in each other's lists. */
export function mutualPairs(market: OracleMarket): Pair[] {
  const pairs: Pair[] = [];
  for (const [p, proposer] of Object.entries(market.proposers))
    for (const [r, reviewer] of Object.entries(market.reviewers))
      if (tierOf(proposer, r) !== undefined && tierOf(reviewer, p) !== undefined)
        pairs.push([p, r]);
  return pairs;
}

const partnersOf = (pairs: readonly Pair[], side: 0 | 1, id: string): string[] =>
  pairs.filter((pair) => pair[side] === id).map((pair) => pair[1 - side] as string);

/** How many more would come first if the agent chose again with `other` on offer; "strictly" sides with the partners. */
function wants(agent: OracleAgent, partners: string[], other: string, strictly: boolean): boolean {
  const own = tierOf(agent, other) as number;
  const before = partners.filter((partner) => {
    const tier = tierOf(agent, partner);
    return tier !== undefined && (strictly ? tier <= own : tier < own);
  });
  return before.length < agent.quota;
}

/** All blocking pairs of a matching, by the definition. */
export function oracleBlockingPairs(
  market: OracleMarket,
  matching: readonly Pair[],
  strength: Strength = "weak",
): Pair[] {
  return mutualPairs(market).filter(([p, r]) => {
    if (matching.some(([a, b]) => a === p && b === r)) return false;
    const proposer = market.proposers[p] as OracleAgent;
    const reviewer = market.reviewers[r] as OracleAgent;
    const gains = (strictly: boolean): [boolean, boolean] => [
      wants(proposer, partnersOf(matching, 0, p), r, strictly),
      wants(reviewer, partnersOf(matching, 1, r), p, strictly),
    ];
    const [pStrict, rStrict] = gains(true);
    const [pWeak, rWeak] = gains(false);
    if (strength === "weak") return pStrict && rStrict;
    if (strength === "super") return pWeak && rWeak;
    return (pStrict && rWeak) || (pWeak && rStrict);
  });
}

/** Every individually rational matching: all sets of mutual pairs that keep the quotas. */
export function* allMatchings(market: OracleMarket): Generator<Pair[]> {
  const pairs = mutualPairs(market);
  const seats = new Map<string, number>();
  for (const [id, agent] of Object.entries(market.proposers)) seats.set(`p:${id}`, agent.quota);
  for (const [id, agent] of Object.entries(market.reviewers)) seats.set(`r:${id}`, agent.quota);
  const chosen: Pair[] = [];
  function* extend(from: number): Generator<Pair[]> {
    if (from === pairs.length) {
      yield [...chosen];
      return;
    }
    const pair = pairs[from] as Pair;
    const [p, r] = [`p:${pair[0]}`, `r:${pair[1]}`];
    const [pSeats, rSeats] = [seats.get(p) as number, seats.get(r) as number];
    if (pSeats > 0 && rSeats > 0) {
      seats.set(p, pSeats - 1).set(r, rSeats - 1);
      chosen.push(pair);
      yield* extend(from + 1);
      chosen.pop();
      seats.set(p, pSeats).set(r, rSeats);
    }
    yield* extend(from + 1);
  }
  yield* extend(0);
}

/** Every stable matching, sorted, each with its pairs sorted. */
export function allStable(market: OracleMarket, strength: Strength = "weak"): Pair[][] {
  const found: Pair[][] = [];
  for (const matching of allMatchings(market))
    if (oracleBlockingPairs(market, matching, strength).length === 0) found.push(matching);
  return canonical(found);
}

/** Pairs sorted by their text. */
export const sortedPairs = (pairs: Iterable<Pair>): Pair[] =>
  [...pairs].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

/** Matchings with sorted pairs, themselves sorted by their text. */
export const canonical = (matchings: Iterable<Iterable<Pair>>): Pair[][] =>
  [...matchings].map(sortedPairs).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

/** For every proposer, its partners from best to worst, as tiers: smaller is better where lengths are equal. */
export function ranksOf(
  market: OracleMarket,
  matching: readonly Pair[],
  side: "proposers" | "reviewers",
): Map<string, number[]> {
  const ranks = new Map<string, number[]>();
  for (const [id, agent] of Object.entries(market[side]))
    ranks.set(
      id,
      partnersOf(matching, side === "proposers" ? 0 : 1, id)
        .map((other) => tierOf(agent, other) as number)
        .sort((a, b) => a - b),
    );
  return ranks;
}

/** The one of `matchings` in which every agent of a side has the best partners, place by place; undefined if none. */
export function bestFor(
  market: OracleMarket,
  matchings: readonly Pair[][],
  side: "proposers" | "reviewers",
): Pair[] | undefined {
  return matchings.find((candidate) => {
    const best = ranksOf(market, candidate, side);
    return matchings.every((rival) =>
      [...ranksOf(market, rival, side)].every(([id, ranks]) =>
        ranks.every((rank, i) => ((best.get(id) as number[])[i] as number) <= rank),
      ),
    );
  });
}

/** Small markets of every shape: incomplete and one-sided lists, quotas from 0, and ties where asked for. */
export function smallMarkets(options: {
  readonly agents?: number;
  readonly quota?: number;
  readonly ties?: boolean;
}): fc.Arbitrary<OracleMarket> {
  const { agents = 3, quota = 2, ties = false } = options;
  const side = (
    prefix: string,
    count: number,
    others: string[],
  ): fc.Arbitrary<Record<string, OracleAgent>> =>
    fc
      .array(
        fc.record({
          quota: fc.integer({ min: 0, max: quota }),
          // Mostly complete lists: short ones hardly ever have more than one stable matching.
          prefs: fc
            .tuple(
              fc.oneof(
                { weight: 3, arbitrary: fc.constant(others.length) },
                { weight: 1, arbitrary: fc.nat({ max: others.length }) },
              ),
              fc.shuffledSubarray(others, { minLength: others.length }),
            )
            .map(([length, order]) => order.slice(0, length)),
          tied: fc.array(fc.boolean(), { minLength: others.length, maxLength: others.length }),
        }),
        { minLength: count, maxLength: count },
      )
      .map((made) =>
        Object.fromEntries(
          made.map((agent, i) => [
            `${prefix}${i}`,
            { quota: agent.quota, prefs: ties ? withTies(agent.prefs, agent.tied) : agent.prefs },
          ]),
        ),
      );
  const names = (prefix: string, count: number): string[] =>
    Array.from({ length: count }, (_, i) => prefix + i);
  return fc
    .tuple(fc.integer({ min: 1, max: agents }), fc.integer({ min: 1, max: agents }))
    .chain(([n, m]) =>
      fc.record({
        proposers: side("p", n, names("r", m)),
        reviewers: side("r", m, names("p", n)),
      }),
    );
}

function withTies(prefs: string[], tied: boolean[]): (string | string[])[] {
  const tiers: string[][] = [];
  prefs.forEach((id, i) => {
    if (i > 0 && tied[i]) (tiers.at(-1) as string[]).push(id);
    else tiers.push([id]);
  });
  return tiers.map((tier) => (tier.length === 1 ? (tier[0] as string) : tier));
}

export interface OracleContract {
  readonly proposer: string;
  readonly reviewer: string;
}

/** Contracts by id; every agent ranks contract ids, takes at most one a counterpart and `quota` in all. */
export interface OracleContractMarket {
  readonly contracts: Readonly<Record<string, OracleContract>>;
  readonly proposers: Readonly<Record<string, { quota: number; prefs: readonly string[] }>>;
  readonly reviewers: Readonly<Record<string, { quota: number; prefs: readonly string[] }>>;
}

/** What an agent chooses of some contract ids: the first allowed set of all, sets ordered by their best contracts. */
function chosenOf(
  market: OracleContractMarket,
  side: "proposers" | "reviewers",
  id: string,
  offered: ReadonlySet<string>,
): Set<string> {
  const agent = market[side][id] as { quota: number; prefs: readonly string[] };
  const [own, other] =
    side === "proposers"
      ? (["proposer", "reviewer"] as const)
      : (["reviewer", "proposer"] as const);
  const mine = agent.prefs.filter((c) => offered.has(c) && market.contracts[c]?.[own] === id);
  let best: string[] = [];
  let bestKey = "";
  for (let mask = 0; mask < 2 ** mine.length; mask++) {
    const set = mine.filter((_, i) => (mask >> i) & 1);
    const partners = new Set(set.map((c) => market.contracts[c]?.[other]));
    if (set.length > agent.quota || partners.size < set.length) continue;
    // A set is better when it has the first contract, of the ranking, in which two sets differ.
    const key = mine.map((c) => (set.includes(c) ? "1" : "0")).join("");
    if (key > bestKey) [best, bestKey] = [set, key];
  }
  return new Set(best);
}

/** Every stable allocation by the definition of Hatfield and Kominers: all blocking sets, of any size, are tried. */
export function allStableAllocations(market: OracleContractMarket): string[][] {
  const ids = Object.keys(market.contracts).sort();
  const agents = [
    ...Object.keys(market.proposers).map((id) => ["proposers", id] as const),
    ...Object.keys(market.reviewers).map((id) => ["reviewers", id] as const),
  ];
  const subsets = Array.from(
    { length: 2 ** ids.length },
    (_, mask) => new Set(ids.filter((__, i) => (mask >> i) & 1)),
  );
  const memo = agents.map(() => new Map<string, Set<string>>());
  const choice = (a: number, offered: ReadonlySet<string>): Set<string> => {
    const [side, id] = agents[a] as readonly ["proposers" | "reviewers", string];
    const role = side === "proposers" ? "proposer" : "reviewer";
    const own = [...offered].filter((c) => market.contracts[c]?.[role] === id);
    const key = own.sort().join();
    const known = memo[a]?.get(key) ?? chosenOf(market, side, id, new Set(own));
    memo[a]?.set(key, known);
    return known;
  };
  const ownedBy = (a: number, set: ReadonlySet<string>): string[] => {
    const [side, id] = agents[a] as readonly ["proposers" | "reviewers", string];
    return [...set].filter(
      (c) => market.contracts[c]?.[side === "proposers" ? "proposer" : "reviewer"] === id,
    );
  };
  return subsets
    .filter((allocation) => {
      if (agents.some((_, a) => choice(a, allocation).size !== ownedBy(a, allocation).length))
        return false;
      return !subsets.some(
        (z) =>
          z.size > 0 &&
          [...z].every((c) => !allocation.has(c)) &&
          agents.every((_, a) => {
            const chosen = choice(a, new Set([...allocation, ...z]));
            return ownedBy(a, z).every((c) => chosen.has(c));
          }),
      );
    })
    .map((allocation) => [...allocation]);
}

/** Small contract markets: every pair has up to two contracts, every agent ranks some of its own. */
export function smallContractMarkets(most: number): fc.Arbitrary<OracleContractMarket> {
  return fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 2 })).chain(([n, m]) =>
    fc
      .array(fc.record({ p: fc.nat(n - 1), r: fc.nat(m - 1) }), { minLength: 1, maxLength: most })
      .chain((made) => {
        const contracts = Object.fromEntries(
          made.map(({ p, r }, i) => [`c${i}`, { proposer: `p${p}`, reviewer: `r${r}` }]),
        );
        const side = (prefix: "p" | "r", count: number, role: "proposer" | "reviewer") =>
          fc
            .tuple(
              ...Array.from({ length: count }, (_, i) => {
                const own = Object.keys(contracts).filter(
                  (c) => contracts[c]?.[role] === prefix + i,
                );
                return fc.record({
                  quota: fc.integer({ min: 0, max: 3 }),
                  prefs: fc.oneof(
                    { weight: 3, arbitrary: fc.shuffledSubarray(own, { minLength: own.length }) },
                    { weight: 1, arbitrary: fc.shuffledSubarray(own) },
                  ),
                });
              }),
            )
            .map((agents) => Object.fromEntries(agents.map((agent, i) => [prefix + i, agent])));
        return fc.record({
          contracts: fc.constant(contracts),
          proposers: side("p", n, "proposer"),
          reviewers: side("r", m, "reviewer"),
        });
      }),
  );
}
