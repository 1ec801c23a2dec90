// What each call must look like. Unknown members, wrong ranges and wrong forms are refused here, once and for all,
// so that the contracts work on data they can rely on.
import {
  arrayOf,
  deferred,
  integer,
  literal,
  object,
  oneOf,
  optional,
  recordOf,
  type Shape,
  satisfying,
  variant,
} from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { keyChangeShape } from "../identity/key-change.js";
import { DEEPEST_DELEGATION, grant, purpose, rule } from "./access-shapes.js";
import type { Allocation, Call, CallBatch, CallOf, CallType } from "./calls.js";
import { claim } from "./claim-shapes.js";
import * as field from "./fields.js";
import { x25519Key } from "./x25519-key.js";

/** Nobody twice. */
const parties = /* @__PURE__ */ satisfying(
  /* @__PURE__ */ arrayOf(field.hex32, { most: 100_000 }),
  (keys) => new Set(keys).size === keys.length,
  "a list free of repeats",
);

/** Rows for sites, columns for requesters. */
const allocation: Shape<Allocation> = /* @__PURE__ */ deferred(() =>
  satisfying(
    object({
      sites: parties,
      requesters: parties,
      counts: arrayOf(arrayOf(integer(0, 0xffff_ffff), { most: 100_000 }), { most: 100_000 }),
    }),
    ({ sites, requesters, counts }) =>
      counts.length === sites.length && counts.every(({ length }) => length === requesters.length),
    "an object whose counts have a row a site of a number a requester",
  ),
);

/** Nonce and RSA signature of a blind token. */
const token: Shape<string> = /* @__PURE__ */ deferred(() => field.hexBytes(32 + 256, 32 + 512));

/** Attributes with their weights. */
const weights: Shape<Readonly<Record<string, number>>> = /* @__PURE__ */ deferred(() =>
  satisfying(
    recordOf(integer(1, 1_000_000), { most: 1000 }),
    (record) => {
      const names = Object.keys(record);
      return names.length > 0 && names.every((name) => /^\P{Cc}{1,128}$/u.test(name));
    },
    "1 to 1000 attributes, named by 1 to 128 characters without control characters",
  ),
);

/** The calls that can be in a batch. */
type SingleCall = CallBatch["calls"][number];

const singleShapes = (): {
  readonly [T in SingleCall["type"]]: Shape<CallOf<T>>;
} => ({
  "trade.openRound": object({
    type: literal("trade.openRound"),
    round: field.round,
    issuerKey: field.hexBytes(256, 512),
  }),
  "trade.offerBatch": object({
    type: literal("trade.offerBatch"),
    round: field.round,
    schemaHash: field.hex32,
    parametersHash: field.hex32,
    epsilon: field.decimal,
    root: field.hex32,
    count: field.count,
    menusHash: field.hex32,
    offers: field.contentId,
    offersRoot: optional(field.hex32),
    token: optional(token),
  }),
  "trade.request": object({
    type: literal("trade.request"),
    round: field.round,
    purpose,
    weights: weights,
    tolerance: field.decimal,
    pricePerRecord: field.amount,
    quota: field.count,
    hpkePublicKey: x25519Key,
    token: optional(token),
  }),
  "trade.deliver": object({
    type: literal("trade.deliver"),
    round: field.round,
    requester: field.hex32,
    count: field.count,
    bundle: field.contentId,
  }),
  "trade.settle": object({
    type: literal("trade.settle"),
    round: field.round,
    requester: field.hex32,
  }),
  "trade.withdraw": object({
    type: literal("trade.withdraw"),
    round: field.round,
    what: oneOf(["offer", "request"]),
  }),
  "access.setPolicy": object({
    type: literal("access.setPolicy"),
    policyId: field.shortName,
    version: field.version,
    schemaHash: field.hex32,
    rules: arrayOf(rule, { least: 0, most: 1000 }),
  }),
  "access.grantBatch": object({
    type: literal("access.grantBatch"),
    round: field.round,
    grants: arrayOf(grant, { least: 1, most: 10_000 }),
  }),
  "access.revoke": object({
    type: literal("access.revoke"),
    round: field.round,
    requester: field.hex32,
  }),
  "access.delegate": object({
    type: literal("access.delegate"),
    round: field.round,
    site: field.hex32,
    grantee: field.hex32,
    to: field.hex32,
    attributes: field.names,
    purposes: arrayOf(purpose, { least: 1, most: 100 }),
    depth: integer(0, DEEPEST_DELEGATION - 1),
    notAfter: optional(field.time),
  }),
  "access.revokeDelegation": object({
    type: literal("access.revokeDelegation"),
    round: field.round,
    site: field.hex32,
    grantee: field.hex32,
    to: field.hex32,
  }),
  "access.logAccess": object({
    type: literal("access.logAccess"),
    round: field.round,
    site: field.hex32,
    grantVersion: field.version,
    purpose,
    attributes: field.names,
    grantee: optional(field.hex32),
  }),
  "matching.commit": object({
    type: literal("matching.commit"),
    round: field.round,
    inputsRoot: field.hex32,
    inputsCount: field.count,
    seedCommitment: field.hex32,
  }),
  "matching.reveal": object({
    type: literal("matching.reveal"),
    round: field.round,
    inputs: field.contentId,
    inputsRoot: field.hex32,
    inputsCount: field.count,
    seed: field.hex32,
    nonce: field.hex32,
    matching: field.contentId,
    matchingRoot: field.hex32,
    pairs: integer(0, 0xffff_ffff),
    allocation,
  }),
  "matching.challenge": object({
    type: literal("matching.challenge"),
    round: field.round,
    claim,
  }),
  "matching.finalize": object({
    type: literal("matching.finalize"),
    round: field.round,
  }),
  "evaluation.rate": object({
    type: literal("evaluation.rate"),
    round: field.round,
    subject: field.hex32,
    role: oneOf(["site", "requester"]),
    predictedQuality: field.partsPerMillion,
    measuredQuality: field.partsPerMillion,
    evidenceHash: field.hex32,
  }),
  "identity.register": object({
    type: literal("identity.register"),
    recovery: field.hex32,
  }),
  "identity.changeKey": object({
    type: literal("identity.changeKey"),
    name: field.hex32,
    change: keyChangeShape,
  }),
  "ledger.adopt": object({
    type: literal("ledger.adopt"),
    rules: integer(2, 0xffff_ffff),
  }),
});

/** The shape of any call. */
export const callShape: Shape<Call> = /* @__PURE__ */ deferred(() => {
  const singles = singleShapes();
  const shapes: { readonly [T in CallType]: Shape<CallOf<T>> } = {
    ...singles,
    "ledger.batch": object({
      type: literal("ledger.batch"),
      calls: arrayOf<SingleCall>(variant("type", singles), { least: 1, most: 1000 }),
    }),
  };
  return variant("type", shapes);
});

/**
 * Checks that a value is a call.
 *
 * @param call anything
 * @returns the call, with no other members than its own
 * @throws LedgerError `EMRX_INVALID_CALL`, naming the member, what was given and what was expected
 * @example
 * ```ts
 * import { parseCall } from "@emrx/chain-adapter/calls";
 *
 * parseCall({ type: "matching.finalize", round: 1 }); // => { type: "matching.finalize", round: 1 }
 * parseCall({ type: "matching.finalize", round: 0 }); // throws EMRX_INVALID_CALL
 * ```
 */
export function parseCall(call: unknown): Call {
  return check(callShape, call, "call", "EMRX_INVALID_CALL");
}
