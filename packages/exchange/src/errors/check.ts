// How this package checks arguments and options, and the shapes that several of its functions ask for.
import type { ChainAdapter, Identity } from "@emrx/chain-adapter";
import type { ContentStore } from "@emrx/chain-adapter/payload";
import {
  bytes,
  type Check,
  checker,
  coded,
  deferred,
  fn,
  guard,
  having,
  integer,
  type Members,
  methods,
  optional,
  type Shape,
  secret,
  text,
} from "@emrx/internal/shape";
import type { Schema, Store } from "@emrx/ldp-core";
import type { DefinedPublication } from "../publication/define.js";
import type { PartyOptions } from "../round/step.js";
import { ExchangeError, type ExchangeErrorCode } from "./exchange-error.js";

/** Throws an `ExchangeError` that names the argument, what was given and what was expected. */
export const check: Check<ExchangeErrorCode> = /* @__PURE__ */ checker<ExchangeErrorCode>(
  (code, message, context) => new ExchangeError(code, message, context),
  "EMRX_EXCHANGE_ARGUMENT",
);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

/** A schema of ldp-core. */
export const schemaShape: Shape<Schema> = /* @__PURE__ */ guard(
  (value): value is Schema =>
    isObject(value) &&
    typeof value["hash"] === "string" &&
    Array.isArray(value["attributes"]) &&
    Array.isArray(value["levels"]) &&
    isObject(value["disclose"]),
  "a schema from defineSchema",
);

/** A publication. */
export const publicationShape: Shape<DefinedPublication> = /* @__PURE__ */ guard(
  (value): value is DefinedPublication =>
    isObject(value) &&
    typeof value["hash"] === "string" &&
    isObject(value["document"]) &&
    Array.isArray(value["policies"]),
  "a publication from definePublication",
);

export const ledgerShape: Shape<ChainAdapter> = /* @__PURE__ */ methods<ChainAdapter>(
  "a ledger",
  "submit",
  "view",
  "status",
  "checkpoint",
);
export const storeShape: Shape<ContentStore> = /* @__PURE__ */ methods<ContentStore>(
  "a content store",
  "put",
  "get",
  "delete",
);
export const memoryShape: Shape<Store> = /* @__PURE__ */ methods<Store>("a store", "read", "write");

const identityShape: Shape<Identity> = /* @__PURE__ */ guard(
  (value): value is Identity =>
    isObject(value) &&
    value["publicKey"] instanceof Uint8Array &&
    typeof value["sign"] === "function",
  "an identity from createIdentity",
);

/** Number of a round. */
export const roundShape: Shape<number> = /* @__PURE__ */ integer(1, 0xffff_ffff);

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
