// Marginals that were estimated apart, made to agree where they overlap.
// Zhang, Wang, Li, He and Chen, "CALM: consistent adaptive local marginal", CCS 2018.
import { arrayOf, object, optional, type Shape } from "@emrx/internal/shape";
import * as shapes from "../errors/shapes.js";
import { check } from "../errors/shapes.js";
import {
  cellCount,
  checkIncreasing,
  checkTable,
  indices,
  project,
  strides,
  sumOut,
  type TableShape,
  tableShape,
} from "./table.js";

/** The table of some attributes. */
export interface Marginal {
  /** Indices of its attributes, increasing. */
  readonly attributes: readonly number[];
  /** Flat, the last attribute fastest. */
  readonly frequencies: ArrayLike<number>;
  /** Variance of one cell's estimate, for weighing marginals against each other; 1 unless given. */
  readonly variance?: number;
}

/**
 * Makes marginals agree wherever they share attributes: on every common set of attributes, smallest first, each moves to the
 * average of all that hold it, weighted by inverse variance. All steps are linear, so unbiased marginals stay unbiased; entries below 0 are left.
 *
 * @param marginals - tables of sets of attributes
 * @param shape - number of categories of all attributes
 * @returns tables of the same sets, consistent and with sum 1
 * @throws EMRX_QUALITY_MISMATCH, EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { consistentMarginals } from "@emrx/quality/tables";
 *
 * const [first, second] = consistentMarginals(
 *   [
 *     { attributes: [0], frequencies: [0.5, 0.5] },
 *     { attributes: [0, 1], frequencies: [0.35, 0.35, 0.15, 0.15] },
 *   ],
 *   [2, 2],
 * );
 * [...(first?.frequencies ?? [])].map((f) => f.toFixed(4)); // => ["0.5667", "0.4333"]
 * [...(second?.frequencies ?? [])].map((f) => f.toFixed(4)); // => ["0.2833", "0.2833", "0.2167", "0.2167"]
 * ```
 */
export function consistentMarginals(
  marginals: readonly Marginal[],
  shape: TableShape,
): readonly (Marginal & { readonly frequencies: Float64Array })[] {
  const sizes = check(tableShape, shape, "shape");
  const given = checkMarginals(check(marginalShapes, marginals, "marginals"), sizes);
  return reconcile(
    given.map((marginal) => ({ variance: 1, ...marginal })),
    sizes,
  ).map((frequencies, i) => ({ ...(given[i] as Marginal), frequencies }));
}

/** The frequencies of marginals that were checked, made to agree. */
export function reconcile(
  marginals: readonly Required<Marginal>[],
  shape: TableShape,
): readonly Float64Array[] {
  const tables = marginals.map((given) => ({
    ...given,
    own: given.attributes.map((j) => shape[j] as number),
    frequencies: Float64Array.from(given.frequencies),
  }));
  for (const shared of sharedSets(tables.map(({ attributes }) => attributes))) {
    const cells = shared.reduce((product, j) => product * (shape[j] as number), 1);
    const members = tables.filter(({ attributes }) => shared.every((j) => attributes.includes(j)));
    const views = members.map((table) => {
      const keep = shared.map((j) => table.attributes.indexOf(j));
      // A cell of the shared table is the sum of this many cells, so this much noisier.
      const summed = table.frequencies.length / cells;
      const values = sumOut(table.frequencies, table.own, keep);
      return { table, keep, summed, values, weight: 1 / (table.variance * summed) };
    });
    const total = views.reduce((sum, { weight }) => sum + weight, 0);
    const target = new Float64Array(cells).map((_, cell) =>
      shared.length === 0
        ? 1
        : views.reduce(
            (sum, { weight, values }) => sum + (weight / total) * (values[cell] as number),
            0,
          ),
    );
    for (const { table, keep, summed, values } of views) {
      const stride = strides(keep, table.own);
      table.frequencies.forEach((value, cell) => {
        const at = project(cell, table.own, stride);
        table.frequencies[cell] =
          value + ((target[at] as number) - (values[at] as number)) / summed;
      });
    }
  }
  return tables.map(({ frequencies }) => frequencies);
}

export const marginalShapes: Shape<readonly Marginal[]> = /* @__PURE__ */ arrayOf(
  /* @__PURE__ */ object({
    attributes: indices,
    frequencies: /* @__PURE__ */ shapes.numbers(shapes.finite),
    variance: /* @__PURE__ */ optional(shapes.positive),
  }),
);

/** Marginals whose tables have the sizes that the shape of all attributes says. */
export function checkMarginals(given: readonly Marginal[], shape: TableShape): readonly Marginal[] {
  given.forEach(({ attributes, frequencies }, i) => {
    checkIncreasing(`marginals[${i}].attributes`, attributes, shape.length);
    const own = attributes.map((j) => shape[j] as number);
    if (own.length > 0) cellCount(own);
    checkTable(`marginals[${i}].frequencies`, frequencies, own);
  });
  return given;
}

/** All intersections of the sets, the empty one first, smaller before larger. */
function sharedSets(sets: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const found = new Map<string, readonly number[]>([["", []]]);
  let border: readonly (readonly number[])[] = sets;
  for (let round = 0; border.length > 0; round++) {
    const next: (readonly number[])[] = [];
    for (const [i, a] of border.entries()) {
      for (const [k, b] of sets.entries()) {
        // In the first round each marginal meets itself too; only what two of them share matters.
        if (round === 0 && i === k) continue;
        const both = a.filter((j) => b.includes(j));
        if (!found.has(String(both))) {
          found.set(String(both), both);
          next.push(both);
        }
      }
    }
    border = next;
  }
  return [...found.values()].sort((a, b) => a.length - b.length);
}
