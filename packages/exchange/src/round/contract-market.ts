// Markets in which patients and requesters agree on terms, too: the same record at a looser level for a better price.
import { type Purpose, purposeCovers } from "@emrx/chain-adapter/contracts";
import { type Policy, type Preferences, policyFor, type Schema } from "@emrx/ldp-core";
import {
  type ChoiceFunction,
  type Contract,
  type ContractMarket,
  createContractMarket,
} from "@emrx/matching/contracts";
import { ExchangeError } from "../errors/exchange-error.js";
import { parseMoney } from "../ledger/money.js";
import { expectedQuality } from "./expected.js";

/** One way in which a patient would sell: a privacy policy and its price. */
export interface TermOffer {
  /** A short name, unique in the patient's menu. */
  readonly name: string;
  readonly preferences: Preferences;
  /** An amount such as `"0.50"`. */
  readonly price: string;
}

/** A patient with a menu of terms. */
export interface LeveledOffer {
  readonly id: string;
  readonly menu: readonly TermOffer[];
  /** To how many requesters at most, each on one of the terms. */
  readonly buyers: number;
  /** Purposes that the patient refuses; a code covers the codes below it. */
  readonly refuses?: readonly Purpose[];
}

/** A requester with a budget. */
export interface BudgetedRequest {
  readonly id: string;
  readonly purpose: Purpose;
  readonly weights: Readonly<Record<string, number>>;
  readonly tolerance: string;
  /** What may be spent in all, an amount. */
  readonly budget: string;
  /** How many records at most. */
  readonly quota: number;
}

/** The terms of a contract. */
export interface AgreedTerms {
  readonly name: string;
  readonly policy: Policy;
  /** Minor units. */
  readonly price: number;
  /** What the record leaves to the patient: the price less the privacy cost, in ten-thousandths of a minor unit. */
  readonly net: number;
  /** What `quota` such records would be worth to the requester: expected attainment, parts per million. */
  readonly quality: number;
}

const FINE = 10_000;

/**
 * Builds a market with contracts from offers (levels with prices) and requests (weights, tolerance, budget), for
 * `solveContracts` of `@emrx/matching`.
 *
 * A patient ranks contracts by price less privacy cost (exposure, the requester's weighted mean of the policy's
 * epsilons, times `exposureCost`), refuses those that leave nothing, and sells to each requester on one of the terms at
 * most. A requester ranks by expected attainment, cheaper ones first among equals, buys each record on one of the terms
 * at most, and goes down its ranking as long as quota and money for the dearest acceptable contract last, setting aside
 * the dearest terms of each patient it takes. Both choices are substitutable, so a stable allocation exists and generalized deferred acceptance finds it (Hatfield and Milgrom
 * 2005; see also `withinBudget` in `@emrx/matching`).
 *
 * @param schema - the schema of all records
 * @param offers - patients with their menus; ids unique
 * @param requests - requesters; ids unique and different from the patients'
 * @param options - `exposureCost`: what one unit of epsilon costs a patient, an amount
 * @returns the market; a contract's id is `patient|requester|terms`
 * @throws ExchangeError `EMRX_EXCHANGE_OFFER`, `EMRX_EXCHANGE_REQUEST` or `EMRX_EXCHANGE_MONEY` naming the entry; LdpError
 *   for a preference that the schema does not allow; MatchingError for ids given twice
 * @example
 * ```ts
 * import { contractMarket } from "@emrx/exchange/rounds";
 * import { defineSchema } from "@emrx/ldp-core";
 * import { solveContracts } from "@emrx/matching/contracts";
 *
 * const schema = defineSchema({
 *   id: "visit", version: 1, levels: { usual: "2", strict: "0.5" },
 *   attributes: { smoker: { type: "categorical", values: ["no", "yes"], level: "usual" } },
 *   disclose: "all",
 * });
 * const menu = [
 *   { name: "precise", preferences: {}, price: "0.50" },
 *   { name: "coarse", preferences: { smoker: "strict" }, price: "0.20" },
 * ];
 * const market = contractMarket(schema, [{ id: "ann", menu, buyers: 1 }], [
 *   { id: "lab", purpose: "HRESCH", weights: { smoker: 1 }, tolerance: "0.05", budget: "0.30", quota: 10 },
 * ], { exposureCost: "0.05" });
 * solveContracts(market).map(({ terms }) => terms?.name); // => ["coarse"]
 * ```
 */
export function contractMarket(
  schema: Schema,
  offers: readonly LeveledOffer[],
  requests: readonly BudgetedRequest[],
  options: { readonly exposureCost: string },
): ContractMarket<AgreedTerms> {
  const exposureCost = parseMoney(options.exposureCost, "exposureCost");
  const wishes = requests.map((request) => checkedRequest(schema, request));
  const contracts: Contract<AgreedTerms>[] = [];
  for (const offer of offers) {
    const menu = checkedMenu(schema, offer);
    for (const { request, budget } of wishes) {
      if (offer.refuses?.some((code) => purposeCovers(code, request.purpose))) continue;
      for (const { name, policy, price } of menu) {
        const exposure = weightedEpsilon(schema, policy, request.weights);
        const net = price * FINE - Math.round(exposure * exposureCost * FINE);
        const quality = Math.round(expectedQuality(schema, policy, request, request.quota) * 1e6);
        if (net < 0 || quality === 0 || price > budget) continue;
        const terms = { name, policy, price, net, quality };
        contracts.push({
          id: `${offer.id}|${request.id}|${name}`,
          proposer: offer.id,
          reviewer: request.id,
          terms,
        });
      }
    }
  }
  const of = (role: "proposer" | "reviewer", id: string): Contract<AgreedTerms>[] =>
    contracts.filter((contract) => contract[role] === id);
  return createContractMarket<AgreedTerms>({
    contracts,
    proposers: Object.fromEntries(
      offers.map(({ id, buyers }) => [
        id,
        { quota: buyers, prefs: ranked(of("proposer", id), (a, b) => b.net - a.net) },
      ]),
    ),
    reviewers: Object.fromEntries(
      wishes.map(({ request: { id, quota }, budget }) => [
        id,
        { choose: withinQuotaAndBudget(of("reviewer", id), quota, budget) },
      ]),
    ),
  });
}

function ranked(
  contracts: readonly Contract<AgreedTerms>[],
  order: (a: AgreedTerms, b: AgreedTerms) => number,
): string[] {
  return [...contracts]
    .sort((a, b) => order(a.terms as AgreedTerms, b.terms as AgreedTerms) || (a.id < b.id ? -1 : 1))
    .map(({ id }) => id);
}

/**
 * Down the ranking, one contract a patient, while seats are left and money for the dearest acceptable contract. Every
 * patient taken reserves the dearest of its own acceptable terms, whichever is agreed on: what is used up above a
 * contract then depends only on which patients stand above it, so that offering more never frees a seat or money, and
 * the choice is substitutable. (Charging the agreed price would not do: a patient who offers a better level for less
 * would leave money for somebody who was turned down before.)
 */
function withinQuotaAndBudget(
  acceptable: readonly Contract<AgreedTerms>[],
  quota: number,
  budget: number,
): ChoiceFunction<AgreedTerms> {
  const reserve = new Map<string, number>();
  for (const { proposer, terms } of acceptable)
    reserve.set(proposer, Math.max(reserve.get(proposer) ?? 0, terms?.price ?? 0));
  const dearest = Math.max(0, ...reserve.values());
  const rankOf = new Map(
    ranked(acceptable, (a, b) => b.quality - a.quality || a.price - b.price).map((id, rank) => [
      id,
      rank,
    ]),
  );
  return (offered) => {
    let [seats, money] = [quota, budget];
    const patients = new Set<string>();
    return [...offered]
      .filter(({ id }) => rankOf.has(id))
      .sort((a, b) => (rankOf.get(a.id) ?? 0) - (rankOf.get(b.id) ?? 0))
      .filter(({ proposer }) => {
        if (seats <= 0 || money < dearest || patients.has(proposer)) return false;
        patients.add(proposer);
        seats--;
        money -= reserve.get(proposer) ?? 0;
        return true;
      });
  };
}

function weightedEpsilon(
  schema: Schema,
  policy: Policy,
  weights: Readonly<Record<string, number>>,
): number {
  let [sum, total] = [0, 0];
  for (const { name, index } of schema.attributes) {
    const weight = weights[name] ?? 0;
    sum += weight * Number(schema.levels[policy.levels[index] ?? -1]?.epsilon ?? 0);
    total += weight;
  }
  return sum / total;
}

function checkedMenu(
  schema: Schema,
  { id, menu, buyers }: LeveledOffer,
): { name: string; policy: Policy; price: number }[] {
  const refuse = (message: string): never => {
    throw new ExchangeError("EMRX_EXCHANGE_OFFER", `offer ${JSON.stringify(id)}: ${message}`);
  };
  if (!Number.isSafeInteger(buyers) || buyers < 1)
    refuse(`buyers: expected an integer of at least 1, got ${buyers}`);
  const names = new Set<string>();
  return menu.map(({ name, preferences, price }, i) => {
    if (names.has(name)) refuse(`menu[${i}].name: ${JSON.stringify(name)} stands there twice`);
    names.add(name);
    return {
      name,
      policy: policyFor(schema, preferences),
      price: parseMoney(price, `offer ${JSON.stringify(id)}: menu[${i}].price`),
    };
  });
}

function checkedRequest(
  schema: Schema,
  request: BudgetedRequest,
): { request: BudgetedRequest; budget: number } {
  const { id, weights, tolerance, quota } = request;
  const refuse = (message: string): never => {
    throw new ExchangeError("EMRX_EXCHANGE_REQUEST", `request ${JSON.stringify(id)}: ${message}`);
  };
  const known = schema.attributes.filter(({ type }) => type !== "public").map(({ name }) => name);
  const entries = Object.entries(weights);
  if (entries.length === 0) refuse("weights: expected at least one attribute");
  for (const [name, weight] of entries)
    if (!known.includes(name) || !Number.isSafeInteger(weight) || weight < 1)
      refuse(
        `weights.${name}: expected an integer of at least 1 for one of ${known.join(", ")}, got ${weight}`,
      );
  if (!(Number(tolerance) > 0 && Number(tolerance) <= 1))
    refuse(`tolerance: expected a decimal above 0, at most 1, got ${JSON.stringify(tolerance)}`);
  if (!Number.isSafeInteger(quota) || quota < 1)
    refuse(`quota: expected an integer of at least 1, got ${quota}`);
  return { request, budget: parseMoney(request.budget, `request ${JSON.stringify(id)}: budget`) };
}
