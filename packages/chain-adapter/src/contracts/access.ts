// access: versioned policies, grants of bundles under them, revocation, and a log of every access decision.
import type { GrantBatch, GrantTerms, LogAccess, Revoke, SetPolicy } from "../codec/calls.js";
import type { LedgerEvent } from "../codec/events.js";
import type { RejectionCode } from "../errors.js";
import { holdingOf } from "./delegation.js";
import { allocated, matchingRound } from "./matching.js";
import { mapGet, mapSet } from "./persistent-map.js";
import { denies, obligationsOf, permits } from "./policy.js";
import { purposeCovers } from "./purposes.js";
import { type CallResult, getIn, type Refusal, reject, setIn } from "./result.js";
import type { AccessState, CallContext, ContractState, GrantState } from "./state.js";

const withAccess = (state: ContractState, changes: Partial<AccessState>): ContractState => ({
  ...state,
  access: { ...state.access, ...changes },
});

export function setPolicy(
  state: ContractState,
  call: SetPolicy,
  { signer: site, time }: CallContext,
): CallResult {
  const { type: _, ...policy } = call;
  const { policyId, version } = policy;
  const key = `${site}/${policyId}`;
  const actual = mapGet(state.access.policies, key)?.version ?? 0;
  if (version !== actual + 1) {
    const message = `policy ${policyId} is at version ${actual}; the next is ${actual + 1}, not ${version}`;
    return reject("EMRX_POLICY_VERSION", message, { actual });
  }
  const policies = mapSet(state.access.policies, key, { ...policy, site, setAt: time });
  return {
    state: withAccess(state, { policies }),
    events: [{ type: "access.policySet", site, policyId, version }],
  };
}

/** One grant of a batch, checked against matching, trade and policy; the state it leads to or why not. */
function makeGrant(
  state: ContractState,
  round: number,
  terms: GrantTerms,
  { signer: site, time }: CallContext,
): GrantState | Refusal {
  const { requester, policyId } = terms;
  if (requester === site) return reject("EMRX_SELF_TRADE", `${site} cannot grant to itself`);
  const offer = getIn(state.trade.offers, round, site);
  if (offer === undefined) return reject("EMRX_NO_OFFER", `${site} has no offer in round ${round}`);
  if (offer.status !== "open") {
    return reject("EMRX_OFFER_WITHDRAWN", `the offer of ${site} was withdrawn`);
  }
  const request = getIn(state.trade.requests, round, requester);
  if (request === undefined) {
    return reject("EMRX_NO_REQUEST", `${requester} has no request in round ${round}`);
  }
  const earlier = getIn(state.access.grants, round, `${site}/${requester}`);
  // After settlement only who had a grant may get another, for example with a new key.
  if (request.status === "withdrawn" || (request.status === "settled" && earlier === undefined)) {
    return reject("EMRX_REQUEST_CLOSED", `the request of ${requester} is ${request.status}`);
  }
  const matched = allocated(matchingRound(state, round)?.allocation, site, requester);
  if (matched === 0) {
    return reject(
      "EMRX_NOT_ALLOCATED",
      `${requester} is not matched with ${site} in round ${round}`,
    );
  }
  if (terms.count !== matched) {
    return reject("EMRX_COUNT_MISMATCH", `${matched} records are matched, not ${terms.count}`);
  }
  const policy = mapGet(state.access.policies, `${site}/${policyId}`);
  if (policy === undefined) return reject("EMRX_NO_POLICY", `${site} has no policy ${policyId}`);
  const { attributes, levels } = terms;
  const { purpose } = request;
  if (
    policy.schemaHash !== offer.schemaHash ||
    !permits(policy.rules, { requester, purpose, attributes, levels, time })
  ) {
    const message = `policy ${policyId} version ${policy.version} does not permit this to ${requester} for ${purpose}`;
    return reject("EMRX_POLICY_DENIES", message);
  }
  return {
    ...terms,
    round,
    site,
    status: "live",
    version: (earlier?.version ?? 0) + 1,
    policyVersion: policy.version,
    permitted: earlier?.permitted ?? 0,
    denied: earlier?.denied ?? 0,
  };
}

export function grantBatch(
  state: ContractState,
  call: GrantBatch,
  context: CallContext,
): CallResult {
  const { round } = call;
  const { signer: site } = context;
  if (matchingRound(state, round)?.phase !== "finalized") {
    return reject("EMRX_NOT_FINALIZED", `the matching of round ${round} is not finalized`);
  }
  const events: LedgerEvent[] = [];
  const seen = new Set<string>();
  let { grants } = state.access;
  for (const terms of call.grants) {
    const { requester, bundle } = terms;
    if (seen.has(requester)) {
      return reject("EMRX_DUPLICATE_GRANT", `${requester} occurs twice in the batch`);
    }
    seen.add(requester);
    const grant = makeGrant(state, round, terms, context);
    if ("rejection" in grant) return grant;
    const { version, policyVersion } = grant;
    grants = setIn(grants, round, `${site}/${requester}`, grant);
    events.push({ type: "access.granted", round, site, requester, version, policyVersion, bundle });
  }
  return { state: withAccess(state, { grants }), events };
}

export function revoke(
  state: ContractState,
  call: Revoke,
  { signer: site }: CallContext,
): CallResult {
  const { round, requester } = call;
  const key = `${site}/${requester}`;
  const grant = getIn(state.access.grants, round, key);
  if (grant === undefined) {
    return reject("EMRX_NO_GRANT", `${site} granted nothing to ${requester} in round ${round}`);
  }
  if (grant.status === "revoked") {
    return reject("EMRX_GRANT_REVOKED", `the grant to ${requester} is revoked already`);
  }
  const version = grant.version + 1;
  const revoked: GrantState = { ...grant, status: "revoked", version };
  return {
    state: withAccess(state, { grants: setIn(state.access.grants, round, key, revoked) }),
    events: [{ type: "access.revoked", round, site, requester, version }],
  };
}

/** What the rules say of a read now: a permit with its obligations, or why not; and the versions it rests on. */
function judgeRead(
  state: ContractState,
  call: LogAccess,
  { signer: reader, time }: CallContext,
): {
  readonly reason?: RejectionCode;
  readonly obligations: readonly string[];
  readonly grantVersion: number;
  readonly policyVersion: number;
} {
  const { round, site, purpose, attributes, grantVersion } = call;
  const grantee = call.grantee ?? reader;
  const grant = getIn(state.access.grants, round, `${site}/${grantee}`);
  // The policy as it is now decides, not as it was when the grant was made.
  const policy = grant && mapGet(state.access.policies, `${site}/${grant.policyId}`);
  const held = holdingOf(state, { round, site, grantee }, reader, time);
  const versions = {
    obligations: [],
    grantVersion: (typeof held === "string" ? grant?.version : held.version) ?? 0,
    policyVersion: policy?.version ?? 0,
  };
  if (typeof held === "string") return { ...versions, reason: held };
  if (held.version !== grantVersion) return { ...versions, reason: "EMRX_GRANT_STALE" };
  if (policy === undefined) return { ...versions, reason: "EMRX_NO_POLICY" };
  const request = getIn(state.trade.requests, round, grantee);
  const allowed = held.purposes ?? (request === undefined ? [] : [request.purpose]);
  const { levels } = held.grant;
  const access = { requester: grantee, purpose, attributes, levels, time };
  const permitted =
    allowed.some((general) => purposeCovers(general, purpose)) &&
    attributes.every((attribute) => held.attributes.includes(attribute)) &&
    permits(policy.rules, access) &&
    // Whoever it was passed on to reads by the grantee's permission, unless a rule denies one of them.
    !held.chain.some((requester) => denies(policy.rules, { ...access, requester }));
  if (!permitted) return { ...versions, reason: "EMRX_POLICY_DENIES" };
  return { ...versions, obligations: obligationsOf(policy.rules, access) };
}

export function logAccess(state: ContractState, call: LogAccess, context: CallContext): CallResult {
  const { round, site, purpose, attributes, grantee } = call;
  const { signer: requester } = context;
  const { reason, obligations, grantVersion, policyVersion } = judgeRead(state, call, context);
  const event: LedgerEvent = {
    type: "access.decided",
    round,
    site,
    requester,
    purpose,
    attributes,
    decision: reason === undefined ? "permit" : "deny",
    ...(reason === undefined ? {} : { reason }),
    ...(obligations.length === 0 ? {} : { obligations }),
    ...(grantee === undefined ? {} : { grantee }),
    grantVersion,
    policyVersion,
  };
  const key = `${site}/${grantee ?? requester}`;
  const grant = getIn(state.access.grants, round, key);
  if (grant === undefined) return { state, events: [event] };
  const counted: GrantState = {
    ...grant,
    permitted: grant.permitted + (reason === undefined ? 1 : 0),
    denied: grant.denied + (reason === undefined ? 0 : 1),
  };
  const grants = setIn(state.access.grants, round, key, counted);
  return { state: withAccess(state, { grants }), events: [event] };
}
