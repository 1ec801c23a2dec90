// What every party is made of, checked.
import type { Identity } from "@emrx/chain-adapter";
import {
  anything,
  bytes,
  coded,
  deferred,
  fn,
  guard,
  type Members,
  object,
  optional,
  type Shape,
  secret,
  type TextRules,
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

/** The name of a party. */
export const nameOfParty: TextRules = {
  form: /^[0-9a-f]{64}$/,
  described: "64 lowercase hexadecimal digits",
};

/** Throws unless these are a party's options, with these members beside what all have, and no others. The options are returned as they are. */
export function checkParty<T extends PartyOptions>(options: T, more: Members = {}): T {
  const shape = deferred(() =>
    object({
      ledger: ledgerShape,
      identity: identityShape,
      party: optional(text(nameOfParty)),
      secret: secret(coded("EMRX_EXCHANGE_MEMORY", bytes(32, Number.MAX_SAFE_INTEGER))),
      clock: optional(fn<() => number>()),
      // One set of options may make a site, a requester and a seeder.
      ...{ store: optional(anything), publication: optional(anything), memory: optional(anything) },
      ...more,
    }),
  );
  check(shape, options, "options");
  return options;
}
