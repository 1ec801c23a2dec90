export { parseCall } from "./call-shapes.js";
export type * from "./calls.js";
export {
  canonicalText,
  decodeCanonical,
  encodeCanonical,
  type Json,
  type JsonObject,
} from "./canonical.js";
export type { LedgerEvent, LedgerEventType } from "./events.js";
export type { Amount, ContentId, Decimal, Hex32, LedgerTime, Round } from "./fields.js";
export { createGenesis, type Genesis, ledgerId } from "./genesis.js";
export type { AccessQuestion, Answer, Answers, Decision, Query } from "./queries.js";
export { LATEST_RULES, rulesNeeded } from "./rules.js";
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
} from "./signed-call.js";
