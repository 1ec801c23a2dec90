// Several attributes of one record, each with its own target: what budget, or how many records, they need together.
import { arrayOf, coded, object, optional } from "@emrx/internal/shape";
import type { ErrorCurve } from "@emrx/ldp-core/allocation";
import { QualityError } from "../errors/quality-error.js";
import * as shapes from "../errors/shapes.js";
import { check, joined } from "../errors/shapes.js";
import { twoSidedNormalQuantile } from "../special/normal.js";
import { leastEpsilon, targetMembers } from "./least-epsilon.js";

/** What is asked of one attribute. */
export interface PrecisionTarget {
  readonly noise: ErrorCurve;
  /** Variance of the values where the population is meant, 0 (the cohort) unless given. */
  readonly spread?: number;
  /** Half width wanted: the tolerance, if `confidence` is the attainment wanted. */
  readonly halfWidth: number;
  /** 0.95 unless given. */
  readonly confidence?: number;
  /** Largest epsilon that its level allows; no limit unless given. */
  readonly cap?: number;
}

const precisionTargets = /* @__PURE__ */ coded(
  "EMRX_QUALITY_MISMATCH",
  /* @__PURE__ */ arrayOf(
    /* @__PURE__ */ coded(
      "EMRX_QUALITY_ARGUMENT",
      /* @__PURE__ */ joined(targetMembers, { cap: /* @__PURE__ */ optional(shapes.positive) }),
    ),
    { least: 1, most: 10_000 },
  ),
);
const budgetOptions = /* @__PURE__ */ object({ n: shapes.reports, targets: precisionTargets });
const recordsOptions = /* @__PURE__ */ object({
  budget: shapes.positive,
  targets: precisionTargets,
});

/**
 * The least budget of a record with which n records meet every target; the best split for these targets, since each gets just what it needs.
 *
 * @param options - `n` records that disclose all attributes; `targets`, one an attribute
 * @returns the `budget` and its `epsilons`, one an attribute
 * @throws EMRX_QUALITY_UNREACHABLE if one target needs more than its cap, or cannot be met at all; EMRX_QUALITY_ARGUMENT, EMRX_QUALITY_MISMATCH without a target
 * @example
 * ```ts
 * import { grrCurve } from "@emrx/ldp-core/allocation";
 * import { leastBudget } from "@emrx/quality/planning";
 *
 * const target = { noise: grrCurve({ categories: 2 }), halfWidth: 0.02 };
 * const { budget, epsilons } = leastBudget({ n: 10_000, targets: [target, { ...target, halfWidth: 0.04 }] });
 * epsilons.map((epsilon) => epsilon.toFixed(3)); // => ["0.944", "0.485"]
 * budget.toFixed(3); // => "1.430"
 * ```
 */
export function leastBudget(options: {
  readonly n: number;
  readonly targets: readonly PrecisionTarget[];
}): { readonly budget: number; readonly epsilons: readonly number[] } {
  const { n, targets } = check(budgetOptions, options, "options");
  const epsilons = targets.map(({ cap, ...target }, j) => {
    const epsilon = leastEpsilon({ ...target, n });
    // A cap that was itself computed as the least epsilon must not fail by rounding.
    if (cap !== undefined && epsilon > cap * (1 + 1e-12)) {
      throw new QualityError(
        "EMRX_QUALITY_UNREACHABLE",
        `targets[${j}] needs epsilon ${epsilon} with n = ${n}, more than its cap ${cap}; ask for more records or a wider interval`,
      );
    }
    return epsilon;
  });
  return { budget: epsilons.reduce((sum, epsilon) => sum + epsilon, 0), epsilons };
}

/**
 * The least number of records that meet every target within the budget of a record; the inverse of `leastBudget`.
 *
 * @param options - `budget` > 0, the epsilon of the whole record; `targets`, one an attribute
 * @returns `n` and the `epsilons` that meet the targets with it, within budget and caps
 * @throws EMRX_QUALITY_UNREACHABLE if no number of records up to 10^12 suffices; EMRX_QUALITY_ARGUMENT, EMRX_QUALITY_MISMATCH without a target
 * @example
 * ```ts
 * import { grrCurve } from "@emrx/ldp-core/allocation";
 * import { recordsNeededForAll } from "@emrx/quality/planning";
 *
 * const target = { noise: grrCurve({ categories: 2 }), halfWidth: 0.02 };
 * recordsNeededForAll({ budget: 1.5, targets: [target, { ...target, halfWidth: 0.04 }] }).n; // => 9036
 * ```
 */
export function recordsNeededForAll(options: {
  readonly budget: number;
  readonly targets: readonly PrecisionTarget[];
}): { readonly n: number; readonly epsilons: readonly number[] } {
  const { budget, targets } = check(recordsOptions, options, "options");
  const attempt = (n: number) => {
    try {
      const needed = leastBudget({ n, targets });
      return needed.budget <= budget * (1 + 1e-12) ? needed : undefined;
    } catch (error) {
      // Too few records for one of the targets: more may do.
      if (error instanceof QualityError && error.code === "EMRX_QUALITY_UNREACHABLE")
        return undefined;
      throw error;
    }
  };
  // Fewer than this cannot do even without noise.
  let tooFew = Math.max(
    0,
    ...targets.map(
      ({ spread = 0, halfWidth, confidence = 0.95 }) =>
        Math.floor(spread * (twoSidedNormalQuantile(confidence) / halfWidth) ** 2) - 1,
    ),
  );
  let enough = Math.max(1, 2 * tooFew);
  for (;;) {
    if (enough > shapes.mostCounted)
      throw new QualityError(
        "EMRX_QUALITY_UNREACHABLE",
        `no number of records up to 10^12 meets all targets with a budget of ${budget}`,
      );
    if (attempt(enough)) break;
    tooFew = enough;
    enough *= 2;
  }
  while (enough - tooFew > 1) {
    const middle = Math.floor(tooFew + (enough - tooFew) / 2);
    if (attempt(middle)) enough = middle;
    else tooFew = middle;
  }
  return { n: enough, epsilons: leastBudget({ n: enough, targets }).epsilons };
}
