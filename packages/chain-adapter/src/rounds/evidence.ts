// Evidence for challenges, cut from the published books: openings of agents with the blocks that a claim needs.

import { toHex } from "@emrx/internal/bytes";
import type { AgentOpening, BlockOpening, OfferOpening } from "../codec/challenge-claims.js";
import { BLOCK_PAIRS } from "../codec/claim-shapes.js";
import { MerkleTree } from "../merkle/tree.js";
import { type MarketBook, type MatchingBook, requireMarket } from "./book.js";
import {
  blockLeaves,
  inputLeaves,
  listPairs,
  offerLeaves,
  type PairRows,
  type PublicOffers,
  partnerLeaves,
  partnerPairs,
} from "./commit.js";

/** Which agent, and which positions of its list and of its partners are to be shown. */
export interface Shown {
  readonly side: "publishers" | "requesters";
  readonly number: number;
  /** Positions on its list; shows its entry in the inputs even if empty. */
  readonly list?: readonly number[];
  /** Positions among its partners; shows its entry in the matching even if empty. */
  readonly partners?: readonly number[];
}

/** The trees behind the two roots of a round. */
export interface RoundEvidence {
  readonly inputsRoot: string;
  readonly matchingRoot: string;
  /** An agent with the blocks that hold the positions asked for; positions beyond the end show nothing. */
  open(shown: Shown): AgentOpening;
}

const hexes = (proof: readonly Uint8Array[]): string[] => proof.map(toHex);

function blocksOf(rows: PairRows, row: number, positions: readonly number[]): BlockOpening[] {
  const [from, to] = [rows.offsets[row] as number, rows.offsets[row + 1] as number];
  const blocks = new Set(
    positions.filter((at) => at >= 0 && at < to - from).map((at) => Math.floor(at / BLOCK_PAIRS)),
  );
  const tree = new MerkleTree(blockLeaves(rows, row));
  return [...blocks].map((block) => {
    const first = from + block * BLOCK_PAIRS;
    const end = Math.min(to, first + BLOCK_PAIRS);
    const pairs = [...rows.pairs.subarray(2 * first, 2 * end)];
    return { block, pairs, proof: hexes(tree.inclusionProof(block)) };
  });
}

/**
 * Builds both trees of a round, to cut evidence from.
 *
 * @param book the inputs as published
 * @param matching the matching as published
 * @returns roots, to compare with those on the ledger, and openings of agents
 * @throws LedgerError `EMRX_INVALID_ROUND` if the matching has other agents than the inputs
 * @example
 * ```ts
 * import { roundEvidence } from "@emrx/chain-adapter/rounds";
 *
 * const side = { ids: new Uint8Array(32), quotas: Uint32Array.of(1), offsets: Uint32Array.of(0, 1), lists: Uint32Array.of(0) };
 * const pair = { offsets: Uint32Array.of(0, 1), partners: Uint32Array.of(0) };
 * const evidence = roundEvidence({ publishers: side, requesters: side }, { publishers: pair, requesters: pair });
 * evidence.open({ side: "requesters", number: 0, list: [0] }).input?.blocks[0]?.pairs; // => [0, 0]
 * ```
 */
export function roundEvidence(book: MarketBook, matching: MatchingBook): RoundEvidence {
  requireMarket(book);
  const lists = listPairs(book);
  const partners = partnerPairs(matching, lists);
  const inputs = new MerkleTree(inputLeaves(book, lists));
  const outputs = new MerkleTree(partnerLeaves(partners));
  const root = (rows: PairRows, row: number): string =>
    toHex(new MerkleTree(blockLeaves(rows, row)).root());
  const count = ({ offsets }: PairRows, row: number): number =>
    (offsets[row + 1] as number) - (offsets[row] as number);
  return {
    inputsRoot: toHex(inputs.root()),
    matchingRoot: toHex(outputs.root()),
    open({ side, number, list, partners: held }) {
      const agents = book[side];
      const place = side === "publishers" ? number : book.publishers.quotas.length + number;
      const input = list && {
        id: toHex(agents.ids.subarray(32 * number, 32 * number + 32)),
        quota: agents.quotas[number] as number,
        count: count(lists[side], number),
        root: root(lists[side], number),
        proof: hexes(inputs.inclusionProof(place)),
        blocks: blocksOf(lists[side], number, list),
      };
      const output = held && {
        count: count(partners[side], number),
        root: root(partners[side], number),
        proof: hexes(outputs.inclusionProof(place)),
        blocks: blocksOf(partners[side], number, held),
      };
      return {
        place,
        ...(input === undefined ? {} : { input }),
        ...(output === undefined ? {} : { partners: output }),
      };
    },
  };
}

/** One public offer of a batch with the proof that it is under the batch's `offersRoot`. */
export function openOffer(offers: PublicOffers, index: number): OfferOpening {
  const tree = new MerkleTree(offerLeaves(offers));
  return {
    id: toHex(offers.ids.subarray(32 * index, 32 * index + 32)),
    quota: offers.quotas[index] as number,
    terms: offers.terms[index] as number,
    leaf: toHex(offers.leaves.subarray(32 * index, 32 * index + 32)),
    proof: hexes(tree.inclusionProof(index)),
  };
}
