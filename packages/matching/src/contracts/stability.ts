// Stability of an allocation of contracts, by the definition of Hatfield and Kominers (2017).
import { coded, integer, iterable, object, optional, type Shape } from "@emrx/internal/shape";
import { check } from "../check.js";
import { MatchingError } from "../errors.js";
import { idText, quoted } from "../market/market.js";
import { type Ranking, rankingOf } from "./choice.js";
import type { ChoiceFunction, Contract } from "./contract.js";
import { type ContractMarket, checkContractMarket, inOrder } from "./create.js";

const optionsShape: Shape<{ readonly maxSize?: number }> = /* @__PURE__ */ object({
  maxSize: /* @__PURE__ */ optional(
    /* @__PURE__ */ coded("EMRX_MATCHING_LIMIT", /* @__PURE__ */ integer(1)),
  ),
});

/** What {@link verifyContracts} found. */
export interface ContractVerification<Terms = unknown> {
  /** Individually rational and not blocked (by sets up to the size that was asked for). */
  readonly stable: boolean;
  /** Agents who would rather drop some of their contracts, with what they would keep. */
  readonly irrational: readonly {
    readonly side: "proposers" | "reviewers";
    readonly agent: string;
    readonly keeps: readonly Contract<Terms>[];
  }[];
  /** Smallest blocking sets: contracts outside the allocation that everybody in them would choose, given the rest. */
  readonly blocking: readonly (readonly Contract<Terms>[])[];
}

/**
 * Checks an allocation: everybody chooses all they have, and no set of further contracts would be chosen, together with
 * what they have, by everybody in it. With substitutable choice functions single contracts are enough to look at; for
 * others raise `maxSize`, at the cost of (contracts)^maxSize.
 *
 * @param market The market.
 * @param allocation The contracts agreed on, or their ids.
 * @param given `maxSize`: the largest blocking set to look for, 1 where absent. The search ends with the smallest size
 * at which there is one.
 * @returns What was found.
 * @throws EMRX_MATCHING_UNKNOWN_ID for a contract that the market does not have, EMRX_MATCHING_LIMIT where maxSize is
 * not a whole number from 1 up.
 *
 * @example
 * ```ts
 * import { createContractMarket, verifyContracts } from "@emrx/matching/contracts";
 *
 * const market = createContractMarket({
 *   contracts: { short: { proposer: "cadet", reviewer: "branch" }, long: { proposer: "cadet", reviewer: "branch" } },
 *   proposers: { cadet: { prefs: ["short", "long"] } },
 *   reviewers: { branch: { prefs: ["long", "short"] } },
 * });
 * verifyContracts(market, ["short"]).stable; // => true
 * verifyContracts(market, []).blocking.length; // => 2
 * ```
 */
export function verifyContracts<Terms>(
  market: ContractMarket<Terms>,
  allocation: Iterable<Contract<Terms> | string>,
  given: { readonly maxSize?: number } = {},
): ContractVerification<Terms> {
  const { maxSize = 1 } = check(optionsShape, given, "options");
  checkContractMarket(market);
  check(iterable(), allocation, "allocation");
  const byId = new Map(market.contracts.map((contract) => [contract.id, contract]));
  const held = new Set<Contract<Terms>>();
  for (const entry of allocation) {
    const id = typeof entry === "string" ? entry : entry?.id;
    const contract = byId.get(id);
    if (contract === undefined)
      throw new MatchingError(
        "EMRX_MATCHING_UNKNOWN_ID",
        `The market has no contract ${quoted(id)}.`,
        { entry: idText(id) },
      );
    held.add(contract);
  }
  const agents = agentsOf(market, held);
  const irrational = [...agents.values()].flatMap((agent) => {
    const { side, id, choose, has } = agent;
    const keeps = [...choose(has)];
    const ranking = rankingOf(choose);
    if (ranking && keeps.length === has.length) agent.wants = wantsByRank(ranking, has);
    return keeps.length === has.length ? [] : [{ side, agent: id, keeps: keeps.sort(inOrder) }];
  });
  const outside = market.contracts.filter((contract) => !held.has(contract));
  let blocking: Contract<Terms>[][] = [];
  for (let size = 1; size <= Math.min(maxSize, outside.length) && blocking.length === 0; size++)
    blocking = [...setsOf(outside, size)].filter((set) => allChoose(agents, set));
  return { stable: irrational.length === 0 && blocking.length === 0, irrational, blocking };
}

interface Agent<Terms> {
  readonly side: "proposers" | "reviewers";
  readonly id: string;
  readonly choose: ChoiceFunction<Terms>;
  readonly has: Contract<Terms>[];
  /** Whether it would choose one more; given where that is quick to say. */
  wants?: (contract: Contract<Terms>) => boolean;
}

/** All agents by role and id, with what they hold. */
function agentsOf<Terms>(
  market: ContractMarket<Terms>,
  held: ReadonlySet<Contract<Terms>>,
): Map<string, Agent<Terms>> {
  const agents = new Map<string, Agent<Terms>>();
  for (const side of ["proposers", "reviewers"] as const)
    for (const [id, choose] of market[side])
      agents.set(`${side} ${id}`, { side, id, choose, has: [] });
  for (const contract of held)
    for (const key of keysOf(contract)) agents.get(key)?.has.push(contract);
  return agents;
}

const keysOf = ({ proposer, reviewer }: Contract): [string, string] => [
  `proposers ${proposer}`,
  `reviewers ${reviewer}`,
];

/** Whether everybody in the set would choose all of theirs in it, given what they have. */
function allChoose<Terms>(
  agents: ReadonlyMap<string, Agent<Terms>>,
  set: readonly Contract<Terms>[],
): boolean {
  for (const key of new Set(set.flatMap(keysOf))) {
    const agent = agents.get(key) as Agent<Terms>;
    const own = set.filter((contract) => keysOf(contract).includes(key));
    const [first] = own as [Contract<Terms>];
    if (agent.wants && own.length === 1) {
      if (!agent.wants(first)) return false;
      continue;
    }
    const chosen = new Set(agent.choose([...agent.has, ...own]));
    if (!own.every((contract) => chosen.has(contract))) return false;
  }
  return true;
}

/**
 * For an agent with a ranking that chooses all it has: whether it would choose one more contract, without asking the
 * choice function. It must be better than the one with the same counterpart, if there is one, and among the best
 * `quota` otherwise.
 */
function wantsByRank<Terms>(
  { quota, ranks, counterpart }: Ranking,
  has: readonly Contract<Terms>[],
): (contract: Contract<Terms>) => boolean {
  const rankOf = ({ id }: Contract<Terms>): number => ranks.get(id) ?? Number.POSITIVE_INFINITY;
  const withSame = new Map(has.map((contract) => [contract[counterpart], rankOf(contract)]));
  const worst = has.reduce((rank, contract) => Math.max(rank, rankOf(contract)), -1);
  return (contract) => {
    const rank = rankOf(contract);
    if (rank === Number.POSITIVE_INFINITY) return false;
    const rival = withSame.get(contract[counterpart]);
    if (rival !== undefined) return rank < rival;
    return has.length < quota || rank < worst;
  };
}

function* setsOf<T>(items: readonly T[], size: number, from = 0): Generator<T[]> {
  if (size === 0) {
    yield [];
    return;
  }
  for (let i = from; i <= items.length - size; i++)
    for (const rest of setsOf(items, size - 1, i + 1)) yield [items[i] as T, ...rest];
}
