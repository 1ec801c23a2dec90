// All blocking pairs of any matching in one linear pass, sharing nothing with the solver but the market.
import { MatchingError } from "../errors.js";
import type { Market } from "../market/market.js";
import { type Matching, type MatchingLike, matchingIn, transpose } from "../matching.js";
import { visitPreferred } from "./preferred.js";

/**
 * What counts as blocking where lists have ties: `"weak"` stability is broken only by two agents who both gain,
 * `"strong"` also where one gains and the other is indifferent, `"super"` also where both are indifferent
 * (Irving 1994). For strict lists the three are one.
 */
export type Stability = "weak" | "strong" | "super";

/**
 * Finds every pair that would leave the matching together: not partners, each in the other's list, and each with
 * a free seat or a partner it likes less. It works for any matching, also one that breaks quotas or lists (a
 * partner outside an agent's own list never keeps the agent from wanting somebody better).
 *
 * @param market The market.
 * @param matching The matching, or its pairs.
 * @param options `stability`: what counts as blocking where there are ties, "weak" where absent.
 * @returns Pairs [proposer id, reviewer id] in the order of the market's agents; none when the matching is pairwise
 * stable (and respects quotas and lists: see `verify`).
 * @throws EMRX_MATCHING_UNKNOWN_ID where the matching names an agent that the market does not have.
 *
 * @example
 * ```ts
 * import { blockingPairs, createMarket } from "@emrx/matching";
 *
 * const market = createMarket({
 *   proposers: { ann: { prefs: ["city", "mercy"] }, bob: { prefs: ["city"] } },
 *   reviewers: { city: { prefs: ["ann", "bob"] }, mercy: { prefs: ["ann"] } },
 * });
 * blockingPairs(market, [["ann", "mercy"], ["bob", "city"]]); // => [["ann", "city"]]
 * blockingPairs(market, [["ann", "city"]]); // => []
 * ```
 */
export function blockingPairs(
  market: Market,
  matching: MatchingLike,
  options: { readonly stability?: Stability } = {},
): [string, string][] {
  const { proposers, reviewers } = market;
  const found = blockingIndices(market, matchingIn(market, matching), options.stability ?? "weak");
  return found.map(([p, r]) => [proposers.ids[p] as string, reviewers.ids[r] as string]);
}

/** {@link blockingPairs} as indices, sorted. */
export function blockingIndices(
  market: Market,
  matching: Matching,
  stability: Stability,
): [number, number][] {
  const inOrder = (found: [number, number][]): [number, number][] =>
    found.sort(([p, r], [q, s]) => p - q || r - s);
  switch (stability) {
    case "weak":
      return inOrder(wantingEachOther(market, matching, false, false));
    case "super":
      return inOrder(wantingEachOther(market, matching, true, true));
    case "strong": {
      const found = inOrder([
        ...wantingEachOther(market, matching, false, true),
        ...wantingEachOther(market, matching, true, false),
      ]);
      return found.filter(([p, r], i) => p !== found[i - 1]?.[0] || r !== found[i - 1]?.[1]);
    }
    default:
      throw new MatchingError(
        "EMRX_MATCHING_ARGUMENT",
        `stability must be "weak", "strong" or "super"; it is ${String(stability satisfies never)}.`,
      );
  }
}

function wantingEachOther(
  { proposers, reviewers }: Market,
  matching: Matching,
  proposerWeakly: boolean,
  reviewerWeakly: boolean,
): [number, number][] {
  // First whom every proposer would rather have, as rows; turned into columns: who would rather have each reviewer.
  const offsets = new Uint32Array(proposers.count + 1);
  const preferred = new Uint32Array(proposers.lists.length);
  let size = 0;
  visitPreferred(
    proposers,
    reviewers.count,
    matching.proposers,
    (p, k) => {
      preferred[size++] = proposers.lists[k] as number;
      offsets[p + 1] = size;
    },
    proposerWeakly,
  );
  for (let p = 0; p < proposers.count; p++)
    if (offsets[p + 1] === 0) offsets[p + 1] = offsets[p] as number;
  const admirers = transpose(offsets, preferred.subarray(0, size), reviewers.count);

  const found: [number, number][] = [];
  const admires = new Uint32Array(proposers.count); // admires[p] = r + 1 while the row of r is looked at
  let current = -1;
  visitPreferred(
    reviewers,
    proposers.count,
    matching.reviewers,
    (r, k) => {
      if (r !== current) {
        current = r;
        const end = admirers.offsets[r + 1] as number;
        for (let i = admirers.offsets[r] as number; i < end; i++)
          admires[admirers.partners[i] as number] = r + 1;
      }
      const p = reviewers.lists[k] as number;
      if (admires[p] === r + 1) found.push([p, r]);
    },
    reviewerWeakly,
  );
  return found;
}
