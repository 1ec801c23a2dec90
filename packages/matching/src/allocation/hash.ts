// Canonical hashes of an allocation market and of an allocation: equal content gives equal hashes.
import { hashWriter, idOrder, inverse } from "../market/hash.js";
import { otherSide } from "../market/market.js";
import { type AllocationLike, allocationIn } from "./allocation.js";
import { type AllocationMarket, checkAllocationMarket } from "./market.js";

/**
 * The canonical hash of an allocation market: SHA-256 of a version line and, for the proposers and then the reviewers,
 * the number of agents and, in the order of their ids (by UTF-16 code units), each agent's id, quantity and list (its
 * length, and places in the sorted ids of the other side); after each entry of a proposer's list stands the pair's
 * capacity. Counts and places are 32-bit and quantities and capacities 64-bit numbers, big-endian; ids are UTF-8 with
 * their length before them.
 *
 * @param market The market.
 * @returns 64 hexadecimal digits.
 *
 * @example
 * ```ts
 * import { createAllocationMarket, hashAllocationMarket } from "@emrx/matching/allocation";
 *
 * const reviewers = { lab: { quantity: 2, prefs: ["lot"] } };
 * const hash = (quantity: number) =>
 *   hashAllocationMarket(createAllocationMarket({ proposers: { lot: { quantity, prefs: ["lab"] } }, reviewers }));
 * hash(3) === hash(4); // => false
 * ```
 */
export function hashAllocationMarket(market: AllocationMarket): string {
  checkAllocationMarket(market);
  const orders = {
    proposers: idOrder(market, "proposers"),
    reviewers: idOrder(market, "reviewers"),
  };
  const places = { proposers: inverse(orders.proposers), reviewers: inverse(orders.reviewers) };
  const writer = hashWriter("emrx/matching/allocation-market/v1");
  for (const name of ["proposers", "reviewers"] as const) {
    const side = market[name];
    const placeOf = places[otherSide(name)];
    writer.number(side.count);
    for (const a of orders[name]) {
      const [start, end] = [side.offsets[a] as number, side.offsets[a + 1] as number];
      writer.text(side.ids[a] as string);
      writer.wide(side.quantities[a] as number);
      writer.number(end - start);
      for (let k = start; k < end; k++) {
        writer.number(placeOf[side.lists[k] as number] as number);
        if (name === "proposers") writer.wide(market.capacities[k] as number);
      }
    }
  }
  return writer.digest();
}

/**
 * The canonical hash of an allocation: SHA-256 of a version line, the number of pairs, and, for every proposer that
 * trades, in the order of the ids, its id, how many partners it has, and their ids in order, each with its amount
 * (64-bit, big-endian).
 *
 * @param market The market whose ids the allocation names.
 * @param allocation The allocation, or its rows.
 * @returns 64 hexadecimal digits.
 * @throws EMRX_MATCHING_UNKNOWN_ID where the allocation names an agent that the market does not have.
 *
 * @example
 * ```ts
 * import { createAllocationMarket, hashAllocation, stableAllocation } from "@emrx/matching/allocation";
 *
 * const market = createAllocationMarket({
 *   proposers: { lot: { quantity: 3, prefs: ["lab"] } },
 *   reviewers: { lab: { quantity: 2, prefs: ["lot"] } },
 * });
 * hashAllocation(market, stableAllocation(market)) === hashAllocation(market, [["lot", "lab", 2]]); // => true
 * ```
 */
export function hashAllocation(market: AllocationMarket, allocation: AllocationLike): string {
  const own = allocationIn(market, allocation);
  const { offsets, partners, amounts } = own.proposers;
  const placeOf = inverse(idOrder(market, "reviewers"));
  const writer = hashWriter("emrx/matching/allocation/v1");
  writer.number(own.size);
  for (const p of idOrder(market, "proposers")) {
    const [from, to] = [offsets[p] as number, offsets[p + 1] as number];
    if (from === to) continue;
    writer.text(market.proposers.ids[p] as string);
    writer.number(to - from);
    const row = Uint32Array.from({ length: to - from }, (_, i) => from + i);
    row.sort(
      (k, l) =>
        (placeOf[partners[k] as number] as number) - (placeOf[partners[l] as number] as number),
    );
    for (const k of row) {
      writer.text(market.reviewers.ids[partners[k] as number] as string);
      writer.wide(amounts[k] as number);
    }
  }
  return writer.digest();
}
