// Generalized deferred acceptance over contracts (Hatfield and Milgrom 2005; many-to-many: Hatfield and Kominers 2017).
import { check, proposingOption } from "../check.js";
import { MatchingError } from "../errors.js";
import { otherSide, type SideName } from "../market/market.js";
import type { ChoiceFunction, Contract } from "./contract.js";
import { type ContractMarket, checkContractMarket, inOrder } from "./create.js";
import { solveRanked } from "./ranked.js";
import { verifyContracts } from "./stability.js";

/**
 * Finds the stable allocation of contracts that is best for the proposing side. Every proposer offers what it chooses
 * of the contracts that were not turned down; every reviewer keeps what it chooses of what it holds and the new offers.
 * Where all agents are given by quota and ranking, this takes time linear in the number of contracts.
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
 * import { createContractMarket, solveContracts } from "@emrx/matching/contracts";
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
  const { proposing = "proposers" } = check(proposingOption, options, "options");
  checkContractMarket(market);
  return solveRanked(market, proposing) ?? solveByChoice(market, proposing);
}

/** Generalized deferred acceptance with choice functions that can only be asked. */
export function solveByChoice<Terms>(
  market: ContractMarket<Terms>,
  proposing: SideName,
): Contract<Terms>[] {
  const [active, passive] = [rolesOf(proposing), rolesOf(otherSide(proposing))];
  const open = new Map<string, Set<Contract<Terms>>>(); // not turned down, by active agent
  for (const contract of market.contracts) addTo(open, contract[active], contract);
  const offered = new Map<string, Set<Contract<Terms>>>(); // ever, by passive agent
  const held = new Map<string, readonly Contract<Terms>[]>(); // of all offers so far, by passive agent
  let waiting = new Set(open.keys());
  while (waiting.size > 0) {
    const asked = new Map<string, Set<Contract<Terms>>>();
    for (const agent of waiting) {
      const choose = market[proposing].get(agent) as ChoiceFunction<Terms>;
      for (const contract of choose([...(open.get(agent) as Set<Contract<Terms>>)])) {
        if (offered.get(contract[passive])?.has(contract)) continue;
        addTo(offered, contract[passive], contract);
        addTo(asked, contract[passive], contract);
      }
    }
    waiting = new Set();
    for (const [agent, fresh] of asked) {
      // What was turned down before would be turned down again, so only what is held competes with the new offers.
      const all = [...(held.get(agent) ?? []), ...fresh];
      const choose = market[otherSide(proposing)].get(agent) as ChoiceFunction<Terms>;
      const chosen = new Set(choose(all));
      held.set(agent, [...chosen]);
      for (const contract of all)
        if (!chosen.has(contract)) {
          open.get(contract[active])?.delete(contract);
          waiting.add(contract[active]);
        }
    }
  }
  const kept = [...open].flatMap(([agent, left]) => [
    ...(market[proposing].get(agent)?.([...left]) ?? []),
  ]);
  // Nobody may regret having turned something down, now that they know all they would be offered.
  const consistent = [...offered].every(([agent, all]) => {
    const choose = market[otherSide(proposing)].get(agent) as ChoiceFunction<Terms>;
    const chosen = new Set(choose([...all]));
    const own = held.get(agent) as readonly Contract<Terms>[];
    return chosen.size === own.length && own.every((contract) => chosen.has(contract));
  });
  if (!consistent || !verifyContracts(market, kept).stable)
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
