// The maximum likelihood distribution behind randomized-response reports, in closed form.

import * as shapes from "../errors/shapes.js";
import { channelMembers, check, joined } from "../errors/shapes.js";
import { checkValueReports } from "../frequencies/report-form.js";
import { checkChannel, type SupportProbabilities } from "../frequencies/support-probabilities.js";

const likelihoodOptions = /* @__PURE__ */ joined(channelMembers, {
  counts: /* @__PURE__ */ shapes.numbers(shapes.count, { least: 1 }),
});

/**
 * The distribution under which the reports (one value each: GRR) are likeliest. Where all raw estimates are non-negative it is them;
 * else the smallest counts are set to frequency 0 one by one until the conditions of Karush, Kuhn and Tucker hold. It is what
 * expectation maximization converges to, slowly near the boundary.
 *
 * Biased like every method that keeps within the simplex: rare values come out too high on average.
 *
 * @param options - `counts` of reports naming each category; `p`, `q` with p + (d - 1) q = 1
 * @returns non-negative frequencies with sum 1
 * @throws EMRX_QUALITY_NOT_APPLICABLE unless reports name one value; EMRX_QUALITY_CHANNEL, EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { grrMaximumLikelihood } from "@emrx/quality/post-processing";
 *
 * grrMaximumLikelihood({ counts: [60, 40], p: 0.75, q: 0.25 })[0]?.toFixed(6); // => "0.700000"
 * grrMaximumLikelihood({ counts: [90, 10], p: 0.75, q: 0.25 })[1]; // => 0
 * ```
 */
export function grrMaximumLikelihood(
  options: SupportProbabilities & { readonly counts: ArrayLike<number> },
): Float64Array {
  const { counts, p, q } = check(likelihoodOptions, options, "options");
  checkChannel({ p, q });
  checkValueReports({ p, q }, counts.length);
  const n = shapes.sumOfCounts("options.counts", counts);
  const shares = Float64Array.from(counts, (count) => count / n);
  const order = Array.from(shares.keys()).sort(
    (a, b) => (shares[a] as number) - (shares[b] as number),
  );
  // s is the share of reports of the categories still allowed, k the number set to 0.
  let s = 1;
  let k = 0;
  for (; k < order.length - 1; k++) {
    const least = shares[order[k] as number] as number;
    if (q * s <= (1 - k * q) * least) break;
    s -= least;
  }
  const frequencies = new Float64Array(counts.length);
  for (const v of order.slice(k)) {
    frequencies[v] = ((1 - k * q) * (shares[v] as number) - q * s) / (s * (p - q));
  }
  return frequencies;
}
