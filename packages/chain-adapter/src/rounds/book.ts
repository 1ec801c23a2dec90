// What an operator publishes at the reveal, so that anyone can check it: all agents with their lists, and who was matched
// with whom, from both sides. Agents are numbered within their side, in the ledger's order.
import { LedgerError } from "../errors.js";

/** One side of a round's market. */
export interface MarketSide {
  /** Pseudonyms of publishers, public keys of requesters: 32 bytes an agent. */
  readonly ids: Uint8Array<ArrayBuffer>;
  /** How many partners each takes at most. */
  readonly quotas: Uint32Array;
  /** One more than there are agents: agent a's list is `lists[offsets[a]]` to `lists[offsets[a + 1] - 1]`. */
  readonly offsets: Uint32Array;
  /** Numbers of agents of the other side, best first. */
  readonly lists: Uint32Array;
}

/** The inputs of a matching. */
export interface MarketBook {
  readonly publishers: MarketSide;
  readonly requesters: MarketSide;
}

/** One side of a matching. */
export interface PartnerSide {
  /** One more than there are agents. */
  readonly offsets: Uint32Array;
  /** Numbers of agents of the other side, ascending for each agent. */
  readonly partners: Uint32Array;
}

/** A matching as each side has it. In an honest one they agree. */
export interface MatchingBook {
  readonly publishers: PartnerSide;
  readonly requesters: PartnerSide;
}

const INPUTS = "EMRXRI2\n";
const MATCHING = "EMRXRM2\n";

/**
 * The bytes of a book: `"EMRXRI2\n"` and then, for publishers and requesters, how many agents and list entries, ids, quotas,
 * ends of the lists, lists; numbers are 4 bytes, little endian.
 *
 * @param book the inputs of a matching
 * @returns 24 bytes, 40 an agent and 4 a list entry
 * @throws LedgerError `EMRX_INVALID_ROUND` if columns differ in length
 * @example
 * ```ts
 * import { decodeMarketBook, encodeMarketBook } from "@emrx/chain-adapter/rounds";
 *
 * const side = { ids: new Uint8Array(32), quotas: Uint32Array.of(1), offsets: Uint32Array.of(0, 1), lists: Uint32Array.of(0) };
 * const book = { publishers: side, requesters: side };
 * decodeMarketBook(encodeMarketBook(book)); // => book
 * ```
 */
export function encodeMarketBook(book: MarketBook): Uint8Array<ArrayBuffer> {
  requireMarket(book);
  const parts = [book.publishers, book.requesters].flatMap(({ ids, quotas, offsets, lists }) => [
    Uint32Array.of(quotas.length, lists.length),
    ids,
    quotas,
    offsets.subarray(1),
    lists,
  ]);
  return joined(INPUTS, parts);
}

/**
 * Reads what `encodeMarketBook` wrote. It checks the form only: whether the lists are right is what challenges are about.
 *
 * @param bytes a whole book
 * @returns the book
 * @throws LedgerError `EMRX_INVALID_ROUND` for any other bytes
 * @example
 * ```ts
 * import { decodeMarketBook } from "@emrx/chain-adapter/rounds";
 *
 * decodeMarketBook(new Uint8Array(8)); // throws EMRX_INVALID_ROUND
 * ```
 */
export function decodeMarketBook(bytes: Uint8Array): MarketBook {
  const read = reader(INPUTS, bytes);
  const side = (): MarketSide => {
    const [agents, entries] = read.numbers(2) as unknown as [number, number];
    const ids = read.bytes(32 * agents);
    const quotas = read.numbers(agents);
    const offsets = read.offsets(agents, entries);
    return { ids, quotas, offsets, lists: read.numbers(entries) };
  };
  const book = { publishers: side(), requesters: side() };
  read.end();
  return book;
}

/**
 * The bytes of a matching: `"EMRXRM2\n"` and then, for publishers and requesters, how many agents and partners, ends of the
 * rows, partners; numbers are 4 bytes, little endian.
 *
 * @param book a matching from both sides
 * @returns 24 bytes, 4 an agent and 4 a partner
 * @throws LedgerError `EMRX_INVALID_ROUND` if offsets and partners do not go together
 * @example
 * ```ts
 * import { decodeMatchingBook, encodeMatchingBook } from "@emrx/chain-adapter/rounds";
 *
 * const side = { offsets: Uint32Array.of(0, 1), partners: Uint32Array.of(0) };
 * const book = { publishers: side, requesters: side };
 * decodeMatchingBook(encodeMatchingBook(book)); // => book
 * ```
 */
export function encodeMatchingBook(book: MatchingBook): Uint8Array<ArrayBuffer> {
  const parts = [book.publishers, book.requesters].flatMap(({ offsets, partners }) => {
    requireRows(offsets, partners);
    return [Uint32Array.of(offsets.length - 1, partners.length), offsets.subarray(1), partners];
  });
  return joined(MATCHING, parts);
}

/**
 * Reads what `encodeMatchingBook` wrote. It checks the form only.
 *
 * @param bytes a whole matching
 * @returns the matching
 * @throws LedgerError `EMRX_INVALID_ROUND` for any other bytes
 * @example
 * ```ts
 * import { decodeMatchingBook } from "@emrx/chain-adapter/rounds";
 *
 * decodeMatchingBook(new Uint8Array(8)); // throws EMRX_INVALID_ROUND
 * ```
 */
export function decodeMatchingBook(bytes: Uint8Array): MatchingBook {
  const read = reader(MATCHING, bytes);
  const side = (): PartnerSide => {
    const [agents, entries] = read.numbers(2) as unknown as [number, number];
    return { offsets: read.offsets(agents, entries), partners: read.numbers(entries) };
  };
  const book = { publishers: side(), requesters: side() };
  read.end();
  return book;
}

function refuse(problem: string): never {
  throw new LedgerError("EMRX_INVALID_ROUND", `${problem}.`);
}

/** Throws unless rows of entries go with their offsets, and there are as many as said. */
export function requireRows(
  offsets: Uint32Array,
  entries: Uint32Array,
  rows: number = offsets.length - 1,
): void {
  let before = 0;
  for (const end of offsets) {
    if (end < before) refuse(`offsets go back from ${before} to ${end}`);
    before = end;
  }
  if (offsets[0] !== 0 || before !== entries.length || offsets.length !== rows + 1)
    refuse(
      `offsets must go from 0 to ${entries.length} in ${rows} rows; they go to ${before} in ${offsets.length - 1}`,
    );
}

/** Throws unless the columns of both sides go together. */
export function requireMarket({ publishers, requesters }: MarketBook): void {
  for (const { ids, quotas, offsets, lists } of [publishers, requesters]) {
    requireRows(offsets, lists, quotas.length);
    if (ids.length !== 32 * quotas.length)
      refuse(`${quotas.length} agents have ids of ${32 * quotas.length} bytes, not ${ids.length}`);
  }
}

function joined(
  magic: string,
  parts: readonly (Uint8Array | Uint32Array)[],
): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.byteLength, magic.length);
  const bytes = new Uint8Array(length);
  bytes.set(new TextEncoder().encode(magic));
  const view = new DataView(bytes.buffer);
  let at = magic.length;
  for (const part of parts) {
    if (part instanceof Uint8Array) bytes.set(part, at);
    else for (let i = 0; i < part.length; i++) view.setUint32(at + 4 * i, part[i] as number, true);
    at += part.byteLength;
  }
  return bytes;
}

function reader(magic: string, bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = magic.length;
  const take = (length: number): number => {
    if (at + length > bytes.length) refuse(`${length} bytes expected at ${at} of ${bytes.length}`);
    at += length;
    return at - length;
  };
  if (new TextDecoder().decode(bytes.subarray(0, at)) !== magic)
    refuse(`the bytes do not begin with ${JSON.stringify(magic)}`);
  const numbers = (count: number): Uint32Array => {
    const start = take(4 * count);
    const found = new Uint32Array(count);
    for (let i = 0; i < count; i++) found[i] = view.getUint32(start + 4 * i, true);
    return found;
  };
  return {
    numbers,
    bytes(length: number): Uint8Array<ArrayBuffer> {
      const start = take(length);
      return bytes.slice(start, start + length);
    },
    offsets(agents: number, entries: number): Uint32Array {
      const ends = numbers(agents);
      const offsets = new Uint32Array(agents + 1);
      offsets.set(ends, 1);
      let before = 0;
      for (const end of offsets) {
        if (end < before || end > entries) refuse(`rows end at ${end} after ${before}`);
        before = end;
      }
      if (before !== entries) refuse(`rows end at ${before}, ${entries} entries are stated`);
      return offsets;
    },
    end(): void {
      if (at !== bytes.length) refuse(`${bytes.length - at} bytes too many`);
    },
  };
}
