// The two distributions that "hiding among the clones" compares, and how far apart they are.
import { binomialProbability, fairUpperTail } from "./binomial.js";

/**
 * The hockey-stick divergence of order e^epsilon between (A + D, C - A + 1 - D) and (A + 1 - D, C - A + D), where
 * C ~ Bin(n - 1, clone) others are clones of one of the two possible values, A ~ Bin(C, 1/2) of them of the first, and D says
 * with probability E / (E + 1) that the person's own report shows the true value.
 *
 * Given C, the likelihood ratio rises with the first count i, from the value i/(C - i + 1) on at which it passes e^epsilon;
 * so the divergence is a difference of two tails of Bin(C, 1/2), averaged over C. The values of C that are left out, the
 * improbable ones, are counted as if everything were lost there: the result is an upper bound.
 */
export function clonesDelta(
  localEpsilon: number,
  reports: number,
  clone: number,
  epsilon: number,
): number {
  const E = Math.exp(localEpsilon);
  const claimed = Math.exp(epsilon);
  if (claimed >= E) return 0;
  const turn = (claimed * E - 1) / (E - claimed);
  const share = turn / (1 + turn); // the ratio passes e^epsilon at i = share (C + 1)
  const others = reports - 1;
  const mean = others * clone;
  const reach = 10 * Math.sqrt(mean * (1 - clone)) + 60;
  const first = Math.max(0, Math.floor(mean - reach));
  const last = Math.min(others, Math.ceil(mean + reach));

  let probability = binomialProbability(others, first, clone);
  let covered = 0;
  let delta = 0;
  for (let C = first; C <= last; C++) {
    const from = Math.floor(share * (C + 1)) + 1;
    if (from <= C + 1) delta += probability * gap(C, from, E, claimed);
    covered += probability;
    probability *= ((others - C) / (C + 1)) * (clone / (1 - clone));
  }
  return Math.min(1, delta + leftOut(others, first, last, clone, covered));
}

/** P(first count >= from) under the one distribution, minus e^epsilon times that under the other. */
function gap(C: number, from: number, E: number, claimed: number): number {
  const tail = fairUpperTail(C, from);
  const wider = tail + binomialProbability(C, from - 1, 0.5);
  return Math.max(0, tail + E * wider - claimed * (E * tail + wider)) / (E + 1);
}

/** An upper bound of P(C < first or C > last); the reach is ten standard deviations, so it is next to nothing. */
function leftOut(
  others: number,
  first: number,
  last: number,
  clone: number,
  covered: number,
): number {
  if (first === 0 && last === others) return 0;
  // Bernstein's inequality at the reach; never less than what rounding could hide.
  const variance = others * clone * (1 - clone);
  const reach = Math.min(
    first === 0 ? Number.POSITIVE_INFINITY : others * clone - first,
    last === others ? Number.POSITIVE_INFINITY : last - others * clone,
  );
  const bernstein = 2 * Math.exp((-reach * reach) / (2 * (variance + reach / 3)));
  return covered < 0.5 ? 1 : bernstein;
}
