// The first page: what the README begins with. Everything else is in the subpaths.

export type { AuditOptions, ExchangeAudit, Finding, Opened, Undecided } from "./audit/audit.js";
export { auditExchange } from "./audit/audit.js";
export type { ExchangeErrorCode } from "./errors/exchange-error.js";
export { ExchangeError } from "./errors/exchange-error.js";
export type {
  DefinedPublication,
  ProfileChoice,
  PublicationOptions,
} from "./publication/define.js";
export { definePublication } from "./publication/define.js";
export { evenWindows, openRound } from "./round/open.js";
export type { Round } from "./round/read.js";
export { readRound } from "./round/read.js";
export type { PartyOptions, StepReport } from "./round/step.js";
export type { Choices } from "./sites/classes.js";
export type {
  Offered,
  OfferOptions,
  PublisherSite,
  PublisherSiteOptions,
  Records,
} from "./sites/publisher.js";
export { publisherSite } from "./sites/publisher.js";
export type { RecordRequest } from "./sites/request-terms.js";
export type {
  RequesterReport,
  RequesterSite,
  RequesterSiteOptions,
} from "./sites/requester.js";
export { requesterSite } from "./sites/requester.js";
export type { Seeder } from "./sites/seeder.js";
export { seeder } from "./sites/seeder.js";
export type { SiteDelivery, Study, StudyEstimate, StudyFigure, StudyTerms } from "./sites/study.js";
