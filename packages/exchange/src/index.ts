// The first page: what the README begins with. Everything else is in the subpaths.

export type { AuditOptions, ExchangeAudit } from "./audit/audit.js";
export { auditExchange } from "./audit/audit.js";
export type { ExchangeErrorCode } from "./errors/exchange-error.js";
export { ExchangeError } from "./errors/exchange-error.js";
export type { Menus, MenusDocument, Profile } from "./offers/menus.js";
export { defineMenus } from "./offers/menus.js";
export type { Round, RoundOptions } from "./round/round.js";
export { runRound } from "./round/round.js";
export { publisherSite } from "./sites/publisher.js";
export type {
  Publication,
  PublisherSite,
  PublisherSiteOptions,
  PublishInput,
  RandomizedRecords,
} from "./sites/publisher-site.js";
export type { RecordRequest, RequesterSite, RequesterSiteOptions } from "./sites/requester.js";
export { requesterSite } from "./sites/requester.js";
export type { SiteDelivery, Study, StudyEstimate, StudyFigure } from "./sites/study.js";
