// A round from the opening to the final matching.
export type { ChallengeOptions } from "./round/challenge.js";
export { challengeRound, findRoundChallenge } from "./round/challenge.js";
export type {
  AgreedTerms,
  BudgetedRequest,
  LeveledOffer,
  TermOffer,
} from "./round/contract-market.js";
export { contractMarket } from "./round/contract-market.js";
export { expectedQuality } from "./round/expected.js";
export type { OfferInput, RequestInput, RoundInputs } from "./round/inputs.js";
export type { PreferenceLists } from "./round/lists.js";
export { preferenceLists } from "./round/lists.js";
export type { RoundResult } from "./round/result.js";
export { decodeRoundResult, encodeRoundResult } from "./round/result.js";
export type { Round, RoundOptions } from "./round/round.js";
export { finalizeRound, openRound, revealRound, runRound } from "./round/round.js";
export type { MutualTerms, RequestTerms } from "./round/terms.js";
export { attributeEfficiency, mutualTerms } from "./round/terms.js";
