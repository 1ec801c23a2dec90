export { type AuditCheck, auditLedger, type LedgerAudit } from "./audit.js";
export { type CallCost, type CostLine, callCost, costReport } from "./cost.js";
export { fromOrderedLog, type OrderedLogOptions } from "./from-ordered-log.js";
export { type MemoryLog, type MemoryLogOptions, memoryLedger, memoryLog } from "./memory.js";
export type { LogChange, OrderedLog } from "./ordered-log.js";
export type * from "./port.js";
export { verifyEntryProof, verifyHeadProof } from "./proofs.js";
export { type EntryOutcome, type Replay, replayEntries } from "./replay.js";
