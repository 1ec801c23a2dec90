// Pairs of lot and requester that would both strictly rather have each other: none, in a stable allocation. It knows
// nothing of the solver, and cuts no ties: it looks at true preferences only.
import { purposeCovers } from "@emrx/chain-adapter/contracts";
import type { Round } from "../round/read.js";

interface LotHeld {
  readonly site: string;
  readonly profile: number;
  readonly floor: number;
  /** Units that the lot has left, and units of each requester. */
  free: number;
  readonly held: Map<number, number>;
}

/** How many pairs of lot and requester block an allocation, and how many bounds it breaks. */
export function blockingLots(round: Round): {
  readonly blocking: number;
  readonly violations: number;
} {
  const { document, offers, requests, pairs } = round;
  const { lotSize, profiles, attributes, purposeCosts, floors, buyers } = document;
  const names = new Map(requests.map(({ requester }, r) => [requester, r]));
  const lots: LotHeld[] = [];
  const firstLot = new Map<string, number>();
  for (const { site, classes } of offers) {
    firstLot.set(site, lots.length);
    for (const { profile, floor, buyers: choice, lots: count } of classes)
      for (let i = 0; i < count; i++)
        lots.push({
          site,
          profile,
          floor: floors[floor] as number,
          free: lotSize * (buyers[choice] as number),
          held: new Map(),
        });
  }
  const left = requests.map(({ quota }) => quota);
  for (const { site, requester, ranges } of pairs) {
    const r = names.get(requester) as number;
    for (const { from, to } of ranges) {
      const lot = lots[(firstLot.get(site) as number) + Math.floor(from / lotSize)] as LotHeld;
      lot.held.set(r, (lot.held.get(r) ?? 0) + to - from);
      lot.free -= to - from;
      left[r] = (left[r] as number) - (to - from);
    }
  }
  // What profile and request are to each other, in whole numbers.
  const terms = profiles.map((profile) =>
    requests.map(({ weights, price, purpose, minimumWorth }) => {
      let [sum, worth, exposure] = [0n, 0n, 0n];
      for (const [i, name] of attributes.entries()) {
        const weight = BigInt(weights[name] ?? 0);
        sum += weight;
        worth += weight * BigInt(profile.worth[i] as number);
        exposure += weight * BigInt(profile.exposure[i] as number);
      }
      const gain = 1000n * BigInt(price - (purposeCosts[purpose] ?? 0)) * sum - exposure;
      const refused = profile.refuses.some(
        (code) => purposeCovers(code, purpose) || purposeCovers(purpose, code),
      );
      return {
        sum,
        worth,
        gain,
        ok: !refused && gain >= 0n && worth >= BigInt(minimumWorth) * sum,
      };
    }),
  );
  type Terms = NonNullable<(typeof terms)[number][number]>;
  const at = (profile: number, r: number): Terms => terms[profile]?.[r] as Terms;
  const acceptable = (lot: LotHeld, r: number): boolean =>
    at(lot.profile, r).ok &&
    (requests[r]?.price as number) >= lot.floor &&
    requests[r]?.requester !== lot.site;
  // The least worth that each requester holds.
  const least: (bigint | undefined)[] = requests.map(() => undefined);
  let violations = left.filter((units) => units < 0).length;
  for (const lot of lots) {
    if (lot.free < 0) violations++;
    for (const [r, units] of lot.held) {
      if (units > lotSize || !acceptable(lot, r)) violations++;
      const { worth } = at(lot.profile, r);
      if (least[r] === undefined || worth < least[r]) least[r] = worth;
    }
  }
  let blocking = 0;
  for (const lot of lots)
    for (let r = 0; r < requests.length; r++) {
      if ((lot.held.get(r) ?? 0) >= lotSize || !acceptable(lot, r)) continue;
      const own = at(lot.profile, r);
      const lotWants =
        lot.free > 0 ||
        [...lot.held.keys()].some((other) => {
          const theirs = at(lot.profile, other);
          return other !== r && theirs.gain * own.sum < own.gain * theirs.sum;
        });
      const worst = least[r];
      if (lotWants && ((left[r] as number) > 0 || (worst !== undefined && worst < own.worth)))
        blocking++;
    }
  return { blocking, violations };
}
