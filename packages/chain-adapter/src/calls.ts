// What is said to a ledger and what it answers: calls, signed calls, events, queries, the genesis.
export { parseCall } from "./codec/call-shapes.js";
export type * from "./codec/calls.js";
export type { ItemOf, LedgerEvent, LedgerEventType, OfPair, PairOutcome } from "./codec/events.js";
export type { Amount, ContentId, Decimal, Hex32, LedgerTime, Round } from "./codec/fields.js";
export { createGenesis, type Genesis, ledgerId } from "./codec/genesis.js";
export {
  type Profile,
  type Publication,
  parsePublication,
  publicationHash,
} from "./codec/publication.js";
export type { AccessQuestion, Answer, Answers, Decision, Query } from "./codec/queries.js";
export type * from "./codec/round-view.js";
export { type SeedOpening, seedCommitment, signSeeder } from "./codec/seeder.js";
export {
  type CallId,
  type CallOptions,
  callId,
  parseSignedCall,
  type SignedCall,
  signCall,
  type UnsignedCall,
  type VerifySignature,
} from "./codec/signed-call.js";
