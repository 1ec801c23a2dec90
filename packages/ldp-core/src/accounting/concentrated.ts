// Concentrated and Renyi privacy of pure mechanisms: how the loss is distributed, not only its worst case. Reported beside
// pure epsilon, never instead of it.
import { checkAbove, checkDelta } from "./check.js";

/**
 * The zero-concentrated privacy of any pure mechanism: $`\rho = \varepsilon \tanh(\varepsilon / 2)`$, tight over all
 * mechanisms with this epsilon and below the textbook epsilon^2 / 2 (Bun and Steinke, TCC 2016). The rho of several add up.
 *
 * @param epsilon pure epsilon, positive
 * @returns rho
 * @throws `EMRX_BAD_PARAMETER` unless epsilon is positive
 * @example
 * ```ts
 * import { concentratedLoss } from "@emrx/ldp-core/accounting";
 *
 * concentratedLoss(1).toFixed(5); // => "0.46212"
 * ```
 */
export function concentratedLoss(epsilon: number): number {
  checkAbove("epsilon", epsilon, 0);
  return epsilon * Math.tanh(epsilon / 2);
}

/**
 * The Renyi divergence of order alpha that any pure mechanism can have at most: that of two-valued randomized response,
 * $`\ln\bigl((E^\alpha + E^{1-\alpha}) / (1 + E)\bigr) / (\alpha - 1)`$ with E = e^epsilon (Mironov, CSF 2017).
 *
 * @param epsilon pure epsilon, positive
 * @param alpha order, above 1
 * @returns the divergence; below epsilon
 * @throws `EMRX_BAD_PARAMETER` for numbers out of range
 * @example
 * ```ts
 * import { renyiLoss } from "@emrx/ldp-core/accounting";
 *
 * renyiLoss(1, 2) < 1; // => true
 * renyiLoss(1, 1e6) < 1; // => true
 * ```
 */
export function renyiLoss(epsilon: number, alpha: number): number {
  return renyiLossOfGrr(epsilon, 2, alpha);
}

/**
 * The Renyi divergence of order alpha of generalized randomized response over d categories:
 * $`\ln\bigl((E^\alpha + E^{1-\alpha} + d - 2) / (E + d - 1)\bigr) / (\alpha - 1)`$. Below {@link renyiLoss} for d > 2.
 *
 * @param epsilon pure epsilon, positive
 * @param categories d, at least 2
 * @param alpha order, above 1
 * @returns the divergence
 * @throws `EMRX_BAD_PARAMETER` for numbers out of range
 * @example
 * ```ts
 * import { renyiLoss, renyiLossOfGrr } from "@emrx/ldp-core/accounting";
 *
 * renyiLossOfGrr(1, 16, 2) < renyiLoss(1, 2); // => true
 * ```
 */
export function renyiLossOfGrr(epsilon: number, categories: number, alpha: number): number {
  checkAbove("epsilon", epsilon, 0);
  checkAbove("categories", categories, 1);
  checkAbove("alpha", alpha, 1);
  // Divided by E^alpha inside the logarithm, so that large orders do not overflow.
  const inside =
    1 + Math.exp((1 - 2 * alpha) * epsilon) + (categories - 2) * Math.exp(-alpha * epsilon);
  const outside = 1 + (categories - 1) * Math.exp(-epsilon);
  return ((alpha - 1) * epsilon + Math.log(inside / outside)) / (alpha - 1);
}

/**
 * The (epsilon, delta) that zero-concentrated privacy implies: the least over alpha of
 * $`\alpha \rho + \ln(1 / (\alpha \delta)) / (\alpha - 1) + \ln(1 - 1/\alpha)`$ (Canonne, Kamath and Steinke, NeurIPS 2020,
 * proposition 12). Every alpha gives a valid bound, so an inexact minimum is still one.
 *
 * @param rho zero-concentrated privacy, positive
 * @param delta the failure probability that is accepted, between 0 and 1
 * @returns epsilon, at least 0
 * @throws `EMRX_BAD_PARAMETER` for numbers out of range
 * @example
 * ```ts
 * import { concentratedLoss, concentratedToApproximate } from "@emrx/ldp-core/accounting";
 *
 * concentratedToApproximate(100 * concentratedLoss(0.1), 1e-6).toFixed(3); // => "5.219"
 * ```
 */
export function concentratedToApproximate(rho: number, delta: number): number {
  checkAbove("rho", rho, 0);
  checkDelta(delta);
  const bound = (logOrder: number): number => {
    const order = Math.exp(logOrder); // alpha - 1
    const alpha = 1 + order;
    return alpha * rho - Math.log(alpha * delta) / order + Math.log(order / alpha);
  };
  return Math.max(0, bound(lowest(bound, -20, 40)));
}

/** Where a function that falls and then rises is least: by thirds. */
function lowest(value: (x: number) => number, from: number, to: number): number {
  let [low, high] = [from, to];
  for (let step = 0; step < 200; step++) {
    const third = (high - low) / 3;
    if (value(low + third) < value(high - third)) high -= third;
    else low += third;
  }
  return (low + high) / 2;
}
