// What several pure epsilons amount to if a failure probability delta is accepted. Reported beside the sum, never
// instead of it: the accountant always charges the sum, which holds with certainty.
import { checkAbove, checkDelta, leastEpsilon } from "./check.js";

/**
 * The exact delta at which mechanisms with these pure epsilons together are (epsilon, delta)-differentially private, in
 * the worst case over all such mechanisms (Kairouz, Oh and Viswanath, ICML 2015; Murtagh and Vadhan, TCC 2016).
 *
 * The worst case is randomized response in every mechanism: its loss is +e_i with probability e^{e_i} / (1 + e^{e_i}), else
 * -e_i, and delta is the expectation of max(0, 1 - e^{epsilon - loss}). Equal epsilons are counted by a binomial;
 * different ones are convolved.
 *
 * @param epsilons the pure epsilon of each mechanism; positive. Up to about 20 different values; any number of equal ones
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
  for (const [i, value] of epsilons.entries()) checkAbove(`epsilons[${i}]`, value, 0);
  checkAbove("epsilon", epsilon, -Number.MIN_VALUE);
  return deltaOf(lossDistribution(epsilons), epsilon);
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
  for (const [i, value] of epsilons.entries()) checkAbove(`epsilons[${i}]`, value, 0);
  checkDelta(delta);
  const losses = lossDistribution(epsilons);
  const total = epsilons.reduce((a, b) => a + b, 0);
  return leastEpsilon((epsilon) => deltaOf(losses, epsilon), delta, total);
}

/**
 * The closed form of the composition theorem for k mechanisms of equal epsilon: the least of three bounds (Kairouz, Oh and
 * Viswanath, ICML 2015, theorem 3.4). Looser than {@link optimalComposition}, and easy to check by hand.
 *
 * @param epsilon the pure epsilon of each; positive
 * @param count how many, at least 1
 * @param delta the failure probability that is accepted, between 0 and 1
 * @returns epsilon of all together
 * @throws `EMRX_BAD_PARAMETER` for numbers out of range
 * @example
 * ```ts
 * import { closedFormComposition } from "@emrx/ldp-core/accounting";
 *
 * closedFormComposition(0.1, 100, 1e-6).toFixed(4); // => "5.7561"
 * ```
 */
export function closedFormComposition(epsilon: number, count: number, delta: number): number {
  checkAbove("epsilon", epsilon, 0);
  checkAbove("count", count, 0);
  checkDelta(delta);
  const drift = count * epsilon * Math.tanh(epsilon / 2);
  const spread = count * epsilon ** 2;
  return Math.min(
    count * epsilon,
    drift + epsilon * Math.sqrt(2 * count * Math.log(Math.E + Math.sqrt(spread) / delta)),
    drift + epsilon * Math.sqrt(2 * count * Math.log(1 / delta)),
  );
}

/** A privacy loss and the probability with which it occurs. */
interface Loss {
  readonly loss: number;
  readonly probability: number;
}

/** The loss of randomized response in every mechanism: a sum of independent two-valued losses. */
function lossDistribution(epsilons: readonly number[]): readonly Loss[] {
  const copies = new Map<number, number>();
  for (const epsilon of epsilons) copies.set(epsilon, (copies.get(epsilon) ?? 0) + 1);
  let losses: readonly Loss[] = [{ loss: 0, probability: 1 }];
  for (const [epsilon, count] of copies) {
    const step = binomialLosses(epsilon, count);
    losses = losses.flatMap((a) =>
      step.map((b) => ({ loss: a.loss + b.loss, probability: a.probability * b.probability })),
    );
  }
  return losses;
}

/** `lies` of `count` coins show -epsilon: the loss is (count - 2 lies) epsilon. */
function binomialLosses(epsilon: number, count: number): readonly Loss[] {
  const truth = -Math.log1p(Math.exp(-epsilon));
  const lie = -Math.log1p(Math.exp(epsilon));
  let choose = 0; // logarithm of the binomial coefficient
  return Array.from({ length: count + 1 }, (_, lies) => {
    if (lies > 0) choose += Math.log((count - lies + 1) / lies);
    const probability = Math.exp(choose + (count - lies) * truth + lies * lie);
    return { loss: (count - 2 * lies) * epsilon, probability };
  });
}

function deltaOf(losses: readonly Loss[], epsilon: number): number {
  let delta = 0;
  for (const { loss, probability } of losses)
    if (loss > epsilon) delta += probability * -Math.expm1(epsilon - loss);
  return delta;
}
