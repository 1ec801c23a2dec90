// The table that marginals imply.
import { arrayOf, integer, object, optional } from "@emrx/internal/shape";
import { check } from "../errors/shapes.js";
import { nearestDistribution } from "../post-processing/simplex.js";
import { checkMarginals, type Marginal, marginalShapes, reconcile } from "./consistency.js";
import {
  cellCount,
  checkIncreasing,
  indices,
  project,
  strides,
  sumOut,
  type TableShape,
  tableShape,
} from "./table.js";

/** A fitted table, and how well it fits. */
export interface FittedTable {
  /** Flat, the last attribute fastest; non-negative with sum 1. */
  readonly frequencies: Float64Array;
  readonly rounds: number;
  /** Whether the last round moved no cell by more than 1e-12. If not, the marginals allow no common table, or more rounds are needed. */
  readonly converged: boolean;
  /** The largest difference between a frequency of a marginal as it was given and that of the table. */
  readonly largestGap: number;
}

const fitOptions = /* @__PURE__ */ object({
  marginals: marginalShapes,
  attributes: indices,
  shape: tableShape,
  rounds: /* @__PURE__ */ optional(/* @__PURE__ */ integer(1, 1_000_000)),
});

/**
 * The table of maximum entropy with the given marginals, by iterative proportional fitting: what they say and nothing more.
 *
 * Marginals that are estimates have entries below 0 and disagree. They are first made consistent and projected to the simplex in turn, until
 * both hold, which is biased; the larger table inherits that bias, and the bias of assuming no interaction beyond the marginals. Marginals that
 * agree wherever they overlap need not have a common table; `converged` and `largestGap` say how far this one is from them.
 *
 * @param options - `marginals`; the `attributes` of the table wanted, increasing; `shape` of all attributes; at most `rounds` of each
 *   of the two iterations, 200 unless given
 * @returns the table and how well it fits
 * @throws EMRX_QUALITY_MISMATCH, EMRX_QUALITY_ARGUMENT, EMRX_QUALITY_TOO_LARGE
 * @example
 * ```ts
 * import { maximumEntropyTable } from "@emrx/quality/tables";
 *
 * const marginals = [
 *   { attributes: [0], frequencies: [0.25, 0.75] },
 *   { attributes: [1], frequencies: [0.5, 0.5] },
 * ];
 * const table = maximumEntropyTable({ marginals, attributes: [0, 1], shape: [2, 2] });
 * table.frequencies; // => new Float64Array([0.125, 0.125, 0.375, 0.375])
 * table.converged; // => true
 * ```
 */
export function maximumEntropyTable(options: {
  readonly marginals: readonly Marginal[];
  readonly attributes: readonly number[];
  readonly shape: TableShape;
  readonly rounds?: number;
}): FittedTable {
  const { attributes, shape, rounds = 200, ...given } = check(fitOptions, options, "options");
  const marginals = checkMarginals(given.marginals, shape);
  checkIncreasing("options.attributes", attributes, shape.length);
  const own = check(
    arrayOf(integer(1), { least: 1 }),
    attributes.map((j) => shape[j]),
    "options.attributes",
  );
  const cells = cellCount(own);
  const asked = marginals.map((marginal) => withinTable(marginal, attributes, shape));
  const constraints = feasible(asked, own, rounds).map(({ keep, values }) => {
    const stride = strides(keep, own);
    return {
      keep,
      values,
      at: Uint32Array.from({ length: cells }, (_, c) => project(c, own, stride)),
    };
  });
  const frequencies = new Float64Array(cells).fill(1 / cells);
  let round = 0;
  let moved = Number.POSITIVE_INFINITY;
  while (round < rounds && moved > 1e-12) {
    round++;
    moved = 0;
    for (const { keep, values, at } of constraints) {
      const current = sumOut(frequencies, own, keep);
      for (let cell = 0; cell < cells; cell++) {
        const to = at[cell] as number;
        const sum = current[to] as number;
        const before = frequencies[cell] as number;
        const after = sum > 0 ? before * ((values[to] as number) / sum) : 0;
        moved = Math.max(moved, Math.abs(after - before));
        frequencies[cell] = after;
      }
    }
  }
  const gaps = asked.map(({ keep, values }) =>
    sumOut(frequencies, own, keep).reduce(
      (most, value, cell) => Math.max(most, Math.abs(value - (values[cell] as number))),
      0,
    ),
  );
  return {
    frequencies,
    rounds: round,
    converged: moved <= 1e-12,
    largestGap: gaps.reduce((most, gap) => Math.max(most, gap), 0),
  };
}

/** What a marginal says of the attributes of the table, with their places in it. */
interface Constraint {
  readonly keep: readonly number[];
  readonly values: Float64Array;
}

function withinTable(
  given: Marginal,
  attributes: readonly number[],
  shape: TableShape,
): Constraint {
  const shared = given.attributes.filter((j) => attributes.includes(j));
  const whole = given.attributes.map((j) => shape[j] as number);
  const values = sumOut(
    given.frequencies,
    whole,
    shared.map((j) => given.attributes.indexOf(j)),
  );
  return { keep: shared.map((j) => attributes.indexOf(j)), values };
}

/** The constraints made consistent and non-negative in turn, until neither moves any frequency. */
function feasible(
  asked: readonly Constraint[],
  own: TableShape,
  rounds: number,
): readonly Constraint[] {
  let values = asked.map((constraint) => nearestDistribution(constraint.values));
  for (let round = 0; round < rounds; round++) {
    const consistent = reconcile(
      asked.map(({ keep }, i) => ({
        attributes: keep,
        frequencies: values[i] as Float64Array,
        variance: 1,
      })),
      own,
    );
    const next = consistent.map(nearestDistribution);
    const moved = next.reduce(
      (most, distribution, i) =>
        distribution.reduce(
          (inner, value, cell) =>
            Math.max(inner, Math.abs(value - ((values[i] as Float64Array)[cell] as number))),
          most,
        ),
      0,
    );
    values = next;
    if (moved < 1e-13) break;
  }
  return asked.map(({ keep }, i) => ({ keep, values: values[i] as Float64Array }));
}
