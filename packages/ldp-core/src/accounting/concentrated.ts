// Concentrated and Renyi privacy of pure mechanisms: how the loss is distributed, not only its worst case. Reported beside
// pure epsilon, never instead of it.
import { integer, number } from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { deltaShape, positiveShape } from "./measures.js";
import { exactly, leadingZeros, precise, roundedUp } from "./upward.js";

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
  check(positiveShape(), epsilon, "epsilon");
  const Exact = precise(60 + 2 * leadingZeros(epsilon));
  const shrunk = exactly(Exact, -epsilon).exp();
  const loss = exactly(Exact, epsilon).times(new Exact(1).minus(shrunk)).div(shrunk.plus(1));
  return Math.min(epsilon, roundedUp(loss));
}

/**
 * The Renyi divergence of order alpha of generalized randomized response over d categories,
 * $`\ln\bigl((E^\alpha + E^{1-\alpha} + d - 2) / (E + d - 1)\bigr) / (\alpha - 1)`$ with E = e^epsilon (Mironov, CSF 2017). For d = 2, the usual
 * case, it is the largest that any pure mechanism of this epsilon can have.
 *
 * @param epsilon pure epsilon, positive
 * @param alpha order, above 1
 * @param categories d, at least 2; 2 unless given
 * @returns the divergence; below epsilon
 * @throws `EMRX_BAD_PARAMETER` for numbers out of range
 * @example
 * ```ts
 * import { renyiLoss } from "@emrx/ldp-core/accounting";
 *
 * renyiLoss(1, 2) < 1; // => true
 * renyiLoss(1, 1e6) < 1; // => true
 * renyiLoss(1, 2, 16) < renyiLoss(1, 2); // => true
 * ```
 */
export function renyiLoss(epsilon: number, alpha: number, categories = 2): number {
  check(positiveShape(), epsilon, "epsilon");
  check(number({ above: 1 }), alpha, "alpha");
  check(integer(2), categories, "categories");
  // As alpha goes to 1, or epsilon to 0, all but that many digits cancel.
  const Exact = precise(
    80 + 2 * leadingZeros(epsilon) + 2 * leadingZeros(alpha - 1) + leadingZeros(1 / categories),
  );
  const [e, a] = [exactly(Exact, epsilon), exactly(Exact, alpha)];
  // Divided by E^alpha inside the logarithm, so that large orders do not overflow.
  const inside = new Exact(1).plus(e.times(new Exact(1).minus(a.times(2))).exp()).plus(
    e
      .times(a)
      .neg()
      .exp()
      .times(categories - 2),
  );
  const outside = new Exact(1).plus(
    e
      .neg()
      .exp()
      .times(categories - 1),
  );
  const gap = a.minus(1);
  return Math.min(epsilon, roundedUp(gap.times(e).plus(inside.div(outside).ln()).div(gap)));
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
  check(positiveShape(), rho, "rho");
  check(deltaShape(), delta, "delta");
  const bound = (logOrder: number): number => {
    const order = Math.exp(logOrder); // alpha - 1
    const alpha = 1 + order;
    return alpha * rho - Math.log(alpha * delta) / order - Math.log1p(1 / order);
  };
  return exactBound(lowest(bound, -400, 400), rho, delta);
}

/** The bound at one order, which need not be the best: computed exactly and rounded up. */
function exactBound(logOrder: number, rho: number, delta: number): number {
  const Exact = precise(100 + 2 * leadingZeros(rho) + leadingZeros(delta));
  const order = exactly(Exact, Math.exp(logOrder)); // alpha - 1
  const alpha = order.plus(1);
  const tail = alpha.times(exactly(Exact, delta)).ln().div(order);
  return roundedUp(alpha.times(exactly(Exact, rho)).minus(tail).plus(order.div(alpha).ln()));
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
