// Chains of two-valued channels: what redrawing a report means for each kind, and the levels that result.
import { divide, type Rational, rational, subtract, toNumber } from "../exact/rational.js";
import type { Threshold } from "../exact/thresholds.js";
import { bitmapReports } from "../mechanisms/common/bitmap.js";
import { combinations } from "../mechanisms/common/combinations.js";
import type { FrequencyOracle } from "../mechanisms/common/oracle.js";
import { type PartsCore, pureOracle } from "../mechanisms/common/pure.js";
import { type SymbolColumn, symbolReports } from "../mechanisms/common/symbol.js";
import { affineHash } from "../mechanisms/local-hashing/affine-hash.js";
import { hashReports, type LocalHashReport } from "../mechanisms/local-hashing/hash-report.js";
import { platformRandom } from "../random/platform.js";
import { chainOf, type Degradation, type DegradationChain } from "./chain.js";
import {
  keptLevels,
  mixed,
  redrawBuckets,
  redrawSubsets,
  redrawSymbols,
  twoValues,
} from "./redraw.js";

/** How the reports of a mechanism are redrawn, written and counted. */
interface Kind<Report, Column> {
  step(keep: Threshold): Degradation<Column>;
  readonly reports: Pick<
    PartsCore<Report, Column>,
    | "reportBytes"
    | "encode"
    | "decode"
    | "encodeBatch"
    | "decodeBatch"
    | "addReport"
    | "addColumn"
    | "isPossible"
  >;
  /** Number of possible reports. */
  readonly outputs: bigint;
  /** Whether the aggregator counts reports, and sums them to supports when it estimates. */
  readonly countsReports?: boolean;
}

/** From the domain, the number of counted cells, and the share of all reports that support a category. */
type KindOf<Report, Column> = (
  categories: number,
  cells: number,
  share: Rational,
) => Kind<Report, Column>;

/** GRR: a report supports the category that it is. */
export const symbolKind: KindOf<number, SymbolColumn> = (_, cells) => ({
  step: (keep) => redrawSymbols(keep, cells),
  reports: symbolReports(cells),
  outputs: BigInt(cells),
});

/** Hadamard response and projective geometry response: a report supports many categories. */
export const cellKind: KindOf<number, SymbolColumn> = (d, cells, share) => ({
  ...symbolKind(d, cells, share),
  countsReports: true,
});

/** Subset selection: w / d of all subsets of w support a category. */
export const subsetKind: KindOf<Uint8Array<ArrayBuffer>, Uint32Array> = (d, _, share) => {
  const size = Number((share.numerator * BigInt(d)) / share.denominator);
  const outputs = combinations(d, size);
  return {
    step: (keep) => redrawSubsets(keep, d, size, outputs),
    reports: bitmapReports(d, size),
    outputs,
  };
};

/** Local hashing: given the function, one of g buckets supports a category. */
export const bucketKind =
  (prime: number): KindOf<LocalHashReport, Uint32Array> =>
  (d, _, share) => {
    const buckets = Number(share.denominator);
    return {
      step: (keep) => redrawBuckets(keep, buckets),
      reports: hashReports(d, affineHash(prime, buckets)),
      outputs: BigInt(prime) ** 2n * BigInt(buckets),
    };
  };

/** The chain of a two-valued channel. */
export function redrawChain<Report, Column>(
  highest: FrequencyOracle<Report, Column>,
  kindOf: KindOf<Report, Column>,
  epsilons: readonly string[],
  requested: number | undefined,
): DegradationChain<FrequencyOracle<Report, Column>, Report, Column> {
  const { support, worstRatio, categories, name } = highest;
  // The share s of all reports that support the value: p / (1 - p) = ratio s / (1 - s).
  const odds = divide(divide(support.p, subtract(rational(1), support.p)), worstRatio);
  const share = rational(odds.numerator, odds.numerator + odds.denominator);
  const cells = highest.aggregator().counts.length;
  const { step, reports, outputs, countsReports } = kindOf(categories, cells, share);
  const [p, q] = [toNumber(support.p), toNumber(support.q)];
  const levels = [highest];
  const steps: Degradation<Column>[] = [];
  for (const level of keptLevels(twoValues(worstRatio, share), epsilons, requested)) {
    const { epsilon, index, keep, values, kept } = level;
    const lower = { p: mixed(support.p, kept, share), q: mixed(support.q, kept, share) };
    const oracle = pureOracle(`${name}-chain`, {
      categories,
      epsilon,
      bits: keep.bits,
      parameters: `p=${lower.p.numerator}/${lower.p.denominator} from ${highest.identity}`,
      support: lower,
      worstRatio: divide(values.inside, values.outside),
      ...(countsReports === true ? { cells, supportOf: supports } : {}),
      outputs: Number(outputs),
      probability: (output, input) =>
        mixed(highest.channel().probability(output, input), kept, rational(1, outputs)),
      randomize: (value, random = platformRandom()) =>
        chain.degrade(highest.randomize(value, random), 0, index, random),
      randomizeBatch: (given, random = platformRandom()) =>
        chain.degradeBatch(highest.randomizeBatch(given, random), 0, index, random),
      ...reports,
    });
    levels.push(oracle);
    steps.push(step(keep));
  }

  /** How many reports support each category, where the cells are others: whole numbers, from the highest level's estimate. */
  function supports(counts: ArrayLike<number>): ArrayLike<number> {
    let n = 0;
    for (let i = 0; i < cells; i++) n += counts[i] as number;
    return highest.estimate(counts, n).frequencies.map((f) => Math.round(n * (q + f * (p - q))));
  }
  const chain = chainOf(highest, epsilons, levels, steps);
  return chain;
}
