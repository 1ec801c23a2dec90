// A matching round, run by its operator: close and commit the inputs, draw the seed, match, reveal, finalize.
import type { ChainAdapter, Identity } from "@emrx/chain-adapter";
import type { Allocation } from "@emrx/chain-adapter/calls";
import { seedCommitment } from "@emrx/chain-adapter/contracts";
import { partyId } from "@emrx/chain-adapter/identity";
import type { ContentStore } from "@emrx/chain-adapter/payload";
import {
  commitPartners,
  commitRound,
  encodeMarketBook,
  encodeMatchingBook,
} from "@emrx/chain-adapter/rounds";
import type { Schema } from "@emrx/ldp-core";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { ExchangeError } from "../errors/exchange-error.js";
import { submitCall } from "../ledger/calls.js";
import { decodeOfferBook, type OfferBook } from "../offers/book.js";
import type { Menus } from "../offers/menus.js";
import { factsRoot, type RoundInputs, readInputs, requestTerms } from "./inputs.js";
import { marketBook, roundMarket, solveRound } from "./match.js";
import { matchingBook, type RoundResult } from "./result.js";

/** What an operator needs to run a round. */
export interface RoundOptions {
  readonly ledger: ChainAdapter;
  readonly store: ContentStore;
  readonly schema: Schema;
  readonly menus: Menus;
  /** Signs commit, reveal and finalize. */
  readonly operator: Identity;
  /** The round's number, from 1. */
  readonly round: number;
  /** 32 secret bytes, drawn now; the platform's random bytes by default. Give them only to repeat a run. */
  readonly seed?: Uint8Array;
  readonly signal?: AbortSignal;
}

/** A round as its operator leaves it. */
export interface Round {
  readonly round: number;
  readonly inputs: RoundInputs;
  readonly result: RoundResult;
  /** How many patients nobody bought from, and how many requesters got nothing. */
  readonly unmatchedOffers: number;
  readonly unmatchedRequests: number;
}

/**
 * Publishes the issuer key of a round before it begins: from then on, offering and requesting take a token of that issuer.
 *
 * @param options - ledger, operator, the round's number and the issuer's key
 * @throws LedgerError `EMRX_ROUND_STARTED` if somebody has joined the round, `EMRX_ISSUER_KEY` for a key that is none
 */
export async function openRound({
  ledger,
  operator,
  round,
  issuerKey,
}: Pick<RoundOptions, "ledger" | "operator" | "round"> & {
  readonly issuerKey: Uint8Array;
}): Promise<void> {
  await submitCall(ledger, operator, {
    type: "trade.openRound",
    round,
    issuerKey: bytesToHex(issuerKey),
  });
}

/**
 * Runs a round from its open offers and requests to the finalized matching, for ledgers with a challenge window of 0.
 *
 * @param options - ledger, store, schema, menus, operator and the round's number
 * @returns the finalized round
 * @throws as {@link revealRound} and {@link finalizeRound}
 */
export async function runRound(options: RoundOptions): Promise<Round> {
  const round = await revealRound(options);
  await finalizeRound(options);
  return round;
}

/**
 * Closes the challenge window of a revealed round. Anyone may.
 *
 * @param options - ledger, who signs, and the round's number
 * @throws LedgerError `EMRX_CHALLENGE_OPEN` while the window is open, `EMRX_MATCHING_REFUTED` if a challenge was proven
 */
export async function finalizeRound({
  ledger,
  operator,
  round,
}: Pick<RoundOptions, "ledger" | "operator" | "round">): Promise<void> {
  await submitCall(ledger, operator, { type: "matching.finalize", round });
}

/**
 * Runs a round from its open offers and requests to the revealed matching.
 *
 * The tie-breaking seed is SHA-256 of the root over the offers and requests on the ledger and the operator's secret seed.
 * Before anything is known to anybody else, the operator commits to that secret and to every list that follows from it; then
 * anyone can prove on the ledger that a revealed matching does not go with them (`challengeRound`).
 *
 * @param options - ledger, store, schema, menus, operator and the round's number
 * @returns the revealed round
 * @throws ExchangeError `EMRX_EXCHANGE_ROUND` when there is nothing to match or offers do not fit schema and menus;
 *   LedgerError for a refused call
 */
export async function revealRound(options: RoundOptions): Promise<Round> {
  const { ledger, store, schema, menus, operator, round, signal } = options;
  const secret = options.seed ?? crypto.getRandomValues(new Uint8Array(32));
  const nonce = crypto.getRandomValues(new Uint8Array(32));
  const inputs = await readInputs(ledger, round, schema, menus);
  const books = await readBooks(store, menus, inputs);
  const seed = roundSeed(factsRoot(inputs), secret);
  const book = marketBook(schema, menus, books, requestTerms(inputs), seed);
  const { root, count: inputsCount } = commitRound(book);
  const inputsRoot = bytesToHex(root);
  const signer = partyId(operator);
  await submitCall(ledger, operator, {
    type: "matching.commit",
    round,
    inputsRoot,
    inputsCount,
    seedCommitment: seedCommitment({
      ledger: ledger.id,
      round,
      // Its name, where this key has followed another.
      operator: (await ledger.view({ type: "identity.party", key: signer })) ?? signer,
      seed: bytesToHex(secret),
      nonce: bytesToHex(nonce),
    }),
  });
  signal?.throwIfAborted();
  const matching = solveRound(roundMarket(book));
  const result: RoundResult = {
    offers: matching.proposers.offsets.length - 1,
    requests: inputs.requests.length,
    offsets: matching.reviewers.offsets,
    held: matching.reviewers.partners,
  };
  const partners = matchingBook(result);
  signal?.throwIfAborted();
  await submitCall(ledger, operator, {
    type: "matching.reveal",
    round,
    inputs: await store.put(encodeMarketBook(book)),
    inputsRoot,
    inputsCount,
    seed: bytesToHex(secret),
    nonce: bytesToHex(nonce),
    matching: await store.put(encodeMatchingBook(partners)),
    matchingRoot: bytesToHex(commitPartners(book, partners)),
    pairs: matching.size,
    allocation: allocation(inputs, result),
  });
  return {
    round,
    inputs,
    result,
    unmatchedOffers: emptyRows(matching.proposers.offsets),
    unmatchedRequests: emptyRows(matching.reviewers.offsets),
  };
}

/** The tie-breaking seed: nobody knows it before the inputs are closed. */
export function roundSeed(facts: Uint8Array, secret: Uint8Array): Uint8Array<ArrayBuffer> {
  const domain = new TextEncoder().encode("emrx/round-seed/1");
  const bytes = new Uint8Array(domain.length + facts.length + secret.length);
  bytes.set(domain);
  bytes.set(facts, domain.length);
  bytes.set(secret, domain.length + facts.length);
  return sha256(bytes);
}

/** The offer books of the inputs, in order, each as long as its site stated. */
export async function readBooks(
  store: ContentStore,
  menus: Menus,
  inputs: RoundInputs,
): Promise<OfferBook[]> {
  const { profiles, priceFloors, buyers } = menus.document;
  const sizes = { profiles: profiles.length, floors: priceFloors.length, buyers: buyers.length };
  const books: OfferBook[] = [];
  for (const { site, offers, count } of inputs.offers) {
    const book = decodeOfferBook(await store.get(offers), sizes);
    if (book.count !== count)
      throw new ExchangeError(
        "EMRX_EXCHANGE_OFFER",
        `site ${site}: its offer book holds ${book.count} offers, the ledger says ${count}`,
      );
    books.push(book);
  }
  return books;
}

/** How many records of each site each requester gets. */
export function allocation(
  { offers, requests }: RoundInputs,
  { offsets, held }: RoundResult,
): Allocation {
  const ends: number[] = [];
  for (const { count } of offers) ends.push((ends.at(-1) ?? 0) + count);
  const counts = offers.map(() => new Array<number>(requests.length).fill(0));
  for (let r = 0; r < requests.length; r++) {
    let site = 0;
    for (let i = offsets[r] ?? 0; i < (offsets[r + 1] ?? 0); i++) {
      while ((held[i] ?? 0) >= (ends[site] ?? Number.POSITIVE_INFINITY)) site++;
      const row = counts[site];
      if (row) row[r] = (row[r] ?? 0) + 1;
    }
  }
  return {
    sites: offers.map(({ site }) => site),
    requesters: requests.map(({ requester }) => requester),
    counts,
  };
}

function emptyRows(offsets: Uint32Array): number {
  let empty = 0;
  for (let i = 0; i + 1 < offsets.length; i++) if (offsets[i] === offsets[i + 1]) empty++;
  return empty;
}
