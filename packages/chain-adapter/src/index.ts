// The first page: what an application needs to sign calls, keep a ledger and trust nobody about it.
// Everything, this included, is in subpaths named by concept.
export {
  type Call,
  type CallOptions,
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
  type Checkpoint,
  type ConsistencyProof,
  type Cursor,
  type EventBatch,
  fromOrderedLog,
  type InclusionProof,
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
  verifyConsistencyProof,
  verifyInclusionProof,
} from "./ledger.js";
