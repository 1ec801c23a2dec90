// Whom an agent would rather have: the entries of its list that it would take into its present partners.
import type { Side } from "../market/market.js";
import type { Partners } from "../matching.js";

/**
 * Goes through every agent's list down to its last seat and calls `visit` for each entry that is not a partner
 * and that the agent would take: it has a free seat, or a partner that it likes less.
 *
 * This is Ch(partners + entry) containing the entry, where Ch keeps the `quota` best: fewer than `quota` partners
 * come before it. Agents without a seat want nobody. With ties, an entry as good as the last partner is visited
 * too when `weakly` is set.
 */
export function visitPreferred(
  side: Side,
  others: number,
  rows: Partners,
  visit: (agent: number, place: number) => void,
  weakly = false,
): void {
  const { lists, offsets, quotas, tiers } = side;
  const partners = rows.partners;
  const ofAgent = new Uint32Array(others); // ofAgent[b] = a + 1 while b is a partner of a
  for (let a = 0; a < side.count; a++) {
    const quota = quotas[a] as number;
    if (quota === 0) continue;
    const from = rows.offsets[a] as number;
    const to = rows.offsets[a + 1] as number;
    for (let k = from; k < to; k++) ofAgent[partners[k] as number] = a + 1;
    const end = offsets[a + 1] as number;
    let better = 0;
    if (!tiers) {
      for (let k = offsets[a] as number; k < end; k++) {
        if (ofAgent[lists[k] as number] === a + 1) {
          if (++better === quota) break;
        } else visit(a, k);
      }
      continue;
    }
    // With ties: count the partners strictly better than a tier, or, weakly, leave those of the tier itself out.
    for (let k = offsets[a] as number; k < end; ) {
      let tierEnd = k;
      let inTier = 0;
      for (; tierEnd < end && tiers[tierEnd] === tiers[k]; tierEnd++)
        if (ofAgent[lists[tierEnd] as number] === a + 1) inTier++;
      // Strictly: a seat is left after all partners at least as good; weakly: after all that are better.
      if (better + (weakly ? 0 : inTier) >= quota) break;
      for (; k < tierEnd; k++) if (ofAgent[lists[k] as number] !== a + 1) visit(a, k);
      better += inTier;
    }
  }
}
