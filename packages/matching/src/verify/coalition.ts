// Blocking coalitions: groups that gain by new pairs among themselves (setwise stability; Sotomayor 1999).
import {
  coded,
  described,
  fn,
  integer,
  number,
  object,
  optional,
  recordOf,
  type Shape,
} from "@emrx/internal/shape";
import { check } from "../check.js";
import { MatchingError } from "../errors.js";
import type { Market, SideName } from "../market/market.js";
import { type MatchingLike, type MatchingRows, matchingIn } from "../matching.js";

/** What a set of partners is worth to an agent; ranks alone do not say, so it must be given. */
export type SetUtility = (side: SideName, agent: string, partners: readonly string[]) => number;

const optionsShape: Shape<{ readonly utility: SetUtility; readonly maxSize?: number }> =
  /* @__PURE__ */ object({
    utility: /* @__PURE__ */ fn<SetUtility>(),
    maxSize: /* @__PURE__ */ optional(
      /* @__PURE__ */ coded("EMRX_MATCHING_LIMIT", /* @__PURE__ */ integer(1)),
    ),
  });

/** What each partner is worth, by agent. */
type Values = Readonly<Record<string, Readonly<Record<string, number>>>>;
const valuesShape: Shape<Values> = /* @__PURE__ */ recordOf(
  /* @__PURE__ */ recordOf(/* @__PURE__ */ coded("EMRX_MATCHING_SCORE", /* @__PURE__ */ number())),
);
const bothShape: Shape<Readonly<Record<SideName, Values>>> = /* @__PURE__ */ object({
  proposers: valuesShape,
  reviewers: valuesShape,
});

/** A coalition that blocks a matching. */
export interface Coalition {
  /** Ids of the members on each side. */
  readonly proposers: readonly string[];
  readonly reviewers: readonly string[];
  /** The pairs that the members form anew, all among themselves. */
  readonly newPairs: readonly (readonly [string, string])[];
  /** Every member's partners after the deviation: new ones, and the old ones it keeps. */
  readonly partners: ReadonlyMap<string, readonly string[]>;
}

/**
 * Looks for a coalition that blocks a matching: members form new pairs only among themselves, may keep or drop old
 * partners (kept ones may be outside), respect quotas and lists, and are all strictly better off. A matching that no
 * coalition blocks is setwise stable; such matchings may not exist in many-to-many markets, even though pairwise
 * stable ones always do.
 *
 * The search goes through all coalitions, connected by possible new pairs, of at most `maxSize` agents, so that its
 * cost grows like (agents)^maxSize: it proves the absence of small coalitions only. A coalition of one is an agent
 * that would rather drop a partner; one of two is a blocking pair.
 *
 * @param market The market.
 * @param matching The matching, or its pairs.
 * @param given `utility` values a set of partners for an agent (higher is better); `maxSize` bounds the coalition's
 * size, 4 where absent.
 * @returns The first coalition found, smaller ones before larger ones for the same first member; or undefined.
 * @throws EMRX_MATCHING_SCORE where a utility is not a number, EMRX_MATCHING_LIMIT where maxSize is not a whole number
 * from 1 up or an agent has more than 20 partners, EMRX_MATCHING_UNKNOWN_ID where the matching names nobody's id.
 *
 * @example
 * ```ts
 * import { createMarket } from "@emrx/matching";
 * import { additiveUtility, findBlockingCoalition } from "@emrx/matching/verify";
 *
 * const market = createMarket({
 *   proposers: { ann: { prefs: ["city", "mercy"] } },
 *   reviewers: { city: { prefs: ["ann"] }, mercy: { prefs: ["ann"] } },
 * });
 * const utility = additiveUtility({
 *   proposers: { ann: { city: 2, mercy: 1 } },
 *   reviewers: { city: { ann: 1 }, mercy: { ann: 1 } },
 * });
 * findBlockingCoalition(market, [["ann", "mercy"]], { utility })?.newPairs; // => [["ann", "city"]]
 * findBlockingCoalition(market, [["ann", "city"]], { utility }); // => undefined
 * ```
 */
export function findBlockingCoalition(
  market: Market,
  matching: MatchingLike,
  given: { readonly utility: SetUtility; readonly maxSize?: number },
): Coalition | undefined {
  const { utility, maxSize = 4 } = check(optionsShape, given, "options");
  const own = matchingIn(market, matching);
  const agents = agentsOf(market, own, utility);
  for (const members of connectedSets(agents, maxSize)) {
    const found = deviation(agents, members);
    if (found) return describe(market, agents, members, found);
  }
  return undefined;
}

/** An agent of either side under one number: proposers first. */
interface Member {
  readonly side: SideName;
  readonly id: string;
  readonly quota: number;
  /** Mutually acceptable agents, by number. */
  readonly acceptable: ReadonlySet<number>;
  readonly partners: ReadonlySet<number>;
  /** What it has now is worth. */
  readonly now: number;
  worth(partners: readonly number[]): number;
}

function agentsOf(market: Market, matching: MatchingRows, utility: SetUtility): Member[] {
  const shift = market.proposers.count;
  const listed = (name: SideName): Set<number>[] => {
    const { count, offsets, lists } = market[name];
    const add = name === "proposers" ? shift : 0;
    return Array.from({ length: count }, (_, a) => {
      const row = lists.subarray(offsets[a], offsets[a + 1]);
      return new Set(Array.from(row, (b) => b + add));
    });
  };
  const lists = [...listed("proposers"), ...listed("reviewers")];
  const idOf = (agent: number): string =>
    (agent < shift ? market.proposers.ids[agent] : market.reviewers.ids[agent - shift]) as string;
  return lists.map((list, agent) => {
    const side: SideName = agent < shift ? "proposers" : "reviewers";
    const index = side === "proposers" ? agent : agent - shift;
    const { offsets, partners } = matching[side];
    const own = Array.from(
      partners.subarray(offsets[index], offsets[index + 1]),
      (b) => b + (side === "proposers" ? shift : 0),
    );
    const id = idOf(agent);
    if (own.length > 20)
      throw new MatchingError(
        "EMRX_MATCHING_LIMIT",
        `${JSON.stringify(id)} has ${own.length} partners; the search looks at all their subsets and takes 20 at most.`,
        { agent: id },
      );
    const worth = (set: readonly number[]): number => {
      const value = utility(side, id, set.map(idOf).sort());
      if (typeof value !== "number" || Number.isNaN(value))
        throw new MatchingError(
          "EMRX_MATCHING_SCORE",
          `utility("${side}", ${JSON.stringify(id)}, ...) must be a number; it is ${described(value)}.`,
          { agent: id },
        );
      return value;
    };
    return {
      side,
      id,
      quota: market[side].quotas[index] as number,
      acceptable: new Set([...list].filter((b) => (lists[b] as Set<number>).has(agent))),
      partners: new Set(own),
      now: worth(own),
      worth,
    };
  });
}

/** All sets of at most `size` agents that hang together by pairs that could be formed, each once (Wernicke 2006). */
function* connectedSets(agents: readonly Member[], size: number): Generator<number[]> {
  const neighbours = agents.map(({ acceptable, partners }) =>
    [...acceptable].filter((b) => !partners.has(b)),
  );
  function* extend(set: number[], frontier: number[], seen: Set<number>): Generator<number[]> {
    yield set;
    if (set.length === size) return;
    const rest = [...frontier];
    for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
      const added = (neighbours[next] as number[]).filter(
        (b) => b > (set[0] as number) && !seen.has(b),
      );
      yield* extend([...set, next], [...rest, ...added], new Set([...seen, ...added]));
    }
  }
  for (let first = 0; first < agents.length; first++) {
    const near = (neighbours[first] as number[]).filter((b) => b > first);
    yield* extend([first], near, new Set([first, ...near]));
  }
}

/** Pairs inside the coalition, and for every member its partners, such that all gain; or undefined. */
function deviation(
  agents: readonly Member[],
  members: readonly number[],
): Map<number, readonly number[]> | undefined {
  const inside = new Set(members);
  const pairs = members.flatMap((a) =>
    [...(agents[a] as Member).acceptable]
      .filter((b) => a < b && inside.has(b))
      .map((b) => [a, b] as const),
  );
  const chosen = new Map<number, number[]>(members.map((a) => [a, []]));
  const attempt = (from: number): Map<number, readonly number[]> | undefined => {
    if (from === pairs.length) return allGain(agents, inside, chosen);
    const [a, b] = pairs[from] as readonly [number, number];
    const [ofA, ofB] = [chosen.get(a) as number[], chosen.get(b) as number[]];
    if (ofA.length < (agents[a] as Member).quota && ofB.length < (agents[b] as Member).quota) {
      ofA.push(b);
      ofB.push(a);
      const found = attempt(from + 1);
      ofA.pop();
      ofB.pop();
      if (found) return found;
    }
    return attempt(from + 1);
  };
  return attempt(0);
}

function allGain(
  agents: readonly Member[],
  inside: ReadonlySet<number>,
  chosen: ReadonlyMap<number, readonly number[]>,
): Map<number, readonly number[]> | undefined {
  const result = new Map<number, readonly number[]>();
  for (const [a, inner] of chosen) {
    const member = agents[a] as Member;
    const outer = [...member.partners].filter((b) => !inside.has(b));
    const better = subsets(outer, member.quota - inner.length).find(
      (kept) => member.worth([...inner, ...kept]) > member.now,
    );
    if (better === undefined) return undefined;
    result.set(a, [...inner, ...better]);
  }
  return result;
}

/** All subsets of at most `size` elements, larger ones first. */
function subsets(elements: readonly number[], size: number): number[][] {
  let all: number[][] = [[]];
  for (const element of elements)
    all = all.flatMap((set) => (set.length < size ? [[...set, element], set] : [set]));
  return all.sort((a, b) => b.length - a.length);
}

function describe(
  market: Market,
  agents: readonly Member[],
  members: readonly number[],
  after: ReadonlyMap<number, readonly number[]>,
): Coalition {
  const id = (agent: number): string => (agents[agent] as Member).id;
  const shift = market.proposers.count;
  const sorted = [...members].sort((a, b) => a - b);
  return {
    proposers: sorted.filter((a) => a < shift).map(id),
    reviewers: sorted.filter((a) => a >= shift).map(id),
    newPairs: sorted
      .filter((a) => a < shift)
      .flatMap((a) =>
        (after.get(a) as readonly number[])
          .filter((b) => !(agents[a] as Member).partners.has(b))
          .sort((b, c) => b - c)
          .map((b) => [id(a), id(b)] as const),
      ),
    partners: new Map(
      sorted.map((a) => [id(a), (after.get(a) as readonly number[]).map(id).sort()]),
    ),
  };
}

/**
 * The utility of a set as the sum over its members, for {@link findBlockingCoalition}.
 *
 * @param given For each side and agent, what each partner is worth; a partner without a value is unacceptable and
 * makes the set worth minus infinity.
 * @returns The utility function.
 *
 * @example
 * ```ts
 * import { additiveUtility } from "@emrx/matching/verify";
 *
 * const utility = additiveUtility({ proposers: { ann: { city: 2, mercy: 1 } }, reviewers: {} });
 * utility("proposers", "ann", ["city", "mercy"]); // => 3
 * ```
 */
export function additiveUtility(
  given: Readonly<Record<SideName, Readonly<Record<string, Readonly<Record<string, number>>>>>>,
): SetUtility {
  const values = check(bothShape, given, "values");
  return (side, agent, partners) =>
    partners.reduce(
      (sum, partner) => sum + (values[side][agent]?.[partner] ?? Number.NEGATIVE_INFINITY),
      0,
    );
}
