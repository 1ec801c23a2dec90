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
import { publicKeyText, signatureText } from "../identity/public-key.js";
import { claimEvidence } from "../payload/fact-shapes.js";
import { purpose, rule } from "./access-shapes.js";
import type { Call, CallBatch, CallOf, CallType, OfferedClass } from "./calls.js";
import * as field from "./fields.js";
import { publicationShape } from "./publication.js";
import { roundTerms } from "./round-shapes.js";
import { x25519Key } from "./x25519-key.js";

/** Items that one call brings, at most. */
const MOST_ITEMS = 1000;

const items = <T>(item: Shape<T>): Shape<readonly T[]> =>
  arrayOf(item, { least: 1, most: MOST_ITEMS });

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

const offeredClass: Shape<OfferedClass> = /* @__PURE__ */ deferred(() =>
  object({
    profile: integer(0, 255),
    floor: integer(0, 255),
    buyers: integer(0, 255),
    lots: integer(1, 0xffff),
  }),
);

/** The calls that can be in a batch. */
type SingleCall = CallBatch["calls"][number];

const singleShapes = (): {
  readonly [T in SingleCall["type"]]: Shape<CallOf<T>>;
} => ({
  "publication.register": object({
    type: literal("publication.register"),
    publication: publicationShape,
  }),
  "round.open": object({
    type: literal("round.open"),
    ...roundTerms(),
    seeders: arrayOf(
      object({ key: publicKeyText, commitment: field.hex32, signature: signatureText }),
      { least: 2, most: 5 },
    ),
  }),
  "trade.offer": object({
    type: literal("trade.offer"),
    round: field.round,
    batch: optional(object({ root: field.hex32, classes: items(offeredClass) })),
    token: optional(token),
  }),
  "trade.request": object({
    type: literal("trade.request"),
    round: field.round,
    terms: optional(
      object({
        purpose,
        weights,
        minimumWorth: integer(1, 1_000_000),
        price: integer(0, 1_000_000_000),
        quota: field.count,
      }),
    ),
    token: optional(token),
  }),
  "matching.seed": object({
    type: literal("matching.seed"),
    round: field.round,
    share: field.hex32,
  }),
  "trade.settle": object({
    type: literal("trade.settle"),
    round: field.round,
    sites: optional(items(field.hex32)),
    most: optional(integer(1, 100_000)),
  }),
  "access.setPolicy": object({
    type: literal("access.setPolicy"),
    policyId: field.shortName,
    version: field.version,
    schemaHash: field.hex32,
    rules: arrayOf(rule, { least: 0, most: 1000 }),
  }),
  "access.grant": object({
    type: literal("access.grant"),
    round: field.round,
    grants: items(
      object({
        requester: field.hex32,
        root: field.hex32,
        keyCommitment: field.hex32,
        policyId: field.shortName,
        policyVersion: field.version,
      }),
    ),
  }),
  "access.read": object({
    type: literal("access.read"),
    round: field.round,
    reads: items(object({ site: field.hex32, oneTimeKey: x25519Key })),
  }),
  "access.missing": object({
    type: literal("access.missing"),
    round: field.round,
    sites: items(field.hex32),
  }),
  "access.release": object({
    type: literal("access.release"),
    round: field.round,
    releases: items(object({ requester: field.hex32, wrappedKey: field.hexBytes(80, 80) })),
  }),
  "access.claim": object({
    type: literal("access.claim"),
    round: field.round,
    site: field.hex32,
    evidence: claimEvidence,
  }),
  "access.revoke": object({
    type: literal("access.revoke"),
    round: field.round,
    requesters: items(field.hex32),
  }),
  "evaluation.rate": object({
    type: literal("evaluation.rate"),
    round: field.round,
    subject: field.hex32,
    role: oneOf(["site", "requester"]),
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
 * parseCall({ type: "trade.settle", round: 1 }); // => { type: "trade.settle", round: 1 }
 * parseCall({ type: "trade.settle", round: 0 }); // throws EMRX_INVALID_CALL
 * ```
 */
export function parseCall(call: unknown): Call {
  return check(callShape, call, "call", "EMRX_INVALID_CALL");
}
