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
