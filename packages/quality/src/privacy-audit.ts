// Lower bounds on the loss of a randomizer that is run as a black box.
export type { EmpiricalAudit } from "./privacy-audit/empirical.js";
export { auditRandomizer } from "./privacy-audit/empirical.js";
export { epsilonLowerBound } from "./privacy-audit/epsilon-bound.js";
export type { CountingOracle, View } from "./privacy-audit/view.js";
export { supportView } from "./privacy-audit/view.js";
