// The two distributions that "hiding among the clones" compares, and how far apart they are.
import { binomialProbability, fairUpperTail } from "./binomial.js";
import { safely } from "./upward.js";

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
  // More people hide each other better: beyond that many they count as that many, which is an upper bound in bounded time.
  const others = Math.min(reports, mostReports) - 1;
  const mean = others * clone;
  const reach = 10 * Math.sqrt(mean * (1 - clone)) + 60;
  const first = Math.max(0, Math.floor(mean - reach));
  const last = Math.min(others, Math.ceil(mean + reach));

  let probability = binomialProbability(others, first, clone);
  let covered = 0;
  let delta = 0;
  let tails: Tails | undefined;
  let fresh = first;
  for (let C = first; C <= last; C++) {
    const from = Math.min(C, Math.floor(share * (C + 1))) + 1;
    tails = tails === undefined || C >= fresh ? tailsAt(C, from) : nextTails(tails, from);
    if (C >= fresh) fresh = C + stepsFrom(C);
    delta += probability * gap(tails, E, claimed);
    covered += probability;
    probability *= ((others - C) / (C + 1)) * (clone / (1 - clone));
  }
  return Math.min(1, safely(delta + leftOut(others, first, last, clone, covered)));
}

const mostReports = 1e9;

/** P(first count >= from) under the one distribution, minus e^epsilon times that under the other. */
function gap({ trials, upper, edge }: Tails, E: number, claimed: number): number {
  const wider = upper + edge;
  const [likely, unlikely] = [upper + E * wider, claimed * (E * upper + wider)];
  // Every step may round a few times; what may be lost where the two cancel is added.
  const rounding = 1e-15 * (200 + Math.sqrt(trials));
  return Math.max(0, likely - unlikely + rounding * likely) / (E + 1);
}

/** Of Bin(trials, 1/2): P(>= from) and P(= from - 1). */
interface Tails {
  readonly trials: number;
  readonly from: number;
  readonly upper: number;
  readonly edge: number;
}

/**
 * Steps from one number of trials to the next before the tails are computed afresh, lest rounding add up: as many as move the tails by less
 * than one standard deviation.
 */
const stepsFrom = (trials: number): number => 64 + Math.floor(Math.sqrt(trials));

function tailsAt(trials: number, from: number): Tails {
  const edge = binomialProbability(trials, from - 1, 0.5);
  return { trials, from, upper: fairUpperTail(trials, from), edge };
}

/** One trial more, and `from` the same or one more: Pascal's rule, in constant time. */
function nextTails({ trials, from, upper, edge }: Tails, nextFrom: number): Tails {
  const more = trials + 1;
  const grown = upper + edge / 2;
  const edgeThere = (edge * more) / (2 * (more - from + 1)); // P(Bin(more, 1/2) = from - 1)
  if (nextFrom === from) return { trials: more, from, upper: grown, edge: edgeThere };
  const passed = (edgeThere * (more - from + 1)) / from;
  return { trials: more, from: nextFrom, upper: grown - passed, edge: passed };
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
  return covered < 0.999 ? 1 : bernstein;
}
