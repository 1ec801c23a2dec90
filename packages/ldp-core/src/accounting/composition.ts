// What several pure epsilons amount to if a failure probability delta is accepted. Reported beside the sum, never
// instead of it: the accountant always charges the sum, which holds with certainty.
import { arrayOf, number } from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { leastEpsilon } from "./least-epsilon.js";
import { deltaOf, lossDistribution } from "./loss-distribution.js";
import { deltaShape, positiveShape } from "./measures.js";

/**
 * The exact delta at which mechanisms with these pure epsilons together are (epsilon, delta)-differentially private, in
 * the worst case over all such mechanisms (Kairouz, Oh and Viswanath, ICML 2015; Murtagh and Vadhan, TCC 2016).
 *
 * The worst case is randomized response in every mechanism: its loss is +e_i with probability e^{e_i} / (1 + e^{e_i}), else
 * -e_i, and delta is the expectation of max(0, 1 - e^{epsilon - loss}). Equal epsilons are counted by a binomial;
 * different ones are convolved, on a grid of losses rounded up where there are many. The result is rounded up.
 *
 * @param epsilons the pure epsilon of each mechanism; positive. Any number of equal ones, and up to some thousands of different values
 * @param epsilon the total that is claimed, at least 0
 * @returns delta, between 0 and 1
 * @throws `EMRX_BAD_PARAMETER` for numbers out of range
 * @example
 * ```ts
 * import { composedDelta } from "@emrx/ldp-core/accounting";
 *
 * composedDelta([0.3, 0.7, 1.1], 1).toFixed(4); // => "0.2761"
 * composedDelta([0.3, 0.7, 1.1], 2.1).toFixed(4); // => "0.0000"
 * ```
 */
export function composedDelta(epsilons: readonly number[], epsilon: number): number {
  const all = check(arrayOf(positiveShape()), epsilons, "epsilons");
  return deltaOf(lossDistribution(all), check(number({ from: 0 }), epsilon, "epsilon"));
}

/**
 * The least epsilon for which {@link composedDelta} is at most `delta`: the optimal composition theorem. Never above the
 * sum of the epsilons.
 *
 * @param epsilons the pure epsilon of each mechanism; positive
 * @param delta the failure probability that is accepted, between 0 and 1
 * @returns epsilon; rounded up, so that the claim holds
 * @throws `EMRX_BAD_PARAMETER` for numbers out of range
 * @example
 * ```ts
 * import { optimalComposition } from "@emrx/ldp-core/accounting";
 *
 * optimalComposition(Array(100).fill(0.1), 1e-6).toFixed(4); // => "4.7746"
 * optimalComposition(Array(20).fill(1), 1e-6).toFixed(4); // => "19.9995"
 * ```
 */
export function optimalComposition(epsilons: readonly number[], delta: number): number {
  const all = check(arrayOf(positiveShape()), epsilons, "epsilons");
  check(deltaShape(), delta, "delta");
  const losses = lossDistribution(all);
  return leastEpsilon((epsilon) => deltaOf(losses, epsilon), delta, losses.total);
}
