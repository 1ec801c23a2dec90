// The result of a round: for every request the offers it holds; published from both sides, so that each can check its own.
import {
  decodeMatchingBook,
  encodeMatchingBook,
  type MatchingBook,
  type PartnerSide,
} from "@emrx/chain-adapter/rounds";
import { ExchangeError } from "../errors/exchange-error.js";

/** Who was matched with whom; offers and requests are numbered in ledger order. */
export interface RoundResult {
  readonly offers: number;
  readonly requests: number;
  /** requests + 1 entries: request r holds `held[offsets[r]] ... held[offsets[r + 1] - 1]`, ascending. */
  readonly offsets: Uint32Array;
  readonly held: Uint32Array;
}

/** The result from both sides. */
export function matchingBook({ offers, offsets, held }: RoundResult): MatchingBook {
  const requesters = { offsets, partners: held };
  return { publishers: otherSide(requesters, offers), requesters };
}

/** The partners of the other side's agents, ascending. */
function otherSide({ offsets, partners }: PartnerSide, agents: number): PartnerSide {
  const ends = new Uint32Array(agents + 1);
  for (const agent of partners) ends[agent + 1] = (ends[agent + 1] ?? 0) + 1;
  for (let a = 0; a < agents; a++) ends[a + 1] = (ends[a + 1] ?? 0) + (ends[a] ?? 0);
  const next = ends.slice(0, agents);
  const transposed = new Uint32Array(partners.length);
  for (let other = 0; other + 1 < offsets.length; other++)
    for (let i = offsets[other] ?? 0; i < (offsets[other + 1] ?? 0); i++) {
      const agent = partners[i] ?? 0;
      const place = next[agent] ?? 0;
      transposed[place] = other;
      next[agent] = place + 1;
    }
  return { offsets: ends, partners: transposed };
}

/**
 * The canonical bytes of a result, as `encodeMatchingBook` of `@emrx/chain-adapter` writes them.
 *
 * @param result - offsets and held offers
 * @returns 24 bytes, 4 an offer or request, 8 a pair
 */
export function encodeRoundResult(result: RoundResult): Uint8Array<ArrayBuffer> {
  return encodeMatchingBook(matchingBook(result));
}

/**
 * Reads what {@link encodeRoundResult} wrote.
 *
 * @param bytes - a whole result
 * @returns the result, in its one canonical form
 * @throws ExchangeError `EMRX_EXCHANGE_ROUND` for any other bytes: lengths that do not add up, an offer that does not
 *   exist, a request's offers that are not strictly ascending, sides that do not agree
 */
export function decodeRoundResult(bytes: Uint8Array): RoundResult {
  let book: MatchingBook;
  try {
    book = decodeMatchingBook(bytes);
  } catch (cause) {
    throw new ExchangeError("EMRX_EXCHANGE_ROUND", `bytes: ${(cause as Error).message}`, { cause });
  }
  return roundResult(book);
}

/** The result that both sides of a matching agree on; `EMRX_EXCHANGE_ROUND` if they do not. */
export function roundResult({ publishers, requesters }: MatchingBook): RoundResult {
  const offers = publishers.offsets.length - 1;
  const { offsets, partners: held } = requesters;
  for (let r = 0; r + 1 < offsets.length; r++)
    for (let i = offsets[r] ?? 0; i < (offsets[r + 1] ?? 0); i++) {
      const offer = held[i] ?? 0;
      const previous = i === offsets[r] ? -1 : (held[i - 1] ?? 0);
      if (offer >= offers || offer <= previous)
        refuse(
          `request ${r}: expected ascending offers below ${offers}, got ${previous} then ${offer}`,
        );
    }
  const mirrored = otherSide(requesters, offers);
  const agree =
    equal(mirrored.offsets, publishers.offsets) && equal(mirrored.partners, publishers.partners);
  if (!agree) refuse("the offers hold other requests than the requests that hold them");
  return { offers, requests: offsets.length - 1, offsets, held };
}

function equal(a: Uint32Array, b: Uint32Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

function refuse(message: string): never {
  throw new ExchangeError("EMRX_EXCHANGE_ROUND", message);
}
