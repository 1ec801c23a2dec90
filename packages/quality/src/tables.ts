// Joint tables of several attributes, their marginals, and what is read off them.
export type { Marginal } from "./tables/consistency.js";
export { consistentMarginals } from "./tables/consistency.js";
export { coveringSets } from "./tables/covering.js";
export type { JointTable } from "./tables/joint-table.js";
export { jointTable, jointTableFromSupports, jointVariances } from "./tables/joint-table.js";
export type { FittedTable } from "./tables/maximum-entropy.js";
export { maximumEntropyTable } from "./tables/maximum-entropy.js";
export type { IntervalEstimate, RiskComparison } from "./tables/risk.js";
export { riskComparison } from "./tables/risk.js";
export type { TableShape } from "./tables/table.js";
export { cellIndex, cellValues, marginal } from "./tables/table.js";
