// The standard normal distribution: density, tails and quantile.
import { erf, erfc } from "./erf.js";

const rootTwoPi = 2.5066282746310002;

const density = (x: number): number => Math.exp(-0.5 * x * x) / rootTwoPi;

/** P[Z <= x], with full relative precision in the lower tail. */
export const normalCdf = (x: number): number => 0.5 * erfc(-x * Math.SQRT1_2);

/** The x with P[Z <= x] = probability, for a probability inside (0, 1). */
export function normalQuantile(probability: number): number {
  const centred = probability - 0.5;
  // Near the middle solve for P[Z <= x] - 1/2, in the tails for the tail itself: neither loses digits.
  if (Math.abs(centred) < 0.25) {
    let x = centred * rootTwoPi;
    for (let step = 0; step < 6; step++) {
      x = halley(x, 0.5 * erf(x * Math.SQRT1_2) - centred);
    }
    return x;
  }
  if (centred > 0) return -tailQuantile(1 - probability);
  return tailQuantile(probability);
}

/** The z with P[|Z| <= z] = confidence; `1 - confidence` is what enters, so confidence near 1 is fine. */
export const twoSidedNormalQuantile = (confidence: number): number =>
  -normalQuantile((1 - confidence) / 2);

/** Lower tail, p <= 1/4. Start: Abramowitz and Stegun 26.2.23 (error below 4.5e-4); then Halley. */
function tailQuantile(p: number): number {
  const t = Math.sqrt(-2 * Math.log(p));
  let x =
    (2.515517 + t * (0.802853 + t * 0.010328)) /
      (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) -
    t;
  for (let step = 0; step < 4; step++) x = halley(x, normalCdf(x) - p);
  return x;
}

/** One Halley step for a function whose derivative is the normal density, and whose second is -x times it. */
function halley(x: number, error: number): number {
  const newton = error / density(x);
  return x - newton / (1 + 0.5 * x * newton);
}
