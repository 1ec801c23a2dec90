// The split of a record's budget over its attributes that gives the least weighted variance.
import { arrayOf, coded, object, optional } from "@emrx/internal/shape";
import type { ErrorCurve } from "@emrx/ldp-core/allocation";
import * as shapes from "../errors/shapes.js";
import { check } from "../errors/shapes.js";
import { solveMonotone } from "../special/solve.js";
import { errorCurve } from "./curve.js";

/** An attribute that takes part in a split. */
export interface SplitPart {
  readonly noise: ErrorCurve;
  /** Weight of its variance, > 0; 1 unless given. */
  readonly weight?: number;
  /** Largest epsilon that its level allows; no limit unless given. */
  readonly cap?: number;
}

const splitPart = /* @__PURE__ */ object({
  noise: errorCurve,
  weight: /* @__PURE__ */ optional(/* @__PURE__ */ coded("EMRX_QUALITY_WEIGHTS", shapes.positive)),
  cap: /* @__PURE__ */ optional(shapes.positive),
});
const splitOptions = /* @__PURE__ */ object({
  budget: shapes.positive,
  parts: /* @__PURE__ */ coded(
    "EMRX_QUALITY_MISMATCH",
    /* @__PURE__ */ arrayOf(/* @__PURE__ */ coded("EMRX_QUALITY_ARGUMENT", splitPart), {
      least: 1,
      most: 10_000,
    }),
  ),
});

/**
 * Minimizes $`\sum_j w_j V_j(\varepsilon_j)`$ subject to $`\sum_j \varepsilon_j \le \varepsilon`$ and $`\varepsilon_j \le c_j`$.
 *
 * The curves are convex, so the Karush-Kuhn-Tucker conditions suffice: every part that is not at its cap has the same
 * $`w_j V_j'(\varepsilon_j) = -\mu`$. The price mu of epsilon is found by bisection.
 *
 * @param options - `budget` > 0, the epsilon of the whole record; `parts`
 * @returns `epsilons`, one a part, summing to the budget (or to all caps if these allow less), and the `objective`, the weighted variance
 * @throws EMRX_QUALITY_ARGUMENT, EMRX_QUALITY_WEIGHTS, EMRX_QUALITY_MISMATCH without a part
 * @example
 * ```ts
 * import { sueCurve } from "@emrx/ldp-core/allocation";
 * import { bestSplit } from "@emrx/quality/planning";
 *
 * const part = { noise: sueCurve() };
 * bestSplit({ budget: 2, parts: [part, part] }).epsilons.map((e) => e.toFixed(9)); // => ["1.000000000", "1.000000000"]
 * bestSplit({ budget: 2, parts: [part, { ...part, cap: 0.5 }] }).epsilons.map((e) => e.toFixed(9)); // => ["1.500000000", "0.500000000"]
 * ```
 */
export function bestSplit(options: {
  readonly budget: number;
  readonly parts: readonly SplitPart[];
}): {
  readonly epsilons: readonly number[];
  readonly objective: number;
} {
  const { budget, parts } = check(splitOptions, options, "options");
  const weights = parts.map(({ weight = 1 }) => weight);
  const caps = parts.map(({ cap = budget }) => Math.min(cap, budget));

  /** The part's best epsilon when epsilon costs e^logPrice. */
  const share = (j: number, logPrice: number): number => {
    const { noise } = parts[j] as SplitPart;
    const cap = caps[j] as number;
    const excess = (epsilon: number): number =>
      logPrice - Math.log(-(weights[j] as number) * noise.slope(epsilon));
    if (excess(cap) <= 0) return cap;
    return solveMonotone(excess, { lower: 0, upper: cap });
  };
  const spent = (logPrice: number): number =>
    parts.reduce((sum, _, j) => sum + share(j, logPrice), 0);
  const allCaps = caps.reduce((sum, cap) => sum + cap, 0);
  let epsilons: readonly number[] = caps;
  if (allCaps > budget) {
    const logPrice = solveMonotone((price) => budget - spent(price), { lower: -750, upper: 750 });
    epsilons = parts.map((_, j) => share(j, logPrice));
  }
  const objective = parts.reduce(
    (sum, { noise }, j) => sum + (weights[j] as number) * noise.variance(epsilons[j] as number),
    0,
  );
  return { epsilons, objective };
}
