// Markets with contracts: a pair of agents may agree on one of several terms (Hatfield and Milgrom 2005).
import { MatchingError } from "../errors.js";
import { checkQuota } from "../market/create.js";
import type { SideName } from "../market/market.js";
import { bestTerms } from "./choice.js";
import type { ChoiceFunction, Contract } from "./contract.js";

/** An agent of a contract market: a ranking with a quota (chosen from by `bestTerms`), or a choice function of its own. */
export type ContractAgent<Terms = unknown> =
  | { readonly quota?: number; readonly prefs: readonly string[] }
  | { readonly choose: ChoiceFunction<Terms> };

/** A checked contract market; make it with {@link createContractMarket}. */
export interface ContractMarket<Terms = unknown> {
  /** All contracts, in the order of their ids. */
  readonly contracts: readonly Contract<Terms>[];
  /** Each agent's choice function, in the order of the agents' ids. */
  readonly proposers: ReadonlyMap<string, ChoiceFunction<Terms>>;
  readonly reviewers: ReadonlyMap<string, ChoiceFunction<Terms>>;
}

/**
 * Makes a market of contracts.
 *
 * @param input `contracts` by id, or an iterable of contracts with ids; for each side, the agents by id: either
 * `{ quota, prefs }` with contract ids, best first (contracts left out are unacceptable), which takes at most one
 * contract with each counterpart and at most `quota` in all, or `{ choose }`, a choice function.
 * @returns The market.
 * @throws EMRX_MATCHING_UNKNOWN_ID where a contract names an agent, or a ranking a contract, that does not exist or is
 * somebody else's; EMRX_MATCHING_DUPLICATE for an id or entry given twice; EMRX_MATCHING_SELF_REFERENCE for a contract
 * of an agent with itself; EMRX_MATCHING_QUOTA for a negative or fractional quota.
 *
 * @example
 * ```ts
 * import { createContractMarket, solveContracts } from "@emrx/matching/contracts";
 *
 * // A patient would rather give a coarse answer; the lab only takes a precise one, and pays for it.
 * const market = createContractMarket({
 *   contracts: {
 *     coarse: { proposer: "patient", reviewer: "lab", terms: { epsilon: "0.5", price: 5 } },
 *     precise: { proposer: "patient", reviewer: "lab", terms: { epsilon: "2", price: 9 } },
 *   },
 *   proposers: { patient: { quota: 1, prefs: ["coarse", "precise"] } },
 *   reviewers: { lab: { quota: 1, prefs: ["precise"] } },
 * });
 * solveContracts(market).map((contract) => contract.id); // => ["precise"]
 * ```
 */
export function createContractMarket<Terms = unknown>(input: {
  readonly contracts:
    | Readonly<Record<string, Omit<Contract<Terms>, "id">>>
    | Iterable<Contract<Terms>>;
  readonly proposers: Readonly<Record<string, ContractAgent<Terms>>>;
  readonly reviewers: Readonly<Record<string, ContractAgent<Terms>>>;
}): ContractMarket<Terms> {
  const contracts: Contract<Terms>[] =
    Symbol.iterator in input.contracts
      ? [...(input.contracts as Iterable<Contract<Terms>>)]
      : Object.entries(input.contracts).map(([id, contract]) => ({ ...contract, id }));
  const byId = new Map<string, Contract<Terms>>();
  for (const contract of contracts) {
    const { id, proposer, reviewer } = contract;
    const about = { agent: String(proposer), entry: String(id) };
    if (typeof id !== "string")
      throw new MatchingError(
        "EMRX_MATCHING_ARGUMENT",
        "Every contract must have an id, a string.",
      );
    if (byId.has(id))
      throw new MatchingError(
        "EMRX_MATCHING_DUPLICATE",
        `Two contracts have the id ${JSON.stringify(id)}; ids must differ.`,
        about,
      );
    if (proposer === reviewer)
      throw new MatchingError(
        "EMRX_MATCHING_SELF_REFERENCE",
        `Contract ${JSON.stringify(id)} is of ${JSON.stringify(proposer)} with itself.`,
        about,
      );
    for (const [side, agent] of [
      ["proposers", proposer],
      ["reviewers", reviewer],
    ] as const)
      if (!Object.hasOwn(input[side], agent))
        throw new MatchingError(
          "EMRX_MATCHING_UNKNOWN_ID",
          `Contract ${JSON.stringify(id)} names ${JSON.stringify(agent)}, who is not among the ${side}.`,
          { agent: String(agent), entry: id },
        );
    byId.set(id, contract);
  }
  return {
    contracts: contracts.sort(inOrder),
    proposers: choiceFunctions("proposers", input.proposers, byId),
    reviewers: choiceFunctions("reviewers", input.reviewers, byId),
  };
}

function choiceFunctions<Terms>(
  side: SideName,
  agents: Readonly<Record<string, ContractAgent<Terms>>>,
  byId: ReadonlyMap<string, Contract<Terms>>,
): Map<string, ChoiceFunction<Terms>> {
  const role = side === "proposers" ? "proposer" : "reviewer";
  return new Map(
    Object.entries(agents)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([id, agent]) => {
        if ("choose" in agent) return [id, checkedChoice(id, agent.choose)] as const;
        for (const entry of agent.prefs)
          if (byId.get(entry)?.[role] !== id)
            throw new MatchingError(
              "EMRX_MATCHING_UNKNOWN_ID",
              `${role} ${JSON.stringify(id)} ranks ${JSON.stringify(entry)}, which is no contract of its own.`,
              { agent: id, entry: String(entry) },
            );
        const quota = checkQuota(side, id, agent.quota === undefined ? 1 : agent.quota);
        return [
          id,
          bestTerms<Terms>({ quota, prefs: agent.prefs, counterpart: otherRole(role) }),
        ] as const;
      }),
  );
}

const otherRole = (role: "proposer" | "reviewer"): "proposer" | "reviewer" =>
  role === "proposer" ? "reviewer" : "proposer";

/** A choice must be among what is offered, each at most once; whoever wrote the function is told if it is not. */
function checkedChoice<Terms>(agent: string, choose: ChoiceFunction<Terms>): ChoiceFunction<Terms> {
  if (typeof choose !== "function")
    throw new MatchingError(
      "EMRX_MATCHING_ARGUMENT",
      `${JSON.stringify(agent)}: choose must be a function from contracts to some of them.`,
      { agent },
    );
  return (offered) => {
    const chosen = [...choose(offered)];
    const left = new Set(offered);
    for (const contract of chosen)
      if (!left.delete(contract))
        throw new MatchingError(
          "EMRX_MATCHING_ARGUMENT",
          `The choice function of ${JSON.stringify(agent)} chose ${JSON.stringify(contract?.id)}, which was not offered or was chosen twice.`,
          { agent, entry: String(contract?.id) },
        );
    return chosen;
  };
}

/** Contracts in the order of their ids, which differ. */
export const inOrder = (a: Contract, b: Contract): number => (a.id < b.id ? -1 : 1);
