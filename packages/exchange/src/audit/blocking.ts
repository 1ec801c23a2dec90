// Pairs of lot and requester that would both strictly rather have each other: none, in a stable allocation. It knows
// nothing of the solver, and cuts no ties: it looks at true preferences only.
import { purposeCovers } from "@emrx/chain-adapter/contracts";
import type { Round } from "../round/read.js";

interface LotHeld {
  readonly site: string;
  readonly profile: number;
  readonly floor: number;
  readonly buyers: number;
  /** Units that the lot has left, and units of each requester. */
  free: number;
  readonly held: Map<number, number>;
  /** Places within the lot that each requester got. */
  readonly places: { readonly r: number; readonly from: number; readonly to: number }[];
}

/** What a look at a matching found. */
export interface Blocking {
  /** Pairs of lot and requester that would both strictly rather trade more. */
  readonly blocking: number;
  /** The same patient by patient, over so many patients spread over all lots. */
  readonly blockingPatients: number;
  readonly patients: number;
  /** Quantities, quotas and lists that are not kept to. */
  readonly violations: number;
}

/** How many pairs block an allocation, lot by lot and for a sample of patients, and how many bounds it breaks. */
export function blockingLots(round: Round, sample: number): Blocking {
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
          buyers: buyers[choice] as number,
          free: lotSize * (buyers[choice] as number),
          held: new Map(),
          places: [],
        });
  }
  const left = requests.map(({ quota }) => quota);
  for (const { site, requester, ranges } of pairs) {
    const r = names.get(requester) as number;
    for (const { from, to } of ranges) {
      const lot = lots[(firstLot.get(site) as number) + Math.floor(from / lotSize)] as LotHeld;
      lot.held.set(r, (lot.held.get(r) ?? 0) + to - from);
      lot.free -= to - from;
      lot.places.push({ r, from: from % lotSize, to: (from % lotSize) + to - from });
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
  let blockingPatients = 0;
  const patients = Math.min(sample, lots.length * lotSize);
  for (let i = 0; i < patients; i++) {
    const place = Math.floor((i * lots.length * lotSize) / patients);
    const lot = lots[Math.floor(place / lotSize)] as LotHeld;
    const holders = lot.places.filter(
      ({ from, to }) => from <= place % lotSize && place % lotSize < to,
    );
    if (holders.length > lot.buyers || new Set(holders.map(({ r }) => r)).size < holders.length)
      violations++;
    for (let r = 0; r < requests.length; r++) {
      if (holders.some((holder) => holder.r === r) || !acceptable(lot, r)) continue;
      const own = at(lot.profile, r);
      const wants =
        holders.length < lot.buyers ||
        holders.some((holder) => {
          const theirs = at(lot.profile, holder.r);
          return theirs.gain * own.sum < own.gain * theirs.sum;
        });
      const worst = least[r];
      if (wants && ((left[r] as number) > 0 || (worst !== undefined && worst < own.worth)))
        blockingPatients++;
    }
  }
  return { blocking, blockingPatients, patients, violations };
}
