// Generalized deferred acceptance over contracts (Hatfield and Milgrom 2005; many-to-many: Hatfield and Kominers 2017).
import { MatchingError } from "../errors.js";
import { otherSide, type SideName } from "../market/market.js";
import type { ChoiceFunction } from "./choice.js";
import { type Contract, type ContractMarket, inOrder } from "./contract.js";
import { verifyContracts } from "./stability.js";

/**
 * Finds the stable allocation of contracts that is best for the proposing side. Every proposer offers what it chooses
 * of the contracts that were not turned down; every reviewer keeps what it chooses of all it was offered so far.
 *
 * @param market The market; all choice functions should be substitutable (those built in are; see
 * `checkSubstitutable`).
 * @param options `proposing`: the side that proposes, "proposers" where absent.
 * @returns The contracts agreed on, in the order of their ids.
 * @throws EMRX_MATCHING_NOT_SUBSTITUTABLE where the outcome is not stable, which happens only if some choice function
 * is not substitutable.
 *
 * @example
 * ```ts
 * import { createContractMarket, solveContracts } from "@emrx/matching";
 *
 * const market = createContractMarket({
 *   contracts: {
 *     short: { proposer: "cadet", reviewer: "branch", terms: 5 },
 *     long: { proposer: "cadet", reviewer: "branch", terms: 8 },
 *   },
 *   proposers: { cadet: { prefs: ["short", "long"] } },
 *   reviewers: { branch: { prefs: ["long", "short"] } },
 * });
 * solveContracts(market).map(({ id }) => id); // => ["short"]
 * solveContracts(market, { proposing: "reviewers" }).map(({ id }) => id); // => ["long"]
 * ```
 */
export function solveContracts<Terms>(
  market: ContractMarket<Terms>,
  options: { readonly proposing?: SideName } = {},
): Contract<Terms>[] {
  const proposing = options.proposing ?? "proposers";
  if (proposing !== "proposers" && proposing !== "reviewers")
    throw new MatchingError(
      "EMRX_MATCHING_ARGUMENT",
      `proposing must be "proposers" or "reviewers"; it is ${String(proposing)}.`,
    );
  const [active, passive] = [rolesOf(proposing), rolesOf(otherSide(proposing))];
  const open = new Map<string, Set<Contract<Terms>>>(); // not turned down, by active agent
  for (const contract of market.contracts) addTo(open, contract[active], contract);
  const offered = new Map<string, Set<Contract<Terms>>>(); // so far, by passive agent
  let waiting = new Set(open.keys());
  while (waiting.size > 0) {
    const asked = new Set<string>();
    for (const agent of waiting) {
      const choose = market[proposing].get(agent) as ChoiceFunction<Terms>;
      for (const contract of choose([...(open.get(agent) as Set<Contract<Terms>>)])) {
        const before = offered.get(contract[passive])?.size ?? 0;
        if (addTo(offered, contract[passive], contract).size > before) asked.add(contract[passive]);
      }
    }
    waiting = new Set();
    for (const agent of asked) {
      const all = offered.get(agent) as Set<Contract<Terms>>;
      const chosen = new Set(market[otherSide(proposing)].get(agent)?.([...all]));
      for (const contract of all)
        if (!chosen.has(contract) && open.get(contract[active])?.delete(contract))
          waiting.add(contract[active]);
    }
  }
  const kept = [...open].flatMap(([agent, left]) => [
    ...(market[proposing].get(agent)?.([...left]) ?? []),
  ]);
  const { stable } = verifyContracts(market, kept);
  if (!stable)
    throw new MatchingError(
      "EMRX_MATCHING_NOT_SUBSTITUTABLE",
      "Deferred acceptance did not end in a stable allocation, so some agent's choice function is not substitutable; " +
        "checkSubstitutable(choose, contracts) finds a counterexample.",
    );
  return kept.sort(inOrder);
}

const rolesOf = (side: SideName): "proposer" | "reviewer" =>
  side === "proposers" ? "proposer" : "reviewer";

function addTo<T>(map: Map<string, Set<T>>, key: string, value: T): Set<T> {
  let set = map.get(key);
  if (set === undefined) {
    set = new Set();
    map.set(key, set);
  }
  return set.add(value);
}
