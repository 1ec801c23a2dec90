// How this package checks arguments and options, and the shapes that several of its functions ask for.
import type { ChainAdapter, Identity } from "@emrx/chain-adapter";
import type { ContentStore } from "@emrx/chain-adapter/payload";
import {
  type Check,
  checker,
  guard,
  integer,
  methods,
  type Shape,
  text,
} from "@emrx/internal/shape";
import type { Schema, Store } from "@emrx/ldp-core";
import { ExchangeError, type ExchangeErrorCode } from "./exchange-error.js";

/** Throws an `ExchangeError` that names the argument, what was given and what was expected. */
export const check: Check<ExchangeErrorCode> = /* @__PURE__ */ checker<ExchangeErrorCode>(
  (code, message, context) => new ExchangeError(code, message, context),
  "EMRX_EXCHANGE_ARGUMENT",
);

export const isObject = (value: unknown): value is Record<string, unknown> =>
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

/** Number of a round. */
export const roundShape: Shape<number> = /* @__PURE__ */ integer(1, 0xffff_ffff);

/** An identity. */
export const identityShape: Shape<Identity> = /* @__PURE__ */ guard(
  (value): value is Identity =>
    isObject(value) &&
    value["publicKey"] instanceof Uint8Array &&
    typeof value["sign"] === "function",
  "an identity from createIdentity",
);

/** The name of a party. */
export const partyName: Shape<string> = /* @__PURE__ */ text({
  form: /^[0-9a-f]{64}$/,
  described: "64 lowercase hexadecimal digits",
});
