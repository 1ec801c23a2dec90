// matching: open -> committed -> revealed -> finalized or, when a challenge proves it wrong, refuted: then nothing is ever
// granted or settled in the round and all money in it goes back. A commitment that is not revealed in time is void:
// then the round can be committed anew, and offers and requests can be withdrawn.

import { toHex } from "@emrx/internal/bytes";
import type {
  Allocation,
  ChallengeMatching,
  CommitMatching,
  FinalizeMatching,
  RevealMatching,
} from "../codec/calls.js";
import { encodeCanonical } from "../codec/canonical.js";
import type { Hex32, LedgerTime, Round } from "../codec/fields.js";
import { sha256 } from "../merkle/sha256.js";
import { decide } from "./challenge/decide.js";
import { roundFacts } from "./challenge/opening.js";
import { emptyMap, mapEntries, mapGet, mapSet, type PersistentMap } from "./persistent-map.js";
import { refundRound } from "./refund.js";
import { type CallResult, getIn, reject } from "./result.js";
import type { CallContext, ContractState, MatchingRound } from "./state.js";

/**
 * The commitment to a seed. It binds ledger, round and operator, so that a copy of it is worth nothing to others, and
 * hides the seed behind a secret nonce until the reveal.
 *
 * @param opening ledger id, round, the operator's public key, seed and nonce (32 bytes each, hexadecimal)
 * @returns 64 hexadecimal digits for `matching.commit`
 * @throws LedgerError `EMRX_NOT_CANONICAL` if a member is not canonical
 * @example
 * ```ts
 * import { seedCommitment } from "@emrx/chain-adapter/contracts";
 *
 * const opening = { ledger: "aa", round: 1, operator: "bb", seed: "cc", nonce: "dd" };
 * seedCommitment(opening) === seedCommitment({ ...opening, operator: "ee" }); // => false
 * ```
 */
export function seedCommitment(opening: {
  readonly ledger: Hex32;
  readonly round: Round;
  readonly operator: Hex32;
  readonly seed: Hex32;
  readonly nonce: Hex32;
}): Hex32 {
  const { ledger, round, operator, seed, nonce } = opening;
  return toHex(
    sha256(
      encodeCanonical({ domain: "emrx seed commitment 1", ledger, round, operator, seed, nonce }),
    ),
  );
}

/** The matching of a round, if it was committed. */
export function matchingRound(state: ContractState, round: Round): MatchingRound | undefined {
  return mapGet(state.matching.rounds, String(round));
}

/** Whether a commitment was not revealed in time. */
export function isVoid(matching: MatchingRound, time: LedgerTime, revealWindow: number): boolean {
  return matching.phase === "committed" && time >= matching.committedAt + revealWindow;
}

/** Records of a site that a finalized round gives to a requester; 0 for strangers. */
export function allocated(
  allocation: Allocation | undefined,
  site: Hex32,
  requester: Hex32,
): number {
  if (allocation === undefined) return 0;
  const row = allocation.counts[allocation.sites.indexOf(site)];
  return row?.[allocation.requesters.indexOf(requester)] ?? 0;
}

function withRound(state: ContractState, matching: MatchingRound): ContractState {
  const rounds = mapSet(state.matching.rounds, String(matching.round), matching);
  return { ...state, matching: { rounds } };
}

/** Who takes part in a round, in the ledger's order, and how many offers and requests that are. */
function roundMembers(
  state: ContractState,
  round: Round,
): { readonly members: NonNullable<MatchingRound["members"]>; readonly count: number } {
  const open = <V extends { readonly status: string }>(
    map: PersistentMap<PersistentMap<V>>,
  ): (readonly [string, V])[] =>
    mapEntries(mapGet(map, String(round)) ?? emptyMap<V>()).filter(
      ([, { status }]) => status === "open",
    );
  const [offers, requests] = [open(state.trade.offers), open(state.trade.requests)];
  return {
    members: { sites: offers.map(([site]) => site), requesters: requests.map(([key]) => key) },
    count: offers.reduce((sum, [, { count }]) => sum + count, requests.length),
  };
}

export function commitMatching(
  state: ContractState,
  call: CommitMatching,
  context: CallContext,
): CallResult {
  const { operators, revealWindow } = context.genesis;
  if (operators.length > 0 && !operators.includes(context.signer)) {
    return reject("EMRX_NOT_OPERATOR", `${context.signer} is not an operator of this ledger`);
  }
  const earlier = matchingRound(state, call.round);
  if (earlier !== undefined && !isVoid(earlier, context.time, revealWindow)) {
    return reject("EMRX_ALREADY_COMMITTED", `round ${call.round} is ${earlier.phase} already`);
  }
  const { type: _, round, ...commit } = call;
  const inputs = state.rules === 1 ? undefined : roundMembers(state, round);
  if (inputs !== undefined && inputs.count !== commit.inputsCount) {
    return reject(
      "EMRX_COUNT_MISMATCH",
      `${inputs.count} offers and requests are open in round ${round}, not ${commit.inputsCount}`,
    );
  }
  const matching: MatchingRound = {
    round,
    phase: "committed",
    operator: context.signer,
    commit,
    ...(inputs === undefined ? {} : { members: inputs.members }),
    committedAt: context.time,
    version: (earlier?.version ?? 0) + 1,
  };
  const { inputsRoot } = commit;
  return {
    state: withRound(state, matching),
    events: [{ type: "matching.committed", round, operator: context.signer, inputsRoot }],
  };
}

/** Why an allocation cannot be: unknown parties, more than offered or asked for, another total than declared. */
function allocationFault(state: ContractState, call: RevealMatching): CallResult | undefined {
  const { sites, requesters, counts } = call.allocation;
  const most = sites.map((site) => {
    const offer = getIn(state.trade.offers, call.round, site);
    return offer?.status === "open" ? offer.count : undefined;
  });
  const quotas = requesters.map((requester) => {
    const request = getIn(state.trade.requests, call.round, requester);
    return request?.status === "open" ? request.quota : undefined;
  });
  const stranger = sites[most.indexOf(undefined)] ?? requesters[quotas.indexOf(undefined)];
  if (stranger !== undefined) {
    return reject("EMRX_UNKNOWN_PARTY", `${stranger} has no open offer or request in this round`);
  }
  const totals = quotas.map(() => 0);
  let pairs = 0;
  for (const [s, row] of counts.entries()) {
    for (const [r, count] of row.entries()) {
      if (count > (most[s] as number)) {
        return reject("EMRX_OVER_QUOTA", `${sites[s]} offered ${most[s]} records, not ${count}`);
      }
      totals[r] = (totals[r] as number) + count;
      pairs += count;
    }
  }
  const over = totals.findIndex((total, r) => total > (quotas[r] as number));
  if (over >= 0) {
    const message = `${requesters[over]} asked for ${quotas[over]} records, not ${totals[over]}`;
    return reject("EMRX_OVER_QUOTA", message);
  }
  if (pairs === call.pairs) return undefined;
  return reject("EMRX_COUNT_MISMATCH", `pairs is ${call.pairs}, the allocation has ${pairs}`);
}

export function revealMatching(
  state: ContractState,
  call: RevealMatching,
  context: CallContext,
): CallResult {
  const matching = matchingRound(state, call.round);
  if (matching === undefined) {
    return reject("EMRX_NOT_COMMITTED", `round ${call.round} has no committed matching`);
  }
  if (matching.phase !== "committed") {
    return reject("EMRX_ALREADY_REVEALED", `round ${call.round} is ${matching.phase} already`);
  }
  const { operator, commit } = matching;
  if (operator !== context.signer) {
    return reject("EMRX_NOT_COMMITTER", `only ${operator}, who committed, may reveal`);
  }
  if (isVoid(matching, context.time, context.genesis.revealWindow)) {
    return reject("EMRX_REVEAL_LATE", `the reveal window of round ${call.round} is over`);
  }
  const { seed, nonce, round } = call;
  if (
    commit.inputsRoot !== call.inputsRoot ||
    commit.inputsCount !== call.inputsCount ||
    commit.seedCommitment !==
      seedCommitment({ ledger: context.ledger, round, operator, seed, nonce })
  ) {
    return reject("EMRX_REVEAL_MISMATCH", "inputs or seed are not those committed to");
  }
  const fault = allocationFault(state, call);
  if (fault !== undefined) return fault;
  const { type: _, round: __, allocation, ...reveal } = call;
  const { inputs, matching: content, pairs } = reveal;
  return {
    state: withRound(state, {
      ...matching,
      phase: "revealed",
      reveal,
      allocation,
      revealedAt: context.time,
      version: matching.version + 1,
    }),
    events: [{ type: "matching.revealed", round, inputs, matching: content, pairs }],
  };
}

export function challengeMatching(
  state: ContractState,
  { round, claim }: ChallengeMatching,
  { signer: challenger, time: at }: CallContext,
): CallResult {
  const matching = matchingRound(state, round);
  if (matching?.revealedAt === undefined) {
    return reject("EMRX_NOT_REVEALED", `round ${round} has no revealed matching`);
  }
  if (matching.phase === "finalized") {
    return reject("EMRX_ALREADY_FINALIZED", `round ${round} is finalized already`);
  }
  if (matching.phase === "refuted") {
    return reject("EMRX_MATCHING_REFUTED", `the matching of round ${round} is refuted already`);
  }
  const facts = roundFacts(state, matching);
  if (facts === undefined || matching.allocation === undefined) {
    const message = `round ${round} was committed under rules that know no challenges`;
    return reject("EMRX_NOT_CHALLENGEABLE", message);
  }
  const verdict = decide(facts, claim, matching.allocation);
  if (verdict === "unproven") {
    const message = `the evidence for ${claim.kind} is not in the revealed trees, or lacks a part`;
    return reject("EMRX_CHALLENGE_PROOF", message);
  }
  if (verdict === "unfounded") {
    const message = `the evidence holds, but shows nothing that is ${claim.kind}`;
    return reject("EMRX_CHALLENGE_UNFOUNDED", message);
  }
  const refuted = withRound(state, {
    ...matching,
    phase: "refuted",
    refutation: { claim: claim.kind, challenger, at },
    version: matching.version + 1,
  });
  const { trade, events } = refundRound(state.trade, round);
  return {
    state: { ...refuted, trade },
    events: [{ type: "matching.refuted", round, claim: claim.kind, challenger }, ...events],
  };
}

export function finalizeMatching(
  state: ContractState,
  call: FinalizeMatching,
  context: CallContext,
): CallResult {
  const matching = matchingRound(state, call.round);
  if (matching?.revealedAt === undefined) {
    return reject("EMRX_NOT_REVEALED", `round ${call.round} has no revealed matching`);
  }
  if (matching.phase === "finalized") {
    return reject("EMRX_ALREADY_FINALIZED", `round ${call.round} is finalized already`);
  }
  if (matching.phase === "refuted") {
    return reject("EMRX_MATCHING_REFUTED", `the matching of round ${call.round} was refuted`);
  }
  const end = matching.revealedAt + context.genesis.challengeWindow;
  if (context.time < end) {
    return reject("EMRX_CHALLENGE_OPEN", `round ${call.round} can be challenged until ${end}`, {
      until: end,
    });
  }
  return {
    state: withRound(state, {
      ...matching,
      phase: "finalized",
      finalizedAt: context.time,
      version: matching.version + 1,
    }),
    events: [{ type: "matching.finalized", round: call.round }],
  };
}
