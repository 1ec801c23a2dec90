// Checks of the arguments that the figures beside pure epsilon share.
import { LdpError } from "../errors/ldp-error.js";

/** A finite number above `low`. */
export function checkAbove(argument: string, value: number, low: number): number {
  if (!(value > low) || !Number.isFinite(value))
    throw new LdpError("EMRX_BAD_PARAMETER", `${argument} is ${value}; expected more than ${low}`);
  return value;
}

/** A probability strictly between 0 and 1. */
export function checkDelta(value: number): number {
  if (!(value > 0 && value < 1))
    throw new LdpError("EMRX_BAD_PARAMETER", `delta is ${value}; expected between 0 and 1`);
  return value;
}

/** A whole number of at least `low`. */
export function checkCount(argument: string, value: number, low: number): number {
  if (!Number.isSafeInteger(value) || value < low)
    throw new LdpError(
      "EMRX_BAD_PARAMETER",
      `${argument} is ${value}; expected a whole number of at least ${low}`,
    );
  return value;
}

/**
 * The least epsilon in [0, most] at which a decreasing `delta(epsilon)` is at most `target`, approached from above: the
 * returned epsilon always satisfies it, if `most` does.
 */
export function leastEpsilon(
  delta: (epsilon: number) => number,
  target: number,
  most: number,
): number {
  if (delta(0) <= target) return 0;
  let [low, high] = [0, most];
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return high;
    if (delta(middle) > target) low = middle;
    else high = middle;
  }
}
