// The parties of a round, their keys and admissions.
export type { PartyOptions } from "./round/step.js";
export { admissionToken } from "./sites/admission.js";
export type { Choices } from "./sites/classes.js";
export { announceKeys, replaceKey } from "./sites/keys.js";
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
