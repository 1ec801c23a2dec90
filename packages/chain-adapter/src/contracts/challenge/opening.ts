// Checks what a challenge shows of an agent against the roots that the operator revealed.
import type { AgentOpening, BlockOpening, OfferOpening } from "../../codec/challenge-claims.js";
import { BLOCK_PAIRS } from "../../codec/claim-shapes.js";
import type { Hex32 } from "../../codec/fields.js";
import { fromHex } from "../../codec/hex.js";
import { verifyInclusion } from "../../merkle/verify.js";
import { getIn } from "../result.js";
import type { ContractState, MatchingRound } from "../state.js";
import {
  blockLeafHash,
  inputLeafHash,
  offerLeafHash,
  PUBLISHER,
  partnersLeafHash,
  REQUESTER,
} from "./leaves.js";

/** What the ledger itself knows about a revealed round. */
export interface RoundFacts {
  readonly inputsRoot: Hex32;
  readonly matchingRoot: Hex32;
  /** Sites in the ledger's order, each with the numbers of its offers: from `start` up to but not including `end`. */
  readonly sites: readonly {
    readonly site: Hex32;
    readonly start: number;
    readonly end: number;
    readonly offersRoot: Hex32 | undefined;
  }[];
  /** Requesters in the ledger's order, with the quotas they asked for. */
  readonly requesters: readonly { readonly id: Hex32; readonly quota: number }[];
  /** Number of offers; the places of requesters begin there. */
  readonly publishers: number;
}

/** The facts of a revealed round; undefined if its inputs were not committed under rules that can be challenged. */
export function roundFacts(state: ContractState, matching: MatchingRound): RoundFacts | undefined {
  const { reveal, members, round } = matching;
  if (reveal === undefined || members === undefined) return undefined;
  let start = 0;
  const sites = members.sites.map((site) => {
    const offer = getIn(state.trade.offers, round, site);
    const first = start;
    start += offer?.count ?? 0;
    return { site, start: first, end: start, offersRoot: offer?.offersRoot };
  });
  const requesters = members.requesters.map((id) => ({
    id,
    quota: getIn(state.trade.requests, round, id)?.quota ?? 0,
  }));
  const { inputsRoot, matchingRoot } = reveal;
  return { inputsRoot, matchingRoot, sites, requesters, publishers: start };
}

/** Number of an agent on the other side, and a rank. */
export interface Pair {
  readonly number: number;
  readonly rank: number;
}

/** A list or partners, as far as they are shown. */
export interface Sequence {
  readonly count: number;
  /** The pair at a position; undefined where it is not shown or there is none. */
  at(index: number): Pair | undefined;
}

/** An agent whose leaves are in the trees. */
export interface OpenAgent {
  readonly side: number;
  /** Its number within its side. */
  readonly number: number;
  readonly input?: { readonly id: Hex32; readonly quota: number; readonly list: Sequence };
  readonly partners?: Sequence;
}

const proves = (
  leaf: Uint8Array,
  index: number,
  size: number,
  proof: readonly Hex32[],
  root: Hex32,
): boolean =>
  verifyInclusion({ leaf, index, size, proof: proof.map(fromHex), root: fromHex(root) });

/** The blocks of a sequence, if they all belong to its root. */
function openSequence(
  count: number,
  root: Hex32,
  blocks: readonly BlockOpening[],
): Sequence | undefined {
  const size = Math.ceil(count / BLOCK_PAIRS);
  for (const { block, pairs, proof } of blocks) {
    const whole = Math.min(BLOCK_PAIRS, count - block * BLOCK_PAIRS);
    if (pairs.length !== 2 * whole) return undefined;
    if (!proves(blockLeafHash(pairs), block, size, proof, root)) return undefined;
  }
  return {
    count,
    at(index) {
      const block = Math.floor(index / BLOCK_PAIRS);
      const pairs = blocks.find((shown) => shown.block === block)?.pairs;
      const [number, rank] = pairs?.slice(2 * (index % BLOCK_PAIRS)) ?? [];
      return number === undefined || rank === undefined ? undefined : { number, rank };
    },
  };
}

/** An agent as shown, if everything shown of it is in the revealed trees. */
export function openAgent(facts: RoundFacts, opening: AgentOpening): OpenAgent | undefined {
  const { place, input, partners } = opening;
  const total = facts.publishers + facts.requesters.length;
  const side = place < facts.publishers ? PUBLISHER : REQUESTER;
  const agent = { side, number: side === PUBLISHER ? place : place - facts.publishers };
  const list = input && openSequence(input.count, input.root, input.blocks);
  const held = partners && openSequence(partners.count, partners.root, partners.blocks);
  if (
    input !== undefined &&
    (list === undefined ||
      !proves(inputLeafHash(side, input), place, total, input.proof, facts.inputsRoot))
  )
    return undefined;
  if (
    partners !== undefined &&
    (held === undefined ||
      !proves(partnersLeafHash(partners), place, total, partners.proof, facts.matchingRoot))
  )
    return undefined;
  return {
    ...agent,
    ...(input === undefined || list === undefined
      ? {}
      : { input: { id: input.id, quota: input.quota, list } }),
    ...(held === undefined ? {} : { partners: held }),
  };
}

/** Id and quota that the ledger has for an agent; undefined if the evidence for an offer does not hold. */
export function expectedAgent(
  facts: RoundFacts,
  { side, number }: OpenAgent,
  offer: OfferOpening | undefined,
): { readonly id: Hex32; readonly quota: number } | undefined {
  if (side === REQUESTER) return facts.requesters[number];
  const site = facts.sites.find(({ end }) => number < end);
  if (site?.offersRoot === undefined || offer === undefined) return undefined;
  const { start, end, offersRoot } = site;
  return proves(offerLeafHash(offer), number - start, end - start, offer.proof, offersRoot)
    ? offer
    : undefined;
}
