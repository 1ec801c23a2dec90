// The replay of a ledger, with everything public computed again.
export type { AuditOptions, ExchangeAudit, Finding, Opened, Undecided } from "./audit/audit.js";
export { auditExchange } from "./audit/audit.js";
