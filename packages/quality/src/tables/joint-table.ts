// The joint distribution of several attributes, each randomized by itself.

import { arrayOf, object } from "@emrx/internal/shape";
import { QualityError } from "../errors/quality-error.js";
import * as shapes from "../errors/shapes.js";
import { channelMembers, check, joined } from "../errors/shapes.js";
import { checkValueReports } from "../frequencies/report-form.js";
import {
  checkChannel,
  type SupportProbabilities,
  type Target,
} from "../frequencies/support-probabilities.js";
import { cellCount, checkTable, mapAxis, type TableShape, tableShape } from "./table.js";

/** Unbiased estimate of a joint distribution; never clipped. */
export interface JointTable {
  readonly shape: TableShape;
  /** Number of records that reported all attributes. */
  readonly n: number;
  /** Estimated frequency of each cell, flat, the last attribute fastest. */
  readonly frequencies: Float64Array;
  /** Estimated variance of each, about the target; itself unbiased for the cohort. */
  readonly variances: Float64Array;
}

const tableMembers = {
  shape: tableShape,
  channels: /* @__PURE__ */ arrayOf(/* @__PURE__ */ object(channelMembers)),
  target: shapes.target,
} as const;
const counts = /* @__PURE__ */ shapes.numbers(shapes.count);
const countsOptions = /* @__PURE__ */ joined(tableMembers, { counts });
const supportsOptions = /* @__PURE__ */ joined(tableMembers, { supports: counts });
const varianceOptions = /* @__PURE__ */ joined(tableMembers, {
  frequencies: /* @__PURE__ */ shapes.numbers(shapes.finite),
  n: shapes.reports,
});

/**
 * The joint distribution from a contingency table of reports that each name one value per attribute (GRR).
 *
 * The channel of a record is the Kronecker product of its attributes' channels, and so is its inverse:
 * $`A_j^{-1} = (I - q_j J)/(p_j - q_j)`$ is applied along each attribute in turn. The exact variance is a Kronecker product too:
 *
 * ```math
 * n \operatorname{Var}(\hat f_v) = \sum_x f_x \prod_j m_j(x_j) - f_v, \qquad m_j = V_{0j} + [x_j = v_j](K_j + 1)
 * ```
 *
 * with $`V_{0j} = q_j(1 - q_j)/(p_j - q_j)^2`$ and $`K_j = (1 - p_j - q_j)/(p_j - q_j)`$, so that one frequency alone has $`n \operatorname{Var} = V_0 + K f`$.
 *
 * It grows as the product of the attributes' variances: a table known in advance is better randomized as one attribute (`cellIndex`).
 *
 * @param options - `counts` of each tuple of reported values, flat, last attribute fastest; `shape`; one of `channels` an attribute; `target`
 * @returns frequencies and variances
 * @throws EMRX_QUALITY_MISMATCH, EMRX_QUALITY_ARGUMENT, EMRX_QUALITY_CHANNEL, EMRX_QUALITY_NOT_APPLICABLE unless reports name one value
 * @example
 * ```ts
 * import { jointTable } from "@emrx/quality";
 *
 * const channel = { p: 0.75, q: 0.25 };
 * const table = jointTable({ counts: [9, 3, 3, 1], shape: [2, 2], channels: [channel, channel], target: "cohort" });
 * table.frequencies; // => new Float64Array([1, 0, 0, 0])
 * ```
 */
export function jointTable(options: {
  readonly counts: ArrayLike<number>;
  readonly shape: TableShape;
  readonly channels: readonly SupportProbabilities[];
  readonly target: Target;
}): JointTable {
  const { counts, shape, channels, target } = check(countsOptions, options, "options");
  checkTable("options.counts", counts, shape);
  checkChannels(channels, shape);
  channels.forEach((channel, j) => {
    checkValueReports(channel, shape[j] as number);
  });
  // A report supports exactly the value that it names, so the total along an attribute is the sum of its line.
  let supports: Float64Array = Float64Array.from(counts);
  const extended = [...shape];
  shape.forEach((size, axis) => {
    supports = mapAxis(supports, extended, axis, size + 1, (line, result) => {
      result.set(line);
      result[size] = line.reduce((sum, count) => sum + count, 0);
    });
    extended[axis] = size + 1;
  });
  return fromSupports({ supports, shape, channels, target });
}

/**
 * The same for any pure mechanisms, such as unary encodings, from support counts: along each attribute one more entry than categories, the last of
 * which counts all records. Entry (v, w) of two attributes counts the records that support v and w, entry (v, last) those that support v.
 *
 * @param options - `supports`, flat, of shape (d_1 + 1) x (d_2 + 1) x ...; `shape` d_1, d_2, ...; `channels`; `target`
 * @returns frequencies and variances
 * @throws EMRX_QUALITY_MISMATCH, EMRX_QUALITY_ARGUMENT, EMRX_QUALITY_CHANNEL
 * @example
 * ```ts
 * import { jointTableFromSupports } from "@emrx/quality/tables";
 *
 * // 8 records, one attribute of bits with p = 1/2, q = 1/4: 4 support the first category, 2 the second.
 * const table = jointTableFromSupports({
 *   supports: [4, 2, 8],
 *   shape: [2],
 *   channels: [{ p: 0.5, q: 0.25 }],
 *   target: "cohort",
 * });
 * table.frequencies; // => new Float64Array([1, 0])
 * ```
 */
export function jointTableFromSupports(options: {
  readonly supports: ArrayLike<number>;
  readonly shape: TableShape;
  readonly channels: readonly SupportProbabilities[];
  readonly target: Target;
}): JointTable {
  const checked = check(supportsOptions, options, "options");
  const { supports, shape, channels } = checked;
  checkChannels(channels, shape);
  checkTable(
    "options.supports",
    supports,
    shape.map((size) => size + 1),
  );
  return fromSupports(checked);
}

function fromSupports({
  supports,
  shape,
  channels,
  target,
}: {
  readonly supports: ArrayLike<number>;
  readonly shape: TableShape;
  readonly channels: readonly SupportProbabilities[];
  readonly target: Target;
}): JointTable {
  const n = check(shapes.reports, supports[supports.length - 1], "number of records");
  let frequencies: Float64Array = Float64Array.from(supports, (count) => count / n);
  const reduced = shape.map((size) => size + 1);
  shape.forEach((size, axis) => {
    const { p, q } = channels[axis] as SupportProbabilities;
    frequencies = mapAxis(frequencies, reduced, axis, size, (line, result) => {
      const all = line[size] as number;
      for (let v = 0; v < size; v++) result[v] = ((line[v] as number) - q * all) / (p - q);
    });
    reduced[axis] = size;
  });
  return {
    shape,
    n,
    frequencies,
    variances: jointVariances({ frequencies, shape, channels, n, target }),
  };
}

/**
 * The exact variances of a joint table's estimates, for planning before there are reports or from estimates after.
 *
 * @param options - the joint `frequencies`, flat; `shape`; `channels`; `n` records; `target`
 * @returns the variance of each cell's estimate
 * @throws EMRX_QUALITY_MISMATCH, EMRX_QUALITY_ARGUMENT, EMRX_QUALITY_CHANNEL
 * @example
 * ```ts
 * import { jointVariances } from "@emrx/quality/tables";
 *
 * const channel = { p: 0.75, q: 0.25 };
 * const uniform = { frequencies: [0.25, 0.25, 0.25, 0.25], shape: [2, 2], channels: [channel, channel] };
 * jointVariances({ ...uniform, n: 100, target: "cohort" })[0]?.toFixed(6); // => "0.013125"
 * ```
 */
export function jointVariances(options: {
  readonly frequencies: ArrayLike<number>;
  readonly shape: TableShape;
  readonly channels: readonly SupportProbabilities[];
  readonly n: number;
  readonly target: Target;
}): Float64Array {
  const { frequencies, shape, channels, n, target } = check(varianceOptions, options, "options");
  checkTable("options.frequencies", frequencies, shape);
  checkChannels(channels, shape);
  let second: Float64Array = Float64Array.from(frequencies);
  shape.forEach((size, axis) => {
    const { p, q } = channels[axis] as SupportProbabilities;
    const gap = p - q;
    const absent = (q * (1 - q)) / (gap * gap);
    const extra = (1 - p - q) / gap + 1;
    second = mapAxis(second, shape, axis, size, (line, result) => {
      const all = line.reduce((sum, value) => sum + value, 0);
      for (let v = 0; v < size; v++) result[v] = absent * all + extra * (line[v] as number);
    });
  });
  return second.map((value, cell) => {
    const f = frequencies[cell] as number;
    return Math.max(0, (value - (target === "cohort" ? f : f * f)) / n);
  });
}

function checkChannels(channels: readonly SupportProbabilities[], shape: TableShape): void {
  cellCount(shape);
  if (channels.length !== shape.length) {
    throw new QualityError(
      "EMRX_QUALITY_MISMATCH",
      `channels has ${channels.length} entries and shape ${shape.length}; expected the same number`,
    );
  }
  channels.forEach(checkChannel);
}
