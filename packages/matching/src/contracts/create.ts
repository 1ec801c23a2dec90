// Markets with contracts: a pair of agents may agree on one of several terms (Hatfield and Milgrom 2005).
import {
  anything,
  arrayOf,
  guard,
  object,
  optional,
  recordOf,
  type Shape,
  text,
} from "@emrx/internal/shape";
import { anyFunction, check } from "../check.js";
import { MatchingError } from "../errors.js";
import { checkQuota } from "../market/create.js";
import { isKnown, remember } from "../market/known.js";
import type { SideName } from "../market/market.js";
import { bestTerms } from "./choice.js";
import { type ChoiceFunction, type Contract, checkContract, chosenBy } from "./contract.js";

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
 * somebody else's; EMRX_MATCHING_DUPLICATE for an id or entry given twice; EMRX_MATCHING_QUOTA for a
 * negative or fractional quota.
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
  const { contracts: given, ...sides } = check(inputShape, input, "input");
  const agents = {
    proposers: check(agentsShape, sides.proposers, "proposers"),
    reviewers: check(agentsShape, sides.reviewers, "reviewers"),
  } as Record<SideName, Readonly<Record<string, ContractAgent<Terms>>>>;
  const contracts = contractsOf<Terms>(given);
  const byId = new Map<string, Contract<Terms>>();
  contracts.forEach((contract, i) => {
    checkContract(contract, `contracts[${i}]`);
    const { id, proposer, reviewer } = contract;
    if (byId.has(id))
      throw new MatchingError(
        "EMRX_MATCHING_DUPLICATE",
        `Two contracts have the id ${JSON.stringify(id)}; ids must differ.`,
        { agent: proposer, entry: id },
      );
    for (const [side, agent] of [
      ["proposers", proposer],
      ["reviewers", reviewer],
    ] as const)
      if (agents[side][agent] === undefined)
        throw new MatchingError(
          "EMRX_MATCHING_UNKNOWN_ID",
          `Contract ${JSON.stringify(id)} names ${JSON.stringify(agent)}, who is not among the ${side}.`,
          { agent, entry: id },
        );
    byId.set(id, contract);
  });
  return remember({
    contracts: contracts.sort(inOrder),
    proposers: choiceFunctions("proposers", agents.proposers, byId),
    reviewers: choiceFunctions("reviewers", agents.reviewers, byId),
  });
}

const inputShape: Shape<{
  readonly contracts: unknown;
  readonly proposers: unknown;
  readonly reviewers: unknown;
}> = /* @__PURE__ */ object({ contracts: anything, proposers: anything, reviewers: anything });
const agentsShape: Shape<unknown> = /* @__PURE__ */ recordOf(
  /* @__PURE__ */ object({
    quota: /* @__PURE__ */ optional(anything),
    prefs: /* @__PURE__ */ optional(/* @__PURE__ */ arrayOf(/* @__PURE__ */ text())),
    choose: /* @__PURE__ */ optional(anyFunction),
  }),
);

function contractsOf<Terms>(given: unknown): Contract<Terms>[] {
  if (typeof given === "object" && given !== null && Symbol.iterator in given)
    return [...(given as Iterable<Contract<Terms>>)];
  const named = check(recordOf(anything), given, "contracts");
  const membersShape = object({ proposer: text(), reviewer: text(), terms: optional(anything) });
  return Object.keys(named).map((id) => ({
    ...(check(membersShape, named[id], `contracts[${JSON.stringify(id)}]`) as Omit<
      Contract<Terms>,
      "id"
    >),
    id,
  }));
}

/** Throws unless the value is a contract market that `createContractMarket` made. */
export function checkContractMarket(market: unknown): void {
  check(guard(isMarket, "what createContractMarket returned"), market, "market");
}
const isMarket = (market: unknown): market is ContractMarket => isKnown(market);

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
        const { choose, prefs } = agent as {
          readonly choose?: ChoiceFunction<Terms>;
          readonly prefs?: readonly string[];
          readonly quota?: number;
        };
        if ((choose === undefined) === (prefs === undefined) || (choose && "quota" in agent))
          throw new MatchingError(
            "EMRX_MATCHING_ARGUMENT",
            `${role} ${JSON.stringify(id)} must have either prefs, perhaps with a quota, or choose.`,
            { agent: id },
          );
        if (choose !== undefined) return [id, checkedChoice(id, choose)] as const;
        for (const entry of prefs as readonly string[])
          if (byId.get(entry)?.[role] !== id)
            throw new MatchingError(
              "EMRX_MATCHING_UNKNOWN_ID",
              `${role} ${JSON.stringify(id)} ranks ${JSON.stringify(entry)}, which is no contract of its own.`,
              { agent: id, entry },
            );
        const quota = checkQuota(side, id, (agent as { quota?: number }).quota ?? 1);
        return [
          id,
          bestTerms<Terms>({
            quota,
            prefs: prefs as readonly string[],
            counterpart: otherRole(role),
          }),
        ] as const;
      }),
  );
}

const otherRole = (role: "proposer" | "reviewer"): "proposer" | "reviewer" =>
  role === "proposer" ? "reviewer" : "proposer";

/** A choice must be among what is offered, each at most once; whoever wrote the function is told if it is not. */
const checkedChoice =
  <Terms>(agent: string, choose: ChoiceFunction<Terms>): ChoiceFunction<Terms> =>
  (offered) =>
    chosenBy(choose, offered, agent);

/** Contracts in the order of their ids, which differ. */
export const inOrder = (a: Contract, b: Contract): number => (a.id < b.id ? -1 : 1);
