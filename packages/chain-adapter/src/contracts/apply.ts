// The contracts behind one door: which reducer takes a call, and the checks that all calls share.
import type { Call, CallBatch } from "../codec/calls.js";
import type { LedgerEvent } from "../codec/events.js";
import type { SignedCall } from "../codec/signed-call.js";
import { grantBatch, logAccess, revoke, setPolicy } from "./access.js";
import { openRound } from "./admission.js";
import { delegate, revokeDelegation } from "./delegation.js";
import { rate } from "./evaluation.js";
import {
  challengeMatching,
  commitMatching,
  finalizeMatching,
  matchingRound,
  revealMatching,
} from "./matching.js";
import { changeKey, partyOf, registerParty } from "./parties.js";
import { mapGet } from "./persistent-map.js";
import { type CallResult, getIn, reject } from "./result.js";
import { adoptRules } from "./rules.js";
import type { CallContext, ContractState } from "./state.js";
import { deliver, offerBatch, requestRecords, settle, withdraw } from "./trade.js";

/**
 * Runs a call: the state before, the call and its circumstances give the state after. Pure, so that everybody who
 * replays a log comes to the same state; total, so that no call can stop a ledger; and a refused call changes nothing.
 *
 * @param state the state before; not modified
 * @param call a call that `parseCall` accepted
 * @param context whose signature it bears, the ledger and its time
 * @returns the state after with events, or the rejection
 * @throws LedgerError `EMRX_RULES_UNKNOWN` if an operator puts rules in force that this software does not know
 * @example
 * ```ts
 * import { createGenesis } from "@emrx/chain-adapter";
 * import { applyCall, initialState } from "@emrx/chain-adapter/contracts";
 *
 * const context = { ledger: "00", genesis: createGenesis({ name: "trial" }), signer: "aa", time: 0 };
 * const result = applyCall(initialState(), { type: "matching.finalize", round: 1 }, context);
 * "rejection" in result && result.rejection.code; // => "EMRX_NOT_REVEALED"
 * ```
 */
export function applyCall(state: ContractState, call: Call, context: CallContext): CallResult {
  const found = partyOf(state, context.signer);
  return "rejection" in found ? found : run(state, call, { ...context, signer: found.party });
}

/** Calls of one signer, one after the other: all or none. */
function runBatch(state: ContractState, { calls }: CallBatch, context: CallContext): CallResult {
  let after = state;
  const events: LedgerEvent[] = [];
  for (const [item, call] of calls.entries()) {
    const result = run(after, call, context);
    if ("rejection" in result) {
      const { code, message, details } = result.rejection;
      return reject(code, `calls[${item}]: ${message}`, { ...details, item });
    }
    after = result.state;
    events.push(...result.events);
  }
  return { state: after, events };
}

function run(state: ContractState, call: Call, context: CallContext): CallResult {
  switch (call.type) {
    case "trade.openRound":
      return openRound(state, call, context);
    case "trade.offerBatch":
      return offerBatch(state, call, context);
    case "trade.request":
      return requestRecords(state, call, context);
    case "trade.deliver":
      return deliver(state, call, context);
    case "trade.settle":
      return settle(state, call, context);
    case "trade.withdraw":
      return withdraw(state, call, context);
    case "access.setPolicy":
      return setPolicy(state, call, context);
    case "access.grantBatch":
      return grantBatch(state, call, context);
    case "access.revoke":
      return revoke(state, call, context);
    case "access.delegate":
      return delegate(state, call, context);
    case "access.revokeDelegation":
      return revokeDelegation(state, call, context);
    case "access.logAccess":
      return logAccess(state, call, context);
    case "matching.commit":
      return commitMatching(state, call, context);
    case "matching.reveal":
      return revealMatching(state, call, context);
    case "matching.challenge":
      return challengeMatching(state, call, context);
    case "matching.finalize":
      return finalizeMatching(state, call, context);
    case "evaluation.rate":
      return rate(state, call, context);
    case "identity.register":
      return registerParty(state, call, context);
    case "identity.changeKey":
      return changeKey(state, call);
    case "ledger.adopt":
      return adoptRules(state, call, context);
    case "ledger.batch":
      return runBatch(state, call, context);
    default:
      return call satisfies never;
  }
}

/** The version of what a call would change, or the first call of a batch; 0 if that does not exist. */
export function targetVersion(state: ContractState, call: Call, signer: string): number {
  const { trade, access } = state;
  switch (call.type) {
    case "trade.openRound":
      return mapGet(trade.admissions, String(call.round)) === undefined ? 0 : 1;
    case "trade.offerBatch":
      return getIn(trade.offers, call.round, signer)?.version ?? 0;
    case "trade.request":
      return getIn(trade.requests, call.round, signer)?.version ?? 0;
    case "trade.deliver":
    case "trade.settle":
      return getIn(trade.requests, call.round, call.requester)?.version ?? 0;
    case "trade.withdraw":
      return call.what === "offer"
        ? (getIn(trade.offers, call.round, signer)?.version ?? 0)
        : (getIn(trade.requests, call.round, signer)?.version ?? 0);
    case "access.setPolicy":
      return mapGet(access.policies, `${signer}/${call.policyId}`)?.version ?? 0;
    case "access.grantBatch":
      return Math.max(
        ...call.grants.map(
          ({ requester }) =>
            getIn(access.grants, call.round, `${signer}/${requester}`)?.version ?? 0,
        ),
      );
    case "access.revoke":
      return getIn(access.grants, call.round, `${signer}/${call.requester}`)?.version ?? 0;
    case "access.delegate":
    case "access.revokeDelegation": {
      const { round, site, grantee, to } = call;
      return getIn(access.delegations, round, `${site}/${grantee}/${to}`)?.version ?? 0;
    }
    case "access.logAccess":
      return call.grantee === undefined
        ? (getIn(access.grants, call.round, `${call.site}/${signer}`)?.version ?? 0)
        : (getIn(access.delegations, call.round, `${call.site}/${call.grantee}/${signer}`)
            ?.version ?? 0);
    case "matching.commit":
    case "matching.reveal":
    case "matching.challenge":
    case "matching.finalize":
      return matchingRound(state, call.round)?.version ?? 0;
    case "evaluation.rate": {
      const key = `${call.round}/${signer}/${call.role}/${call.subject}`;
      return mapGet(state.evaluation.ratings, key) === undefined ? 0 : 1;
    }
    case "identity.register":
    case "identity.changeKey": {
      const history = mapGet(
        state.parties.histories,
        call.type === "identity.changeKey" ? call.name : signer,
      );
      return history === undefined ? 0 : history.sequence + 1;
    }
    case "ledger.adopt":
      return state.rules;
    case "ledger.batch": {
      const [first] = call.calls;
      return first === undefined ? 0 : targetVersion(state, first, signer);
    }
    default:
      return call satisfies never;
  }
}

/** Runs a signed call: first its deadline and expected version, then its contract. */
export function applySignedCall(
  state: ContractState,
  signed: SignedCall,
  context: CallContext,
): CallResult {
  const { call, deadline, expectedVersion } = signed;
  if (deadline !== undefined && context.time >= deadline) {
    return reject(
      "EMRX_CALL_EXPIRED",
      `the call was void from ${deadline} on; it is ${context.time}`,
    );
  }
  if (expectedVersion !== undefined) {
    const found = partyOf(state, context.signer);
    if ("rejection" in found) return found;
    const actual = targetVersion(state, call, found.party);
    if (actual !== expectedVersion) {
      const message = `expected version ${expectedVersion}, found ${actual}; read again and decide anew`;
      return reject("EMRX_VERSION_CONFLICT", message, { actual });
    }
  }
  return applyCall(state, call, context);
}
