export {
  type BudgetOptions,
  bestTerms,
  budgetAdditive,
  groupQuotas,
  responsive,
  withinBudget,
} from "./contracts/choice.js";
export type { ChoiceFunction, Contract } from "./contracts/contract.js";
export {
  type ContractAgent,
  type ContractMarket,
  createContractMarket,
} from "./contracts/create.js";
export { solveContracts } from "./contracts/solve.js";
export { type ContractVerification, verifyContracts } from "./contracts/stability.js";
export {
  type ChoiceCheck,
  type ChoiceCounterexample,
  checkSubstitutable,
} from "./contracts/substitutable.js";
