// Mechanisms whose reports are symbols and whose estimator is any linear one: a score for each pair of report and category.
import type { Channel } from "../../audit/channel.js";
import { type Rational, toNumber } from "../../exact/rational.js";
import type { FrequencyEstimate, FrequencyOracle } from "./oracle.js";
import { checkCounts } from "./pure.js";
import { type SymbolColumn, symbolReports } from "./symbol.js";
import { tallies } from "./tally.js";

/**
 * A mechanism for one categorical value that is not pure: how often a report supports a category depends on which other category
 * is the true one. Members are as in `FrequencyOracle`; the variance of an estimate depends on all true frequencies.
 */
export interface LinearOracle
  extends Pick<
    FrequencyOracle<number, SymbolColumn>,
    | "identity"
    | "categories"
    | "bits"
    | "reportBytes"
    | "randomize"
    | "randomizeBatch"
    | "aggregator"
    | "aggregatorFromBytes"
    | "estimate"
    | "channel"
    | "encode"
    | "decode"
    | "encodeBatch"
    | "decodeBatch"
  > {
  /** Variance of each estimate from n reports when these are the frequencies among the n people. */
  variances(n: number, frequencies: ArrayLike<number>): Float64Array;
}

/** What a linear mechanism consists of, its randomizer apart. */
export interface LinearCore {
  readonly identity: string;
  readonly categories: number;
  readonly bits: number;
  readonly channel: Channel;
  /** The score of a report for a category: exact, and unbiased, sum_y P(y | x) score(y, v) = 1 if x = v, else 0. */
  score(report: number, category: number): Rational;
}

/**
 * Everything but the randomizer. The estimate of v is the mean score of the reports for v. The score of a report of a person whose
 * value is x has second moment m(x, v) = sum_y P(y | x) score(y, v)^2 and mean 1 or 0, so for a fixed population
 *
 * $`n \operatorname{Var}(\hat f_v) = \sum_x f_x \, m(x, v) - f_v`$,
 *
 * and the mean squared score of the reports estimates the first term without bias.
 */
export function linearParts(core: LinearCore): Omit<LinearOracle, "randomize" | "randomizeBatch"> {
  const { identity, categories: d, bits, channel } = core;
  const { addReport, addColumn, isPossible, ...codec } = symbolReports(d);
  const scores = Float64Array.from({ length: d * d }, (_, i) =>
    toNumber(core.score(Math.floor(i / d), i % d)),
  );

  function estimate(counts: ArrayLike<number>, n: number): FrequencyEstimate {
    checkCounts(counts, n, d);
    const frequencies = new Float64Array(d);
    const squares = new Float64Array(d);
    for (let y = 0; y < d; y++) {
      const share = (counts[y] as number) / n;
      for (let v = 0; v < d; v++) {
        const score = scores[y * d + v] as number;
        frequencies[v] = (frequencies[v] as number) + share * score;
        squares[v] = (squares[v] as number) + share * score * score;
      }
    }
    const variances = frequencies.map((f, v) => {
      const known = Math.min(1, Math.max(0, f));
      return Math.max(0, (squares[v] as number) - known) / n;
    });
    return { n, frequencies, variances };
  }

  const rules = { identity, cells: d, addReport, addColumn, isPossible, estimate };
  return {
    identity,
    categories: d,
    bits,
    ...tallies(rules),
    estimate,
    variances: (n, frequencies) =>
      Float64Array.from({ length: d }, (_, v) => {
        let moment = 0;
        for (let x = 0; x < d; x++) {
          for (let y = 0; y < d; y++) {
            const score = scores[y * d + v] as number;
            const weight = (frequencies[x] as number) * toNumber(channel.probability(y, x));
            moment += weight * score * score;
          }
        }
        return (moment - (frequencies[v] as number)) / n;
      }),
    channel: () => channel,
    ...codec,
  };
}
