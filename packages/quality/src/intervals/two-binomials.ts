// The law of a supporting count in a fixed cohort: Bin(holders, p) + Bin(others, q).
import { betaLower, betaUpper } from "../special/beta.js";
import { binomialProbability } from "../special/binomial.js";

/** P[Bin(n, p) <= k]. */
const atMost = (k: number, n: number, p: number): number => {
  if (k < 0) return 0;
  if (k >= n || p === 0) return 1;
  return p === 1 ? 0 : betaUpper(k + 1, n - k, p);
};

/** P[Bin(n, p) >= k]. */
const atLeast = (k: number, n: number, p: number): number => {
  if (k <= 0) return 1;
  if (k > n || p === 0) return 0;
  return p === 1 ? 1 : betaLower(k, n - k + 1, p);
};

/** Both tails of the count: P[count <= c] and P[count >= c], where `holders` of n people hold the value. */
export function cohortTails(options: {
  readonly count: number;
  readonly n: number;
  readonly holders: number;
  readonly p: number;
  readonly q: number;
}): { readonly below: number; readonly above: number } {
  const { count, n, holders, p, q } = options;
  const others = n - holders;
  if (holders === 0 || p === 1)
    return {
      below: atMost(count - holders, others, q),
      above: atLeast(count - holders, others, q),
    };
  if (others === 0 || q === 0)
    return { below: atMost(count, holders, p), above: atLeast(count, holders, p) };
  // The sum over the part that varies less, of the other part's tails; both tails change by one probability a step.
  const [few, most] =
    holders * p * (1 - p) < others * q * (1 - q)
      ? ([
          [holders, p],
          [others, q],
        ] as const)
      : ([
          [others, q],
          [holders, p],
        ] as const);
  const [trials, chance] = few;
  const [rest, other] = most;
  const middle = trials * chance;
  const reach = 9 * Math.sqrt(middle * (1 - chance)) + 40;
  const first = Math.max(0, Math.floor(middle - reach));
  const last = Math.min(trials, Math.ceil(middle + reach));
  const odds = chance / (1 - chance);
  const otherOdds = other / (1 - other);
  let weight = binomialProbability(first, trials, chance);
  let at = count - first; // what the rest must give
  let low = atMost(at, rest, other);
  let high = atLeast(at, rest, other);
  let mass = at < 0 || at > rest ? 0 : binomialProbability(at, rest, other);
  let [below, above] = [0, 0];
  for (let k = first; k <= last; k++) {
    below += weight * low;
    above += weight * high;
    weight *= ((trials - k) / (k + 1)) * odds;
    // From `at` to `at - 1`: the lower tail loses what is at `at`, the upper one gains what is at `at - 1`.
    low = Math.max(0, low - mass);
    const before = at - 1;
    if (before < 0 || before > rest) mass = 0;
    else if (mass > 1e-250) mass *= at / ((rest - at + 1) * otherOdds);
    else mass = binomialProbability(before, rest, other);
    high = Math.min(1, high + mass);
    at = before;
  }
  return { below: Math.min(1, below), above: Math.min(1, above) };
}
