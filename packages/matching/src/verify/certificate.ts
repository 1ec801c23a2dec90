// A proof of stability that is smaller than the matching: one cutoff a reviewer (Azevedo and Leshno 2016).
import { MatchingError } from "../errors.js";
import { checkMarket } from "../market/check-market.js";
import { hashMarket, hashMatching, idOrder } from "../market/hash.js";
import { type Market, requireStrict } from "../market/market.js";
import { type Matching, type MatchingLike, matchingIn, matchingOfRows } from "../matching.js";
import { mutualEntries } from "../solve/cross-ranks.js";
import { atOnce } from "../steps.js";
import { blockingPairs } from "./blocking-pairs.js";
import { violationsOf } from "./verify.js";

/** A certificate of stability; plain JSON. */
export interface StabilityCertificate {
  readonly version: 1;
  /** `hashMarket` of the market. */
  readonly market: string;
  /** `hashMatching` of the matching. */
  readonly matching: string;
  /**
   * For each reviewer, in the order of ids: how many places from the top of its list it admits. All of them where it
   * has a seat left, those down to its worst partner where it is full.
   */
  readonly cutoffs: readonly number[];
}

/**
 * Certifies that a matching is stable. The certificate is one number a reviewer, and whoever has the market can check
 * it in one linear pass with {@link checkCertificate}, without solving anything.
 *
 * @param market A market with strict lists.
 * @param matching The stable matching, or its pairs.
 * @returns The certificate.
 * @throws EMRX_MATCHING_NOT_STABLE where the matching is not stable, EMRX_MATCHING_TIES where a list has ties.
 *
 * @example
 * ```ts
 * import { createMarket, solve } from "@emrx/matching";
 * import { certify } from "@emrx/matching/verify";
 *
 * const market = createMarket({
 *   proposers: { ann: { prefs: ["city"] }, bob: { prefs: ["city"] } },
 *   reviewers: { city: { prefs: ["bob", "ann"] } },
 * });
 * certify(market, solve(market)).cutoffs; // => [1]
 * ```
 */
export function certify(market: Market, matching: MatchingLike): StabilityCertificate {
  requireStrict(checkMarket(market), "certify");
  const own = matchingIn(market, matching);
  for (const { kind, agent } of violationsOf(market, own))
    throw new MatchingError(
      "EMRX_MATCHING_NOT_STABLE",
      `The matching breaks the ${kind === "quota" ? "quota" : "list"} of ${JSON.stringify(agent)}.`,
    );
  for (const pair of blockingPairs(market, matching))
    throw new MatchingError(
      "EMRX_MATCHING_NOT_STABLE",
      `The matching is blocked by ${JSON.stringify(pair)}.`,
    );
  const { reviewers } = market;
  const isPartner = new Uint32Array(market.proposers.count); // r + 1 for the partners of r
  const cutoffs = Array.from(idOrder(market, "reviewers"), (r) => {
    const row = own.reviewers.partners.subarray(
      own.reviewers.offsets[r],
      own.reviewers.offsets[r + 1],
    );
    const [start, end] = [reviewers.offsets[r] as number, reviewers.offsets[r + 1] as number];
    if (row.length < (reviewers.quotas[r] as number)) return end - start;
    for (const p of row) isPartner[p] = r + 1;
    let last = end - 1;
    while (last >= start && isPartner[reviewers.lists[last] as number] !== r + 1) last--;
    return last - start + 1;
  });
  return {
    version: 1,
    market: hashMarket(market),
    matching: hashMatching(market, matching),
    cutoffs,
  };
}

/** What {@link checkCertificate} says. */
export type CertificateCheck =
  | { readonly valid: true; readonly matching: Matching }
  | { readonly valid: false; readonly reason: string };

/**
 * Checks a certificate against a market in one linear pass, and gives the matching that it proves stable.
 *
 * Let every proposer take the best of the reviewers that admit it, up to its quota. If then no reviewer has more
 * partners than seats, and each that has fewer admits everybody, the result is stable: a reviewer that a proposer would
 * rather have does not admit it, so it is full of partners that it likes better. (Supply and demand at market-clearing
 * cutoffs.)
 *
 * @param market The market, got from where it is public; not from whoever made the certificate.
 * @param certificate The certificate, from anywhere.
 * @returns `valid` with the matching, or the reason why it is not.
 * @throws EMRX_MATCHING_TIES where a list of the market has ties.
 *
 * @example
 * ```ts
 * import { createMarket, solve } from "@emrx/matching";
 * import { certify, checkCertificate } from "@emrx/matching/verify";
 *
 * const market = createMarket({
 *   proposers: { ann: { prefs: ["city"] }, bob: { prefs: ["city"] } },
 *   reviewers: { city: { prefs: ["bob", "ann"] } },
 * });
 * const certificate = certify(market, solve(market));
 * checkCertificate(market, certificate).valid; // => true
 * checkCertificate(market, { ...certificate, cutoffs: [2] }).valid; // => false
 * ```
 */
export function checkCertificate(
  market: Market,
  certificate: StabilityCertificate,
): CertificateCheck {
  requireStrict(checkMarket(market), "checkCertificate");
  const { proposers, reviewers } = market;
  const invalid = (reason: string): CertificateCheck => ({ valid: false, reason });
  if (certificate?.version !== 1 || !Array.isArray(certificate.cutoffs))
    return invalid("It is not a certificate of version 1.");
  if (certificate.market !== hashMarket(market)) return invalid("It is of another market.");
  if (certificate.cutoffs.length !== reviewers.count)
    return invalid(
      `It has ${certificate.cutoffs.length} cutoffs for ${reviewers.count} reviewers.`,
    );
  const order = idOrder(market, "reviewers");
  const cutoffs = new Uint32Array(reviewers.count);
  for (let i = 0; i < order.length; i++) {
    const r = order[i] as number;
    const length = (reviewers.offsets[r + 1] as number) - (reviewers.offsets[r] as number);
    const cutoff = certificate.cutoffs[i] as number;
    if (!Number.isInteger(cutoff) || cutoff < 0 || cutoff > length)
      return invalid(
        `The cutoff of ${JSON.stringify(reviewers.ids[r])} is not a place in its list.`,
      );
    cutoffs[r] = cutoff;
  }

  const { entries, starts, stops } = atOnce((work) => mutualEntries(proposers, reviewers, work));
  const offsets = new Uint32Array(proposers.count + 1);
  const partners: number[] = [];
  const taken = new Uint32Array(reviewers.count);
  for (let p = 0; p < proposers.count; p++) {
    let seats = proposers.quotas[p] as number;
    for (let k = starts[p] as number; k < (stops[p] as number) && seats > 0; k++) {
      const r = entries[2 * k] as number;
      if ((entries[2 * k + 1] as number) > (cutoffs[r] as number)) continue;
      seats--;
      (taken[r] as number) += 1;
      partners.push(r);
    }
    offsets[p + 1] = partners.length;
  }
  for (let r = 0; r < reviewers.count; r++) {
    const id = JSON.stringify(reviewers.ids[r]);
    const length = (reviewers.offsets[r + 1] as number) - (reviewers.offsets[r] as number);
    if ((taken[r] as number) > (reviewers.quotas[r] as number))
      return invalid(`${id} would have ${taken[r]} partners and has ${reviewers.quotas[r]} seats.`);
    if ((taken[r] as number) < (reviewers.quotas[r] as number) && (cutoffs[r] as number) < length)
      return invalid(`${id} would have a free seat and does not admit everybody in its list.`);
  }
  const matching = matchingOfRows(market, "proposers", {
    offsets,
    partners: Uint32Array.from(partners),
  });
  if (certificate.matching !== hashMatching(market, matching))
    return invalid("Its cutoffs lead to another matching than the one it names.");
  return { valid: true, matching };
}
