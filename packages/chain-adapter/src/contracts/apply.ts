// The contracts behind one door: which reducer takes a call, and the checks that all calls share.
import type { Call, CallBatch } from "../codec/calls.js";
import type { LedgerEvent } from "../codec/events.js";
import { publicationHash } from "../codec/publication.js";
import type { SignedCall } from "../codec/signed-call.js";
import { grant, read, release, reportMissing, revoke, setPolicy } from "./access.js";
import { claimWrong } from "./claim.js";
import { rate } from "./evaluation.js";
import { offer, requestRecords } from "./inputs.js";
import { openRound, showSeed } from "./opening.js";
import { changeKey, partyOf, registerParty } from "./parties.js";
import { mapGet } from "./persistent-map.js";
import { registerPublication } from "./publication.js";
import { type CallResult, reject } from "./result.js";
import { settle } from "./settlement.js";
import type { CallContext, ContractState } from "./state.js";

/**
 * Runs a call: the state before, the call and its circumstances give the state after. Pure, so that everybody who
 * replays a log comes to the same state; total, so that no call can stop a ledger; and a refused call changes nothing.
 *
 * @param state the state before; not modified
 * @param call a call that `parseCall` accepted
 * @param context whose signature it bears, the ledger and its time
 * @returns the state after with events, or the rejection
 * @example
 * ```ts
 * import { createGenesis } from "@emrx/chain-adapter";
 * import { applyCall, initialState } from "@emrx/chain-adapter/contracts";
 *
 * const context = { ledger: "00", genesis: createGenesis({ name: "trial" }), signer: "aa", time: 0 };
 * const result = applyCall(initialState(), { type: "trade.settle", round: 1 }, context);
 * "rejection" in result && result.rejection.code; // => "EMRX_NO_ROUND"
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
    case "publication.register":
      return registerPublication(state, call, context);
    case "round.open":
      return openRound(state, call, context);
    case "trade.offer":
      return offer(state, call, context);
    case "trade.request":
      return requestRecords(state, call, context);
    case "matching.seed":
      return showSeed(state, call, context);
    case "access.setPolicy":
      return setPolicy(state, call, context);
    case "access.grant":
      return grant(state, call, context);
    case "access.read":
      return read(state, call, context);
    case "access.missing":
      return reportMissing(state, call, context);
    case "access.release":
      return release(state, call, context);
    case "access.claim":
      return claimWrong(state, call, context);
    case "access.revoke":
      return revoke(state, call, context);
    case "trade.settle":
      return settle(state, call, context);
    case "evaluation.rate":
      return rate(state, call, context);
    case "identity.register":
      return registerParty(state, call, context);
    case "identity.changeKey":
      return changeKey(state, call);
    case "ledger.batch":
      return runBatch(state, call, context);
    default:
      return call satisfies never;
  }
}

/** The version of what a call would change, or the first call of a batch; 0 if that does not exist. */
export function targetVersion(state: ContractState, call: Call, signer: string): number {
  switch (call.type) {
    case "publication.register":
      return mapGet(state.publications, publicationHash(call.publication)) === undefined ? 0 : 1;
    case "trade.offer":
    case "trade.request": {
      const inputs = mapGet(state.rounds, String(call.round))?.inputs;
      const made = call.type === "trade.offer" ? inputs?.offers : inputs?.requests;
      return (made && mapGet<{ readonly version: number }>(made, signer))?.version ?? 0;
    }
    case "access.setPolicy":
      return mapGet(state.policies, `${signer}/${call.policyId}`)?.version ?? 0;
    case "round.open":
    case "matching.seed":
    case "access.grant":
    case "access.read":
    case "access.missing":
    case "access.release":
    case "access.claim":
    case "access.revoke":
    case "trade.settle":
      return mapGet(state.rounds, String(call.round))?.version ?? 0;
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
