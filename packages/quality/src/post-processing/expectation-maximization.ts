// Expectation maximization for any finite channel: the maximum likelihood distribution, step by step.
import { arrayOf, boolean, coded, integer, object, optional } from "@emrx/internal/shape";
import { QualityError } from "../errors/quality-error.js";
import * as shapes from "../errors/shapes.js";
import { check } from "../errors/shapes.js";

/** Where an iteration ended. */
export interface IteratedDistribution {
  readonly frequencies: Float64Array;
  readonly iterations: number;
  /** Whether the last step moved no frequency by more than the precision asked. */
  readonly converged: boolean;
}

const iterationOptions = /* @__PURE__ */ object({
  counts: /* @__PURE__ */ shapes.numbers(shapes.count, { least: 1 }),
  channel: /* @__PURE__ */ coded(
    "EMRX_QUALITY_MISMATCH",
    /* @__PURE__ */ arrayOf(
      /* @__PURE__ */ coded("EMRX_QUALITY_ARGUMENT", /* @__PURE__ */ shapes.numbers(shapes.share)),
      { least: 1 },
    ),
  ),
  iterations: /* @__PURE__ */ optional(/* @__PURE__ */ integer(1, 100_000_000)),
  precision: /* @__PURE__ */ optional(shapes.positive),
  smooth: /* @__PURE__ */ optional(/* @__PURE__ */ boolean()),
});

/**
 * Iterates $`f(x) \leftarrow f(x) \sum_y \phi(y) \, P(y|x) / \sum_z f(z) P(y|z)`$ from the uniform distribution (iterative Bayesian update).
 * The likelihood is concave and never falls, so it tends to the maximum; near the boundary that can take over ten thousand steps.
 *
 * The rows of the channel must be the probabilities of whole reports. Applied to the support counts of bits it would give a consistent
 * composite estimate, not the maximum likelihood.
 *
 * Source: R. Agrawal and C. Aggarwal, PODS 2001; E. ElSalamouny and C. Palamidessi, EuroS&P 2020.
 *
 * @param options - `counts` of each output y; `channel`, one row for each input x with P(y | x) for every output, each summing to 1; at most
 *   `iterations`, 10000 unless given; `precision`, 1e-10 unless given; `smooth`: average neighbours with weights 1/4, 1/2, 1/4 after each step (EMS,
 *   for ordered inputs), false unless given. Smoothing lowers the error of smooth distributions, is biased, and has no likelihood to maximize
 * @returns frequencies, iterations and whether it converged
 * @throws EMRX_QUALITY_MISMATCH, EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { expectationMaximization } from "@emrx/quality/post-processing";
 *
 * const channel = [
 *   [0.75, 0.25],
 *   [0.25, 0.75],
 * ];
 * expectationMaximization({ counts: [60, 40], channel }).frequencies[0]?.toFixed(6); // => "0.700000"
 * ```
 */
export function expectationMaximization(options: {
  readonly counts: ArrayLike<number>;
  readonly channel: readonly ArrayLike<number>[];
  readonly iterations?: number;
  readonly precision?: number;
  readonly smooth?: boolean;
}): IteratedDistribution {
  const {
    counts,
    channel,
    iterations = 10_000,
    precision = 1e-10,
    smooth = false,
  } = check(iterationOptions, options, "options");
  checkRows(channel, counts.length);
  const n = shapes.sumOfCounts("options.counts", counts);
  const inputs = channel.length;
  let frequencies: Float64Array = new Float64Array(inputs).fill(1 / inputs);
  for (let step = 1; step <= iterations; step++) {
    let next: Float64Array = new Float64Array(inputs);
    for (let y = 0; y < counts.length; y++) {
      const share = (counts[y] as number) / n;
      if (share === 0) continue;
      let mixture = 0;
      for (let x = 0; x < inputs; x++) {
        mixture += (frequencies[x] as number) * ((channel[x] as ArrayLike<number>)[y] as number);
      }
      for (let x = 0; x < inputs; x++) {
        const joint = (frequencies[x] as number) * ((channel[x] as ArrayLike<number>)[y] as number);
        if (joint > 0) next[x] = (next[x] as number) + (share * joint) / mixture;
      }
    }
    if (smooth) next = smoothed(next);
    const moved = next.reduce(
      (most, f, x) => Math.max(most, Math.abs(f - (frequencies[x] as number))),
      0,
    );
    frequencies = next;
    if (moved <= precision) return { frequencies, iterations: step, converged: true };
  }
  return { frequencies, iterations, converged: false };
}

/** Averages each value with its neighbours; what would leave at the ends stays there, so the sum is kept. */
function smoothed(values: Float64Array): Float64Array {
  const at = (x: number): number => values[Math.min(values.length - 1, Math.max(0, x))] as number;
  return values.map((value, x) => (at(x - 1) + 2 * value + at(x + 1)) / 4);
}

function checkRows(channel: readonly ArrayLike<number>[], outputs: number): void {
  channel.forEach((row, x) => {
    if (row.length !== outputs) {
      throw new QualityError(
        "EMRX_QUALITY_MISMATCH",
        `channel[${x}] has ${row.length} entries; expected ${outputs}, one an output`,
      );
    }
    let sum = 0;
    for (let y = 0; y < outputs; y++) {
      sum += row[y] as number;
    }
    if (Math.abs(sum - 1) > 1e-9) {
      throw new QualityError(
        "EMRX_QUALITY_ARGUMENT",
        `channel[${x}] sums to ${sum}; expected 1: rows are P(output | input)`,
      );
    }
  });
}
