// The way in for people: agents by id, with ranked lists, scores or utility functions, checked entry by entry.
import {
  anything,
  described,
  literal,
  type Members,
  object,
  optional,
  recordOf,
  type Shape,
  text,
  union,
} from "@emrx/internal/shape";
import { anyMember, check, functionMember } from "../check.js";
import { MatchingError } from "../errors.js";
import {
  type AsyncOptions,
  atOnce,
  inTurns,
  progressMember,
  type Steps,
  signalMember,
  type Work,
} from "../steps.js";
import { breakTies } from "../ties/break-ties.js";
import { checkIds, hasTie } from "./arrays.js";
import { remember } from "./known.js";
import {
  idText,
  indexOfIds,
  type Market,
  otherSide,
  quoted,
  type RankedLists,
  type Side,
  type SideName,
  singular,
} from "./market.js";

/** How an agent ranks the other side: one of a ranked list, scores, or a utility function. */
export interface RankingInput {
  /** Ids of the other side, best first; an array inside the list is a tie. Who is not listed is unacceptable. */
  readonly prefs?: readonly (string | readonly string[])[];
  /** A finite number for each acceptable agent of the other side, higher is better; equal scores are a tie. */
  readonly scores?: Readonly<Record<string, number>> | ReadonlyMap<string, number>;
  /** Called once for each agent of the other side: a finite number, higher is better, or undefined for "unacceptable". */
  readonly utility?: (id: string) => number | undefined;
}

/** One agent's input: a quota and a ranking. */
export interface AgentInput extends RankingInput {
  /** The most partners the agent can have, a whole number from 0; 1 where absent. */
  readonly quota?: number;
}

/** One side's input: an object from id to agent, or any iterable of agents that carry their id. */
export type SideInput<Agent = AgentInput> =
  | Readonly<Record<string, Agent>>
  | Iterable<Agent & { readonly id: string }>;

/** How {@link createMarket} treats ties. */
export interface MarketOptions {
  /**
   * `"keep"` (the default) keeps ties, for weak, strong and super stability. A seed breaks them by the rule of
   * `breakTies`; it should be drawn in public after all lists are in, so that nobody can choose an id that wins.
   */
  readonly ties?: "keep" | { readonly seed: string };
}

/**
 * Makes a market from agents' lists, scores or utility functions.
 *
 * Agents are put in the order of their ids, so the order in which they are given never changes a result.
 * An entry that the other agent does not return is valid and simply unacceptable.
 *
 * @param input The two sides. Ids are any strings; an id on one side and the same id on the other are two agents.
 * @param options How to treat ties.
 * @returns The market; building it is linear in the number of entries but for sorting ids and scores.
 * @throws EMRX_MATCHING_UNKNOWN_ID, EMRX_MATCHING_DUPLICATE for an entry of a list,
 * EMRX_MATCHING_QUOTA for a negative or fractional quota, EMRX_MATCHING_SCORE for a score that is not finite,
 * EMRX_MATCHING_ARGUMENT for input of another shape; each names the agent and the entry.
 *
 * @example
 * ```ts
 * import { createMarket, solve } from "@emrx/matching";
 *
 * const market = createMarket({
 *   proposers: {
 *     ann: { quota: 1, prefs: ["mercy", "city"] },
 *     bob: { quota: 1, prefs: ["mercy"] },
 *   },
 *   reviewers: {
 *     city: { quota: 1, scores: { ann: 0.5 } },
 *     mercy: { quota: 1, scores: { ann: 0.4, bob: 0.9 } },
 *   },
 * });
 * solve(market).pairs(); // => [["ann", "city"], ["bob", "mercy"]]
 * ```
 */
export function createMarket(
  input: { readonly proposers: SideInput; readonly reviewers: SideInput },
  options: MarketOptions = {},
): Market {
  const { ties = "keep" } = check(optionsShape, options, "options");
  return atOnce((work) => marketSteps(input, ties, work));
}

/**
 * {@link createMarket}, in turns with whatever else the program has to do; sorting the ids is one turn.
 *
 * @param input The two sides.
 * @param options `ties`, as in `createMarket`; `onProgress`, `signal`.
 * @returns The market that `createMarket` returns.
 * @throws EMRX_MATCHING_ABORTED, and what `createMarket` throws.
 *
 * @example
 * ```ts
 * import { createMarketAsync } from "@emrx/matching/market";
 *
 * const market = await createMarketAsync({
 *   proposers: { ann: { prefs: ["city"] } },
 *   reviewers: { city: { prefs: ["ann"] } },
 * });
 * market.reviewers.ids; // => ["city"]
 * ```
 */
export async function createMarketAsync(
  input: { readonly proposers: SideInput; readonly reviewers: SideInput },
  options: MarketOptions & AsyncOptions = {},
): Promise<Market> {
  const { ties = "keep", ...turns } = check(asyncShape, options, "options");
  return inTurns((work) => marketSteps(input, ties, work), turns);
}

/** {@link createMarket} in steps; one unit an agent. */
export function* marketSteps(
  input: { readonly proposers: SideInput; readonly reviewers: SideInput },
  ties: "keep" | { readonly seed: string },
  work: Work,
): Steps<Market> {
  const { agents, ids } = sortedSides(input, agentMembers, work);
  function* sideOf(side: SideName): Steps<Side> {
    return {
      ...(yield* rankedLists(side, agents[side], ids, work)),
      quotas: Uint32Array.from(agents[side], ([id, { quota }]) =>
        checkQuota(side, id, quota === undefined ? 1 : quota),
      ),
    };
  }
  const proposers = yield* sideOf("proposers");
  const reviewers = yield* sideOf("reviewers");
  const market = remember({ proposers, reviewers });
  return ties === "keep" ? market : breakTies(market, ties.seed);
}

/** Members that every agent may have: how it ranks the other side. */
export const rankingMembers: Members = {
  prefs: anyMember,
  scores: anyMember,
  utility: functionMember,
};

/** How many entries of typed arrays take as long as one that is an id. */
const idCost = 16;

const agentMembers = {
  quota: anyMember,
  prefs: anyMember,
  scores: anyMember,
  utility: functionMember,
} as const;
const sidesShape: Shape<{ readonly proposers: unknown; readonly reviewers: unknown }> =
  /* @__PURE__ */ object({ proposers: anything, reviewers: anything });
const tiesMember = /* @__PURE__ */ optional(
  /* @__PURE__ */ union<"keep" | { readonly seed: string }>(
    '"keep" or { seed: "..." }',
    /* @__PURE__ */ literal("keep"),
    /* @__PURE__ */ object({ seed: /* @__PURE__ */ text() }),
  ),
);
const optionsShape: Shape<MarketOptions> = /* @__PURE__ */ object({ ties: tiesMember });
const asyncShape: Shape<MarketOptions & AsyncOptions> = /* @__PURE__ */ object({
  ties: tiesMember,
  onProgress: progressMember,
  signal: signalMember,
});

/** Both sides' agents in the order of their ids, with their members and ids checked; a unit of work for each. */
export function sortedSides<Agent>(
  input: { readonly proposers: SideInput<Agent>; readonly reviewers: SideInput<Agent> },
  members: Members,
  work: Work,
): { agents: Record<SideName, [string, Agent][]>; ids: Record<SideName, string[]> } {
  const sides = check(sidesShape, input, "input");
  const agents = {
    proposers: sortedAgents<Agent>("proposers", sides.proposers, members),
    reviewers: sortedAgents<Agent>("reviewers", sides.reviewers, members),
  };
  const ids = {
    proposers: agents.proposers.map(([id]) => id),
    reviewers: agents.reviewers.map(([id]) => id),
  };
  checkIds("proposers", ids.proposers);
  checkIds("reviewers", ids.reviewers);
  work.total = ids.proposers.length + ids.reviewers.length;
  return { agents, ids };
}

/** The agents of a side in the order of their ids. */
function sortedAgents<Agent>(side: SideName, given: unknown, members: Members): [string, Agent][] {
  try {
    return readAgents(side, given, members);
  } catch (cause) {
    if (cause instanceof MatchingError) throw cause;
    throw new MatchingError(
      "EMRX_MATCHING_ARGUMENT",
      `${side} cannot be read: reading it throws an error`,
      { cause },
    );
  }
}

function readAgents<Agent>(side: SideName, given: unknown, members: Members): [string, Agent][] {
  if (given instanceof Map)
    throw wrong(
      `${side} is a Map; expected an object from id to agent, or agents with an id. Make one by Object.fromEntries(map).`,
    );
  const agents: [string, Agent][] = [];
  if (typeof given === "object" && given !== null && Symbol.iterator in given) {
    const shape = object({ id: text(), ...members });
    let i = 0;
    for (const each of given as Iterable<unknown>) {
      const agent = check(shape, each, `${side}[${i++}]`);
      agents.push([agent.id, agent as Agent]);
    }
  } else {
    const shape = object(members);
    const named = check(recordOf(anything, { most: Number.MAX_SAFE_INTEGER }), given, side);
    for (const id of Object.keys(named))
      agents.push([
        id,
        check(shape, named[id], `${singular(side)} ${JSON.stringify(id)}`) as Agent,
      ]);
  }
  return agents.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** One side's lists, checked entry by entry; `tiers` only where there is a tie. One unit of work an agent. */
export function* rankedLists(
  side: SideName,
  agents: readonly (readonly [string, RankingInput])[],
  ids: Record<SideName, readonly string[]>,
  work: Work,
): Steps<RankedLists & { readonly tiers?: Uint32Array }> {
  const others = ids[otherSide(side)];
  const index = indexOfIds({ ids: others });
  const offsets = new Uint32Array(agents.length + 1);
  let lists = new Uint32Array(1024);
  let tiers = new Uint32Array(1024);
  let length = 0;
  const seen = new Uint32Array(others.length);

  const push = (a: number, id: string, entry: string, tier: number): void => {
    const b = index.get(entry);
    if (b === undefined) throw unknown(side, id, entry);
    if (seen[b] === a + 1)
      throw new MatchingError(
        "EMRX_MATCHING_DUPLICATE",
        `${singular(side)} ${JSON.stringify(id)} lists ${JSON.stringify(entry)} twice; remove one of the entries.`,
        { agent: id, entry },
      );
    seen[b] = a + 1;
    if (length === lists.length) {
      lists = grown(lists);
      tiers = grown(tiers);
    }
    lists[length] = b;
    tiers[length++] = tier;
  };

  for (const [a, [id, agent]] of agents.entries()) {
    if ([agent.prefs, agent.scores, agent.utility].filter((x) => x !== undefined).length > 1)
      throw wrong(
        `${singular(side)} ${JSON.stringify(id)} must have only one of prefs, scores and utility.`,
      );
    let tier = 0;
    if (agent.prefs !== undefined) {
      if (!Array.isArray(agent.prefs))
        throw wrong(
          `The prefs of ${singular(side)} ${JSON.stringify(id)} must be an array of ids.`,
        );
      for (const entry of agent.prefs) {
        if (Array.isArray(entry)) {
          for (const tied of entry) push(a, id, tied, tier);
          if (entry.length > 0) tier++;
        } else push(a, id, entry as string, tier++);
      }
    } else {
      const scored = scoresOf(side, id, agent, others);
      scored.forEach(([entry, score], i) => {
        if (i > 0 && score !== (scored[i - 1] as [string, number])[1]) tier++;
        push(a, id, entry, tier);
      });
    }
    offsets[a + 1] = length;
    if (work.did(1, idCost * (length - (offsets[a] as number)))) yield;
  }
  tiers = tiers.slice(0, length);
  return {
    ids: ids[side],
    count: agents.length,
    offsets,
    lists: lists.slice(0, length),
    ...(hasTie(offsets, tiers) ? { tiers } : {}),
  };
}

/** What an agent thinks of each other agent, best first, equal scores by id. */
function scoresOf(
  side: SideName,
  id: string,
  agent: RankingInput,
  others: readonly string[],
): [string, number][] {
  let scored: [string, number][] = [];
  if (typeof agent.utility === "function") {
    for (const other of others) {
      const score = scoreBy(agent.utility, side, id, other);
      if (score !== undefined) scored.push([other, score]);
    }
  } else if (agent.scores !== null && typeof agent.scores === "object") {
    scored = agent.scores instanceof Map ? [...agent.scores] : Object.entries(agent.scores);
  } else if (agent.scores !== undefined || agent.utility !== undefined)
    throw wrong(
      `${singular(side)} ${JSON.stringify(id)}: scores must be an object or a Map from id to number, utility a function.`,
    );
  for (const [entry, score] of scored)
    if (!Number.isFinite(score))
      throw new MatchingError(
        "EMRX_MATCHING_SCORE",
        `${singular(side)} ${JSON.stringify(id)} scores ${JSON.stringify(entry)} with ${described(score)}; a score must be ` +
          "a finite number (leave the entry out where the agent is unacceptable).",
        { agent: id, entry },
      );
  return scored.sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
}

/** What a function of the caller's says; what it throws is the cause of an error that says whose function it is. */
function scoreBy(
  utility: (id: string) => number | undefined,
  side: SideName,
  id: string,
  other: string,
): number | undefined {
  try {
    return utility(other);
  } catch (cause) {
    throw new MatchingError(
      "EMRX_MATCHING_SCORE",
      `The utility function of ${singular(side)} ${JSON.stringify(id)} threw for ${JSON.stringify(other)}.`,
      { agent: id, entry: other, cause },
    );
  }
}

/** A quota is a whole number of seats; anything from 2^32 - 1 up has no more effect than that. */
export function checkQuota(side: SideName, id: string, quota: number): number {
  if (!Number.isInteger(quota) || quota < 0)
    throw new MatchingError(
      "EMRX_MATCHING_QUOTA",
      `The quota of ${singular(side)} ${JSON.stringify(id)} must be a whole number from 0 up; it is ${described(quota)}.`,
      { agent: id },
    );
  return Math.min(quota, 0xffffffff);
}

/** The error for an entry that is nobody on the other side. */
export function unknown(side: SideName, id: string, entry: unknown): MatchingError {
  return new MatchingError(
    "EMRX_MATCHING_UNKNOWN_ID",
    `${singular(side)} ${JSON.stringify(id)} lists ${quoted(entry)}, and there is no ` +
      `${singular(otherSide(side))} with that id; remove the entry or add the agent.`,
    { agent: id, entry: idText(entry) },
  );
}

function grown(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * array.length);
  larger.set(array);
  return larger;
}

const wrong = (message: string): MatchingError =>
  new MatchingError("EMRX_MATCHING_ARGUMENT", message);
