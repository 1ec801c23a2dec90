// Everything that runs in a browser as well as in Node. What needs Node is under `@emrx/chain-adapter/file`.
export { parseCall } from "./codec/call-shapes.js";
export type * from "./codec/calls.js";
export {
  canonicalText,
  decodeCanonical,
  encodeCanonical,
  type Json,
  type JsonObject,
} from "./codec/canonical.js";
export type { LedgerEvent, LedgerEventType } from "./codec/events.js";
export type { Amount, ContentId, Decimal, Hex32, LedgerTime, Round } from "./codec/fields.js";
export { createGenesis, type Genesis, ledgerId } from "./codec/genesis.js";
export type { AccessQuestion, Answer, Answers, Decision, Query } from "./codec/queries.js";
export {
  type CallId,
  type CallOptions,
  type CallSigner,
  callId,
  parseSignedCall,
  type SignedCall,
  signCall,
  type UnsignedCall,
  type VerifySignature,
} from "./codec/signed-call.js";
export type { PersistentMap } from "./contracts/persistent-map.js";
export { type Purpose, purposeCovers, purposes } from "./contracts/purposes.js";
export type * from "./contracts/state.js";
export * from "./errors.js";
export type { LogChange, OrderedLog } from "./ledger/ordered-log.js";
export type * from "./ledger/port.js";
