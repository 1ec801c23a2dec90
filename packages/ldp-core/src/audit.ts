// The exact privacy loss of a finite channel.
export type { Channel } from "./audit/channel.js";
export type { AuditableMechanism, ExactAudit } from "./audit/exact.js";
export { exactAudit } from "./audit/exact.js";
