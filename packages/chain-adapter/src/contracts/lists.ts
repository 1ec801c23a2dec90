// The market of a round: lots and requesters with their lists, by one rule in whole numbers that anybody can rerun.
import { toHex } from "@emrx/internal/bytes";
import { type AllocationMarket, allocationMarketFromArrays } from "@emrx/matching/allocation";
import { encodeCanonical } from "../codec/canonical.js";
import type { Hex32 } from "../codec/fields.js";
import type { Profile, Publication } from "../codec/publication.js";
import type { OfferState, RequestState } from "../codec/round-view.js";
import { sha256 } from "../merkle/sha256.js";
import { type Purpose, purposeCovers } from "./purposes.js";

/** A lot: consecutive leaves of one class of one site. */
export interface Lot {
  readonly site: Hex32;
  readonly profile: number;
  /** First leaf of the lot in the site's batch. */
  readonly from: number;
  readonly buyers: number;
}

/** A round's market; lots and requesters are numbered in the order of sites, classes and names. */
export interface LotMarket {
  readonly lots: readonly Lot[];
  readonly requests: readonly RequestState[];
  readonly market: AllocationMarket;
}

/** What a profile and a request are to each other. */
interface Terms {
  /** Sum of weight x worth: the requester's side, compared for one requester only. */
  readonly worth: number;
  /** Net gain in thousandths of a minor unit, times the sum of weights. */
  readonly gain: bigint;
  readonly weights: bigint;
  readonly acceptable: boolean;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** A refused purpose stands for all above and below it: what it is asked for could be used for it. */
const refusesPurpose = ({ refuses }: Profile, purpose: Purpose): boolean =>
  refuses.some((code) => purposeCovers(code, purpose) || purposeCovers(purpose, code));

/** The weighted sum of what a profile's reports are worth to a request; at most 10^15. */
export function weightedWorth(
  { attributes, profiles }: Publication,
  profile: number,
  weights: RequestState["weights"],
): { readonly worth: number; readonly weights: number } {
  const { worth = [] } = profiles[profile] ?? {};
  const terms = attributes.map((name, i) => (weights[name] ?? 0) * (worth[i] ?? 0));
  return { worth: sum(terms), weights: sum(Object.values(weights)) };
}

function termsOf(publication: Publication, profile: number, request: RequestState): Terms {
  const { attributes, profiles, purposeCosts } = publication;
  const { price, purpose, minimumWorth } = request;
  const chosen = profiles[profile] as Profile;
  const { worth, weights: all } = weightedWorth(publication, profile, request.weights);
  const weights = BigInt(all);
  let exposure = 0n;
  for (const [i, name] of attributes.entries())
    exposure += BigInt(request.weights[name] ?? 0) * BigInt(chosen.exposure[i] as number);
  const gain = 1000n * BigInt(price - (purposeCosts[purpose] ?? 0)) * weights - exposure;
  const acceptable = gain >= 0n && worth >= minimumWorth * all && !refusesPurpose(chosen, purpose);
  return { worth, gain, weights, acceptable };
}

/** Where ties are cut: 20 bits of the seed for one class, and a name for each requester. */
const draw = (seed: Hex32, of: { readonly [name: string]: string | number }): string =>
  toHex(sha256(encodeCanonical({ domain: "emrx tie 1", seed, ...of })));
const SCALE = 1 << 20;

/** Requesters in the order in which a profile prefers them: by net gain, ties by a hash of seed and name. */
function ranking(terms: readonly Terms[], ties: readonly string[]): number[] {
  const order = terms.flatMap(({ acceptable }, r) => (acceptable ? [r] : []));
  return order.sort((a, b) => {
    const [x, y] = [terms[a] as Terms, terms[b] as Terms];
    const [left, right] = [x.gain * y.weights, y.gain * x.weights];
    if (left !== right) return left > right ? -1 : 1;
    return (ties[a] as string) < (ties[b] as string) ? -1 : 1;
  });
}

/** A lot with its place among lots that a requester likes alike: `position / size` of the class, then class by class. */
interface Placed extends Lot {
  readonly floor: number;
  readonly position: number;
  readonly size: number;
}

/** Every lot of a round, in the order of sites, classes and lots. */
function lotsOf(publication: Publication, offers: readonly OfferState[], seed: Hex32): Placed[] {
  const { floors, buyers, lotSize } = publication;
  return offers.flatMap(({ site, classes }) => {
    let from = 0;
    return classes.flatMap((chosen, number) => {
      // Systematic sampling: lot j of n stands at (j + u) / n, one u a class, so that sites share a tie in proportion.
      const u = Number.parseInt(draw(seed, { site, class: number }).slice(0, 5), 16);
      return Array.from({ length: chosen.lots }, (_, j) => {
        const lot = {
          site,
          profile: chosen.profile,
          floor: floors[chosen.floor] as number,
          buyers: buyers[chosen.buyers] as number,
          from,
          position: j * SCALE + u, // below 2^36, and times another size below 2^52
          size: chosen.lots,
        };
        from += lotSize;
        return lot;
      });
    });
  });
}

/** Lists end to end, as the market wants them. */
function flatten(lists: readonly (readonly number[])[]): {
  readonly offsets: Uint32Array;
  readonly flat: Uint32Array;
} {
  const offsets = new Uint32Array(lists.length + 1);
  for (const [i, { length }] of lists.entries()) offsets[i + 1] = (offsets[i] as number) + length;
  const flat = new Uint32Array(offsets[lists.length] as number);
  for (const [i, list] of lists.entries()) flat.set(list, offsets[i]);
  return { offsets, flat };
}

/**
 * The market of a round. Lists are complete over acceptable pairs: the price reaches the floor, the net gain is not
 * negative, the worth reaches the request's minimum, no purpose is refused, and the two are not one party. Lots rank
 * requesters by net gain, requesters rank lots by worth, and the seed cuts ties.
 *
 * @param publication menus, costs and lot size
 * @param offers by site, ascending
 * @param requests by requester, ascending
 * @param seed 64 hexadecimal digits
 */
export function lotMarket(
  publication: Publication,
  offers: readonly OfferState[],
  requests: readonly RequestState[],
  seed: Hex32,
): LotMarket {
  const { profiles, lotSize } = publication;
  const terms = profiles.map((_, profile) =>
    requests.map((request) => termsOf(publication, profile, request)),
  );
  const ties = requests.map(({ requester }) => draw(seed, { requester }));
  const rankings = terms.map((row) => ranking(row, ties));
  const lots = lotsOf(publication, offers, seed);
  const lotLists = lots.map(({ site, profile, floor }) =>
    (rankings[profile] as number[]).filter((r) => {
      const { price, requester } = requests[r] as RequestState;
      return price >= floor && requester !== site;
    }),
  );
  // Equal positions keep the order of sites and classes: sorting is stable.
  const positions = lots
    .map((_, lot) => lot)
    .sort((a, b) => {
      const [x, y] = [lots[a] as Placed, lots[b] as Placed];
      return x.position * y.size - y.position * x.size;
    });
  const requestLists: number[][] = requests.map(() => []);
  for (const lot of positions)
    for (const r of lotLists[lot] as number[]) (requestLists[r] as number[]).push(lot);
  for (const [r, list] of requestLists.entries()) {
    const worth = lots.map(({ profile }) => terms[profile]?.[r]?.worth ?? 0);
    list.sort((a, b) => (worth[b] as number) - (worth[a] as number));
  }
  const [proposers, reviewers] = [flatten(lotLists), flatten(requestLists)];
  return {
    lots,
    requests,
    market: allocationMarketFromArrays({
      proposers: lots.length,
      reviewers: requests.length,
      proposerQuantities: Float64Array.from(lots, ({ buyers }) => buyers * lotSize),
      reviewerQuantities: Float64Array.from(requests, ({ quota }) => quota),
      proposerOffsets: proposers.offsets,
      proposerLists: proposers.flat,
      reviewerOffsets: reviewers.offsets,
      reviewerLists: reviewers.flat,
      capacities: new Float64Array(proposers.flat.length).fill(lotSize),
    }),
  };
}
