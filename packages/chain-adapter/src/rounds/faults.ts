// What can be wrong with a published round, one kind after the other, each with the claim that proves it. Later kinds are
// looked for in rounds in which the earlier ones were not found.

import { toHex } from "@emrx/internal/bytes";
import type { Claim } from "../codec/challenge-claims.js";
import type { MatchingRound, OfferState } from "../contracts/state.js";
import type { MarketBook } from "./book.js";
import { NO_RANK, type PairRows } from "./commit.js";
import { openOffer, type RoundEvidence, type Shown } from "./evidence.js";
import type { RevealedRound } from "./revealed-round.js";

type SideName = Shown["side"];
const SIDES: readonly SideName[] = ["publishers", "requesters"];
const other = (side: SideName): SideName => (side === "publishers" ? "requesters" : "publishers");

/** Somebody in another's place, or with another quota than on the ledger. */
export function wrongEntry(
  { matching, requests, batches, offers, book }: RevealedRound,
  evidence: RoundEvidence,
): Claim | undefined {
  const idOf = (side: SideName, number: number): string =>
    toHex(book[side].ids.subarray(32 * number, 32 * number + 32));
  for (const { site, start } of siteRanges(matching, batches)) {
    const batch = offers.get(site);
    if (batch === undefined) continue;
    for (let i = 0; i < batch.quotas.length; i++) {
      const number = start + i;
      const same = equal(book.publishers.ids, 32 * number, batch.ids, 32 * i);
      if (same && book.publishers.quotas[number] === batch.quotas[i]) continue;
      return {
        kind: same ? "altered" : "omitted",
        agent: evidence.open({ side: "publishers", number, list: [] }),
        offer: openOffer(batch, i),
      };
    }
  }
  for (const [r, requester] of (matching.members?.requesters ?? []).entries()) {
    const quota = requests.find((request) => request.requester === requester)?.quota;
    const same = idOf("requesters", r) === requester;
    if (same && book.requesters.quotas[r] === quota) continue;
    return {
      kind: same ? "altered" : "omitted",
      agent: evidence.open({ side: "requesters", number: r, list: [] }),
    };
  }
  return undefined;
}

/** The numbers of each site's offers. */
function siteRanges(
  { members }: MatchingRound,
  batches: readonly OfferState[],
): { readonly site: string; readonly start: number; readonly end: number }[] {
  let end = 0;
  return (members?.sites ?? []).map((site) => {
    const start = end;
    end += batches.find((batch) => batch.site === site)?.count ?? 0;
    return { site, start, end };
  });
}

function equal(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number): boolean {
  for (let i = 0; i < 32; i++) if (a[aAt + i] !== b[bAt + i]) return false;
  return true;
}

/** Numbers that nobody has, and repeats. */
export function wrongRows(
  among: "list" | "partners",
  rows: Readonly<Record<SideName, PairRows>>,
  evidence: RoundEvidence,
): Claim | undefined {
  for (const side of SIDES) {
    const { offsets, pairs } = rows[side];
    const others = rows[other(side)].offsets.length - 1;
    /** The row in which each number was seen last, plus one, and where. */
    const [seenIn, seenAt] = [new Uint32Array(others), new Uint32Array(others)];
    for (let a = 0; a + 1 < offsets.length; a++) {
      const start = offsets[a] as number;
      for (let e = start; e < (offsets[a + 1] as number); e++) {
        const number = pairs[2 * e] as number;
        const at = e - start;
        const show = (...positions: number[]) =>
          evidence.open({ side, number: a, [among]: positions });
        if (number >= others) return { kind: "unadmitted", agent: show(at), among, at };
        const before = among === "list" ? (seenAt[number] as number) : at - 1;
        const wrong =
          among === "list"
            ? seenIn[number] === a + 1
            : at > 0 && (pairs[2 * e - 2] as number) >= number;
        if (wrong)
          return { kind: "duplicate", agent: show(before, at), among, first: before, second: at };
        seenIn[number] = a + 1;
        seenAt[number] = at;
      }
    }
  }
  return undefined;
}

/** An entry of a list that the other's list does not answer. */
export function wrongList(
  lists: Readonly<Record<SideName, PairRows>>,
  evidence: RoundEvidence,
): Claim | undefined {
  for (const side of SIDES) {
    const { offsets, pairs } = lists[side];
    for (let a = 0; a + 1 < offsets.length; a++)
      for (let e = offsets[a] as number; e < (offsets[a + 1] as number); e++) {
        if (pairs[2 * e + 1] !== NO_RANK) continue;
        const rank = e - (offsets[a] as number);
        return {
          kind: "unmutual",
          agent: evidence.open({ side, number: a, list: [rank] }),
          rank,
          other: evidence.open({ side: other(side), number: pairs[2 * e] as number, list: [] }),
        };
      }
  }
  return undefined;
}

/** Where a number stands, or would stand, among an agent's partners, which ascend. */
function gapFor({ offsets, pairs }: PairRows, agent: number, number: number): number {
  const start = offsets[agent] as number;
  let [low, high] = [start, offsets[agent + 1] as number];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((pairs[2 * middle] as number) < number) low = middle + 1;
    else high = middle;
  }
  return low - start;
}

const isPartner = (rows: PairRows, agent: number, number: number): boolean => {
  const e = (rows.offsets[agent] as number) + gapFor(rows, agent, number);
  return e < (rows.offsets[agent + 1] as number) && rows.pairs[2 * e] === number;
};

/** Too many partners, partners who are not on the list, and partners who do not return it. */
export function wrongPartners(
  book: MarketBook,
  lists: Readonly<Record<SideName, PairRows>>,
  held: Readonly<Record<SideName, PairRows>>,
  evidence: RoundEvidence,
): Claim | undefined {
  for (const side of SIDES) {
    const { offsets, pairs } = held[side];
    for (let a = 0; a + 1 < offsets.length; a++) {
      const [start, end] = [offsets[a] as number, offsets[a + 1] as number];
      if (end - start > (book[side].quotas[a] as number)) {
        const agent = evidence.open({ side, number: a, list: [], partners: [] });
        return { kind: "overQuota", agent };
      }
      for (let e = start; e < end; e++) {
        const partner = e - start;
        const number = pairs[2 * e] as number;
        const rank = pairs[2 * e + 1] as number;
        const listed = lists[side].offsets[a] as number;
        if (rank === NO_RANK || lists[side].pairs[2 * (listed + rank)] !== number) {
          const agent = evidence.open({ side, number: a, list: [rank], partners: [partner] });
          return { kind: "unacceptable", agent, partner };
        }
        const back = held[other(side)];
        if (isPartner(back, number, a)) continue;
        const gap = gapFor(back, number, a);
        return {
          kind: "oneSided",
          agent: evidence.open({ side, number: a, partners: [partner] }),
          partner,
          other: evidence.open({ side: other(side), number, partners: [gap - 1, gap] }),
          gap,
        };
      }
    }
  }
  return undefined;
}

/** For each agent the position of the partner that it ranks lowest, and that rank; -1 where there is room. */
function worstPartners(
  quotas: Uint32Array,
  { offsets, pairs }: PairRows,
): { readonly at: Int32Array; readonly rank: Float64Array } {
  const at = new Int32Array(quotas.length).fill(-1);
  const rank = new Float64Array(quotas.length).fill(Number.POSITIVE_INFINITY);
  for (let a = 0; a < quotas.length; a++) {
    const [start, end] = [offsets[a] as number, offsets[a + 1] as number];
    if (end - start < (quotas[a] as number)) continue;
    rank[a] = -1;
    for (let e = start; e < end; e++) {
      if ((pairs[2 * e + 1] as number) <= (rank[a] as number)) continue;
      rank[a] = pairs[2 * e + 1] as number;
      at[a] = e - start;
    }
  }
  return { at, rank };
}

/** Two who are not matched and would both rather be. */
export function blockingPair(
  book: MarketBook,
  lists: Readonly<Record<SideName, PairRows>>,
  held: Readonly<Record<SideName, PairRows>>,
  evidence: RoundEvidence,
): Claim | undefined {
  const publishers = worstPartners(book.publishers.quotas, held.publishers);
  const requesters = worstPartners(book.requesters.quotas, held.requesters);
  const { offsets, pairs } = lists.publishers;
  for (let p = 0; p + 1 < offsets.length; p++) {
    const start = offsets[p] as number;
    for (let e = start; e < (offsets[p + 1] as number); e++) {
      const [r, answer, rank] = [pairs[2 * e] as number, pairs[2 * e + 1] as number, e - start];
      if (rank >= (publishers.rank[p] as number) || answer >= (requesters.rank[r] as number))
        continue;
      if (isPartner(held.publishers, p, r)) continue;
      const gap = gapFor(held.publishers, p, r);
      const [mine, theirs] = [publishers.at[p] as number, requesters.at[r] as number];
      return {
        kind: "blocking",
        publisher: evidence.open({
          side: "publishers",
          number: p,
          list: [rank],
          partners: [gap - 1, gap, mine],
        }),
        requester: evidence.open({
          side: "requesters",
          number: r,
          list: [answer],
          partners: [theirs],
        }),
        rank,
        gap,
        ...(mine < 0 ? {} : { publisherGivesUp: mine }),
        ...(theirs < 0 ? {} : { requesterGivesUp: theirs }),
      };
    }
  }
  return undefined;
}

/** An allocation that moves other money than the matching says. */
export function wrongAllocation(
  { matching, batches }: RevealedRound,
  held: Readonly<Record<SideName, PairRows>>,
  evidence: RoundEvidence,
): Claim | undefined {
  const { sites = [], requesters = [], counts = [] } = matching.allocation ?? {};
  for (const { site, start, end } of siteRanges(matching, batches)) {
    for (const [r, requester] of (matching.members?.requesters ?? []).entries()) {
      const [from, to] = [gapFor(held.requesters, r, start), gapFor(held.requesters, r, end)];
      const stated = counts[sites.indexOf(site)]?.[requesters.indexOf(requester)] ?? 0;
      if (stated !== to - from) {
        const partners = [from - 1, from, to - 1, to];
        const requester = evidence.open({ side: "requesters", number: r, partners });
        return { kind: "misallocated", requester, site, from, to };
      }
    }
  }
  return undefined;
}
