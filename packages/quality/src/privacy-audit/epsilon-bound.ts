// A lower confidence bound on epsilon from how often an event occurs under two inputs.
import { integer, object, tuple } from "@emrx/internal/shape";
import * as shapes from "../errors/shapes.js";
import { check } from "../errors/shapes.js";
import { betaQuantile, betaUpperQuantile } from "../special/beta.js";

const whole = /* @__PURE__ */ integer(0, 1e12);
const boundOptions = /* @__PURE__ */ object({
  hits: /* @__PURE__ */ tuple(whole, whole),
  trials: /* @__PURE__ */ integer(1, 1e12),
  confidence: shapes.confidence,
});

/**
 * With the confidence, the randomizer's loss is at least this: the logarithm of Clopper and Pearson's lower bound for the first
 * probability over their upper bound for the second, each one-sided at half the remaining risk.
 *
 * Source: Jagielski, Ullman and Oprea, NeurIPS 2020; for local privacy H. Arcolezi and S. Gambs, LDP-Auditor, PETS 2024.
 *
 * @param options - `hits` of the event under the first and the second input, in `trials` each; `confidence` in (0, 1), 0.99 unless given
 * @returns epsilon, 0 if nothing can be said
 * @throws EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { epsilonLowerBound } from "@emrx/quality/privacy-audit";
 *
 * epsilonLowerBound({ hits: [7311, 2689], trials: 10_000 }).toFixed(3); // => "0.942"
 * ```
 */
export function epsilonLowerBound(options: {
  readonly hits: readonly [number, number];
  readonly trials: number;
  readonly confidence?: number;
}): number {
  const { hits, trials, confidence = 0.99 } = check(boundOptions, options, "options");
  const [first, second] = hits;
  check(integer(0, trials), Math.max(first, second), "the larger of options.hits");
  const risk = (1 - confidence) / 2;
  if (first === 0) return 0;
  const least = betaQuantile(first, trials - first + 1, risk);
  const most = second === trials ? 1 : betaUpperQuantile(second + 1, trials - second, risk);
  return Math.max(0, Math.log(least / most));
}
