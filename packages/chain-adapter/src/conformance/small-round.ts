// A round small enough to say by hand what is wrong with it, with real trees behind it.

import { toHex } from "@emrx/internal/bytes";
import type { Claim } from "../codec/calls.js";
import { fromHex } from "../codec/hex.js";
import {
  commitPartners,
  commitRound,
  findChallenge,
  type MarketBook,
  type MatchingBook,
  offersRoot,
} from "../rounds.js";
import { check, type Market } from "./market.js";

/**
 * Plays a round to the reveal in which siteA offers two publishers, and labX, who takes one and likes the second better,
 * gets the one of this number. Gives what a challenger finds wrong.
 */
export async function revealSmall(market: Market, given: number): Promise<Claim | undefined> {
  const ids = Uint8Array.from({ length: 64 }, (_, i) => 1 + Math.floor(i / 32));
  const quotas = Uint32Array.of(1, 1);
  const offers = { ids, quotas, terms: new Uint32Array(2), leaves: new Uint8Array(64) };
  const book: MarketBook = {
    publishers: { ids, quotas, offsets: Uint32Array.of(0, 1, 2), lists: Uint32Array.of(0, 0) },
    requesters: {
      ids: fromHex(market.key("labX")),
      quotas: Uint32Array.of(1),
      offsets: Uint32Array.of(0, 2),
      lists: Uint32Array.of(1, 0),
    },
  };
  const partners: MatchingBook = {
    publishers: {
      offsets: given === 0 ? Uint32Array.of(0, 1, 1) : Uint32Array.of(0, 0, 1),
      partners: Uint32Array.of(0),
    },
    requesters: { offsets: Uint32Array.of(0, 1), partners: Uint32Array.of(given) },
  };
  const root = toHex(offersRoot(offers));
  await market.send("siteA", market.offer({ count: 2, offersRoot: root }));
  await market.send("labX", market.request({ quota: 1 }));
  const committed = commitRound(book);
  const inputs = { inputsRoot: toHex(committed.root), inputsCount: committed.count };
  await market.send("operator", market.commit(inputs));
  const allocation = {
    sites: [market.key("siteA")],
    requesters: [market.key("labX")],
    counts: [[1]],
  };
  const matchingRoot = toHex(commitPartners(book, partners));
  await market.send("operator", market.reveal({ ...inputs, matchingRoot, pairs: 1, allocation }));
  const matching = await market.ledger.view({ type: "matching.round", round: 1 });
  check(matching !== null, "the round is not there");
  const requests = await market.ledger.view({ type: "trade.requests", round: 1 });
  const batches = await market.ledger.view({ type: "trade.offers", round: 1 });
  const published = new Map([[market.key("siteA"), offers]]);
  return findChallenge({ matching, requests, batches, offers: published, book, partners });
}
