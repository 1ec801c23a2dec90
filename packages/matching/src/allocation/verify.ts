// Checking an allocation from scratch, sharing nothing with the solver but the edges.
import { object, optional, type Shape } from "@emrx/internal/shape";
import { check, listLimit } from "../check.js";
import { otherSide, type SideName } from "../market/market.js";
import { type AllocationInside, type AllocationLike, allocationIn } from "./allocation.js";
import type { AllocationMarket, AllocationSide } from "./market.js";
import { counterparts } from "./pairs.js";

const optionsShape: Shape<{ readonly limit?: number }> = /* @__PURE__ */ object({
  limit: /* @__PURE__ */ optional(listLimit),
});

/** A way in which an allocation is not feasible. */
export interface AllocationViolation {
  /**
   * "quantity": the agent trades more than it has; "capacity": a pair trades more than it may (said of the proposer);
   * "unacceptable": a partner is not in the agent's list.
   */
  readonly kind: "quantity" | "capacity" | "unacceptable";
  /** The side of the agent. */
  readonly side: SideName;
  /** The agent's id. */
  readonly agent: string;
  /** The id of the partner in question. */
  readonly partner?: string;
}

/** What {@link verifyAllocation} found. */
export interface AllocationVerification {
  /** Feasible and without a blocking pair. */
  readonly stable: boolean;
  /** All quantities, capacities and lists are kept. */
  readonly feasible: boolean;
  /** In how many ways that fails. */
  readonly violationCount: number;
  /** The first of these, as many as were asked for. */
  readonly violations: readonly AllocationViolation[];
  /** How many pairs block the allocation. */
  readonly blockingCount: number;
  /** The first of them, [proposer id, reviewer id], as many as were asked for. */
  readonly blockingPairs: readonly (readonly [string, string])[];
}

/**
 * Checks an allocation from scratch. A pair of agents who list each other blocks it when it trades less than its
 * capacity, and each of the two has something left over or trades with somebody it likes less.
 *
 * @param market The market.
 * @param allocation The allocation, or its rows.
 * @param given `limit`: how many violations and how many blocking pairs to list at most, 1,000 where absent; all are counted.
 * @returns What was found, in time and memory linear in the list entries.
 * @throws EMRX_MATCHING_UNKNOWN_ID, EMRX_MATCHING_DUPLICATE or EMRX_MATCHING_AMOUNT for rows that are none of this market.
 *
 * @example
 * ```ts
 * import { createAllocationMarket, stableAllocation, verifyAllocation } from "@emrx/matching/allocation";
 *
 * const market = createAllocationMarket({
 *   proposers: { lot: { quantity: 3, prefs: ["lab", "firm"] } },
 *   reviewers: { firm: { quantity: 3, prefs: ["lot"] }, lab: { quantity: 2, prefs: ["lot"] } },
 * });
 * verifyAllocation(market, stableAllocation(market)).stable; // => true
 * verifyAllocation(market, [["lot", "firm", 3]]).blockingPairs; // => [["lot", "lab"]]
 * verifyAllocation(market, [["lot", "lab", 3]]).violations; // => [{ kind: "quantity", side: "reviewers", agent: "lab" }]
 * ```
 */
export function verifyAllocation(
  market: AllocationMarket,
  allocation: AllocationLike,
  given: { readonly limit?: number } = {},
): AllocationVerification {
  const { limit = 1_000 } = check(optionsShape, given, "options");
  const own = allocationIn(market, allocation);
  const violations: AllocationViolation[] = [];
  let violationCount = 0;
  for (const violation of violationsOf(market, own))
    if (++violationCount <= limit) violations.push(violation);
  const blockingPairs: [string, string][] = [];
  let blockingCount = 0;
  for (const [p, place] of blockingPlaces(market, own))
    if (++blockingCount <= limit)
      blockingPairs.push([
        market.proposers.ids[p] as string,
        market.reviewers.ids[market.proposers.lists[place] as number] as string,
      ]);
  return {
    stable: violationCount === 0 && blockingCount === 0,
    feasible: violationCount === 0,
    violationCount,
    violations,
    blockingCount,
    blockingPairs,
  };
}

/** For each place in one side's lists, how much the pair trades; what goes to agents outside a list is left out. */
export function amountsAt(
  market: AllocationMarket,
  side: SideName,
  allocation: AllocationInside,
): Float64Array {
  const { lists, offsets, count } = market[side];
  const rows = allocation[side];
  const amounts = new Float64Array(lists.length);
  const held = new Float64Array(market[otherSide(side)].count);
  for (let a = 0; a < count; a++) {
    const [from, to] = [rows.offsets[a] as number, rows.offsets[a + 1] as number];
    if (from === to) continue;
    for (let k = from; k < to; k++) held[rows.partners[k] as number] = rows.amounts[k] as number;
    for (let place = offsets[a] as number; place < (offsets[a + 1] as number); place++)
      amounts[place] = held[lists[place] as number] as number;
    for (let k = from; k < to; k++) held[rows.partners[k] as number] = 0;
  }
  return amounts;
}

/**
 * For each agent of a side, the first place in its list that it does not want more of: what it trades with those up to
 * and including that place is all that it has. Whoever has something left over wants more of everybody in its list.
 */
export function wantedBefore(
  { quantities, offsets, count }: AllocationSide,
  amounts: Float64Array,
): Uint32Array {
  const bounds = new Uint32Array(count);
  for (let a = 0; a < count; a++) {
    const end = offsets[a + 1] as number;
    let left = quantities[a] as number;
    let place = offsets[a] as number;
    for (; place < end; place++) {
      left -= amounts[place] as number;
      if (left <= 0) break;
    }
    bounds[a] = place;
  }
  return bounds;
}

/**
 * The proposer and the place in the proposers' lists of every blocking pair. An agent wants more of an entry of its list
 * when what it trades with that entry and with those before it is less than it has: then something is left over, or goes
 * to somebody it likes less, or to somebody it does not list.
 */
function* blockingPlaces(
  market: AllocationMarket,
  allocation: AllocationInside,
): Generator<[proposer: number, place: number]> {
  const { proposers, reviewers, capacities } = market;
  const amounts = amountsAt(market, "proposers", allocation);
  const byProposer = wantedBefore(proposers, amounts);
  const byReviewer = wantedBefore(reviewers, amountsAt(market, "reviewers", allocation));
  const counterpart = counterparts(proposers, reviewers);
  for (let p = 0; p < proposers.count; p++)
    for (let place = proposers.offsets[p] as number; place < (byProposer[p] as number); place++)
      if (
        (amounts[place] as number) < (capacities[place] as number) &&
        (counterpart[place] as number) < (byReviewer[proposers.lists[place] as number] as number)
      )
        yield [p, place];
}

/** Every agent that trades more than it has, and every pair above its capacity or outside a list; linear. */
function* violationsOf(
  market: AllocationMarket,
  allocation: AllocationInside,
): Generator<AllocationViolation> {
  for (const side of ["proposers", "reviewers"] as const) {
    const { ids, count, quantities, offsets, lists } = market[side];
    const { ids: others, count: width } = market[otherSide(side)];
    const rows = allocation[side];
    const placeAt = new Uint32Array(width); // 1 + the place of b in the list that is looked at, if not before it
    for (let a = 0; a < count; a++) {
      const [from, to] = [rows.offsets[a] as number, rows.offsets[a + 1] as number];
      if (from === to) continue;
      const [start, end] = [offsets[a] as number, offsets[a + 1] as number];
      const agent = ids[a] as string;
      for (let k = start; k < end; k++) placeAt[lists[k] as number] = k + 1;
      let total = 0;
      for (let k = from; k < to; k++) {
        const b = rows.partners[k] as number;
        const place = (placeAt[b] as number) - 1;
        const amount = rows.amounts[k] as number;
        total += amount;
        if (place < start)
          yield { kind: "unacceptable", side, agent, partner: others[b] as string };
        else if (side === "proposers" && amount > (market.capacities[place] as number))
          yield { kind: "capacity", side, agent, partner: others[b] as string };
      }
      if (total > (quantities[a] as number)) yield { kind: "quantity", side, agent };
    }
  }
}
