// One budget divided among several attributes by how fast the error of each falls.
export type { ErrorCurve } from "./allocation/error-curve.js";
export { duchiCurve, grrCurve, oueCurve, sueCurve } from "./allocation/error-curve.js";
export type { BudgetClaim } from "./allocation/split.js";
export { splitBudget } from "./allocation/split.js";
