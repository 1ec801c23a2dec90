// access: versioned policies; grants under them, reads, missing contents, releases of keys, revocation.
import type { Grant, Read, Release, ReportMissing, Revoke, SetPolicy } from "../codec/calls.js";
import { decideItems, type Matched } from "./pairs.js";
import { mapGet, mapSet } from "./persistent-map.js";
import { obligationsOf, permits } from "./policy.js";
import { type CallResult, type Refusal, reject } from "./result.js";
import type { CallContext, ContractState, PolicyState } from "./state.js";

export function setPolicy(
  state: ContractState,
  call: SetPolicy,
  { signer: site, time }: CallContext,
): CallResult {
  const { type: _, ...policy } = call;
  const { policyId, version } = policy;
  const key = `${site}/${policyId}`;
  const actual = mapGet(state.policies, key)?.version ?? 0;
  if (version !== actual + 1) {
    const message = `policy ${policyId} is at version ${actual}; the next is ${actual + 1}, not ${version}`;
    return reject("EMRX_POLICY_VERSION", message, { actual });
  }
  const policies = mapSet(state.policies, key, { ...policy, site, setAt: time });
  return {
    state: { ...state, policies },
    events: [{ type: "access.policySet", site, policyId, version }],
  };
}

/** What a pair's profiles disclose, as accesses that a policy can decide. */
function accesses({ publication, allotment, request, pair }: Matched, time: number) {
  const { attributes, levels, profiles } = publication;
  const used = new Set(allotment.ranges.map(({ profile }) => profile));
  return [...used].flatMap((profile) =>
    attributes.flatMap((attribute, i) => {
      const level = levels[profiles[profile]?.levels[i] ?? -1];
      if (level === undefined) return []; // withheld
      const { requester } = pair;
      const { purpose } = request;
      return [{ requester, purpose, attributes: [attribute], levels: [level], time }];
    }),
  );
}

/** The policy if it permits every attribute of every profile of the pair now, with what goes with that; or why not. */
function permission(
  state: ContractState,
  matched: Matched,
  policyId: string,
  time: number,
): { readonly policy: PolicyState; readonly obligations: readonly string[] } | Refusal {
  const { pair, publication } = matched;
  const policy = mapGet(state.policies, `${pair.site}/${policyId}`);
  if (policy === undefined) {
    return reject("EMRX_NO_POLICY", `${pair.site} has no policy ${policyId}`);
  }
  const asked = accesses(matched, time);
  if (
    policy.schemaHash !== publication.schemaHash ||
    !asked.every((access) => permits(policy.rules, access))
  ) {
    const message = `policy ${policyId} version ${policy.version} does not permit this to ${pair.requester}`;
    return reject("EMRX_POLICY_DENIES", message);
  }
  const all = asked.flatMap((access) => obligationsOf(policy.rules, access));
  return { policy, obligations: [...new Set(all)].sort() };
}

export function grant(
  state: ContractState,
  { round, grants }: Grant,
  { signer: site, time }: CallContext,
): CallResult {
  const pairOf = ({ requester }: Grant["grants"][number]) => ({ site, requester });
  return decideItems(
    state,
    { round, item: "grant", phases: ["grant"], items: grants, pairOf },
    time,
    (matched, { requester, ...terms }) => {
      if (matched.pair.grant !== undefined) {
        return reject("EMRX_DUPLICATE_GRANT", `${site} has granted to ${requester} already`);
      }
      const found = permission(state, matched, terms.policyId, time);
      if ("rejection" in found) return found;
      const { version: actual } = found.policy;
      const { root, policyId, policyVersion } = terms;
      if (policyVersion !== actual) {
        const message = `policy ${policyId} is at version ${actual}, not ${policyVersion}`;
        return reject("EMRX_POLICY_VERSION", message, { actual });
      }
      return {
        pair: { ...matched.pair, grant: terms },
        event: { type: "access.granted", round, site, requester, root, policyId, policyVersion },
      };
    },
  );
}

/** A grant about which its requester has said nothing yet, or why not. */
function unanswered({ pair }: Matched): NonNullable<Matched["pair"]["grant"]> | Refusal {
  const { site, requester, grant: granted, read, missing } = pair;
  if (granted === undefined) {
    return reject("EMRX_NO_GRANT", `${site} granted nothing to ${requester}`);
  }
  if (read !== undefined || missing) {
    return reject("EMRX_ALREADY_READ", `${requester} has read or reported the grant of ${site}`);
  }
  return granted;
}

export function read(
  state: ContractState,
  { round, reads }: Read,
  { signer: requester, time }: CallContext,
): CallResult {
  const pairOf = ({ site }: Read["reads"][number]) => ({ site, requester });
  return decideItems(
    state,
    { round, item: "read", phases: ["read"], items: reads, pairOf },
    time,
    (matched, { site, oneTimeKey }) => {
      const granted = unanswered(matched);
      if ("rejection" in granted) return granted;
      const { policyId } = granted;
      // The policy as it is now decides, not as it was when the grant was made.
      const found =
        matched.pair.revoked === undefined
          ? permission(state, matched, policyId, time)
          : reject("EMRX_GRANT_REVOKED", `${site} has revoked the grant`);
      const denied = "rejection" in found;
      const decision = denied ? "deny" : "permit";
      return {
        pair: { ...matched.pair, read: { oneTimeKey, decision } },
        event: {
          type: "access.decided",
          round,
          site,
          requester,
          purpose: matched.request.purpose,
          decision,
          ...(denied ? { reason: found.rejection.code } : {}),
          ...(denied || found.obligations.length === 0 ? {} : { obligations: found.obligations }),
          policyId,
          policyVersion: mapGet(state.policies, `${site}/${policyId}`)?.version ?? 0,
        },
      };
    },
  );
}

export function reportMissing(
  state: ContractState,
  { round, sites }: ReportMissing,
  { signer: requester, time }: CallContext,
): CallResult {
  return decideItems(
    state,
    {
      round,
      item: "missing",
      phases: ["read"],
      items: sites,
      pairOf: (site) => ({ site, requester }),
    },
    time,
    (matched, site) => {
      const granted = unanswered(matched);
      if ("rejection" in granted) return granted;
      if (matched.pair.revoked !== undefined) {
        return reject("EMRX_GRANT_REVOKED", `${site} has revoked the grant; it is not paid`);
      }
      return {
        pair: { ...matched.pair, missing: true },
        event: { type: "access.missed", round, site, requester },
      };
    },
  );
}

export function release(
  state: ContractState,
  { round, releases }: Release,
  { signer: site, time }: CallContext,
): CallResult {
  const pairOf = ({ requester }: Release["releases"][number]) => ({ site, requester });
  return decideItems(
    state,
    { round, item: "release", phases: ["release"], items: releases, pairOf },
    time,
    ({ pair }, { requester, wrappedKey }) => {
      if (pair.read?.decision !== "permit") {
        return reject("EMRX_NO_PERMIT", `${requester} has no permit to read from ${site}`);
      }
      if (pair.revoked !== undefined) {
        return reject("EMRX_GRANT_REVOKED", `the grant to ${requester} is revoked`);
      }
      if (pair.wrappedKey !== undefined) {
        return reject("EMRX_ALREADY_RELEASED", `${site} has released to ${requester} already`);
      }
      return {
        pair: { ...pair, wrappedKey },
        event: { type: "access.released", round, site, requester },
      };
    },
  );
}

export function revoke(
  state: ContractState,
  { round, requesters }: Revoke,
  { signer: site, time }: CallContext,
): CallResult {
  return decideItems(
    state,
    {
      round,
      item: "revoke",
      phases: ["grant", "read", "release", "claim", "settle"],
      items: requesters,
      pairOf: (requester) => ({ site, requester }),
    },
    time,
    ({ pair }, requester) => {
      if (pair.grant === undefined) {
        return reject("EMRX_NO_GRANT", `${site} granted nothing to ${requester}`);
      }
      if (pair.revoked !== undefined) {
        return reject("EMRX_GRANT_REVOKED", `the grant to ${requester} is revoked already`);
      }
      const released = pair.wrappedKey !== undefined;
      return {
        pair: { ...pair, revoked: released ? "after" : "before" },
        event: { type: "access.revoked", round, site, requester, released },
      };
    },
  );
}
