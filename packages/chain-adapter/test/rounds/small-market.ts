// Small rounds with all that can be wrong about them, as plain arrays, and what is true of them by the words of the rule.
import { fc } from "@emrx/testkit";
import type { Allocation, Claim } from "../../src/calls.js";
import type { RoundFacts } from "../../src/contracts/challenge/opening.js";
import { openOffer } from "../../src/rounds/evidence.js";
import {
  type MarketBook,
  type MatchingBook,
  offersRoot,
  type PublicOffers,
  roundEvidence,
} from "../../src/rounds.js";

/** One side in plain arrays. */
export interface PlainSide {
  readonly ids: readonly number[];
  readonly quotas: readonly number[];
  readonly lists: readonly (readonly number[])[];
  readonly partners: readonly (readonly number[])[];
}

/** A round in plain arrays: what the ledger knows, and what the operator says. */
export interface PlainRound {
  /** Offers of the two sites, in order: id byte and quota. */
  readonly offered: readonly (readonly { readonly id: number; readonly quota: number }[])[];
  readonly requested: readonly { readonly id: number; readonly quota: number }[];
  readonly publishers: PlainSide;
  readonly requesters: PlainSide;
  /** counts[site][requester] */
  readonly counts: readonly (readonly number[])[];
}

export const hexOf = (byte: number): string => byte.toString(16).padStart(2, "0").repeat(32);
export const siteKeys = [hexOf(0xa1), hexOf(0xa2)];

export const rowsOf = (rows: readonly (readonly number[])[]) => {
  const offsets = new Uint32Array(rows.length + 1);
  for (const [i, row] of rows.entries()) offsets[i + 1] = (offsets[i] as number) + row.length;
  return { offsets, entries: Uint32Array.from(rows.flat()) };
};

const sideOf = ({ ids, quotas, lists }: PlainSide) => {
  const { offsets, entries } = rowsOf(lists);
  return {
    ids: Uint8Array.from(ids.flatMap((id) => new Array<number>(32).fill(id))),
    quotas: Uint32Array.from(quotas),
    offsets,
    lists: entries,
  };
};

export const bookOf = ({ publishers, requesters }: PlainRound): MarketBook => ({
  publishers: sideOf(publishers),
  requesters: sideOf(requesters),
});

export const matchingOf = ({ publishers, requesters }: PlainRound): MatchingBook => {
  const side = ({ partners }: PlainSide) => {
    const { offsets, entries } = rowsOf(partners);
    return { offsets, partners: entries };
  };
  return { publishers: side(publishers), requesters: side(requesters) };
};

export const offersOf = (batch: PlainRound["offered"][number]): PublicOffers => ({
  ids: Uint8Array.from(batch.flatMap(({ id }) => new Array<number>(32).fill(id))),
  quotas: Uint32Array.from(batch, ({ quota }) => quota),
  terms: new Uint32Array(batch.length).fill(7),
  leaves: new Uint8Array(32 * batch.length).fill(9),
});

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** What the ledger knows of the round. */
export function factsOf(round: PlainRound): RoundFacts {
  const evidence = roundEvidence(bookOf(round), matchingOf(round));
  let start = 0;
  const sites = round.offered.map((batch, s) => {
    const first = start;
    start += batch.length;
    const site = siteKeys[s] as string;
    return { site, start: first, end: start, offersRoot: hex(offersRoot(offersOf(batch))) };
  });
  return {
    inputsRoot: evidence.inputsRoot,
    matchingRoot: evidence.matchingRoot,
    sites,
    requesters: round.requested.map(({ id, quota }) => ({ id: hexOf(id), quota })),
    publishers: start,
  };
}

export const allocationOf = ({ counts, requested }: PlainRound): Allocation => ({
  sites: siteKeys,
  requesters: requested.map(({ id }) => hexOf(id)),
  counts,
});

/** Rounds whose lists are mutual and free of repeats, with any matching at all. */
export const plainRounds: fc.Arbitrary<PlainRound> = fc
  .record({
    batches: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    requesters: fc.integer({ min: 1, max: 3 }),
    seed: fc.infiniteStream(fc.nat({ max: 999 })),
    kind: fc.constantFrom("any", "any", "sides", "feasible", "stable"),
  })
  .map(({ batches, requesters, seed, kind }) => makeRound(batches, requesters, seed, kind));

function makeRound(
  batches: readonly [number, number],
  requesterCount: number,
  seed: Iterator<number>,
  kind: string,
): PlainRound {
  const next = (below: number): number => (seed.next().value as number) % below;
  const shuffled = (values: readonly number[]): number[] =>
    values
      .map((value) => [next(1000), value] as const)
      .sort(([a, x], [b, y]) => a - b || x - y)
      .map(([, value]) => value);
  const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
  const publisherCount = batches[0] + batches[1];
  const offered = range(publisherCount).map((i) => ({ id: 10 + i, quota: 1 + next(2) }));
  const requested = range(requesterCount).map((r) => ({ id: 200 + r, quota: 1 + next(3) }));
  const wanted = range(publisherCount).map(() => range(requesterCount).filter(() => next(4) > 0));
  const lists = wanted.map(shuffled);
  const answers = range(requesterCount).map((r) =>
    shuffled(range(publisherCount).filter((p) => wanted[p]?.includes(r))),
  );
  const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);
  let mine: number[][] = range(publisherCount).map(() => []);
  const theirs = (): number[][] =>
    range(requesterCount).map((r) => range(publisherCount).filter((p) => mine[p]?.includes(r)));
  if (kind === "stable") {
    mine = deferredAcceptance(offered, requested, lists, answers).map(ascending);
  } else {
    mine = mine.map(() => range(requesterCount).filter(() => next(3) === 0));
    if (kind === "feasible") {
      mine = mine.map((row, p) =>
        row.filter((r) => wanted[p]?.includes(r)).slice(0, offered[p]?.quota),
      );
      for (const [r, row] of theirs().entries())
        for (const p of row.slice(requested[r]?.quota))
          mine[p] = (mine[p] ?? []).filter((partner) => partner !== r);
    }
  }
  const back = theirs();
  if ((kind === "any" || kind === "sides") && next(2) === 0)
    back[0] = ascending(shuffled(range(publisherCount)).slice(next(4)));
  const publisherQuotas = offered.map(({ quota }) => quota);
  const counts = [0, 1].map((s) =>
    back.map((row) => row.filter((p) => (p < batches[0] ? 0 : 1) === s).length),
  );
  if (kind === "any" && next(3) === 0) (counts[next(2)] as number[])[0] = next(4);
  const ids = offered.map(({ id }) => id);
  const requesterIds = requested.map(({ id }) => id);
  const requesterQuotas = requested.map(({ quota }) => quota);
  if (kind === "any" && next(3) === 0) ids[next(publisherCount)] = 99;
  if (kind === "any" && next(3) === 0) publisherQuotas[next(publisherCount)] = 3;
  if (kind === "any" && next(3) === 0) requesterIds[0] = 99;
  if (kind === "any" && next(3) === 0) requesterQuotas[0] = 9;
  return {
    offered: [offered.slice(0, batches[0]), offered.slice(batches[0])],
    requested,
    publishers: { ids, quotas: publisherQuotas, lists, partners: mine },
    requesters: { ids: requesterIds, quotas: requesterQuotas, lists: answers, partners: back },
    counts,
  };
}

/** Publishers propose, one step at a time, until nobody has anybody left to ask (Gale and Shapley 1962). */
function deferredAcceptance(
  offered: readonly { readonly quota: number }[],
  requested: readonly { readonly quota: number }[],
  lists: readonly (readonly number[])[],
  answers: readonly (readonly number[])[],
): number[][] {
  const held: number[][] = lists.map(() => []);
  const asked = lists.map(() => 0);
  for (let moved = true; moved; ) {
    moved = false;
    for (const [p, list] of lists.entries()) {
      const r = list[asked[p] as number];
      if (r === undefined || (held[p]?.length ?? 0) >= (offered[p]?.quota ?? 0)) continue;
      asked[p] = (asked[p] as number) + 1;
      moved = true;
      held[p]?.push(r);
      const has = (answers[r] ?? []).filter((q) => held[q]?.includes(r));
      const worst = has.at(-1) as number;
      if (has.length > (requested[r]?.quota ?? 0))
        held[worst] = (held[worst] ?? []).filter((partner) => partner !== r);
    }
  }
  return held;
}

/** Everything that can be claimed of a round about its agents, with all evidence that there is. */
export function allClaims(round: PlainRound): Claim[] {
  const evidence = roundEvidence(bookOf(round), matchingOf(round));
  const whole = Array.from({ length: 20 }, (_, i) => i);
  const open = (side: "publishers" | "requesters", number: number) =>
    evidence.open({ side, number, list: whole, partners: whole });
  const publishers = round.publishers.ids.map((_, p) => open("publishers", p));
  const requesters = round.requesters.ids.map((_, r) => open("requesters", r));
  const claims: Claim[] = [];
  const batches = round.offered.flatMap((batch) => batch.map((_, i) => ({ batch, i })));
  for (const [p, publisher] of publishers.entries()) {
    for (const requester of requesters)
      for (const rank of [0, 1, 2])
        for (const gap of [0, 1, 2])
          for (const publisherGivesUp of [undefined, 0, 1])
            for (const requesterGivesUp of [undefined, 0, 2])
              claims.push({
                kind: "blocking",
                publisher,
                requester,
                rank,
                gap,
                ...(publisherGivesUp === undefined ? {} : { publisherGivesUp }),
                ...(requesterGivesUp === undefined ? {} : { requesterGivesUp }),
              });
    const { batch, i } = batches[p] as (typeof batches)[number];
    const offer = openOffer(offersOf(batch), i);
    claims.push({ kind: "omitted", agent: publisher, offer });
    claims.push({ kind: "altered", agent: publisher, offer });
  }
  for (const requester of requesters) {
    claims.push({ kind: "omitted", agent: requester }, { kind: "altered", agent: requester });
    for (const site of siteKeys)
      for (const from of [0, 1, 2, 3])
        for (const to of [0, 1, 2, 3])
          claims.push({ kind: "misallocated", requester, site, from, to });
  }
  for (const [mine, theirs] of [
    [publishers, requesters],
    [requesters, publishers],
  ] as const)
    for (const agent of mine) {
      claims.push({ kind: "overQuota", agent });
      for (const at of [0, 1, 2]) {
        claims.push({ kind: "unacceptable", agent, partner: at });
        for (const among of ["list", "partners"] as const) {
          claims.push({ kind: "unadmitted", agent, among, at });
          for (const second of [0, 1, 2])
            claims.push({ kind: "duplicate", agent, among, first: at, second });
        }
        for (const other of theirs) {
          claims.push({ kind: "unmutual", agent, rank: at, other });
          for (const gap of [0, 1, 2, 3])
            claims.push({ kind: "oneSided", agent, partner: at, other, gap });
        }
      }
    }
  return claims;
}

/** Whether a claim is true of a round with mutual lists, straight from the words of the rule. */
export function isTrue(round: PlainRound, claim: Claim): boolean {
  const { publishers, requesters } = round;
  const count = publishers.ids.length;
  const of = (place: number) =>
    place < count
      ? { mine: publishers, theirs: requesters, number: place, publisher: true }
      : { mine: requesters, theirs: publishers, number: place - count, publisher: false };
  const rankOf = (side: PlainSide, agent: number, partner: number): number => {
    const rank = side.lists[agent]?.indexOf(partner) ?? -1;
    return rank < 0 ? Number.POSITIVE_INFINITY : rank;
  };
  const below = (row: readonly number[], number: number): number =>
    row.filter((value) => value < number).length;
  const wants = (
    side: PlainSide,
    agent: number,
    rank: number,
    givesUp: number | undefined,
  ): boolean => {
    const row = side.partners[agent] ?? [];
    if (givesUp === undefined) return row.length < (side.quotas[agent] ?? 0);
    const partner = row[givesUp];
    return partner !== undefined && rankOf(side, agent, partner) > rank;
  };
  switch (claim.kind) {
    case "blocking": {
      const [p, r] = [of(claim.publisher.place).number, of(claim.requester.place).number];
      const row = publishers.partners[p] ?? [];
      return (
        rankOf(publishers, p, r) === claim.rank &&
        !row.includes(r) &&
        below(row, r) === claim.gap &&
        wants(publishers, p, claim.rank, claim.publisherGivesUp) &&
        wants(requesters, r, rankOf(requesters, r, p), claim.requesterGivesUp)
      );
    }
    case "overQuota": {
      const { mine, number } = of(claim.agent.place);
      return (mine.partners[number]?.length ?? 0) > (mine.quotas[number] ?? 0);
    }
    case "unacceptable": {
      const { mine, number } = of(claim.agent.place);
      const partner = mine.partners[number]?.[claim.partner];
      return partner !== undefined && !mine.lists[number]?.includes(partner);
    }
    case "oneSided": {
      const { mine, theirs, number } = of(claim.agent.place);
      const partner = mine.partners[number]?.[claim.partner];
      const back = theirs.partners[partner ?? -1] ?? [];
      return (
        partner !== undefined &&
        of(claim.other.place).number === partner &&
        !back.includes(number) &&
        below(back, number) === claim.gap
      );
    }
    case "omitted":
    case "altered": {
      const { mine, number, publisher } = of(claim.agent.place);
      const right = publisher ? round.offered.flat()[number] : round.requested[number];
      return claim.kind === "omitted"
        ? mine.ids[number] !== right?.id
        : mine.ids[number] === right?.id && mine.quotas[number] !== right?.quota;
    }
    case "misallocated": {
      const { number } = of(claim.requester.place);
      const s = siteKeys.indexOf(claim.site);
      const first = s === 0 ? 0 : (round.offered[0]?.length ?? 0);
      const end = first + (round.offered[s]?.length ?? 0);
      const row = requesters.partners[number] ?? [];
      return (
        below(row, first) === claim.from &&
        below(row, end) === claim.to &&
        round.counts[s]?.[number] !== claim.to - claim.from
      );
    }
    case "unmutual":
    case "duplicate":
    case "unadmitted":
      return false; // these rounds have none
    default:
      return claim satisfies never;
  }
}
