// Exact laws of report counts by convolution of elementary probabilities, written for the tests alone.

/** P[k successes in n trials], k = 0..n, by adding one trial at a time. */
export function binomialLaw(n: number, p: number): Float64Array {
  const law = new Float64Array(n + 1);
  law[0] = 1;
  for (let trial = 1; trial <= n; trial++) {
    for (let k = trial; k > 0; k--) {
      law[k] = (law[k] as number) * (1 - p) + (law[k - 1] as number) * p;
    }
    law[0] = (law[0] as number) * (1 - p);
  }
  return law;
}

/** The law of the sum of two independent counts. */
export function convolve(a: Float64Array, b: Float64Array): Float64Array {
  const law = new Float64Array(a.length + b.length - 1);
  a.forEach((x, i) => {
    b.forEach((y, j) => {
      law[i + j] = (law[i + j] as number) + x * y;
    });
  });
  return law;
}

/** The law of the count for a cohort in which exactly n f people hold the value. */
export const cohortLaw = (n: number, f: number, p: number, q: number): Float64Array => {
  const holders = Math.round(n * f);
  return convolve(binomialLaw(holders, p), binomialLaw(n - holders, q));
};

/** The law of the count for people drawn independently from a population in which a share f holds the value. */
export const populationLaw = (n: number, f: number, p: number, q: number): Float64Array =>
  binomialLaw(n, q + f * (p - q));
