// How the supports of one attribute's reports vary together: what a test on supports has to divide by.

import { oneOf, type Shape } from "@emrx/internal/shape";
import { QualityError } from "../errors/quality-error.js";
import * as shapes from "../errors/shapes.js";
import { channelMembers, joined } from "../errors/shapes.js";
import type { ReportForm } from "../frequencies/report-form.js";
import { anyForm, checkValueReports } from "../frequencies/report-form.js";
import { checkChannel, type SupportProbabilities } from "../frequencies/support-probabilities.js";

/**
 * An attribute's channel and how its reports support categories: `"value"` (GRR, or public with p = 1, q = 0), independent `"bits"` (unary
 * encodings), a random `"subset"` (subset selection). For any other mechanism (local hashing, Hadamard response) p and q do not say how supports go
 * together: `pairs` does, the number of reports that support v and w at [v * d + w], which needs the reports.
 */
export type SupportChannel = SupportProbabilities &
  ({ readonly form: ReportForm } | { readonly form: "any"; readonly pairs: ArrayLike<number> });

const knownForm = /* @__PURE__ */ joined(channelMembers, { form: anyForm });
const pairsForm = /* @__PURE__ */ joined(channelMembers, {
  form: /* @__PURE__ */ oneOf(["any"]),
  pairs: /* @__PURE__ */ shapes.numbers(shapes.count),
});

/** A channel with its form, which decides whether it has pairs. */
export const supportChannel: Shape<SupportChannel> = (value, visit) =>
  typeof value === "object" && value !== null && (value as { form?: unknown }).form === "any"
    ? pairsForm(value, visit)
    : (knownForm(value, visit) as SupportChannel);

/**
 * The covariance of the supports of one report, drawn at random from all of them.
 *
 * @param channel - of the attribute
 * @param shares - for each category, the share of reports that support it
 * @param n - number of reports, of which `pairs` counts
 * @returns rows of a symmetric matrix
 */
export function supportCovariance(
  channel: SupportChannel,
  shares: ArrayLike<number>,
  n: number,
): Float64Array[] {
  checkChannel(channel);
  const both = supportedTogether(channel, shares, n);
  return Array.from(shares, (share, v) =>
    Float64Array.from(shares, (other, w) => (v === w ? share : both(v, w)) - share * other),
  );
}

/** The share of reports that support two different categories. */
function supportedTogether(
  channel: SupportChannel,
  shares: ArrayLike<number>,
  n: number,
): (v: number, w: number) => number {
  const { p, q, form } = channel;
  const d = shares.length;
  // The true frequency, as the mechanism's estimator sees it.
  const frequency = (v: number): number => ((shares[v] as number) - q) / (p - q);
  switch (form) {
    case "value":
      checkValueReports(channel, d);
      return () => 0;
    case "bits":
      // Independent given the value: q q, or p q where one of the two is the value.
      return (v, w) => q * q + (frequency(v) + frequency(w)) * (p - q) * q;
    case "subset": {
      const size = p + (d - 1) * q;
      if (Math.abs(size - Math.round(size)) > 1e-6)
        throw new QualityError(
          "EMRX_QUALITY_NOT_APPLICABLE",
          `p + (d - 1) q is ${size} for d = ${d}; expected a whole number, the size of every subset`,
        );
      // The value and another; two others, with the value in the subset or not.
      const withValue = (p * (size - 1)) / (d - 1);
      const without =
        d === 2 ? 0 : ((size - 1) * (p * (size - 2) + (1 - p) * size)) / ((d - 1) * (d - 2));
      return (v, w) => without + (frequency(v) + frequency(w)) * (withValue - without);
    }
    case "any": {
      const { pairs } = channel;
      if (pairs?.length !== d * d)
        throw new QualityError(
          "EMRX_QUALITY_MISMATCH",
          `pairs has ${pairs?.length} entries; expected ${d} x ${d}, one for each two categories`,
        );
      return (v, w) => (pairs[v * d + w] as number) / n;
    }
    default:
      throw new QualityError(
        "EMRX_QUALITY_ARGUMENT",
        `form is ${String(form satisfies never)}; expected "value", "bits", "subset" or "any"`,
      );
  }
}

/** Which categories' supports vary at all; the others say nothing. */
export const varying = (covariance: readonly Float64Array[]): number[] =>
  [...covariance.keys()].filter((v) => ((covariance[v] as Float64Array)[v] as number) > 1e-12);

/**
 * The weights of the best linear test against differences that sum to zero, as those of frequencies do: with S the covariance,
 * S^-1 - 1 1' / (1' S 1), since a common shift of all supports is noise. Where every report supports equally many categories S is singular
 * along the ones, and the inverse is taken without the last category.
 *
 * @throws EMRX_QUALITY_SINGULAR where the covariance, estimated from too few reports, is not positive definite
 */
export function contrastWeights(covariance: readonly Float64Array[]): Float64Array[] {
  const size = covariance.length;
  const sums = covariance.map((row) => row.reduce((sum, value) => sum + value, 0));
  const ofSum = sums.reduce((sum, value) => sum + value, 0);
  const trace = covariance.reduce((sum, row, v) => sum + (row[v] as number), 0);
  const fixed = ofSum < 1e-9 * trace;
  const kept = fixed ? size - 1 : size;
  const matrix = covariance.slice(0, kept).map((row) => row.slice(0, kept));
  const inverse = inverseOfPositive(matrix);
  return Array.from({ length: size }, (_, v) =>
    Float64Array.from({ length: size }, (_, w) =>
      fixed ? (inverse[v]?.[w] ?? 0) : ((inverse[v] as Float64Array)[w] as number) - 1 / ofSum,
    ),
  );
}

/** The inverse of a symmetric positive definite matrix, by Gauss and Jordan; without positive pivots it is not one. */
function inverseOfPositive(matrix: readonly Float64Array[]): Float64Array[] {
  const size = matrix.length;
  const rows = matrix.map((row, v) => {
    const wide = new Float64Array(2 * size);
    wide.set(row);
    wide[size + v] = 1;
    return wide;
  });
  rows.forEach((row, v) => {
    const pivot = row[v] as number;
    if (!(pivot > 1e-12 * ((matrix[v] as Float64Array)[v] as number)))
      throw new QualityError(
        "EMRX_QUALITY_SINGULAR",
        "the supports' covariance is not positive definite: there are too few reports for so many categories",
      );
    for (let k = 0; k < 2 * size; k++) row[k] = (row[k] as number) / pivot;
    for (const other of rows) {
      const factor = other === row ? 0 : (other[v] as number);
      if (factor !== 0)
        for (let k = 0; k < 2 * size; k++)
          other[k] = (other[k] as number) - factor * (row[k] as number);
    }
  });
  return rows.map((row) => row.slice(size));
}
