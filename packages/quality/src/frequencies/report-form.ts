// How the reports of a mechanism support categories: what decides how several frequencies go together.
import { oneOf, type Shape } from "@emrx/internal/shape";
import { QualityError } from "../errors/quality-error.js";
import type { SupportProbabilities } from "./support-probabilities.js";

/**
 * What a report is: one `"value"` (GRR), independent `"bits"`, one for each category (unary encodings), or a random `"subset"` of
 * p + (d - 1) q categories (subset selection).
 */
export type ReportForm = "value" | "bits" | "subset";
export const reportForm: Shape<ReportForm> = /* @__PURE__ */ oneOf(["value", "bits", "subset"]);

/**
 * How a report supports several categories at once. `"bits"`: each independently, given the value (unary encodings). `"subset"`: always equally many,
 * all subsets with the value equally likely and all without it (subset selection). `"any"`: unknown (local hashing, Hadamard response and others).
 */
export type SupportForm = "bits" | "subset" | "any";
export const anyForm: Shape<ReportForm | SupportForm> = /* @__PURE__ */ oneOf([
  "value",
  "bits",
  "subset",
  "any",
]);

/** @throws EMRX_QUALITY_NOT_APPLICABLE unless p + (d - 1) q = 1, as for reports that name exactly one value */
export function checkValueReports({ p, q }: SupportProbabilities, categories: number): void {
  const total = p + (categories - 1) * q;
  if (Math.abs(total - 1) > 1e-6) {
    throw new QualityError(
      "EMRX_QUALITY_NOT_APPLICABLE",
      `p + (d - 1) q is ${total} for d = ${categories}; expected 1: this needs reports that name exactly one value (GRR); for others see \`form\` and the functions that take supports`,
    );
  }
}
