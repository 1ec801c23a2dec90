// The least epsilon that a decreasing delta allows.

/** Steps after which the bracket is as narrow as doubles are, from any bracket of loss. */
const mostSteps = 200;

/**
 * The least epsilon in [0, most] at which a decreasing `delta(epsilon)` is at most `target`, approached from above: the returned
 * epsilon satisfies it, if `most` does, and is too large by a 10^-12th part at most. False position on the logarithm, kept from standing still
 * by the Illinois rule and by halving; every step costs one `delta`.
 */
export function leastEpsilon(
  delta: (epsilon: number) => number,
  target: number,
  most: number,
): number {
  const excess = (epsilon: number): number => Math.log(delta(epsilon) / target);
  let [low, high] = [0, most];
  let above = excess(low);
  if (above <= 0) return 0;
  let below = excess(high);
  for (let step = 0; step < mostSteps && high - low > 1e-12 * high; step++) {
    const width = high - low;
    const guess = low + (width * above) / (above - below);
    const inside = guess > low && guess < high && Number.isFinite(guess) && step % 3 !== 2;
    const middle = inside ? guess : low + width / 2;
    if (middle <= low || middle >= high) return high;
    const value = excess(middle);
    if (value > 0) {
      [low, above] = [middle, value];
      below /= 2;
    } else {
      [high, below] = [middle, value];
      above /= 2;
    }
  }
  return high;
}
