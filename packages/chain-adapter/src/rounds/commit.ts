// The two roots of a round: over the inputs and over the matching. One pass with no object per agent, since a round may
// have hundreds of thousands of them.
import { BLOCK_PAIRS } from "../codec/claim-shapes.js";
import {
  INPUT_LEAF,
  OFFER_LEAF,
  PARTNERS_LEAF,
  PUBLISHER,
  REQUESTER,
} from "../contracts/challenge/leaves.js";
import { merkleRoot } from "../merkle/root.js";
import { sha256, sha256Into } from "../merkle/sha256.js";
import {
  type MarketBook,
  type MarketSide,
  type MatchingBook,
  type PartnerSide,
  requireMarket,
  requireRows,
} from "./book.js";

/** A rank that no list has: the agent is not on it. */
export const NO_RANK = 0xffff_ffff;

/** Lists or partners as pairs of numbers and ranks, row by row. */
export interface PairRows {
  readonly offsets: Uint32Array;
  /** Number, rank, number, rank, ... */
  readonly pairs: Uint32Array;
}

/** Each agent's list with the rank that the other gives the agent. */
export function listPairs({ publishers, requesters }: MarketBook): {
  readonly publishers: PairRows;
  readonly requesters: PairRows;
} {
  const rows = ({ offsets, lists }: MarketSide): PairRows => {
    const pairs = new Uint32Array(2 * lists.length).fill(NO_RANK);
    for (let e = 0; e < lists.length; e++) pairs[2 * e] = lists[e] as number;
    return { offsets, pairs };
  };
  const [mine, theirs] = [rows(publishers), rows(requesters)];
  for (let r = 0; r + 1 < requesters.offsets.length; r++) {
    const start = requesters.offsets[r] as number;
    for (let e = start; e < (requesters.offsets[r + 1] as number); e++) {
      const publisher = requesters.lists[e] as number;
      const first = publishers.offsets[publisher] as number;
      const at = indexIn(publishers.lists, first, publishers.offsets[publisher + 1] ?? 0, r);
      if (at < 0) continue;
      mine.pairs[2 * at + 1] = e - start;
      theirs.pairs[2 * e + 1] = at - first;
    }
  }
  return { publishers: mine, requesters: theirs };
}

/** Each agent's partners with the rank that the agent gives them. */
export function partnerPairs(
  book: MatchingBook,
  lists: { readonly publishers: PairRows; readonly requesters: PairRows },
): { readonly publishers: PairRows; readonly requesters: PairRows } {
  for (const side of ["publishers", "requesters"] as const)
    requireRows(book[side].offsets, book[side].partners, lists[side].offsets.length - 1);
  const { offsets, pairs } = lists.publishers;
  /** Entry of the publisher's list that names the requester, or -1. */
  const entry = (publisher: number, requester: number): number => {
    for (let e = offsets[publisher] as number; e < (offsets[publisher + 1] ?? 0); e++)
      if (pairs[2 * e] === requester) return e;
    return -1;
  };
  const rows = (
    { offsets: ends, partners }: PartnerSide,
    rank: (agent: number, partner: number) => number,
  ): PairRows => {
    const found = new Uint32Array(2 * partners.length);
    for (let a = 0; a + 1 < ends.length; a++)
      for (let k = ends[a] as number; k < (ends[a + 1] as number); k++) {
        const partner = partners[k] as number;
        found[2 * k] = partner;
        found[2 * k + 1] = rank(a, partner);
      }
    return { offsets: ends, pairs: found };
  };
  return {
    publishers: rows(book.publishers, (publisher, requester) => {
      const e = entry(publisher, requester);
      return e < 0 ? NO_RANK : e - (offsets[publisher] as number);
    }),
    requesters: rows(book.requesters, (requester, publisher) => {
      const e = entry(publisher, requester);
      return e < 0 ? NO_RANK : (pairs[2 * e + 1] as number);
    }),
  };
}

function indexIn(values: Uint32Array, from: number, to: number, value: number): number {
  for (let i = from; i < to; i++) if (values[i] === value) return i;
  return -1;
}

/** One byte and eight a pair of a block. */
const scratch: Uint8Array = /* @__PURE__ */ new Uint8Array(513);

/** The leaf hashes of the blocks of one row, laid end to end. */
export function blockLeaves({ offsets, pairs }: PairRows, row: number): Uint8Array<ArrayBuffer> {
  const [from, to] = [offsets[row] as number, offsets[row + 1] as number];
  const blocks = Math.ceil((to - from) / BLOCK_PAIRS);
  const leaves = new Uint8Array(32 * blocks);
  for (let b = 0; b < blocks; b++)
    hashBlock(
      pairs,
      from + b * BLOCK_PAIRS,
      Math.min(to, from + (b + 1) * BLOCK_PAIRS),
      leaves,
      32 * b,
    );
  return leaves;
}

function hashBlock(
  pairs: Uint32Array,
  from: number,
  to: number,
  out: Uint8Array,
  outOffset: number,
): void {
  let at = 1;
  for (let i = 2 * from; i < 2 * to; i++, at += 4) writeUint32(scratch, at, pairs[i] as number);
  scratch[0] = 0;
  sha256Into(scratch, 0, at, out, outOffset);
}

function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

const nothing = (): Uint8Array<ArrayBuffer> => sha256(new Uint8Array());

/** Writes the root of one row to `out`. */
function rowRoot(rows: PairRows, row: number, out: Uint8Array, outOffset: number): void {
  const [from, to] = [rows.offsets[row] as number, rows.offsets[row + 1] as number];
  if (from === to) out.set(nothing(), outOffset);
  else if (to - from <= BLOCK_PAIRS) hashBlock(rows.pairs, from, to, out, outOffset);
  else out.set(merkleRoot(blockLeaves(rows, row)), outOffset);
}

/** The leaves of the inputs tree, laid end to end. */
export function inputLeaves(
  book: MarketBook,
  lists: { readonly publishers: PairRows; readonly requesters: PairRows },
): Uint8Array<ArrayBuffer> {
  const total = book.publishers.quotas.length + book.requesters.quotas.length;
  const leaves = new Uint8Array(32 * total);
  const leaf = new Uint8Array(1 + INPUT_LEAF);
  let out = 0;
  for (const [side, agents, rows] of [
    [PUBLISHER, book.publishers, lists.publishers],
    [REQUESTER, book.requesters, lists.requesters],
  ] as const) {
    leaf[1] = side;
    for (let a = 0; a < agents.quotas.length; a++, out += 32) {
      for (let b = 0; b < 32; b++) leaf[2 + b] = agents.ids[32 * a + b] as number;
      writeUint32(leaf, 34, agents.quotas[a] as number);
      writeUint32(leaf, 38, (rows.offsets[a + 1] as number) - (rows.offsets[a] as number));
      rowRoot(rows, a, leaf, 42);
      sha256Into(leaf, 0, leaf.length, leaves, out);
    }
  }
  return leaves;
}

/** The leaves of the matching tree, laid end to end. */
export function partnerLeaves(partners: {
  readonly publishers: PairRows;
  readonly requesters: PairRows;
}): Uint8Array<ArrayBuffer> {
  const sides = [partners.publishers, partners.requesters];
  const total = sides.reduce((sum, { offsets }) => sum + offsets.length - 1, 0);
  const leaves = new Uint8Array(32 * total);
  const leaf = new Uint8Array(1 + PARTNERS_LEAF);
  let out = 0;
  for (const rows of sides)
    for (let a = 0; a + 1 < rows.offsets.length; a++, out += 32) {
      writeUint32(leaf, 1, (rows.offsets[a + 1] as number) - (rows.offsets[a] as number));
      rowRoot(rows, a, leaf, 5);
      sha256Into(leaf, 0, leaf.length, leaves, out);
    }
  return leaves;
}

/**
 * What an operator commits to before anything is revealed: the root over all agents with their lists, and how many they are.
 *
 * @param book the inputs: publishers by site and index, then requesters by public key, as the ledger orders them
 * @returns root, 32 bytes, and count for `matching.commit`
 * @throws LedgerError `EMRX_INVALID_ROUND` if columns differ in length
 * @see RFC 6962 section 2.1
 * @example
 * ```ts
 * import { commitRound } from "@emrx/chain-adapter/rounds";
 *
 * const side = { ids: new Uint8Array(32), quotas: Uint32Array.of(1), offsets: Uint32Array.of(0, 1), lists: Uint32Array.of(0) };
 * commitRound({ publishers: side, requesters: side }).count; // => 2
 * ```
 */
export function commitRound(book: MarketBook): {
  readonly root: Uint8Array<ArrayBuffer>;
  readonly count: number;
} {
  requireMarket(book);
  const leaves = inputLeaves(book, listPairs(book));
  return { root: merkleRoot(leaves), count: leaves.length / 32 };
}

/**
 * The root over a matching, one leaf an agent at the same place as in the inputs.
 *
 * @param book the inputs
 * @param matching who was matched with whom, from both sides
 * @returns root, 32 bytes, for `matching.reveal`
 * @throws LedgerError `EMRX_INVALID_ROUND` if the matching has other agents than the inputs
 * @see RFC 6962 section 2.1
 * @example
 * ```ts
 * import { commitPartners } from "@emrx/chain-adapter/rounds";
 *
 * const side = { ids: new Uint8Array(32), quotas: Uint32Array.of(1), offsets: Uint32Array.of(0, 1), lists: Uint32Array.of(0) };
 * const pair = { offsets: Uint32Array.of(0, 1), partners: Uint32Array.of(0) };
 * commitPartners({ publishers: side, requesters: side }, { publishers: pair, requesters: pair }).length; // => 32
 * ```
 */
export function commitPartners(book: MarketBook, matching: MatchingBook): Uint8Array<ArrayBuffer> {
  return merkleRoot(partnerLeaves(partnerPairs(matching, listPairs(book))));
}

/** The public offers of a batch, column by column; row i is leaf i of the batch. */
export interface PublicOffers {
  /** Pseudonyms, 32 bytes each. */
  readonly ids: Uint8Array;
  /** How many requesters each sells to at most. */
  readonly quotas: Uint32Array;
  /** Other menu choices, packed by the application. */
  readonly terms: Uint32Array;
  /** Hashes of the report leaves, 32 bytes each. */
  readonly leaves: Uint8Array;
}

/** The leaves of the tree over public offers, laid end to end. */
export function offerLeaves({ ids, quotas, terms, leaves }: PublicOffers): Uint8Array<ArrayBuffer> {
  const hashes = new Uint8Array(32 * quotas.length);
  const leaf = new Uint8Array(1 + OFFER_LEAF);
  for (let i = 0; i < quotas.length; i++) {
    for (let b = 0; b < 32; b++) {
      leaf[1 + b] = ids[32 * i + b] as number;
      leaf[41 + b] = leaves[32 * i + b] as number;
    }
    writeUint32(leaf, 33, quotas[i] as number);
    writeUint32(leaf, 37, terms[i] as number);
    sha256Into(leaf, 0, leaf.length, hashes, 32 * i);
  }
  return hashes;
}

/**
 * The root over the public offers of a batch, for `trade.offerBatch`: what the ledger holds an operator's inputs against.
 *
 * @param offers columns of one length
 * @returns 32 bytes
 * @see RFC 6962 section 2.1
 * @example
 * ```ts
 * import { offersRoot } from "@emrx/chain-adapter/rounds";
 *
 * const [ids, leaves] = [new Uint8Array(32), new Uint8Array(32)];
 * offersRoot({ ids, quotas: Uint32Array.of(1), terms: Uint32Array.of(0), leaves }).length; // => 32
 * ```
 */
export function offersRoot(offers: PublicOffers): Uint8Array<ArrayBuffer> {
  return merkleRoot(offerLeaves(offers));
}
