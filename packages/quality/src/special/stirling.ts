// Corrections to Stirling's formula and the deviance term, so that binomial, beta and gamma densities with
// parameters in the millions keep full precision (C. Loader, "Fast and accurate computation of binomial
// probabilities", 2000).

const halfLogTwoPi = 0.9189385332046728;

/** log Gamma(x + 1) - [(x + 1/2) log x - x + log(2 pi)/2], for x > 0. */
export function stirlingError(x: number): number {
  if (x >= 16) {
    const r = 1 / (x * x);
    // Bernoulli numbers B_2k / (2k (2k - 1)).
    return (
      (1 / 12 -
        r *
          (1 / 360 -
            r * (1 / 1260 - r * (1 / 1680 - r * (1 / 1188 - r * (691 / 360360 - r / 156)))))) /
      x
    );
  }
  return logGamma(x + 1) - ((x + 0.5) * Math.log(x) - x + halfLogTwoPi);
}

/** log Gamma(x), x > 0: moved up to where Stirling's series is exact to rounding. */
export function logGamma(x: number): number {
  let product = 1;
  let y = x;
  while (y < 17) product *= y++;
  return (
    (y - 0.5) * Math.log(y - 1) - (y - 1) + halfLogTwoPi + stirlingError(y - 1) - Math.log(product)
  );
}

/**
 * The deviance mean * (r - 1 - log r) of an observation `mean + shift`, r = 1 + shift / mean: without cancellation near
 * r = 1, where `shift` decides, and without loss far from it, where `observed` does (it may have been rounded).
 */
export function deviance(mean: number, shift: number, observed: number): number {
  const u = shift / mean;
  if (u < -0.2 || u > 0.25) return shift - mean * Math.log(observed / mean);
  // log(1 + u) = 2 atanh(r) with r = u / (2 + u), and u - 2r = u r.
  const r = u / (2 + u);
  const square = r * r;
  let power = r * square;
  let sum = 0;
  for (let k = 3; Math.abs(power) > 1e-17 * Math.abs(u * r); k += 2) {
    sum += power / k;
    power *= square;
  }
  return mean * (u * r - 2 * sum);
}
