// What p and q say about one frequency: estimate and variance.
export type { ReportForm, SupportForm } from "./frequencies/report-form.js";
export type { SupportProbabilities, Target } from "./frequencies/support-probabilities.js";
export {
  frequencyEstimate,
  frequencyVariance,
  noiseVariance,
  supportProbabilities,
} from "./frequencies/support-probabilities.js";
