// Budgets as exact decimals, what is spent on each person, and other measures of the loss (composition, concentrated, Renyi, shuffled).
export type { Accountant, Spend, StatementLine } from "./accounting/accountant.js";
export { createAccountant } from "./accounting/accountant.js";
export { subtractBudgets, sumBudgets } from "./accounting/budget.js";
export {
  composedDelta,
  optimalComposition,
} from "./accounting/composition.js";
export {
  concentratedLoss,
  concentratedToApproximate,
  renyiLoss,
} from "./accounting/concentrated.js";
export type { PureProtocol } from "./accounting/shuffle.js";
export {
  shuffledDelta,
  shuffledDeltaOf,
  shuffledEpsilon,
  shuffledEpsilonOf,
} from "./accounting/shuffle.js";
export { compareBudgets, LARGEST_EPSILON, parseBudget } from "./exact/decimal.js";
