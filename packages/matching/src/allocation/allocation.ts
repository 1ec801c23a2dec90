// An allocation: how much each pair trades, as typed arrays inside and ids outside.
import { iterable } from "@emrx/internal/shape";
import { check } from "../check.js";
import { MatchingError } from "../errors.js";
import { indexOf, otherSide, type SideName } from "../market/market.js";
import { type AllocationMarket, checkAllocationMarket, checkAmount } from "./market.js";

/** The partners and amounts of one side's agents as compressed sparse rows, ascending by index within each agent. */
export interface AllocationRows {
  /** The agents' ids. */
  readonly ids: readonly string[];
  /** Where each agent's partners start; one more entry than agents. */
  readonly offsets: Uint32Array;
  /** Indices of agents of the other side. */
  readonly partners: Uint32Array;
  /** How much the agent trades with each of these partners, above 0. */
  readonly amounts: Float64Array;
}

/** How much each pair trades; iterating over it gives the rows [proposer id, reviewer id, amount]. */
export interface Allocation extends Iterable<[string, string, number]> {
  /** How many pairs trade anything. */
  readonly size: number;
  /** How much all pairs trade together. */
  readonly total: number;
  /** The proposers' partners: a copy, made when first asked for, so that writing to it changes nothing else. */
  readonly proposers: AllocationRows;
  /** The reviewers' partners, likewise. */
  readonly reviewers: AllocationRows;
  /** All rows [proposer id, reviewer id, amount], in the order of the market's agents. */
  rows(): [string, string, number][];
  /** How much this proposer and this reviewer trade. */
  amount(proposer: string, reviewer: string): number;
}

/** What functions take as an allocation: one of ours, or any iterable of rows [proposer id, reviewer id, amount]. */
export type AllocationLike = Allocation | Iterable<readonly [string, string, number]>;

/** Rows of one side without its ids. */
export type AmountRows = Omit<AllocationRows, "ids">;

/** Turns rows into columns by counting; columns come out ascending. */
function transpose({ offsets, partners, amounts }: AmountRows, columns: number): AmountRows {
  const starts = new Uint32Array(columns + 1);
  for (const column of partners) (starts[column + 1] as number) += 1;
  for (let c = 0; c < columns; c++) (starts[c + 1] as number) += starts[c] as number;
  const next = starts.slice(0, columns);
  const rows = new Uint32Array(partners.length);
  const values = new Float64Array(partners.length);
  for (let row = 0; row + 1 < offsets.length; row++)
    for (let k = offsets[row] as number; k < (offsets[row + 1] as number); k++) {
      const at = (next[partners[k] as number] as number)++;
      rows[at] = row;
      values[at] = amounts[k] as number;
    }
  return { offsets: starts, partners: rows, amounts: values };
}

/** The inside of an allocation: its rows by the indices of a market. */
export interface AllocationInside {
  readonly market: AllocationMarket;
  readonly size: number;
  readonly proposers: AmountRows;
  readonly reviewers: AmountRows;
}

// What an allocation is made of: nobody else can write to it.
const insides = /* @__PURE__ */ new WeakMap<Allocation, AllocationInside>();
const rowsOf = (allocation: Allocation): AllocationInside =>
  insides.get(allocation) as AllocationInside;

/** Makes an allocation from one side's rows (any order within a row); linear. */
export function allocationFromSide(
  market: AllocationMarket,
  side: SideName,
  given: AmountRows,
): Allocation {
  const other = transpose(given, market[otherSide(side)].count);
  const own = transpose(other, market[side].count);
  const inside: AllocationInside = {
    market,
    size: given.partners.length,
    ...(side === "proposers"
      ? { proposers: own, reviewers: other }
      : { proposers: other, reviewers: own }),
  };
  const copies: Partial<Record<SideName, AllocationRows>> = {};
  const copyOf = (name: SideName): AllocationRows => {
    const { offsets, partners, amounts } = inside[name];
    copies[name] ??= {
      get ids() {
        return market[name].ids;
      },
      offsets: offsets.slice(),
      partners: partners.slice(),
      amounts: amounts.slice(),
    };
    return copies[name];
  };
  function* iterate(): IterableIterator<[string, string, number]> {
    const { offsets, partners, amounts } = inside.proposers;
    const [ids, others] = [market.proposers.ids, market.reviewers.ids];
    for (let p = 0; p < market.proposers.count; p++)
      for (let k = offsets[p] as number; k < (offsets[p + 1] as number); k++)
        yield [ids[p] as string, others[partners[k] as number] as string, amounts[k] as number];
  }
  const allocation: Allocation = {
    size: inside.size,
    total: given.amounts.reduce((sum, amount) => sum + amount, 0),
    get proposers() {
      return copyOf("proposers");
    },
    get reviewers() {
      return copyOf("reviewers");
    },
    rows: () => [...iterate()],
    amount(proposer, reviewer) {
      const p = indexOf(market, "proposers", proposer);
      const r = indexOf(market, "reviewers", reviewer);
      const { offsets, partners, amounts } = inside.proposers;
      for (let k = offsets[p] as number; k < (offsets[p + 1] as number); k++)
        if (partners[k] === r) return amounts[k] as number;
      return 0;
    },
    [Symbol.iterator]: iterate,
  };
  insides.set(allocation, inside);
  return allocation;
}

/**
 * Makes an allocation of given rows, stable or not; for checking what somebody else found.
 *
 * @param market The market the ids are of.
 * @param rows Rows [proposer id, reviewer id, amount] in any order; amounts are whole numbers from 0. They may break
 * quantities, capacities or lists: that is for `verifyAllocation` to find.
 * @returns The allocation; rows of amount 0 are left out.
 * @throws EMRX_MATCHING_UNKNOWN_ID for an id the market does not have, EMRX_MATCHING_DUPLICATE for a pair given twice,
 * EMRX_MATCHING_AMOUNT for an amount that is not a whole number, or amounts that add up to 2^53 or more.
 *
 * @example
 * ```ts
 * import { allocationFromRows, createAllocationMarket } from "@emrx/matching/allocation";
 *
 * const market = createAllocationMarket({
 *   proposers: { lot: { quantity: 3, prefs: ["lab"] } },
 *   reviewers: { lab: { quantity: 2, prefs: ["lot"] } },
 * });
 * allocationFromRows(market, [["lot", "lab", 2]]).total; // => 2
 * ```
 */
export function allocationFromRows(
  market: AllocationMarket,
  rows: Iterable<readonly [string, string, number]>,
): Allocation {
  checkAllocationMarket(market);
  check(iterable(), rows, "rows");
  const perProposer: Map<number, number>[] = Array.from(
    { length: market.proposers.count },
    () => new Map(),
  );
  let total = 0;
  for (const row of rows) {
    if (!Array.isArray(row) || row.length !== 3)
      throw new MatchingError(
        "EMRX_MATCHING_ARGUMENT",
        "rows must be rows [proposer id, reviewer id, amount].",
      );
    const [proposer, reviewer, amount] = row as [string, string, number];
    const own = perProposer[indexOf(market, "proposers", proposer)] as Map<number, number>;
    const r = indexOf(market, "reviewers", reviewer);
    if (own.has(r))
      throw new MatchingError(
        "EMRX_MATCHING_DUPLICATE",
        `The pair of ${JSON.stringify(proposer)} and ${JSON.stringify(reviewer)} is given twice; add its amounts up.`,
        { agent: proposer, entry: reviewer },
      );
    total += checkAmount(
      `The amount with ${JSON.stringify(reviewer)} of proposer`,
      proposer,
      amount,
    );
    own.set(r, amount);
  }
  if (total > Number.MAX_SAFE_INTEGER)
    throw new MatchingError(
      "EMRX_MATCHING_AMOUNT",
      `The amounts must add up to less than 2^53, so that every sum is exact; they add up to ${total}.`,
    );
  const offsets = new Uint32Array(market.proposers.count + 1);
  const partners: number[] = [];
  const amounts: number[] = [];
  perProposer.forEach((own, p) => {
    for (const [r, amount] of own)
      if (amount > 0) {
        partners.push(r);
        amounts.push(amount);
      }
    offsets[p + 1] = partners.length;
  });
  return allocationFromSide(market, "proposers", {
    offsets,
    partners: Uint32Array.from(partners),
    amounts: Float64Array.from(amounts),
  });
}

/** The rows of an allocation by the indices of `market`: those it has where it was made for it, else by id. */
export function allocationIn(
  market: AllocationMarket,
  allocation: AllocationLike,
): AllocationInside {
  checkAllocationMarket(market);
  check(iterable(), allocation, "allocation");
  const made = insides.get(allocation as Allocation);
  if (made?.market === market) return made;
  return rowsOf(allocationFromRows(market, allocation));
}
