// An operator who can be told to cheat: it commits to and reveals whatever a forger makes of the honest round.
import { signCall } from "@emrx/chain-adapter";
import type { Allocation } from "@emrx/chain-adapter/calls";
import { seedCommitment } from "@emrx/chain-adapter/contracts";
import { partyId } from "@emrx/chain-adapter/identity";
import {
  commitPartners,
  commitRound,
  encodeMarketBook,
  encodeMatchingBook,
  type MarketBook,
  type MatchingBook,
} from "@emrx/chain-adapter/rounds";
import { bytesToHex } from "@noble/hashes/utils.js";
import { factsRoot, type RoundInputs, readInputs, requestTerms } from "../src/round/inputs.js";
import { marketBook, roundMarket, solveRound } from "../src/round/match.js";
import { matchingBook, type RoundResult } from "../src/round/result.js";
import { allocation, readBooks, roundSeed } from "../src/round/round.js";
import { type Market, menus, schema } from "./fixture.js";

/** All that an operator publishes. */
export interface Published {
  readonly inputs: RoundInputs;
  readonly book: MarketBook;
  readonly partners: MatchingBook;
  readonly allocation: Allocation;
}

/** The honest round of a market. */
export async function honestRound(market: Market): Promise<Published & { result: RoundResult }> {
  const { ledger, store } = market;
  const inputs = await readInputs(ledger, 1, schema, menus);
  const books = await readBooks(store, menus, inputs);
  const seed = roundSeed(factsRoot(inputs), new Uint8Array(32).fill(7));
  const book = marketBook(schema, menus, books, requestTerms(inputs), seed);
  const solved = solveRound(roundMarket(book));
  const result: RoundResult = {
    offers: solved.proposers.offsets.length - 1,
    requests: inputs.requests.length,
    offsets: solved.reviewers.offsets,
    held: solved.reviewers.partners,
  };
  const partners = matchingBook(result);
  return { inputs, book, partners, allocation: allocation(inputs, result), result };
}

/** The allocation that goes with the requesters' side of a matching. */
export function allocationOf(
  inputs: RoundInputs,
  { requesters, publishers }: MatchingBook,
): Allocation {
  const { offsets, partners: held } = requesters;
  const offers = publishers.offsets.length - 1;
  return allocation(inputs, { offers, requests: offsets.length - 1, offsets, held });
}

/** Commits and reveals; nothing is finalized. */
export async function publishRound(
  market: Market,
  { book, partners, allocation: stated }: Omit<Published, "inputs">,
  committed: MarketBook = book,
): Promise<void> {
  const { ledger, store, operator } = market;
  const { root, count: inputsCount } = commitRound(committed);
  const inputsRoot = bytesToHex(root);
  const [seed, nonce] = ["07".repeat(32), "00".repeat(32)];
  const opening = { ledger: ledger.id, round: 1, operator: partyId(operator) };
  const submit = async (call: Parameters<typeof signCall>[2]) =>
    ledger.submit(await signCall(ledger.id, operator, call, { key: call.type }));
  await submit({
    type: "matching.commit",
    round: 1,
    inputsRoot,
    inputsCount,
    seedCommitment: seedCommitment({ ...opening, seed, nonce }),
  });
  await submit({
    type: "matching.reveal",
    round: 1,
    inputs: await store.put(encodeMarketBook(book)),
    inputsRoot,
    inputsCount,
    seed,
    nonce,
    matching: await store.put(encodeMatchingBook(partners)),
    matchingRoot: bytesToHex(commitPartners(committed, partners)),
    pairs: stated.counts.flat().reduce((sum, n) => sum + n, 0),
    allocation: stated,
  });
}

/** Rows of numbers, one an agent, as arrays to change. */
export function rowsOf(offsets: Uint32Array, entries: Uint32Array): number[][] {
  return Array.from({ length: offsets.length - 1 }, (_, a) => [
    ...entries.subarray(offsets[a], offsets[a + 1]),
  ]);
}

/** The same rows laid end to end again. */
export function columnsOf(rows: readonly (readonly number[])[]): {
  offsets: Uint32Array;
  entries: Uint32Array;
} {
  const offsets = new Uint32Array(rows.length + 1);
  for (const [a, row] of rows.entries()) offsets[a + 1] = (offsets[a] ?? 0) + row.length;
  return { offsets, entries: Uint32Array.from(rows.flat()) };
}
