// Rounds in which the operator may have written anything at all: lists and partners that do not answer each other, in any order,
// with any ranks. The trees are built from the documented bytes, and what is proven is said anew, word for word from the claims'
// descriptions, over plain arrays.
import { fc } from "@emrx/testkit";
import type { AgentOpening, Allocation, Claim, OfferOpening } from "../../src/calls.js";
import type { RoundFacts } from "../../src/contracts/challenge/opening.js";
import { hex, leafHash, path, root, u32 } from "../merkle/reference.js";
import { hexOf, siteKeys } from "../rounds/small-market.js";

/** Number of the other, and a rank. */
export type PlainPair = readonly [number: number, rank: number];

/** An agent as the operator wrote it, and as the ledger knows it. */
export interface PlainAgent {
  readonly id: number;
  readonly quota: number;
  readonly list: readonly PlainPair[];
  readonly partners: readonly PlainPair[];
  readonly known: { readonly id: number; readonly quota: number };
}

/** Two sites, the first with two offers and the second with one, and two requesters. */
export interface CraftedRound {
  readonly agents: readonly PlainAgent[];
  readonly counts: readonly (readonly number[])[];
}

const PUBLISHERS = 3;
const sites = [
  { site: siteKeys[0] as string, start: 0, end: 2 },
  { site: siteKeys[1] as string, start: 2, end: 3 },
];
const bytesOf = (text: string): Uint8Array => Buffer.from(text, "hex");
const leafOf = (...parts: readonly Uint8Array[]): Uint8Array => leafHash(Buffer.concat(parts));

const blockOf = (pairs: readonly PlainPair[]): Uint8Array => leafOf(u32(...pairs.flat()));
const rootOf = (pairs: readonly PlainPair[]): string =>
  hex(root(pairs.length === 0 ? [] : [blockOf(pairs)]));
const shown = (pairs: readonly PlainPair[]) =>
  pairs.length === 0 ? [] : [{ block: 0, pairs: pairs.flat(), proof: [] }];

const offerLeaf = ({ known }: PlainAgent): Uint8Array =>
  leafOf(bytesOf(hexOf(known.id)), u32(known.quota, 7), bytesOf(hexOf(9)));

/** What the ledger knows, every agent with all that there is to show, and its public offer. */
export function evidenceOf({ agents, counts }: CraftedRound): {
  readonly facts: RoundFacts;
  readonly allocation: Allocation;
  readonly open: readonly Required<AgentOpening>[];
  readonly offers: readonly (OfferOpening | undefined)[];
} {
  const inputs = agents.map(({ id, quota, list }, place) =>
    leafOf(
      Uint8Array.of(place < PUBLISHERS ? 0 : 1),
      bytesOf(hexOf(id)),
      u32(quota, list.length),
      bytesOf(rootOf(list)),
    ),
  );
  const outputs = agents.map(({ partners }) =>
    leafOf(u32(partners.length), bytesOf(rootOf(partners))),
  );
  const batches = sites.map(({ start, end }) => agents.slice(start, end).map(offerLeaf));
  const requesters = agents.slice(PUBLISHERS);
  const proofs = (all: readonly Uint8Array[], at: number): string[] => path(at, all).map(hex);
  return {
    facts: {
      inputsRoot: hex(root(inputs)),
      matchingRoot: hex(root(outputs)),
      sites: sites.map((site, s) => ({
        ...site,
        offersRoot: hex(root(batches[s] as Uint8Array[])),
      })),
      requesters: requesters.map(({ known }) => ({ id: hexOf(known.id), quota: known.quota })),
      publishers: PUBLISHERS,
    },
    allocation: {
      sites: sites.map(({ site }) => site),
      requesters: requesters.map(({ known }) => hexOf(known.id)),
      counts,
    },
    open: agents.map(({ id, quota, list, partners }, place) => ({
      place,
      input: {
        id: hexOf(id),
        quota,
        count: list.length,
        root: rootOf(list),
        proof: proofs(inputs, place),
        blocks: shown(list),
      },
      partners: {
        count: partners.length,
        root: rootOf(partners),
        proof: proofs(outputs, place),
        blocks: shown(partners),
      },
    })),
    offers: agents.map(({ known }, place) => {
      const s = sites.findIndex(({ end }) => place < end);
      const [site, batch] = [sites[s], batches[s]];
      if (site === undefined || batch === undefined) return undefined;
      const proof = proofs(batch, place - site.start);
      return { id: hexOf(known.id), quota: known.quota, terms: 7, leaf: hexOf(9), proof };
    }),
  };
}

const few = { maxLength: 2 } as const;
const pair: fc.Arbitrary<PlainPair> = fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 2 }));
/** Ascending for the most part: an honest operator's partners are. */
const partners = fc.oneof(
  fc.array(pair, few).map((pairs) => [...pairs].sort(([a], [b]) => a - b)),
  fc.array(pair, few),
);
const agent = (byte: number): fc.Arbitrary<PlainAgent> =>
  fc
    .record({
      list: fc.array(pair, few),
      partners,
      quota: fc.integer({ min: 1, max: 2 }),
      changed: fc.constantFrom("nothing", "nothing", "id", "quota", "both"),
    })
    .map(({ list, partners: held, quota, changed }) => ({
      id: changed === "id" || changed === "both" ? 99 : byte,
      quota: changed === "quota" || changed === "both" ? quota + 1 : quota,
      list,
      partners: held,
      known: { id: byte, quota },
    }));

export const craftedRounds: fc.Arbitrary<CraftedRound> = fc.record({
  agents: fc.tuple(agent(10), agent(11), agent(12), agent(200), agent(201)),
  counts: fc.tuple(
    fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 2 })),
    fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 2 })),
  ),
});

/** Every claim that can be made of the round, of whomever, with all evidence. */
export function everyClaim({ open, offers }: ReturnType<typeof evidenceOf>): Claim[] {
  const claims: Claim[] = [];
  const positions = [0, 1, 2];
  for (const [place, one] of open.entries()) {
    const offer = offers[place];
    for (const kind of ["omitted", "altered"] as const)
      claims.push({ kind, agent: one, ...(offer === undefined ? {} : { offer }) });
    claims.push({ kind: "overQuota", agent: one });
    for (const { site } of sites)
      for (const from of positions)
        for (const to of positions)
          claims.push({ kind: "misallocated", requester: one, site, from, to });
    for (const at of positions) {
      claims.push({ kind: "unacceptable", agent: one, partner: at });
      for (const among of ["list", "partners"] as const) {
        claims.push({ kind: "unadmitted", agent: one, among, at });
        for (const second of positions)
          claims.push({ kind: "duplicate", agent: one, among, first: at, second });
      }
      for (const other of open) {
        claims.push({ kind: "unmutual", agent: one, rank: at, other });
        for (const gap of positions)
          claims.push({ kind: "oneSided", agent: one, partner: at, other, gap });
      }
    }
    for (const other of open)
      for (const rank of [0, 1])
        for (const gap of positions)
          for (const publisherGivesUp of [undefined, 0, 1])
            for (const requesterGivesUp of [undefined, 0, 1])
              claims.push({
                kind: "blocking",
                publisher: one,
                requester: other,
                rank,
                gap,
                ...(publisherGivesUp === undefined ? {} : { publisherGivesUp }),
                ...(requesterGivesUp === undefined ? {} : { requesterGivesUp }),
              });
  }
  return claims;
}

/** Whether a claim holds of what the operator wrote. */
export function holds(round: CraftedRound, claim: Claim): boolean {
  const { agents, counts } = round;
  const at = ({ place }: AgentOpening) => ({
    ...(agents[place] as PlainAgent),
    isPublisher: place < PUBLISHERS,
    number: place < PUBLISHERS ? place : place - PUBLISHERS,
  });
  /** Would stand at the gap: after a smaller number or the beginning, before a larger one or the end. */
  const missing = (held: readonly PlainPair[], gap: number, number: number): boolean =>
    gap <= held.length &&
    (gap === 0 || (held[gap - 1] as PlainPair)[0] < number) &&
    (gap === held.length || number < (held[gap] as PlainPair)[0]);
  const wouldTake = (who: PlainAgent, rank: number, givesUp: number | undefined): boolean => {
    if (givesUp === undefined) return who.partners.length < who.quota;
    const partner = who.partners[givesUp];
    return partner !== undefined && partner[1] > rank;
  };
  switch (claim.kind) {
    case "blocking": {
      const [p, r] = [at(claim.publisher), at(claim.requester)];
      const wish = p.list[claim.rank];
      const answer = wish && r.list[wish[1]];
      return (
        p.isPublisher &&
        !r.isPublisher &&
        wish !== undefined &&
        answer !== undefined &&
        wish[0] === r.number &&
        answer[0] === p.number &&
        answer[1] === claim.rank &&
        missing(p.partners, claim.gap, r.number) &&
        wouldTake(p, claim.rank, claim.publisherGivesUp) &&
        wouldTake(r, wish[1], claim.requesterGivesUp)
      );
    }
    case "overQuota": {
      const { partners: held, quota } = at(claim.agent);
      return held.length > quota;
    }
    case "unacceptable": {
      const { list, partners: held } = at(claim.agent);
      const partner = held[claim.partner];
      return partner !== undefined && list[partner[1]]?.[0] !== partner[0];
    }
    case "oneSided": {
      const [one, other] = [at(claim.agent), at(claim.other)];
      return (
        one.isPublisher !== other.isPublisher &&
        one.partners[claim.partner]?.[0] === other.number &&
        missing(other.partners, claim.gap, one.number)
      );
    }
    case "unmutual": {
      const [one, other] = [at(claim.agent), at(claim.other)];
      const wish = one.list[claim.rank];
      if (wish === undefined || wish[0] !== other.number) return false;
      const answer = other.list[wish[1]];
      const answered = answer?.[0] === one.number && answer[1] === claim.rank;
      return one.isPublisher !== other.isPublisher && !answered;
    }
    case "duplicate": {
      const { list, partners: held } = at(claim.agent);
      const [first, second] = [claim.first, claim.second].map(
        (i) => (claim.among === "list" ? list : held)[i]?.[0],
      );
      if (first === undefined || second === undefined || claim.first >= claim.second) return false;
      return claim.among === "list" ? first === second : second <= first;
    }
    case "unadmitted": {
      const { list, partners: held, isPublisher } = at(claim.agent);
      const named = (claim.among === "list" ? list : held)[claim.at]?.[0];
      return (
        named !== undefined && named >= (isPublisher ? agents.length - PUBLISHERS : PUBLISHERS)
      );
    }
    case "omitted": {
      const { id, known } = at(claim.agent);
      return id !== known.id;
    }
    case "altered": {
      const { id, quota, known } = at(claim.agent);
      return id === known.id && quota !== known.quota;
    }
    case "misallocated": {
      const { partners: held, number, isPublisher } = at(claim.requester);
      const s = sites.findIndex(({ site }) => site === claim.site);
      const { start, end } = sites[s] as (typeof sites)[number];
      // The numbers of the site begin at the one gap and end at the other.
      const edge = (gap: number, first: number): boolean =>
        gap <= held.length &&
        (gap === 0 || (held[gap - 1] as PlainPair)[0] < first) &&
        (gap === held.length || (held[gap] as PlainPair)[0] >= first);
      return (
        !isPublisher &&
        claim.from <= claim.to &&
        edge(claim.from, start) &&
        edge(claim.to, end) &&
        counts[s]?.[number] !== claim.to - claim.from
      );
    }
    default:
      return claim satisfies never;
  }
}
