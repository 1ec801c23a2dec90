// Passing a grant on. What is passed on is a part of what the giver has, and is void as soon as anything between it and
// the site's grant is ended or given anew: no list of followers has to be kept, the way up is walked at each decision.
import type { Delegate, RevokeDelegation } from "../codec/calls.js";
import type { Hex32, LedgerTime, Round } from "../codec/fields.js";
import type { RejectionCode } from "../errors.js";
import { type Purpose, purposeCovers } from "./purposes.js";
import { type CallResult, getIn, reject, setIn } from "./result.js";
import type { CallContext, ContractState, DelegationState, GrantState } from "./state.js";

/** What somebody holds of a site's grant, and everybody it came through, the holder last. */
export interface Holding {
  readonly grant: GrantState;
  /** Version that a reader presents: of the grant, or of what was passed on. */
  readonly version: number;
  readonly attributes: readonly string[];
  /** Undefined for the grantee itself: the request's purpose bounds it. */
  readonly purposes: readonly Purpose[] | undefined;
  /** How many times it may be passed on from here. */
  readonly depth: number;
  readonly notAfter: LedgerTime | undefined;
  readonly chain: readonly Hex32[];
}

/** What a holder has of a grant at a moment, or the code that says why nothing. */
export function holdingOf(
  state: ContractState,
  {
    round,
    site,
    grantee,
  }: { readonly round: Round; readonly site: Hex32; readonly grantee: Hex32 },
  holder: Hex32,
  time: LedgerTime,
): Holding | RejectionCode {
  const grant = getIn(state.access.grants, round, `${site}/${grantee}`);
  if (grant === undefined) return "EMRX_NO_GRANT";
  const links: DelegationState[] = [];
  let at = holder;
  // It was only ever passed on to somebody who was not on the giver's own way up, so every way up has an end.
  while (at !== grantee) {
    const link = getIn(state.access.delegations, round, `${site}/${grantee}/${at}`);
    if (link === undefined) return "EMRX_NO_GRANT";
    if (link.status !== "live") return "EMRX_GRANT_REVOKED";
    links.unshift(link);
    at = link.from;
  }
  if (grant.status !== "live") return "EMRX_GRANT_REVOKED";
  let version = grant.version;
  for (const link of links) {
    if (link.parentVersion !== version) return "EMRX_GRANT_REVOKED";
    if (link.notAfter !== undefined && time >= link.notAfter) return "EMRX_GRANT_EXPIRED";
    version = link.version;
  }
  const last = links.at(-1);
  return {
    grant,
    version,
    attributes: last?.attributes ?? grant.attributes,
    purposes: last?.purposes,
    depth: last?.depth ?? grant.delegation ?? 0,
    notAfter: last?.notAfter,
    chain: [grantee, ...links.map(({ to }) => to)],
  };
}

export function delegate(state: ContractState, call: Delegate, context: CallContext): CallResult {
  const { type: _, ...terms } = call;
  const { round, site, grantee, to, attributes, purposes, depth, notAfter } = terms;
  const { signer: from, time } = context;
  const held = holdingOf(state, call, from, time);
  if (typeof held === "string") {
    return reject(held, `${from} holds nothing of the grant of ${site} to ${grantee}`);
  }
  if (held.chain.includes(to) || to === site) {
    return reject("EMRX_DELEGATION_CIRCLE", `${to} has it by itself, or gave it to ${from}`);
  }
  const key = `${site}/${grantee}/${to}`;
  const earlier = getIn(state.access.delegations, round, key);
  if (typeof holdingOf(state, call, to, time) !== "string") {
    return reject("EMRX_DUPLICATE_GRANT", `${to} holds a part of this grant already`);
  }
  const request = getIn(state.trade.requests, round, grantee);
  const allowed = held.purposes ?? (request === undefined ? [] : [request.purpose]);
  const within =
    depth < held.depth &&
    attributes.every((attribute) => held.attributes.includes(attribute)) &&
    purposes.every((purpose) => allowed.some((general) => purposeCovers(general, purpose))) &&
    (held.notAfter === undefined || (notAfter !== undefined && notAfter <= held.notAfter));
  if (!within) {
    return reject("EMRX_BEYOND_GRANT", `${from} may pass on less than that: see what it holds`, {
      depth: held.depth,
    });
  }
  const version = (earlier?.version ?? 0) + 1;
  const delegation: DelegationState = {
    ...terms,
    from,
    status: "live",
    version,
    parentVersion: held.version,
  };
  const delegations = setIn(state.access.delegations, round, key, delegation);
  return {
    state: { ...state, access: { ...state.access, delegations } },
    events: [{ type: "access.delegated", round, site, grantee, from, to, version }],
  };
}

export function revokeDelegation(
  state: ContractState,
  { round, site, grantee, to }: RevokeDelegation,
  { signer }: CallContext,
): CallResult {
  const key = `${site}/${grantee}/${to}`;
  const link = getIn(state.access.delegations, round, key);
  if (link === undefined || (signer !== link.from && signer !== site)) {
    return reject("EMRX_NO_GRANT", `${signer} passed nothing of this grant on to ${to}`);
  }
  if (link.status === "revoked") {
    return reject("EMRX_GRANT_REVOKED", `what was passed on to ${to} is revoked already`);
  }
  const version = link.version + 1;
  const ended: DelegationState = { ...link, status: "revoked", version };
  const delegations = setIn(state.access.delegations, round, key, ended);
  return {
    state: { ...state, access: { ...state.access, delegations } },
    events: [{ type: "access.delegationRevoked", round, site, grantee, to, version }],
  };
}
