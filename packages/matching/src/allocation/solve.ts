// Solving an allocation market: the stable allocation that is best for everybody on the side that proposes.
import { check, proposingAsyncOptions, proposingOption } from "../check.js";
import { otherSide, type SideName } from "../market/market.js";
import { type AsyncOptions, atOnce, inTurns, type Steps, type Work } from "../steps.js";
import { type Allocation, allocationFromSide } from "./allocation.js";
import { augment } from "./augment.js";
import { type AllocationMarket, checkAllocationMarket } from "./market.js";

/**
 * Finds the stable allocation that every agent of the proposing side likes best among all stable ones, and every agent
 * of the other side least (Baïou and Balinski 2002). Capacities of 1 and quantities as quotas make it many-to-many
 * matching. Where no part of the quantities and capacities adds up to the same by chance there is only one.
 *
 * @param market The market.
 * @param options `proposing`: the side that proposes, "proposers" where absent.
 * @returns The allocation. It exists always and is unique; time is at most (list entries) x (agents of the smaller
 * side), whatever the quantities, and near linear on markets that nobody made to be slow.
 * @throws EMRX_MATCHING_ARGUMENT for an unknown side.
 *
 * @example
 * ```ts
 * import { createAllocationMarket, stableAllocation } from "@emrx/matching/allocation";
 *
 * const market = createAllocationMarket({
 *   proposers: { a: { quantity: 2, prefs: ["x", "y"] }, b: { quantity: 2, prefs: ["y", "x"] } },
 *   reviewers: { x: { quantity: 2, prefs: ["b", "a"] }, y: { quantity: 2, prefs: ["a", "b"] } },
 * });
 * stableAllocation(market).rows(); // => [["a", "x", 2], ["b", "y", 2]]
 * stableAllocation(market, { proposing: "reviewers" }).rows(); // => [["a", "y", 2], ["b", "x", 2]]
 * ```
 */
export function stableAllocation(
  market: AllocationMarket,
  options: { readonly proposing?: SideName } = {},
): Allocation {
  const { proposing = "proposers" } = check(proposingOption, options, "options");
  return atOnce((work) => allocationSteps(market, proposing, work));
}

/**
 * {@link stableAllocation}, in turns with whatever else the program has to do.
 *
 * @param market The market.
 * @param options `proposing`, as in `stableAllocation`; `onProgress`, `signal`.
 * @returns The allocation that `stableAllocation` returns.
 * @throws EMRX_MATCHING_ABORTED, and what `stableAllocation` throws.
 *
 * @example
 * ```ts
 * import { createAllocationMarket, stableAllocationAsync } from "@emrx/matching/allocation";
 *
 * const market = createAllocationMarket({
 *   proposers: { lot: { quantity: 3, prefs: ["lab"] } },
 *   reviewers: { lab: { quantity: 2, prefs: ["lot"] } },
 * });
 * (await stableAllocationAsync(market)).rows(); // => [["lot", "lab", 2]]
 * ```
 */
export async function stableAllocationAsync(
  market: AllocationMarket,
  options: AsyncOptions & { readonly proposing?: SideName } = {},
): Promise<Allocation> {
  const { proposing = "proposers", ...turns } = check(proposingAsyncOptions, options, "options");
  return inTurns((work) => allocationSteps(market, proposing, work), turns);
}

/** {@link stableAllocation} in steps; one unit for each time that a list entry is passed. */
export function* allocationSteps(
  market: AllocationMarket,
  proposing: SideName,
  work: Work,
): Steps<Allocation> {
  checkAllocationMarket(market);
  const [active, passive] = [market[proposing], market[otherSide(proposing)]];
  work.total = 2 * active.lists.length + passive.lists.length;
  const { amounts } = yield* augment(market, proposing, work);
  return allocationOf(market, otherSide(proposing), amounts);
}

/** An amount for each place in one side's lists as an allocation. */
export function allocationOf(
  market: AllocationMarket,
  side: SideName,
  amounts: Float64Array,
): Allocation {
  const { offsets, lists, count } = market[side];
  let size = 0;
  for (let k = 0; k < amounts.length; k++) if (amounts[k] !== 0) size++;
  const rows = {
    offsets: new Uint32Array(count + 1),
    partners: new Uint32Array(size),
    amounts: new Float64Array(size),
  };
  let at = 0;
  for (let a = 0; a < count; a++) {
    for (let k = offsets[a] as number; k < (offsets[a + 1] as number); k++)
      if (amounts[k] !== 0) {
        rows.partners[at] = lists[k] as number;
        rows.amounts[at++] = amounts[k] as number;
      }
    rows.offsets[a + 1] = at;
  }
  return allocationFromSide(market, side, rows);
}
