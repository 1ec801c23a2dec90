// The first page: what an application needs to sign calls, keep a ledger and trust nobody about it.
// Everything, this included, is in subpaths named by concept.
export {
  type Call,
  type CallOptions,
  type CallSigner,
  createGenesis,
  type Genesis,
  type LedgerEvent,
  ledgerId,
  type Query,
  type SignedCall,
  signCall,
} from "./calls.js";
export { LedgerError, type LedgerErrorCode, type Rejection } from "./errors.js";
export { createIdentity, type Identity } from "./identity.js";
export {
  auditLedger,
  type ChainAdapter,
  type Cursor,
  type EntryProof,
  type EventBatch,
  fromOrderedLog,
  type Head,
  type HeadProof,
  type LedgerAudit,
  type LogChange,
  type LogEntry,
  type Manifest,
  memoryLedger,
  type OrderedLog,
  type OrderedLogOptions,
  type Outcome,
  type Receipt,
  type Status,
  verifyEntryProof,
  verifyHeadProof,
} from "./ledger.js";
