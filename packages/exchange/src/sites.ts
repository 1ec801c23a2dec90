// The two kinds of site, what they publish, deliver and read, their keys and admissions.
export { admissionToken } from "./sites/admission.js";
export { announceKeys, replaceKey } from "./sites/keys.js";
export { menusHash, parametersHash } from "./sites/publication.js";
export { publisherSite } from "./sites/publisher.js";
export type {
  Publication,
  PublisherSite,
  PublisherSiteOptions,
  PublishInput,
  RandomizedRecords,
} from "./sites/publisher-site.js";
export type {
  PublishedRound,
  RecordRequest,
  RequesterSite,
  RequesterSiteOptions,
} from "./sites/requester.js";
export { readPublished, requesterSite } from "./sites/requester.js";
export type { SiteDelivery, Study, StudyEstimate, StudyFigure } from "./sites/study.js";
