// The tests of independence, equality and trend for reports that support several categories, from counts of supports.
import { object, optional, tuple } from "@emrx/internal/shape";
import { QualityError } from "../errors/quality-error.js";
import * as shapes from "../errors/shapes.js";
import { check, joined } from "../errors/shapes.js";
import { chiSquaredSurvival } from "../special/chi-squared.js";
import { checkTable } from "../tables/table.js";
import type { TableTestResult } from "./contingency.js";
import {
  contrastWeights,
  type SupportChannel,
  supportChannel,
  supportCovariance,
  varying,
} from "./support-covariance.js";

/** Support counts of pairs of reports, as `jointTableFromSupports` takes them, and how the reports came about. */
export interface SupportTable {
  /** Flat, of shape (d_1 + 1) x (d_2 + 1): entry (v, w) counts the records that support v and w; the last of each line counts all. */
  readonly supports: ArrayLike<number>;
  /** d_1 and d_2. */
  readonly shape: readonly [number, number];
  /** Channels of the two attributes. */
  readonly channels: readonly [SupportChannel, SupportChannel];
}

const supportMembers = {
  supports: /* @__PURE__ */ shapes.numbers(shapes.count),
  shape: /* @__PURE__ */ tuple(shapes.categories, shapes.categories),
  channels: /* @__PURE__ */ tuple(supportChannel, supportChannel),
} as const;
const supportTable = /* @__PURE__ */ object(supportMembers);
const ordinalScores = /* @__PURE__ */ optional(/* @__PURE__ */ shapes.numbers(shapes.ordinalScore));
const scoredSupports = /* @__PURE__ */ joined(supportMembers, {
  rowScores: ordinalScores,
  columnScores: ordinalScores,
});
const group = /* @__PURE__ */ object({
  supports: /* @__PURE__ */ shapes.numbers(shapes.count),
  n: shapes.reports,
});
const groupsOptions = /* @__PURE__ */ object({
  first: group,
  second: group,
  channel: supportChannel,
});

/**
 * The test of independence of two attributes whose reports support several categories (unary encodings, subset selection, local hashing ...), each
 * randomized by itself.
 *
 * Attributes are independent exactly when the covariance C of their supports is zero, since the channels multiply every residual of the table
 * by $`(p_1 - q_1)(p_2 - q_2)`$. Under independence sqrt(n) C has the covariance S_1 x S_2 of the attributes' own supports, and dependence shows only in
 * combinations that sum to zero along both attributes; the statistic is the score test for those,
 *
 * ```math
 * n \\operatorname{tr}(W_1 C W_2 C^{\\mathsf T}), \\qquad W = S^{-1} - \\frac{\\mathbf 1 \\mathbf 1^{\\mathsf T}}{\\mathbf 1^{\\mathsf T} S \\mathbf 1}
 * ```
 *
 * chi-squared with (d_1 - 1)(d_2 - 1) degrees. For reports of one value it is Pearson's statistic exactly.
 *
 * @param table - support counts, shape and channels
 * @returns statistic, degrees of freedom and p-value, for many reports
 * @throws EMRX_QUALITY_MISMATCH, EMRX_QUALITY_ARGUMENT, EMRX_QUALITY_CHANNEL, EMRX_QUALITY_NOT_APPLICABLE where reports do not have the form or do not vary,
 *   EMRX_QUALITY_SINGULAR with too few reports
 * @example
 * ```ts
 * import { independenceTestFromSupports } from "@emrx/quality/hypothesis-tests";
 *
 * // 100 pairs of reports of one value each, as supports.
 * const value = { p: 0.75, q: 0.25, form: "value" } as const;
 * const test = independenceTestFromSupports({
 *   supports: [30, 10, 40, 20, 40, 60, 50, 50, 100],
 *   shape: [2, 2],
 *   channels: [value, value],
 * });
 * test.statistic.toFixed(4); // => "16.6667"
 * ```
 */
export function independenceTestFromSupports(table: SupportTable): TableTestResult {
  return testOf(dependence(check(supportTable, table, "table")));
}

function testOf({
  statistic,
  degrees,
  dense,
}: {
  readonly statistic: number;
  readonly degrees: number;
  readonly dense: boolean;
}): TableTestResult {
  const result = {
    statistic,
    degrees,
    pValue: chiSquaredSurvival(statistic, degrees),
    method: "chi-squared",
  } as const;
  if (dense) return { ...result, reliable: true };
  return {
    ...result,
    reliable: false,
    reason:
      "supports of some pair of categories vary too little together, n times both variances being below 5, for the chi-squared distribution; merge rare categories",
  };
}

/** The statistic and its degrees of freedom; proportional to the number of records. */
export function dependence(table: SupportTable): {
  readonly statistic: number;
  readonly degrees: number;
  /** Whether n times the variances of the supports of any two categories is at least 5, as for values where every cell expects 5. */
  readonly dense: boolean;
} {
  const { n, cross, covariances } = momentsOf(table);
  const used = covariances.map(varying) as [number[], number[]];
  if (used.some((categories) => categories.length < 2))
    throw new QualityError(
      "EMRX_QUALITY_NOT_APPLICABLE",
      "the reports of one attribute support fewer than two categories; there is nothing to compare",
    );
  const [rows, columns] = used;
  const first = contrastWeights(restricted(covariances[0], rows));
  const second = contrastWeights(restricted(covariances[1], columns));
  // The trace of W_1 C W_2 C' is the sum over cells of (W_1 C) (C W_2).
  const residuals = rows.map((v) => Float64Array.from(columns, (w) => cross(v, w)));
  let statistic = 0;
  for (let i = 0; i < rows.length; i++)
    for (let j = 0; j < columns.length; j++) {
      let left = 0;
      for (let k = 0; k < rows.length; k++)
        left +=
          ((first[i] as Float64Array)[k] as number) * ((residuals[k] as Float64Array)[j] as number);
      let right = 0;
      for (let k = 0; k < columns.length; k++)
        right +=
          ((residuals[i] as Float64Array)[k] as number) *
          ((second[k] as Float64Array)[j] as number);
      statistic += left * right;
    }
  const least = (axis: 0 | 1, categories: readonly number[]): number =>
    categories.reduce(
      (most, v) => Math.min(most, (covariances[axis][v] as Float64Array)[v] as number),
      Number.POSITIVE_INFINITY,
    );
  return {
    statistic: n * statistic,
    degrees: (rows.length - 1) * (columns.length - 1),
    dense: n * least(0, rows) * least(1, columns) >= 5,
  };
}

const restricted = (covariance: readonly Float64Array[], kept: readonly number[]): Float64Array[] =>
  kept.map((v) => Float64Array.from(kept, (w) => (covariance[v] as Float64Array)[w] as number));

/** Support counts of one group. */
export interface GroupSupports {
  /** How many of the group's reports support each category. */
  readonly supports: ArrayLike<number>;
  /** How many reports there are. */
  readonly n: number;
}

/**
 * The test of whether two groups of people have the same distribution, from the supports of their reports through the same mechanism: the
 * test of independence of value and group, which is public.
 *
 * @param options - supports of the `first` and of the `second` group; the `channel` (with form "any", `pairs` of both groups together)
 * @returns statistic, degrees of freedom and p-value, for many reports
 * @throws EMRX_QUALITY_MISMATCH, EMRX_QUALITY_ARGUMENT, EMRX_QUALITY_CHANNEL, EMRX_QUALITY_NOT_APPLICABLE, EMRX_QUALITY_SINGULAR
 * @example
 * ```ts
 * import { twoSampleTestFromSupports } from "@emrx/quality/hypothesis-tests";
 *
 * const test = twoSampleTestFromSupports({
 *   first: { supports: [400, 300, 250], n: 1000 },
 *   second: { supports: [300, 400, 250], n: 1000 },
 *   channel: { p: 0.5, q: 0.2, form: "bits" },
 * });
 * test.degrees; // => 2
 * test.pValue < 1e-6; // => true
 * ```
 */
export function twoSampleTestFromSupports(options: {
  readonly first: GroupSupports;
  readonly second: GroupSupports;
  readonly channel: SupportChannel;
}): TableTestResult {
  const { first, second, channel } = check(groupsOptions, options, "options");
  shapes.checkSameLength(
    "options.first.supports",
    first.supports,
    "options.second.supports",
    second.supports,
  );
  const groups = [first, second].map(({ supports, n }) => [...Array.from(supports), n]);
  const all = (groups[0] as number[]).map((count, v) => count + (groups[1]?.[v] as number));
  const { length } = first.supports;
  return testOf(
    dependence({
      supports: [...groups, all].flat(),
      shape: [2, check(shapes.categories, length, "number of options.first.supports")],
      channels: [{ p: 1, q: 0, form: "value" }, channel],
    }),
  );
}

/**
 * The test for a trend between two ordinal attributes whose reports support several categories. Of all scores that differ by a constant it takes
 * those whose sums over supports vary least, so that, as for values, only the differences of the scores matter.
 *
 * @param table - support counts, shape and channels, with `rowScores` and `columnScores`, 0, 1, 2, ... unless given
 * @returns (n - 1) r^2, one degree of freedom, and the p-value, for many reports
 * @throws EMRX_QUALITY_MISMATCH, EMRX_QUALITY_ARGUMENT, EMRX_QUALITY_CHANNEL, EMRX_QUALITY_NOT_APPLICABLE if one attribute's scores do not vary
 * @example
 * ```ts
 * import { trendTestFromSupports } from "@emrx/quality/hypothesis-tests";
 *
 * // Reports of one value each: the table of `trendTest`'s example with its margins.
 * const test = trendTestFromSupports({
 *   supports: [30, 20, 10, 60, 10, 20, 30, 60, 40, 40, 40, 120],
 *   shape: [2, 3],
 *   channels: [{ p: 1, q: 0, form: "value" }, { p: 1, q: 0, form: "value" }],
 * });
 * test.statistic.toFixed(4); // => "19.8333"
 * ```
 */
export function trendTestFromSupports(
  table: SupportTable & {
    readonly rowScores?: ArrayLike<number>;
    readonly columnScores?: ArrayLike<number>;
  },
): TableTestResult {
  const { n, squared, dense } = scoreCorrelation(check(scoredSupports, table, "table"));
  return testOf({ statistic: Math.max(0, n - 1) * squared, degrees: 1, dense });
}

/** The squared correlation of the two attributes' scores over supports. */
export function scoreCorrelation(
  table: SupportTable & {
    readonly rowScores?: ArrayLike<number>;
    readonly columnScores?: ArrayLike<number>;
  },
): { readonly n: number; readonly squared: number; readonly dense: boolean } {
  const { n, cross, covariances } = momentsOf(table);
  const names = ["rowScores", "columnScores"] as const;
  const [rows, columns] = covariances.map((covariance, axis) => {
    const name = names[axis] as (typeof names)[number];
    const given = table[name] ?? covariance.map((_, v) => v);
    shapes.checkSameLength(`table.${name}`, given, "the attribute's categories", covariance);
    return calmest(Float64Array.from(given), covariance);
  }) as [Scores, Scores];
  let product = 0;
  rows.scores.forEach((u, v) => {
    columns.scores.forEach((t, w) => {
      product += u * t * cross(v, w);
    });
  });
  // The spread of a sum of products is that of both sums multiplied; the largest term must be small against it.
  const extent = ({ scores, variance }: Scores): number =>
    scores.reduce((most, score) => Math.max(most, score * score), 0) / variance;
  return {
    n,
    squared: product ** 2 / (rows.variance * columns.variance),
    dense: n >= 5 * extent(rows) * extent(columns),
  };
}

interface Scores {
  readonly scores: Float64Array;
  /** Of their sum over one report's supports. */
  readonly variance: number;
}

/** The scores shifted by the constant with which their sum over supports varies least. */
function calmest(scores: Float64Array, covariance: readonly Float64Array[]): Scores {
  const dot = (a: Float64Array, b: Float64Array): number =>
    a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
  const image = (x: Float64Array): Float64Array =>
    Float64Array.from(covariance, (row) => dot(row, x));
  const ones = scores.map(() => 1);
  const trace = covariance.reduce((sum, row, v) => sum + (row[v] as number), 0);
  const ofSum = dot(ones, image(ones));
  const shift = ofSum > 1e-9 * trace ? dot(ones, image(scores)) / ofSum : 0;
  const shifted = scores.map((score) => score - shift);
  const variance = dot(shifted, image(shifted));
  const scale = trace * scores.reduce((most, score) => Math.max(most, score * score), 0);
  if (!(variance > 1e-12 * scale))
    throw new QualityError(
      "EMRX_QUALITY_NOT_APPLICABLE",
      "the scores of one attribute's supports do not vary; there is no trend to test",
    );
  return { scores: shifted, variance };
}

/** Number of records, the covariance between the attributes' supports, and that within each. */
function momentsOf({ supports, shape, channels }: SupportTable): {
  readonly n: number;
  readonly cross: (v: number, w: number) => number;
  readonly covariances: readonly [Float64Array[], Float64Array[]];
} {
  const [rows, columns] = shape;
  checkTable("supports", supports, [rows + 1, columns + 1]);
  const at = (v: number, w: number): number => supports[v * (columns + 1) + w] as number;
  const n = at(rows, columns);
  check(shapes.reports, n, "number of records");
  const shares = [
    Float64Array.from({ length: rows }, (_, v) => at(v, columns) / n),
    Float64Array.from({ length: columns }, (_, w) => at(rows, w) / n),
  ] as const;
  shares.forEach((side, axis) => {
    side.forEach((share, v) => {
      if (share > 1)
        throw new QualityError(
          "EMRX_QUALITY_ARGUMENT",
          `more records support category ${v} of attribute ${axis} than the ${n} there are; the last entry of supports counts all`,
        );
    });
  });
  return {
    n,
    cross: (v, w) => at(v, w) / n - (shares[0][v] as number) * (shares[1][w] as number),
    covariances: [
      supportCovariance(channels[0], shares[0], n),
      supportCovariance(channels[1], shares[1], n),
    ],
  };
}
