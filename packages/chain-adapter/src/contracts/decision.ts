// The decision of a round: what every replica computes from the frozen inputs and the seed, and nobody submits.
import { toHex } from "@emrx/internal/bytes";
import { dealRound, stableAllocation } from "@emrx/matching/allocation";
import { encodeCanonical } from "../codec/canonical.js";
import type { Hex32, LedgerTime } from "../codec/fields.js";
import type { Publication } from "../codec/publication.js";
import { sha256 } from "../merkle/sha256.js";
import type { PlaceRange } from "../payload/claim-types.js";
import { lotMarket } from "./lists.js";
import { mapValues } from "./persistent-map.js";
import type { RoundInputs } from "./state.js";
import { type HeldRound, phaseOf } from "./windows.js";

/** What the matching gave a site and a requester. */
export interface Allotment {
  readonly site: Hex32;
  readonly requester: Hex32;
  /** Records: the ranges' lengths together. */
  readonly units: number;
  /** Leaves of the site's batch, ascending; a range lies in one lot. */
  readonly ranges: readonly PlaceRange[];
}

/** Seed and allocation of a round. */
export interface Decided {
  readonly seed: Hex32;
  /** By "site/requester", in that order. */
  readonly pairs: ReadonlyMap<string, Allotment>;
  /** By party: units that the matching gave it, as site or as requester. */
  readonly siteUnits: ReadonlyMap<Hex32, number>;
  readonly requesterUnits: ReadonlyMap<Hex32, number>;
}

/** The key of a pair. */
export const pairKey = (site: Hex32, requester: Hex32): string => `${site}/${requester}`;

/** Everything that the decision follows from. Nobody could pick it: the inputs stood before any share was shown. */
function seedOf({ round, publication }: HeldRound["round"], inputs: RoundInputs): Hex32 {
  const { offers, requests, seeders } = inputs;
  const noShare = "00".repeat(32);
  return toHex(
    sha256(
      encodeCanonical({
        domain: "emrx seed 1",
        round,
        publication,
        offers: mapValues(offers).map(({ site, root, classes }) => ({ site, root, classes })),
        requests: mapValues(requests).map(({ held: _, version: __, ...request }) => request),
        shares: seeders.map(({ share = noShare }) => share),
      }),
    ),
  );
}

/** The ranges of every pair: lot by lot, dealt round the lot's patients in the order of the requesters' names. */
function deal(publication: Publication, inputs: RoundInputs, seed: Hex32): Map<string, Allotment> {
  const { lotSize } = publication;
  const { lots, requests, market } = lotMarket(
    publication,
    mapValues(inputs.offers),
    mapValues(inputs.requests),
    seed,
  );
  const { offsets, partners, amounts } = stableAllocation(market).proposers;
  const ranges = new Map<string, { site: Hex32; requester: Hex32; ranges: PlaceRange[] }>();
  for (const [l, { site, profile, from }] of lots.entries()) {
    const [start, end] = [offsets[l] as number, offsets[l + 1] as number];
    const dealt = dealRound(lotSize, Array.from(amounts.subarray(start, end)));
    for (const [i, members] of dealt.entries()) {
      const { requester } = requests[partners[start + i] as number] as { requester: Hex32 };
      const key = pairKey(site, requester);
      const pair = ranges.get(key) ?? { site, requester, ranges: [] };
      for (const range of members)
        pair.ranges.push({ from: from + range.from, to: from + range.to, profile });
      ranges.set(key, pair);
    }
  }
  const pairs = [...ranges].map(([key, pair]): [string, Allotment] => [
    key,
    { ...pair, units: pair.ranges.reduce((sum, { from, to }) => sum + to - from, 0) },
  ]);
  return new Map(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function decide({ round, publication }: HeldRound): Decided {
  const { inputs } = round;
  const seed = seedOf(round, inputs);
  const pairs = deal(publication, inputs, seed);
  const [siteUnits, requesterUnits] = [new Map<Hex32, number>(), new Map<Hex32, number>()];
  for (const { site, requester, units } of pairs.values()) {
    siteUnits.set(site, (siteUnits.get(site) ?? 0) + units);
    requesterUnits.set(requester, (requesterUnits.get(requester) ?? 0) + units);
  }
  return { seed, pairs, siteUnits, requesterUnits };
}

// Inputs are never modified, so what follows from them is computed once for each.
const known = /* @__PURE__ */ new WeakMap<RoundInputs, Decided>();

/** The decision of a round, once its seed window is over; undefined before, and of a void round. */
export function decisionOf(held: HeldRound, time: LedgerTime): Decided | undefined {
  const phase = phaseOf(held.round, time);
  if (phase === "offer" || phase === "seed" || phase === "void") return undefined;
  const { inputs } = held.round;
  const found = known.get(inputs) ?? decide(held);
  known.set(inputs, found);
  return found;
}
