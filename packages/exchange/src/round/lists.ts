// From public offers and requests to the two sides' preference lists, by one stated rule that anybody can rerun.

import type { OfferBook } from "../offers/book.js";
import type { Menus } from "../offers/menus.js";
import { lotteryNumbers, pairLottery } from "./hash.js";
import type { MutualTerms, RequestTerms } from "./terms.js";

/** Preference lists in compressed rows: agent a's list is `lists[offsets[a]] ... lists[offsets[a + 1] - 1]`, best first. */
export interface PreferenceLists {
  readonly offerOffsets: Uint32Array;
  readonly offerLists: Uint32Array;
  readonly requestOffsets: Uint32Array;
  readonly requestLists: Uint32Array;
}

/**
 * The preference lists of a round.
 *
 * 1. A patient and a request are acceptable to each other when the profile admits the purpose, the price reaches the
 *    floor, the net gain is not negative and the record can tell the requester something.
 * 2. Each patient's list holds the `listLength` acceptable requests that the lottery introduces (lowest pair number),
 *    ranked by price minus privacy cost, ties by the lottery, then by ledger order.
 * 3. Each requester ranks every patient that lists it by the weighted efficiency of the profile, ties by the
 *    lottery (its first 20 bits), then by ledger order.
 *
 * @param offers - the round's offer books, in ledger order
 * @param requests - the round's requests, in ledger order
 * @param menus - the menus that the books index
 * @param terms - {@link mutualTerms} of the same menus and requests
 * @param seed - 32 bytes, drawn after offers and requests closed
 * @returns mutual lists: r is on the list of p exactly when p is on the list of r
 */
export function preferenceLists(
  offers: readonly OfferBook[],
  requests: readonly RequestTerms[],
  menus: Menus,
  terms: MutualTerms,
  seed: Uint8Array,
): PreferenceLists {
  const offerCount = offers.reduce((sum, book) => sum + book.count, 0);
  const requestNumbers = lotteryNumbers(seed, requestIds(requests), 32);
  const { listLength } = menus.document;
  const choices = new Choices(menus, requests, terms);

  const offerOffsets = new Uint32Array(offerCount + 1);
  const packed = new Uint32Array(offerCount * Math.min(listLength, requests.length));
  const profileOf = new Uint8Array(offerCount);
  const offerNumbers = new Uint32Array(offerCount);
  const lottery = new Float64Array(listLength);
  const chosen = new Uint32Array(listLength);
  const keys = new Float64Array(listLength);
  const ranked = new Uint32Array(listLength);
  let [offer, end] = [0, 0];
  for (const book of offers) {
    offerNumbers.set(lotteryNumbers(seed, book.pseudonyms, 32), offer);
    profileOf.set(book.profile, offer);
    for (let row = 0; row < book.count; row++, offer++) {
      const number = offerNumbers[offer] ?? 0;
      const profile = book.profile[row] ?? 0;
      const candidates = choices.acceptable(profile, book.floor[row] ?? 0);
      let held = 0;
      for (const request of candidates) {
        const draw = pairLottery(number, requestNumbers[request] ?? 0, INTRODUCTION);
        if (held === listLength && draw >= (lottery[held - 1] ?? 0)) continue;
        held = insert(lottery, chosen, held, listLength, draw, request);
      }
      // Rank those introduced: class of the net gain first, then the lottery.
      for (let i = 0, sorted = 0; i < held; i++) {
        const request = chosen[i] ?? 0;
        const tie = pairLottery(number, requestNumbers[request] ?? 0, PATIENT_TIE);
        const key = choices.netClass(profile, request) * 2 ** 32 + tie;
        sorted = insert(keys, ranked, sorted, listLength, key, request);
      }
      packed.set(held === listLength ? ranked : ranked.subarray(0, held), end);
      end += held;
      offerOffsets[offer + 1] = end;
    }
  }
  const offerLists = packed.slice(0, end);
  return {
    offerOffsets,
    offerLists,
    ...requestSide(
      offerOffsets,
      offerLists,
      requests.length,
      (request, offerIndex) =>
        choices.scoreClass(profileOf[offerIndex] ?? 0, request) * 2 ** 20 +
        (pairLottery(offerNumbers[offerIndex] ?? 0, requestNumbers[request] ?? 0, REQUESTER_TIE) >>>
          12),
    ),
  };
}

const INTRODUCTION = 0x1b873593;
const PATIENT_TIE = 0x2f6c4d21;
const REQUESTER_TIE = 0x5bd1e995;

/** Keeps the `capacity` smallest draws in ascending order, equal ones by item; returns how many are held now. */
function insert(
  draws: Float64Array,
  items: Uint32Array,
  held: number,
  capacity: number,
  draw: number,
  item: number,
): number {
  let place = held < capacity ? held : capacity - 1;
  for (; place > 0; place--) {
    const before = draws[place - 1] as number;
    if (before < draw || (before === draw && (items[place - 1] as number) < item)) break;
    draws[place] = before;
    items[place] = items[place - 1] as number;
  }
  draws[place] = draw;
  items[place] = item;
  return Math.min(held + 1, capacity);
}

/** The requests' lists: a transpose of the offers' lists, each row sorted by key (below 2^28) and then by ledger order. */
function requestSide(
  offerOffsets: Uint32Array,
  offerLists: Uint32Array,
  requests: number,
  key: (request: number, offer: number) => number,
): { requestOffsets: Uint32Array; requestLists: Uint32Array } {
  const requestOffsets = new Uint32Array(requests + 1);
  for (const request of offerLists)
    requestOffsets[request + 1] = (requestOffsets[request + 1] ?? 0) + 1;
  for (let r = 0; r < requests; r++)
    requestOffsets[r + 1] = (requestOffsets[r + 1] ?? 0) + (requestOffsets[r] ?? 0);
  const transposed = new Uint32Array(offerLists.length);
  const next = requestOffsets.slice(0, requests);
  for (let offer = 0; offer + 1 < offerOffsets.length; offer++)
    for (let e = offerOffsets[offer] ?? 0; e < (offerOffsets[offer + 1] ?? 0); e++) {
      const request = offerLists[e] ?? 0;
      const place = next[request] ?? 0;
      transposed[place] = offer;
      next[request] = place + 1;
    }
  const requestLists = new Uint32Array(offerLists.length);
  for (let request = 0; request < requests; request++) {
    const start = requestOffsets[request] ?? 0;
    const row = transposed.subarray(start, requestOffsets[request + 1] ?? 0);
    // Key and position share one double (28 + 24 bits), so that a native numeric sort does the work.
    const keys = new Float64Array(row.length);
    for (let i = 0; i < row.length; i++) keys[i] = key(request, row[i] ?? 0) * 2 ** 24 + i;
    keys.sort();
    for (let i = 0; i < row.length; i++)
      requestLists[start + i] = row[(keys[i] ?? 0) % 2 ** 24] ?? 0;
  }
  return { requestOffsets, requestLists };
}

function requestIds(requests: readonly RequestTerms[]): Uint8Array<ArrayBuffer> {
  const ids = new Uint8Array(32 * requests.length);
  for (const [i, { requester }] of requests.entries())
    for (let b = 0; b < 32; b++)
      ids[32 * i + b] = Number.parseInt(requester.slice(2 * b, 2 * b + 2), 16);
  return ids;
}

/** Lookups a profile: which requests it accepts at a floor, and dense classes of net gain and of score. */
class Choices {
  readonly #requests: number;
  readonly #floors: number;
  readonly #lists: Uint32Array[] = [];
  readonly #netClass: Uint32Array;
  readonly #scoreClass: Uint32Array;

  constructor(menus: Menus, requests: readonly RequestTerms[], terms: MutualTerms) {
    const profiles = menus.policies.length;
    this.#requests = requests.length;
    this.#floors = menus.priceFloors.length;
    for (let profile = 0; profile < profiles; profile++)
      for (const floor of menus.priceFloors)
        this.#lists.push(
          Uint32Array.from(requests.keys()).filter((request) => {
            const cell = profile * requests.length + request;
            return (
              terms.acceptable[cell] === 1 &&
              (requests[request]?.pricePerRecord ?? 0) >= floor &&
              (terms.net[cell] ?? 0) >= 0
            );
          }),
        );
    this.#netClass = new Uint32Array(terms.net.length);
    this.#scoreClass = new Uint32Array(terms.score.length);
    for (let profile = 0; profile < profiles; profile++) {
      const row = terms.net.subarray(profile * requests.length, (profile + 1) * requests.length);
      classes(row, (request, rank) => {
        this.#netClass[profile * requests.length + request] = rank;
      });
    }
    for (let request = 0; request < requests.length; request++) {
      const column = Float64Array.from(
        { length: profiles },
        (_, profile) => terms.score[profile * requests.length + request] ?? 0,
      );
      classes(column, (profile, rank) => {
        this.#scoreClass[profile * requests.length + request] = rank;
      });
    }
  }

  acceptable(profile: number, floor: number): Uint32Array {
    return this.#lists[profile * this.#floors + floor] ?? new Uint32Array(0);
  }

  netClass(profile: number, request: number): number {
    return this.#netClass[profile * this.#requests + request] ?? 0;
  }

  scoreClass(profile: number, request: number): number {
    return this.#scoreClass[profile * this.#requests + request] ?? 0;
  }
}

/** Dense ranks from the greatest value (0) down; equal values share one. */
function classes(values: Float64Array, assign: (index: number, rank: number) => void): void {
  const distinct = [...new Set(values)].sort((a, b) => b - a);
  const rankOf = new Map(distinct.map((value, rank) => [value, rank]));
  for (const [index, value] of values.entries()) assign(index, rankOf.get(value) ?? 0);
}
