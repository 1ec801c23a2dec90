// What each query must look like.
import {
  deferred,
  literal,
  object,
  oneOf,
  optional,
  type Shape,
  variant,
} from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { purpose } from "./access-shapes.js";
import { hex32, names, round, shortName, time } from "./fields.js";
import type { Query } from "./queries.js";

const role = /* @__PURE__ */ oneOf(["site", "requester"]);

const queryShape: Shape<Query> = /* @__PURE__ */ deferred(() => {
  const shapes: {
    readonly [T in Query["type"]]: Shape<Extract<Query, { readonly type: T }>>;
  } = {
    "trade.admission": object({ type: literal("trade.admission"), round }),
    "trade.offer": object({ type: literal("trade.offer"), round, site: hex32 }),
    "trade.offers": object({ type: literal("trade.offers"), round }),
    "trade.request": object({ type: literal("trade.request"), round, requester: hex32 }),
    "trade.requests": object({ type: literal("trade.requests"), round }),
    "trade.deliveries": object({ type: literal("trade.deliveries"), round }),
    "trade.escrow": object({ type: literal("trade.escrow") }),
    "trade.credit": object({ type: literal("trade.credit"), party: hex32 }),
    "access.policy": object({ type: literal("access.policy"), site: hex32, policyId: shortName }),
    "access.policies": object({ type: literal("access.policies") }),
    "access.grant": object({
      type: literal("access.grant"),
      round,
      site: hex32,
      requester: hex32,
    }),
    "access.grants": object({
      type: literal("access.grants"),
      round,
      site: optional(hex32),
      requester: optional(hex32),
    }),
    "access.delegation": object({
      type: literal("access.delegation"),
      round,
      site: hex32,
      grantee: hex32,
      to: hex32,
    }),
    "access.delegations": object({ type: literal("access.delegations"), round }),
    "access.decision": object({
      type: literal("access.decision"),
      site: hex32,
      policyId: shortName,
      requester: hex32,
      purpose,
      attributes: names,
      levels: names,
      time: optional(time),
    }),
    "matching.round": object({ type: literal("matching.round"), round }),
    "matching.rounds": object({ type: literal("matching.rounds") }),
    "evaluation.score": object({ type: literal("evaluation.score"), role, subject: hex32 }),
    "evaluation.scores": object({ type: literal("evaluation.scores") }),
    "identity.keys": object({ type: literal("identity.keys"), name: hex32 }),
    "identity.party": object({ type: literal("identity.party"), key: hex32 }),
    "ledger.rules": object({ type: literal("ledger.rules") }),
    "ledger.digest": object({ type: literal("ledger.digest") }),
  };
  return variant("type", shapes);
});

/** The query; throws `EMRX_INVALID_QUERY`, naming the member that is unknown, missing or malformed. */
export const parseQuery = (value: unknown): Query =>
  check(queryShape, value, "query", "EMRX_INVALID_QUERY");
