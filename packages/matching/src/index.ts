export {
  type BudgetOptions,
  bestTerms,
  budgetAdditive,
  type ChoiceFunction,
  groupQuotas,
  responsive,
  withinBudget,
} from "./contracts/choice.js";
export {
  type Contract,
  type ContractAgent,
  type ContractMarket,
  createContractMarket,
} from "./contracts/contract.js";
export { solveContracts } from "./contracts/solve.js";
export { type ContractVerification, verifyContracts } from "./contracts/stability.js";
export {
  type ChoiceCheck,
  type ChoiceCounterexample,
  checkSubstitutable,
} from "./contracts/substitutable.js";
export { type Arrival, type LiveMatching, liveMatching, type Repair } from "./dynamic/live.js";
export * from "./errors.js";
export { join, meet } from "./lattice/join-meet.js";
export { type Rotation, type StableLattice, stableLattice } from "./lattice/lattice.js";
export { egalitarian, minimumRegret, sexEqual } from "./lattice/optimal.js";
export { type MarketArrays, marketFromArrays } from "./market/arrays.js";
export {
  type AgentInput,
  createMarket,
  type MarketOptions,
  type SideInput,
} from "./market/create.js";
export { hashMarket, hashMatching } from "./market/hash.js";
export type { Market, Side, SideName } from "./market/market.js";
export { breakTies, lot, lotteryNumbers } from "./market/ties.js";
export {
  type Matching,
  type MatchingLike,
  matchingFromPairs,
  matchingFromReviewers,
  type Partners,
} from "./matching.js";
export { solve } from "./solve/solve.js";
export { stronglyStable } from "./ties/strongly-stable.js";
export { superStable } from "./ties/super-stable.js";
export { blockingPairs, type Stability } from "./verify/blocking-pairs.js";
export {
  type CertificateCheck,
  certify,
  checkCertificate,
  type StabilityCertificate,
} from "./verify/certificate.js";
export {
  additiveUtility,
  type Coalition,
  findBlockingCoalition,
  type SetUtility,
} from "./verify/coalition.js";
export { type Envy, type EnvySummary, envyOf, envyReport } from "./verify/envy.js";
export { isStable, type Verification, type Violation, verify } from "./verify/verify.js";
