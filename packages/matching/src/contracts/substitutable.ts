// Checks of a choice function by trying all sets of offers: substitutability and what goes with it.
import { anything, arrayOf, type Shape } from "@emrx/internal/shape";
import { anyFunction, check } from "../check.js";
import { MatchingError } from "../errors.js";
import { type ChoiceFunction, type Contract, checkContract, chosenBy } from "./contract.js";

/** A case in which a choice function breaks a law: how it chooses from `offered`, and after `added` is offered as well. */
export interface ChoiceCounterexample {
  readonly offered: readonly string[];
  readonly added: string;
  readonly chosenBefore: readonly string[];
  readonly chosenAfter: readonly string[];
}

/** What {@link checkSubstitutable} found; each entry is undefined where the law holds. */
export interface ChoiceCheck {
  /** The three laws hold, so that stable allocations exist, form a lattice, and leave everybody equally many contracts. */
  readonly wellBehaved: boolean;
  /** Substitutability: a contract that was turned down is chosen when more is offered. */
  readonly substitutability?: ChoiceCounterexample;
  /** Irrelevance of rejected contracts: one that is not chosen changes the choice. */
  readonly irrelevance?: ChoiceCounterexample;
  /** Law of aggregate demand: fewer are chosen when more is offered. */
  readonly aggregateDemand?: ChoiceCounterexample;
}

const most = 16;
const contractList: Shape<readonly unknown[]> = /* @__PURE__ */ arrayOf(anything);

/**
 * Checks a choice function on all sets of some contracts: substitutability (Kelso and Crawford 1982), irrelevance of
 * rejected contracts (Aygün and Sönmez 2013), and the law of aggregate demand (Hatfield and Milgrom 2005).
 *
 * @param choose The choice function.
 * @param contracts At most 16 contracts; all their 2^n sets are tried.
 * @returns For each law a smallest-first counterexample, if there is one.
 * @throws EMRX_MATCHING_LIMIT for more contracts.
 *
 * @example
 * ```ts
 * import { checkSubstitutable, type Contract } from "@emrx/matching/contracts";
 *
 * const contracts = ["left", "right"].map((id) => ({ id, proposer: "p", reviewer: "r" }));
 * // Shoes are wanted in pairs only.
 * const pair = (offered: readonly Contract[]) => (offered.length === 2 ? offered : []);
 * checkSubstitutable(pair, contracts).substitutability; // => { offered: ["left"], added: "right", chosenBefore: [], chosenAfter: ["left", "right"] }
 * ```
 */
export function checkSubstitutable<Terms>(
  choose: ChoiceFunction<Terms>,
  contracts: readonly Contract<Terms>[],
): ChoiceCheck {
  check(anyFunction, choose, "choose");
  check(contractList, contracts, "contracts");
  contracts.forEach((contract, i) => {
    checkContract(contract, `contracts[${i}]`);
  });
  const n = contracts.length;
  if (n > most)
    throw new MatchingError(
      "EMRX_MATCHING_LIMIT",
      `checkSubstitutable tries all sets of at most ${most} contracts; there are ${n}. Give it some of them.`,
    );
  const setOf = (mask: number): Contract<Terms>[] => contracts.filter((_, i) => (mask >> i) & 1);
  const bits = new Map(contracts.map((contract, i) => [contract, 1 << i]));
  const choices = new Uint32Array(2 ** n);
  for (let mask = 0; mask < choices.length; mask++)
    for (const contract of chosenBy(choose, setOf(mask)))
      (choices[mask] as number) |= bits.get(contract) as number;

  let substitutability: ChoiceCounterexample | undefined;
  let irrelevance: ChoiceCounterexample | undefined;
  let aggregateDemand: ChoiceCounterexample | undefined;
  const ids = (mask: number): string[] => setOf(mask).map(({ id }) => id);
  const sizes = new Uint8Array(choices.length);
  for (let mask = 1; mask < sizes.length; mask++)
    sizes[mask] = (sizes[mask >> 1] as number) + (mask & 1);
  const sizeOf = (mask: number): number => sizes[mask] as number;
  const bySize = [...choices.keys()].sort((a, b) => sizeOf(a) - sizeOf(b) || a - b);
  for (const mask of bySize)
    for (let i = 0; i < n; i++) {
      const bit = 1 << i;
      if (mask & bit) continue;
      const [before, after] = [choices[mask] as number, choices[mask | bit] as number];
      const example = (): ChoiceCounterexample => ({
        offered: ids(mask),
        added: (contracts[i] as Contract).id,
        chosenBefore: ids(before),
        chosenAfter: ids(after),
      });
      if (after & mask & ~before) substitutability ??= example();
      if (!(after & bit) && after !== before) irrelevance ??= example();
      if (sizeOf(after) < sizeOf(before)) aggregateDemand ??= example();
    }
  return {
    wellBehaved: !substitutability && !irrelevance && !aggregateDemand,
    ...(substitutability ? { substitutability } : {}),
    ...(irrelevance ? { irrelevance } : {}),
    ...(aggregateDemand ? { aggregateDemand } : {}),
  };
}
