// Binomial probabilities to nearly full precision, whatever the number of trials.

/**
 * P(Bin(n, p) = k) by the saddle-point form of Loader ("Fast and accurate computation of binomial probabilities", 2000): the
 * large logarithms that cancel in the textbook formula never appear.
 */
export function binomialProbability(n: number, k: number, p: number): number {
  if (k < 0 || k > n) return 0;
  if (p === 0 || p === 1) return k === n * p ? 1 : 0;
  if (k === 0) return Math.exp(n * Math.log1p(-p));
  if (k === n) return Math.exp(n * Math.log(p));
  const exponent =
    stirlingError(n) -
    stirlingError(k) -
    stirlingError(n - k) -
    deviance(k, n * p) -
    deviance(n - k, n * (1 - p));
  return Math.exp(exponent) * Math.sqrt(n / (2 * Math.PI * k * (n - k)));
}

/** ln n! - ln(sqrt(2 pi n) (n/e)^n). */
function stirlingError(n: number): number {
  if (n < 16) {
    let factorial = 1;
    for (let i = 2; i <= n; i++) factorial *= i;
    return Math.log(factorial) - (0.5 * Math.log(2 * Math.PI * n) + n * (Math.log(n) - 1));
  }
  const square = n * n;
  return (
    (1 / 12 -
      (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / (1188 * square)) / square) / square) / square) /
    n
  );
}

/** x ln(x/m) + m - x, without cancellation where x is near m. */
function deviance(x: number, m: number): number {
  if (Math.abs(x - m) >= 0.1 * (x + m)) return x * Math.log(x / m) + m - x;
  const v = (x - m) / (x + m);
  let sum = (x - m) * v;
  let term = 2 * x * v;
  for (let j = 3; ; j += 2) {
    term *= v * v;
    const next = sum + term / j;
    if (next === sum) return sum;
    sum = next;
  }
}

/** P(Bin(n, 1/2) >= k) for k >= n / 2 or thereabouts: the terms fall from k on. */
export function fairUpperTail(n: number, k: number): number {
  if (k <= 0) return 1;
  let term = binomialProbability(n, k, 0.5);
  let sum = 0;
  for (let i = k; i <= n && sum + term !== sum; i++) {
    sum += term;
    term *= (n - i) / (i + 1);
  }
  return sum;
}
