// Intervals that hold together: at which confidence each must be taken.

import { integer, object } from "@emrx/internal/shape";
import { QualityError } from "../errors/quality-error.js";
import * as shapes from "../errors/shapes.js";
import { check, joined } from "../errors/shapes.js";
import { type ReportForm, reportForm } from "../frequencies/report-form.js";
import type { Target } from "../frequencies/support-probabilities.js";

const severalMembers = {
  confidence: shapes.confidence,
  count: /* @__PURE__ */ integer(1),
} as const;
const bonferroniOptions = /* @__PURE__ */ object(severalMembers);
const sidakOptions = /* @__PURE__ */ joined(severalMembers, {
  form: reportForm,
  target: shapes.target,
});

/**
 * The confidence for each of several intervals such that all hold together, by Bonferroni: valid whatever their dependence.
 *
 * @param options - joint `confidence` in (0, 1), 0.95 unless given; `count` of intervals >= 1
 * @returns the confidence for each, 1 - (1 - confidence) / count
 * @throws EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { bonferroniConfidence } from "@emrx/quality/intervals";
 *
 * bonferroniConfidence({ confidence: 0.9, count: 10 }); // => 0.99
 * ```
 */
export function bonferroniConfidence(options: {
  readonly confidence?: number;
  readonly count: number;
}): number {
  const { confidence = 0.95, count } = check(bonferroniOptions, options, "options");
  return 1 - (1 - confidence) / count;
}

/**
 * The same by Sidak, a little less demanding, but valid only for independent estimates. Frequencies estimated from reports of `"bits"` are independent
 * given the data, that is for the cohort; from reports of one `"value"`, or for the population, they are not, and this is refused.
 *
 * Source: Z. Sidak, JASA 62 (1967).
 *
 * @param options - joint `confidence` in (0, 1), 0.95 unless given; `count` >= 1; the `form` of the reports; the `target`
 * @returns the confidence for each, confidence^(1/count)
 * @throws EMRX_QUALITY_NOT_APPLICABLE for value reports or the population; EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { sidakConfidence } from "@emrx/quality/intervals";
 *
 * sidakConfidence({ confidence: 0.81, count: 2, form: "bits", target: "cohort" }); // => 0.9
 * sidakConfidence({ count: 2, form: "value", target: "cohort" }); // throws EMRX_QUALITY_NOT_APPLICABLE
 * ```
 */
export function sidakConfidence(options: {
  readonly confidence?: number;
  readonly count: number;
  readonly form: ReportForm;
  readonly target: Target;
}): number {
  const { confidence = 0.95, count, form, target } = check(sidakOptions, options, "options");
  if (form !== "bits" || target !== "cohort") {
    throw new QualityError(
      "EMRX_QUALITY_NOT_APPLICABLE",
      `form is "${form}" and target is "${target}"; Sidak's needs "bits" and "cohort", else use bonferroniConfidence`,
    );
  }
  return confidence ** (1 / count);
}
