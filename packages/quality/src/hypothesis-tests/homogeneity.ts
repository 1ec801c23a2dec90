// Whether groups that chose different levels of privacy have the same frequency: if not, inverse-variance weights mislead.
import { object } from "@emrx/internal/shape";
import * as shapes from "../errors/shapes.js";
import { check } from "../errors/shapes.js";
import { chiSquaredSurvival } from "../special/chi-squared.js";
import type { TestResult } from "./contingency.js";

const groupsOptions = /* @__PURE__ */ object({
  estimates: /* @__PURE__ */ shapes.numbers(shapes.finite, { least: 2 }),
  variances: /* @__PURE__ */ shapes.numbers(shapes.positive),
});

/**
 * Cochran's test that groups estimate the same number: $`Q = \sum_g (\hat f_g - \bar f)^2 / \operatorname{Var}_g`$ is chi-squared with one degree less than
 * groups. A small p-value says that the choice of level goes with the value; then only weights proportional to the number of reports are unbiased for everybody.
 *
 * @param options - `estimates` and `variances` of the groups, at least two; variances about the population
 * @returns statistic, degrees of freedom and p-value
 * @throws EMRX_QUALITY_MISMATCH, EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { homogeneityTest } from "@emrx/quality/hypothesis-tests";
 *
 * homogeneityTest({ estimates: [0.1, 0.3], variances: [0.0025, 0.0025] }).statistic.toFixed(6); // => "8.000000"
 * ```
 */
export function homogeneityTest(options: {
  readonly estimates: ArrayLike<number>;
  readonly variances: ArrayLike<number>;
}): TestResult {
  const { estimates, variances } = check(groupsOptions, options, "options");
  shapes.checkSameLength("options.estimates", estimates, "options.variances", variances);
  const groups = estimates.length;
  let weight = 0;
  let sum = 0;
  for (let g = 0; g < groups; g++) {
    weight += 1 / (variances[g] as number);
    sum += (estimates[g] as number) / (variances[g] as number);
  }
  let statistic = 0;
  for (let g = 0; g < groups; g++) {
    statistic += ((estimates[g] as number) - sum / weight) ** 2 / (variances[g] as number);
  }
  return { statistic, degrees: groups - 1, pValue: chiSquaredSurvival(statistic, groups - 1) };
}
