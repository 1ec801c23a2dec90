// Canonical hashes of a market and of a matching, for the ledger: equal content gives equal hashes, whatever the
// order in which agents or pairs are held.
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { type MatchingLike, matchingIn } from "../matching.js";
import { checkMarket } from "./check-market.js";
import { type Market, otherSide, type SideName, type TwoSided } from "./market.js";

/**
 * The canonical hash of a market: SHA-256 of a version line and, for the proposers and then the reviewers, the
 * number of agents and, in the order of their ids (by UTF-16 code units), each agent's id, quota, list and ties. A list
 * is written as places in the sorted ids of the other side. Numbers are 32-bit big-endian; ids are UTF-8 with their
 * length before them.
 *
 * @param market The market.
 * @returns 64 hexadecimal digits.
 *
 * @example
 * ```ts
 * import { createMarket } from "@emrx/matching";
 * import { hashMarket } from "@emrx/matching/market";
 *
 * const ann = { id: "ann", prefs: ["city"] };
 * const bob = { id: "bob", prefs: ["city"] };
 * const reviewers = { city: { prefs: ["ann", "bob"] } };
 * const hash = hashMarket(createMarket({ proposers: [ann, bob], reviewers }));
 * hash === hashMarket(createMarket({ proposers: [bob, ann], reviewers })); // => true
 * ```
 */
export function hashMarket(market: Market): string {
  checkMarket(market);
  const orders = {
    proposers: idOrder(market, "proposers"),
    reviewers: idOrder(market, "reviewers"),
  };
  const places = { proposers: inverse(orders.proposers), reviewers: inverse(orders.reviewers) };
  const writer = hashWriter("emrx/matching/market/v1");
  for (const name of ["proposers", "reviewers"] as const) {
    const side = market[name];
    const placeOf = places[otherSide(name)];
    writer.number(side.count);
    for (const a of orders[name]) {
      const start = side.offsets[a] as number;
      const end = side.offsets[a + 1] as number;
      writer.text(side.ids[a] as string);
      writer.number(side.quotas[a] as number);
      writer.number(end - start);
      if (!side.tiers) {
        for (let k = start; k < end; k++) writer.number(placeOf[side.lists[k] as number] as number);
        continue;
      }
      // The order within a tie means nothing, so it is written sorted; a tier's size goes before its entries.
      for (let from = start; from < end; ) {
        let to = from + 1;
        while (to < end && side.tiers[to] === side.tiers[from]) to++;
        const tied = side.lists.slice(from, to).map((b) => placeOf[b] as number);
        writer.number(0xffffffff - (to - from));
        for (const place of tied.sort()) writer.number(place);
        from = to;
      }
    }
  }
  return writer.digest();
}

/**
 * The canonical hash of a matching: SHA-256 of a version line, the number of pairs, and, for every proposer that has
 * partners, in the order of the ids, its id, how many partners it has, and their ids in order.
 *
 * @param market The market whose ids the matching names.
 * @param matching The matching, or its pairs.
 * @returns 64 hexadecimal digits.
 * @throws EMRX_MATCHING_UNKNOWN_ID where the matching names an agent that the market does not have.
 *
 * @example
 * ```ts
 * import { createMarket, solve } from "@emrx/matching";
 * import { hashMatching } from "@emrx/matching/market";
 *
 * const market = createMarket({
 *   proposers: { ann: { prefs: ["city"] } },
 *   reviewers: { city: { prefs: ["ann"] } },
 * });
 * hashMatching(market, solve(market)) === hashMatching(market, [["ann", "city"]]); // => true
 * ```
 */
export function hashMatching(market: Market, matching: MatchingLike): string {
  const own = matchingIn(market, matching);
  const { offsets, partners } = own.proposers;
  const reviewerPlaces = inverse(idOrder(market, "reviewers"));
  const writer = hashWriter("emrx/matching/matching/v1");
  writer.number(own.size);
  for (const p of idOrder(market, "proposers")) {
    const row = partners.slice(offsets[p], offsets[p + 1]);
    if (row.length === 0) continue;
    writer.text(market.proposers.ids[p] as string);
    writer.number(row.length);
    row.sort((a, b) => (reviewerPlaces[a] as number) - (reviewerPlaces[b] as number));
    for (const r of row) writer.text(market.reviewers.ids[r] as string);
  }
  return writer.digest();
}

/** The indices of one side's agents in the order of their ids. */
export function idOrder(market: TwoSided, side: SideName): Uint32Array {
  const { ids, count } = market[side];
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  const before = (a: number, b: number): boolean => (ids[a] as string) < (ids[b] as string);
  for (let i = 1; i < count; i++)
    if (!before(i - 1, i)) return order.sort((a, b) => (before(a, b) ? -1 : before(b, a) ? 1 : 0));
  return order;
}

/** Where each index stands in an order. */
export function inverse(order: Uint32Array): Uint32Array {
  const places = new Uint32Array(order.length);
  for (let i = 0; i < order.length; i++) places[order[i] as number] = i;
  return places;
}

/** Feeds a hash through a buffer, since hashing four bytes at a time would be slow. */
export function hashWriter(version: string): {
  /** 32 bits. */
  number(value: number): void;
  /** 64 bits; whole numbers below 2^53. */
  wide(value: number): void;
  text(value: string): void;
  digest(): string;
} {
  const hash = sha256.create();
  const encoder = new TextEncoder();
  const bytes = new Uint8Array(1 << 16);
  const view = new DataView(bytes.buffer);
  let used = 0;
  const flush = (): void => {
    hash.update(bytes.subarray(0, used));
    used = 0;
  };
  const number = (value: number): void => {
    if (used + 4 > bytes.length) flush();
    view.setUint32(used, value);
    used += 4;
  };
  const text = (value: string): void => {
    const most = 4 + 3 * value.length; // UTF-8 takes at most three bytes for a code unit
    if (used + most > bytes.length) flush();
    if (most > bytes.length) {
      const encoded = encoder.encode(value);
      number(encoded.length);
      flush();
      hash.update(encoded);
      return;
    }
    const { written } = encoder.encodeInto(value, bytes.subarray(used + 4));
    number(written);
    used += written;
  };
  text(version);
  return {
    number,
    wide(value) {
      number(Math.floor(value / 2 ** 32));
      number(value % 2 ** 32);
    },
    text,
    digest() {
      flush();
      return bytesToHex(hash.digest());
    },
  };
}
