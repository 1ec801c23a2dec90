// Whom an agent would rather have: the entries of its list that it would take into its present partners.
import type { Rows } from "../graph/transpose.js";
import type { Side } from "../market/market.js";

/**
 * For each agent, a place in its list: whoever stands before it and is not a partner, the agent would take; it has a free
 * seat, or a partner that it likes less.
 *
 * This is Ch(partners + entry) containing the entry, where Ch keeps the `quota` best: fewer than `quota` partners
 * come before it. Agents without a seat would take nobody. With ties, `weakly` counts as well who is as good as the
 * last partner.
 */
export function preferredBefore(
  { lists, offsets, quotas, tiers, count }: Side,
  { offsets: rowOffsets, partners }: Rows,
  others: number,
  weakly: boolean,
): Uint32Array {
  const bounds = new Uint32Array(count);
  const ofAgent = new Uint32Array(others); // ofAgent[b] = a + 1 while b is a partner of a
  for (let a = 0; a < count; a++) {
    const quota = quotas[a] as number;
    const [from, to] = [rowOffsets[a] as number, rowOffsets[a + 1] as number];
    const end = offsets[a + 1] as number;
    let k = offsets[a] as number;
    if (quota > to - from) k = end;
    else if (quota > 0) {
      for (let i = from; i < to; i++) ofAgent[partners[i] as number] = a + 1;
      let better = 0;
      while (k < end) {
        let tierEnd = k;
        let inTier = 0;
        do {
          if (ofAgent[lists[tierEnd] as number] === a + 1) inTier++;
          tierEnd++;
        } while (tiers !== undefined && tierEnd < end && tiers[tierEnd] === tiers[k]);
        // Strictly: a seat is left after all partners at least as good; weakly: after all that are better.
        if (better + (weakly ? 0 : inTier) >= quota) break;
        better += inTier;
        k = tierEnd;
      }
    }
    bounds[a] = k;
  }
  return bounds;
}
