// Markets of quantities: every agent has an amount to give or to take, and every pair a most that it may trade.
import {
  anything,
  described,
  integer,
  object,
  optional,
  type Shape,
  typedArray,
} from "@emrx/internal/shape";
import { check } from "../check.js";
import { MatchingError } from "../errors.js";
import { checkLength, checkLists, idsShape, namesOf } from "../market/arrays.js";
import {
  type RankingInput,
  rankedLists,
  rankingMembers,
  type SideInput,
  sortedSides,
} from "../market/create.js";
import { isKnown, remember } from "../market/known.js";
import {
  otherSide,
  type RankedLists,
  requireStrict,
  type SideName,
  singular,
} from "../market/market.js";
import {
  type AsyncOptions,
  asyncOptions,
  atOnce,
  inTurns,
  type Steps,
  type Work,
} from "../steps.js";

/** One side of an allocation market: its agents' strict lists and quantities. */
export interface AllocationSide extends RankedLists {
  /** How much each agent has or takes in all: whole numbers. */
  readonly quantities: Float64Array;
}

/**
 * A market of the stable allocation problem (Baïou and Balinski 2002): agents with quantities, a capacity a pair, and
 * strict lists over the other side.
 */
export interface AllocationMarket {
  readonly proposers: AllocationSide;
  readonly reviewers: AllocationSide;
  /** For each place in the proposers' lists, the most that this pair may trade: whole numbers. */
  readonly capacities: Float64Array;
}

/** An agent of an allocation market. */
export interface AllocationAgent extends RankingInput {
  /** How much the agent has or takes in all, a whole number from 0. */
  readonly quantity: number;
  /**
   * The most of it that may go to any one partner: a number for all, or an object from partner to number. A pair's
   * capacity is the lower of what its two agents state; who states none leaves it open.
   */
  readonly capacity?: number | Readonly<Record<string, number>>;
}

/** An allocation market as typed arrays; see {@link allocationMarketFromArrays}. */
export interface AllocationArrays {
  /** How many proposers there are. */
  readonly proposers: number;
  /** How many reviewers there are. */
  readonly reviewers: number;
  /** One whole number a proposer. */
  readonly proposerQuantities: Float64Array;
  /** One whole number a reviewer. */
  readonly reviewerQuantities: Float64Array;
  /** Where each proposer's list starts: `proposers + 1` entries, from 0 to the length of `proposerLists`. */
  readonly proposerOffsets: Uint32Array;
  /** All proposers' lists one after the other: reviewer indices, best first. */
  readonly proposerLists: Uint32Array;
  /** Where each reviewer's list starts: `reviewers + 1` entries, from 0 to the length of `reviewerLists`. */
  readonly reviewerOffsets: Uint32Array;
  /** All reviewers' lists one after the other: proposer indices, best first. */
  readonly reviewerLists: Uint32Array;
  /** The most that each pair may trade: one whole number for each entry of `proposerLists`. */
  readonly capacities: Float64Array;
  /** The proposers' ids; "p0", "p1", ... where absent. */
  readonly proposerIds?: readonly string[];
  /** The reviewers' ids; "r0", "r1", ... where absent. */
  readonly reviewerIds?: readonly string[];
}

/**
 * Makes an allocation market from agents by id, each with a quantity and a ranking of the other side.
 *
 * @param input The two sides; agents are put in the order of their ids.
 * @returns The market. An entry that the other agent does not return is valid and simply unacceptable.
 * @throws EMRX_MATCHING_AMOUNT for a quantity or capacity that is not a whole number from 0, or quantities of a side that
 * add up to 2^53 or more; EMRX_MATCHING_TIES for a tie; and what `createMarket` throws for wrong ids and lists.
 *
 * @example
 * ```ts
 * import { createAllocationMarket, stableAllocation } from "@emrx/matching/allocation";
 *
 * const market = createAllocationMarket({
 *   proposers: {
 *     lot1: { quantity: 8, capacity: 4, prefs: ["uni", "firm", "lab"] }, // at most 4 to each
 *     lot2: { quantity: 4, capacity: 4, prefs: ["uni", "firm"] },
 *   },
 *   reviewers: {
 *     firm: { quantity: 3, prefs: ["lot1", "lot2"] },
 *     lab: { quantity: 9, prefs: ["lot1", "lot2"] },
 *     uni: { quantity: 6, prefs: ["lot2", "lot1"] },
 *   },
 * });
 * stableAllocation(market).rows(); // => [["lot1", "firm", 3], ["lot1", "lab", 3], ["lot1", "uni", 2], ["lot2", "uni", 4]]
 * ```
 */
export function createAllocationMarket(input: {
  readonly proposers: SideInput<AllocationAgent>;
  readonly reviewers: SideInput<AllocationAgent>;
}): AllocationMarket {
  return atOnce((work) => allocationMarketSteps(input, work));
}

/**
 * {@link createAllocationMarket}, in turns with whatever else the program has to do; sorting the ids is one turn.
 *
 * @param input The two sides.
 * @param options `onProgress`, `signal`.
 * @returns The market that `createAllocationMarket` returns.
 * @throws EMRX_MATCHING_ABORTED, and what `createAllocationMarket` throws.
 *
 * @example
 * ```ts
 * import { createAllocationMarketAsync } from "@emrx/matching/allocation";
 *
 * const market = await createAllocationMarketAsync({
 *   proposers: { lot: { quantity: 3, prefs: ["lab"] } },
 *   reviewers: { lab: { quantity: 2, prefs: ["lot"] } },
 * });
 * market.capacities; // => Float64Array.of(2 ** 53 - 1)
 * ```
 */
export async function createAllocationMarketAsync(
  input: Parameters<typeof createAllocationMarket>[0],
  options: AsyncOptions = {},
): Promise<AllocationMarket> {
  return inTurns(
    (work) => allocationMarketSteps(input, work),
    check(asyncOptions, options, "options"),
  );
}

/** {@link createAllocationMarket} in steps; one unit an agent. */
export function* allocationMarketSteps(
  input: Parameters<typeof createAllocationMarket>[0],
  work: Work,
): Steps<AllocationMarket> {
  const members = { quantity: anything, capacity: optional(anything), ...rankingMembers };
  const { agents, ids } = sortedSides<AllocationAgent>(input, members, work);
  function* sideOf(side: SideName): Steps<AllocationSide> {
    return {
      ...(yield* rankedLists(side, agents[side], ids, work)),
      quantities: Float64Array.from(agents[side], ([id, { quantity }]) =>
        checkAmount(`The quantity of ${singular(side)}`, id, quantity),
      ),
    };
  }
  const proposers = yield* sideOf("proposers");
  const reviewers = yield* sideOf("reviewers");
  requireStrict({ proposers, reviewers }, "createAllocationMarket");
  const stated = (side: SideName, a: number, b: number): number => {
    const [id, { capacity }] = agents[side][a] as [string, AllocationAgent];
    const entry = ids[otherSide(side)][b] as string;
    if (capacity === undefined) return Number.MAX_SAFE_INTEGER;
    if (typeof capacity === "number")
      return checkAmount(`The capacity of ${singular(side)}`, id, capacity);
    if (capacity === null || typeof capacity !== "object")
      throw new MatchingError(
        "EMRX_MATCHING_ARGUMENT",
        `The capacity of ${singular(side)} ${JSON.stringify(id)} must be a number, or an object from partner to number.`,
        { agent: id },
      );
    if (!Object.hasOwn(capacity, entry)) return Number.MAX_SAFE_INTEGER;
    const what = `The capacity for ${JSON.stringify(entry)} of ${singular(side)}`;
    return checkAmount(what, id, capacity[entry] as number);
  };
  const capacities = new Float64Array(proposers.lists.length);
  for (let p = 0; p < proposers.count; p++)
    for (let k = proposers.offsets[p] as number; k < (proposers.offsets[p + 1] as number); k++) {
      const r = proposers.lists[k] as number;
      capacities[k] = Math.min(stated("proposers", p, r), stated("reviewers", r, p));
    }
  return checkAmounts({ proposers, reviewers, capacities });
}

/**
 * Makes an allocation market of typed arrays, without copying them: do not write to them afterwards.
 *
 * @param given The two sides as compressed sparse rows, quantities and capacities.
 * @returns The market, checked in time linear in the number of list entries.
 * @throws EMRX_MATCHING_AMOUNT for a quantity or capacity that is not a whole number from 0, or quantities of a side that
 * add up to 2^53 or more; and what `marketFromArrays` throws for wrong lists.
 *
 * @example
 * ```ts
 * import { allocationMarketFromArrays, stableAllocation } from "@emrx/matching/allocation";
 *
 * const market = allocationMarketFromArrays({
 *   proposers: 2,
 *   reviewers: 1,
 *   proposerQuantities: Float64Array.of(5, 5),
 *   reviewerQuantities: Float64Array.of(7),
 *   proposerOffsets: Uint32Array.of(0, 1, 2),
 *   proposerLists: Uint32Array.of(0, 0),
 *   reviewerOffsets: Uint32Array.of(0, 2),
 *   reviewerLists: Uint32Array.of(1, 0),
 *   capacities: Float64Array.of(5, 4),
 * });
 * stableAllocation(market).rows(); // => [["p0", "r0", 3], ["p1", "r0", 4]]
 * ```
 */
export function allocationMarketFromArrays(given: AllocationArrays): AllocationMarket {
  return atOnce((work) => allocationArraySteps(given, work));
}

/**
 * {@link allocationMarketFromArrays}, in turns with whatever else the program has to do.
 *
 * @param given The two sides, quantities and capacities.
 * @param options `onProgress`, `signal`.
 * @returns The market that `allocationMarketFromArrays` returns.
 * @throws EMRX_MATCHING_ABORTED, and what `allocationMarketFromArrays` throws.
 *
 * @example
 * ```ts
 * import { allocationMarketFromArraysAsync } from "@emrx/matching/allocation";
 *
 * const market = await allocationMarketFromArraysAsync({
 *   proposers: 1,
 *   reviewers: 1,
 *   proposerQuantities: Float64Array.of(5),
 *   reviewerQuantities: Float64Array.of(7),
 *   proposerOffsets: Uint32Array.of(0, 1),
 *   proposerLists: Uint32Array.of(0),
 *   reviewerOffsets: Uint32Array.of(0, 1),
 *   reviewerLists: Uint32Array.of(0),
 *   capacities: Float64Array.of(5),
 * });
 * market.reviewers.ids; // => ["r0"]
 * ```
 */
export async function allocationMarketFromArraysAsync(
  given: AllocationArrays,
  options: AsyncOptions = {},
): Promise<AllocationMarket> {
  return inTurns(
    (work) => allocationArraySteps(given, work),
    check(asyncOptions, options, "options"),
  );
}

/** {@link allocationMarketFromArrays} in steps; one unit a list entry. */
export function* allocationArraySteps(
  given: AllocationArrays,
  work: Work,
): Steps<AllocationMarket> {
  const arrays = check(arraysShape, given, "arrays");
  work.total = arrays.proposerLists.length + arrays.reviewerLists.length;
  const names = {
    proposers: namesOf("proposers", arrays.proposers, arrays.proposerIds),
    reviewers: namesOf("reviewers", arrays.reviewers, arrays.reviewerIds),
  };
  function* sideFrom(
    side: SideName,
    quantities: Float64Array,
    offsets: Uint32Array,
    lists: Uint32Array,
  ): Steps<AllocationSide> {
    const count = arrays[side];
    checkLength(`${singular(side)}Quantities`, quantities, count);
    const others = arrays[otherSide(side)];
    yield* checkLists(side, names, { count, others, offsets, lists }, work);
    const { all } = names[side];
    return {
      get ids() {
        return all();
      },
      count,
      offsets,
      lists,
      quantities,
    };
  }
  const market = {
    proposers: yield* sideFrom(
      "proposers",
      arrays.proposerQuantities,
      arrays.proposerOffsets,
      arrays.proposerLists,
    ),
    reviewers: yield* sideFrom(
      "reviewers",
      arrays.reviewerQuantities,
      arrays.reviewerOffsets,
      arrays.reviewerLists,
    ),
    capacities: arrays.capacities,
  };
  checkLength("capacities", arrays.capacities, arrays.proposerLists.length);
  return checkAmounts(market);
}

/** A whole number from 0 that doubles count without a gap. */
export function checkAmount(what: string, id: string, amount: number): number {
  if (!Number.isSafeInteger(amount) || amount < 0)
    throw new MatchingError(
      "EMRX_MATCHING_AMOUNT",
      `${what} ${JSON.stringify(id)} must be a whole number from 0 to 2^53 - 1; it is ${described(amount)}.`,
      { agent: id },
    );
  return amount;
}

/** All sums in the algorithms are of parts of one side's quantities: below 2^53 they are exact. */
function checkAmounts(market: AllocationMarket): AllocationMarket {
  for (const name of ["proposers", "reviewers"] as const) {
    const { quantities, ids, count } = market[name];
    let total = 0;
    for (let a = 0; a < count; a++) {
      const quantity = quantities[a] as number;
      if (!(Number.isSafeInteger(quantity) && quantity >= 0))
        checkAmount(`The quantity of ${singular(name)}`, ids[a] as string, quantity);
      total += quantity;
    }
    if (total > Number.MAX_SAFE_INTEGER)
      throw new MatchingError(
        "EMRX_MATCHING_AMOUNT",
        `The quantities of all ${name} must add up to less than 2^53, so that every sum is exact; they add up to ${total}.`,
      );
  }
  const { proposers, capacities } = market;
  for (let k = 0; k < capacities.length; k++) {
    const capacity = capacities[k] as number;
    if (!(Number.isSafeInteger(capacity) && capacity >= 0))
      throw new MatchingError(
        "EMRX_MATCHING_AMOUNT",
        `capacities must be whole numbers from 0 to 2^53 - 1; number ${k} is ${capacity}.`,
        { entry: String(proposers.lists[k]) },
      );
  }
  return remember(market);
}

const index32: Shape<Uint32Array> = /* @__PURE__ */ typedArray("Uint32Array");
const amounts64: Shape<Float64Array> = /* @__PURE__ */ typedArray("Float64Array");
const arraysShape: Shape<AllocationArrays> = /* @__PURE__ */ object({
  proposers: /* @__PURE__ */ integer(0, 0xffffffff),
  reviewers: /* @__PURE__ */ integer(0, 0xffffffff),
  proposerQuantities: amounts64,
  reviewerQuantities: amounts64,
  proposerOffsets: index32,
  proposerLists: index32,
  reviewerOffsets: index32,
  reviewerLists: index32,
  capacities: amounts64,
  proposerIds: /* @__PURE__ */ optional(idsShape),
  reviewerIds: /* @__PURE__ */ optional(idsShape),
});
const sideShape: Shape<unknown> = /* @__PURE__ */ object({
  ids: idsShape,
  count: /* @__PURE__ */ integer(0, 0xffffffff),
  quantities: amounts64,
  offsets: index32,
  lists: index32,
});
const marketShape: Shape<unknown> = /* @__PURE__ */ object({
  proposers: sideShape,
  reviewers: sideShape,
  capacities: amounts64,
});

/** Throws unless the value is an allocation market; one that came from elsewhere is checked in full, once. */
export function checkAllocationMarket(market: AllocationMarket): AllocationMarket {
  if (isKnown(market)) return market;
  check(marketShape, market, "market");
  const { proposers, reviewers, capacities } = market;
  allocationMarketFromArrays({
    proposers: proposers.count,
    reviewers: reviewers.count,
    proposerQuantities: proposers.quantities,
    reviewerQuantities: reviewers.quantities,
    proposerOffsets: proposers.offsets,
    proposerLists: proposers.lists,
    reviewerOffsets: reviewers.offsets,
    reviewerLists: reviewers.lists,
    capacities,
    proposerIds: proposers.ids,
    reviewerIds: reviewers.ids,
  });
  return remember(market);
}
