// What a target takes: records, epsilon, budget.
export type { SplitPart } from "./planning/best-split.js";
export { bestSplit } from "./planning/best-split.js";
export { leastEpsilon } from "./planning/least-epsilon.js";
export { recordsNeeded, recordsNeededForCertain } from "./planning/records-needed.js";
export type { PrecisionTarget } from "./planning/several-targets.js";
export { leastBudget, recordsNeededForAll } from "./planning/several-targets.js";
