// How anyone who took part makes an operator answer for a matching: look through what was published, prove what is wrong.
import type { ChainAdapter, Identity } from "@emrx/chain-adapter";
import type { Claim } from "@emrx/chain-adapter/calls";
import type { ContentStore } from "@emrx/chain-adapter/payload";
import {
  decodeMarketBook,
  decodeMatchingBook,
  findChallenge,
  offersRoot,
  type PublicOffers,
} from "@emrx/chain-adapter/rounds";
import { bytesToHex } from "@noble/hashes/utils.js";
import { ExchangeError } from "../errors/exchange-error.js";
import { submitCall } from "../ledger/calls.js";
import { decodeOfferBook, publicOffers } from "../offers/book.js";
import type { Menus } from "../offers/menus.js";

/** What is needed to look through a revealed round. */
export interface ChallengeOptions {
  readonly ledger: ChainAdapter;
  readonly store: ContentStore;
  readonly menus: Menus;
  /** The round's number. */
  readonly round: number;
}

/**
 * Looks for a mistake in a round's revealed matching that can be proven on the ledger: a blocking pair, an entry that is
 * omitted or altered, too many partners, one who is not on the list, one-sided, duplicate or unknown partners, an allocation
 * that is not the matching's. Whether the lists follow from the public rule is for `audit` to say: the ledger cannot.
 *
 * @param options - ledger, store, menus and round
 * @returns the claim, or undefined when nothing can be proven
 * @throws ExchangeError `EMRX_EXCHANGE_ROUND` when nothing was revealed; LedgerError `EMRX_NOT_CHALLENGEABLE` when what was
 *   published does not have the roots on the ledger, `EMRX_CONTENT_MISSING` or `EMRX_INVALID_ROUND` when it is gone or no book
 */
export async function findRoundChallenge(options: ChallengeOptions): Promise<Claim | undefined> {
  const { ledger, store, menus, round } = options;
  const matching = await ledger.view({ type: "matching.round", round });
  if (matching?.reveal === undefined)
    throw new ExchangeError("EMRX_EXCHANGE_ROUND", `round ${round}: no matching was revealed`);
  const batches = await ledger.view({ type: "trade.offers", round });
  const { profiles, priceFloors, buyers } = menus.document;
  const sizes = { profiles: profiles.length, floors: priceFloors.length, buyers: buyers.length };
  const offers = new Map<string, PublicOffers>();
  for (const batch of batches) {
    const found = publicOffers(decodeOfferBook(await store.get(batch.offers), sizes), menus);
    // A site that published other offers than it put on the ledger proves nothing against the operator.
    if (bytesToHex(offersRoot(found)) === batch.offersRoot) offers.set(batch.site, found);
  }
  return findChallenge({
    matching,
    requests: await ledger.view({ type: "trade.requests", round }),
    batches,
    offers,
    book: decodeMarketBook(await store.get(matching.reveal.inputs)),
    partners: decodeMatchingBook(await store.get(matching.reveal.matching)),
  });
}

/**
 * Looks for a provable mistake and, if there is one, refutes the matching on the ledger: the round never settles, and all
 * money in it goes back.
 *
 * @param options - ledger, store, menus, round and who signs
 * @returns the kind of claim that refuted the matching, or undefined when nothing can be proven
 * @throws as {@link findRoundChallenge}; LedgerError for a refused challenge, such as `EMRX_ALREADY_FINALIZED`
 */
export async function challengeRound(
  options: ChallengeOptions & { readonly identity: Identity },
): Promise<Claim["kind"] | undefined> {
  const claim = await findRoundChallenge(options);
  if (claim === undefined) return undefined;
  const { ledger, identity, round } = options;
  await submitCall(ledger, identity, { type: "matching.challenge", round, claim });
  return claim.kind;
}
