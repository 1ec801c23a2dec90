// What a publisher's data of two rounds tell about who is who.
export { type LinkResult, linkRounds } from "./linkability/attack.js";
export {
  findLinkability,
  type LinkabilityFinding,
  type LinkabilityOptions,
} from "./linkability/findings.js";
export type { PublicView } from "./linkability/view.js";
