// The port, a ledger over any ordered log, the ledger in memory, replay and audit, proofs, costs.
export { auditLedger, type LedgerAudit, type LedgerAuditCheck } from "./ledger/audit-ledger.js";
export { type CallCost, type CostLine, callCost, costReport } from "./ledger/cost.js";
export {
  fromOrderedLog,
  type OrderedLogOptions,
} from "./ledger/from-ordered-log.js";
export type { LedgerOpening, OrderedLogLedger } from "./ledger/log-ledger.js";
export type { SnapshotOptions, SnapshotStore } from "./ledger/log-snapshot.js";
export { type MemoryLog, type MemoryLogOptions, memoryLedger, memoryLog } from "./ledger/memory.js";
export type {
  LogChange,
  LogClock,
  LogFinality,
  LogLimits,
  OrderedLog,
} from "./ledger/ordered-log.js";
export type * from "./ledger/port.js";
export { verifyConsistencyProof, verifyInclusionProof } from "./ledger/proofs.js";
export { type EntryOutcome, type Replay, replayEntries } from "./ledger/replay.js";
