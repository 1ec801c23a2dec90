// What each call must look like. Unknown members, wrong ranges and wrong forms are refused here, once and for all,
// so that the contracts work on data they can rely on.
import { LedgerError } from "../errors.js";
import type { KeyChange } from "../identity/key-change.js";
import { DEEPEST_DELEGATION, grant, names, purpose, rule } from "./access-shapes.js";
import type { Allocation, Call, CallBatch, CallOf, CallType } from "./calls.js";
import { claim } from "./claim-shapes.js";
import * as field from "./fields.js";
import { integer, invalid, list, object, oneOf, record, type Shape } from "./shape.js";

/** A call type as its own shape, so that every member of a call is listed in one table. */
const named = <const T extends string>(name: T): Shape<T> => oneOf(name);

const parties = list(field.hex32, 0, 100_000);

const matrix = object<Allocation>({
  sites: parties,
  requesters: parties,
  counts: list(list(integer(0, 0xffff_ffff), 0, 100_000), 0, 100_000),
});

/** Rows for sites, columns for requesters, nobody twice. */
const allocation: Shape<Allocation> = (value, path) => {
  const result = matrix(value, path);
  const { sites, requesters, counts } = result;
  if (new Set(sites).size !== sites.length) invalid(`${path}.sites`, "a repeat", "free of repeats");
  if (new Set(requesters).size !== requesters.length) {
    invalid(`${path}.requesters`, "a repeat", "free of repeats");
  }
  if (counts.length !== sites.length || counts.some((row) => row.length !== requesters.length)) {
    invalid(
      `${path}.counts`,
      "another size",
      `${sites.length} rows of ${requesters.length} numbers`,
    );
  }
  return result;
};

const change = object<KeyChange>({
  kind: oneOf("rotation", "recovery"),
  sequence: integer(0),
  next: field.hex32,
  nextRecovery: field.hex32,
  authority: field.hex32,
  authoritySignature: field.hex64,
  nextSignature: field.hex64,
});

/** Nonce and RSA signature of an admission token. */
const token = field.hexBytes(32 + 256, 32 + 512);

/** The shape of every call, by name. */
export const callShapes: { readonly [T in CallType]: Shape<CallOf<T>> } = {
  "trade.openRound": object<CallOf<"trade.openRound">>({
    type: named("trade.openRound"),
    round: field.round,
    issuerKey: field.hexBytes(256, 512),
  }),
  "trade.offerBatch": object<CallOf<"trade.offerBatch">>(
    {
      type: named("trade.offerBatch"),
      round: field.round,
      schemaHash: field.hex32,
      parametersHash: field.hex32,
      epsilon: field.decimal,
      root: field.hex32,
      count: field.count,
      menusHash: field.hex32,
      offers: field.contentId,
      offersRoot: field.hex32,
      token,
    },
    ["offersRoot", "token"],
  ),
  "trade.request": object<CallOf<"trade.request">>(
    {
      type: named("trade.request"),
      round: field.round,
      purpose,
      weights: record(field.shortName, integer(1, 1_000_000), 1, 1000),
      tolerance: field.decimal,
      pricePerRecord: field.amount,
      quota: field.count,
      hpkePublicKey: field.hex32,
      token,
    },
    ["token"],
  ),
  "trade.deliver": object<CallOf<"trade.deliver">>({
    type: named("trade.deliver"),
    round: field.round,
    requester: field.hex32,
    count: field.count,
    bundle: field.contentId,
  }),
  "trade.settle": object<CallOf<"trade.settle">>({
    type: named("trade.settle"),
    round: field.round,
    requester: field.hex32,
  }),
  "trade.withdraw": object<CallOf<"trade.withdraw">>({
    type: named("trade.withdraw"),
    round: field.round,
    what: oneOf("offer", "request"),
  }),
  "access.setPolicy": object<CallOf<"access.setPolicy">>({
    type: named("access.setPolicy"),
    policyId: field.shortName,
    version: field.version,
    schemaHash: field.hex32,
    rules: list(rule, 0, 1000),
  }),
  "access.grantBatch": object<CallOf<"access.grantBatch">>({
    type: named("access.grantBatch"),
    round: field.round,
    grants: list(grant, 1, 10_000),
  }),
  "access.revoke": object<CallOf<"access.revoke">>({
    type: named("access.revoke"),
    round: field.round,
    requester: field.hex32,
  }),
  "access.delegate": object<CallOf<"access.delegate">>(
    {
      type: named("access.delegate"),
      round: field.round,
      site: field.hex32,
      grantee: field.hex32,
      to: field.hex32,
      attributes: names,
      purposes: list(purpose, 1, 100),
      depth: integer(0, DEEPEST_DELEGATION - 1),
      notAfter: field.time,
    },
    ["notAfter"],
  ),
  "access.revokeDelegation": object<CallOf<"access.revokeDelegation">>({
    type: named("access.revokeDelegation"),
    round: field.round,
    site: field.hex32,
    grantee: field.hex32,
    to: field.hex32,
  }),
  "access.logAccess": object<CallOf<"access.logAccess">>(
    {
      type: named("access.logAccess"),
      round: field.round,
      site: field.hex32,
      grantVersion: field.version,
      purpose,
      attributes: names,
      grantee: field.hex32,
    },
    ["grantee"],
  ),
  "matching.commit": object<CallOf<"matching.commit">>({
    type: named("matching.commit"),
    round: field.round,
    inputsRoot: field.hex32,
    inputsCount: field.count,
    seedCommitment: field.hex32,
  }),
  "matching.reveal": object<CallOf<"matching.reveal">>({
    type: named("matching.reveal"),
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
  "matching.challenge": object<CallOf<"matching.challenge">>({
    type: named("matching.challenge"),
    round: field.round,
    claim,
  }),
  "matching.finalize": object<CallOf<"matching.finalize">>({
    type: named("matching.finalize"),
    round: field.round,
  }),
  "evaluation.rate": object<CallOf<"evaluation.rate">>({
    type: named("evaluation.rate"),
    round: field.round,
    subject: field.hex32,
    role: oneOf("site", "requester"),
    predictedQuality: field.partsPerMillion,
    measuredQuality: field.partsPerMillion,
    evidenceHash: field.hex32,
  }),
  "identity.register": object<CallOf<"identity.register">>({
    type: named("identity.register"),
    recovery: field.hex32,
  }),
  "identity.changeKey": object<CallOf<"identity.changeKey">>({
    type: named("identity.changeKey"),
    name: field.hex32,
    change,
  }),
  "ledger.adopt": object<CallOf<"ledger.adopt">>({
    type: named("ledger.adopt"),
    rules: integer(2, 0xffff_ffff),
  }),
  "ledger.batch": object<CallOf<"ledger.batch">>({
    type: named("ledger.batch"),
    calls: list<CallBatch["calls"][number]>(
      (value, path) => {
        const item = shapeOf(value, path);
        return item.type === "ledger.batch"
          ? invalid(`${path}.type`, item.type, "a call that is no batch")
          : item;
      },
      1,
      1000,
    ),
  }),
};

function shapeOf(value: unknown, path: string): Call {
  const type: unknown =
    typeof value === "object" && value !== null ? (value as { type?: unknown }).type : undefined;
  if (typeof type !== "string" || !Object.hasOwn(callShapes, type)) {
    throw new LedgerError(
      "EMRX_INVALID_CALL",
      `${path}.type must be one of ${Object.keys(callShapes).join(", ")}; got ${String(type)}.`,
    );
  }
  return callShapes[type as CallType](value, path);
}

/**
 * Checks that a value is a call.
 *
 * @param value anything
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
export function parseCall(value: unknown): Call {
  return shapeOf(value, "call");
}
