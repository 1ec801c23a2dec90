// Lower bounds on the loss of a randomizer that is run as a black box.
export type { EmpiricalAudit, View } from "./privacy-audit/empirical.js";
export { auditRandomizer } from "./privacy-audit/empirical.js";
export { epsilonLowerBound } from "./privacy-audit/epsilon-bound.js";
