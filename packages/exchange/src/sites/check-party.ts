// What every party is made of, checked.
import type { Identity } from "@emrx/chain-adapter";
import {
  bytes,
  coded,
  deferred,
  fn,
  guard,
  having,
  type Members,
  optional,
  type Shape,
  secret,
  text,
} from "@emrx/internal/shape";
import { check, isObject, ledgerShape } from "../errors/check.js";
import type { DefinedPublication } from "../publication/define.js";
import type { PartyOptions } from "../round/step.js";

/** A publication. */
export const publicationShape: Shape<DefinedPublication> = /* @__PURE__ */ guard(
  (value): value is DefinedPublication =>
    isObject(value) &&
    typeof value["hash"] === "string" &&
    isObject(value["document"]) &&
    Array.isArray(value["policies"]),
  "a publication from definePublication",
);

const identityShape: Shape<Identity> = /* @__PURE__ */ guard(
  (value): value is Identity =>
    isObject(value) &&
    value["publicKey"] instanceof Uint8Array &&
    typeof value["sign"] === "function",
  "an identity from createIdentity",
);

/** Throws unless these are a party's options, with these members beside what all have. The options are returned as they are. */
export function checkParty<T extends PartyOptions>(options: T, more: Members = {}): T {
  const shape = deferred(() =>
    having({
      ledger: ledgerShape,
      identity: identityShape,
      party: optional(text({ form: /^[0-9a-f]{64}$/ })),
      secret: secret(coded("EMRX_EXCHANGE_MEMORY", bytes(32, Number.MAX_SAFE_INTEGER))),
      clock: optional(fn<() => number>()),
      ...more,
    }),
  );
  check(shape, options, "options");
  return options;
}
