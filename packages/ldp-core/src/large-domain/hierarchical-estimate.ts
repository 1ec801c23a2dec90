// From the levels of a hierarchical histogram to consistent estimates of ranges and quantiles, with exact variances.
import { LdpError } from "../errors/ldp-error.js";
import { toNumber } from "../exact/rational.js";
import type { FrequencyAggregator, FrequencyOracle } from "../mechanisms/common/oracle.js";

/**
 * Estimates that fit together: every node is the sum of its children, and all categories sum to 1; never clipped.
 *
 * They are the generalized least squares over all levels, computed in two passes (Hay, Rastogi, Miklau and Suciu, "Boosting the
 * accuracy of differentially private histograms through consistency", PVLDB 3(1), 2010, section 4.2; with unequal variances):
 * from the leaves up each node becomes the mean of its own estimate and its children's sum, weighted by inverse variance; from
 * the top down what a parent says more than its children is shared among these. The weights are taken at a frequency fixed in
 * advance, so every estimate is a fixed linear function of unbiased ones, hence unbiased.
 */
export interface HierarchicalEstimate {
  /** Number of reports of all levels. */
  readonly n: number;
  /** The share of each category. */
  readonly frequencies: Float64Array;
  /**
   * The share of people in `first` to `last`, both included, and its estimated variance for all n people: mechanism noise,
   * and that each level asked a random part of them. @throws EMRX_BAD_PARAMETER
   */
  range(first: number, last: number): { readonly frequency: number; readonly variance: number };
  /** The first category at which the estimated share of people up to it reaches `share`, 0 < share < 1. @throws EMRX_BAD_PARAMETER */
  quantile(share: number): number;
}

/** What was collected, and the shape of the tree. */
export interface HierarchicalState {
  readonly categories: number;
  readonly fanOut: number;
  readonly levels: readonly FrequencyOracle[];
  readonly tallies: readonly FrequencyAggregator[];
}

/** The estimates. Level 0 here is the root, whose share is 1; level l + 1 is `levels[l]`. */
export function hierarchicalEstimate(state: HierarchicalState): HierarchicalEstimate {
  const { categories: d, fanOut, levels, tallies } = state;
  const height = levels.length;
  const n = tallies.reduce((sum, tally) => sum + tally.n, 0);
  const zeros = (): Float64Array[] => [
    new Float64Array(1),
    ...levels.map(({ categories }) => new Float64Array(categories)),
  ];
  const parentOf = (node: number): number => Math.floor(node / fanOut);
  const at = (tree: readonly Float64Array[], level: number): Float64Array =>
    tree[level] as Float64Array;

  // The variance of each node's mean (W), of its children's sum, and the weight of its own estimate in that mean.
  const [W, sums, own] = [zeros(), zeros(), zeros()];
  const V = levels.map((oracle, l) =>
    oracle.variance(tallies[l]?.n as number, 1 / oracle.categories),
  );
  for (let level = height; level > 0; level--) {
    const variance = V[level - 1] as number;
    for (let v = 0; v < at(W, level).length; v++) {
      const below = level === height ? Number.POSITIVE_INFINITY : (at(sums, level)[v] as number);
      at(own, level)[v] = level === height ? 1 : below / (variance + below);
      at(W, level)[v] = variance * (at(own, level)[v] as number);
      const parent = parentOf(v);
      at(sums, level - 1)[parent] =
        (at(sums, level - 1)[parent] as number) + (at(W, level)[v] as number);
    }
  }
  /** What share of a parent's surplus goes to a node. */
  const part = (level: number, v: number): number =>
    (at(W, level)[v] as number) / (at(sums, level - 1)[parentOf(v)] as number);
  const plus = (tree: readonly Float64Array[], level: number, v: number, amount: number): void => {
    at(tree, level)[v] = (at(tree, level)[v] as number) + amount;
  };

  // Up: means; `below` holds the sums of the children's means. Down: consistent shares.
  const [mean, below, f] = [zeros(), zeros(), zeros()];
  for (let level = height; level > 0; level--) {
    const { frequencies } = (tallies[level - 1] as FrequencyAggregator).estimate();
    for (const [v, estimate] of frequencies.entries()) {
      const weight = at(own, level)[v] as number;
      at(mean, level)[v] = weight * estimate + (1 - weight) * (at(below, level)[v] as number);
      plus(below, level - 1, parentOf(v), at(mean, level)[v] as number);
    }
  }
  at(f, 0)[0] = 1;
  for (let level = 1; level <= height; level++)
    for (const [v, value] of at(mean, level).entries()) {
      const parent = parentOf(v);
      const surplus =
        (at(f, level - 1)[parent] as number) - (at(below, level - 1)[parent] as number);
      at(f, level)[v] = value + part(level, v) * surplus;
    }
  const frequencies = at(f, height);

  /** The range as a linear function of the levels' own estimates: both passes, transposed. */
  function coefficients(first: number, last: number): readonly Float64Array[] {
    const [share, average, direct] = [zeros(), zeros(), zeros()];
    at(share, height).fill(1, first, last + 1);
    for (let level = height; level > 0; level--) {
      for (const [v, c] of at(share, level).entries())
        plus(share, level - 1, parentOf(v), part(level, v) * c);
      for (const [v, c] of at(share, level).entries())
        at(average, level)[v] = c - (at(share, level - 1)[parentOf(v)] as number);
    }
    for (let level = 1; level <= height; level++)
      for (let v = 0; v < at(average, level).length; v++) {
        const parent = parentOf(v);
        if (level > 1) {
          const passed = 1 - (at(own, level - 1)[parent] as number);
          plus(average, level, v, passed * (at(average, level - 1)[parent] as number));
        }
        at(direct, level)[v] = (at(own, level)[v] as number) * (at(average, level)[v] as number);
      }
    return direct.slice(1);
  }

  function check(name: string, value: number, isFine: boolean, expected: string): void {
    if (!isFine)
      throw new LdpError("EMRX_BAD_PARAMETER", `${name} is ${value}; expected ${expected}`);
  }

  return {
    n,
    frequencies,
    range(first, last) {
      const isIndex = (i: number): boolean => Number.isInteger(i) && i >= 0 && i < d;
      check("first", first, isIndex(first), `a category index in 0..${d - 1}`);
      check("last", last, isIndex(last) && last >= first, `a category index in ${first}..${d - 1}`);
      let frequency = 0;
      for (let v = first; v <= last; v++) frequency += frequencies[v] as number;
      const inside = Math.min(1, Math.max(0, frequency));
      let variance = (-inside * (1 - inside)) / Math.max(1, n - 1);
      for (const [l, c] of coefficients(first, last).entries()) {
        const size = tallies[l]?.n as number;
        variance += formVariance(levels[l] as FrequencyOracle, c, at(f, l + 1), n) / size;
      }
      return { frequency, variance: Math.max(0, variance) };
    },
    quantile(share) {
      check("share", share, share > 0 && share < 1, "a number between 0 and 1");
      let sum = 0;
      for (let v = 0; v < d; v++) {
        sum += frequencies[v] as number;
        if (sum >= share) return v;
      }
      return d - 1; // rounding alone
    },
  };
}

/**
 * The variance that one report adds to a sum of estimates with coefficients c, for a person drawn from n whose nodes have these
 * shares (clamped and normalised here only): that of $`\sum_v c_v b_v`$ over the bits b of the report, divided by (p - q)^2, and
 * the spread of c_x among people, x being a person's node. Given x, its bit is set with probability p, beside k of the m = d - 1
 * others: k = w - 1 if it is set, else w, uniform among them, where a report has w bits (w = 1: `grr`). Their sum has mean
 * $`k \bar c`$ and variance $`k (m - k) s^2 / (m - 1)`$, with mean and variance of the m coefficients (Cochran, Sampling Techniques,
 * section 2.5). `oue`'s bits are independent.
 */
function formVariance(
  oracle: FrequencyOracle,
  c: Float64Array,
  shares: Float64Array,
  n: number,
): number {
  const [p, q] = [toNumber(oracle.support.p), toNumber(oracle.support.q)];
  const [sum, squares] = [c.reduce((a, x) => a + x, 0), c.reduce((a, x) => a + x * x, 0)];
  const others = oracle.categories - 1;
  const size = Math.round(p + others * q); // what the bits of a report are on average, and always
  const noiseOf = (own: number): number => {
    const rest = squares - own * own;
    if (oracle.name === "oue") return p * (1 - p) * own * own + q * (1 - q) * rest;
    const mean = (sum - own) / others;
    const spread = rest / others - mean * mean;
    const within = (k: number): number =>
      others > 1 ? (k * (others - k) * spread) / (others - 1) : 0;
    return p * (1 - p) * (own - mean) ** 2 + p * within(size - 1) + (1 - p) * within(size);
  };
  let [total, noise, first, second] = [0, 0, 0, 0];
  for (const [x, share] of shares.entries()) {
    const weight = Math.max(0, share);
    const own = c[x] as number;
    total += weight;
    noise += weight * noiseOf(own);
    first += weight * own;
    second += weight * own * own;
  }
  const spread = ((second / total - (first / total) ** 2) * n) / Math.max(1, n - 1);
  return noise / total / (p - q) ** 2 + spread;
}
