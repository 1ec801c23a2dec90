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
    "publication.document": object({ type: literal("publication.document"), publication: hex32 }),
    "publication.list": object({ type: literal("publication.list") }),
    "round.state": object({ type: literal("round.state"), round, time: optional(time) }),
    "round.list": object({ type: literal("round.list") }),
    "trade.escrow": object({ type: literal("trade.escrow") }),
    "trade.credit": object({ type: literal("trade.credit"), party: hex32 }),
    "access.policy": object({ type: literal("access.policy"), site: hex32, policyId: shortName }),
    "access.policies": object({ type: literal("access.policies") }),
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
    "evaluation.score": object({ type: literal("evaluation.score"), role, subject: hex32 }),
    "evaluation.scores": object({ type: literal("evaluation.scores") }),
    "identity.keys": object({ type: literal("identity.keys"), name: hex32 }),
    "identity.party": object({ type: literal("identity.party"), key: hex32 }),
    "ledger.digest": object({ type: literal("ledger.digest") }),
  };
  return variant("type", shapes);
});

/** The query; throws `EMRX_INVALID_QUERY`, naming the member that is unknown, missing or malformed. */
export const parseQuery = (value: unknown): Query =>
  check(queryShape, value, "query", "EMRX_INVALID_QUERY");
