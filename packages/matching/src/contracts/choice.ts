// Choice functions: what an agent takes of what it is offered. Those built in here are all substitutable.
import {
  arrayOf,
  coded,
  described,
  integer,
  iterable,
  object,
  oneOf,
  recordOf,
  type Shape,
  text,
} from "@emrx/internal/shape";
import { anyFunction, check } from "../check.js";
import { MatchingError } from "../errors.js";
import { type ChoiceFunction, type Contract, checkContract } from "./contract.js";

const quotaShape: Shape<number> = /* @__PURE__ */ coded(
  "EMRX_MATCHING_QUOTA",
  /* @__PURE__ */ integer(0),
);
const prefsShape: Shape<readonly string[]> = /* @__PURE__ */ arrayOf(/* @__PURE__ */ text());
const responsiveShape: Shape<{ readonly quota: number; readonly prefs: readonly string[] }> =
  /* @__PURE__ */ object({ quota: quotaShape, prefs: prefsShape });
const groupShape: Shape<{
  readonly quota: number;
  readonly prefs: readonly string[];
  readonly groupOf: (contract: never) => unknown;
  readonly quotas: { readonly [group: string]: number };
}> = /* @__PURE__ */ object({
  quota: quotaShape,
  prefs: prefsShape,
  groupOf: anyFunction,
  quotas: /* @__PURE__ */ recordOf(quotaShape),
});
const termsShape: Shape<{
  readonly quota: number;
  readonly prefs: readonly string[];
  readonly counterpart: "proposer" | "reviewer";
}> = /* @__PURE__ */ object({
  quota: quotaShape,
  prefs: prefsShape,
  counterpart: /* @__PURE__ */ oneOf(["proposer", "reviewer"]),
});
const budgetShape: Shape<unknown> = /* @__PURE__ */ object({
  value: anyFunction,
  price: anyFunction,
  budget: /* @__PURE__ */ coded("EMRX_MATCHING_SCORE", /* @__PURE__ */ integer(0)),
});

/** Takes contracts from best to worst, each if `fits` says yes to it. */
function greedy<Terms>(
  rankOf: (contract: Contract<Terms>) => number | undefined,
  fits: () => (contract: Contract<Terms>) => boolean,
): ChoiceFunction<Terms> {
  return (offered) => {
    const ranked: { contract: Contract<Terms>; rank: number }[] = [];
    for (const contract of offered) {
      const rank = rankOf(contract);
      if (rank !== undefined) ranked.push({ contract, rank });
    }
    ranked.sort((a, b) => a.rank - b.rank || (a.contract.id < b.contract.id ? -1 : 1));
    const takes = fits();
    return ranked.map(({ contract }) => contract).filter(takes);
  };
}

/** What {@link bestTerms} was made of: where all agents choose by it, there are faster ways than to ask them. */
export interface Ranking {
  readonly quota: number;
  /** The place of each contract id, from 0. */
  readonly ranks: ReadonlyMap<string, number>;
  readonly size: number;
  readonly counterpart: "proposer" | "reviewer";
}

const rankings = /* @__PURE__ */ new WeakMap<ChoiceFunction, Ranking>();

/** The ranking behind a choice function that {@link bestTerms} made. */
export const rankingOf = <Terms>(choose: ChoiceFunction<Terms>): Ranking | undefined =>
  rankings.get(choose as ChoiceFunction);

function ranksOf(prefs: readonly string[]): ReadonlyMap<string, number> {
  const ranks = new Map(prefs.map((id, rank) => [id, rank]));
  if (ranks.size < prefs.length) {
    const twice = prefs.find((id, i) => prefs.indexOf(id) !== i) as string;
    throw new MatchingError(
      "EMRX_MATCHING_DUPLICATE",
      `A ranking lists the contract ${JSON.stringify(twice)} twice; remove one of the entries.`,
      { entry: twice },
    );
  }
  return ranks;
}

/**
 * The responsive choice: the `quota` best, several contracts with one counterpart included. Substitutable, and obeys
 * the law of aggregate demand (more offers never mean fewer choices).
 *
 * @param options `prefs`: contract ids, best first, those left out are unacceptable; `quota`: how many at most.
 * @returns The choice function.
 * @throws EMRX_MATCHING_DUPLICATE for an entry given twice.
 *
 * @example
 * ```ts
 * import { responsive } from "@emrx/matching/contracts";
 *
 * const contracts = ["a", "b", "c"].map((id) => ({ id, proposer: "p", reviewer: "r" }));
 * [...responsive({ quota: 2, prefs: ["c", "a"] })(contracts)].map(({ id }) => id); // => ["c", "a"]
 * ```
 */
export function responsive<Terms = unknown>(options: {
  readonly quota: number;
  readonly prefs: readonly string[];
}): ChoiceFunction<Terms> {
  const { quota, prefs } = check(responsiveShape, options, "options");
  const ranks = ranksOf(prefs);
  return greedy<Terms>(
    ({ id }) => ranks.get(id),
    () => {
      let seats = quota;
      return () => seats-- > 0;
    },
  );
}

/**
 * Quotas for groups: down the ranking, at most `quota` in all and at most `quotas[group]` of each group (a group that is
 * not named is not limited). The sets it allows form a laminar matroid, so it is substitutable and obeys the law of
 * aggregate demand.
 *
 * @param options `prefs` and `quota` as for {@link responsive}; `groupOf`: the group of a contract; `quotas`: how many
 * of each group at most.
 * @returns The choice function.
 * @throws EMRX_MATCHING_DUPLICATE for an entry given twice.
 *
 * @example
 * ```ts
 * import { groupQuotas } from "@emrx/matching/contracts";
 *
 * const contracts = ["a1", "a2", "b1"].map((id) => ({ id, proposer: id, reviewer: "r" }));
 * const choose = groupQuotas({ quota: 2, prefs: ["a1", "a2", "b1"], groupOf: ({ id }) => id.slice(0, 1), quotas: { a: 1 } });
 * [...choose(contracts)].map(({ id }) => id); // => ["a1", "b1"]
 * ```
 */
export function groupQuotas<Terms = unknown>(options: {
  readonly quota: number;
  readonly prefs: readonly string[];
  readonly groupOf: (contract: Contract<Terms>) => string;
  readonly quotas: Readonly<Record<string, number>>;
}): ChoiceFunction<Terms> {
  const { quota, prefs, groupOf, quotas } = check(groupShape, options, "options");
  const ranks = ranksOf(prefs);
  return greedy<Terms>(
    ({ id }) => ranks.get(id),
    () => {
      let seats = quota;
      const taken = new Map<string, number>();
      return (contract) => {
        const group = check(text(), groupOf(contract as never), "the group of a contract");
        const count = taken.get(group) ?? 0;
        const limit = quotas[group] ?? seats + count;
        if (seats <= 0 || count >= limit) return false;
        taken.set(group, count + 1);
        seats--;
        return true;
      };
    },
  );
}

/**
 * Best terms with each counterpart: down the ranking, at most one contract with each counterpart and at most `quota` in
 * all. Substitutable, and obeys the law of aggregate demand.
 *
 * @param options `prefs` and `quota` as for {@link responsive}; `counterpart`: which end of a contract is the other agent.
 * @returns The choice function.
 * @throws EMRX_MATCHING_DUPLICATE for an entry given twice.
 *
 * @example
 * ```ts
 * import { bestTerms } from "@emrx/matching/contracts";
 *
 * const contracts = ["low", "high"].map((id) => ({ id, proposer: "p", reviewer: "r" }));
 * const choose = bestTerms({ quota: 2, prefs: ["high", "low"], counterpart: "reviewer" });
 * [...choose(contracts)].map(({ id }) => id); // => ["high"]
 * ```
 */
export function bestTerms<Terms = unknown>(options: {
  readonly quota: number;
  readonly prefs: readonly string[];
  readonly counterpart: "proposer" | "reviewer";
}): ChoiceFunction<Terms> {
  const { quota, prefs, counterpart } = check(termsShape, options, "options");
  const ranks = ranksOf(prefs);
  const choose = greedy<Terms>(
    ({ id }) => ranks.get(id),
    () => {
      const taken = new Set<string>();
      return (contract) => {
        if (taken.size >= quota || taken.has(contract[counterpart])) return false;
        taken.add(contract[counterpart]);
        return true;
      };
    },
  );
  rankings.set(choose as ChoiceFunction, { quota, ranks, size: ranks.size, counterpart });
  return choose;
}

/** What {@link budgetAdditive} and {@link withinBudget} need to know. */
export interface BudgetOptions<Terms> {
  /** What a contract is worth, a finite number; undefined or not above 0: unacceptable. */
  readonly value: (contract: Contract<Terms>) => number | undefined;
  /** What it costs, a whole number of the smallest unit of money, above 0. */
  readonly price: (contract: Contract<Terms>) => number;
  /** How much money there is, a whole number. */
  readonly budget: number;
}

/**
 * Additive values under a budget, where that is substitutable: the set of the largest total value that the budget
 * allows. With different prices the best set may turn a contract down and take it when more is offered (a knapsack),
 * which is not substitutable; so all prices must be equal. {@link withinBudget} takes any prices.
 *
 * @param contracts All contracts that may ever be offered.
 * @param given Values, prices and the budget.
 * @returns The choice function; it obeys the law of aggregate demand.
 * @throws EMRX_MATCHING_NOT_SUBSTITUTABLE where two acceptable contracts have different prices, EMRX_MATCHING_SCORE for
 * a value, price or budget that is none.
 *
 * @example
 * ```ts
 * import { budgetAdditive } from "@emrx/matching/contracts";
 *
 * const contracts = [1, 2, 3].map((value) => ({ id: `c${value}`, proposer: "p", reviewer: "r", terms: value }));
 * const options = { value: ({ terms }: { terms?: number }) => terms, price: () => 10, budget: 25 };
 * [...budgetAdditive(contracts, options)(contracts)].map(({ id }) => id); // => ["c3", "c2"]
 * ```
 */
export function budgetAdditive<Terms>(
  contracts: Iterable<Contract<Terms>>,
  given: BudgetOptions<Terms>,
): ChoiceFunction<Terms> {
  const options = budgetOptions(given);
  const acceptable = listOf(contracts).filter(
    (contract) => worthOf(options, contract) !== undefined,
  );
  const odd = acceptable.find(
    (contract) => priceOf(options, contract) !== priceOf(options, acceptable[0] as Contract<Terms>),
  );
  if (odd !== undefined)
    throw new MatchingError(
      "EMRX_MATCHING_NOT_SUBSTITUTABLE",
      `Contract ${JSON.stringify(odd.id)} has another price than ${JSON.stringify(acceptable[0]?.id)}: the best set under a ` +
        "budget is then not a substitutable choice. Use withinBudget.",
      { entry: odd.id },
    );
  return withinBudget(acceptable, options);
}

/**
 * Down the ranking by value for as long as there is money for the dearest acceptable contract, whatever the next one
 * costs. So the budget is never exceeded, less than that one price of it stays unspent for want of money, and the
 * choice is substitutable for any prices: fewer offers only leave more money for those that remain. (Stopping at, or
 * passing over, the first contract that is too dear would not do: whether a contract that is turned down is on offer
 * would then change the choice.) A dear offer can displace several cheap ones, so the law of aggregate demand may fail.
 *
 * @param contracts All contracts that may ever be offered.
 * @param given Values, prices and the budget.
 * @returns The choice function.
 * @throws EMRX_MATCHING_SCORE for a value, price or budget that is none.
 *
 * @example
 * ```ts
 * import { withinBudget } from "@emrx/matching/contracts";
 *
 * const contracts = [1, 2, 3].map((value) => ({ id: `c${value}`, proposer: "p", reviewer: "r", terms: value }));
 * const price = ({ terms = 0 }: { terms?: number }) => terms;
 * [...withinBudget(contracts, { value: price, price, budget: 6 })(contracts)].map(({ id }) => id); // => ["c3", "c2"]
 * ```
 */
export function withinBudget<Terms>(
  contracts: Iterable<Contract<Terms>>,
  given: BudgetOptions<Terms>,
): ChoiceFunction<Terms> {
  const options = budgetOptions(given);
  let dearest = 0;
  for (const contract of listOf(contracts))
    if (worthOf(options, contract) !== undefined)
      dearest = Math.max(dearest, priceOf(options, contract));
  return greedy<Terms>(
    (contract) => {
      const worth = worthOf(options, contract);
      return worth === undefined ? undefined : -worth;
    },
    () => {
      let money = options.budget;
      return (contract) => {
        if (money < dearest) return false;
        money -= priceOf(options, contract);
        return true;
      };
    },
  );
}

const budgetOptions = <Terms>(given: BudgetOptions<Terms>): BudgetOptions<Terms> =>
  check(budgetShape, given, "options") as BudgetOptions<Terms>;

/** Contracts, each with an id. */
const listOf = <Terms>(contracts: Iterable<Contract<Terms>>): Contract<Terms>[] =>
  Array.from(
    check(iterable(), contracts, "contracts") as Iterable<Contract<Terms>>,
    (contract, i) => {
      checkContract(contract, `contracts[${i}]`);
      return contract;
    },
  );

function worthOf<Terms>(
  options: BudgetOptions<Terms>,
  contract: Contract<Terms>,
): number | undefined {
  const value = options.value(contract);
  if (value === undefined) return undefined;
  if (!Number.isFinite(value)) throw badNumber("value", value, "a finite number", contract.id);
  return value > 0 ? value : undefined;
}

function priceOf<Terms>(options: BudgetOptions<Terms>, contract: Contract<Terms>): number {
  const price = options.price(contract);
  if (!Number.isSafeInteger(price) || price <= 0)
    throw badNumber(
      "price",
      price,
      "a whole number of the smallest unit of money, above 0",
      contract.id,
    );
  return price;
}

const badNumber = (what: string, given: unknown, expected: string, entry?: string): MatchingError =>
  new MatchingError(
    "EMRX_MATCHING_SCORE",
    `The ${what}${entry === undefined ? "" : ` of contract ${JSON.stringify(entry)}`} must be ${expected}; it is ${described(given)}.`,
    entry === undefined ? {} : { entry },
  );
