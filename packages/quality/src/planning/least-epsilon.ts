// The least epsilon that reaches a target with a given number of records.
import { type OptionalShape, optional, type Shape } from "@emrx/internal/shape";
import { LARGEST_EPSILON } from "@emrx/ldp-core/accounting";
import type { ErrorCurve } from "@emrx/ldp-core/allocation";
import { QualityError } from "../errors/quality-error.js";
import * as shapes from "../errors/shapes.js";
import { check, joined } from "../errors/shapes.js";
import { twoSidedNormalQuantile } from "../special/normal.js";
import { solveMonotone } from "../special/solve.js";
import { errorCurve } from "./curve.js";

export const targetMembers: {
  readonly noise: Shape<ErrorCurve>;
  readonly spread: OptionalShape<number>;
  readonly halfWidth: Shape<number>;
  readonly confidence: OptionalShape<number>;
} = {
  noise: errorCurve,
  spread: /* @__PURE__ */ optional(shapes.nonNegative),
  halfWidth: shapes.positive,
  confidence: shapes.confidence,
};
const epsilonOptions = /* @__PURE__ */ joined(targetMembers, { n: shapes.reports });

/**
 * The least epsilon for which n reports give a normal interval of at most this half width; the inverse of `recordsNeeded`.
 *
 * @param options - the `noise` curve of the mechanism; `spread` >= 0 of the values, 0 (the cohort) unless given; `n`; `halfWidth` > 0; `confidence`
 *   in (0, 1), 0.95 unless given
 * @returns epsilon
 * @throws EMRX_QUALITY_UNREACHABLE if not even the largest epsilon of `@emrx/ldp-core` suffices; EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { leastEpsilon } from "@emrx/quality";
 * import { grrCurve } from "@emrx/ldp-core/allocation";
 *
 * const noise = grrCurve({ categories: 2 });
 * leastEpsilon({ noise, n: 10_000, halfWidth: 0.02 }).toFixed(3); // => "0.944"
 * leastEpsilon({ noise, spread: 0.25, n: 100, halfWidth: 0.02 }); // throws EMRX_QUALITY_UNREACHABLE
 * ```
 */
export function leastEpsilon(options: {
  readonly noise: ErrorCurve;
  readonly spread?: number;
  readonly n: number;
  readonly halfWidth: number;
  readonly confidence?: number;
}): number {
  const {
    noise,
    spread = 0,
    n,
    halfWidth,
    confidence = 0.95,
  } = check(epsilonOptions, options, "options");
  const allowed = n * (halfWidth / twoSidedNormalQuantile(confidence)) ** 2 - spread;
  if (!(allowed > 0 && noise.variance(LARGEST_EPSILON) <= allowed)) {
    throw new QualityError(
      "EMRX_QUALITY_UNREACHABLE",
      `halfWidth ${halfWidth} with n = ${n} allows a noise variance of ${allowed}, less than the mechanism has at epsilon ${LARGEST_EPSILON}; ask for more records or a wider interval`,
    );
  }
  // On a logarithmic scale the curve is nearly straight for small epsilon, so few steps are needed.
  return solveMonotone((epsilon) => Math.log(allowed / noise.variance(epsilon)), {
    slope: (epsilon) => -noise.slope(epsilon) / noise.variance(epsilon),
    lower: 0,
    upper: LARGEST_EPSILON,
    start: 1,
  });
}
