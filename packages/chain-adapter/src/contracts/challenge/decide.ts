// Decides a claim about a revealed matching from the evidence alone. Whatever is proven here cannot be true of a stable
// matching of the round's offers and requests; what is not proven changes nothing.
import type { Claim, DuplicateClaim } from "../../codec/challenge-claims.js";
import type { Allocation } from "../../codec/matching-calls.js";
import { PUBLISHER, REQUESTER } from "./leaves.js";
import {
  expectedAgent,
  type OpenAgent,
  openAgent,
  type RoundFacts,
  type Sequence,
} from "./opening.js";

/** What evidence says: the claim holds, it does not hold, or the evidence is no evidence. */
export type Verdict = "proven" | "unfounded" | "unproven";

const verdict = (holds: boolean): Verdict => (holds ? "proven" : "unfounded");

/** The numbers on both sides of a gap between partners. */
function around(
  partners: Sequence,
  gap: number,
): { readonly before: number; readonly after: number } | undefined {
  const before = gap === 0 ? -1 : partners.at(gap - 1)?.number;
  const after = gap === partners.count ? Number.POSITIVE_INFINITY : partners.at(gap)?.number;
  return before === undefined || after === undefined ? undefined : { before, after };
}

/** That an agent is not among partners: its number falls into a gap. */
function absent(partners: Sequence, gap: number, number: number): Verdict {
  const found = around(partners, gap);
  if (found === undefined) return "unproven";
  return verdict(found.before < number && number < found.after);
}

/** That an agent would take another of this rank: it has room, or a partner that it ranks lower. */
function wants(
  quota: number,
  partners: Sequence,
  rank: number,
  givesUp: number | undefined,
): Verdict {
  if (givesUp === undefined) return verdict(partners.count < quota);
  const partner = partners.at(givesUp);
  return partner === undefined ? "unproven" : verdict(partner.rank > rank);
}

const firstFault = (...verdicts: readonly Verdict[]): Verdict =>
  verdicts.find((found) => found === "unproven") ??
  verdicts.find((found) => found === "unfounded") ??
  "proven";

function blocking(facts: RoundFacts, claim: Extract<Claim, { kind: "blocking" }>): Verdict {
  const publisher = openAgent(facts, claim.publisher);
  const requester = openAgent(facts, claim.requester);
  if (publisher?.input === undefined || publisher.partners === undefined) return "unproven";
  if (requester?.input === undefined || requester.partners === undefined) return "unproven";
  if (publisher.side !== PUBLISHER || requester.side !== REQUESTER) return "unfounded";
  const wish = publisher.input.list.at(claim.rank);
  if (wish === undefined) return "unproven";
  if (wish.number !== requester.number) return "unfounded";
  const answer = requester.input.list.at(wish.rank);
  if (answer === undefined) return "unproven";
  return firstFault(
    verdict(answer.number === publisher.number && answer.rank === claim.rank),
    absent(publisher.partners, claim.gap, requester.number),
    wants(publisher.input.quota, publisher.partners, claim.rank, claim.publisherGivesUp),
    wants(requester.input.quota, requester.partners, wish.rank, claim.requesterGivesUp),
  );
}

function unacceptable(facts: RoundFacts, claim: Extract<Claim, { kind: "unacceptable" }>): Verdict {
  const agent = openAgent(facts, claim.agent);
  const partner = agent?.partners?.at(claim.partner);
  if (agent?.input === undefined || partner === undefined) return "unproven";
  const { list } = agent.input;
  if (partner.rank >= list.count) return "proven";
  const listed = list.at(partner.rank);
  return listed === undefined ? "unproven" : verdict(listed.number !== partner.number);
}

function oneSided(facts: RoundFacts, claim: Extract<Claim, { kind: "oneSided" }>): Verdict {
  const agent = openAgent(facts, claim.agent);
  const other = openAgent(facts, claim.other);
  const partner = agent?.partners?.at(claim.partner);
  if (agent === undefined || partner === undefined || other?.partners === undefined)
    return "unproven";
  if (agent.side === other.side || partner.number !== other.number) return "unfounded";
  return absent(other.partners, claim.gap, agent.number);
}

function unmutual(facts: RoundFacts, claim: Extract<Claim, { kind: "unmutual" }>): Verdict {
  const agent = openAgent(facts, claim.agent);
  const other = openAgent(facts, claim.other);
  const wish = agent?.input?.list.at(claim.rank);
  if (agent === undefined || wish === undefined || other?.input === undefined) return "unproven";
  if (agent.side === other.side || wish.number !== other.number) return "unfounded";
  const { list } = other.input;
  if (wish.rank >= list.count) return "proven";
  const answer = list.at(wish.rank);
  if (answer === undefined) return "unproven";
  return verdict(answer.number !== agent.number || answer.rank !== claim.rank);
}

const sequenceOf = (
  agent: OpenAgent | undefined,
  among: DuplicateClaim["among"],
): Sequence | undefined => (among === "list" ? agent?.input?.list : agent?.partners);

function duplicate(facts: RoundFacts, claim: DuplicateClaim): Verdict {
  const { first, second, among } = claim;
  const sequence = sequenceOf(openAgent(facts, claim.agent), among);
  const [a, b] = [sequence?.at(first), sequence?.at(second)];
  if (a === undefined || b === undefined) return "unproven";
  return verdict(
    first < second && (among === "list" ? a.number === b.number : a.number >= b.number),
  );
}

function unadmitted(facts: RoundFacts, claim: Extract<Claim, { kind: "unadmitted" }>): Verdict {
  const agent = openAgent(facts, claim.agent);
  const pair = sequenceOf(agent, claim.among)?.at(claim.at);
  if (agent === undefined || pair === undefined) return "unproven";
  const others = agent.side === PUBLISHER ? facts.requesters.length : facts.publishers;
  return verdict(pair.number >= others);
}

function wrongEntry(
  facts: RoundFacts,
  claim: Extract<Claim, { kind: "omitted" | "altered" }>,
): Verdict {
  const agent = openAgent(facts, claim.agent);
  const expected = agent && expectedAgent(facts, agent, claim.offer);
  if (agent?.input === undefined || expected === undefined) return "unproven";
  const { id, quota } = agent.input;
  return claim.kind === "omitted"
    ? verdict(id !== expected.id)
    : verdict(id === expected.id && quota !== expected.quota);
}

function misallocated(
  facts: RoundFacts,
  claim: Extract<Claim, { kind: "misallocated" }>,
  { sites, requesters, counts }: Allocation,
): Verdict {
  const agent = openAgent(facts, claim.requester);
  const site = facts.sites.find((known) => known.site === claim.site);
  const { from, to } = claim;
  if (agent?.partners === undefined || site === undefined || from > to) return "unproven";
  if (agent.side !== REQUESTER) return "unfounded";
  // The partners from `from` to `to` are all those of the site: the sites' first numbers fall into the gaps there.
  for (const [gap, edge] of [
    [from, site.start],
    [to, site.end],
  ] as const) {
    const found = around(agent.partners, gap);
    if (found === undefined || found.before >= edge || found.after < edge) return "unproven";
  }
  const row = counts[sites.indexOf(site.site)];
  const allocated = row?.[requesters.indexOf(facts.requesters[agent.number]?.id ?? "")] ?? 0;
  return verdict(allocated !== to - from);
}

/** What the evidence for a claim says. */
export function decide(facts: RoundFacts, claim: Claim, allocation: Allocation): Verdict {
  switch (claim.kind) {
    case "blocking":
      return blocking(facts, claim);
    case "overQuota": {
      const agent = openAgent(facts, claim.agent);
      if (agent?.input === undefined || agent.partners === undefined) return "unproven";
      return verdict(agent.partners.count > agent.input.quota);
    }
    case "unacceptable":
      return unacceptable(facts, claim);
    case "oneSided":
      return oneSided(facts, claim);
    case "unmutual":
      return unmutual(facts, claim);
    case "duplicate":
      return duplicate(facts, claim);
    case "unadmitted":
      return unadmitted(facts, claim);
    case "omitted":
    case "altered":
      return wrongEntry(facts, claim);
    case "misallocated":
      return misallocated(facts, claim, allocation);
    default:
      return claim satisfies never;
  }
}
