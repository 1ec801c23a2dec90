export { admissionToken } from "./admission.js";
export { type AuditOptions, audit, type ExchangeAudit } from "./audit.js";
export { type ChallengeOptions, challengeRound, findRoundChallenge } from "./challenge.js";
export {
  type AgreedTerms,
  type BudgetedRequest,
  contractMarket,
  type LeveledOffer,
  type TermOffer,
} from "./contracts.js";
export { ExchangeError, type ExchangeErrorCode } from "./errors.js";
export { announceKeys, replaceKey } from "./keys.js";
export { formatMoney, parseMoney } from "./money.js";
export { decodeOfferBook, encodeOfferBook, type OfferBook } from "./offers/book.js";
export { defineMenus, type Menus, type MenusDocument, type Profile } from "./offers/menus.js";
export { menusHash, parametersHash } from "./publication.js";
export {
  type PublishedRound,
  type RecordRequest,
  type RequesterSite,
  type RequesterSiteOptions,
  readPublished,
  requesterSite,
} from "./requester.js";
export { expectedQuality } from "./round/expected.js";
export type { OfferInput, RequestInput, RoundInputs } from "./round/inputs.js";
export { type PreferenceLists, preferenceLists } from "./round/lists.js";
export { decodeRoundResult, encodeRoundResult, type RoundResult } from "./round/result.js";
export {
  finalizeRound,
  openRound,
  type Round,
  type RoundOptions,
  revealRound,
  runRound,
} from "./round/round.js";
export {
  attributeEfficiency,
  type MutualTerms,
  mutualTerms,
  type RequestTerms,
} from "./round/terms.js";
export {
  type Publication,
  type PublisherSite,
  type PublisherSiteOptions,
  type PublishInput,
  publisherSite,
  type RandomizedRecords,
} from "./site.js";
export type { SiteDelivery, Study, StudyEstimate, StudyFigure } from "./study.js";
