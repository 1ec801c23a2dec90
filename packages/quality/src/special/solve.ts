// The root of an increasing function: Newton's method inside a shrinking bracket, bisection when Newton leaves it.

export interface Bracket {
  /** The derivative; without it only bisection is used. */
  readonly slope?: (x: number) => number;
  readonly lower: number;
  readonly upper: number;
  readonly start?: number;
}

/**
 * The x in (lower, upper) where an increasing function is 0, to the precision of a double.
 * A function that stays below 0 gives `upper`, one that stays above gives `lower`.
 */
export function solveMonotone(f: (x: number) => number, bracket: Bracket): number {
  let { lower, upper } = bracket;
  let x = bracket.start ?? middle(lower, upper);
  for (let step = 0; step < 2200; step++) {
    const value = f(x);
    if (value === 0) return x;
    if (value < 0) lower = x;
    else upper = x;
    const newton = bracket.slope ? x - value / bracket.slope(x) : Number.NaN;
    const next = newton > lower && newton < upper ? newton : middle(lower, upper);
    if (Math.abs(next - x) <= 1e-16 * Math.abs(x) || next <= lower || next >= upper) return next;
    x = next;
  }
  return x;
}

/** Half way, by ratio where the two ends are of one sign and far apart: small roots are found as fast as large ones. */
function middle(lower: number, upper: number): number {
  if (lower > 0 && upper > 4 * lower) return Math.sqrt(lower) * Math.sqrt(upper);
  return lower + (upper - lower) / 2;
}
