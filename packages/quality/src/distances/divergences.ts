// Distances between two distributions. Plugged-in estimates make all of them too large: noise alone has a distance from the truth, so the
// distance of unbiased estimates does not average to the distance of what they estimate, and least where cells are many and reports few.

import { QualityError } from "../errors/quality-error.js";
import * as shapes from "../errors/shapes.js";
import { check } from "../errors/shapes.js";

/**
 * The total variation distance: the largest difference in the probability of any event, half the sum of absolute differences.
 *
 * @param first - a distribution
 * @param second - another over the same cells
 * @returns a number in [0, 1]
 * @throws EMRX_QUALITY_MISMATCH, EMRX_QUALITY_ARGUMENT unless both are non-negative with sum 1
 * @example
 * ```ts
 * import { totalVariation } from "@emrx/quality/distances";
 *
 * totalVariation([0.5, 0.5], [0.25, 0.75]); // => 0.25
 * ```
 */
export const totalVariation = (first: ArrayLike<number>, second: ArrayLike<number>): number =>
  accumulate(first, second, (p, q) => Math.abs(p - q) / 2);

/**
 * The Kullback-Leibler divergence of the first from the second, in nats. Infinite where the first allows what the second excludes.
 *
 * @param first - a distribution
 * @param second - another over the same cells
 * @returns a number in [0, Infinity]
 * @throws EMRX_QUALITY_MISMATCH, EMRX_QUALITY_ARGUMENT unless both are non-negative with sum 1
 * @example
 * ```ts
 * import { kullbackLeibler } from "@emrx/quality/distances";
 *
 * kullbackLeibler([1, 0], [0.5, 0.5]) === Math.LN2; // => true
 * kullbackLeibler([0.5, 0.5], [1, 0]); // => Number.POSITIVE_INFINITY
 * ```
 */
export const kullbackLeibler = (first: ArrayLike<number>, second: ArrayLike<number>): number =>
  Math.max(0, accumulate(first, second, relativeEntropy));

/**
 * The Jensen-Shannon divergence, in nats: the mean divergence of both from their average. Symmetric and always finite.
 *
 * @param first - a distribution
 * @param second - another over the same cells
 * @returns a number in [0, ln 2]
 * @throws EMRX_QUALITY_MISMATCH, EMRX_QUALITY_ARGUMENT unless both are non-negative with sum 1
 * @example
 * ```ts
 * import { jensenShannon } from "@emrx/quality/distances";
 *
 * jensenShannon([1, 0], [0, 1]) === Math.LN2; // => true
 * ```
 */
export const jensenShannon = (first: ArrayLike<number>, second: ArrayLike<number>): number =>
  Math.max(
    0,
    accumulate(first, second, (p, q) => {
      const middle = (p + q) / 2;
      return (relativeEntropy(p, middle) + relativeEntropy(q, middle)) / 2;
    }),
  );

/**
 * The Hellinger distance $`\sqrt{\tfrac12 \sum (\sqrt{p_i} - \sqrt{q_i})^2}`$.
 *
 * @param first - a distribution
 * @param second - another over the same cells
 * @returns a number in [0, 1]
 * @throws EMRX_QUALITY_MISMATCH, EMRX_QUALITY_ARGUMENT unless both are non-negative with sum 1
 * @example
 * ```ts
 * import { hellinger } from "@emrx/quality/distances";
 *
 * hellinger([1, 0], [0, 1]); // => 1
 * ```
 */
export const hellinger = (first: ArrayLike<number>, second: ArrayLike<number>): number =>
  Math.sqrt(accumulate(first, second, (p, q) => (Math.sqrt(p) - Math.sqrt(q)) ** 2 / 2));

/**
 * The Wasserstein-1 (earth mover's) distance of two distributions of an ordinal or numeric attribute: mass times the way it has to go.
 *
 * @param first - a distribution
 * @param second - another over the same cells
 * @param positions - increasing positions of the cells; 0, 1, 2, ... unless given
 * @returns a distance in the unit of the positions
 * @throws EMRX_QUALITY_MISMATCH, EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { wasserstein } from "@emrx/quality/distances";
 *
 * wasserstein([1, 0, 0], [0, 0, 1]); // => 2
 * wasserstein([1, 0, 0], [0, 0, 1], [0, 10, 15]); // => 15
 * ```
 */
export function wasserstein(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  positions?: ArrayLike<number>,
): number {
  const places =
    positions === undefined
      ? undefined
      : check(shapes.numbers(shapes.finite), positions, "positions");
  if (places !== undefined)
    shapes.checkSameLength("positions", places, "first", check(cells, first, "first"));
  let ahead = 0;
  let previous = places?.[0] ?? 0;
  let i = 0;
  return accumulate(first, second, (p, q) => {
    const position = places === undefined ? i : (places[i] as number);
    if (!(position - previous >= 0 && (i === 0 || position > previous))) {
      throw new QualityError(
        "EMRX_QUALITY_ARGUMENT",
        `positions[${i}] is ${position}; expected increasing positions`,
      );
    }
    const work = Math.abs(ahead) * (position - previous);
    ahead += p - q;
    previous = position;
    i++;
    return work;
  });
}

const cells = /* @__PURE__ */ shapes.numbers(shapes.finite, { least: 1 });

const relativeEntropy = (p: number, q: number): number => (p === 0 ? 0 : p * Math.log(p / q));

function accumulate(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  term: (p: number, q: number) => number,
): number {
  const [a, b] = [check(cells, first, "first"), check(cells, second, "second")];
  shapes.checkSameLength("first", a, "second", b);
  checkDistribution("first", a);
  checkDistribution("second", b);
  let total = 0;
  for (let i = 0; i < a.length; i++) total += term(a[i] as number, b[i] as number);
  return total;
}

function checkDistribution(argument: string, values: ArrayLike<number>): void {
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    if (!((values[i] as number) >= 0)) {
      throw new QualityError(
        "EMRX_QUALITY_ARGUMENT",
        `${argument}[${i}] is ${values[i]}; expected >= 0: project raw estimates first`,
      );
    }
    sum += values[i] as number;
  }
  if (!(Math.abs(sum - 1) <= 1e-6)) {
    throw new QualityError("EMRX_QUALITY_ARGUMENT", `${argument} sums to ${sum}; expected 1`);
  }
}
