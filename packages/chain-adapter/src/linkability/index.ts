export { type LinkResult, linkRounds } from "./attack.js";
export {
  findLinkability,
  type LinkabilityFinding,
  type LinkabilityOptions,
} from "./findings.js";
export type { PublicView } from "./view.js";
