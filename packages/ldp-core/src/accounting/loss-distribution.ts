// The distribution of the privacy loss of several mechanisms together, in the worst case: randomized response in each.
import { LdpError } from "../errors/ldp-error.js";
import { binomialProbability } from "./binomial.js";
import { exactly, precise, roundedUp, safely } from "./upward.js";

/** A privacy loss and the probability with which it occurs. */
interface Loss {
  readonly loss: number;
  readonly probability: number;
}

/** The losses of several mechanisms together, and the least double that is not below their sum. */
export interface LossDistribution {
  readonly losses: readonly Loss[];
  readonly total: number;
}

/** Different losses that are kept apart; beyond, they are rounded up to a grid. */
const mostLosses = 100_000;
const mostEqual = 5_000_000;
/** Cells of the grid, and steps of a convolution on it, at most. */
const gridSteps = 1 << 15;
const mostWork = 400_000_000;

/**
 * The loss of randomized response in every mechanism: a sum of independent losses of +e or -e. Where their different sums are too many, each
 * epsilon is rounded up to a multiple of a 2^-15th part of the sum, which makes every mechanism weaker: the distribution then is an upper bound.
 *
 * @throws EMRX_TOO_LARGE for thousands of different epsilons
 */
export function lossDistribution(epsilons: readonly number[]): LossDistribution {
  const Exact = precise(400);
  const sum = epsilons.reduce((all, epsilon) => all.plus(exactly(Exact, epsilon)), new Exact(0));
  const total = roundedUp(sum);
  const copies = new Map<number, number>();
  for (const epsilon of epsilons) copies.set(epsilon, (copies.get(epsilon) ?? 0) + 1);
  const sums = [...copies.values()].reduce((product, count) => product * (count + 1), 1);
  const exact = sums <= mostLosses || (copies.size === 1 && sums <= mostEqual);
  return { losses: exact ? exactLosses(copies) : gridLosses(copies, total), total };
}

function exactLosses(copies: ReadonlyMap<number, number>): readonly Loss[] {
  let losses: readonly Loss[] = [{ loss: 0, probability: 1 }];
  for (const [epsilon, count] of copies) {
    const step = binomialLosses(epsilon, count);
    losses = losses.flatMap((a) =>
      step.map((b) => ({ loss: a.loss + b.loss, probability: a.probability * b.probability })),
    );
  }
  return losses;
}

function gridLosses(copies: ReadonlyMap<number, number>, total: number): readonly Loss[] {
  const unit = total / gridSteps;
  const epsilons = [...copies.values()].reduce((sum, count) => sum + count, 0);
  const rounded = new Map<number, number>();
  for (const [epsilon, count] of copies) {
    const steps = Math.ceil((epsilon / unit) * (1 + 1e-12));
    rounded.set(steps, (rounded.get(steps) ?? 0) + count);
  }
  const reach = [...rounded].reduce((sum, [steps, count]) => sum + steps * count, 0);
  const work = [...rounded.values()].reduce((sum, count) => sum + count + 1, 0) * (2 * reach + 1);
  if (work > mostWork)
    throw new LdpError(
      "EMRX_TOO_LARGE",
      `epsilons has ${epsilons} values, ${copies.size} different ones; expected at most some thousands, or some millions of equal ones: round them up to fewer`,
    );
  // Entry i is the probability of a loss of (i - reach) units.
  let cells = new Float64Array(2 * reach + 1);
  cells[reach] = 1;
  let extent = 0;
  for (const [steps, count] of rounded) {
    const next = new Float64Array(cells.length);
    for (const { loss, probability } of binomialLosses(steps * unit, count)) {
      if (probability === 0) continue;
      const shift = Math.round(loss / unit);
      for (let i = reach - extent; i <= reach + extent; i++)
        next[i + shift] = (next[i + shift] as number) + (cells[i] as number) * probability;
    }
    cells = next;
    extent += steps * count;
  }
  return Array.from(cells, (probability, i) => ({ loss: (i - reach) * unit, probability })).filter(
    ({ probability }) => probability > 0,
  );
}

/** `lies` of `count` coins show -epsilon: the loss is (count - 2 lies) epsilon. */
function binomialLosses(epsilon: number, count: number): readonly Loss[] {
  const lie = 1 / (1 + Math.exp(epsilon));
  return Array.from({ length: count + 1 }, (_, lies) => ({
    loss: (count - 2 * lies) * epsilon,
    probability: binomialProbability(count, lies, lie),
  }));
}

/** The expectation of max(0, 1 - e^{epsilon - loss}), never too small. */
export function deltaOf({ losses, total }: LossDistribution, epsilon: number): number {
  if (epsilon >= total) return 0;
  let delta = 0;
  for (const { loss, probability } of losses) {
    // A sum of losses may have been rounded down.
    const most = loss + 1e-14 * total;
    if (most > epsilon) delta += probability * -Math.expm1(epsilon - most);
  }
  return Math.min(1, safely(delta));
}
